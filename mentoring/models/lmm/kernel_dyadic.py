"""Compiled deviance of two-sided reports nested in groups: every matrix is 2×2, so one pass over the groups is all there is.

See `dyadic_nested` for the model and the meaning of the arrays.
"""

from __future__ import annotations

import numpy as np
from numba import njit

STEP = 1e-4


@njit(cache=True, error_model="numpy")
def covariances(point, basis, free, equal):
    """Covariance of the two roles at each level (depth, 2, 2) and of the residuals (2, 2), from the free parameters."""
    depth, _, q = basis.shape
    wide = np.zeros((depth, q, q))
    for k in range(len(free)):
        wide[free[k, 0], free[k, 1], free[k, 2]] = point[k]
    t = np.zeros((depth, 2, 2))
    for level in range(depth):
        for k in range(q):
            a, b = 0.0, 0.0
            for i in range(q):
                a += basis[level, 0, i] * wide[level, i, k]
                b += basis[level, 1, i] * wide[level, i, k]
            t[level, 0, 0] += a * a
            t[level, 0, 1] += a * b
            t[level, 1, 1] += b * b
        t[level, 1, 0] = t[level, 0, 1]
    rest = len(free)
    one = np.exp(point[rest])
    two = one if equal else np.exp(point[rest + 1])
    rho = np.tanh(point[len(point) - 1])
    r = np.empty((2, 2))
    r[0, 0], r[1, 1] = one * one, two * two
    r[0, 1] = r[1, 0] = rho * one * two
    return t, r


@njit(cache=True, error_model="numpy")
def cross_products(t, r, counts, sums, grams, parents, sizes):
    """[X y]ᵀV⁻¹[X y] and log|V|."""
    c = sums.shape[2]
    det = r[0, 0] * r[1, 1] - r[0, 1] * r[0, 1]
    p0, p1, p01 = r[1, 1] / det, r[0, 0] / det, -r[0, 1] / det
    q0, q1 = 1 / r[0, 0], 1 / r[1, 1]
    total = p0 * grams[0] + p1 * grams[1] + p01 * grams[2] + q0 * grams[3] + q1 * grams[4]
    log_det = 0.0
    size = len(counts)
    lam, s = np.empty((size, 3)), np.empty((size, 2, c))
    for g in range(size):
        both, first, second = counts[g, 0], counts[g, 1], counts[g, 2]
        log_det += both * np.log(det) + first * np.log(r[0, 0]) + second * np.log(r[1, 1])
        lam[g, 0], lam[g, 1], lam[g, 2] = both * p0 + first * q0, both * p01, both * p1 + second * q1
        for j in range(c):
            s[g, 0, j] = p0 * sums[g, 0, j] + p01 * sums[g, 1, j] + q0 * sums[g, 2, j]
            s[g, 1, j] = p01 * sums[g, 0, j] + p1 * sums[g, 1, j] + q1 * sums[g, 3, j]
    start = 0
    for level in range(len(sizes)):
        outer = sizes[level + 1] if level + 1 < len(sizes) else 1
        lam_up, s_up = np.zeros((outer, 3)), np.zeros((outer, 2, c))
        t00, t01, t11 = t[level, 0, 0], t[level, 0, 1], t[level, 1, 1]
        for g in range(sizes[level]):
            l00, l01, l11 = lam[g, 0], lam[g, 1], lam[g, 2]
            a00, a01 = 1 + l00 * t00 + l01 * t01, l00 * t01 + l01 * t11
            a10, a11 = l01 * t00 + l11 * t01, 1 + l01 * t01 + l11 * t11
            d = a00 * a11 - a01 * a10
            log_det += np.log(d)
            m00, m01, m10, m11 = a11 / d, -a01 / d, -a10 / d, a00 / d
            w00, w01, w11 = t00 * m00 + t01 * m10, t00 * m01 + t01 * m11, t01 * m01 + t11 * m11
            up = parents[start + g]
            lam_up[up, 0] += m00 * l00 + m01 * l01
            lam_up[up, 1] += m00 * l01 + m01 * l11
            lam_up[up, 2] += m10 * l01 + m11 * l11
            for i in range(c):
                u, v = s[g, 0, i], s[g, 1, i]
                wu, wv = w00 * u + w01 * v, w01 * u + w11 * v
                for j in range(i + 1):
                    total[i, j] -= wu * s[g, 0, j] + wv * s[g, 1, j]
                s_up[up, 0, i] += m00 * u + m01 * v
                s_up[up, 1, i] += m10 * u + m11 * v
        start += sizes[level]
        lam, s = lam_up, s_up
    for i in range(c):
        for j in range(i):
            total[j, i] = total[i, j]
    return total, log_det


@njit(cache=True, error_model="numpy")
def deviance(point, basis, free, equal, counts, sums, grams, parents, sizes, n, reml):
    """−2 × the (restricted) log-likelihood, coefficients profiled out."""
    t, r = covariances(point, basis, free, equal)
    if not r[0, 0] * r[1, 1] - r[0, 1] * r[0, 1] > 0:
        return np.inf
    total, log_det = cross_products(t, r, counts, sums, grams, parents, sizes)
    c = len(total)
    p = c - 1
    # Cholesky in place: the last diagonal is the residual sum of squares, the others make log|XᵀV⁻¹X|.
    for j in range(c):
        for k in range(j):
            total[j, j] -= total[j, k] ** 2
        if not total[j, j] > 0:
            return np.inf
        if j < p and reml:
            log_det += np.log(total[j, j])
        root = np.sqrt(total[j, j])
        total[j, j] = root
        for i in range(j + 1, c):
            for k in range(j):
                total[i, j] -= total[i, k] * total[j, k]
            total[i, j] /= root
    return log_det + total[p, p] ** 2 + (n - p if reml else n) * np.log(2 * np.pi)


@njit(cache=True, error_model="numpy")
def gradient(point, basis, free, equal, counts, sums, grams, parents, sizes, n, reml):
    """Central differences of the deviance."""
    out = np.empty(len(point))
    for k in range(len(point)):
        moved = point.copy()
        moved[k] = point[k] + STEP
        above = deviance(moved, basis, free, equal, counts, sums, grams, parents, sizes, n, reml)
        moved[k] = point[k] - STEP
        out[k] = (above - deviance(moved, basis, free, equal, counts, sums, grams, parents, sizes, n, reml)) / (2 * STEP)
    return out
