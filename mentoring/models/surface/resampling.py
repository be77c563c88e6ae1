"""Intervals of what has no standard error worth the name: whole mentors are drawn with replacement, and the surface is estimated anew."""

from __future__ import annotations

import numpy as np

from mentoring.models.lmm import LinearMixedModelFit
from mentoring.models.lmm.cr2 import working_covariance

# ASSUME: fewer clusters than this are too few to draw from.
FEWEST_CLUSTERS = 10
_CHUNK = 500


def resampled(fit: LinearMixedModelFit, wanted: np.ndarray, clusters: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Linear combinations of the fixed effects over cluster resamples.

    For each cluster j its share in the normal equations is computed once, ``A_j = X_jᵀV_j⁻¹X_j`` and ``c_j = X_jᵀV_j⁻¹y_j``, with the fitted
    variances. A resample is a set of weights w, and its estimate ``(Σ w_j A_j)⁻¹ Σ w_j c_j``: generalised least squares with the
    variances held, some thousand times faster than fitting anew. What reaches across clusters (a program's effect) is left out of the
    weights, which costs precision and no bias; so the draws are moved to have their centre at the model's own estimate.

    Parameters
    ----------
    fit : LinearMixedModelFit
    wanted : ndarray, shape (q, terms)
        The combinations.
    clusters : ndarray, shape (rows used,)
        Codes from 0.
    draws, seed : int

    Returns
    -------
    ndarray, shape (draws that determine the combinations, q)

    References
    ----------
    Field & Welsh (2007), J. R. Stat. Soc. B 69, 369 (cluster bootstrap).
    """
    back = fit.scaled.back
    X, y = fit.design.X @ back, fit.design.y - fit.design.offset
    count, p = int(clusters.max()) + 1, X.shape[1]
    A, c = np.zeros((count, p, p)), np.zeros((count, p))
    for number in range(count):
        rows = np.flatnonzero(clusters == number)
        solved = np.linalg.solve(working_covariance(fit, rows), np.column_stack([X[rows], y[rows]]))
        A[number], c[number] = X[rows].T @ solved[:, :-1], X[rows].T @ solved[:, -1]
    inner = wanted @ back
    generator = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    found = []
    for start in range(0, draws, _CHUNK):
        weights = generator.multinomial(count, np.full(count, 1 / count), size=min(_CHUNK, draws - start)).astype(float)
        found.append(_estimates(np.tensordot(weights, A, 1), weights @ c, inner))
    whole = _estimates(A.sum(axis=0)[None], c.sum(axis=0)[None], inner)
    drawn = np.concatenate(found)
    return drawn if not len(whole) else drawn - whole + wanted @ fit.coefficients


def _estimates(A: np.ndarray, c: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The combinations of each solution, for those systems that determine them."""
    values, vectors = np.linalg.eigh(A)
    useful = values > 1e-10 * values[:, -1:]
    inverse = np.where(useful, 1 / np.where(useful, values, 1), 0)
    turned = np.einsum("qp,rpk->rqk", inner, vectors)
    lost = np.abs(np.where(useful[:, None, :], 0, turned)).max(axis=(1, 2))
    estimates = np.einsum("rqk,rk,rpk,rp->rq", turned, inverse, vectors, c, optimize=True)
    return estimates[lost < 1e-6 * max(np.abs(inner).max(), 1e-300)]
