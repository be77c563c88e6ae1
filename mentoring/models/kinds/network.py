"""Question kind `network`: what goes with each further mentor of one mentee?

When the outcome is about the mentee, rows are mentees (at a wave) and all mentors of a mentee share a random effect by multiple membership; when it
is about the relationship, rows are relationships, crossed between mentors and mentees.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mentoring.models.answer_rows import about_the_person, asked_once
from mentoring.models.fitting import Fitted, fit_plan
from mentoring.models.functions import middle
from mentoring.models.kinds.by_terms import judge_terms
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.similarity import check_columns, varying, wave_term
from mentoring.models.network import functions_covered, memberships, networks
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.rates import METHOD, clustered_rate
from mentoring.models.results import METHODS, predicted_at, result_tables
from mentoring.models.structure import FEWEST_CROSSED, Structure, diagnose
from mentoring.models.verdicts import About
from mentoring.models.words import Words
from mentoring.settings import NetworkQuestion
from mentoring.tables import QUANTITIES

NUMBER, COVERED, DIVERSITY = "further_mentors", "functions_covered", "mentor_diversity"
# ASSUME: fewer mentees with several mentors than this cannot show what goes with a further one.
FEWEST_SEVERAL = 5


@dataclass(frozen=True)
class Network:
    """The rows of a network question before fitting: the plan, each mentee's network, and the functions' columns with the score that covers them."""

    plan: ModelPlan
    of_mentee: pd.DataFrame
    columns: dict[str, str]
    covered: float


def plan_network(question: NetworkQuestion, data: StudyData) -> Network:
    """Rows, formula and random part."""
    outcome, predictor = question.outcome_column, question.predictor
    columns = {name: f"{question.reporter}_{name}" for name in question.functions}
    extra = [question.diversity] if question.diversity else []
    check_columns([outcome, predictor, *question.covariates, *columns.values(), *extra], question, data.analysis)
    of_mentor = data.analysis.dropna(subset=extra).drop_duplicates("mentor").set_index("mentor")[extra[0]].to_dict() if extra else None
    known = networks(data.dyads, question.diversity or "", of_mentor)
    covered, notes = _covered(question, data), []
    if columns and np.isfinite(covered):
        known = known.join(functions_covered(data.analysis, columns, covered))
    elif columns:
        notes.append(
            "functions covered are left out: the codebook gives no common response range; say from which score a function counts (covered: …)"
        )
    terms = [NUMBER, *([DIVERSITY] if extra else []), *([COVERED] if COVERED in known else [])]
    rows = data.analysis[
        list(dict.fromkeys(["program", "mentor", "mentee", "dyad", "wave", outcome, predictor, *question.covariates]))
    ].copy()
    rows[f"{predictor}_all_mentors"] = rows[predictor].astype("float64").groupby([rows["mentee"], rows["wave"]]).transform("mean")
    rows = rows.join(known[[*terms, "number_of_mentors", "mentors"]], on="mentee")
    needed = [outcome, f"{predictor}_all_mentors", *terms, *question.covariates]
    complete = rows[needed].notna().all(axis=1)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    several = int(rows.loc[rows["number_of_mentors"] > 1, "mentee"].nunique())
    problem = _problem(rows, several, question)
    if asked_once(rows, outcome):
        once = rows.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index().reset_index(drop=True)
        notes.append(f"the outcome was asked once, so one row per relationship is used ({len(rows) - len(once)} repeats left out)")
        rows = once
    about_mentee = question.reporter == "mentee" and about_the_person(rows, outcome, "mentee")
    if about_mentee:
        rows, structure = _by_mentee(rows, notes)
    else:
        # What this mentor gave must be known itself: the others' mean is no stand-in for it.
        given = rows[predictor].notna()
        rows, dropped = rows[given].reset_index(drop=True), dropped + int((~given).sum())
        rows[f"{predictor}_this_mentor"] = rows[predictor].astype("float64") - rows[f"{predictor}_all_mentors"]
        structure = _crossed(rows)
    predictors = [*terms, f"{predictor}_all_mentors", *([] if about_mentee else [f"{predictor}_this_mentor"])]
    fixed = (
        [
            *[name for name in predictors if np.ptp(rows[name]) > 1e-9],
            *varying([*question.covariates, *structure.fixed], rows),
            *wave_term(rows),
        ]
        if len(rows)
        else []
    )
    plan = ModelPlan(
        question=question.name,
        outcome=outcome,
        reporter=question.reporter,
        rows=rows,
        dropped=dropped,
        fixed=f"{outcome} ~ {' + '.join(fixed) or '1'}",
        structure=structure,
        slopes=(),
        slope_group="mentor",
        focus=tuple(Focus(name, name, "all", per_unit=name == NUMBER) for name in [*terms, f"{predictor}_all_mentors"]),
        notes=(*notes, *structure.notes),
        problem=problem,
    )
    return Network(plan, known, columns if COVERED in known else {}, covered)


def _problem(rows: pd.DataFrame, several: int, question: NetworkQuestion) -> str:
    if rows.empty:
        return "no row has all values"
    if question.reporter == "mentor" and about_the_person(rows, question.outcome_column, "mentor"):
        return "the outcome is about the mentor, and this question is about mentees' networks; ask a question of kind model"
    if several == 0:
        return "nobody has several mentors, so what goes with a further one cannot be seen"
    return f"only {several} mentees have several mentors, too few to see what goes with a further one" if several < FEWEST_SEVERAL else ""


def _covered(question: NetworkQuestion, data: StudyData) -> float:
    """The score that covers a function: as the config says, else the middle of the response range all functions share."""
    if question.covered is not None:
        return question.covered
    middles = set()
    for scale in [entry for entry in data.scales if entry.name in question.functions]:
        items = data.codebook_items[data.codebook_items["item"].isin(scale.items)]
        middles.add(middle(float(items["low"].min()), float(items["high"].max())) if len(items) else np.nan)
    return middles.pop() if len(middles) == 1 else np.nan


def _by_mentee(rows: pd.DataFrame, notes: list[str]) -> tuple[pd.DataFrame, Structure]:
    """One row per mentee and wave, all mentors of the mentee sharing one random effect."""
    once = rows.sort_values("dyad", kind="stable").drop_duplicates(["mentee", "wave"]).sort_index().reset_index(drop=True)
    notes.append(
        f"the outcome is about the mentee, so each mentee counts once per wave ({len(rows) - len(once)} repeats left out); "
        "mentors share a mentee by equal weights"
    )
    members, term = memberships(once["mentors"])
    once = pd.concat([once, members], axis=1)
    outer = diagnose(once, ["program", "mentee"])
    return once, replace(
        outer, random=(*[name for name in outer.random if name == "program"], term, *[name for name in outer.random if name == "mentee"])
    )


def _crossed(rows: pd.DataFrame) -> Structure:
    """Relationships crossed between mentors and mentees; the relationship itself where enough mentees have several."""
    structure = diagnose(rows, ["program", "mentor", "mentee"])
    several = int((rows.groupby("mentee")["dyad"].nunique() > 1).sum())
    waves = rows["dyad"].duplicated().any()
    return (
        replace(structure, random=(*structure.random, "dyad"))
        if waves and several >= FEWEST_CROSSED and "mentee" in structure.random
        else structure
    )


def _answer(question: NetworkQuestion, data: StudyData) -> Answered:
    network = plan_network(question, data)
    plan = network.plan
    fitted = fit_plan(plan)
    rows = [*_sizes(network, data), *_curve(network, fitted), *_coverage(network, data)]
    tables: dict[str, pd.DataFrame] = {"quantities": QUANTITIES.frame([{"question": question.name, **row} for row in rows])}
    if fitted.fit is not None:
        counts = {own for group in plan.rows["mentors"] for own in group}
        tables["fits"] = result_tables(plan, fitted)["fits"].assign(n_mentors=pd.array([len(counts)], dtype="Int64"))
    return Answered(plan, fitted, tables)


def _groups(numbers: pd.Series, mentees: pd.Series) -> dict[str, np.ndarray]:
    """Rows by number of mentors; numbers that fewer than `FEWEST_SEVERAL` mentees have are joined with the ones below."""
    found: list[tuple[int, np.ndarray]] = []
    for number in sorted(numbers.unique(), reverse=True):
        here = (numbers == number).to_numpy()
        if found and mentees[found[-1][1]].nunique() < FEWEST_SEVERAL:
            here = here | found.pop()[1]
        found.append((int(number), here))
    most = int(numbers.max())
    return {str(low) if low == most or (numbers[here] == low).all() else f"{low} or more": here for low, here in reversed(found)}


def _sizes(network: Network, data: StudyData) -> list[dict[str, object]]:
    """How many mentees have how many mentors, and how mixed those of mentees with several are."""
    numbers = network.of_mentee["number_of_mentors"]
    rows: list[dict[str, object]] = [
        {
            "topic": "size",
            "quantity": "mentees",
            "of": str(number),
            "n": int((numbers == number).sum()),
            "estimate": float((numbers == number).mean()),
        }
        for number in sorted(numbers.unique())
    ]
    if DIVERSITY in network.of_mentee:
        mixed = network.of_mentee.loc[numbers > 1, DIVERSITY].dropna()
        if len(mixed):
            rows.append(
                {
                    "topic": "diversity",
                    "quantity": "mean Blau index",
                    "of": "mentees with several mentors",
                    "n": len(mixed),
                    "estimate": mixed.mean(),
                }
            )
    return rows


def _curve(network: Network, fitted: Fitted) -> list[dict[str, object]]:
    """The outcome predicted for one, two, … mentors (each number its own group, all else at its mean), and what each step adds."""
    plan = network.plan
    if fitted.fit is None:
        return [{"topic": "curve", "quantity": "predicted outcome", "note": fitted.problem}]
    groups = _groups(plan.rows["number_of_mentors"], plan.rows["mentee"])
    labels = list(groups)
    if len(labels) < 2:
        return [{"topic": "curve", "quantity": "predicted outcome", "note": "all rows have the same number of mentors"}]
    dummies = {f"mentors_group_{place}": here.astype(float) for place, here in enumerate(groups.values()) if place}
    terms = [term for term in plan.fixed.split(" ~ ")[1].split(" + ") if term != NUMBER]
    fixed = f"{plan.outcome} ~ {' + '.join([*dummies, *terms])}"
    fit = fit_plan(replace(plan, rows=plan.rows.assign(**dummies), fixed=fixed)).fit
    if fit is None or any(name not in fit.terms for name in dummies):
        return [
            {
                "topic": "curve",
                "quantity": "predicted outcome",
                "note": "the curve's model could not be fitted: the groups cannot be told from the other terms",
            }
        ]
    at = [fit.terms.index(name) for name in dummies]
    # As many mentors as one has also says how mixed they can be, so the other terms stay at their overall mean.
    grid = np.tile(fit.design.X.mean(axis=0), (len(labels), 1))
    grid[:, at] = np.vstack([np.zeros(len(at)), np.eye(len(at))])
    steps = np.diff(grid, axis=0)
    mentees = [int(plan.rows.loc[here, "mentee"].nunique()) for here in groups.values()]
    method = METHODS[fit.method]
    rows = _rows("predicted outcome", labels, mentees, predicted_at(fit, grid), method)
    added = [f"{after} against {before}" for before, after in itertools.pairwise(labels)]
    return rows + _rows("what the further one adds", added, mentees[1:], predicted_at(fit, steps), method)


def _rows(
    quantity: str, of: Sequence[str], n: Sequence[int], ends: tuple[np.ndarray, np.ndarray, np.ndarray], method: str
) -> list[dict[str, object]]:
    return [
        {"topic": "curve", "quantity": quantity, "of": name, "n": size, "estimate": value, "ci_low": low, "ci_high": high, "method": method}
        for name, size, value, low, high in zip(of, n, *ends)
    ]


def _coverage(network: Network, data: StudyData) -> list[dict[str, object]]:
    """Share of mentees for whom at least one mentor covers a function: those with one mentor, those with several."""
    rows: list[dict[str, object]] = []
    first = data.dyads.sort_values("dyad").drop_duplicates("mentee").set_index("mentee")["mentor"]
    for name in network.columns:
        for label, chosen in (
            ("one mentor", network.of_mentee["number_of_mentors"] == 1),
            ("several mentors", network.of_mentee["number_of_mentors"] > 1),
        ):
            known = network.of_mentee.loc[chosen, name].dropna()
            if not len(known):
                rows.append({"topic": f"coverage, {label}", "quantity": "share covered", "of": name, "n": 0, "note": "nobody has a score"})
                continue
            rate = clustered_rate(known.to_numpy() > 0.5, first.reindex(known.index).to_numpy())
            rows.append(
                {
                    "topic": f"coverage, {label}",
                    "quantity": "share covered",
                    "of": name,
                    "n": rate.n,
                    "estimate": rate.rate,
                    "se": rate.se,
                    "df": rate.df,
                    "ci_low": rate.low,
                    "ci_high": rate.high,
                    "method": METHOD,
                    "note": rate.note or f"covered: a mean over waves of at least {network.covered:g}",
                }
            )
    return rows


def focus(question: NetworkQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """The number of mentors, how mixed they are, how many functions they cover, and the mean of the predictor over them."""
    terms = set(fixed_effects.loc[fixed_effects["question"] == question.name, "term"])
    wanted = [
        (NUMBER, "number_of_mentors"),
        (DIVERSITY, DIVERSITY),
        (COVERED, COVERED),
        (f"{question.predictor}_all_mentors", question.predictor),
    ]
    return [(term, name) for term, name in wanted if term in terms] or wanted[:1]


def _judge(question: NetworkQuestion, tables: Tables, words: Words) -> Judgement:
    # The question is what goes with a further mentor; the rest stands beside it.
    named = {NUMBER: About("the number of mentors", "Mentees with more mentors", "per further mentor")}
    judged = judge_terms(question, tables, words, [(NUMBER, "number_of_mentors")], named=named)
    rest = [pair for pair in focus(question, tables["fixed_effects"]) if pair[0] != NUMBER]
    if not rest or judged.code == "not estimated":
        note = tables["fits"]["note"]
        why = (
            str(note.iloc[0]).removeprefix("not estimated: ")
            if judged.code == "not estimated" and len(note) and note.notna().iloc[0]
            else ""
        )
        return replace(judged, sentence=f"This could not be estimated: {why}.") if why else judged
    beside = judge_terms(question, tables, words, rest)
    return replace(judged, sentence=f"{judged.sentence} Beside it: {beside.sentence}")


def _single_source(question: NetworkQuestion, words: Words) -> bool:
    return words.given_by(question.predictor, question.reporter)


KIND = Kind(_answer, focus, _judge, _single_source)
