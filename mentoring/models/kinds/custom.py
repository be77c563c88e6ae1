"""Question kind `model`: any mixed model a researcher writes, in lme4's notation."""

from __future__ import annotations

import re

import pandas as pd

from mentoring.dyads.pairing import STAGE
from mentoring.errors import StudyError
from mentoring.models.answer_rows import about_the_person, asked_once
from mentoring.models.fitting import fit_plan
from mentoring.models.formulas import formula_problems
from mentoring.models.kinds.by_terms import judge_terms, model_focus, model_single_source
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.structure import Structure
from mentoring.models.words import Words
from mentoring.settings import ModelQuestion
from mentoring.tables import ROLES


def plan_custom(question: ModelQuestion, analysis: pd.DataFrame) -> ModelPlan:
    """The model of one question of kind `model`: fitted as written. Only rows that repeat one answer are left out.

    Waves are groups, not a number, unless the formula says otherwise: `wave` stands in the data as a number.
    """
    outcome = question.formula.split("~")[0].strip()
    role = outcome.split("_")[0]
    rows = analysis.assign(wave=analysis["wave"].astype("int64"), **{STAGE: analysis[STAGE]})
    notes = []
    if role in ROLES and outcome in rows:
        known = rows[rows[outcome].notna()]
        if asked_once(known, outcome) and not re.search(r"\b(wave|dyad|mentee)\b", question.formula):
            rows = known.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index().reset_index(drop=True)
            notes.append(f"the outcome was asked once, so one row per relationship is used ({len(known) - len(rows)} repeats left out)")
        elif about_the_person(known, outcome, role):
            notes.append(f"the outcome is about the {role} and repeats in all of a {role}'s relationships: each answer counts several times, "
                         "so standard errors may be too small")
    return ModelPlan(
        question=question.name, outcome=outcome, reporter=role if role in ROLES else None,
        rows=rows, dropped=0, fixed=question.formula,
        structure=Structure((), (), ()), slopes=(), slope_group="mentor",
        focus=tuple(Focus(term, term, "all") for term in question.focus), notes=tuple(notes),
    )


def _answer(question: ModelQuestion, data: StudyData) -> Answered:
    problems = formula_problems(question, list(data.analysis.columns))
    if problems:
        raise StudyError(problems)
    plan = plan_custom(question, data.analysis)
    return Answered(plan, fit_plan(plan))


def _judge(question: ModelQuestion, tables: Tables, words: Words) -> Judgement:
    return judge_terms(question, tables, words, model_focus(question, tables["fixed_effects"]))


KIND = Kind(_answer, model_focus, _judge, model_single_source)
