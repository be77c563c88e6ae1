"""Small matrices inside the compiled kernels: one group's precision, and the last step from [X y]ᵀV⁻¹[X y] to RSS and the gradient's weights."""

from __future__ import annotations

import numpy as np
from numba import njit

TINY = 1e-300
# Sums may be reordered and multiply-adds fused; infinities and NaN keep their meaning.
FAST = {"reassoc", "contract", "nsz", "arcp"}


@njit(cache=True)
def precision(lam, a, m, at, q, root, half):
    """M = Λ(ΛᵀAΛ + I)⁻¹Λᵀ of the group whose A and M start at `at`; returns log|ΛᵀAΛ + I|."""
    if q == 1:
        k = 1 + lam[0] * lam[0] * a[at]
        m[at] = lam[0] * lam[0] / k
        return np.log(k)
    if q == 2:
        s11, s12, s22 = lam[0] * lam[0], lam[0] * lam[2], lam[2] * lam[2] + lam[3] * lam[3]
        det_s = (lam[0] * lam[3]) ** 2
        a11, a12, a22 = a[at], a[at + 1], a[at + 3]
        det = 1 + s11 * a11 + 2 * s12 * a12 + s22 * a22 + det_s * max(a11 * a22 - a12 * a12, 0.0)
        m[at], m[at + 3] = (s11 + det_s * a22) / det, (s22 + det_s * a11) / det
        m[at + 1] = m[at + 2] = (s12 - det_s * a12) / det
        return np.log(det)
    return _by_cholesky(lam, a, m, at, q, root, half)


@njit(cache=True)
def _by_cholesky(lam, a, m, at, q, root, half):
    for i in range(q):
        for j in range(i + 1):
            total = 1.0 if i == j else 0.0
            for u in range(q):
                for v in range(q):
                    total += lam[u * q + i] * a[at + u * q + v] * lam[v * q + j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = np.sqrt(max(total, TINY)) if i == j else total / root[j, j]
    log_det = 0.0
    for i in range(q):
        log_det += 2 * np.log(root[i, i])
    for column in range(q):
        for i in range(q):
            total = lam[column * q + i]
            for k in range(i):
                total -= root[i, k] * half[k, column]
            half[i, column] = total / root[i, i]
    for i in range(q):
        for j in range(q):
            total = 0.0
            for k in range(q):
                total += half[k, i] * half[k, j]
            m[at + i * q + j] = total
    return log_det


@njit(cache=True, error_model="numpy")
def solved(schur, weight, root, p, nu, reml):
    """RSS and log|XᵀV⁻¹X| by Cholesky S = LLᵀ of the (p+1)-square matrix; fills the gradient's weights; `root` is scratch.

    The last row of L⁻¹ is (−β, 1)/√RSS and the rows before it give Φ, so the weights are sums of products of its rows.
    """
    log_det = 0.0
    for i in range(p + 1):
        for j in range(i + 1):
            total = schur[i, j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            if i == j:
                if not total > 0:
                    return -1.0, 0.0
                root[i, i] = np.sqrt(total)
                log_det += np.log(total) if i < p else 0.0
            else:
                root[i, j] = total / root[j, j]
    rss = root[p, p] * root[p, p]
    # L⁻¹ takes L's place, from the last column to the first.
    for j in range(p, -1, -1):
        root[j, j] = 1 / root[j, j]
        for i in range(p, j, -1):
            total = 0.0
            for k in range(j + 1, i + 1):
                total -= root[i, k] * root[k, j]
            root[i, j] = total * root[j, j]
    for i in range(p + 1):
        for j in range(i + 1):
            total = nu * root[p, i] * root[p, j]
            if reml:
                for k in range(i, p):
                    total += root[k, i] * root[k, j]
            weight[i, j] = weight[j, i] = total
    return rss, log_det
