"""Compiled deviance and gradient of one grouping factor with several effects per group (random slopes).

Everything a group contributes is linear in the products of its rows of Zᵀ[X, y]. These products do not depend on θ, so they are formed once, and
an evaluation only runs over contiguous numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel import FAST, _precision, _profile


@njit(cache=True)
def products(b):  # noqa: ANN001, ANN201
    """Per group and pair i ≥ j of effects: b_i b_jᵀ + b_j b_iᵀ (halved on the diagonal), lower triangle, as one row."""
    groups, q, c = b.shape
    out = np.empty((groups, q * (q + 1) // 2, c * (c + 1) // 2))
    for g in range(groups):
        pair = 0
        for i in range(q):
            for j in range(i + 1):
                at = 0
                for u in range(c):
                    for v in range(u + 1):
                        value = b[g, i, u] * b[g, j, v]
                        if i != j:
                            value += b[g, j, u] * b[g, i, v]
                        out[g, pair, at] = value
                        at += 1
                pair += 1
    return out


@njit(cache=True, error_model="numpy")
def evaluate(lam, q, a_flat, product, multiplicity, gram, xy, yy, n, reml, constant):  # noqa: ANN001, ANN201, PLR0913
    """Deviance and 2(Z'V⁻¹Z − R W Rᵀ)Λ of one outcome; Λ flat."""
    p = gram.shape[0]
    c, groups = p + 1, product.shape[0]
    nu = n - p if reml else n
    m = np.empty(groups * q * q)
    packed = np.zeros(c * (c + 1) // 2)
    log_det = _up(lam, q, a_flat, m, product, multiplicity, packed)
    schur, weight = np.empty((c, c)), np.empty((c, c))
    schur[:p, :p] = gram
    for i in range(p):
        schur[i, p] = schur[p, i] = xy[i]
    schur[p, p] = yy
    at = 0
    for u in range(c):
        for v in range(u + 1):
            schur[u, v] -= packed[at]
            if u != v:
                schur[v, u] = schur[u, v]
            at += 1
    rss, log_det_x = _profile(schur, weight, p, nu, reml)
    gradient = np.zeros(q * q)
    if not (rss > 0 and np.isfinite(log_det)):
        return np.inf, gradient
    at = 0
    for u in range(c):
        for v in range(u + 1):
            packed[at] = weight[u, v] if u == v else 2 * weight[u, v]
            at += 1
    total = _down(q, a_flat, m, product, multiplicity, packed)
    for i in range(q):
        for j in range(q):
            for k in range(q):
                gradient[i * q + j] += 2 * total[i, k] * lam[k * q + j]
    return log_det + nu * (1 + np.log(2 * np.pi * rss / nu)) + constant + (log_det_x if reml else 0.0), gradient


@njit(cache=True, fastmath=FAST)
def _up(lam, q, a, m, product, multiplicity, packed):  # noqa: ANN001, ANN202
    """log|V| and Σ_g BᵀMB (lower triangle)."""
    root, half = np.zeros((q, q)), np.zeros((q, q))
    log_det, length = 0.0, len(packed)
    for g in range(product.shape[0]):
        log_det += multiplicity[g] * _precision(lam, a, m, g * q * q, q, root, half)
        pair = 0
        for i in range(q):
            for j in range(i + 1):
                value = m[g * q * q + i * q + j]
                for at in range(length):
                    packed[at] += value * product[g, pair, at]
                pair += 1
    return log_det


@njit(cache=True, fastmath=FAST)
def _down(q, a, m, product, multiplicity, packed):  # noqa: ANN001, ANN202
    """Σ_g (N A − N H Nᵀ) with N = I − A M and H_ij = b_iᵀ W b_j."""
    total, shrink, h, part = np.zeros((q, q)), np.empty((q, q)), np.empty((q, q)), np.empty((q, q))
    length = len(packed)
    for g in range(product.shape[0]):
        base, pair = g * q * q, 0
        for i in range(q):
            for j in range(i + 1):
                value = 0.0
                for at in range(length):
                    value += packed[at] * product[g, pair, at]
                h[i, j] = h[j, i] = value if i == j else 0.5 * value
                pair += 1
        for i in range(q):
            for j in range(q):
                value = 1.0 if i == j else 0.0
                for k in range(q):
                    value -= a[base + i * q + k] * m[base + k * q + j]
                shrink[i, j] = value
        for i in range(q):
            for j in range(q):
                value = multiplicity[g] * a[base + i * q + j]
                for k in range(q):
                    value -= h[i, k] * shrink[j, k]
                part[i, j] = value
        # N A is symmetric: N (mult·A) − N H Nᵀ.
        for i in range(q):
            for j in range(q):
                for k in range(q):
                    total[i, j] += shrink[i, k] * part[k, j]
    return total
