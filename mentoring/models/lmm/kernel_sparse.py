"""Compiled sparse algebra for crossed designs: the numbers of a Cholesky factor, and its inverse on the factor's pattern.

The pattern comes from `kernel_ordering`. Everything here depends on θ and runs in time proportional to the multiplications the
pattern asks for.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel import FAST


@njit(cache=True)
def cross_products(groups, values, slot_width, indptr, indices, begin, out):
    """Add every row's products to the blocks of ZᵀZ; `groups` (n, slots) may be −1 for nobody."""
    slots = groups.shape[1]
    for row in range(len(groups)):
        for s in range(slots):
            r = groups[row, s]
            for t in range(slots):
                c = groups[row, t]
                if c < 0 or r < c:
                    continue
                low, high = indptr[c], indptr[c + 1] - 1
                while low < high:
                    middle = (low + high) // 2
                    if indices[middle] < r:
                        low = middle + 1
                    else:
                        high = middle
                to = begin[low]
                for a in range(slot_width[s]):
                    for b in range(slot_width[t]):
                        out[to] += values[row, s, a] * values[row, t, b]
                        to += 1


@njit(cache=True, fastmath=FAST)
def assemble(lam, level, width, first, indptr, indices, begin, offsets, values, l_indptr, out):
    """K = ΛᵀZᵀZΛ + I into the storage of L."""
    out[:] = 0.0
    for c in range(len(width)):
        qc, right = width[c], lam[level[c]]
        for at in range(indptr[c], indptr[c + 1]):
            r = indices[at]
            qr, left = width[r], lam[level[r]]
            for b in range(qc):
                to = l_indptr[first[c] + b] + qc - b + offsets[at]
                for a in range(b if r == c else 0, qr):
                    total = 0.0
                    for u in range(a, qr):
                        for v in range(b, qc):
                            total += left[u, a] * values[begin[at] + u * qc + v] * right[v, b]
                    out[to + a] = total
        for b in range(qc):
            out[l_indptr[first[c] + b]] += 1.0


@njit(cache=True, fastmath=FAST)
def factorise(indptr, indices, values):
    """Left-looking Cholesky in place; log|K|, or NaN when rounding has destroyed positive definiteness."""
    size = len(indptr) - 1
    head, after, at = np.full(size, -1), np.full(size, -1), np.zeros(size, np.int64)
    x, log_det = np.zeros(size), 0.0
    for j in range(size):
        start, stop = indptr[j], indptr[j + 1]
        for p in range(start, stop):
            x[indices[p]] = values[p]
        k = head[j]
        while k >= 0:
            following, place, end = after[k], at[k], indptr[k + 1]
            value = values[place]
            for p in range(place, end):
                x[indices[p]] -= value * values[p]
            if place + 1 < end:
                at[k] = place + 1
                after[k] = head[indices[place + 1]]
                head[indices[place + 1]] = k
            k = following
        if not x[j] > 0:
            return np.nan
        root = np.sqrt(x[j])
        log_det += 2 * np.log(root)
        values[start] = root
        for p in range(start + 1, stop):
            values[p] = x[indices[p]] / root
        if start + 1 < stop:
            at[j] = start + 1
            after[j] = head[indices[start + 1]]
            head[indices[start + 1]] = j
    return log_det


@njit(cache=True, fastmath=FAST)
def forward(indptr, indices, values, x):
    """x ← L⁻¹x, shape (effects, columns)."""
    for j in range(len(x)):
        start = indptr[j]
        for c in range(x.shape[1]):
            x[j, c] /= values[start]
        for p in range(start + 1, indptr[j + 1]):
            i = indices[p]
            for c in range(x.shape[1]):
                x[i, c] -= values[p] * x[j, c]


@njit(cache=True, fastmath=FAST)
def backward(indptr, indices, values, x):
    """x ← L⁻ᵀx."""
    for j in range(len(x) - 1, -1, -1):
        start = indptr[j]
        for p in range(start + 1, indptr[j + 1]):
            i = indices[p]
            for c in range(x.shape[1]):
                x[j, c] -= values[p] * x[i, c]
        for c in range(x.shape[1]):
            x[j, c] /= values[start]


@njit(cache=True, fastmath=FAST)
def selected_inverse(indptr, indices, values):
    """K⁻¹ on the pattern of L (Takahashi, Fagan & Chin 1973), from the last column to the first."""
    size = len(indptr) - 1
    inverse = np.empty(len(values))
    sums, slot = np.zeros(size), np.full(size, -1)
    for j in range(size - 1, -1, -1):
        start, stop = indptr[j] + 1, indptr[j + 1]
        pivot = values[start - 1]
        for p in range(start, stop):
            sums[indices[p]] = 0.0
            slot[indices[p]] = p
        for p in range(start, stop):
            _column_share(p, stop, indptr, indices, values, inverse, sums, slot, j)
        total = 1 / pivot
        for p in range(start, stop):
            i = indices[p]
            inverse[p] = -sums[i] / pivot
            total -= values[p] * inverse[p]
            slot[i] = -1
        inverse[start - 1] = total / pivot
    return inverse


@njit(cache=True, fastmath=FAST)
def _column_share(p, stop, indptr, indices, values, inverse, sums, slot, j):
    """Add K⁻¹[·, k] L[k, j] and its mirror image to the sums of column j, k = indices[p]."""
    k = indices[p]
    value, own = values[p], 0.0
    begin, end, many = indptr[k], indptr[k + 1], stop - p
    sums[k] += value * inverse[begin]
    if end - begin == many:
        # Same rows in both columns: they run side by side.
        for d in range(1, many):
            z = inverse[begin + d]
            sums[indices[p + d]] += value * z
            own += values[p + d] * z
    elif end - begin < 6 * many:
        for at in range(begin + 1, end):
            place = slot[indices[at]]
            if place >= 0:
                sums[indices[at]] += value * inverse[at]
                own += values[place] * inverse[at]
    else:
        # A long column that shares few rows: look them up.
        low = begin + 1
        for d in range(p + 1, stop):
            i, high = indices[d], end - 1
            while low < high:
                middle = (low + high) // 2
                if indices[middle] < i:
                    low = middle + 1
                else:
                    high = middle
            sums[i] += value * inverse[low]
            own += values[d] * inverse[low]
    sums[k] += own


@njit(cache=True, fastmath=FAST)
def own_products(lam, level, width, first, indptr, indices, begin, offsets, values, l_indptr, inverse, out):
    """(ZᵀZ Λ K⁻¹)_gg of every group = Z_gᵀV⁻¹Z_g Λ; its rows into `out` (effects, largest width)."""
    for c in range(len(width)):
        qc, right = width[c], lam[level[c]]
        for at in range(indptr[c], indptr[c + 1]):
            r = indices[at]
            qr, left = width[r], lam[level[r]]
            for a in range(qr):
                for b in range(qc):
                    # K⁻¹ between effect a of the row's group and effect b of the column's; a diagonal block is stored by its lower half.
                    lo, hi = (a, b) if r == c and a < b else (b, a)
                    z = inverse[l_indptr[first[c] + lo] + qc - lo + offsets[at] + hi]
                    for u in range(qr):
                        total = 0.0
                        for v in range(b, qc):
                            total += values[begin[at] + u * qc + v] * right[v, b]
                        out[first[r] + u, a] += total * z
                    if r != c:
                        for v in range(qc):
                            total = 0.0
                            for u in range(a, qr):
                                total += values[begin[at] + u * qc + v] * left[u, a]
                            out[first[c] + v, b] += total * z


@njit(cache=True, fastmath=FAST)
def times(width, first, indptr, indices, begin, values, x):
    """ZᵀZ x."""
    out = np.zeros(x.shape)
    for c in range(len(width)):
        for at in range(indptr[c], indptr[c + 1]):
            r = indices[at]
            for a in range(width[r]):
                for b in range(width[c]):
                    value = values[begin[at] + a * width[c] + b]
                    for k in range(x.shape[1]):
                        out[first[r] + a, k] += value * x[first[c] + b, k]
                        if r != c:
                            out[first[c] + b, k] += value * x[first[r] + a, k]
    return out
