"""Merge groups that the likelihood cannot tell apart.

Innermost groups with the same ZᵀZ (same cluster size, same wave pattern) share one factorisation, and enter only through sums. Let n
groups of one pattern lie in one outer group. Rotated by an orthogonal matrix whose first row is constant, they become

* one group that carries √n times their common link to the outer levels and Σb/√n, and
* n − 1 contrasts without any link, of which only the Gram matrix matters — so those of *all* outer groups are merged, pattern by pattern.

The cost of an evaluation then depends on the number of outer groups and patterns (without outer groups: on patterns alone).
"""

from __future__ import annotations

import numpy as np


def compressed(a: np.ndarray, b: np.ndarray, links: int, parent: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Fewer groups with the same likelihood.

    Parameters
    ----------
    a : ndarray, shape (G, q, q)
    b : ndarray, shape (G, q, links + c)
        Links to outer effects first.
    links : int
    parent : ndarray, shape (G,), or None
        Outer group of each, in ascending order; None without outer levels.

    Returns
    -------
    A, B, multiplicity, parent (ascending) of the new groups, and which of them are contrasts; None when nothing is gained.
    """
    groups, q, wide = b.shape
    if groups < 200:
        return None
    pattern, count = _patterns(np.concatenate([a, b[..., :links]], axis=2))
    outer = np.zeros(groups, dtype=np.intp) if parent is None else parent
    pair = outer * count + pattern
    order = np.argsort(pair, kind="stable")
    first = np.flatnonzero(np.diff(pair[order], prepend=-1))
    if (len(first) + count * q * wide) * 1.5 > groups:
        return None
    sizes = np.diff(first, append=groups)
    pair_a, pair_b = a[order[first]], np.add.reduceat(b[order], first, axis=0) / np.sqrt(sizes)[:, None, None]
    pair_pattern, pair_parent = pattern[order[first]], outer[order[first]]
    parts = [(pair_a, pair_b, np.ones(len(first)), pair_parent)]
    for number in range(count):
        chosen = pair_pattern == number
        members = b[pattern == number][..., links:].reshape(-1, q * (wide - links))
        inside = pair_b[chosen][..., links:].reshape(-1, q * (wide - links))
        left = len(members) - len(inside)
        if left:
            parts.append(_contrasts(members, inside, left, a[pattern == number][0], q, links))
    new_a, new_b, multiplicity, new_parent = (np.concatenate(items) for items in zip(*parts, strict=True))
    sorting = np.argsort(new_parent, kind="stable")
    loose = np.arange(len(new_parent)) >= len(first)
    return new_a[sorting], new_b[sorting], multiplicity[sorting], new_parent[sorting], loose[sorting]


def _contrasts(members: np.ndarray, inside: np.ndarray, left: int, a: np.ndarray, q: int, links: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pseudo-groups with the Gram matrix that the pairs leave over; they hang, unlinked, on the first outer group."""
    values, vectors = np.linalg.eigh(members.T @ members - inside.T @ inside)
    rows = (np.sqrt(np.clip(values, 0, None))[:, None] * vectors.T).reshape(len(values), q, -1)
    b = np.concatenate([np.zeros((len(rows), q, links)), rows], axis=2)
    return np.broadcast_to(a, (len(rows), q, q)), b, np.full(len(rows), left / len(rows)), np.zeros(len(rows), dtype=np.intp)


def _patterns(a: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the distinct matrices; sums in another order may differ in the last digits, so they are compared rounded."""
    groups = len(a)
    flat = a.reshape(groups, -1)
    whole = np.round(flat * (1e10 / (np.abs(flat).max() or 1.0))).astype(np.int64)
    key = whole[:, 0].copy()
    for column in range(1, flat.shape[1]):
        # A linear hash with odd multipliers, wrapping around; a collision is caught below.
        key = key * np.int64(0x9E3779B1) + whole[:, column]
    if len(np.unique(key[:: max(groups // 500, 1)])) > 250:
        return np.arange(groups), groups
    values, first, pattern = np.unique(key, return_index=True, return_inverse=True)
    if (np.abs(whole - whole[first][pattern]) > 1).any():
        return np.arange(groups), groups
    return pattern, len(values)
