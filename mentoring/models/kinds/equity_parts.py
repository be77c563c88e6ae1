"""The further numbers of an equity question: means and gaps, return and match; beside them voice, and what `equity_spread` holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.models.fitting import Fitted, fit_plan
from mentoring.models.kinds.equity_spread import VERSUS, intersections, within_mentors
from mentoring.models.kinds.kind import StudyData
from mentoring.models.kinds.quantity_rows import Row, estimates, nothing, parity_row
from mentoring.models.kinds.similarity import main_effects, split_levels, varying
from mentoring.models.kinds.voice import SILENCE_GAP, as_groups, group_side, voice
from mentoring.models.lmm import LinearMixedModelFit, within_between
from mentoring.models.marginal_means import MarginalMeans, linear, marginal_means, marginal_slopes, unexplained_sd
from mentoring.models.plan import ModelPlan
from mentoring.models.results import METHODS
from mentoring.settings import EquityQuestion

GAP, GAP_OTHER, PARITY = "gap (SD)", "gap between other groups (SD)", "parity test (SD)"
RETURN_GAP, CLOSING = "difference in slope (SD per SD)", "gap where alike less gap where unlike (SD)"
MENTORS = "mentors of the group"
Planner = Callable[[EquityQuestion, pd.DataFrame, Sequence[str]], ModelPlan]

__all__ = [
    "CLOSING",
    "GAP",
    "GAP_OTHER",
    "MENTORS",
    "PARITY",
    "RETURN_GAP",
    "SILENCE_GAP",
    "VERSUS",
    "as_groups",
    "equity_quantities",
    "group_side",
]


def equity_quantities(question: EquityQuestion, data: StudyData, plan: ModelPlan, fitted: Fitted, planner: Planner) -> list[Row]:
    """Rows of `quantities` (without the question's name); `planner` makes the same plan with further columns."""
    assert fitted.fit is not None
    rows = _received(question, plan, fitted.fit)
    if question.support:
        rows += _return(question, planner(question, data.analysis, [question.support]))
    if question.similarity:
        entry = next(entry for entry in data.similarity if entry.name == question.similarity)
        mains = main_effects(entry, data.analysis)
        rows += _match(question, planner(question, data.analysis, [entry.name, *mains]), entry.name, mains, entry.kind)
    rows += voice(question.group, list(plan.rows[question.group].cat.categories), data)
    if question.strata:
        rows += intersections(question, plan)
    return rows + within_mentors(question, plan)


def _received(question: EquityQuestion, plan: ModelPlan, fit: LinearMixedModelFit) -> list[Row]:
    """Adjusted means, and every gap in the outcome's unit and in standard deviations, with the test of parity."""
    means = marginal_means(fit, question.group)
    levels, method = list(means.cells[question.group]), METHODS[fit.method]
    table = means.table().assign(p=np.nan)
    rows = estimates("means", "adjusted mean", levels, table, _people(plan, question.group, levels), method=method)
    mentors = plan.rows.groupby(question.group, observed=True)["mentor"].nunique()
    rows += [
        {"topic": "means", "quantity": MENTORS, "of": level, "n": int(mentors.get(level, 0)), "estimate": float(mentors.get(level, 0))}
        for level in levels
    ]
    spread = unexplained_sd(fit)
    for place, later in enumerate(levels):
        for earlier in levels[:place]:
            gap = linear(fit, means.row(**{question.group: later}) - means.row(**{question.group: earlier}))
            name, first = f"{later}{VERSUS}{earlier}", earlier == levels[0]
            rows += estimates("gap", "gap" if first else "gap between other groups", [name], gap, method=method)
            rows += estimates("gap", GAP if first else GAP_OTHER, [name], gap, factor=1 / spread, method=method)
            rows += [parity_row("gap", PARITY, name, gap.iloc[0], 1 / spread, question.sesoi)]
    return rows


def _people(plan: ModelPlan, group: str, levels: Sequence[str]) -> list[int]:
    """Mentees (for a mentor's trait: mentors) of each group."""
    who = plan.rows.groupby(group, observed=True)["mentor" if group.startswith("mentor_") else "mentee"].nunique()
    return [int(who.get(level, 0)) for level in levels]


def _return(question: EquityQuestion, plan: ModelPlan) -> list[Row]:
    """The slope of the outcome on support in each group, among one mentor's mentees where support varies there, and the differences."""
    assert question.support is not None
    if plan.problem:
        return [nothing("return", RETURN_GAP, plan.problem)]
    rows = split_levels(plan.rows, question.support)
    parts = [f"{question.support}_{part}" for part in ("within", "over_time", "between")]
    there = [part for part in parts if np.ptp(rows[part]) > 1e-9]
    if not there:
        return [nothing("return", RETURN_GAP, "support is the same in every row")]
    lead = there[0]
    fixed = " + ".join([plan.fixed, *there, *(f"{question.group}:{part}" for part in there)])
    slopes = (lead,) if lead == parts[0] and "mentor" in plan.structure.random else ()
    fitted = fit_plan(replace(plan, rows=rows, fixed=fixed, slopes=slopes))
    if fitted.fit is None:
        return [nothing("return", RETURN_GAP, fitted.problem)]
    fit = fitted.fit
    note = _same_source(question) or None
    spread, step = unexplained_sd(fit), float(np.std(rows[lead], ddof=1))
    lost = _lost(fit, question.group, lead)
    slopes_by = marginal_slopes(fit, lead, question.group)
    levels, method = list(slopes_by.cells[question.group]), METHODS[fit.method]
    where = {parts[0]: "slope within a mentor's mentees", parts[1]: "slope over time", parts[2]: "slope between mentors"}[lead]
    kept = [level not in lost for level in levels]
    out = estimates(
        "return", where, [level for level in levels if level not in lost], slopes_by.table()[kept], method=method, note=note or ""
    )
    for level in levels[1:]:
        if level in lost:
            out.append(nothing("return", RETURN_GAP, lost[level], f"{level}{VERSUS}{levels[0]}"))
            continue
        difference = linear(fit, slopes_by.row(**{question.group: level}) - slopes_by.row(**{question.group: levels[0]}))
        name = f"{level}{VERSUS}{levels[0]}"
        out += estimates("return", "difference in slope", [name], difference, method=method, note=note or "")
        out += estimates("return", RETURN_GAP, [name], difference, factor=step / spread, method=method, note=note or "")
        out += [parity_row("return", "parity test (SD per SD)", name, difference.iloc[0], step / spread, question.sesoi)]
    return out


def _same_source(question: EquityQuestion) -> str:
    own = question.support is not None and question.support.startswith(f"{question.reporter}_")
    return f"single source: the {question.reporter} reported both support and outcome" if own else ""


def _match(question: EquityQuestion, plan: ModelPlan, similarity: str, mains: Sequence[str], kind: str) -> list[Row]:
    """The gap where the two are alike and where they are not, with both parties' own standing and the mentor's mean similarity in the model."""
    if plan.problem:
        return [nothing("match", CLOSING, plan.problem)]
    rows = plan.rows.assign(**{similarity: plan.rows[similarity].astype(float)})
    if np.ptp(rows[similarity]) < 1e-9:
        return [nothing("match", CLOSING, f"{similarity} is the same in every row")]
    rows = within_between(rows, similarity, "mentor")
    between = [f"{similarity}_between"] if rows[f"{similarity}_within"].abs().max() > 1e-9 else []
    own = [name for name in varying(mains, rows) if name != question.group]
    terms = [plan.fixed, *own, similarity, *varying(between, rows), f"{question.group}:{similarity}"]
    slopes = (similarity,) if between and "mentor" in plan.structure.random else ()
    fitted = fit_plan(replace(plan, rows=rows, fixed=" + ".join(terms), slopes=slopes))
    if fitted.fit is None:
        return [nothing("match", CLOSING, fitted.problem)]
    fit = fitted.fit
    middle, step = float(rows[similarity].mean()), float(np.std(rows[similarity], ddof=1))
    low, high = (0.0, 1.0) if kind == "match" else (middle - step, middle + step)
    alike, unlike = (low, high) if kind in DISTANCES else (high, low)
    means = marginal_means(fit, {question.group: list(rows[question.group].cat.categories), similarity: [low, high]})
    return _gaps_by(question, means, similarity, alike, unlike)


def _gaps_by(question: EquityQuestion, means: MarginalMeans, similarity: str, alike: float, unlike: float) -> list[Row]:
    fit, levels = means.fit, list(dict.fromkeys(means.cells[question.group]))
    spread, method, out = unexplained_sd(fit), METHODS[means.fit.method], []

    def gap(level: str, value: float) -> np.ndarray:
        return means.row(**{question.group: level, similarity: value}) - means.row(**{question.group: levels[0], similarity: value})

    lost = _lost(fit, question.group, similarity)
    for level in levels[1:]:
        name = f"{level}{VERSUS}{levels[0]}"
        if level in lost:
            out.append(nothing("match", CLOSING, lost[level], name))
            continue
        out += estimates("match", "gap where alike", [name], linear(fit, gap(level, alike)), method=method)
        out += estimates("match", "gap where unlike", [name], linear(fit, gap(level, unlike)), method=method)
        change = linear(fit, gap(level, alike) - gap(level, unlike))
        out += estimates("match", "gap where alike less gap where unlike", [name], change, method=method)
        out += estimates("match", CLOSING, [name], change, factor=1 / spread, method=method)
    return out


def _lost(fit: LinearMixedModelFit, group: str, with_term: str) -> dict[str, str]:
    """Levels whose interaction the model could not hold, and why: with two groups, match × group is the other party's own main effect again."""
    found = {}
    for level in fit.design.frame[group].cat.categories:
        if {f"{group}[T.{level}]:{with_term}", f"{with_term}:{group}[T.{level}]"} & set(fit.aliased):
            own = fit.design.frame.loc[fit.design.frame[group] == level, with_term]
            found[str(level)] = (
                f"{with_term} is the same in all rows of this group"
                if own.nunique() < 2
                else f"{group} × {with_term} says the same as other terms (a match on a trait with two groups is fixed by both sides' own groups), so it cannot be "
                "told from the other party's own main effect"
            )
    return found
