"""What a question asks of the data, before anything is fitted: rows, formula, random part, and the terms it is about."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mentoring.models.structure import Structure


@dataclass(frozen=True)
class Focus:
    """A term the question is about.

    Attributes
    ----------
    term, about : str
        The model's term, and the similarity or variable it stands for.
    level : str
        ``"within mentor"``, ``"between mentors"`` or ``"all"``.
    sign : int
        -1 when a high value means unlike, so that "more alike" reads the same way for every index.
    per_unit : bool
        Whether one unit is the natural step (groups, matches), rather than one standard deviation.
    """

    term: str
    about: str
    level: str
    sign: int = 1
    per_unit: bool = False


@dataclass(frozen=True)
class ModelPlan:
    """One model to be fitted.

    Attributes
    ----------
    question, outcome, reporter : str
        Names; `reporter` is None when the outcome is nobody's answer.
    rows : DataFrame
        The rows that can be used, with every column of the formula and the groupings.
    dropped : int
        Rows left out because a value is missing.
    fixed : str
        Outcome and fixed part, in lme4's notation.
    structure : Structure
        The random intercepts.
    slopes : tuple of str
        Terms whose effect may differ between the groups of `slope_group`.
    focus : tuple of Focus
    notes : tuple of str
        What was decided about the rows and the groups, and why, in plain words.
    problem : str
        Why the model cannot be fitted at all ("" when it can).
    """

    question: str
    outcome: str
    reporter: str | None
    rows: pd.DataFrame
    dropped: int
    fixed: str
    structure: Structure
    slopes: tuple[str, ...]
    slope_group: str
    focus: tuple[Focus, ...]
    notes: tuple[str, ...] = ()
    problem: str = ""

