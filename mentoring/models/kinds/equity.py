"""Question kind `equity`: is what people receive, what comes of it, and their say the same across groups?

One mixed model answers for the gap in what is received; the other numbers (`equity_parts`) stand in `quantities`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError
from mentoring.measure.comparable import incomparable_groups
from mentoring.models.answer_rows import each_answer_once
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.equity_parts import (
    CLOSING,
    GAP,
    PARITY,
    RETURN_GAP,
    SILENCE_GAP,
    VERSUS,
    as_groups,
    equity_quantities,
    group_side,
)
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.similarity import check_columns, varying, wave_term
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.structure import diagnose
from mentoring.models.verdicts import ALPHA, signed
from mentoring.models.words import Words
from mentoring.settings import EquityQuestion
from mentoring.tables import QUANTITIES

GROUPINGS = ("program", "mentor", "mentee", "dyad")
MOST_GROUPS = 12
# ASSUME: a group of fewer people than this says nothing of its kind, and is left out.
FEWEST_PEOPLE = 5


def plan_equity(question: EquityQuestion, analysis: pd.DataFrame, extra: Sequence[str] = ()) -> ModelPlan:
    """The model of the gap in what is received.

    The outcome on the group (the largest, or `reference`, is what others are compared with), covariates and wave, with random intercepts. Where
    one mentor has mentees of several groups, the gap may differ between mentors: with two groups as a random slope, with more as a random intercept
    of mentor × group (with two groups, the uncorrelated slope of a ±½ contrast is the same model).

    Parameters
    ----------
    extra : sequence of str
        Further columns that the rows must hold, for models beside this one.
    """
    check_columns([question.outcome_column, question.group, *question.covariates, *question.strata, *extra], question, analysis)
    rows, dropped, notes, problem = equity_rows(question, analysis, extra)
    if problem:
        return _empty_plan(question, rows, dropped, notes, problem)
    group = question.group
    contrast, cell = f"{group}_gap", f"mentor_x_{group}"
    shared = int((rows.groupby("mentor")[group].nunique() > 1).sum())
    two = len(rows[group].cat.categories) == 2
    candidates = list(GROUPINGS)
    if shared and not two:
        rows[cell] = rows["mentor"] + " × " + rows[group].astype(str)
        candidates.insert(2, cell)
    structure = diagnose(rows, candidates)
    if two:
        rows[contrast] = np.where(rows[group] == rows[group].cat.categories[1], 0.5, -0.5)
    covariates = varying([*question.covariates, *structure.fixed], rows)
    fixed = " + ".join([group, *covariates, *wave_term(rows)])
    return ModelPlan(
        question=question.name,
        outcome=question.outcome_column,
        reporter=question.reporter,
        rows=rows,
        dropped=dropped,
        fixed=f"{question.outcome_column} ~ {fixed}",
        structure=structure,
        slopes=(contrast,) if two and shared >= 2 and "mentor" in structure.random else (),
        slope_group="mentor",
        focus=tuple(Focus(term, group, "all", per_unit=True) for term in gap_terms(rows[group], group)),
        notes=(*notes, *structure.notes),
    )


def equity_rows(question: EquityQuestion, analysis: pd.DataFrame, extra: Sequence[str] = ()) -> tuple[pd.DataFrame, int, list[str], str]:
    """Complete rows with the group as a category (reference first), each answer once; how many rows were dropped; notes; the problem ("" for none)."""
    outcome, group = question.outcome_column, question.group
    needed = list(dict.fromkeys([outcome, group, *question.covariates, *extra]))
    rows = analysis[list(dict.fromkeys([*GROUPINGS, "wave", *needed, *(name for name in question.strata if name in analysis)]))].copy()
    complete = rows[needed].notna().all(axis=1)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    side = group_side(group)
    rows, notes, problem = each_answer_once(rows, outcome, question.reporter)
    if problem and side == "mentor":
        # An outcome about the mentor says nothing of single relationships, but does say whether groups of mentors differ.
        kept = rows.drop_duplicates(["mentor", "wave"]).reset_index(drop=True)
        notes = [*notes, f"the outcome is about the mentor, so each mentor counts once per wave ({len(rows) - len(kept)} repeats left out)"]
        rows, problem = kept, ""
    if problem:
        return rows, dropped, notes, problem.replace("how alike the partners are", "the mentee’s group")
    rows[group] = as_groups(rows[group])
    if rows[group].nunique() > MOST_GROUPS:
        raise StudyError(
            Problem(
                "config.yaml",
                f"question “{question.name}”",
                f"“{group}” has {rows[group].nunique()} different values",
                f"at most {MOST_GROUPS} groups",
                "ask for groups (such as age bands) in the codebook, or use kind: model",
            )
        )
    people = rows.groupby(group)[side or "dyad"].nunique()
    few = list(people.index[people < FEWEST_PEOPLE])
    if few:
        notes = [*notes, f"groups of fewer than {FEWEST_PEOPLE} people are left out: {', '.join(few)}"]
        dropped += int(rows[group].isin(few).sum())
        rows, people = rows[~rows[group].isin(few)].reset_index(drop=True), people.drop(few)
    if len(people) < 2:
        return rows, dropped, notes, f"{group} has fewer than two groups of at least {FEWEST_PEOPLE} people, so there is no gap"
    if question.reference and question.reference not in people.index:
        raise StudyError(
            Problem(
                "config.yaml",
                f"question “{question.name}”",
                f"“{question.group}” has no group “{question.reference}”",
                "one of: " + ", ".join(people.index),
                f"reference: {people.idxmax()}",
            )
        )
    first = question.reference or str(people.idxmax())
    rows[group] = pd.Categorical(rows[group], categories=[first, *(name for name in people.index if name != first)])
    return rows, dropped, notes, ""


def gap_terms(groups: pd.Series, name: str) -> list[str]:
    """The model's terms that compare each group with the first."""
    return [f"{name}[T.{level}]" for level in groups.cat.categories[1:]]


def _empty_plan(question: EquityQuestion, rows: pd.DataFrame, dropped: int, notes: Sequence[str], problem: str) -> ModelPlan:
    return ModelPlan(
        question=question.name,
        outcome=question.outcome_column,
        reporter=question.reporter,
        rows=rows,
        dropped=dropped,
        fixed="",
        structure=diagnose(rows, ()),
        slopes=(),
        slope_group="mentor",
        focus=(Focus(question.group, question.group, "all"),),
        notes=tuple(notes),
        problem=problem,
    )


def _answer(question: EquityQuestion, data: StudyData) -> Answered:
    plan = plan_equity(question, data.analysis)
    fitted = fit_plan(plan)
    rows = equity_quantities(question, data, plan, fitted, plan_equity) if fitted.fit is not None else []
    return Answered(plan, fitted, {"quantities": QUANTITIES.frame([{"question": question.name, **row} for row in rows])})


def _focus(question: EquityQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    own = fixed_effects.loc[fixed_effects["question"] == question.name, "term"]
    return [(term, question.group) for term in own if term == question.group or term.startswith(f"{question.group}[")]


def _judge(question: EquityQuestion, tables: Tables, words: Words) -> Judgement:
    """Parity where every gap between two groups is shown to be too small to matter; a gap where one is told from zero; else undecided.

    Parity is an intersection-union test: every pair's two one-sided 5 % tests must reject, so no correction is needed (Berger & Hsu 1996).
    """
    effects = tables["fixed_effects"].set_index("term")
    terms = [term for term, _ in _focus(question, tables["fixed_effects"])]
    known = [term for term in terms if np.isfinite(effects.loc[term, "se"])]
    outcome = words.column(question.outcome_column)
    if not known:
        return Judgement("not estimated", f"The gap in {outcome} could not be estimated; the table of models says why.")
    own = tables["quantities"]
    parity = own[(own["topic"] == "gap") & (own["quantity"] == PARITY)]
    p = {
        term: effects.loc[term, "p_adjusted"] if np.isfinite(effects.loc[term, "p_adjusted"]) else effects.loc[term, "p"] for term in known
    }
    told = tuple(term for term in known if p[term] < ALPHA)
    alike = len(parity) > 0 and bool((parity["p"] < ALPHA).all())
    code = "parity shown" if alike else "gap shown" if told else "inconclusive"
    deciding = told if code == "gap shown" else tuple(known)
    sentence = f"{_main_sentence(code, question, own, told, words)}{_further(own, words.smallest)}"
    moved = tables["influence"]
    turned = code == "gap shown" and moved.loc[moved["term"].isin(deciding), "changes_sign"].fillna(False).astype(bool).any()
    warnings = ("leaving out a single mentor or programme turns the gap round",) if turned else ()
    doubt = _in_doubt(code, question, tables)
    return Judgement(code, f"{sentence} {doubt}".strip(), deciding, float(min(effects.loc[list(deciding), "df"])), warnings, doubt)


def _in_doubt(code: str, question: EquityQuestion, tables: Tables) -> str:
    """A sentence where means are compared that may differ by the items' meaning alone ("" otherwise)."""
    if code == "inconclusive" or "invariance" not in tables:
        return ""
    why = incomparable_groups(tables["invariance"], question.outcome, str(question.reporter), question.group)
    return f"This is not to be relied on: as to the scale, {why} (scalar invariance)." if why else ""


def _main_sentence(code: str, question: EquityQuestion, own: pd.DataFrame, told: Sequence[str], words: Words) -> str:
    """What is said of the gap in what is received."""
    outcome, group = words.column(question.outcome_column), words.column(question.group)
    kind = PARITY if code == "parity shown" else GAP
    gaps = own[(own["topic"] == "gap") & (own["quantity"] == kind)]
    if code == "parity shown":
        return (
            f"In {outcome}, every gap between groups ({group}) is shown to be smaller than {question.sesoi:g} standard deviations (SD), the smallest that "
            f"would matter{_listed(gaps, own, words.smallest, 90)}."
        )
    if code == "gap shown":
        shown = [term.split("[T.", 1)[1].removesuffix("]") for term in told]
        return f"There is a gap in {outcome} between groups ({group}){_listed(gaps[gaps['of'].str.split(VERSUS).str[0].isin(shown)], own, words.smallest)}."
    without = "" if question.sesoi else " No smallest gap that would matter was declared (sesoi), so parity could not be shown either."
    return f"This study cannot tell whether there is a gap in {outcome} between groups ({group}){_listed(gaps, own, words.smallest)}.{without}"


def _about_named(rows: pd.DataFrame, own: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Rows about groups of enough people to be named in a sentence."""
    sizes = own[own["topic"] == "means"].groupby("of")["n"].min()
    known = set(sizes.index[sizes >= smallest])
    names = [str(of).removeprefix("mentors: ").removeprefix("mentees: ") for of in rows["of"]]
    return rows[pd.Series([set(name.split(VERSUS)) <= known for name in names], index=rows.index, dtype=bool)]


def _listed(gaps: pd.DataFrame, own: pd.DataFrame, smallest: int, level: int = 95) -> str:
    shown = _about_named(gaps, own, smallest)
    numbers = "; ".join(
        f"{row.of}: {signed(row.estimate)} SD, {level} % interval {signed(row.ci_low)} to {signed(row.ci_high)}"
        for row in shown.itertuples()
    )
    hidden = "groups of few people are not named" if len(shown) < len(gaps) else ""
    said = "; ".join(part for part in (numbers, hidden) if part)
    return f": {said}" if said else ""


def _further(own: pd.DataFrame, smallest: int) -> str:
    """Return, match and voice in a sentence each, where their intervals leave out zero."""
    said = []
    for topic, quantity, text in (
        ("return", RETURN_GAP, "The return on support differs"),
        ("match", CLOSING, "The gap is another where the two are alike"),
        ("voice", SILENCE_GAP, "Silence is not spread evenly"),
    ):
        rows = own[(own["topic"] == topic) & (own["quantity"] == quantity)].dropna(subset=["ci_low", "ci_high"])
        rows = _about_named(rows, own, smallest)
        apart = rows[(rows["ci_low"] > 0) | (rows["ci_high"] < 0)]
        said += [
            f" {text} ({row.of}: {signed(row.estimate)}, 95 % interval {signed(row.ci_low)} to {signed(row.ci_high)})."
            for row in apart.itertuples()
        ]
    return "".join(said) + (" These further intervals are not corrected for the number of comparisons." if said else "")


KIND = Kind(_answer, _focus, _judge, lambda question, words: False)
