"""Questions answered by single terms of a model: their own code each, put together into one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mentoring.models.kinds.kind import Judgement, Tables
from mentoring.models.verdicts import About, answer_term, combine, sentence
from mentoring.models.words import Words
from mentoring.settings import ModelQuestion, QuestionBase, SimilarityQuestion
from mentoring.tables import ROLES


def judge_terms(
    question: QuestionBase,
    tables: Tables,
    words: Words,
    focus: Sequence[tuple[str, str]],
    outcome: str = "",
    named: Mapping[str, About] | None = None,
) -> Judgement:
    """The answer of a question that is about some terms: positive, negative, negligible, mixed, inconclusive or not estimated.

    Parameters
    ----------
    focus : sequence of (term, about)
        Terms of `fixed_effects`, and what each is about (a similarity or a column).
    outcome : str
        The outcome in words; named from the question's column when left out.
    named : mapping, optional
        Terms that are called otherwise than by their column.
    """
    rows = tables["fixed_effects"].set_index("term")
    answers = []
    for term, name in focus:
        empty = dict.fromkeys(("estimate", "se", "df", "p", "p_adjusted", "std_estimate"), float("nan"))
        row = rows.loc[term, list(empty)].to_dict() if term in rows.index else empty
        answers.append(answer_term(row, (named or {}).get(term) or words.about(term, name), question.sesoi, question.unit))
    code = combine(answers)
    decisive = [(term, answer) for (term, _), answer in zip(focus, answers) if answer.code == code]
    return Judgement(
        code,
        sentence(answers, outcome or words.column(question.outcome_column), question.sesoi),
        tuple(term for term, _ in decisive),
        min((answer.df for _, answer in decisive if np.isfinite(answer.df)), default=float("nan")),
    )


def similarity_focus(question: SimilarityQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """Within mentors where that exists, else between."""
    terms = set(fixed_effects.loc[fixed_effects["question"] == question.name, "term"])
    chosen = []
    for name in question.similarity:
        within, between = f"{name}_within", f"{name}_between"
        chosen.append((within if within in terms or between not in terms else between, name))
    return chosen


def model_focus(question: ModelQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """As the config says."""
    return [(term, term) for term in question.focus]


def similarity_single_source(question: SimilarityQuestion, words: Words) -> bool:
    """Whether the reporter of the outcome also perceived the similarity."""
    return any(words.perceived_by(name, question.reporter) for name in question.similarity)


def model_single_source(question: ModelQuestion, words: Words) -> bool:
    """Whether the outcome's reporter also gave what the focus terms are about."""
    role = question.outcome_column.partition("_")[0]
    named = [word for term in question.focus for word in re.findall(r"\w+", term)]
    return role in ROLES and any(words.given_by(name, role) for name in named)
