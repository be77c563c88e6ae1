"""Question kind `necessity`: is some of the condition needed for a high outcome, or does it only go with one?

Two looks at the same relationships: the empty corner (necessary condition analysis), and the mixed model's association, with the
outcome predicted where the condition is low, middling and high.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.models import ceiling
from mentoring.models.fitting import Fitted, fit_plan
from mentoring.models.kinds.by_terms import judge_terms, similarity_focus
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.similarity import plan_similarity
from mentoring.models.plan import ModelPlan
from mentoring.models.results import predicted_at, result_tables
from mentoring.models.verdicts import ALPHA
from mentoring.models.words import Words
from mentoring.settings import NecessityQuestion, Similarity, SimilarityQuestion
from mentoring.tables import FIXED_EFFECTS, QUANTITIES

# The row of `fixed_effects` that holds the empty corner's effect size.
CEILING_TERM = "ceiling_d"
# ASSUME: a condition with fewer different values than this makes steps rather than a line, so the step ceiling decides (Dul 2016).
FEWEST_VALUES = 5
LINES_DRAWN = 500
LEVELS = {"low": 0.1, "middle": 0.5, "high": 0.9}
TOO_FEW = 10


def _answer(question: NecessityQuestion, data: StudyData) -> Answered:
    entry = next((entry for entry in data.similarity if entry.name == question.condition), None)
    plan = plan_similarity(_as_similarity(question), data.analysis, [entry or _as_index(question)])
    fitted = fit_plan(plan)
    turned = entry is not None and entry.kind in DISTANCES
    points = one_per_relationship(plan.rows, question.condition, plan.outcome, turned)
    seeds = np.random.SeedSequence([data.seed, 21]).spawn(2)
    rows, effect, why = _empty_corner(question, points, np.random.default_rng(seeds[0]))
    if not why and fitted.fit is not None:
        rows += _beside_a_line(question, plan, fitted, points, turned, np.random.default_rng(seeds[1]))
    rows += _predicted(question, plan, fitted, turned)
    tables = result_tables(plan, fitted)
    deciding = pd.DataFrame(
        [
            {
                "question": question.name,
                "outcome": plan.outcome,
                "reporter": question.reporter,
                "term": CEILING_TERM,
                **effect,
                "method": "permutation" if not why else "not estimated",
            }
        ]
    )
    fits = tables["fits"]
    if why:
        said = "; ".join(
            part for part in (fits["note"].iloc[0] if fits["note"].notna().iloc[0] else "", f"no ceiling was drawn: {why}") if part
        )
        fits = fits.assign(note=said)
    return Answered(
        plan,
        fitted,
        {
            "fixed_effects": FIXED_EFFECTS.frame(pd.concat([tables["fixed_effects"], deciding], ignore_index=True)),
            "fits": fits,
            "quantities": QUANTITIES.frame([{"question": question.name, **row} for row in rows]),
        },
    )


def _as_similarity(question: NecessityQuestion) -> SimilarityQuestion:
    """The question whose mixed model stands beside the ceiling."""
    return SimilarityQuestion(
        name=question.name,
        ask=question.ask,
        kind="similarity",
        family=question.family,
        sesoi=question.sesoi,
        unit=question.unit,
        outcome=question.outcome,
        reporter=question.reporter,
        covariates=question.covariates,
        similarity=[question.condition],
    )


def _as_index(question: NecessityQuestion) -> Similarity:
    """A plain column enters as a perceived similarity does: split into levels, with no standing of either side beside it."""
    return Similarity(name=question.condition, kind="perceived", of=[question.condition], reporter=question.reporter)


def one_per_relationship(rows: pd.DataFrame, condition: str, outcome: str, turned: bool) -> pd.DataFrame:
    """Points of the ceiling: `x` (high: more alike), `y`, `program`, `mentor`, `waves`; one per relationship, with its mean over its waves.

    # ASSUME: for the ceiling a relationship stands where it is on average over its waves; waves of one relationship are not independent.
    """
    points = (
        rows.groupby("dyad", sort=True)
        .agg(
            x=(condition, "mean"),
            y=(outcome, "mean"),
            program=("program", "first"),
            mentor=("mentor", "first"),
            waves=("wave", "size"),
        )
        .reset_index()
    )
    return points.assign(x=-points["x"] if turned else points["x"], program=points["program"].fillna("").astype(str))


def deciding_ceiling(x: pd.Series) -> str:
    """The straight ceiling, unless the condition has so few values that steps are all there can be."""
    return "CE-FDH" if x.nunique() < FEWEST_VALUES else "CR-FDH"


def _empty_corner(
    question: NecessityQuestion, points: pd.DataFrame, generator: np.random.Generator
) -> tuple[list[dict[str, object]], dict[str, object], str]:
    """Rows of `quantities`, the deciding effect size for `fixed_effects`, and why there is none ("" when there is one)."""
    x, y = points["x"].to_numpy(float), points["y"].to_numpy(float)
    why = (
        f"only {len(points)} relationships have both values"
        if len(points) < TOO_FEW
        else "the condition is the same everywhere"
        if np.ptp(x) == 0
        else "the outcome is the same everywhere"
        if np.ptp(y) == 0
        else ""
    )
    if why:
        return [{"topic": "ceiling", "quantity": "d", "of": name, "n": len(points), "note": why} for name in ceiling.CEILINGS], {}, why
    found = ceiling.ceilings(x, y)
    can_deal = points["program"].duplicated().any()
    orders = ceiling.deals(points["program"].to_numpy(str), points["mentor"].to_numpy(str), question.permutations, generator)
    drawn = ceiling.dealt_effect_sizes(x, y, orders)
    mentors = points["mentor"].to_numpy(str)
    without = [
        ceiling.ceilings(x[keep], y[keep])
        for one in np.unique(mentors)
        for keep in [mentors != one]
        if keep.sum() >= TOO_FEW and np.ptp(x[keep]) > 0 and np.ptp(y[keep]) > 0
    ]
    rows: list[dict[str, object]] = []
    p = {}
    for place, name in enumerate(ceiling.CEILINGS):
        p[name] = ceiling.add_one_p(found.d(name), drawn[:, place]) if can_deal else None
        rows.append(
            {
                "topic": "ceiling",
                "quantity": "d",
                "of": name,
                "n": len(points),
                "estimate": found.d(name),
                "p": p[name],
                "method": f"re-dealt within programmes, mentors' mentees together ({question.permutations})",
                "note": None if can_deal else "no p: no programme has two relationships, so nothing can be dealt anew",
            }
        )
        rows.append(
            {"topic": "ceiling", "quantity": "mean d when dealt anew", "of": name, "n": len(orders), "estimate": drawn[:, place].mean()}
        )
        if without:
            rows.append(
                {
                    "topic": "ceiling",
                    "quantity": "lowest d without one mentor",
                    "of": name,
                    "n": len(without),
                    "estimate": min(one.d(name) for one in without),
                }
            )
    rows += [
        {"topic": "ceiling", "quantity": quantity, "of": of, "n": len(points), "estimate": value}
        for quantity, of, value in (
            ("scope", None, found.scope),
            ("corners", "CE-FDH", found.peers),
            ("share on or below", "CR-FDH", found.below),
            ("slope", "CR-FDH", found.slope),
            ("intercept", "CR-FDH", found.intercept),
        )
        if np.isfinite(value)
    ]
    name = deciding_ceiling(points["x"])
    return rows + _bottleneck(found, x), {"estimate": found.d(name), "p": p[name]}, ""


def _bottleneck(found: ceiling.Ceiling, x: np.ndarray) -> list[dict[str, object]]:
    """For each tenth of the outcome's observed range: the condition the ceiling asks for, in per cent of its own range, and who has less."""
    rows: list[dict[str, object]] = []
    for tenth in range(11):
        outcome = found.y_low + tenth / 10 * (found.y_high - found.y_low)
        for name in ceiling.CEILINGS:
            least = found.needed(outcome, name)
            share = 100 * (least - found.x_low) / (found.x_high - found.x_low) if np.isfinite(least) else None
            note = None if share is not None else "not necessary" if least < 0 else "not available: above every observed value"
            rows.append(
                {
                    "topic": "bottleneck",
                    "quantity": f"{10 * tenth} % of the outcome’s range",
                    "of": name,
                    "n": int((x < least - 1e-9).sum()),
                    "estimate": share,
                    "note": note,
                }
            )
    return rows


def _beside_a_line(
    question: NecessityQuestion, plan: ModelPlan, fitted: Fitted, points: pd.DataFrame, turned: bool, generator: np.random.Generator
) -> list[dict[str, object]]:
    """How large d is when the outcome follows the mixed model's straight line and nothing is necessary.

    Outcomes are drawn from the fitted model for the same rows and kept within the observed range of answers.
    """
    fit = fitted.fit
    assert fit is not None
    used = plan.rows.iloc[fit.design.rows]
    low, high = fit.design.y.min(), fit.design.y.max()
    name = deciding_ceiling(points["x"])
    place = ceiling.CEILINGS.index(name)
    outcomes = np.clip(fit.simulate(LINES_DRAWN, generator), low, high)
    means = pd.DataFrame(outcomes).groupby(used["dyad"].to_numpy(), sort=True).mean().to_numpy()
    x = one_per_relationship(used, question.condition, plan.outcome, turned)["x"].to_numpy(float)
    straight = np.arange(len(x))
    drawn = np.array([ceiling.dealt_effect_sizes(x, column, [straight])[0, place] for column in means.T if np.ptp(column) > 0])
    observed = ceiling.ceilings(points["x"].to_numpy(float), points["y"].to_numpy(float)).d(name)
    return [
        {
            "topic": "straight line",
            "quantity": "mean d",
            "of": name,
            "n": len(drawn),
            "estimate": drawn.mean(),
            "ci_low": np.quantile(drawn, 0.025),
            "ci_high": np.quantile(drawn, 0.975),
            "p": ceiling.add_one_p(observed, drawn),
            "method": "outcomes drawn from the mixed model, in which nothing is necessary",
        }
    ]


def _predicted(question: NecessityQuestion, plan: ModelPlan, fitted: Fitted, turned: bool) -> list[dict[str, object]]:
    """The outcome predicted where the condition is low, middling and high (10th, 50th, 90th percentile of the term), all else at its mean."""
    fit = fitted.fit
    term = plan.focus[0].term if plan.focus else ""
    if fit is None or term not in fit.terms:
        why = fitted.problem or "the condition does not differ between the rows, or others say the same"
        return [{"topic": "predicted", "quantity": "outcome", "of": level, "note": why} for level in LEVELS]
    at, values = fit.terms.index(term), plan.rows.iloc[fit.design.rows][question.condition].to_numpy(float)
    column = fit.design.X[:, at]
    usual = values.mean() - column.mean()
    if set(np.unique(values)) == {0.0, 1.0}:
        places = {"no match": -usual, "match": 1 - usual}
    else:
        places = {level: float(np.quantile(column, 1 - share if turned else share)) for level, share in LEVELS.items()}
    grid = np.tile(fit.design.X.mean(axis=0), (len(places), 1))
    grid[:, at] = list(places.values())
    predicted, low, high = predicted_at(fit, grid)
    where = {"within mentor": "among a mentor's mentees", "between mentors": "between mentors"}.get(plan.focus[0].level, "")
    return [
        {
            "topic": "predicted",
            "quantity": "outcome",
            "of": level,
            "n": fit.n_obs,
            "estimate": predicted[k],
            "ci_low": low[k],
            "ci_high": high[k],
            "method": f"mixed model, {where}: condition at {values.mean() + places[level] - column.mean() + 0.0:.2f}",
        }
        for k, level in enumerate(places)
    ]


def focus(question: NecessityQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """The empty corner, and the association within mentors (between them where it does not vary within)."""
    return [(CEILING_TERM, question.condition), *similarity_focus(_as_similarity(question), fixed_effects)]


def _judge(question: NecessityQuestion, tables: Tables, words: Words) -> Judgement:
    effects, quantities = tables["fixed_effects"], tables["quantities"]
    corner = effects[effects["term"] == CEILING_TERM].iloc[0]
    association = judge_terms(question, tables, words, similarity_focus(_as_similarity(question), effects))
    p = corner["p_adjusted"] if np.isfinite(corner["p_adjusted"]) else corner["p"]
    about = words.about("", question.condition)
    outcome, label = words.column(question.outcome_column), f"{'nearness in ' if about.sign < 0 else ''}“{about.label}”"
    if not np.isfinite(corner["estimate"]) and association.code == "not estimated":
        return Judgement("not estimated", "Nothing could be estimated for this question; the table of models says why.")
    empty = bool(corner["estimate"] >= ceiling.SMALLEST_D and p < ALPHA)
    line = quantities[quantities["topic"] == "straight line"]
    beyond = bool(len(line) and line["p"].iloc[0] < ALPHA)
    code = "necessary" if empty and (beyond or not question.beyond_a_line) else "helpful" if association.code == "positive" else "not shown"
    if code == "necessary":
        said = f"High values of {outcome} were hardly ever seen without some {label}: {_corner(corner, p)}."
    elif np.isfinite(corner["estimate"]):
        said = f"This study does not show that high values of {outcome} need some {label}: {_corner(corner, p)}."
    else:
        said = f"Whether high values of {outcome} need some {label} could not be examined."
    if empty and not beyond:
        said += (
            f" A straight-line association alone would leave as much (d = {line['estimate'].iloc[0]:.2f} on average)."
            if len(line)
            else " Whether a straight-line association alone would leave as much could not be examined."
        )
    warnings = ("a straight-line association would leave as large an empty corner",) if code == "necessary" and not beyond else ()
    return Judgement(
        code,
        f"{said} Beside it: {_lower(association.sentence)}",
        association.terms if code == "helpful" else (),
        association.df if code == "helpful" else float("nan"),
        warnings,
    )


def _corner(row: pd.Series, p: float) -> str:
    said = "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".", 1)
    test = f"p {said}" if np.isfinite(p) else "no p, because nothing could be dealt anew"
    return f"the empty corner is d = {row['estimate']:.2f} of the field ({ceiling.SMALLEST_D:.1f} is the least that is taken for necessity), {test}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _single_source(question: NecessityQuestion, words: Words) -> bool:
    return words.given_by(question.condition, question.reporter)


KIND = Kind(_answer, focus, _judge, _single_source)
