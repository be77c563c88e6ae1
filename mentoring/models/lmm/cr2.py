"""Cluster-robust standard errors for few clusters (CR2), with Satterthwaite degrees of freedom.

Bell & McCaffrey (2002), Pustejovsky & Tipton (2018), as in R's clubSandwich. With working covariance V_j of cluster j,
W_j = V_j⁻¹, M = (Σ X_jᵀW_jX_j)⁻¹, V_j = D_jᵀD_j:

    B_j = D_j(V_j − X_jMX_jᵀ)D_jᵀ,   A_j = D_jᵀB_j^(−1/2)D_j
    V^CR2 = M Σ_j X_jᵀW_jA_j e_je_jᵀ A_jᵀW_jX_j M
    ν = (Σ_j P_jj)² / Σ_jk P_jk²,    P_jk = p_jᵀ[1(j=k)V_j − X_jMX_kᵀ]p_k,   p_j = A_jW_jX_jM l
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from . import tables
from .contrasts import contrast_matrix
from .fit import JointTest, LinearMixedModelFit, check_fit
from .influence import grouping
from .levels import is_nested
from .random_terms import refuse

# With fewer degrees of freedom the approximation itself is unreliable (Tipton 2015).
FEWEST_DF = 4.0


def cr2(fit: LinearMixedModelFit, cluster: str, level: float = 0.95) -> pd.DataFrame:
    """Fixed effects with CR2 standard errors and their own degrees of freedom.

    Parameters
    ----------
    fit : LinearMixedModelFit
        With or without random terms (``lmm("y ~ x", data)`` is ordinary least squares).
    cluster : str
        A column of the data or a grouping factor; every random effect must lie within one cluster.

    Returns
    -------
    DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high, note ("not usable" below 4 df).

    Raises
    ------
    StudyError
        When a random effect crosses clusters.

    Notes
    -----
    R: ``clubSandwich::coef_test(m, vcov = vcovCR(m, cluster, "CR2"), test = "Satterthwaite")``.
    """
    influence, moments, own, bread = _by_cluster(fit, cluster)
    scores = influence @ fit.scaled.back.T
    se = np.sqrt((scores**2).sum(axis=0))
    df = np.array([degrees(row, moments, own, bread) for row in fit.scaled.back])
    table = tables.fixed_table(fit.terms, fit.coefficients, se, df, level)
    table["note"] = np.where(df < FEWEST_DF, "not usable: fewer than 4 degrees of freedom", "")
    return table


def cr2_test(fit: LinearMixedModelFit, cluster: str, hypotheses: str | Sequence[str]) -> JointTest:
    """Joint test of linear hypotheses with the CR2 covariance (approximate Hotelling's T²).

    Parameters
    ----------
    fit, cluster
        As for `cr2`.
    hypotheses : str or list of str
        ``["a = 0", "b = c"]``, as for `fit.test`.

    Returns
    -------
    JointTest
        statistic (F), df1 = q, df2, p; df2 and p are NaN with too few clusters for so many hypotheses (df2 ≤ 0).

    Notes
    -----
    F = (η − q + 1)/(ηq) · (Cb − c)ᵀ(CVCᵀ)⁻¹(Cb − c) on q and η − q + 1 df, η = q(q + 1)/Σₛₜ Var(dₛₜ), d: CVCᵀ in units of its expectation under the
    model (Tipton & Pustejovsky, 2015). R: ``clubSandwich::Wald_test(m, constraints, vcov = vcovCR(m, cluster, "CR2"), test = "HTZ")``.
    """
    matrix, values = contrast_matrix(hypotheses, fit.terms)
    influence, moments, own, bread = _by_cluster(fit, cluster)
    inner, gap, q = matrix @ fit.scaled.back, matrix @ fit.coefficients - values, len(matrix)
    scores = influence @ inner.T
    eta = q * (q + 1) / _variance_of_variances(inner, moments, own, bread)
    df2 = float(eta - q + 1)
    if df2 <= 0:
        return JointTest(float("nan"), q, float("nan"), float("nan"), "cr2")
    statistic = float(df2 / (eta * q) * (gap @ np.linalg.solve(scores.T @ scores, gap)))
    return JointTest(statistic, q, df2, float(stats.f.sf(statistic, q, df2)), "cr2")


def _variance_of_variances(inner: np.ndarray, moments: np.ndarray, own: np.ndarray, bread: np.ndarray) -> float:
    """Σₛₜ Var(dₛₜ). Under the model clusters i ≠ j add K_ij = −uᵢuⱼᵀ to the covariance of Cb, cluster i itself K_ii = oᵢ − uᵢuᵢᵀ (q × q)."""
    u, o = inner @ moments @ np.linalg.cholesky(bread), inner @ own @ inner.T
    size, axes = np.linalg.eigh((o - u @ np.swapaxes(u, 1, 2)).sum(axis=0))
    unit = (axes / np.sqrt(size)).T
    u, o = unit @ u, unit @ o @ unit.T
    low = -u @ np.swapaxes(u, 1, 2)
    pairs = np.einsum("jsa,jtb->stab", u, u)
    return float((pairs**2).sum() + np.einsum("stab,stba->", pairs, pairs) + _squares(o + low) - _squares(low))


def _squares(k: np.ndarray) -> float:
    """Σ kₛₛkₜₜ + kₛₜkₜₛ over clusters and pairs of hypotheses."""
    return float(np.einsum("jss,jtt->", k, k) + np.einsum("jst,jts->", k, k))


def _by_cluster(fit: LinearMixedModelFit, cluster: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What each cluster adds to the coefficients (internal units), its moments AᵀX, its variance under the model; and (XᵀV⁻¹X)⁻¹."""
    check_fit(fit, "cr2")
    codes, labels = grouping(fit, cluster)
    _check_nesting(fit, codes, cluster, len(labels))
    X, residual = fit.design.X @ fit.scaled.back, fit.design.y - fit.design.offset - fit.design.X @ fit.coefficients
    bread = fit.solution.phi * fit.sigma**2
    order = np.argsort(codes, kind="stable")
    pieces = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    influence, moments, own = [], [], []
    for rows in pieces:
        covariance = working_covariance(fit, rows)
        adjusted = adjusted_weights(covariance, X[rows], bread)
        influence.append(bread @ (adjusted.T @ residual[rows]))
        moments.append(bread @ adjusted.T @ X[rows])
        own.append(bread @ adjusted.T @ covariance @ adjusted @ bread)
    return np.array(influence), np.array(moments), np.array(own), bread


def _check_nesting(fit: LinearMixedModelFit, codes: np.ndarray, cluster: str, clusters: int) -> None:
    if clusters < 2:
        raise refuse(f"“{cluster}” has only one cluster", "two or more", place="cluster")
    for level in fit.design.levels:
        if level.shares is not None or is_nested(level.codes, codes, level.size) is None:
            raise refuse(
                f"the random effects of “{level.name}” reach across clusters of “{cluster}”",
                "clusters that hold every random effect whole",
                "cluster on the outermost grouping factor, or use the model-based table",
                place="cluster",
            )


def working_covariance(fit: LinearMixedModelFit, rows: np.ndarray) -> np.ndarray:
    """V of some rows in the user's units, dense."""
    weights = fit.design.weights
    covariance = np.diag(np.full(len(rows), fit.sigma**2) if weights is None else fit.sigma**2 / weights[rows])
    for level, matrix in zip(fit.design.levels, fit.covariances, strict=True):
        z = level.z[rows]
        together = level.codes[rows][:, None] == level.codes[rows]
        covariance += (z @ matrix @ z.T) * together
    return covariance


def adjusted_weights(covariance: np.ndarray, X: np.ndarray, bread: np.ndarray) -> np.ndarray:
    """A_jᵀW_jX_j, shape (rows, p)."""
    upper = np.linalg.cholesky(covariance).T
    middle = upper @ (covariance - X @ bread @ X.T) @ upper.T
    values, vectors = np.linalg.eigh((middle + middle.T) / 2)
    # A cluster that alone determines a coefficient leaves a zero eigenvalue: Moore–Penrose.
    useful = values > 1e-10 * max(values.max(), 1e-300)
    root = (vectors[:, useful] / np.sqrt(values[useful])) @ vectors[:, useful].T
    adjustment = upper.T @ root @ upper
    return adjustment @ np.linalg.solve(covariance, X)


def degrees(contrast: np.ndarray, moments: np.ndarray, own: np.ndarray, bread: np.ndarray) -> float:
    """ν from P_jk, using that its off-diagonal part is −(m_j)ᵀM m_k with m_j = X_jᵀp_j."""
    m = np.einsum("jab,a->jb", moments, contrast)
    cross = -m @ bread @ m.T
    cross[np.diag_indices(len(m))] += np.einsum("a,jab,b->j", contrast, own, contrast)
    return float(np.trace(cross) ** 2 / (cross**2).sum())
