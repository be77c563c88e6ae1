"""Question kind `similarity`: does being alike go with an outcome, over and above where each side stands?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.answer_rows import each_answer_once, one_row_each
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.by_terms import judge_terms, similarity_focus, similarity_single_source
from mentoring.models.kinds.generalised import answer_generalised, judge_generalised
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.lmm import within_between
from mentoring.models.outcomes import coarse, coded, distribution_of
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.structure import diagnose
from mentoring.models.words import Words
from mentoring.settings import Similarity, SimilarityQuestion
from mentoring.settings.questions import ENDED, OutcomeQuestion


def plan_similarity(question: SimilarityQuestion, analysis: pd.DataFrame, indices: Sequence[Similarity]) -> ModelPlan:
    """The model of one similarity question.

    Every index is split into how each relationship differs from its mentor's mean (`<index>_within`), that mean (`<index>_between`)
    and, where it changes between waves, each wave's difference from the relationship's mean (`<index>_over_time`). Both parties' own standing on what the index is made of is always in the model: without it, a difference
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
    outcome = question.outcome_column
    # Two indices made of the same answers share their main effects.
    distinct = {tuple(index.of): index for index in reversed(indices)}.values()
    mains = [column for index in distinct for column in main_effects(index, analysis)]
    check_columns([outcome, *question.covariates, *(index.name for index in indices)], question, analysis)
    groups = ["program", "mentor", "mentee", "dyad"]
    needed = [outcome, *mains, *question.covariates, *(index.name for index in indices)]
    rows = analysis[list(dict.fromkeys([*groups, "wave", *needed]))].copy()
    complete = rows[needed].notna().all(axis=1)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    if outcome == ENDED:
        rows, note = one_row_each(rows)
        notes, problem = [note], ""
    else:
        rows, notes, problem = each_answer_once(rows, outcome, question.reporter)
    if distribution_of(question) == "normal" and (warning := coarse(rows[outcome])):
        notes.append(warning)
    structure = diagnose(rows, groups)
    focus, terms, slopes = [], [], []
    for index in indices:
        rows = split_levels(rows, index.name)
        over_time, within, between = (f"{index.name}_{part}" for part in ("over_time", "within", "between"))
        varies, varies_within, varies_between = (len(rows) > 0 and np.ptp(rows[part]) > 1e-9 for part in (over_time, within, between))
        sign = -1 if index.kind in DISTANCES else 1
        steady = index.kind == "match"
        if varies_within:
            terms.append(within)
            slopes.append(within)
            focus.append(Focus(within, index.name, "within mentor", sign, per_unit=steady))
        terms += [over_time] if varies else []
        terms += [between] if varies_between else []
        if not varies_within and not varies_between:
            notes.append(f"{index.name} is the same in every row, so nothing can be said about it")
        if varies_between and not varies_within:
            focus.append(Focus(between, index.name, "between mentors", sign, per_unit=steady))
    extra = varying([*mains, *question.covariates, *structure.fixed], rows)
    wave = wave_term(rows)
    fixed = " + ".join([*terms, *extra, *wave]) or "1"
    return ModelPlan(
        question=question.name, outcome=outcome, reporter=None if outcome == ENDED else question.reporter, rows=rows, dropped=dropped,
        fixed=f"{outcome} ~ {fixed}", structure=structure, slopes=tuple(slopes) if "mentor" in structure.random else (),
        slope_group="mentor", focus=tuple(focus), notes=(*notes, *structure.notes), problem=problem,
    )


def split_levels(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """An index in three parts that add up to it, as columns `<name>_over_time`, `<name>_within` and `<name>_between`.

    Over time: a relationship's wave against the relationship's own mean. Within: that mean against the mean of the mentor's rows.
    Between: the mentor's mean. Mixing the first two would answer neither question (Mundlak 1978, at both levels).
    """
    values = rows[name].astype("float64")
    usual = values.groupby(rows["dyad"].to_numpy()).transform("mean")
    split = within_between(rows.assign(**{name: usual}), name, "mentor")
    return split.assign(**{name: values, f"{name}_over_time": values - usual})


def main_effects(index: Similarity, analysis: pd.DataFrame) -> list[str]:
    """Columns that say where each side stands on what an index is made of."""
    if index.kind == "perceived":
        return []
    columns: list[str] = []
    for role in ("mentor", "mentee"):
        level = f"{role}_{index.name}_level"
        columns += [level] if level in analysis else [f"{role}_{name}" for name in index.of if f"{role}_{name}" in analysis]
    return columns


def check_columns(wanted: Sequence[str], question: OutcomeQuestion, analysis: pd.DataFrame) -> None:
    """Refuse columns the analysis table does not have, and an outcome (the first) that holds words."""
    place = f"question “{question.name}”"
    missing = [name for name in dict.fromkeys(wanted) if name not in analysis]
    if missing:
        known = [name for name in analysis.columns if name not in ("dyad", "mentor", "mentee")]
        raise StudyError([
            Problem("config.yaml", place, f"the analysis table has no column “{name}”", did_you_mean(name, known)) for name in missing
        ])
    if not pd.api.types.is_numeric_dtype(analysis[wanted[0]]):
        raise StudyError(Problem("config.yaml", place, f"the outcome “{wanted[0]}” holds words", "a scale or an item with a number"))


def varying(columns: Sequence[str], rows: pd.DataFrame) -> list[str]:
    """Columns that differ between rows; one that does not is the intercept again."""
    return [name for name in dict.fromkeys(columns) if rows[name].nunique() > 1]


def wave_term(rows: pd.DataFrame) -> list[str]:
    """The wave as a group, where there are several; its column then holds words."""
    if rows["wave"].nunique() < 2:
        return []
    rows["wave"] = "wave " + rows["wave"].astype(str)
    return ["wave"]


def _answer(question: SimilarityQuestion, data: StudyData) -> Answered:
    entries = {entry.name: entry for entry in data.similarity}
    plan = plan_similarity(question, coded(question, data.analysis, data.dyads), [entries[name] for name in question.similarity])
    if distribution_of(question) != "normal":
        return answer_generalised(question, plan, data.seed)
    return Answered(plan, fit_plan(plan))


def _judge(question: SimilarityQuestion, tables: Tables, words: Words) -> Judgement:
    judge = judge_terms if distribution_of(question) == "normal" else judge_generalised
    return judge(question, tables, words, similarity_focus(question, tables["fixed_effects"]))


def _single_source(question: SimilarityQuestion, words: Words) -> bool:
    """Nobody's answer is the end of a relationship."""
    return question.outcome != ENDED and similarity_single_source(question, words)


KIND = Kind(_answer, similarity_focus, _judge, _single_source)
