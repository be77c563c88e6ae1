"""Compiled pass over the rows: the sums of products of a handful of columns in every group.

The sums of one group lie side by side, so that a row touches one or two places in memory, whatever the number of columns.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def group_products(codes, size, effects, alone, X, mean, factor, y):
    """Per group: products of effects (lower triangle), then each effect's with [(X − mean) · factor, y]; shape (size, …).

    `alone`: the only effect is a column of ones, and `effects` is not read. Rows are added in their order, as `bincount` does.
    """
    n, p = X.shape
    count = effects.shape[1]
    squares = count * (count + 1) // 2
    out = np.zeros((size, squares + count * (p + 1)))
    if alone:
        for row in range(n):
            sums = out[codes[row]]
            sums[0] += 1.0
            for j in range(p):
                sums[1 + j] += (X[row, j] - mean[j]) * factor[j]
            sums[1 + p] += y[row]
        return out
    for row in range(n):
        sums = out[codes[row]]
        at = 0
        for i in range(count):
            value = effects[row, i]
            for j in range(i + 1):
                sums[at] += value * effects[row, j]
                at += 1
        for i in range(count):
            value = effects[row, i]
            for j in range(p):
                sums[at] += value * (X[row, j] - mean[j]) * factor[j]
                at += 1
            sums[at] += value * y[row]
            at += 1
    return out


@njit(cache=True)
def number_pairs(pattern, patterns, outer):
    """Number the pairs (outer group, pattern) in the order in which they come; `outer` ascends.

    Returns each group's pair, and each pair's outer group, pattern and number of members.
    """
    groups = len(pattern)
    pair, latest = np.empty(groups, np.int64), np.full(patterns, -1)
    above, kind, members = np.empty(groups, np.int64), np.empty(groups, np.int64), np.zeros(groups, np.int64)
    pairs = 0
    for g in range(groups):
        k = pattern[g]
        if latest[k] < 0 or above[latest[k]] != outer[g]:
            latest[k], above[pairs], kind[pairs] = pairs, outer[g], k
            pairs += 1
        pair[g] = latest[k]
        members[pair[g]] += 1
    return pair, above[:pairs], kind[:pairs], members[:pairs]


@njit(cache=True)
def merge_pairs(b, links, pair, kind, members, patterns):
    """Σb over the members of each pair, divided by the root of their number; and per pattern the Gram matrix of b − mean of its pair.

    The Gram matrix leaves out the first `links` columns and lists effects × columns row by row (lower triangle filled).
    """
    groups, q, wide = b.shape
    c = wide - links
    sums, gram, gap = np.zeros((len(kind), q, wide)), np.zeros((patterns, q * c, q * c)), np.empty(q * c)
    for g in range(groups):
        for i in range(q):
            for j in range(wide):
                sums[pair[g], i, j] += b[g, i, j]
    for g in range(groups):
        k, at = pair[g], 0
        if members[k] == 1:
            continue
        for i in range(q):
            for j in range(links, wide):
                gap[at] = b[g, i, j] - sums[k, i, j] / members[k]
                at += 1
        for u in range(q * c):
            for v in range(u + 1):
                gram[kind[k], u, v] += gap[u] * gap[v]
    for k in range(len(kind)):
        for i in range(q):
            for j in range(wide):
                sums[k, i, j] /= np.sqrt(members[k])
    return sums, gram
