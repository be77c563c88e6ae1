"""Compiled loops of crossed random intercepts: the sparse parts of one evaluation, on lower triangles only.

LAPACK does the dense factorisation; these loops build its matrix from the rows of F = Z₁ᵀZ₂ and read its inverse back.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel import FAST


@njit(cache=True, fastmath=FAST)
def schur_and_scaled(c22, indptr, indices, data, m, factor):
    """A = C₂₂ − Fᵀ diag(m) F and I + ΛAΛ (lower triangles; `indices` ascend within a row)."""
    width = len(factor)
    a = np.empty((width, width))
    for i in range(width):
        for j in range(i + 1):
            a[i, j] = c22[i, j]
    for g in range(len(m)):
        for at in range(indptr[g], indptr[g + 1]):
            value, i = m[g] * data[at], indices[at]
            for other in range(indptr[g], at + 1):
                a[i, indices[other]] -= value * data[other]
    k = np.empty((width, width))
    for i in range(width):
        for j in range(i):
            k[i, j] = factor[i] * a[i, j] * factor[j]
        k[i, i] = 1 + factor[i] * a[i, i] * factor[i]
    return a, k


@njit(cache=True, fastmath=FAST)
def level_sums(a, inverse, factor, level_of, levels):
    """Σ_i (A Λ K⁻¹)_ii of each level of the dense part."""
    total = np.zeros(levels)
    for i in range(len(factor)):
        for j in range(i):
            value = a[i, j] * inverse[i, j]
            total[level_of[i]] += value * factor[j]
            total[level_of[j]] += value * factor[i]
        total[level_of[i]] += a[i, i] * inverse[i, i] * factor[i]
    return total


@njit(cache=True, fastmath=FAST)
def row_quadratics(indptr, indices, data, shrink, inverse, factor):
    """Σ_g shrink_g² f_gᵀ Λ K⁻¹ Λ f_g over the rows f_g of F."""
    total = 0.0
    for g in range(len(shrink)):
        row = 0.0
        for at in range(indptr[g], indptr[g + 1]):
            i = indices[at]
            value, part = factor[i] * data[at], 0.0
            for other in range(indptr[g], at):
                j = indices[other]
                part += inverse[i, j] * factor[j] * data[other]
            row += value * (2 * part + inverse[i, i] * value)
        total += shrink[g] * shrink[g] * row
    return total
