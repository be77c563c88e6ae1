"""The normal likelihood of patterned answers as a function of each group's moments: value, slope, information, and each row's score.

For rows of a pattern with implied covariance V and mean u of the answered items, K = V⁻¹, d = mean - u and T = cov + d dᵀ:
``log L = -n/2 (p log 2π + log|V| + tr(K T))``. Complete data are the case of a single pattern, so maximum likelihood and full-information
maximum likelihood (FIML; Arbuckle 1996) are one computation. Slopes are taken with respect to the moments (covariances as the lower triangle,
then means); a model's own follow by the chain rule.

All patterns are worked at once: an item that was not answered stands in V as a variance of one that goes with nothing, which changes neither
determinant nor trace, and in K as zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mentoring.measure.factors.moments import Patterns

Moments = tuple[np.ndarray, np.ndarray]  # covariance (items × items) and mean (items)


def log_likelihood(patterns: Patterns, moments: Sequence[Moments]) -> float:
    """The log-likelihood under each group's moments; minus infinity where a covariance is not positive definite."""
    try:
        roots = np.linalg.cholesky(_implied(patterns, moments))
    except np.linalg.LinAlgError:
        return -np.inf
    inverse = np.linalg.inv(roots)
    traces = np.sum((inverse @ _second(patterns, moments)) * inverse, axis=(1, 2))
    determinants = 2 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    return float(-0.5 * np.sum(patterns.n * (patterns.seen.sum(axis=1) * np.log(2 * np.pi) + determinants + traces)))


def moment_gradient(patterns: Patterns, moments: Sequence[Moments]) -> list[Moments]:
    """Each group's derivatives with respect to every cell of the covariance (symmetric, as if cells were free of each other) and the mean."""
    k = _inverse(patterns, moments)
    to_cov = 0.5 * patterns.n[:, None, None] * (k @ _second(patterns, moments) @ k - k)
    to_mean = patterns.n[:, None] * np.einsum("pij,pj->pi", k, _away(patterns, moments))
    return [(to_cov[patterns.group == group].sum(axis=0), to_mean[patterns.group == group].sum(axis=0)) for group in range(len(moments))]


def moment_information(patterns: Patterns, moments: Sequence[Moments], *, observed: bool) -> list[np.ndarray]:
    """Each group's information about its moments: expected, or minus the second derivatives."""
    i, j = np.tril_indices(patterns.items)
    half = np.where(i == j, 0.5, 1.0)
    count = len(i)
    k = _inverse(patterns, moments)
    y = np.einsum("pij,pj->pi", k, _away(patterns, moments))
    m = k @ _second(patterns, moments) @ k
    found = []
    for group in range(len(moments)):
        own = patterns.group == group
        n = patterns.n[own]
        information = np.zeros((count + patterns.items,) * 2)
        block = _traces(n, k[own], k[own], i, j)
        if observed:
            # tr(K ΣaK Σb) and tr(K Σa M Σb), for Σa the cells i, j of a symmetric matrix.
            block = 2 * _traces(n, k[own], m[own], i, j) - block
            cross = np.einsum("p,pri,pj->rij", n, k[own], y[own])
            cross = (cross[:, i, j] + cross[:, j, i]) * half
            information[count:, :count], information[:count, count:] = cross, cross.T
        information[:count, :count] = 0.5 * block * np.outer(half, half)
        information[count:, count:] = np.einsum("p,pij->ij", n, k[own])
        found.append(information)
    return found


def _traces(n: np.ndarray, first: np.ndarray, second: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """``Σ n tr(K Σa M Σb)`` over patterns for all pairs of cells; a cell on the diagonal is counted twice and halved by the caller."""
    size = first.shape[1]
    products = ((n[:, None] * first.reshape(len(n), -1)).T @ second.reshape(len(n), -1)).reshape(size, size, size, size)
    a, b, c, d = i[:, None], j[:, None], i[None, :], j[None, :]
    return products[d, a, b, c] + products[d, b, a, c] + products[c, a, b, d] + products[c, b, a, d]


def moment_scores(patterns: Patterns, moments: Sequence[Moments]) -> list[np.ndarray]:
    """Each row's derivatives with respect to its group's moments, (rows, moments) for each group; zero in the rows of others."""
    i, j = np.tril_indices(patterns.items)
    half = np.where(i == j, 0.5, 1.0)
    k = _inverse(patterns, moments)
    found = []
    for group, (_, mean) in enumerate(moments):
        rows = np.flatnonzero((patterns.which >= 0) & (patterns.group[patterns.which] == group))
        own = patterns.which[rows]
        away = np.where(patterns.seen[own], patterns.values[rows] - mean, 0.0)
        z = np.empty_like(away)
        for pattern in np.unique(own):
            z[own == pattern] = away[own == pattern] @ k[pattern]
        scores = np.zeros((len(patterns.values), len(i) + patterns.items))
        scores[rows] = np.hstack([(z[:, i] * z[:, j] - k[:, i, j][own]) * half, z])
        found.append(scores)
    return found


def _implied(patterns: Patterns, moments: Sequence[Moments]) -> np.ndarray:
    """Each pattern's implied covariance, with ones on the diagonal for items that were not answered."""
    cov = np.stack([one for one, _ in moments])[patterns.group]
    return np.where(patterns.both, cov, np.eye(patterns.items))


def _inverse(patterns: Patterns, moments: Sequence[Moments]) -> np.ndarray:
    roots = np.linalg.inv(np.linalg.cholesky(_implied(patterns, moments)))
    return np.where(patterns.both, np.swapaxes(roots, 1, 2) @ roots, 0.0)


def _away(patterns: Patterns, moments: Sequence[Moments]) -> np.ndarray:
    mean = np.stack([one for _, one in moments])[patterns.group]
    return np.where(patterns.seen, patterns.mean - mean, 0.0)


def _second(patterns: Patterns, moments: Sequence[Moments]) -> np.ndarray:
    """``T = cov + d dᵀ`` of each pattern."""
    d = _away(patterns, moments)
    return patterns.cov + d[:, :, None] * d[:, None, :]
