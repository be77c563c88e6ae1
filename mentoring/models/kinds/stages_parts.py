"""The further numbers of a stages question: the outcome by stage and by wave, and when relationships end."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.ending import ended_by, lasting
from mentoring.models.kinds.kind import StudyData
from mentoring.models.kinds.quantity_rows import Row, estimates, nothing, parity_row
from mentoring.models.lmm import LinearMixedModelFit, lmm
from mentoring.models.marginal_means import linear, marginal_means, unexplained_sd
from mentoring.models.plan import ModelPlan
from mentoring.models.results import METHODS
from mentoring.settings import StagesQuestion

MOVES, BY_STAGE, BY_WAVE, STEPS, ENDING = "moves", "by stage", "by wave", "stage to stage", "ending"
LASTING = "still lasting"
DAYS_PER_MONTH = 30.4375
CAUSES = {1: "ended, expected", 2: "ended, sudden", 3: "ended, stage not known"}
MOST_POINTS = 24


def trajectories(question: StagesQuestion, plan: ModelPlan, fit: LinearMixedModelFit, columns: Mapping[str, tuple[str, str]]) -> list[Row]:
    """The outcome's adjusted mean in each stage (within relationships), each step to the next stage, and the mean at each wave.

    Parameters
    ----------
    columns : mapping
        Stage → its columns `when_in_…` and `share_in_…`, in order; the first stage is the reference and has none in the model.
    """
    stages, method, spread = list(columns), METHODS[fit.method], unexplained_sd(fit)
    within = any(columns[stage][0] in fit.terms for stage in stages)
    kind = 0 if within else 1
    at = {stage: _in_stage(fit, plan.rows, stage, columns, kind) for stage in stages}
    sizes = plan.rows["stage"].value_counts()
    note = "" if within else "differences between relationships: none was seen in two stages"
    table = linear(fit, np.array(list(at.values()))).assign(p=np.nan)
    rows = estimates(BY_STAGE, "adjusted mean", stages, table, [int(sizes[stage]) for stage in stages], method=method, note=note)
    for before, after in itertools.pairwise(stages):
        step = linear(fit, at[after] - at[before])
        name = f"{before} to {after}"
        rows += estimates(STEPS, "difference", [name], step, method=method, note=note)
        rows += estimates(STEPS, "difference (SD)", [name], step, factor=1 / spread, method=method, note=note)
        rows += [parity_row(STEPS, "equivalence test (SD)", name, step.iloc[0], 1 / spread, question.sesoi)]
    return rows + _by_wave(plan, [*(name for pair in columns.values() for name in pair)])


def _in_stage(fit: LinearMixedModelFit, rows: pd.DataFrame, stage: str, columns: Mapping[str, tuple[str, str]], kind: int) -> np.ndarray:
    """The average row, put into a stage: `when_in` terms move, shares stay where they are on average (or, with one wave, the other way round)."""
    line = fit.design.X.mean(axis=0)
    for other, names in columns.items():
        if names[kind] in fit.terms:
            share = float(rows[names[1]].mean()) if kind == 0 else 0.0
            line[fit.terms.index(names[kind])] = float(other == stage) - share
    return line


def _by_wave(plan: ModelPlan, stage_terms: list[str]) -> list[Row]:
    """Means at each wave, whatever the stage: how the outcome moves over time altogether."""
    left, right = plan.fixed.split(" ~ ")
    kept = [term for term in right.split(" + ") if term not in stage_terms]
    if "wave" not in kept:
        return [nothing(BY_WAVE, "adjusted mean", "there is one wave only")]
    random = f" + {plan.structure.terms}" if plan.structure.random else ""
    try:
        fit = lmm(f"{left} ~ {' + '.join(kept)}{random}", plan.rows)
    except StudyError as error:
        return [nothing(BY_WAVE, "adjusted mean", "; ".join(problem.found for problem in error.problems))]
    means = marginal_means(fit, "wave")
    sizes = plan.rows["wave"].value_counts()
    waves = list(means.cells["wave"])
    return estimates(
        BY_WAVE, "adjusted mean", waves, means.table().assign(p=np.nan), [int(sizes[wave]) for wave in waves], method=METHODS[fit.method]
    )


def endings(question: StagesQuestion, data: StudyData) -> list[Row]:
    """How many relationships still last, month by month since they began, and in which way others ended.

    # ASSUME: ends were recorded up to the latest date in the list of pairs; a relationship without an end was still lasting then.
    # ASSUME: an end is expected when the last stage that was answered is one of `closing`, else sudden.
    """
    dyads = data.dyads
    known = dyads[dyads["start"].notna()]
    if known.empty or dyads["end"].isna().all():
        return [
            nothing(ENDING, LASTING, "the list of pairs has no dates of beginning" if known.empty else "the list of pairs records no end")
        ]
    last_date = pd.concat([dyads["start"], dyads["end"]]).max()
    days = (known["end"].fillna(last_date) - known["start"]).dt.days
    usable = days > 0
    months, ended = days[usable].to_numpy(float) / DAYS_PER_MONTH, known.loc[usable, "end"].notna().to_numpy()
    mentor = known.loc[usable, "mentor"].to_numpy()
    at = [float(month) for month in range(1, min(int(months.max()), MOST_POINTS) + 1)]
    left_out = int((~usable).sum()) + len(dyads) - len(known)
    note = f"{left_out} relationships without a beginning, or with an end not after it, are left out" if left_out else None
    rows: list[Row] = [
        {"topic": ENDING, "quantity": "relationships ended", "n": int(usable.sum()), "estimate": float(ended.sum()), "note": note}
    ]
    rows += _curve(LASTING, lasting(months, ended, mentor, at), "Kaplan-Meier, clustered by mentor")
    if question.closing:
        stages = data.analysis.dropna(subset=["stage"]).sort_values("wave").groupby("dyad")["stage"].last()
        last = known.loc[usable, "dyad"].map(stages)
        cause = np.where(~ended, 0, np.where(last.isna(), 3, np.where(last.isin(question.closing), 1, 2)))
        for number, name in CAUSES.items():
            count = int((cause == number).sum())
            if count:
                rows.append({"topic": ENDING, "quantity": f"relationships {name}", "n": int(usable.sum()), "estimate": float(count)})
                rows += _curve(name, ended_by(months, cause, mentor, at, number), "Aalen-Johansen, clustered by mentor")
    return rows


def _curve(quantity: str, table: pd.DataFrame, method: str) -> list[Row]:
    return [
        {
            "topic": ENDING,
            "quantity": quantity,
            "of": f"{row['time']:g} month{'' if row['time'] == 1 else 's'}",
            "n": row["at_risk"],
            "estimate": row["estimate"],
            "se": row["se"],
            "ci_low": row["ci_low"],
            "ci_high": row["ci_high"],
            "method": method,
            "note": row["note"],
        }
        for row in table.to_dict("records")
    ]
