"""Which order the groups of a crossed design are eliminated in, what that costs, and whether it pays.

The order of elimination and the pattern of the Cholesky factor depend on the design alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from . import nested
from .levels import Level

# Below this width of the dense part the dense path takes milliseconds, and small designs need not load numba.
LEAST_WIDTH = 250
# Measured: one multiplication of the sparse path takes as long as some 70 of LAPACK's (2 ns; its inverse and indirect addresses included).
INDIRECT = 100
# Multiplications per evaluation (some 10 seconds) from which a design is left to the dense path's refusal.
MOST_WORK = 5e9


@dataclass
class Pattern:
    """What the design alone decides: order of the groups, links between them, and how much work L takes.

    Parameters
    ----------
    order : ndarray of int, shape (groups,)
        Groups of all levels (numbered level after level) in order of elimination.
    level, width : ndarray of int, shape (groups,)
        Level of each group, and how many effects vary in it, in that order.
    lower, upper : pair of ndarray
        Starts and group numbers of the links: of each group to those after it (itself first), and to those before it.
    parent, count : ndarray of int
        Elimination tree and groups per column of L.
    work : float
        Multiplications of one factorisation.
    """

    order: np.ndarray
    level: np.ndarray
    width: np.ndarray
    lower: tuple[np.ndarray, np.ndarray]
    upper: tuple[np.ndarray, np.ndarray]
    parent: np.ndarray
    count: np.ndarray
    work: float

    @property
    def place(self) -> np.ndarray:
        """Position of each group in `order`."""
        out = np.empty_like(self.order)
        out[self.order] = np.arange(len(self.order))
        return out


def find_pattern(levels: list[Level]) -> Pattern:
    """Order the groups of all levels for little fill-in, and count what L will cost."""
    from . import kernel_ordering as kernel

    level = np.repeat(np.arange(len(levels)), [one.size for one in levels])
    member = sparse.hstack([_members(one) for one in levels], format="csr")
    graph = (member.T @ member).tocsr()
    order, crowd = kernel.minimum_degree(*_links(graph))
    ordered = graph[order][:, order]
    lower, upper = _links(sparse.tril(ordered, format="csc")), _links(sparse.tril(ordered, format="csr"))
    level = level[order]
    width = np.array([one.q for one in levels])[level]
    if crowd**3 / 3 > MOST_WORK:
        # Those left over at the end are all linked to each other: hopeless, and counting would take long.
        none = np.empty(0, dtype=np.int64)
        return Pattern(order, level, width, lower, upper, none, none, np.inf)
    parent, count = kernel.column_counts(*upper)
    # Exact when all groups are equally wide; a good guess otherwise, as most of the work is among like groups.
    work = float((width * (count * width) ** 2.0).sum())
    return Pattern(order, level, width, lower, upper, parent, count, work)


def _links(matrix: sparse.spmatrix) -> tuple[np.ndarray, np.ndarray]:
    """Starts and sorted numbers of a sparse pattern, always of one type so that one compilation serves all sizes."""
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


def _members(level: Level) -> sparse.csr_matrix:
    """Who belongs where, as ones (float: products of integers are slower in SciPy)."""
    codes = level.codes.reshape(len(level.codes), -1)
    here = codes >= 0 if level.shares is None else (codes >= 0) & (level.shares > 0)
    rows = np.nonzero(here)[0]
    return sparse.csr_matrix((np.ones(len(rows)), (rows, codes[here])), shape=(len(codes), level.size))


def worthwhile(levels: list[Level], most_dense: int) -> Pattern | None:
    """The pattern of the design if the sparse path is clearly the cheaper one, else None.

    The dense path costs the factorisation and inverse of its Schur complement (width³), whatever is zero in it. The sparse path costs
    the squared column lengths of L, which the pattern tells, but each multiplication is much slower (`INDIRECT`). Factors that really
    are crossed fill L completely: InstEval's width³ is only 6 times L's count, and it stays dense; Project STAR's is 5,000 times, and
    goes here. Beyond what the dense path can hold, the sparse one only has to be bearable.
    """
    widths = [level.size * level.q for level in levels]
    single = [width for level, width in zip(levels, widths, strict=True) if level.shares is None]
    width = sum(widths) - max(single, default=0)
    if width < LEAST_WIDTH or nested.COMPILED is False:
        return None
    pattern = find_pattern(levels)
    bearable = MOST_WORK if width > most_dense else min(MOST_WORK, float(width) ** 3 / INDIRECT)
    return pattern if pattern.work < bearable else None
