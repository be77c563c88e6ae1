"""The models behind a question of kind `influence`: every path on the same rows, every variable in its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.answer_rows import each_answer_once
from mentoring.models.fitting import Fitted, fit_plan
from mentoring.models.kinds.similarity import split_levels
from mentoring.models.lmm import LinearMixedModelFit, within_between
from mentoring.models.plan import ModelPlan
from mentoring.models.structure import Structure, diagnose
from mentoring.settings import InfluenceQuestion

# Each part of a split column, and what is compared in it; the first that varies is what the question is about.
PARTS = {"within": "within mentor", "over_time": "over time", "between": "between mentors"}


@dataclass(frozen=True)
class Equations:
    """All models of one question, on the same rows.

    Attributes
    ----------
    plan : ModelPlan
        Of the outcome, given predictor and mediators.
    fitted : Fitted
        The same, fitted.
    mediators : dict of str to fit
        Of each mediator, given the predictor.
    total : fit
        Of the outcome, given the predictor alone.
    parts : tuple of str
        Parts of the predictor that vary; the first is the one in question.
    """

    plan: ModelPlan
    fitted: Fitted
    mediators: dict[str, LinearMixedModelFit | None]
    total: LinearMixedModelFit | None
    parts: tuple[str, ...]


def rows_of(question: InfluenceQuestion, analysis: pd.DataFrame) -> tuple[pd.DataFrame, int, list[str], str]:
    """Complete rows, how many were left out, notes, and why there are none ("" when there are).

    With `when: next wave`, mediators and outcome stand as `<name>_next` beside their own level before.
    """
    named = [question.outcome_column, question.predictor, *question.through, *question.covariates]
    missing = [name for name in named if name not in analysis]
    if missing:
        raise StudyError(
            [
                Problem(
                    "config.yaml",
                    f"question “{question.name}”",
                    f"the analysis table has no column “{name}”",
                    did_you_mean(name, list(analysis.columns)),
                )
                for name in missing
            ]
        )
    later = [question.outcome_column, *question.through] if question.when == "next wave" else []
    groups = ["program", "mentor", "mentee", "dyad"]
    rows = analysis[list(dict.fromkeys([*groups, "wave", *named]))].copy()
    if later:
        after = rows[["dyad", "wave", *later]].assign(wave=rows["wave"] - 1).rename(columns={name: f"{name}_next" for name in later})
        rows = rows.merge(after, on=["dyad", "wave"], how="left")
        rows = rows[rows["wave"] < rows["wave"].max()]
    needed = [*named, *(f"{name}_next" for name in later)]
    complete = rows[needed].notna().all(axis=1)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    for name in (question.predictor, *question.through, question.outcome_column):
        if not pd.api.types.is_numeric_dtype(rows[name]):
            raise StudyError(
                Problem("config.yaml", f"question “{question.name}”", f"“{name}” holds words", "a scale or an item with a number")
            )
    if rows.empty:
        return rows, dropped, [], "no relationship has all values" + (" at two waves in a row" if later else "")
    rows, notes, problem = each_answer_once(
        rows, f"{question.outcome_column}_next" if later else question.outcome_column, question.reporter
    )
    return rows, dropped, notes, problem


def equations(question: InfluenceQuestion, analysis: pd.DataFrame) -> Equations:
    """Fit every model of the question.

    # ASSUME: in a mediation every path is the same for all mentors (random intercepts, no random slopes).
    # ASSUME: in a mediation nothing left out moves predictor, mediator and outcome together, and mediators do not act on each other.
    """
    rows, dropped, notes, problem = rows_of(question, analysis)
    lagged = question.when == "next wave"
    structure = diagnose(rows, ["program", "mentor", "mentee", "dyad"]) if len(rows) else Structure((), (), ())
    names = [question.predictor, *question.through]
    parts: tuple[str, ...] = ()
    if not problem:
        for name in names:
            # With own earlier levels beside them, time and relationships are not told apart again.
            rows = within_between(rows, name, "mentor") if lagged else split_levels(rows, name)
        usual = [part for part in PARTS if f"{question.predictor}_{part}" in rows and np.ptp(rows[f"{question.predictor}_{part}"]) > 1e-9]
        parts = tuple(usual)
        problem = "" if parts else f"{question.predictor} is the same in every row"
    also = [name for name in dict.fromkeys([*question.covariates, *structure.fixed]) if rows[name].nunique() > 1]
    if rows["wave"].nunique() > 1:
        rows["wave"] = "wave " + rows["wave"].astype(str)
        also.append("wave")

    def split(name: str) -> list[str]:
        return [f"{name}_{part}" for part in PARTS if f"{name}_{part}" in rows and np.ptp(rows[f"{name}_{part}"]) > 1e-9]

    def plan_of(outcome: str, terms: list[str]) -> ModelPlan:
        column = f"{outcome}_next" if lagged else outcome
        before = [outcome] if lagged and outcome not in question.through else [] if not lagged else split(outcome)
        fixed = " + ".join(dict.fromkeys([*terms, *before, *also])) or "1"
        return ModelPlan(
            question.name,
            column,
            question.reporter,
            rows,
            dropped,
            f"{column} ~ {fixed}",
            structure,
            (),
            "mentor",
            (),
            (*notes, *structure.notes),
            problem,
        )

    start = [] if problem else split(question.predictor)
    middle = [] if problem else [term for name in question.through for term in split(name)]
    plan = plan_of(question.outcome_column, [*start, *middle])
    fitted = fit_plan(plan)
    mediators = {name: fit_plan(plan_of(name, start)).fit for name in question.through}
    return Equations(plan, fitted, mediators, fit_plan(plan_of(question.outcome_column, start)).fit, parts)
