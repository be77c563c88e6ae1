"""Compiled deviance and gradient of nested random intercepts for many outcomes at once.

The algebra of kernel_scalar.py with the outcomes as lanes of the innermost loops: what they share (links and XᵀZ of the innermost level) is read once
for all of them, and the processor works on several outcomes per instruction. This is where bootstrap and permutation tests spend their time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel_small import FAST, solved

# Outcomes worked on together: enough to keep the loops busy, few enough for their sums to stay in the processor's cache.
LANES = 64


@njit(cache=True, error_model="numpy")
def evaluate(lam, a_flat, b_flat, y_flat, parents, multiplicity, sizes, gram, xy, yy, which, n, reml, constant):
    """Deviance and ∂d/∂λ of each chosen outcome; arguments as in kernel_scalar.evaluate."""
    depth, c = len(sizes), gram.shape[0] + 1
    nu = n - c + 1 if reml else n
    groups, starts, most, a, b, m, schur, log_det = _buffers(a_flat, sizes, c, len(which))
    weight, total = np.empty((c, c, most)), np.empty(most)
    one, one_weight, root = np.empty((c, c)), np.empty((c, c)), np.empty((c, c))
    deviance, gradient = np.empty(len(which)), np.zeros(lam.shape)
    for first in range(0, len(which), most):
        lanes = min(most, len(which) - first)
        chosen = which[first : first + lanes]
        _fill(a, b, schur, a_flat, b_flat, y_flat, gram, xy, yy, chosen, groups, starts, c)
        _up(lam[first : first + lanes], a, b, m, schur, log_det, parents, multiplicity, groups, starts, c)
        for k in range(lanes):
            for u in range(c):
                for v in range(u + 1):
                    one[u, v] = schur[u, v, k]
            rss, log_det_x = solved(one, one_weight, root, c - 1, nu, reml)
            for u in range(c):
                for v in range(c):
                    weight[u, v, k] = one_weight[u, v]
            fine = rss > 0 and np.isfinite(log_det[k])
            value = log_det[k] + nu * (1 + np.log(2 * np.pi * rss / nu)) + constant + (log_det_x if reml else 0.0)
            deviance[first + k] = value if fine else np.inf
        for level in range(depth):
            _down(level, total, a, b, m, weight, parents, multiplicity, groups, starts, c, lanes)
            for k in range(lanes):
                if np.isfinite(deviance[first + k]):
                    gradient[first + k, level] = 2 * lam[first + k, level] * total[k]
    return deviance, gradient


@njit(cache=True)
def eliminated(lam, a_flat, b_flat, y_flat, parents, multiplicity, sizes, gram, xy, yy, which):
    """[X y]ᵀV⁻¹[X y] and log|V| of each chosen outcome, shapes (R, c, c) and (R,)."""
    c = gram.shape[0] + 1
    groups, starts, most, a, b, m, schur, log_det = _buffers(a_flat, sizes, c, len(which))
    out, log_dets = np.empty((len(which), c, c)), np.empty(len(which))
    for first in range(0, len(which), most):
        lanes = min(most, len(which) - first)
        chosen = which[first : first + lanes]
        _fill(a, b, schur, a_flat, b_flat, y_flat, gram, xy, yy, chosen, groups, starts, c)
        _up(lam[first : first + lanes], a, b, m, schur, log_det, parents, multiplicity, groups, starts, c)
        for k in range(lanes):
            log_dets[first + k] = log_det[k]
            for u in range(c):
                for v in range(u + 1):
                    out[first + k, u, v] = out[first + k, v, u] = schur[u, v, k]
    return out, log_dets


@njit(cache=True)
def _buffers(a_flat, sizes, c, outcomes):
    """Where each level's groups and rows of B start, how many lanes there are, and room for their sums."""
    depth, most = len(sizes), min(LANES, outcomes)
    groups, starts = np.zeros(depth + 1, np.int64), np.zeros(depth + 1, np.int64)
    for level in range(depth):
        groups[level + 1] = groups[level] + sizes[level]
        starts[level + 1] = starts[level] + sizes[level] * (c + depth - 1 - level)
    a, b, m = np.empty((groups[depth], most)), np.empty((starts[depth], most)), np.empty((groups[depth], most))
    return groups, starts, most, a, b, m, np.empty((c, c, most)), np.empty(most)


@njit(cache=True)
def _fill(a, b, schur, a_flat, b_flat, y_flat, gram, xy, yy, which, groups, starts, c):
    """Fresh copies of the sums for every lane, with the outcome's column at the end of each group's row."""
    depth, start, lanes, p = len(groups) - 1, 0, len(which), c - 1
    for k in range(lanes):
        for u in range(p):
            for v in range(u + 1):
                schur[u, v, k] = gram[u, v]
            schur[p, u, k] = xy[which[k], u]
        schur[p, p, k] = yy[which[k]]
    for level in range(depth):
        wide = c + depth - 1 - level
        for g in range(groups[level + 1] - groups[level]):
            to, here = starts[level] + g * wide, groups[level] + g
            for j in range(wide - 1):
                for k in range(lanes):
                    b[to + j, k] = b_flat[start]
                start += 1
            for k in range(lanes):
                b[to + wide - 1, k] = y_flat[which[k], here]
                a[here, k] = a_flat[here]


# Rows are indexed in place (no views): a view would be counted in and out, which costs more than the arithmetic of one row.


@njit(cache=True, fastmath=FAST)
def _up(lam, a, b, m, schur, log_det, parents, multiplicity, groups, starts, c):
    lanes, depth = lam.shape
    square, product, share = (lam * lam).T.copy(), np.ones(lanes), np.empty(lanes)
    log_det[:] = 0.0
    for level in range(depth):
        wide = c + depth - 1 - level
        tail = wide - c
        for g in range(groups[level + 1] - groups[level]):
            here, at = groups[level] + g, starts[level] + g * wide
            times = multiplicity[g] if level == 0 else 1.0
            for k in range(lanes):
                share[k] = 1 + square[level, k] * a[here, k]
                m[here, k] = square[level, k] / share[k]
            if times != 1.0:
                for k in range(lanes):
                    log_det[k] += times * np.log(share[k])
            else:
                # One logarithm for many groups: each factor is at least 1, so the product only grows.
                largest = 0.0
                for k in range(lanes):
                    product[k] *= share[k]
                    largest = max(largest, product[k])
                if largest > 1e200:
                    for k in range(lanes):
                        log_det[k] += np.log(product[k])
                        product[k] = 1.0
            for u in range(c):
                for k in range(lanes):
                    share[k] = m[here, k] * b[at + tail + u, k]
                for v in range(u + 1):
                    for k in range(lanes):
                        schur[u, v, k] -= share[k] * b[at + tail + v, k]
            above = g
            for outer in range(level + 1, depth):
                above = parents[groups[outer - 1] + above]
                step = outer - level - 1
                to, start = groups[outer] + above, starts[outer] + above * (wide - 1 - step)
                for k in range(lanes):
                    share[k] = m[here, k] * b[at + step, k]
                    a[to, k] -= share[k] * b[at + step, k]
                for v in range(wide - 1 - step):
                    for k in range(lanes):
                        b[start + v, k] -= share[k] * b[at + step + 1 + v, k]
    for k in range(lanes):
        log_det[k] += np.log(product[k])


@njit(cache=True, fastmath=FAST)
def _down(level, total, a, b, m, weight, parents, multiplicity, groups, starts, c, lanes):
    """Σ_g (z'V⁻¹z − r W rᵀ) of one level, lane by lane."""
    depth = len(groups) - 1
    wide = c + depth - 1 - level
    tail = wide - c
    r, s, share, value = np.empty((wide, lanes)), np.empty(lanes), np.empty(lanes), np.empty(lanes)
    total[:] = 0.0
    for g in range(groups[level + 1] - groups[level]):
        here, at = groups[level] + g, starts[level] + g * wide
        for k in range(lanes):
            share[k] = 1 - a[here, k] * m[here, k]
            s[k] = share[k] * a[here, k]
        for j in range(wide):
            for k in range(lanes):
                r[j, k] = share[k] * b[at + j, k]
        above = g
        for outer in range(level + 1, depth):
            above = parents[groups[outer - 1] + above]
            step = outer - level - 1
            other, start = groups[outer] + above, starts[outer] + above * (wide - 1 - step)
            for k in range(lanes):
                share[k] = r[step, k] * m[other, k]
                s[k] -= r[step, k] * share[k]
            for v in range(wide - 1 - step):
                for k in range(lanes):
                    r[step + 1 + v, k] -= share[k] * b[start + v, k]
        times = multiplicity[g] if level == 0 else 1.0
        for k in range(lanes):
            total[k] += times * s[k]
        for u in range(c):
            for k in range(lanes):
                value[k] = 0.5 * weight[u, u, k] * r[tail + u, k]
            for v in range(u):
                for k in range(lanes):
                    value[k] += weight[u, v, k] * r[tail + v, k]
            for k in range(lanes):
                total[k] -= 2 * r[tail + u, k] * value[k]
