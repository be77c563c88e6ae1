"""Shares of yes among answers that come in clusters (a mentor's relationships), with intervals that hold for few clusters and for shares near 0 or 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

UNSEEN_CORRELATION = 0.3
METHOD = "Korn-Graubard, clustered by mentor"


@dataclass(frozen=True)
class Rate:
    """A share with its interval.

    Attributes
    ----------
    n, clusters : int
        Answers, and clusters they come in.
    rate, se, df, low, high : float
        NaN where it cannot be known; `se` and `df` are CR2's.
    note : str
        Why something is not known.
    """

    n: int
    clusters: int
    rate: float = np.nan
    se: float = np.nan
    df: float = np.nan
    low: float = np.nan
    high: float = np.nan
    note: str = ""


def clustered_rate(hits: ArrayLike, cluster: ArrayLike, level: float = 0.95) -> Rate:
    """The share of yes, with Korn and Graubard's interval from a cluster-robust variance.

    Parameters
    ----------
    hits : array of bool, shape (n,)
    cluster : array, shape (n,)
        Who answers belong to.
    level : float

    Returns
    -------
    Rate

    Notes
    -----
    With cluster sums of residuals S_g and n_g answers in cluster g, CR2's variance of a mean is ``Σ S_g² / (1 − n_g/n) / n²``; its degrees of freedom are
    ``(Σ P_gg)² / Σ P_gh²`` with ``P_gg = n_g/n²`` and ``P_gh = −n_g n_h / n³ / √((1 − n_g/n)(1 − n_h/n))`` (Pustejovsky & Tipton 2018). The
    interval is the exact binomial one of Clopper and Pearson with n replaced by ``n* = min(n, p(1 − p)/se² · (t_{n−1}/t_df)²)`` (Korn & Graubard
    1998; the rule of the US National Center for Health Statistics, Parker 2017).

    # ASSUME: where everybody or nobody says yes, no variance can be seen, and answers of one mentor are taken to correlate at .3 (twice what is
    # usual for mentors): n* = n / (1 + ((CV² + 1)m̄ − 1)·.3), with mean m̄ and coefficient of variation CV of the mentors' numbers of answers.

    R: ``clubSandwich::vcovCR(lm(hits ~ 1), cluster, "CR2")``; ``survey::svyciprop(method = "beta")`` has the same n* from its own variance.
    """
    values, codes = np.asarray(hits, float), np.unique(np.asarray(cluster), return_inverse=True)[1]
    n, sizes = len(values), np.bincount(codes).astype(float)
    if n == 0:
        return Rate(0, 0, note="nobody was there")
    rate = float(values.mean())
    if len(sizes) < 2:
        return Rate(n, 1, rate, note="all come from one mentor, so there is no interval")
    if rate in (0.0, 1.0):
        low, high = _exact(rate, n / (1 + ((sizes**2).mean() / sizes.mean() - 1) * UNSEEN_CORRELATION), level)
        return Rate(
            n, len(sizes), rate, low=low, high=high, note="the same for all: the interval supposes a correlation of .3 within mentors"
        )
    room = 1 - sizes / n
    sums = np.bincount(codes, weights=values - rate)
    se = float(np.sqrt((sums**2 / room).sum()) / n)
    cross = -np.outer(sizes, sizes) / n**3 / np.sqrt(np.outer(room, room))
    np.fill_diagonal(cross, sizes / n**2)
    df = float(np.trace(cross) ** 2 / (cross**2).sum())
    # Residuals of a cluster can cancel, which would make it look like no spread at all; n answers are the most there can be.
    wanted = rate * (1 - rate) / se**2 * (_t(level, n - 1) / _t(level, df)) ** 2 if se > 0 else np.inf
    low, high = _exact(rate, min(float(n), wanted), level)
    return Rate(n, len(sizes), rate, se, df, low, high)


def _exact(rate: float, n: float, level: float) -> tuple[float, float]:
    """Clopper and Pearson's interval; `n` need not be whole."""
    tail, yes = (1 - level) / 2, rate * n
    low = float(stats.beta.ppf(tail, yes, n - yes + 1)) if yes > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, yes + 1, n - yes)) if yes < n else 1.0
    return low, high


def _t(level: float, df: float) -> float:
    return float(stats.t.ppf((1 + level) / 2, df))
