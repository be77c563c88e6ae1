"""What every kind of question is: how it is answered from the data, and how its answer is judged from the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mentoring.models.fitting import Fitted
from mentoring.models.plan import ModelPlan
from mentoring.models.words import Words
from mentoring.settings import Scale, Similarity


@dataclass(frozen=True)
class StudyData:
    """What a question may be answered from: the tables of those names, and the config's sections."""

    analysis: pd.DataFrame
    dyads: pd.DataFrame
    people: pd.DataFrame
    codebook_items: pd.DataFrame
    similarity: Sequence[Similarity] = ()
    scales: Sequence[Scale] = ()
    seed: int = 1
    smallest: int = 10


@dataclass(frozen=True)
class Answered:
    """The numbers of one question.

    Attributes
    ----------
    plan : ModelPlan or None
        The question's mixed model before fitting; None when it has no mixed model (then `tables` holds its `fixed_effects` and `fits`).
    fitted : Fitted or None
        The same, fitted.
    tables : dict
        Result tables by name, beyond (or instead of) those of the mixed model.
    """

    plan: ModelPlan | None
    fitted: Fitted | None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """An answer in a word and a sentence.

    Attributes
    ----------
    code : str
        From the fixed list of verdicts.
    sentence : str
        The same in plain words, from the same numbers.
    terms : tuple of str
        Terms of `fixed_effects` that decided.
    df : float
        The fewest degrees of freedom the deciding terms rest on (NaN when none has any).
    warnings : tuple of str
        Why the answer is less than clear, beyond what is checked for every kind.
    doubt : str
        Why the answer is not to be relied on, whatever the estimate says ("" when nothing speaks against it).
    """

    code: str
    sentence: str
    terms: tuple[str, ...] = ()
    df: float = float("nan")
    warnings: tuple[str, ...] = ()
    doubt: str = ""


Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Kind:
    """One kind of question.

    Attributes
    ----------
    answer : callable
        ``(question, data) -> Answered``.
    focus : callable
        ``(question, fixed_effects) -> [(term, what it is about)]``: the terms that are corrected for the number of questions.
    judge : callable
        ``(question, tables, words) -> Judgement``; `tables` holds this question's rows only, p values corrected; and the study's table
        `invariance`, where there is one.
    single_source : callable
        ``(question, words) -> bool``: whether one person reported both sides of the association.
    """

    answer: Callable[[Any, StudyData], Answered]
    focus: Callable[[Any, pd.DataFrame], list[tuple[str, str]]]
    judge: Callable[[Any, Tables, Words], Judgement]
    single_source: Callable[[Any, Words], bool]
