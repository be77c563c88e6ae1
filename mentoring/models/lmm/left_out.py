"""Nested sums with one group's rows taken out, for many groups side by side.

A group that loses all its rows keeps its place with sums of zero: log|I| = 0 and nothing to subtract, so it has no part in the
likelihood any more.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
from scipy import sparse

from .criterion import Profile, Setting, profile
from .levels import Level
from .nested import NestedProblem
from .scaled import Scaled

# Doubles held per chunk of left-out groups.
CHUNK = 1_500_000


def cross_products(scaled: Scaled, codes: np.ndarray, count: int) -> np.ndarray:
    """[X y]ᵀ[X y] of each group's rows, shape (count, p + 1, p + 1)."""
    xy = np.column_stack([scaled.X, scaled.y])
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(1, count))
    return np.stack([part.T @ part for part in np.split(xy[order], ends)])


def groups_left(level: Level, codes: np.ndarray, count: int) -> np.ndarray:
    """How many groups of a level still have rows when each of `count` groups is left out, shape (count,)."""
    members = level.codes.reshape(len(codes), -1)
    here = members >= 0 if level.shares is None else (members >= 0) & (level.shares > 0)
    group, left_out = members[here], np.broadcast_to(codes[:, None], members.shape)[here]
    lowest, highest = np.full(level.size, count), np.full(level.size, -1)
    np.minimum.at(lowest, group, left_out)
    np.maximum.at(highest, group, left_out)
    return level.size - np.bincount(lowest[lowest == highest], minlength=count)


class LeftOut:
    """A nested (or plain) model's profiled deviance without each of some groups, as if they were outcomes.

    Parameters
    ----------
    scaled, levels, given
        Of the full fit.
    chain : tuple or None
        What `chain_of` returned; None without random terms.
    codes : ndarray of int, shape (n,)
        Which group each row belongs to, −1 for rows that are never left out; it need not be a grouping factor of the model.
    C : ndarray, shape (groups, p + 1, p + 1)
        [X y]ᵀ[X y] without each group.
    """

    def __init__(self, scaled: Scaled, levels: list[Level], given: Setting, chain: tuple | None, codes: np.ndarray, C: np.ndarray):
        self.given, self.C = given, C
        self.rows = np.bincount(codes[codes >= 0], minlength=len(C))
        self.base = NestedProblem(scaled, levels, given, chain, compress=False) if chain is not None and levels else None
        if self.base is not None:
            self.base.compiled = False
            self.parts = [self._part(scaled, number, codes) for number in range(len(levels))]

    def _part(self, scaled: Scaled, number: int, codes: np.ndarray) -> tuple[np.ndarray, ...]:
        """For each pair of a left-out group and a group of one level that share rows: both numbers, what A and B lose, whether all."""
        base = self.base
        assert base is not None
        place = base.position[number][base.inner_first[number].codes]
        size, n, leaving = base.inner_first[number].size, len(codes), np.flatnonzero(codes >= 0)
        pairs, pair = np.unique(codes[leaving].astype(np.int64) * size + place[leaving], return_inverse=True)
        member = sparse.csr_matrix((np.ones(len(leaving)), (pair, leaving)), shape=(len(pairs), n))
        z = [np.ones((n, 1)) if columns is None else columns for columns in (scaled.z[at] for at in base.order[number:])]
        own, other = z[0], np.column_stack([*z, scaled.X, scaled.y])
        q = own.shape[1]
        lost = (member @ (own[:, :, None] * other[:, None, :]).reshape(n, -1)).reshape(len(pairs), q, other.shape[1])
        out, group = pairs // size, pairs % size
        whole = np.bincount(pair) == np.bincount(place, minlength=size)[group]
        return out, group, lost[..., :q], lost[..., q:], whole

    def chunks(self) -> list[slice]:
        """The left-out groups in portions that fit the memory."""
        each = 1 if self.base is None else sum(a[0].size + b[0].size for a, b in zip(self.base.A, self.base.B, strict=True))
        size = max(1, CHUNK // each)
        return [slice(start, start + size) for start in range(0, len(self.rows), size)]

    def chunk(self, chosen: slice) -> _Chunk:
        """The sums without each of the chosen groups."""
        part = copy(self)
        part.C, part.rows = self.C[chosen], self.rows[chosen]
        return _Chunk(part, chosen.start)


class _Chunk:
    """Some left-out groups, evaluated together; as `Problem`, with a left-out group in the place of an outcome."""

    def __init__(self, parent: LeftOut, start: int):
        self.parent, self.C, self.rows = parent, parent.C, parent.rows
        self.count = len(self.rows)
        self.A: list[np.ndarray] = []
        self.B: list[np.ndarray] = []
        if parent.base is None:
            return
        for a, b, (out, group, lost_a, lost_b, whole) in zip(parent.base.A, parent.base.B, parent.parts, strict=True):
            own = slice(*np.searchsorted(out, [start, start + self.count]))
            at = (out[own] - start, group[own])
            keep = ~whole[own][:, None, None]
            for full, lost, kept in ((a, lost_a, self.A), (b, lost_b, self.B)):
                sums = np.repeat(full, self.count, axis=0)
                # Exactly nothing is left of a group that is gone, whatever the rounding.
                sums[at] = np.where(keep, sums[at] - lost[own], 0.0)
                kept.append(sums)

    def _problem(self, which: np.ndarray | slice) -> NestedProblem:
        base = self.parent.base
        assert base is not None
        part = copy(base)
        part.A, part.B, part.C = [a[which] for a in self.A], [b[which] for b in self.B], self.C[which]
        part.given = self._given(which)
        return part

    def _given(self, which: np.ndarray | slice = slice(None)) -> Setting:
        """The setting with one number of rows per left-out group; the criterion's formulas hold element by element."""
        return replace(self.parent.given, n=self.parent.given.n - self.rows[which])  # type: ignore[arg-type]

    def evaluate(self, theta: np.ndarray, which: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k)."""
        return self._problem(which).evaluate(theta)

    def profiles(self, theta: np.ndarray) -> Profile:
        """β, Φ and RSS without each group."""
        if self.parent.base is None:
            return profile(self.C.copy(), np.zeros(self.count), self._given())
        return self._problem(slice(None)).profiles(theta)
