"""Answers made ready for factor models: checked, sorted by what is missing, with the two models every fit is measured against.

Kept apart from fitting, because several models of one set of answers (steps of invariance) share all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError
from mentoring.measure.factors import robust
from mentoring.measure.factors.incomplete import as_if_complete
from mentoring.measure.factors.moments import Patterns, patterns_of
from mentoring.measure.factors.parameters import Parameters
from mentoring.measure.factors.saturated import Unrestricted, independent, unrestricted
from mentoring.measure.tabular import numeric, same_length

# Smallest eigenvalue of the items' correlations at which an item counts as following from the others.
SINGULAR = 1e-8
# ASSUME: fewer than three answers that differ from an item's commonest one say something of one or two people, and fewer than ten people who
# answered both items of a pair say nothing of the pair.
FEWEST_DIFFERENT, FEWEST_TOGETHER = 3, 10


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of one or more groups.

    Attributes
    ----------
    groups : tuple of str
        Names of the groups.
    cluster : ndarray of int, or None
        The cluster of each row.
    patterns : Patterns
    columns : tuple of str
        Names of the items.
    """

    groups: tuple[str, ...]
    cluster: np.ndarray | None
    patterns: Patterns
    columns: tuple[str, ...]

    @property
    def items(self) -> int:
        """Number of items."""
        return self.patterns.items

    @cached_property
    def full(self) -> Unrestricted:
        """The model that fits everything."""
        return unrestricted(self.patterns)

    def check(self) -> None:
        """Refuse answers whose covariances cannot be had, or in which an item follows from the others.

        Raises
        ------
        StudyError
        """
        try:
            moments = self.full.moments
        except np.linalg.LinAlgError:
            raise refused("too few people answered the items together for their covariances to be estimated", "items that most people answered") from None
        for cov, _ in moments:
            spread = np.sqrt(np.diag(cov))
            r = cov / np.outer(spread, spread)
            if not np.isfinite(r).all() or np.linalg.eigvalsh(r)[0] < SINGULAR:
                pairs = [(first, second) for second in range(len(r)) for first in range(second) if abs(r[first, second]) > 1 - SINGULAR]
                named = "; ".join(f"{self.columns[first]} and {self.columns[second]} go together without exception" for first, second in pairs[:3])
                raise refused(named or "an item follows from the others", "items that each say something of their own")

    @property
    def incomplete(self) -> bool:
        """Whether some answers are missing."""
        return len(self.patterns.n) > len(self.groups)

    @cached_property
    def baseline(self) -> tuple[float, int]:
        """Chi-squared and degrees of freedom of the model of unrelated items."""
        return 2 * (self.full.loglik - independent(self.patterns)), len(self.groups) * self.items * (self.items - 1) // 2

    @cached_property
    def robust_baseline(self) -> tuple[float, float]:
        """Its chi-squared and scaling factor, as `scaled` gives them."""
        return self.scaled(*robust.baseline_model(self.patterns), *self.baseline)

    def scaled(self, parameters: Parameters, theta: np.ndarray, chisq: float, df: int) -> tuple[float, float]:
        """Chi-squared and scaling factor that robust indices of a fitted model rest on; with missing answers, as if all were there."""
        if self.incomplete:
            return as_if_complete(parameters, theta, self.patterns, self.cluster, self.full, df)
        return chisq, robust.scaling(parameters, theta, self.patterns, self.cluster, self.full, df)


def prepare(
    data: pd.DataFrame, columns: Sequence[str], groups: Sequence[object] | None = None, clusters: Sequence[object] | None = None
) -> Answers:
    """Answers to some items, checked.

    Raises
    ------
    StudyError
        Columns that are not there, answers that are no numbers, constant or unanswered items, fewer people than items, a single cluster.
    """
    missing = [name for name in columns if name not in data]
    if missing:
        raise refused(f"the data have no column {', '.join(missing)}", "a column for each item")
    values = numeric(data[list(columns)], "factor analysis").to_numpy()
    for name, labels in (("groups", groups), ("clusters", clusters)):
        same_length(labels, len(values), name, "factor analysis")
    codes, labels = pd.factorize(pd.Series(list(groups)), sort=False) if groups is not None else (np.zeros(len(values), dtype=int), [""])
    keep = ~np.isnan(values).all(axis=1) & (codes >= 0)
    values, codes = values[keep], codes[keep]
    for group, label in enumerate(labels):
        own = values[codes == group]
        where = f" in group {label}" if label != "" else ""
        if len(own) <= len(columns):
            raise refused(f"{len(own)} people answered{where}, for {len(columns)} items", "more people than items")
        for name, column in zip(columns, own.T):
            seen = column[~np.isnan(column)]
            if len(seen) < 2 or np.ptp(seen) == 0:
                raise refused(f"everyone gave the same answer to {name}{where}, or nobody did", "answers that differ")
            different = len(seen) - int(np.unique(seen, return_counts=True)[1].max())
            if different < FEWEST_DIFFERENT:
                raise refused(f"only {different} of {len(seen)} answers to {name}{where} differ from the rest", "answers that differ")
        both = (~np.isnan(own)).T.astype(int) @ (~np.isnan(own)).astype(int)
        if both.min() < FEWEST_TOGETHER:
            first, second = divmod(int(both.argmin()), both.shape[1])
            found = f"{both.min()} people answered both {columns[first]} and {columns[second]}{where}"
            raise refused(found, f"at least {FEWEST_TOGETHER} who answered both")
    cluster = np.asarray(pd.factorize(pd.Series(list(clusters)))[0])[keep] if clusters is not None else None
    if cluster is not None and len(np.unique(cluster)) < 2:
        raise refused("all people are in one cluster", "at least two")
    return Answers(tuple(str(label) for label in labels), cluster, patterns_of(values, codes), tuple(columns))


def refused(found: str, expected: str) -> StudyError:
    """The error that says why answers cannot be fitted."""
    return StudyError(Problem("factor analysis", "", found, expected))
