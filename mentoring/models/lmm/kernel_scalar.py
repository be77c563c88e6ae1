"""Compiled deviance and gradient of nested random intercepts (one effect per level), the most common design of all.

The same algebra as kernel.py with every small matrix a number: a group costs some eighty multiplications.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel import FAST, _profile


@njit(cache=True, error_model="numpy")
def evaluate(lam, a_flat, b_flat, y_flat, parents, multiplicity, sizes, gram, xy, yy, which, n, reml, constant):
    """Deviance and ∂d/∂λ of each chosen outcome; arguments as in kernel.evaluate with λ of shape (R, depth)."""
    depth, p = len(sizes), gram.shape[0]
    c = p + 1
    nu = n - p if reml else n
    groups = np.zeros(depth + 1, np.int64)
    starts = np.zeros(depth + 1, np.int64)
    shared = np.zeros(depth + 1, np.int64)
    for level in range(depth):
        groups[level + 1] = groups[level] + sizes[level]
        starts[level + 1] = starts[level] + sizes[level] * (c + depth - 1 - level)
        shared[level + 1] = shared[level] + sizes[level] * (c + depth - 2 - level)
    a, b, m = a_flat.copy(), np.empty(starts[depth]), np.empty(groups[depth])
    deviance, gradient = np.empty(len(which)), np.zeros(lam.shape)
    schur, weight, root = np.empty((c, c)), np.empty((c, c)), np.empty((c, c))
    for row in range(len(which)):
        outcome = which[row]
        _fill(a, b, a_flat, b_flat, y_flat[outcome], groups, starts, shared, c, row == 0)
        schur[:p, :p] = gram
        for i in range(p):
            schur[i, p] = xy[outcome, i]
            schur[p, i] = xy[outcome, i]
        schur[p, p] = yy[outcome]
        log_det = _up(lam[row], a, b, m, schur, parents, multiplicity, groups, starts, c)
        rss, log_det_x = _profile(schur, weight, root, p, nu, reml)
        if not (rss > 0 and np.isfinite(log_det)):
            deviance[row] = np.inf
            continue
        deviance[row] = log_det + nu * (1 + np.log(2 * np.pi * rss / nu)) + constant + (log_det_x if reml else 0.0)
        for level in range(depth):
            gradient[row, level] = 2 * lam[row, level] * _down(level, a, b, m, weight, parents, multiplicity, groups, starts, c)
    return deviance, gradient


@njit(cache=True)
def _fill(a, b, a_flat, b_flat, y, groups, starts, shared, c, first):
    """Put the sums and the outcome's column together; the innermost shared columns are written once."""
    depth = len(groups) - 1
    for level in range(depth):
        wide = c + depth - 1 - level
        for g in range(groups[level + 1] - groups[level]):
            to = starts[level] + g * wide
            if level > 0 or first:
                start = shared[level] + g * (wide - 1)
                for j in range(wide - 1):
                    b[to + j] = b_flat[start + j]
            b[to + wide - 1] = y[groups[level] + g]
        if level > 0:
            for g in range(groups[level], groups[level + 1]):
                a[g] = a_flat[g]


@njit(cache=True, fastmath=FAST)
def _up(lam, a, b, m, schur, parents, multiplicity, groups, starts, c):
    depth = len(groups) - 1
    log_det, product = 0.0, 1.0
    for level in range(depth):
        wide = c + depth - 1 - level
        tail = wide - c
        square = lam[level] * lam[level]
        for g in range(groups[level + 1] - groups[level]):
            here, at = groups[level] + g, starts[level] + g * wide
            k = 1 + square * a[here]
            share = square / k
            m[here] = share
            if level == 0 and multiplicity[g] != 1.0:
                log_det += multiplicity[g] * np.log(k)
            else:
                # One logarithm for many groups: k ≥ 1, so the product only grows.
                product *= k
                if product > 1e200:
                    log_det += np.log(product)
                    product = 1.0
            for u in range(c):
                value = share * b[at + tail + u]
                for v in range(u + 1):
                    schur[u, v] -= value * b[at + tail + v]
            above = g
            for outer in range(level + 1, depth):
                above = parents[groups[outer - 1] + above]
                step = outer - level - 1
                value = share * b[at + step]
                a[groups[outer] + above] -= value * b[at + step]
                to = starts[outer] + above * (wide - 1 - step)
                for v in range(wide - 1 - step):
                    b[to + v] -= value * b[at + step + 1 + v]
    for u in range(c):
        for v in range(u):
            schur[v, u] = schur[u, v]
    return log_det + np.log(product)


@njit(cache=True, fastmath=FAST)
def _down(level, a, b, m, weight, parents, multiplicity, groups, starts, c):
    """Σ_g (z'V⁻¹z − r W rᵀ) of one level."""
    depth = len(groups) - 1
    wide = c + depth - 1 - level
    r = np.empty(wide)
    tail = wide - c
    total = 0.0
    for g in range(groups[level + 1] - groups[level]):
        here, at = groups[level] + g, starts[level] + g * wide
        shrink = 1 - a[here] * m[here]
        s = shrink * a[here]
        for j in range(wide):
            r[j] = shrink * b[at + j]
        above = g
        for outer in range(level + 1, depth):
            above = parents[groups[outer - 1] + above]
            step = outer - level - 1
            link = r[step]
            share = link * m[groups[outer] + above]
            s -= link * share
            start = starts[outer] + above * (wide - 1 - step)
            for v in range(wide - 1 - step):
                r[step + 1 + v] -= share * b[start + v]
        if level == 0:
            s *= multiplicity[g]
        for u in range(c):
            value = 0.5 * weight[u, u] * r[tail + u]
            for v in range(u):
                value += weight[u, v] * r[tail + v]
            s -= 2 * r[tail + u] * value
        total += s
    return total
