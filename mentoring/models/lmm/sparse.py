"""Crossed designs whose factors are mostly nested: one sparse Cholesky of all random effects per evaluation.

With K = ΛᵀZᵀZΛ + I = LLᵀ (Bates, Mächler, Bolker & Walker 2015) everything follows from L and from K⁻¹ on L's pattern:

    U = K⁻¹ΛᵀZᵀ[X y],        [X y]ᵀV⁻¹[X y] = [X y]ᵀ[X y] − [X y]ᵀZΛU,
    ΛᵀZᵀV⁻¹[X y] = U,        ZᵀV⁻¹Z Λ = ZᵀZ Λ K⁻¹.

The last identity gives the gradient's traces from those blocks of K⁻¹ that stand where ZᵀZ has blocks, all of them on L's pattern.
The order of elimination and the pattern of L depend on the design alone. See ``docs/methods/mixed-models.md``, “Elimination”.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from scipy import sparse

from .criterion import Profile, Setting, Solution, factors, packed, profile
from .levels import Level, membership_matrix
from .scaled import Scaled
from .sparse_pattern import Pattern, find_pattern

# ZᵀV⁻¹Z of single groups needs Λ⁻¹. A diagonal entry of Λ below the first number is moved to either side of zero by the second; the
# mean of both sides is wrong by the square of that only.
_ZERO, _OFF_ZERO = 1e-7, 1e-5


class SparseProblem:
    """Cross-products of a crossed design and its profiled deviance by sparse Cholesky; same interface as `CrossedProblem`.

    Parameters
    ----------
    scaled : Scaled
    levels : list of Level
    given : Setting
    outcomes : ndarray, shape (n, R), optional
    pattern : Pattern, optional
        What `worthwhile` found.
    """

    def __init__(
        self, scaled: Scaled, levels: list[Level], given: Setting, outcomes: np.ndarray | None = None, pattern: Pattern | None = None
    ):
        self.levels, self.given = levels, given
        self.pattern = pattern or find_pattern(levels)
        y = scaled.y[:, None] if outcomes is None else outcomes
        self.replicates = y.shape[1]
        self._symbolic()
        self._rows_as_given(scaled, y)
        self.sums = self._sums(np.arange(len(y)))

    def without(self, rows: np.ndarray) -> SparseProblem:
        """The same problem with some rows taken out of its sums; a group that loses all its rows has no part in the likelihood any more."""
        out = copy(self)
        out.sums = self.sums.less(self._sums(rows))
        out.given = replace(self.given, n=self.given.n - len(rows))
        return out

    def _symbolic(self) -> None:
        """Pattern of L for single effects, and where the blocks of ZᵀZ stand in it."""
        from . import kernel_ordering as kernel

        pattern = self.pattern
        width, lower = pattern.width, pattern.lower
        self.first = np.concatenate([[0], np.cumsum(width)])
        starts, rows = kernel.column_patterns(*pattern.upper, pattern.parent, pattern.count)
        self.indptr, self.indices = kernel.expand(starts, rows, self.first, width)
        self.offsets = kernel.block_offsets(*lower, starts, rows, width)
        sizes = width[lower[1]] * np.repeat(width, np.diff(lower[0]))
        self.begin = np.concatenate([[0], np.cumsum(sizes)])
        # Number of each effect, level after level, in the order of elimination.
        wide = np.concatenate([np.full(level.size, level.q) for level in self.levels])
        from_start = np.concatenate([[0], np.cumsum(wide)])[pattern.order]
        self.effects = np.repeat(from_start - self.first[:-1], width) + np.arange(self.first[-1])

    def _rows_as_given(self, scaled: Scaled, y: np.ndarray) -> None:
        """Every row's [X, y], groups and effects, from which the sums are made."""
        designs = [membership_matrix(level, scaled.z[number]) for number, level in enumerate(self.levels)]
        self.xy, self.z = np.hstack([scaled.X, y]), sparse.hstack(designs, format="csr")[:, self.effects]
        place, widest = self.pattern.place, max(level.q for level in self.levels)
        groups, values, slot_width, start = [], [], [], 0
        for level, z in zip(self.levels, scaled.z, strict=True):
            codes = level.codes.reshape(len(level.codes), -1)
            for member in range(codes.shape[1]):
                share = np.ones(len(codes)) if level.shares is None else level.shares[:, member]
                known = (codes[:, member] >= 0) & (share > 0)
                groups.append(np.where(known, place[start + np.maximum(codes[:, member], 0)], -1))
                effects = np.zeros((len(codes), widest))
                effects[:, : level.q] = share[:, None] * (1.0 if z is None else z)
                values.append(effects)
                slot_width.append(level.q)
            start += level.size
        self.groups, self.values, self.slot_width = np.stack(groups, 1), np.stack(values, 1), np.array(slot_width)

    def _sums(self, rows: np.ndarray) -> _Sums:
        """What the likelihood needs of some rows."""
        from . import kernel_sparse as kernel

        xy, p = self.xy[rows], self.given.p
        blocks = np.zeros(self.begin[-1])
        kernel.cross_products(self.groups[rows], self.values[rows], self.slot_width, *self.pattern.lower, self.begin, blocks)
        x, y = xy[:, :p], xy[:, p:]
        return _Sums(x.T @ x, np.einsum("ni,nr->ri", x, y), np.einsum("nr,nr->r", y, y), self.z[rows].T @ xy, blocks)

    @cached_property
    def _layout(self) -> tuple[np.ndarray, ...]:
        """The arguments that say where the blocks of ZᵀZ stand."""
        pattern = self.pattern
        return (pattern.level, pattern.width, self.first, *pattern.lower, self.begin)

    @property
    def size(self) -> int:
        """Numbers in L."""
        return len(self.indices)

    def evaluate(self, theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k); outcomes are taken one after the other."""
        which = np.arange(self.replicates)[which]
        deviance, gradient = np.full(len(theta), np.inf), np.zeros(theta.shape)
        for number, (row, outcome) in enumerate(zip(theta, which, strict=True)):
            state = self._factorise(row, int(outcome))
            if state is None:
                continue
            deviance[number] = state.profile.deviance[0]
            gradient[number] = self._gradient(state)
        return deviance, gradient

    def _factorise(self, theta: np.ndarray, outcome: int) -> _State | None:
        """L, and what remains of [X y]ᵀ[X y]."""
        from . import kernel_sparse as kernel

        p, sums, lam = self.given.p, self.sums, [factor[0] for factor in factors(theta[None], self.levels)]
        stacked = np.zeros((len(lam), max(map(len, lam)), max(map(len, lam))))
        for number, factor in enumerate(lam):
            stacked[number, : len(factor), : len(factor)] = factor
        root = np.empty(len(self.indices))
        kernel.assemble(stacked, *self._layout, self.offsets, sums.blocks, self.indptr, root)  # type: ignore[call-arg]
        log_det = kernel.factorise(self.indptr, self.indices, root)
        if not np.isfinite(log_det):
            return None
        b = sums.B if self.replicates == 1 else sums.B[:, [*range(p), p + outcome]]
        u = self._scaled(b, lam, transposed=True)
        kernel.forward(self.indptr, self.indices, root, u)
        schur = np.empty((p + 1, p + 1))
        schur[:p, :p], schur[:p, p], schur[p, :p], schur[p, p] = sums.gram, sums.XY[outcome], sums.XY[outcome], sums.YY[outcome]
        schur -= u.T @ u
        kernel.backward(self.indptr, self.indices, root, u)
        moved = self._scaled(u, lam)
        r = b - kernel.times(*self._layout[1:], sums.blocks, moved)  # type: ignore[call-arg]
        return _State(profile(schur[None], np.array([log_det]), self.given), lam, stacked, root, u, r)

    def _scaled(self, x: np.ndarray, lam: list[np.ndarray], transposed: bool = False) -> np.ndarray:
        """Λx or Λᵀx."""
        out = np.empty_like(x)
        for factor, rows in zip(lam, self._rows, strict=True):
            # One effect per group: a plain product is several times faster than one of 1×1 matrices.
            out[rows] = factor[0, 0] * x[rows] if len(factor) == 1 else np.matmul(factor.T if transposed else factor, x[rows])
        return out

    @cached_property
    def _rows(self) -> list[np.ndarray]:
        """Rows of each level's effects, shape (G, q), groups in label order."""
        place, out, start = self.pattern.place, [], 0
        for level in self.levels:
            out.append(self.first[place[start : start + level.size]][:, None] + np.arange(level.q))
            start += level.size
        return out

    def _quadratic_times_factor(self, state: _State) -> list[np.ndarray]:
        """Z_gᵀV⁻¹Z_g Λ of every group, shape (G, q, q) per level."""
        from . import kernel_sparse as kernel

        inverse = kernel.selected_inverse(self.indptr, self.indices, state.root)
        out = np.zeros((self.first[-1], state.stacked.shape[1]))
        kernel.own_products(state.stacked, *self._layout, self.offsets, self.sums.blocks, self.indptr, inverse, out)  # type: ignore[call-arg]
        return [out[rows][..., : rows.shape[1]] for rows in self._rows]

    def _gradient(self, state: _State) -> np.ndarray:
        weight = state.profile.weight_matrix(self.given)[0]
        full = []
        for rows, product in zip(self._rows, self._quadratic_times_factor(state), strict=True):
            # U = ΛᵀR: the gradient's second term without another multiplication by Λ.
            full.append(2 * (product.sum(axis=0) - np.tensordot(state.r[rows] @ weight, state.u[rows], axes=([0, 2], [0, 2])))[None])
        return packed(full, self.levels)[0]

    def profiles(self, theta: np.ndarray) -> Profile:
        """β, Φ and RSS of every outcome."""
        states = [self._factorise(row, outcome) for outcome, row in enumerate(theta)]
        each = [state.profile for state in states if state is not None]
        return Profile(*(np.concatenate([getattr(one, name) for one in each]) for name in ("deviance", "rss", "beta", "phi")))

    def solve(self, theta: np.ndarray, outcome: int = 0) -> Solution:
        """Everything at the optimum of one outcome."""
        state = self._factorise(theta, outcome)
        assert state is not None
        return Solution(
            state.profile, state.lam, partial(list, [state.r[rows] for rows in self._rows]), partial(self._quadratics, theta, outcome)
        )

    def _quadratics(self, theta: np.ndarray, outcome: int) -> list[np.ndarray]:
        """Z_gᵀV⁻¹Z_g of every group."""
        diagonal = np.concatenate([[i == j for i, j in level.free] for level in self.levels])
        zero = diagonal & (np.abs(theta) < _ZERO)
        sides = [np.where(zero, side * _OFF_ZERO, theta) for side in (-1, 1)] if zero.any() else [theta]
        total: list[np.ndarray] = [np.zeros(())] * len(self.levels)
        for side in sides:
            state = self._factorise(side, outcome)
            assert state is not None
            for number, product in enumerate(self._quadratic_times_factor(state)):
                full = product @ np.linalg.inv(state.lam[number])
                total[number] = total[number] + (full + np.swapaxes(full, 1, 2)) / (2 * len(sides))
        return total


@dataclass
class _Sums:
    """Sums over rows: XᵀX, Xᵀy, yᵀy of every outcome, Zᵀ[X, y] in the order of elimination, and the blocks of ZᵀZ."""

    gram: np.ndarray
    XY: np.ndarray
    YY: np.ndarray
    B: np.ndarray
    blocks: np.ndarray

    def less(self, other: _Sums) -> _Sums:
        """These sums without the rows of others."""
        return _Sums(*(getattr(self, name) - getattr(other, name) for name in ("gram", "XY", "YY", "B", "blocks")))


@dataclass
class _State:
    """One factorisation: Λ, L, U = K⁻¹ΛᵀZᵀ[X y] and R = ZᵀV⁻¹[X y]."""

    profile: Profile
    lam: list[np.ndarray]
    stacked: np.ndarray
    root: np.ndarray
    u: np.ndarray
    r: np.ndarray
