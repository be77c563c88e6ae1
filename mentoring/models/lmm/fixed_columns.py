"""The fixed-effects matrix in internal units, a few thousand rows at a time.

A scaled copy of a large matrix costs more than all the sums taken of it: most of that time is memory that is written once and read twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

# Numbers in a block: 256 kB stay in the processor's cache.
BLOCK = 32_768


class FixedColumns:
    """X, centred, scaled and weighted.

    Parameters
    ----------
    raw : ndarray, shape (n, p)
    mean, factor : ndarray, shape (p,)
        A column in internal units is (raw − mean) · factor · root.
    root : ndarray, shape (n,), optional
        Square roots of the weights.
    """

    def __init__(self, raw: np.ndarray, mean: np.ndarray, factor: np.ndarray, root: np.ndarray | None = None):
        self.raw, self.mean, self.factor, self.root = raw, mean, factor, root
        self.shape = raw.shape

    def of(self, rows: slice | np.ndarray) -> np.ndarray:
        """Some rows."""
        part = self.raw[rows] - self.mean
        part *= self.factor
        if self.root is not None:
            part *= self.root[rows, None]
        return part

    @cached_property
    def whole(self) -> np.ndarray:
        """All rows, kept from when they are first asked for."""
        return self.of(slice(None))

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows and their columns, block by block."""
        n, p = self.shape
        step = max(BLOCK // max(p, 1), 1024)
        if n <= step or "whole" in self.__dict__:
            yield slice(None), self.whole
            return
        for first in range(0, n, step):
            rows = slice(first, first + step)
            yield rows, self.of(rows)

    def products(self, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """XᵀX and Xᵀ `right`."""
        p = self.shape[1]
        gram, cross = np.zeros((p, p)), np.zeros((p, *right.shape[1:]))
        for rows, part in self.blocks():
            gram += part.T @ part
            cross += part.T @ right[rows]
        return gram, cross

    def transposed_times(self, right: np.ndarray) -> np.ndarray:
        """Xᵀ `right`."""
        return sum((part.T @ right[rows] for rows, part in self.blocks()), np.zeros((self.shape[1], *right.shape[1:])))
