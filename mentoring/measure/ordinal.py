"""Reliability of ordered answers: alpha of the leanings behind them, and omega of the sum of the answers themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from mentoring.measure.factors import polychoric
from mentoring.measure.factors.polychoric import bivariate_normal
from mentoring.measure.reliability import alphas, why_not

# With more different answers than this an item is as good as continuous.
MOST_CATEGORIES = 7


def ordinal_reliability(items: pd.DataFrame) -> dict[str, tuple[float, str]]:
    """Ordinal alpha and ordinal omega of keyed items, each with a note.

    Alpha is Cronbach's formula on the polychoric correlations (Zumbo et al. 2007): reliability of a sum of the *leanings*, which nobody
    observes. Omega is that of the *sum of answers* (Green & Yang 2009): with loadings λ that fit the polychoric correlations by least
    squares, and thresholds τ, ``Σ_ij cov(answers | common part) / Σ_ij cov(answers)``, both covariances following from the bivariate normal.
    R: ``psych::alpha(psych::polychoric(x, correct = 0)$rho)``; ``semTools::compRelSEM`` of ``cfa(..., ordered = TRUE, estimator = "ULS")``.

    Parameters
    ----------
    items : DataFrame, shape (people, items)
        Rows with a missing answer are left out.

    Returns
    -------
    dict
        `ordinal alpha` and `ordinal omega`: (value or NaN, note).
    """
    complete = items.dropna()
    if len(complete) < 3 or (complete.nunique() < 2).any():
        none = (np.nan, why_not(complete.to_numpy(dtype=float), [str(name) for name in items.columns]) or "the answers do not differ")
        return {"ordinal alpha": none, "ordinal omega": none}
    most = int(complete.nunique().max())
    if most > MOST_CATEGORIES:
        none = (np.nan, f"items with {most} different answers are not treated as ordered categories")
        return {"ordinal alpha": none, "ordinal omega": none}
    found = polychoric(items)
    r = found.r.to_numpy()
    edge = [note for note in found.notes if "edge" in note]
    if edge:
        # The likelihood has no maximum inside (-1, 1): every number that follows from such a correlation is arbitrary.
        return {"ordinal alpha": (np.nan, "; ".join(edge)), "ordinal omega": (np.nan, "; ".join(edge))}
    words = f"{len(found.notes)} pairs of items have combinations that were never answered" if found.notes else ""
    value = float(alphas(r[None])[0])
    alpha = (value, words) if np.isfinite(value) else (np.nan, "the correlations add up to nothing (a ranking?)")
    if len(r) < 3:
        return {"ordinal alpha": alpha, "ordinal omega": (np.nan, "two items do not determine a factor")}
    loadings = least_squares_loadings(r)
    if loadings is None:
        return {"ordinal alpha": alpha, "ordinal omega": (np.nan, "no factor fits the polychoric correlations (a Heywood case)")}
    return {"ordinal alpha": alpha, "ordinal omega": (_omega(loadings, r, list(found.thresholds.values())), words)}


def least_squares_loadings(r: np.ndarray) -> np.ndarray | None:
    """Loadings that minimise ``Σ_{i<j} (r_ij − λ_i λ_j)²``; None when one reaches 1 or none is found. R: ``psych::fa(r, 1, fm = "minres")``."""
    k = len(r)
    first, second = np.triu_indices(k, 1)
    values, vectors = np.linalg.eigh(r)
    loadings = 0.9 * vectors[:, -1] * np.sqrt(values[-1])
    loadings = loadings * (np.sign(loadings.sum()) or 1.0)
    damping, rows = 1e-3, np.arange(len(first))

    def missed(candidate: np.ndarray) -> np.ndarray:
        return r[first, second] - candidate[first] * candidate[second]

    for _ in range(500):
        miss = missed(loadings)
        slope = np.zeros((len(first), k))
        slope[rows, first], slope[rows, second] = loadings[second], loadings[first]
        move = np.linalg.solve(slope.T @ slope + damping * np.eye(k), slope.T @ miss)
        if np.sum(missed(loadings + move) ** 2) <= np.sum(miss**2):
            loadings, damping = loadings + move, damping / 4
            if np.abs(move).max() < 1e-11:
                return loadings if np.abs(loadings).max() < 1 else None
        else:
            damping *= 8
            if damping > 1e8:
                return loadings if np.abs(loadings).max() < 1 else None
    return None


def _omega(loadings: np.ndarray, r: np.ndarray, thresholds: list[np.ndarray]) -> float:
    """Green and Yang's formula 21: a covariance of two answers is the sum over their thresholds of P(both above) − P(one) P(other)."""
    common = total = 0.0
    for i, own in enumerate(thresholds):
        for j, other in enumerate(thresholds):
            a, b = own[:, None], other[None, :]
            apart = special.ndtr(a) * special.ndtr(b)
            # The same answer once more: its own threshold, so the smaller of two.
            together = special.ndtr(np.minimum(a, b)) if i == j else bivariate_normal(a, b, r[i, j])
            common += float(np.sum(bivariate_normal(a, b, loadings[i] * loadings[j]) - apart))
            total += float(np.sum(together - apart))
    return common / total
