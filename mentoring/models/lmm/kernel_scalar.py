"""Compiled deviance and gradient of nested random intercepts (one effect per level) for one outcome, the most common design of all.

The algebra of kernel.py with every small matrix a number. The columns of B lie one after the other, so that the innermost loops run over groups and
the processor works on several groups per instruction; groups are taken in blocks that fit its cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel_small import FAST, solved

BLOCK = 512


@njit(cache=True, error_model="numpy")
def evaluate(lam, a_flat, b_flat, above, multiplicity, sizes, gram, xy, yy, n, reml, constant):
    """Deviance and ∂d/∂λ at each row of λ, shape (R, depth).

    Parameters
    ----------
    a_flat : ZᵀZ of all groups, innermost level first.
    b_flat : per level, the columns of Zᵀ[Z_outer, X, y], each over all groups.
    above : per pair of an inner and an outer level (0→1, 0→2, …, 1→2, …), the outer group of each inner group.
    """
    depth, p = len(sizes), gram.shape[0]
    c = p + 1
    nu = n - p if reml else n
    groups, starts = np.zeros(depth + 1, np.int64), np.zeros(depth + 1, np.int64)
    for level in range(depth):
        groups[level + 1] = groups[level] + sizes[level]
        starts[level + 1] = starts[level] + sizes[level] * (c + depth - 1 - level)
    a, m = a_flat.copy(), np.empty(groups[depth])
    deviance, gradient = np.empty(len(lam)), np.zeros(lam.shape)
    schur, weight, root = np.empty((c, c)), np.empty((c, c)), np.empty((c, c))
    for row in range(len(lam)):
        # The innermost sums are only read; the others change with θ.
        outer = b_flat[starts[1] :].copy()
        a[groups[1] :] = a_flat[groups[1] :]
        for i in range(p):
            for j in range(i + 1):
                schur[i, j] = gram[i, j]
            schur[p, i] = xy[i]
        schur[p, p] = yy
        log_det = _up(lam[row], a, b_flat, outer, m, schur, above, multiplicity, groups, starts, c)
        rss, log_det_x = solved(schur, weight, root, p, nu, reml)
        if not (rss > 0 and np.isfinite(log_det)):
            deviance[row] = np.inf
            continue
        deviance[row] = log_det + nu * (1 + np.log(2 * np.pi * rss / nu)) + constant + (log_det_x if reml else 0.0)
        pair = 0
        for level in range(depth):
            own = b_flat if level == 0 else outer
            gradient[row, level] = (
                2 * lam[row, level] * _down(level, a, own, outer, m, weight, above, pair, multiplicity, groups, starts, c)
            )
            pair += sizes[level] * (depth - 1 - level)
    return deviance, gradient


@njit(cache=True)
def _columns(b, level, whole, groups, starts):
    """The columns of one level's B, shape (wide, G); `whole` buffers hold the innermost level, the others start after it."""
    first = 0 if whole else starts[1]
    count = groups[level + 1] - groups[level]
    part = b[starts[level] - first : starts[level + 1] - first]
    return part.reshape(len(part) // count, count)


@njit(cache=True, fastmath=FAST)
def _up(lam, a, inner, outer, m, schur, above, multiplicity, groups, starts, c):
    """Eliminate level after level; returns log|V|."""
    depth, w, ks = len(lam), np.empty(BLOCK), np.empty(BLOCK)
    log_det, product, pair = 0.0, 1.0, 0
    for level in range(depth):
        square, count = lam[level] * lam[level], groups[level + 1] - groups[level]
        b = _columns(inner, 0, True, groups, starts) if level == 0 else _columns(outer, level, False, groups, starts)
        mine, own = m[groups[level] : groups[level + 1]], a[groups[level] : groups[level + 1]]
        tail = len(b) - c
        for start in range(0, count, BLOCK):
            stop = min(start + BLOCK, count)
            for g in range(start, stop):
                ks[g - start] = 1 + square * own[g]
                mine[g] = square / ks[g - start]
            for g in range(start, stop):
                if level == 0 and multiplicity[g] != 1.0:
                    log_det += multiplicity[g] * np.log(ks[g - start])
                else:
                    # One logarithm for many groups: each factor is at least 1, so the product only grows.
                    product *= ks[g - start]
                    if product > 1e200:
                        log_det += np.log(product)
                        product = 1.0
            for u in range(c):
                for g in range(start, stop):
                    w[g - start] = mine[g] * b[tail + u, g]
                for v in range(u + 1):
                    total = 0.0
                    for g in range(start, stop):
                        total += w[g - start] * b[tail + v, g]
                    schur[u, v] -= total
            for step in range(depth - 1 - level):
                up = level + 1 + step
                to, at = _columns(outer, up, False, groups, starts), pair + step * count
                for g in range(start, stop):
                    w[g - start] = mine[g] * b[step, g]
                    a[groups[up] + above[at + g]] -= w[g - start] * b[step, g]
                for v in range(len(to)):
                    for g in range(start, stop):
                        to[v, above[at + g]] -= w[g - start] * b[step + 1 + v, g]
        pair += count * (depth - 1 - level)
    return log_det + np.log(product)


@njit(cache=True, fastmath=FAST)
def _down(level, a, buffer, outer, m, weight, above, pair, multiplicity, groups, starts, c):
    """Σ_g (z'V⁻¹z − r W rᵀ) of one level."""
    depth, count = len(groups) - 1, groups[level + 1] - groups[level]
    b = _columns(buffer, level, level == 0, groups, starts)
    mine, own = m[groups[level] : groups[level + 1]], a[groups[level] : groups[level + 1]]
    tail = len(b) - c
    r, s, w = np.empty((len(b), BLOCK)), np.empty(BLOCK), np.empty(BLOCK)
    total = 0.0
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        for k in range(size):
            w[k] = 1 - own[start + k] * mine[start + k]
            s[k] = w[k] * own[start + k]
        for j in range(len(b)):
            for k in range(size):
                r[j, k] = w[k] * b[j, start + k]
        for step in range(depth - 1 - level):
            up, at = level + 1 + step, pair + step * count + start
            other = _columns(outer, up, False, groups, starts)
            for k in range(size):
                w[k] = r[step, k] * m[groups[up] + above[at + k]]
                s[k] -= r[step, k] * w[k]
            for v in range(len(other)):
                for k in range(size):
                    r[step + 1 + v, k] -= w[k] * other[v, above[at + k]]
        for k in range(size):
            total += s[k] * (multiplicity[start + k] if level == 0 else 1.0)
        for u in range(c):
            for k in range(size):
                w[k] = 0.5 * weight[u, u] * r[tail + u, k]
            for v in range(u):
                for k in range(size):
                    w[k] += weight[u, v] * r[tail + v, k]
            part = 0.0
            for k in range(size):
                part += r[tail + u, k] * w[k]
            total -= 2 * part
    return total
