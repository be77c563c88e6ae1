"""The columns of an imputation as numbers: what is missing, whose value it is, and how it stands in other columns' models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.errors import Problems
from mentoring.measure.imputation.units import Layout, Unit


@dataclass(frozen=True)
class Variable:
    """One column.

    Attributes
    ----------
    name : str
    unit : Unit
        Whose value it is.
    categories : ndarray or None
        The values of groups and yes/no, the most frequent first; None for a number.
    values : ndarray, shape (units,)
        Numbers in standard deviations from the mean, or codes of `categories`; NaN where missing.
    centre, spread : float
        Mean and standard deviation of a number.
    whole : bool
        A number that is stored as a whole number.
    """

    name: str
    unit: Unit
    categories: np.ndarray | None
    values: np.ndarray
    centre: float = 0.0
    spread: float = 1.0

    @property
    def missing(self) -> np.ndarray:
        """Units without a value."""
        return np.isnan(self.values)

    def indicators(self, values: np.ndarray) -> np.ndarray:
        """As columns of other variables' models, shape (units, k): a number as it is, one 0/1 column per category but the first."""
        if self.categories is None:
            return values[:, None]
        return (values[:, None] == np.arange(1, len(self.categories))).astype(float)

    def decoded(self, values: np.ndarray) -> np.ndarray:
        """As they stand in the table, one per row of the data."""
        raw = self.categories[values.astype(int)] if self.categories is not None else values * self.spread + self.centre
        return raw[self.unit.of_row]


def read_variables(data: pd.DataFrame, columns: list[str], layout: Layout) -> list[Variable]:
    """The columns, or what is wrong with them.

    Raises
    ------
    StudyError
        For columns that are not there, and those without a single value.
    """
    problems = Problems("imputation")
    for name in columns:
        if name not in data:
            problems.add(f"column “{name}”", "it is not in the table", expected="a column of the table")
        elif data[name].isna().all():
            problems.add(
                f"column “{name}”",
                "every value is missing, so nothing is known that missing values could be drawn from",
                expected="some known values",
                fix="leave the column out",
            )
    problems.raise_if_any()
    return [_variable(data[name], layout) for name in columns]


def _variable(column: pd.Series, layout: Layout) -> Variable:
    unit = layout.unit_of(column)
    values = column.iloc[unit.first]
    known = values.dropna()
    number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    # A number that takes two values is a yes/no; with one value there is nothing to model either way.
    if number and known.nunique() != 2:
        raw = values.to_numpy(dtype="float64", na_value=np.nan)
        spread = float(np.nanstd(raw))
        return Variable(str(column.name), unit, None, (raw - np.nanmean(raw)) / (spread or 1.0), float(np.nanmean(raw)), spread or 1.0)
    counts = known.value_counts(sort=False)
    # By frequency, ties by name, so that the order of rows does not matter.
    order = sorted(counts.index, key=lambda value: (-counts[value], str(value)))
    codes = values.map({value: float(code) for code, value in enumerate(order)}).to_numpy(dtype="float64", na_value=np.nan)
    return Variable(str(column.name), unit, np.array(order, dtype=float if number else object), codes)
