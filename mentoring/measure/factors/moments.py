"""Answers by what is missing in them: rows of the same pattern have the same likelihood, which needs only their count, mean and covariance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Patterns:
    """Rows put together by group and by which items were answered; all patterns stand in one stack, with zeros where nothing was answered.

    Attributes
    ----------
    group, n : ndarray of int, shape (patterns,)
    seen : ndarray of bool, shape (patterns, items)
    mean : ndarray, shape (patterns, items)
    cov : ndarray, shape (patterns, items, items)
        Divisor n.
    which : ndarray of int, shape (rows,)
        The pattern of each row; -1 for rows without any answer.
    values : ndarray, shape (rows, items)
    """

    group: np.ndarray
    n: np.ndarray
    seen: np.ndarray
    mean: np.ndarray
    cov: np.ndarray
    which: np.ndarray
    values: np.ndarray

    @property
    def items(self) -> int:
        """Number of items."""
        return self.seen.shape[1]

    @cached_property
    def both(self) -> np.ndarray:
        """Which pairs of items were answered together, shape (patterns, items, items)."""
        return self.seen[:, :, None] & self.seen[:, None, :]

    @cached_property
    def sizes(self) -> np.ndarray:
        """Rows of each group."""
        return np.bincount(self.group, self.n).astype(int)

    def of_group(self, group: int) -> Patterns:
        """The patterns of one group alone, as group 0."""
        own = self.group == group
        number = np.full(len(own) + 1, -1)
        number[:-1][own] = np.arange(own.sum())
        return Patterns(np.zeros(own.sum(), dtype=int), self.n[own], self.seen[own], self.mean[own], self.cov[own], number[self.which], self.values)


def patterns_of(values: np.ndarray, groups: np.ndarray) -> Patterns:
    """Sort rows into patterns.

    Parameters
    ----------
    values : ndarray, shape (rows, items)
        NaN where missing.
    groups : ndarray of int, shape (rows,)
    """
    answered = ~np.isnan(values)
    some = answered.any(axis=1)
    unique, found = np.unique(np.column_stack([groups, answered])[some], axis=0, return_inverse=True)
    which = np.full(len(values), -1)
    which[some] = found.reshape(-1)
    n = np.bincount(which[some], minlength=len(unique))
    filled = np.where(answered, values, 0.0)
    mean = np.zeros((len(unique), values.shape[1]))
    np.add.at(mean, which[some], filled[some])
    mean /= n[:, None]
    away = np.where(answered, values - mean[which], 0.0)
    cov = np.stack([away[which == at].T @ away[which == at] / n[at] for at in range(len(unique))])
    return Patterns(unique[:, 0].astype(int), n, unique[:, 1:].astype(bool), mean, cov, which, values)
