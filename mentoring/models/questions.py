"""From a question of any kind to the model that answers it; and what is wrong with a question before anything is fitted."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.ingest import Ingested, analysis_columns, read_codebook, read_study
from mentoring.models.custom_model import plan_custom
from mentoring.models.lmm.formula import checked
from mentoring.models.lmm.random_terms import split_formula
from mentoring.models.plan import ModelPlan
from mentoring.models.similarity_question import plan_similarity
from mentoring.settings import ModelQuestion, Similarity, SimilarityQuestion
from mentoring.study import CONFIG, Study


def plan_question(question: SimilarityQuestion | ModelQuestion, analysis: pd.DataFrame, similarity: Sequence[Similarity]) -> ModelPlan:
    """The model of a question; one branch per kind.

    Raises
    ------
    StudyError
        When the question names what the analysis table does not have.
    """
    if isinstance(question, ModelQuestion):
        problems = formula_problems(question, list(analysis.columns))
        if problems:
            raise StudyError(problems)
        return plan_custom(question, analysis)
    entries = {entry.name: entry for entry in similarity}
    return plan_similarity(question, analysis, [entries[name] for name in question.similarity])


def read_whole_study(study: Study) -> Ingested:
    """Read a study's files and check its questions' formulas as well, so that all problems are told at once.

    Raises
    ------
    StudyError
        With every problem of config, files and formulas.
    """
    problems: list[Problem] = []
    ingested = None
    try:
        ingested = read_study(study)
    except StudyError as error:
        problems += error.problems
    try:
        columns = analysis_columns(study, read_codebook(study))
    except StudyError:
        columns = []  # what is wrong with the codebook has been told above
    if columns:
        for number, question in enumerate(study.questions):
            if isinstance(question, ModelQuestion):
                problems += formula_problems(question, columns, f"questions[{number}] ({question.name})")
    if problems or ingested is None:
        raise StudyError(problems)
    return ingested


def formula_problems(question: ModelQuestion, columns: Sequence[str], place: str = "") -> list[Problem]:
    """What is wrong with a formula and the terms in focus, told with the config's own place."""
    place = place or f"question “{question.name}”"
    used: list[str] = []
    try:
        response, fixed, terms = split_formula(question.formula)
        for side in (response, fixed or "1", *(term.effects for term in terms)):
            used += checked(side, columns)[1]
    except StudyError as error:
        return [Problem(CONFIG, f"{place}.formula", problem.found, problem.expected, problem.fix) for problem in error.problems]
    except RecursionError:
        return [Problem(CONFIG, f"{place}.formula", "it is nested too deeply to be read", "a formula one can read")]
    found = [
        Problem(CONFIG, f"{place}.formula", f"there is no column “{group}” to group by", did_you_mean(group, columns))
        for term in terms for group in term.columns if group not in columns
    ]
    for focus in question.focus:
        words = [word for word in re.findall(r"[A-Za-z_]\w*", focus.split("[")[0]) if word not in ("C", "I")]
        if not words or not set(words) & set(used):
            found.append(Problem(CONFIG, f"{place}.focus", f"“{focus}” is not in the formula", did_you_mean(focus, dict.fromkeys(used)),
                                 "name a term right of the “~”"))
    return found
