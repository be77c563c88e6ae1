"""Compiled deviance and gradient of one grouping factor with several effects per group (random slopes).

Everything a group contributes is linear in the products of its rows of Zᵀ[X, y]. These products do not depend on θ, so they are formed once, and
an evaluation only runs over contiguous numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel_small import FAST, precision, solved


@njit(cache=True)
def products(b):
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
def evaluate(lam, q, a_flat, product, multiplicity, gram, xy, yy, n, reml, constant):
    """Deviance and 2(Z'V⁻¹Z − R W Rᵀ)Λ of one outcome; Λ flat."""
    p = gram.shape[0]
    c, groups = p + 1, product.shape[0]
    nu = n - p if reml else n
    m = np.empty(groups * q * q)
    flat = product.reshape(groups * (q * (q + 1) // 2), c * (c + 1) // 2)
    pairs = np.empty(flat.shape[0])
    log_det = _up_two(lam, a_flat, multiplicity, pairs) if q == 2 else _up(lam, q, a_flat, m, multiplicity, pairs)
    packed = np.dot(pairs, flat)
    schur, weight, root = np.empty((c, c)), np.empty((c, c)), np.empty((c, c))
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
    rss, log_det_x = solved(schur, weight, root, p, nu, reml)
    gradient = np.zeros(q * q)
    if not (rss > 0 and np.isfinite(log_det)):
        return np.inf, gradient
    at = 0
    for u in range(c):
        for v in range(u + 1):
            packed[at] = weight[u, v] if u == v else 2 * weight[u, v]
            at += 1
    weighted = np.dot(flat, packed)
    total = _down_two(a_flat, pairs, weighted, multiplicity) if q == 2 else _down(q, a_flat, m, weighted, multiplicity)
    for i in range(q):
        for j in range(q):
            for k in range(q):
                gradient[i * q + j] += 2 * total[i, k] * lam[k * q + j]
    return log_det + nu * (1 + np.log(2 * np.pi * rss / nu)) + constant + (log_det_x if reml else 0.0), gradient


@njit(cache=True, fastmath=FAST)
def _up(lam, q, a, m, multiplicity, pairs):
    """M of every group, also as weights of its products; returns log|V|."""
    root, half = np.zeros((q, q)), np.zeros((q, q))
    log_det, pair = 0.0, 0
    for g in range(len(multiplicity)):
        log_det += multiplicity[g] * precision(lam, a, m, g * q * q, q, root, half)
        for i in range(q):
            for j in range(i + 1):
                pairs[pair] = m[g * q * q + i * q + j]
                pair += 1
    return log_det


@njit(cache=True, fastmath=FAST)
def _down(q, a, m, weighted, multiplicity):
    """Σ_g (N A − N H Nᵀ) with N = I − A M and H_ij = b_iᵀ W b_j (twice that off the diagonal in `weighted`)."""
    total, shrink, h, part = np.zeros((q, q)), np.empty((q, q)), np.empty((q, q)), np.empty((q, q))
    pair = 0
    for g in range(len(multiplicity)):
        base = g * q * q
        for i in range(q):
            for j in range(i + 1):
                h[i, j] = h[j, i] = weighted[pair] if i == j else 0.5 * weighted[pair]
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


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _up_two(lam, a, multiplicity, pairs):
    """`_up` for intercept and slope, in numbers instead of small loops (formulas as in small.py)."""
    s11, s12, s22 = lam[0] * lam[0], lam[0] * lam[2], lam[2] * lam[2] + lam[3] * lam[3]
    det_s = (lam[0] * lam[3]) ** 2
    log_det, product = 0.0, 1.0
    for g in range(len(multiplicity)):
        a11, a12, a22 = a[4 * g], a[4 * g + 1], a[4 * g + 3]
        det = 1 + s11 * a11 + 2 * s12 * a12 + s22 * a22 + det_s * max(a11 * a22 - a12 * a12, 0.0)
        scale = 1 / det
        pairs[3 * g] = (s11 + det_s * a22) * scale
        pairs[3 * g + 1] = (s12 - det_s * a12) * scale
        pairs[3 * g + 2] = (s22 + det_s * a11) * scale
        if multiplicity[g] != 1.0:
            log_det += multiplicity[g] * np.log(det)
        else:
            # One logarithm for many groups; det ≥ 1, so the product only grows.
            product *= det
            if product > 1e200:
                log_det += np.log(product)
                product = 1.0
    return log_det + np.log(product)


@njit(cache=True, fastmath=FAST)
def _down_two(a, pairs, weighted, multiplicity):
    """`_down` for intercept and slope."""
    t11, t12, t22 = 0.0, 0.0, 0.0
    for g in range(len(multiplicity)):
        a11, a12, a22 = a[4 * g], a[4 * g + 1], a[4 * g + 3]
        m11, m12, m22 = pairs[3 * g], pairs[3 * g + 1], pairs[3 * g + 2]
        h11, h12, h22 = weighted[3 * g], 0.5 * weighted[3 * g + 1], weighted[3 * g + 2]
        n11, n12 = 1 - a11 * m11 - a12 * m12, -a11 * m12 - a12 * m22
        n21, n22 = -a12 * m11 - a22 * m12, 1 - a12 * m12 - a22 * m22
        u11, u12 = h11 * n11 + h12 * n12, h11 * n21 + h12 * n22
        u21, u22 = h12 * n11 + h22 * n12, h12 * n21 + h22 * n22
        k = multiplicity[g]
        t11 += n11 * (k * a11 - u11) + n12 * (k * a12 - u21)
        t12 += n11 * (k * a12 - u12) + n12 * (k * a22 - u22)
        t22 += n21 * (k * a12 - u12) + n22 * (k * a22 - u22)
    out = np.empty((2, 2))
    out[0, 0], out[0, 1], out[1, 0], out[1, 1] = t11, t12, t12, t22
    return out
