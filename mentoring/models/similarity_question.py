"""Question kind `similarity`: does being alike go with an outcome, over and above where each side stands?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.lmm import within_between
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.structure import diagnose
from mentoring.settings import Similarity, SimilarityQuestion


def plan_similarity(question: SimilarityQuestion, analysis: pd.DataFrame, indices: Sequence[Similarity]) -> ModelPlan:
    """The model of one similarity question.

    Every index is split into each relationship's deviation from its mentor's mean (`<index>_within`) and that mean
    (`<index>_between`). Both parties' own standing on what the index is made of is always in the model: without it, a difference
    on one side alone looks like an effect of similarity (Edwards 2001). The effect of similarity may differ between mentors: a
    random slope is tried first and only dropped by the stated ladder.

    # ASSUME: for an index over several answers (a profile, a distance), the mean of these answers says where each side stands.

    Parameters
    ----------
    question : SimilarityQuestion
    analysis : DataFrame
        Table `analysis`.
    indices : sequence of Similarity
        The config's entries that the question names.

    Returns
    -------
    ModelPlan
    """
    outcome = f"{question.reporter}_{question.outcome}"
    # Two indices made of the same answers share their main effects.
    distinct = {tuple(index.of): index for index in reversed(indices)}.values()
    mains = [column for index in distinct for column in main_effects(index, analysis)]
    _check_columns([outcome, *question.covariates, *(index.name for index in indices)], question, analysis)
    groups = ["program", "mentor", "mentee", "dyad"]
    needed = [outcome, *mains, *question.covariates, *(index.name for index in indices)]
    rows = analysis[list(dict.fromkeys([*groups, "wave", *needed]))].copy()
    complete = rows[needed].notna().all(axis=1)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    rows = one_row_if_asked_once(rows, outcome)
    structure = diagnose(rows, groups)
    rows = within_between(rows.astype({index.name: "float64" for index in indices}), [index.name for index in indices], "mentor")
    focus, terms, slopes = [], [], []
    for index in indices:
        within, between = f"{index.name}_within", f"{index.name}_between"
        varies_within, varies_between = (len(rows) > 0 and np.ptp(rows[part]) > 1e-12 for part in (within, between))
        sign = -1 if index.kind in DISTANCES else 1
        steady = index.kind == "match"
        if varies_within:
            terms.append(within)
            slopes.append(within)
            focus.append(Focus(within, index.name, "within mentor", sign, per_unit=steady))
        if varies_between:
            terms.append(between)
        if varies_between and not varies_within:
            focus.append(Focus(between, index.name, "between mentors", sign, per_unit=steady))
    extra = _varying([*mains, *question.covariates, *structure.fixed], rows)
    wave = _wave_term(rows)
    fixed = " + ".join([*terms, *extra, *wave]) or "1"
    return ModelPlan(
        question=question.name, outcome=outcome, reporter=question.reporter, rows=rows, dropped=dropped,
        fixed=f"{outcome} ~ {fixed}", structure=structure, slopes=tuple(slopes) if "mentor" in structure.random else (),
        slope_group="mentor", focus=tuple(focus),
    )


def one_row_if_asked_once(rows: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The first row of each relationship when the outcome never differs between its waves.

    Such an outcome was asked once and stands in every wave's row; taken as it stands, one answer would count several times.
    """
    repeated = rows["dyad"].duplicated(keep=False)
    if repeated.any() and (rows.groupby("dyad")[outcome].nunique() == 1).all():
        return rows.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index().reset_index(drop=True)
    return rows


def main_effects(index: Similarity, analysis: pd.DataFrame) -> list[str]:
    """Columns that say where each side stands on what an index is made of."""
    if index.kind == "perceived":
        return []
    columns: list[str] = []
    for role in ("mentor", "mentee"):
        level = f"{role}_{index.name}_level"
        columns += [level] if level in analysis else [f"{role}_{name}" for name in index.of if f"{role}_{name}" in analysis]
    return columns


def _check_columns(wanted: Sequence[str], question: SimilarityQuestion, analysis: pd.DataFrame) -> None:
    place = f"question “{question.name}”"
    missing = [name for name in dict.fromkeys(wanted) if name not in analysis]
    if missing:
        known = [name for name in analysis.columns if name not in ("dyad", "mentor", "mentee")]
        raise StudyError([
            Problem("config.yaml", place, f"the analysis table has no column “{name}”", did_you_mean(name, known)) for name in missing
        ])
    if not pd.api.types.is_numeric_dtype(analysis[wanted[0]]):
        raise StudyError(Problem("config.yaml", place, f"the outcome “{wanted[0]}” holds words", "a scale or an item with a number"))


def _varying(columns: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Columns that differ between rows; one that does not is the intercept again."""
    return [name for name in dict.fromkeys(columns) if rows[name].nunique() > 1]


def _wave_term(rows: pd.DataFrame) -> list[str]:
    if rows["wave"].nunique() < 2:
        return []
    rows["wave"] = "wave " + rows["wave"].astype(str)
    return ["wave"]
