"""Nested designs: random effects are eliminated level by level, from the innermost group outwards.

After one pass over the rows only group sums remain, so one evaluation costs O(groups), not O(rows). See
``docs/methods/mixed-models.md``, “Elimination”.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .compress import compressed
from .criterion import Profile, Setting, Solution, factors, packed, profile
from .elimination import State, descend, eliminate
from .group_sums import GroupSums
from .levels import Level, is_nested
from .scaled import Scaled

if TYPE_CHECKING:
    from .compiled import Compiled

# True or False forces one path; None chooses by size.
COMPILED: bool | None = None


def chain_of(levels: list[Level]) -> tuple[list[int], list[np.ndarray]] | None:
    """Order of the levels from innermost to outermost and each one's parent groups, or None when some are crossed."""
    if any(level.shares is not None for level in levels):
        return None
    order = sorted(range(len(levels)), key=lambda number: -levels[number].size)
    parents = []
    for inner, outer in pairwise(order):
        parent = is_nested(levels[inner].codes, levels[outer].codes, levels[inner].size)
        if parent is None:
            return None
        parents.append(parent)
    return order, parents


class NestedProblem:
    """Group sums of a nested design and the profiled deviance on them.

    Parameters
    ----------
    scaled : Scaled
    levels : list of Level
        In the formula's order.
    given : Setting
    chain : tuple
        What `chain_of` returned.
    outcomes : ndarray, shape (n, R), optional
        Internal outcomes; default: the design's own.
    compress : bool
        Merge groups that cannot be told apart (single level, single outcome).
    """

    def __init__(
        self,
        scaled: Scaled,
        levels: list[Level],
        given: Setting,
        chain: tuple[list[int], list[np.ndarray]],
        outcomes: np.ndarray | None = None,
        compress: bool = True,
    ):
        self.levels, self.given = levels, given
        self.order, parents = chain
        self.inner_first = [levels[number] for number in self.order]
        self._scaled = scaled
        y = scaled.y[:, None] if outcomes is None else outcomes
        self.replicates = y.shape[1]
        self._number_groups(parents)
        self._sum_groups(scaled, y)
        self.multiplicity: np.ndarray | None = None
        self.loose: np.ndarray | None = None
        self._raw = (self.A, self.B, None, self.parents, self.starts)
        # Decided on the groups as they are: merging shrinks the work, but the compiled form stays the quicker one.
        self.compiled = worth_compiling(sum(b.size for b in self.B))
        if compress:
            self._compress()
        self._made: Compiled | None = None

    def _number_groups(self, parents: list[np.ndarray]) -> None:
        """Renumber groups so that the members of a group stand side by side (segment sums then need no index)."""
        depth = len(self.inner_first)
        self.position: list[np.ndarray] = [np.arange(level.size) for level in self.inner_first]
        self.parents: list[np.ndarray] = []
        for number in range(depth - 2, -1, -1):
            above = self.position[number + 1][parents[number]]
            order = np.argsort(above, kind="stable")
            place = np.empty_like(order)
            place[order] = np.arange(len(order))
            self.position[number] = place
            self.parents.insert(0, above[order])
        self.starts = [np.flatnonzero(np.diff(parent, prepend=-1)) for parent in self.parents]

    def _sum_groups(self, scaled: Scaled, y: np.ndarray) -> None:
        """A = ZᵀZ and B = Zᵀ[Z_outer, X, y] of every group; C = [X y]ᵀ[X y]."""
        level = self.inner_first[0]
        numbers = level.size * (scaled.columns.shape[1] + 1)
        plain = GroupSums(
            [scaled.z[number] for number in self.order],
            scaled.columns,
            y[:, 0],
            level.codes,
            level.size,
            self.position[0],
            self.starts,
            worth_compiling(numbers),
        )
        self.A, self.B = [], []
        for number in range(len(self.order)):
            a, b = plain.of(number)
            self.A.append(a[None])
            self.B.append(b[None] if self.replicates == 1 else np.repeat(b[None], self.replicates, axis=0))
            if self.replicates > 1:
                self.B[number][..., -1] = self._outcome_sums(number, y)
        xy = scaled.columns.transposed_times(y)
        p = len(xy)
        self.C = np.empty((self.replicates, p + 1, p + 1))
        self.C[:, :p, :p] = scaled.gram
        self.C[:, :p, p] = self.C[:, p, :p] = xy.T
        self.C[:, p, p] = np.einsum("nr,nr->r", y, y)

    def _outcome_sums(self, number: int, y: np.ndarray) -> np.ndarray:
        """Zᵀy of every group and outcome, shape (R, G, q)."""
        place, z = self.position[number][self.inner_first[number].codes], self._scaled.z[self.order[number]]
        member = sparse.csr_matrix((np.ones(len(place)), (place, np.arange(len(place)))), shape=(self.inner_first[number].size, len(place)))
        left = [None] if z is None else list(z.T)
        return np.stack([(member @ (y if column is None else column[:, None] * y)).T for column in left], -1)

    def _compress(self) -> None:
        """Merge innermost groups that the likelihood cannot tell apart."""
        links = sum(level.q for level in self.inner_first[1:])
        merged = compressed(self.A[0][0], self.B[0], links, self.parents[0] if self.parents else None, self.compiled)
        if merged is None:
            return
        a, b, self.multiplicity, parent, self.loose = merged
        self.A, self.B = [a[None], *self.A[1:]], [b, *self.B[1:]]
        if self.parents:
            self.parents = [parent, *self.parents[1:]]
            self.starts = [np.flatnonzero(np.diff(parent, prepend=-1)), *self.starts[1:]]

    def evaluate(self, theta: np.ndarray, which: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k) at one θ per outcome; `which` picks outcomes."""
        if self.compiled:
            return self._kernels().evaluate(theta, np.arange(self.replicates)[which])
        lam = [factors(theta, self.levels)[number] for number in self.order]
        state = self._eliminate(lam, which)
        result = profile(state.schur, state.log_det, self.given)
        within, quadratic = descend(state, self.parents)
        weight = result.weight_matrix(self.given)
        gradient: list[np.ndarray] = [np.zeros(0)] * len(self.levels)
        for number, place in enumerate(self.order):
            count = None if number else self.multiplicity
            total = quadratic[number].sum(axis=1) if count is None else np.einsum("g,rgij->rij", count, quadratic[number])
            r = within[number]
            weighted = np.matmul(r.reshape(len(r), -1, r.shape[-1]), weight).reshape(r.shape)
            q = r.shape[2]
            left, right = (np.swapaxes(x, 1, 2).reshape(len(r), q, -1) for x in (weighted, r))
            gradient[place] = 2 * (total - left @ np.swapaxes(right, 1, 2)) @ lam[number]
        return result.deviance, packed(gradient, self.levels)

    def part(self) -> tuple[float, NestedProblem] | None:
        """A tenth of the outermost groups (their share of the sums), as a problem of its own; None when they are too few.

        [X y]ᵀ[X y] of the part comes from its rows; the merged contrasts only get their share, which is near enough for a start.
        """
        kept = len(self.A[-1][0]) // 10
        if kept < 20 or (self.loose is not None and not self.parents):
            return None
        out = copy(self)
        out._made = None
        out.replicates = 1
        counts = [kept]
        for parent in reversed(self.parents):
            counts.insert(0, int(np.searchsorted(parent, counts[0])))
        out.A = [a[:, :count] for a, count in zip(self.A, counts, strict=True)]
        out.B = [b[:, :count] for b, count in zip(self.B, counts, strict=True)]
        out.parents = [parent[:count] for parent, count in zip(self.parents, counts, strict=False)]
        out.starts = [np.flatnonzero(np.diff(parent, prepend=-1)) for parent in out.parents]
        share = kept / len(self.A[-1][0])
        if self.loose is not None and self.multiplicity is not None:
            # Contrasts merged over all groups stand for the whole; the part gets its share of them.
            loose = self.loose[: counts[0]]
            out.multiplicity = np.where(loose, share, 1.0) * self.multiplicity[: counts[0]]
            out.B[0] = out.B[0] * np.where(loose, np.sqrt(share), 1.0)[:, None, None]
        rows = self.position[-1][self.inner_first[-1].codes] < kept
        columns = np.column_stack([self._scaled.columns.of(rows), self._scaled.y[rows]])
        out.C = (columns.T @ columns)[None]
        out.given = replace(self.given, n=len(columns))
        return share, out

    def _kernels(self) -> Compiled:
        from .compiled import Compiled

        if self._made is None:
            self._made = Compiled(self.levels, self.order, self.A, self.B, self.C, self.parents, self.multiplicity, self.given)
        return self._made

    def profiles(self, theta: np.ndarray) -> Profile:
        """β, Φ and RSS of every outcome."""
        quick = self._kernels().profiles(theta) if self.compiled else None
        if quick is not None:
            return quick
        in_order = factors(theta, self.levels)
        state = self._eliminate([in_order[number] for number in self.order], slice(None))
        return profile(state.schur, state.log_det, self.given)

    def solve(self, theta: np.ndarray, outcome: int = 0) -> Solution:
        """Everything at the optimum of one outcome, uncompressed and in label order."""
        in_order = factors(theta[None], self.levels)
        lam = [in_order[number] for number in self.order]
        state = self._eliminate(lam, slice(outcome, outcome + 1))
        groups = _Groups(self, lam, outcome)
        return Solution(
            profile(state.schur, state.log_det, self.given), [factor[0] for factor in in_order], groups.within, groups.quadratic
        )

    def groups(self, lam: list[np.ndarray], outcome: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Z_gᵀV⁻¹[X, y] and Z_gᵀV⁻¹Z_g of every group as it is (not merged), in the order of levels and labels."""
        kept = (self.A, self.B, self.multiplicity, self.parents, self.starts)
        self.A, self.B, self.multiplicity, self.parents, self.starts = self._raw
        within, quadratic = descend(self._eliminate(lam, slice(outcome, outcome + 1)), self.parents)
        self.A, self.B, self.multiplicity, self.parents, self.starts = kept
        place = [self.order.index(number) for number in range(len(self.order))]
        return [within[i][0][self.position[i]] for i in place], [quadratic[i][0][self.position[i]] for i in place]

    def _eliminate(self, lam: list[np.ndarray], which: np.ndarray | slice) -> State:
        # A single outcome's sums serve every θ as they are.
        B, C = (self.B, self.C) if self.replicates == 1 else ([b[which] for b in self.B], self.C[which])
        return eliminate(self.A, B, C, lam, self.starts, self.multiplicity)


class _Groups:
    """Results by group, worked out once and only when asked for: on large data they cost as much as the fit."""

    def __init__(self, problem: NestedProblem, lam: list[np.ndarray], outcome: int):
        self.problem, self.lam, self.outcome = problem, lam, outcome

    @cached_property
    def both(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        return self.problem.groups(self.lam, self.outcome)

    def within(self) -> list[np.ndarray]:
        return self.both[0]

    def quadratic(self) -> list[np.ndarray]:
        return self.both[1]


def worth_compiling(numbers: int) -> bool:
    """Whether the compiled kernel repays loading numba, by how many numbers one evaluation reads.

    Only the size decides, never what happens to be loaded: the same data must take the same path everywhere.
    """
    return numbers > 8_000 if COMPILED is None else COMPILED


def no_random_effects(scaled: Scaled, given: Setting) -> Profile:
    """Ordinary least squares as the special case without any level."""
    y = scaled.y
    p = given.p
    schur = np.empty((1, p + 1, p + 1))
    schur[0, :p, :p] = scaled.gram
    schur[0, :p, p] = schur[0, p, :p] = scaled.X.T @ y
    schur[0, p, p] = y @ y
    return profile(schur, np.zeros(1), given)
