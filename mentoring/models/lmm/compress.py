"""Merge groups that the likelihood cannot tell apart.

Groups with the same ZᵀZ (same cluster size, same wave pattern) share one factorisation, and their Zᵀ[X, y] enter only
through sums of products. Any set of rows with the same Gram matrix serves as well as the groups themselves, so m groups
of a pattern become at most q·(p+1) pseudo-groups: the cost of an evaluation then depends on the number of patterns.
"""

from __future__ import annotations

import numpy as np


def compressed(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Pseudo-groups for A (G, q, q) and B (G, q, c): their A, B and multiplicities; None when nothing is gained."""
    groups, q, c = b.shape
    if groups < 200:
        return None
    pattern, count = _patterns(a)
    if count * q * c * 2 > groups:
        return None
    order = np.argsort(pattern, kind="stable")
    sizes = np.bincount(pattern, minlength=count)
    ends = np.cumsum(sizes)
    flat = b.reshape(groups, q * c)[order]
    new_a, new_b, multiplicity = [], [], []
    for number in range(count):
        members = flat[ends[number] - sizes[number] : ends[number]]
        if len(members) > q * c:
            values, vectors = np.linalg.eigh(members.T @ members)
            members = np.sqrt(np.clip(values, 0, None))[:, None] * vectors.T
        new_b.append(members.reshape(-1, q, c))
        new_a.append(np.broadcast_to(a[order[ends[number] - 1]], (len(members), q, q)))
        multiplicity.append(np.full(len(members), sizes[number] / len(members)))
    return np.concatenate(new_a), np.concatenate(new_b), np.concatenate(multiplicity)


def _patterns(a: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the distinct A; sums in another order may differ in the last digits, so they are compared rounded."""
    groups = len(a)
    flat = a.reshape(groups, -1)
    rounded = np.round(flat / (np.abs(flat).max() or 1.0), 11)
    if flat.shape[1] == 1:
        values, pattern = np.unique(rounded[:, 0], return_inverse=True)
        return pattern, len(values)
    if len(np.unique(rounded[:: max(groups // 500, 1)], axis=0)) > 250:
        return np.arange(groups), groups
    values, pattern = np.unique(rounded, axis=0, return_inverse=True)
    return pattern.reshape(-1), len(values)
