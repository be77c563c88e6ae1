"""Intraclass correlations of any number of raters: how far ratings of the same things agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from mentoring.errors import Problem, StudyError

COLUMNS = ["type", "icc", "F", "df1", "df2", "p", "ci_low", "ci_high", "n", "raters"]


def icc(ratings: pd.DataFrame | ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """The six intraclass correlations of Shrout and Fleiss (1979), with intervals.

    With mean squares of targets R, of raters C, error E and within targets W, n targets and k raters:

    ========= ============================== ==============================================================
    ``ICC1``  (R − W)/(R + (k − 1)W)         each target has raters of its own; one rating
    ``ICC2``  (R − E)/(R + (k−1)E + k(C−E)/n) the same raters, a sample of raters; absolute agreement, ICC(A,1)
    ``ICC3``  (R − E)/(R + (k − 1)E)         these raters only; consistency, ICC(C,1)
    ``ICC1k`` (R − W)/R                      the mean of k ratings, and so on
    ``ICC2k`` (R − E)/(R + (C − E)/n)
    ``ICC3k`` (R − E)/R
    ========= ============================== ==============================================================

    Parameters
    ----------
    ratings : DataFrame or array, shape (targets, raters)
        A target with a missing rating is left out (`n` counts those used).
    level : float
        Of the intervals. They take targets for independent; for two sides of relationships that share mentors use `mentoring.agreement`.

    Returns
    -------
    DataFrame
        type, icc, F, df1, df2, p, ci_low, ci_high, n, raters. NaN where nothing differs between targets, or within them.

    Raises
    ------
    StudyError
        With words for ratings, or fewer than two raters or two complete targets.

    References
    ----------
    Shrout & Fleiss (1979); McGraw & Wong (1996) for the intervals. R: ``psych::ICC(ratings, lmer = FALSE)``.
    """
    try:
        # Nullable numbers become plain ones; words are refused.
        table = pd.DataFrame(ratings).apply(lambda column: column.to_numpy(dtype="float64", na_value=np.nan)).to_numpy(float)
    except (TypeError, ValueError):
        raise StudyError(Problem("icc", "ratings", "they hold words", "numbers, one column per rater")) from None
    known = table[np.isfinite(table).all(axis=1)]
    n, k = known.shape
    if n < 2 or k < 2:
        raise StudyError(Problem("icc", "ratings", f"{n} complete targets and {k} raters", "two or more of each, one column per rater"))
    grand, targets, raters = known.mean(), known.mean(axis=1), known.mean(axis=0)
    R, C = k * ((targets - grand) ** 2).sum() / (n - 1), n * ((raters - grand) ** 2).sum() / (k - 1)
    E = ((known - targets[:, None] - raters + grand) ** 2).sum() / ((n - 1) * (k - 1))
    W = ((known - targets[:, None]) ** 2).sum() / (n * (k - 1))
    size = 1e-12 * np.mean(known**2)
    R, C, E, W = (value if value > size else 0.0 for value in (R, C, E, W))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (
            np.divide(R - W, R + (k - 1) * W),
            np.divide(R - E, R + (k - 1) * E + k * (C - E) / n),
            np.divide(R - E, R + (k - 1) * E),
        )
        F = (np.divide(R, W), np.divide(R, E), np.divide(R, E))
        # Where targets do not differ at all, the reliability of a mean is minus infinity.
        means = (np.divide(R - W, R), np.divide(R - E, R + (C - E) / n), np.divide(R - E, R)) if R > 0 else (np.nan,) * 3
        ends = (
            _consistency(F[0], n - 1, n * (k - 1), k, level),
            _absolute(R, C, E, values[1], n, k, level),
            _consistency(F[2], n - 1, (n - 1) * (k - 1), k, level),
        )
    rows = []
    for several in (False, True):
        for place, df2 in enumerate((n * (k - 1), (n - 1) * (k - 1), (n - 1) * (k - 1))):
            value = (means if several else values)[place]
            # Spearman and Brown's formula takes the ends of one rating to those of the mean of k.
            low, high = (end * k / (1 + end * (k - 1)) if several and R > 0 else end for end in ends[place])
            sure = np.isfinite(value) and np.isfinite(F[place])
            rows.append({
                "type": f"ICC{place + 1}{'k' if several else ''}", "icc": value, "F": F[place] if sure else np.nan, "df1": n - 1, "df2": df2,
                "p": stats.f.sf(F[place], n - 1, df2) if sure else np.nan, "ci_low": low if sure else np.nan, "ci_high": high if sure else np.nan,
                "n": n, "raters": k,
            })  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _consistency(F: float, df1: int, df2: int, k: int, level: float) -> tuple[float, float]:
    tail = (1 + level) / 2
    low, high = F / stats.f.ppf(tail, df1, df2), F * stats.f.ppf(tail, df2, df1)
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _absolute(R: float, C: float, E: float, value: float, n: int, k: int, level: float) -> tuple[float, float]:
    """Ends of ICC2 by Satterthwaite's approximation."""
    if not (np.isfinite(value) and E > 0):
        return np.nan, np.nan
    tail, ratio, rest = (1 + level) / 2, C / E, n * (1 + (k - 1) * value) - k * value
    v = (k - 1) * (n - 1) * (k * value * ratio + rest) ** 2 / ((n - 1) * (k * value * ratio) ** 2 + rest**2)
    up, down, middle = stats.f.ppf(tail, n - 1, v), stats.f.ppf(tail, v, n - 1), k * C + (k * n - k - n) * E
    return n * (R - up * E) / (up * middle + n * R), n * (down * R - E) / (middle + n * down * R)
