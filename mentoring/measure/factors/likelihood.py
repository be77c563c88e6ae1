"""The normal likelihood of patterned answers as a function of each group's moments: value, slope, information, and each row's score.

For rows of a pattern with implied covariance V and mean u of the answered items, K = V⁻¹, d = mean - u and T = cov + d dᵀ:
``log L = -n/2 (p log 2π + log|V| + tr(K T))``. Complete data are the case of a single pattern, so maximum likelihood and full-information
maximum likelihood (FIML; Arbuckle 1996) are one computation. Slopes are taken with respect to the moments (covariances as the lower triangle,
then means); a model's own follow by the chain rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mentoring.measure.factors.moments import Pattern

Moments = tuple[np.ndarray, np.ndarray]  # covariance (items × items) and mean (items)


def log_likelihood(patterns: Sequence[Pattern], moments: Sequence[Moments]) -> float:
    """The log-likelihood under each group's moments; minus infinity where a covariance is not positive definite."""
    total = 0.0
    for pattern in patterns:
        cov, mean = moments[pattern.group]
        try:
            root = np.linalg.cholesky(cov[pattern.where])
        except np.linalg.LinAlgError:
            return -np.inf
        inverse = np.linalg.inv(root)
        d = pattern.mean - mean[pattern.seen]
        trace = float(np.sum((inverse @ (pattern.cov + np.outer(d, d))) * inverse))
        total -= 0.5 * pattern.n * (len(d) * np.log(2 * np.pi) + 2 * np.log(np.diag(root)).sum() + trace)
    return total


def moment_gradient(patterns: Sequence[Pattern], moments: Sequence[Moments]) -> list[Moments]:
    """Each group's derivatives with respect to every cell of the covariance (symmetric, as if cells were free of each other) and the mean."""
    found = [(np.zeros_like(cov), np.zeros_like(mean)) for cov, mean in moments]
    for pattern in patterns:
        inverse, d = _inverse(pattern, moments)
        moment = pattern.cov + np.outer(d, d)
        to_cov, to_mean = found[pattern.group]
        to_cov[pattern.where] += 0.5 * pattern.n * (inverse @ moment @ inverse - inverse)
        to_mean[pattern.seen] += pattern.n * (inverse @ d)
    return found


def moment_information(patterns: Sequence[Pattern], moments: Sequence[Moments], *, observed: bool) -> list[np.ndarray]:
    """Each group's information about its moments: expected, or minus the second derivatives."""
    items = len(moments[0][1])
    i, j = np.tril_indices(items)
    half = np.where(i == j, 0.5, 1.0)
    count = len(i)
    found = [np.zeros((count + items, count + items)) for _ in moments]
    for pattern in patterns:
        inverse, d = _inverse(pattern, moments)
        k, m, y = np.zeros((items, items)), np.zeros((items, items)), np.zeros(items)
        k[pattern.where] = inverse
        info = found[pattern.group]
        if observed:
            m[pattern.where] = inverse @ (pattern.cov + np.outer(d, d)) @ inverse
            y[pattern.seen] = inverse @ d
            # tr(K ΣaK Σb) and tr(K Σa M Σb), for Σa the cells i, j of a symmetric matrix.
            info[:count, :count] += 0.5 * pattern.n * (2 * _traces(k, m, i, j) - _traces(k, k, i, j))
            cross = pattern.n * (k[:, i] * y[j] + k[:, j] * y[i]) * half
            info[count:, :count] += cross
            info[:count, count:] += cross.T
        else:
            info[:count, :count] += 0.5 * pattern.n * _traces(k, k, i, j)
        info[count:, count:] += pattern.n * k
    weight = np.concatenate([half, np.ones(items)])
    for info in found:
        info[:count, :count] *= np.outer(weight, weight)[:count, :count]
    return found


def _traces(first: np.ndarray, second: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """``tr(K Σa M Σb)`` for all pairs of cells; cells on the diagonal are counted twice and halved by the caller."""
    if first is second:
        straight, turned = first[np.ix_(i, i)] * first[np.ix_(j, j)], first[np.ix_(i, j)] * first[np.ix_(j, i)]
        return 2 * (straight + turned)
    return (
        first[np.ix_(i, j)] * second[np.ix_(j, i)] + first[np.ix_(j, j)] * second[np.ix_(i, i)]
        + first[np.ix_(i, i)] * second[np.ix_(j, j)] + first[np.ix_(j, i)] * second[np.ix_(i, j)]
    )


def moment_scores(patterns: Sequence[Pattern], moments: Sequence[Moments], values: np.ndarray) -> list[np.ndarray]:
    """Each row's derivatives with respect to its group's moments, (rows, moments) for each group; zero in the rows of others."""
    items = len(moments[0][1])
    i, j = np.tril_indices(items)
    half = np.where(i == j, 0.5, 1.0)
    found = [np.zeros((len(values), len(i) + items)) for _ in moments]
    for pattern in patterns:
        inverse, _ = _inverse(pattern, moments)
        k = np.zeros((items, items))
        k[pattern.where] = inverse
        z = np.zeros((pattern.n, items))
        z[:, pattern.seen] = (values[np.ix_(pattern.rows, pattern.seen)] - moments[pattern.group][1][pattern.seen]) @ inverse
        found[pattern.group][pattern.rows] = np.hstack([(z[:, i] * z[:, j] - k[i, j]) * half, z])
    return found


def _inverse(pattern: Pattern, moments: Sequence[Moments]) -> tuple[np.ndarray, np.ndarray]:
    cov, mean = moments[pattern.group]
    root = np.linalg.inv(np.linalg.cholesky(cov[pattern.where]))
    return root.T @ root, pattern.mean - mean[pattern.seen]
