"""Sums over groups of products of two columns, reading the rows once per pair of columns."""

from __future__ import annotations

import numpy as np

from .levels import Level


def columns_of(z: np.ndarray | None) -> list[np.ndarray | None]:
    """The columns of a random design; a column of ones alone is None."""
    return [None] if z is None else [z[:, j] for j in range(z.shape[1])]


class GroupSums:
    """Sums of products of two columns over the groups of a level; a column of ones is None.

    Sums of the innermost level are kept and rolled up for the outer ones, so rows are read once per column.
    """

    def __init__(self, levels: list[Level], position: list[np.ndarray], parents: list[np.ndarray]):
        self.levels, self.parents = levels, parents
        self.position = position
        # Renumbering sums costs O(groups); renumbering the rows would cost O(rows).
        self.codes = levels[0].codes
        self.kept: dict[tuple[int | tuple[int, ...], ...], np.ndarray] = {}

    def __call__(self, number: int, left: np.ndarray | None, right: np.ndarray | None) -> np.ndarray:
        key = tuple(sorted((_address(left), _address(right)), key=str))
        if key not in self.kept:
            product = right if left is None else left if right is None else left * right
            size = self.levels[0].size
            sums = np.bincount(self.codes, weights=product, minlength=size).astype(float)
            placed = np.empty(size)
            placed[self.position[0]] = sums
            self.kept[key] = placed
        sums = self.kept[key]
        for step in range(number):
            sums = np.bincount(self.parents[step], weights=sums, minlength=self.levels[step + 1].size)
        return sums


def _address(column: np.ndarray | None) -> int | tuple[int, ...]:
    """Identity of a column: the same memory is the same column (views of one matrix included)."""
    return 0 if column is None else (column.__array_interface__["data"][0], *column.strides)
