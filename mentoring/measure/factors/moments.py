"""Answers by what is missing in them: rows of the same pattern have the same likelihood, which needs only their count, mean and covariance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Pattern:
    """Rows of one group that answered the same items.

    Attributes
    ----------
    group, n : int
    seen : ndarray of int
        Positions of the answered items.
    rows : ndarray of int
        Positions of the rows in the data.
    mean, cov : ndarray
        Mean and covariance (divisor n) of the answered items.
    """

    group: int
    n: int
    seen: np.ndarray
    rows: np.ndarray
    mean: np.ndarray
    cov: np.ndarray

    @cached_property
    def where(self) -> tuple[np.ndarray, ...]:
        """Rows and columns of the answered items in a covariance matrix."""
        return np.ix_(self.seen, self.seen)


def patterns_of(values: np.ndarray, groups: np.ndarray) -> list[Pattern]:
    """Rows put together by group and by which items were answered; rows without any answer are left out.

    Parameters
    ----------
    values : ndarray, shape (rows, items)
        NaN where missing.
    groups : ndarray of int, shape (rows,)
    """
    answered = ~np.isnan(values)
    keys = np.column_stack([groups, answered])
    unique, which = np.unique(keys, axis=0, return_inverse=True)
    found = []
    for number, key in enumerate(unique):
        seen = np.flatnonzero(key[1:])
        if not len(seen):
            continue
        rows = np.flatnonzero(which.reshape(-1) == number)
        part = values[np.ix_(rows, seen)]
        mean = part.mean(axis=0)
        away = part - mean
        found.append(Pattern(int(key[0]), len(rows), seen, rows, mean, away.T @ away / len(rows)))
    return found
