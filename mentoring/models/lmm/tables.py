"""The tables a fit shows: fixed effects, variance components, random effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special, stats

from .levels import Level

FIXED_COLUMNS = ["term", "estimate", "se", "df", "t", "p", "ci_low", "ci_high"]
COMPONENT_COLUMNS = ["group", "term", "term2", "variance", "sd", "correlation"]


def fixed_table(terms: list[str], estimate: np.ndarray, se: np.ndarray, df: np.ndarray, level: float = 0.95) -> pd.DataFrame:
    """t tests and intervals; infinite df are the normal distribution."""
    with np.errstate(all="ignore"):
        t = estimate / se
        finite = np.isfinite(df)
        p = np.where(finite, 2 * stats.t.sf(np.abs(t), np.where(finite, df, 1)), 2 * special.ndtr(-np.abs(t)))
        wide = np.where(finite, stats.t.ppf((1 + level) / 2, np.where(finite, df, 1)), special.ndtri((1 + level) / 2))
    return pd.DataFrame(dict(zip(FIXED_COLUMNS, [terms, estimate, se, df, t, p, estimate - wide * se, estimate + wide * se], strict=True)))


def component_table(levels: list[Level], covariances: list[np.ndarray], sigma: float) -> pd.DataFrame:
    """Variances first, then covariances, level by level; the last row is the residual.

    A covariance row has both terms, the covariance under ``variance``, no ``sd``, and the correlation.
    """
    rows: list[tuple] = []
    for level, matrix in zip(levels, covariances, strict=True):
        effects, block = level.effects, level.block_of
        sd = np.sqrt(np.maximum(matrix.diagonal(), 0.0))
        rows += [(level.name, effects[i], None, matrix[i, i], sd[i], np.nan) for i in range(level.q)]
        for i in range(level.q):
            for j in range(i + 1, level.q):
                if block[i] == block[j]:
                    product = sd[i] * sd[j]
                    rows.append(
                        (
                            level.name,
                            effects[i],
                            effects[j],
                            matrix[i, j],
                            np.nan,
                            float(np.clip(matrix[i, j] / product, -1, 1)) if product > 0 else np.nan,
                        )
                    )
    rows.append(("Residual", None, None, sigma**2, sigma, np.nan))
    return pd.DataFrame(rows, columns=COMPONENT_COLUMNS)


def random_table(levels: list[Level], estimates: list[np.ndarray], errors: list[np.ndarray]) -> pd.DataFrame:
    """One row per group and effect."""
    parts = [
        pd.DataFrame(
            {
                "group": level.name,
                "level": np.repeat(np.array(level.labels, dtype=object), level.q),
                "term": np.tile(np.array(level.effects, dtype=object), level.size),
                "estimate": estimate.ravel(),
                "se": error.ravel(),
            }
        )
        for level, estimate, error in zip(levels, estimates, errors, strict=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["group", "level", "term", "estimate", "se"])
