"""How well a model fits: chi-squared, CFI, TLI, RMSEA with its interval, SRMR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats


@dataclass(frozen=True)
class Indices:
    """Fit indices; NaN where a model has no degrees of freedom."""

    chisq: float
    df: int
    p: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float


def fit_indices(chisq: float, df: int, baseline: float, baseline_df: int, n: int, groups: int = 1) -> Indices:
    """Indices from the chi-squared of the model and of the baseline model.

    ``CFI = 1 - max(χ² - df, 0) / max(χ²_b - df_b, χ² - df, 0)``; ``TLI = 1 - (χ² - df)/df · df_b/(χ²_b - df_b)``;
    ``RMSEA = sqrt(max(χ² - df, 0)/(df n)) · sqrt(groups)`` with the 90 % interval of the noncentral chi-squared (Steiger 1990; 1998).

    R: ``lavaan::fitMeasures(fit, c("cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper"))``.
    """
    if df <= 0:
        return Indices(chisq, df, *(np.nan,) * 6)
    over, baseline_over = chisq - df, baseline - baseline_df
    worst = max(baseline_over, over, 0.0)
    cfi = 1 - max(over, 0.0) / worst if worst > 0 else 1.0
    tli = 1 - (over / df) * (baseline_df / baseline_over) if baseline_over > 0 else np.nan
    low, high = (_rmsea(_noncentrality(chisq, df, side), df, n, groups) for side in (0.95, 0.05))
    return Indices(chisq, df, float(stats.chi2.sf(chisq, df)), cfi, tli, _rmsea(over, df, n, groups), low, high)


def _rmsea(noncentrality: float, df: int, n: int, groups: int) -> float:
    return float(np.sqrt(max(noncentrality, 0.0) / (df * n)) * np.sqrt(groups))


def _noncentrality(chisq: float, df: int, at: float) -> float:
    """The noncentrality under which the observed chi-squared is the quantile `at`; 0 where even none is too much."""
    def distance(value: float) -> float:
        return float(stats.ncx2.cdf(chisq, df, value) if value > 0 else stats.chi2.cdf(chisq, df)) - at

    if distance(0.0) < 0:
        return 0.0
    high = max(chisq, 1.0)
    while distance(high) > 0:
        high *= 2
    return float(optimize.brentq(distance, 0.0, high, xtol=1e-10, rtol=1e-12))


def srmr(
    sample: Sequence[tuple[np.ndarray, np.ndarray]], implied: Sequence[tuple[np.ndarray, np.ndarray]], sizes: Sequence[int], means: bool
) -> float:
    """Standardised root mean squared residual (Bentler 1995): over covariances, and over means where the model restricts them.

    Groups count by their size. R: ``lavaan::fitMeasures(fit, "srmr_bentler")``.
    """
    parts = []
    for (cov, mean), (model_cov, model_mean) in zip(sample, implied, strict=True):
        spread = np.sqrt(np.diag(cov))
        away = ((cov - model_cov) / np.outer(spread, spread))[np.tril_indices(len(spread))]
        if means:
            away = np.concatenate([away, (mean - model_mean) / spread])
        parts.append(np.sqrt(np.mean(away**2)))
    return float(np.average(parts, weights=sizes))
