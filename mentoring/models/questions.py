"""From a question of any kind to its result tables; and what is wrong with a study's questions before anything is fitted."""

from __future__ import annotations

import pandas as pd

from mentoring.errors import Problem, StudyError
from mentoring.ingest import Ingested, analysis_columns, read_codebook, read_study
from mentoring.measure.instruments import check_instruments
from mentoring.models.formulas import formula_problems
from mentoring.models.kinds import Answered, StudyData, kind_of
from mentoring.models.outcomes import outcome_problems
from mentoring.models.results import result_tables
from mentoring.settings import ModelQuestion, QuestionBase
from mentoring.settings.questions import ENDED
from mentoring.study import Study
from mentoring.tables import PER_QUESTION


def answer_question(question: QuestionBase, data: StudyData) -> Answered:
    """Answer one question.

    Raises
    ------
    StudyError
        When the question names what the analysis table does not have.
    """
    return kind_of(question).answer(question, data)


def tables_of(answered: Answered) -> dict[str, pd.DataFrame]:
    """All tables one question writes, by name; what its kind does not use is empty."""
    tables = {table.name: table.frame([]) for table in PER_QUESTION}
    # A kind that has written the tables of its model itself is not asked to do it twice.
    if answered.plan is not None and answered.fitted is not None and "fixed_effects" not in answered.tables:
        tables |= result_tables(answered.plan, answered.fitted)
    return tables | dict(answered.tables)


def read_whole_study(study: Study) -> Ingested:
    """Read a study's files and check its instruments and its questions' formulas as well, so that all problems are told at once.

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
        codebook = read_codebook(study)
        columns = analysis_columns(study, codebook)
    except StudyError:
        columns = []  # what is wrong with the codebook has been told above
    else:
        try:
            check_instruments(study, codebook.items)
        except StudyError as error:
            problems += error.problems
    if columns:
        for number, question in enumerate(study.questions):
            place = f"questions[{number}] ({question.name})"
            if isinstance(question, ModelQuestion):
                problems += formula_problems(question, [*columns, ENDED], place)
            if ingested is not None:
                problems += outcome_problems(question, study.scales, ingested, place)
    if problems or ingested is None:
        raise StudyError(problems)
    return ingested
