"""Merge groups that the likelihood cannot tell apart.

Innermost groups with the same ZᵀZ (same cluster size, same wave pattern) share one factorisation, and enter only through sums. Let n
groups of one pattern lie in one outer group. Rotated by an orthogonal matrix whose first row is constant, they become

* one group that carries √n times their common link to the outer levels and Σb/√n, and
* n − 1 contrasts without any link, of which only the Gram matrix matters — so those of *all* outer groups are merged, pattern by pattern.

The cost of an evaluation then depends on the number of outer groups and patterns (without outer groups: on patterns alone).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

Merged = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def compressed(a: np.ndarray, b: np.ndarray, links: int, parent: np.ndarray | None, compiled: bool = False) -> Merged | None:
    """Fewer groups with the same likelihood.

    Parameters
    ----------
    a : ndarray, shape (G, q, q)
    b : ndarray, shape (R, G, q, links + c)
        Links to outer effects first, each outcome's column last; the rest is the same for all R.
    links : int
    parent : ndarray, shape (G,), or None
        Outer group of each, in ascending order; None without outer levels.
    compiled : bool
        Let the compiled kernel do it (one outcome only); the merged groups are the same but for their order.

    Returns
    -------
    A, B, multiplicity, parent (ascending) of the new groups, and which of them are contrasts; None when nothing is gained.
    """
    replicates, groups, q, wide = b.shape
    c = wide - links
    # With several effects per group the rotation below would depend on the outcome, and nothing could be shared.
    if groups < 50 or (replicates > 1 and q > 1):
        return None
    pattern, count = _patterns(np.concatenate([a, b[0, ..., :links]], axis=2))
    if count == groups:
        return None
    outer = np.zeros(groups, dtype=np.intp) if parent is None else parent
    if compiled and replicates == 1:
        return _merged_by_kernel(a, b[0], links, pattern, count, outer)
    # Pairs (outer group, pattern), ordered by pattern so that a pattern's pairs and members are slices.
    pair = pattern * (outer[-1] + 1) + outer
    # `outer` ascends already, so a stable sort by pattern is enough; small integers are sorted by counting.
    order = np.argsort(pattern.astype(np.uint16) if count < 65_536 else pattern, kind="stable")
    first = np.flatnonzero(np.diff(pair[order], prepend=-1))
    if (len(first) + count * q * c) * 1.5 > groups:
        return None
    sizes = np.diff(first, append=groups)
    # The columns that all outcomes share are worked on once; what differs is the last column.
    shared, y = b[:1, order, :, :-1], b[:, order, :, -1:]
    ends = np.searchsorted(pattern[order], np.arange(count + 1))
    pair_ends = np.searchsorted(pattern[order[first]], np.arange(count + 1))
    pairs, centred = zip(*(_pair_sums(part, first, sizes) for part in (shared, y)), strict=True)
    parts = [(a[order[first]], *pairs, np.ones(len(first)), outer[order[first]])]
    for number in range(count):
        left = (ends[number + 1] - ends[number]) - (pair_ends[number + 1] - pair_ends[number])
        if left:
            own = slice(ends[number], ends[number + 1])
            rows, rows_y = _contrasts(centred[0][0, own, :, links:], centred[1][:, own])
            k = rows.shape[1]
            rows = np.concatenate([np.zeros((1, k, q, links)), rows], axis=3)
            parts.append(
                (np.broadcast_to(a[order[ends[number]]], (k, q, q)), rows, rows_y, np.full(k, left / k), np.zeros(k, dtype=np.intp))
            )
    new_a, multiplicity, new_parent = (np.concatenate([part[item] for part in parts]) for item in (0, 3, 4))
    sorting = np.argsort(new_parent, kind="stable")
    loose = np.arange(len(new_parent)) >= len(first)
    new_b = np.empty((replicates, len(sorting), q, wide))
    new_b[..., :-1] = np.concatenate([part[1] for part in parts], axis=1)[:, sorting]
    new_b[..., -1:] = np.concatenate([part[2] for part in parts], axis=1)[:, sorting]
    return (
        new_a[sorting],
        new_b,
        multiplicity[sorting],
        new_parent[sorting],
        loose[sorting],
    )


def _merged_by_kernel(a: np.ndarray, b: np.ndarray, links: int, pattern: np.ndarray, count: int, outer: np.ndarray) -> Merged | None:
    from . import kernel_sums

    groups, q, wide = b.shape
    pair, above, kind, members = kernel_sums.number_pairs(pattern, count, outer)
    if (len(kind) + count * q * (wide - links)) * 1.5 > groups:
        return None
    sums, gram = kernel_sums.merge_pairs(b, links, pair, kind, members, count)
    left = np.bincount(kind, weights=members - 1, minlength=count)
    of_pattern = np.empty((count, q, q))
    of_pattern[pattern] = a
    several = np.flatnonzero(left)
    rows = _gram_rows(gram[several]).reshape(len(several), -1, q, wide - links)
    k = rows.shape[1]
    loose = np.zeros((len(several) * k, q, wide))
    loose[..., links:] = rows.reshape(-1, q, wide - links)
    # Contrasts come first: their outer group is 0, and the order of the outer groups must ascend.
    return (
        np.concatenate([np.repeat(of_pattern[several], k, axis=0), of_pattern[kind]]),
        np.concatenate([loose, sums])[None],
        np.concatenate([np.repeat(left[several] / k, k), np.ones(len(kind))]),
        np.concatenate([np.zeros(len(loose), dtype=np.intp), above]),
        np.arange(len(loose) + len(kind)) < len(loose),
    )


def _gram_rows(gram: np.ndarray) -> np.ndarray:
    """Rows whose Gram matrix is the one given (its lower triangle is read)."""
    values, vectors = np.linalg.eigh(gram)
    return np.sqrt(np.clip(values, 0, None))[..., None] * np.swapaxes(vectors, -1, -2)


def _pair_sums(b: np.ndarray, first: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σb/√n of each pair's n members, and every member minus its pair's mean."""
    sums = np.add.reduceat(b, first, axis=1)
    return sums / np.sqrt(sizes)[:, None, None], b - np.repeat(sums / sizes[:, None, None], sizes, axis=1)


def _contrasts(shared: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Few rows with the Gram matrix of many: shared columns (1, k, q, c − 1) and outcomes (R, k, q, 1).

    With several outcomes the shared columns are rotated once; what an outcome has outside their span goes into a further row that only it uses.
    """
    replicates, count, q, _ = y.shape
    if replicates == 1:
        flat = np.concatenate([shared, y[0]], axis=2).reshape(count, -1)
        rows = _gram_rows(flat.T @ flat).reshape(1, flat.shape[1], q, -1)
        return rows[..., :-1], rows[..., -1:]
    left, size, right = np.linalg.svd(shared[:, 0], full_matrices=False)
    y = y[:, :, 0, 0]
    inside = y @ left
    rows, outside = np.zeros((1, len(size) + 1, 1, shared.shape[2])), np.zeros((replicates, len(size) + 1, 1, 1))
    rows[0, :-1, 0] = size[:, None] * right
    outside[:, :-1, 0, 0] = inside
    outside[:, -1, 0, 0] = np.sqrt(np.maximum(np.einsum("rg,rg->r", y, y) - np.einsum("ri,ri->r", inside, inside), 0.0))
    return rows, outside


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
    pattern, values = pd.factorize(key)
    first = np.empty(len(values), dtype=np.intp)
    first[pattern[::-1]] = np.arange(groups - 1, -1, -1)
    if (np.abs(whole - whole[first][pattern]) > 1).any():
        return np.arange(groups), groups
    return pattern, len(values)
