"""Compiled sparse algebra for crossed designs: ordering, pattern and numbers of a Cholesky factor, and its inverse on that pattern.

Groups are the nodes; a group with q effects is q neighbouring columns. Patterns are found once per design, everything that depends on θ
runs in time proportional to the multiplications the pattern asks for.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .kernel import FAST


@njit(cache=True)
def minimum_degree(indptr, indices):
    """A fill-reducing order of a symmetric graph: always the node with (about) the fewest neighbours next.

    Returns the order and how many nodes were left when all were linked to each other.

    Notes
    -----
    Quotient graph with approximate degrees and element absorption (Amestoy, Davis & Duff 1996), without merging of like nodes:
    eliminated nodes stay as “elements”, the cliques they leave behind, so memory never exceeds that of the graph.
    """
    size = len(indptr) - 1
    work = indices.copy()
    # A node's list holds its elements first, then its remaining neighbours; it never grows, as each element replaces an entry.
    elements, ends = np.zeros(size, np.int64), indptr[1:].copy()
    cliques = [np.empty(0, np.int64) for _ in range(size)]
    degree, gone = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    head, after, before = np.full(size + 1, -1), np.full(size, -1), np.full(size, -1)
    for i in range(size):
        to = indptr[i]
        for at in range(indptr[i], indptr[i + 1]):
            if indices[at] != i:
                work[to] = indices[at]
                to += 1
        ends[i] = to
        degree[i] = to - indptr[i]
        _link(i, degree[i], head, after, before)
    order, outside, stamp = np.empty(size, np.int64), np.full(size, -1), np.full(size, -1)
    least = 0
    for step in range(size):
        while head[least] < 0:
            least += 1
        left = size - step
        if least >= left - 1:
            # Everybody left is (taken to be) everybody's neighbour: any order will do.
            last = step
            for i in range(size):
                if not gone[i]:
                    order[last] = i
                    last += 1
            return order, left
        pivot = head[least]
        _unlink(pivot, degree[pivot], head, after, before)
        order[step], gone[pivot] = pivot, True
        clique = _clique(pivot, work, indptr, elements, ends, cliques, gone, stamp)
        _outside_sizes(clique, work, indptr, elements, cliques, outside)
        for i in clique:
            _unlink(i, degree[i], head, after, before)
            degree[i] = min(left - 2, _shorten(i, pivot, len(clique), work, indptr, elements, ends, cliques, outside, stamp))
            _link(i, degree[i], head, after, before)
            least = min(least, degree[i])
        for i in clique:
            for at in range(indptr[i], indptr[i] + elements[i]):
                outside[work[at]] = -1
        cliques[pivot] = clique
    return order, 0


@njit(cache=True)
def _link(i, degree, head, after, before):
    after[i], before[i] = head[degree], -1
    if head[degree] >= 0:
        before[head[degree]] = i
    head[degree] = i


@njit(cache=True)
def _unlink(i, degree, head, after, before):
    if before[i] >= 0:
        after[before[i]] = after[i]
    else:
        head[degree] = after[i]
    if after[i] >= 0:
        before[after[i]] = before[i]


@njit(cache=True)
def _clique(pivot, work, indptr, elements, ends, cliques, gone, stamp):
    """Everybody who becomes a neighbour of everybody when the pivot goes; the pivot's elements are absorbed."""
    start, middle = indptr[pivot], indptr[pivot] + elements[pivot]
    room = ends[pivot] - middle
    for at in range(start, middle):
        room += len(cliques[work[at]])
    found, count = np.empty(room, np.int64), 0
    stamp[pivot] = pivot
    for at in range(middle, ends[pivot]):
        i = work[at]
        if not gone[i] and stamp[i] != pivot:
            stamp[i] = pivot
            found[count] = i
            count += 1
    for at in range(start, middle):
        for i in cliques[work[at]]:
            if not gone[i] and stamp[i] != pivot:
                stamp[i] = pivot
                found[count] = i
                count += 1
        cliques[work[at]] = np.empty(0, np.int64)
    return found[:count].copy()


@njit(cache=True)
def _outside_sizes(clique, work, indptr, elements, cliques, outside):
    """How many members of every touched element lie outside the new clique."""
    for i in clique:
        for at in range(indptr[i], indptr[i] + elements[i]):
            e = work[at]
            if len(cliques[e]):
                outside[e] = (len(cliques[e]) if outside[e] < 0 else outside[e]) - 1


@njit(cache=True)
def _shorten(i, pivot, new, work, indptr, elements, ends, cliques, outside, stamp):
    """Drop from a node's list what the new element covers; its approximate degree."""
    kept, total = np.empty(ends[i] - indptr[i], np.int64), new - 1
    kept[0], count = pivot, 1
    for at in range(indptr[i], indptr[i] + elements[i]):
        e = work[at]
        if len(cliques[e]) and outside[e] > 0:
            kept[count] = e
            count += 1
            total += outside[e]
    many = count
    for at in range(indptr[i] + elements[i], ends[i]):
        if stamp[work[at]] != pivot:
            kept[count] = work[at]
            count += 1
            total += 1
    # By loop: slice assignment takes seconds to compile.
    for at in range(count):
        work[indptr[i] + at] = kept[at]
    elements[i], ends[i] = many, indptr[i] + count
    return total


@njit(cache=True)
def column_counts(indptr, indices):
    """Elimination tree and number of groups in each column of L, from the lower neighbours of every row (own diagonal included)."""
    size = len(indptr) - 1
    parent, mark, count = np.full(size, -1), np.full(size, -1), np.ones(size, np.int64)
    for row in range(size):
        mark[row] = row
        for at in range(indptr[row], indptr[row + 1]):
            k = indices[at]
            while k < row and mark[k] != row:
                if parent[k] < 0:
                    parent[k] = row
                mark[k] = row
                count[k] += 1
                k = parent[k]
    return parent, count


@njit(cache=True)
def column_patterns(indptr, indices, parent, count):
    """The groups in each column of L, ascending, own group first."""
    size = len(parent)
    starts = np.zeros(size + 1, np.int64)
    for g in range(size):
        starts[g + 1] = starts[g] + count[g]
    fill, mark, rows = starts[:-1].copy(), np.full(size, -1), np.empty(starts[size], np.int64)
    for row in range(size):
        mark[row] = row
        rows[fill[row]] = row
        fill[row] += 1
        for at in range(indptr[row], indptr[row + 1]):
            k = indices[at]
            while k < row and mark[k] != row:
                mark[k] = row
                rows[fill[k]] = row
                fill[k] += 1
                k = parent[k]
    return starts, rows


@njit(cache=True)
def expand(starts, rows, first, width):
    """The same pattern for single effects: `first` effect and `width` of each group."""
    size = len(width)
    effects = first[size]
    indptr = np.zeros(effects + 1, np.int64)
    for g in range(size):
        total = 0
        for at in range(starts[g], starts[g + 1]):
            total += width[rows[at]]
        for b in range(width[g]):
            indptr[first[g] + b + 1] = total - b
    indptr = np.cumsum(indptr)
    indices = np.empty(indptr[effects], np.int32)
    for g in range(size):
        for b in range(width[g]):
            to = indptr[first[g] + b]
            for at in range(starts[g], starts[g + 1]):
                for a in range(b if at == starts[g] else 0, width[rows[at]]):
                    indices[to] = first[rows[at]] + a
                    to += 1
    return indptr, indices


@njit(cache=True)
def block_offsets(indptr, indices, starts, rows, width):
    """Where the group of every block (row ≥ column) of ZᵀZ stands in its column of L, counted from the column's second group."""
    size = len(width)
    offsets = np.empty(len(indices), np.int64)
    place = np.zeros(size, np.int64)
    for g in range(size):
        total = -width[g]
        for at in range(starts[g], starts[g + 1]):
            place[rows[at]] = total
            total += width[rows[at]]
        for at in range(indptr[g], indptr[g + 1]):
            offsets[at] = place[indices[at]]
    return offsets


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
