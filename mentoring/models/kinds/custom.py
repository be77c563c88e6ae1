"""Question kind `model`: any mixed model a researcher writes, in lme4's notation."""

from __future__ import annotations

import re

import pandas as pd

from mentoring.dyads.pairing import STAGE
from mentoring.errors import StudyError
from mentoring.models.answer_rows import about_the_person, asked_once, one_row_each
from mentoring.models.fitting import fit_plan
from mentoring.models.formulas import formula_problems
from mentoring.models.kinds.by_terms import judge_terms, model_focus, model_single_source
from mentoring.models.kinds.generalised import answer_generalised, judge_generalised
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.outcomes import coarse, coded, distribution_of
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.structure import Structure
from mentoring.models.words import Words
from mentoring.settings import ModelQuestion
from mentoring.settings.questions import ENDED
from mentoring.tables import ROLES


def plan_custom(question: ModelQuestion, analysis: pd.DataFrame) -> ModelPlan:
    """The model of one question of kind `model`: fitted as written. Only rows that repeat one answer are left out.

    Waves are groups, not a number, unless the formula says otherwise: `wave` stands in the data as a number.
    """
    outcome = question.formula.split("~")[0].strip()
    role = outcome.split("_")[0]
    rows = analysis.assign(wave=analysis["wave"].astype("int64"), **{STAGE: analysis[STAGE]})
    notes, dropped = [], 0
    if role in ROLES and outcome in rows:
        known = rows[rows[outcome].notna()]
        if asked_once(known, outcome) and not re.search(r"\b(wave|dyad|mentee)\b", question.formula):
            rows = known.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index().reset_index(drop=True)
            notes.append(f"the outcome was asked once, so one row per relationship is used ({len(known) - len(rows)} repeats left out)")
        elif about_the_person(known, outcome, role):
            notes.append(f"the outcome is about the {role} and repeats in all of a {role}'s relationships: each answer counts several times, "
                         "so standard errors may be too small")
    elif outcome == ENDED:
        complete = rows.dropna(subset=[name for name in dict.fromkeys(re.findall(r"\w+", question.formula)) if name in rows])
        dropped = rows["dyad"].nunique() - complete["dyad"].nunique()
        rows, note = one_row_each(complete)
        notes.append(note)
    if distribution_of(question) == "normal" and outcome in rows and (warning := coarse(rows[outcome])):
        notes.append(warning)
    return ModelPlan(
        question=question.name, outcome=outcome, reporter=role if role in ROLES else None,
        rows=rows, dropped=dropped, fixed=question.formula,
        structure=Structure((), (), ()), slopes=(), slope_group="mentor",
        focus=tuple(Focus(term, term, "all") for term in question.focus), notes=tuple(notes),
    )


def _answer(question: ModelQuestion, data: StudyData) -> Answered:
    analysis = coded(question, data.analysis, data.dyads)
    problems = formula_problems(question, list(analysis.columns))
    if problems:
        raise StudyError(problems)
    plan = plan_custom(question, analysis)
    if distribution_of(question) != "normal":
        return answer_generalised(question, plan, data.seed)
    return Answered(plan, fit_plan(plan))


def _judge(question: ModelQuestion, tables: Tables, words: Words) -> Judgement:
    judge = judge_terms if distribution_of(question) == "normal" else judge_generalised
    return judge(question, tables, words, model_focus(question, tables["fixed_effects"]))


KIND = Kind(_answer, model_focus, _judge, model_single_source)
