"""Sums over groups of Zᵀ[Z, X, y], reading the rows once; the sums of outer groups are sums of inner groups."""

from __future__ import annotations

import numpy as np

from .fixed_columns import FixedColumns

# Numbers per group beyond which the sums of one group no longer lie close together in memory.
WIDEST = 64


class GroupSums:
    """Zᵀ[Z, X, y] of every group of a chain of nested levels.

    Parameters
    ----------
    z : list of ndarray (n, q) or None
        Effects of each level, innermost first; None stands for a column of ones.
    X : FixedColumns, shape (n, p)
    y : ndarray, shape (n,)
    codes, size
        Innermost group of each row, and how many there are.
    position : ndarray, shape (size,)
        Place of each innermost group in the results: members of one outer group stand side by side.
    starts : list of ndarray
        Where the members of each outer group begin, level by level.
    compiled : bool
        One compiled pass over the rows instead of one `bincount` per pair of columns; both add in the same order.
    """

    def __init__(
        self,
        z: list[np.ndarray | None],
        X: FixedColumns,
        y: np.ndarray,
        codes: np.ndarray,
        size: int,
        position: np.ndarray,
        starts: list[np.ndarray],
        compiled: bool,
    ):
        self.p = X.shape[1]
        self.effects = [_columns(effects) for effects in z]
        # The same column on two levels (the intercept, nearly always) is summed once.
        distinct: dict[object, np.ndarray | None] = {}
        for column in (column for effects in self.effects for column in effects):
            distinct.setdefault(_address(column), column)
        self.number = {address: at for at, address in enumerate(distinct)}
        left = list(distinct.values())
        width = len(left) * (len(left) + 1) // 2 + len(left) * (self.p + 1)
        if compiled and width <= WIDEST:
            from . import kernel_sums

            sums = kernel_sums.group_products(codes, size, _side_by_side(left, len(codes)), left == [None], *_compiled_form(X), y)
            if starts:
                sums, unordered = np.empty_like(sums), sums
                sums[position] = unordered
        else:
            pairs = [(column, other) for at, column in enumerate(left) for other in left[: at + 1]]
            pairs += [(column, right) for column in left for right in [*X.whole.T, y]]
            sums = np.empty((size, width))
            for at, (column, right) in enumerate(pairs):
                sums[position, at] = _sum(codes, size, column, right)
        self.levels = [sums]
        for start in starts:
            self.levels.append(np.add.reduceat(self.levels[-1], start, axis=0))

    def of(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """ZᵀZ, shape (G, q, q), and Zᵀ[Z_outer, X, y], shape (G, q, Σq_outer + p + 1), of each group of one level."""
        sums, count, wide = self.levels[number], len(self.number), self.p + 1
        own, *outer = [[self.number[_address(column)] for column in effects] for effects in self.effects[number:]]
        links = [at for effects in outer for at in effects]
        a, b = np.empty((len(sums), len(own), len(own))), np.empty((len(sums), len(own), len(links) + wide))
        for i, left in enumerate(own):
            for to, right in [
                *((a[:, i, j], right) for j, right in enumerate(own)),
                *((b[:, i, j], right) for j, right in enumerate(links)),
            ]:
                high, low = max(left, right), min(left, right)
                to[:] = sums[:, high * (high + 1) // 2 + low]
            start = count * (count + 1) // 2 + left * wide
            b[:, i, len(links) :] = sums[:, start : start + wide]
        return a, b


def _compiled_form(X: FixedColumns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix, and what the kernel does to its columns while it reads them."""
    if X.root is None:
        return X.raw, X.mean, X.factor
    return X.whole, np.zeros(X.shape[1]), np.ones(X.shape[1])


def _columns(z: np.ndarray | None) -> list[np.ndarray | None]:
    return [None] if z is None else [z[:, j] for j in range(z.shape[1])]


def _side_by_side(columns: list[np.ndarray | None], n: int) -> np.ndarray:
    """The columns as one matrix in rows' order; a lone column of ones is not written out."""
    if columns == [None]:
        return np.ones((1, 1))
    base = None if columns[0] is None else columns[0].base
    if base is not None and base.flags.c_contiguous and base.shape == (n, len(columns)):
        return base
    return np.column_stack([np.broadcast_to(1.0 if column is None else column, n) for column in columns])


def _address(column: np.ndarray | None) -> object:
    """Identity of a column: the same memory is the same column (views of one matrix included)."""
    return None if column is None else (column.__array_interface__["data"][0], *column.strides)


def _sum(codes: np.ndarray, size: int, left: np.ndarray | None, right: np.ndarray | None) -> np.ndarray:
    product = right if left is None else left if right is None else left * right
    return np.bincount(codes, weights=product, minlength=size).astype(float)
