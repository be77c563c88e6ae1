"""Compiled: a fill-reducing order of a crossed design's groups, and the pattern of its Cholesky factor.

Groups are the nodes; a group with q effects is q neighbouring columns. All of this depends on the design alone and is done once.
"""

from __future__ import annotations

import numpy as np
from numba import njit


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
