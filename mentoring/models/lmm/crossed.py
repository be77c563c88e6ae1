"""Crossed designs: the largest factor is eliminated group by group, the rest held in one dense Schur complement."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

import numpy as np
from scipy import linalg, sparse

from mentoring.errors import Problem, StudyError

from .criterion import Profile, Setting, Solution, factors, packed, profile
from .levels import Level, membership_matrix
from .scaled import Scaled
from .small import relative_precision

MOST_DENSE = 6000
# Below this many multiplications a dense product beats the overhead of sparse bookkeeping.
_SMALL_PRODUCT = 2e6


class CrossedProblem:
    """Cross-products of a design whose grouping factors are not all nested.

    Parameters
    ----------
    scaled : Scaled
    levels : list of Level
    given : Setting
    outcomes : ndarray, shape (n, R), optional
    """

    def __init__(self, scaled: Scaled, levels: list[Level], given: Setting, outcomes: np.ndarray | None = None):
        self.levels, self.given = levels, given
        single = [number for number, level in enumerate(levels) if level.shares is None]
        self.first = max(single, key=lambda number: levels[number].size * levels[number].q) if single else None
        self.rest = [number for number in range(len(levels)) if number != self.first]
        self.width = sum(levels[number].size * levels[number].q for number in self.rest)
        if self.width > MOST_DENSE:
            names = ", ".join(levels[number].name for number in self.rest)
            raise StudyError(
                Problem(
                    "",
                    "formula",
                    f"the crossed factors beside the largest ({names}) have {self.width} effects",
                    f"at most {MOST_DENSE}",
                    "leave the smallest contribution out, or nest the factors",
                )
            )
        y = scaled.y[:, None] if outcomes is None else outcomes
        self.replicates = y.shape[1]
        self.xy = np.hstack([scaled.X, y])
        self.z = [membership_matrix(level, scaled.z[number]) for number, level in enumerate(levels)]
        self.sums = self._sums(slice(None))
        self.compiled = self.dense = False
        if self.first is not None:
            self.dense = self.sums.F.shape[0] * self.width**2 < _SMALL_PRODUCT
            self.compiled = not self.dense and all(level.q == 1 for level in levels)
            self.sums.F = self.sums.F.toarray() if self.dense else self.sums.F
        self.level_of = np.repeat(np.arange(len(self.rest)), [levels[number].size for number in self.rest])

    def _sums(self, rows: slice | np.ndarray) -> _Sums:
        """What the likelihood needs of some rows."""
        xy, p = self.xy[rows], self.given.p
        x, y = xy[:, :p], xy[:, p:]
        rest = sparse.hstack([self.z[number][rows] for number in self.rest], format="csr")
        out = _Sums(x.T @ x, np.einsum("ni,nr->ri", x, y), np.einsum("nr,nr->r", y, y), (rest.T @ rest).toarray(), rest.T @ xy)
        if self.first is not None:
            groups, q = self.levels[self.first].size, self.levels[self.first].q
            inner = self.z[self.first][rows]
            gram, places = (inner.T @ inner).tocsr(), np.arange(groups)[:, None, None] * q
            column = (places + np.arange(q)).repeat(q, axis=1).ravel()
            out.A1 = np.asarray(gram[(places + np.arange(q)[:, None]).ravel().repeat(q), column]).reshape(groups, q, q)
            out.B1 = (inner.T @ xy).reshape(groups, q, -1)
            out.F = (inner.T @ rest).tocsr()
            out.F.sort_indices()
        return out

    def without(self, rows: np.ndarray) -> CrossedProblem:
        """The same problem with some rows taken out of its sums; a group that loses all its rows has no part in the likelihood any more."""
        out = copy(self)
        out.sums = self.sums.less(self._sums(rows))
        out.given = replace(self.given, n=self.given.n - len(rows))
        return out

    def evaluate(self, theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k); outcomes are taken one after the other."""
        which = np.arange(self.replicates)[which]
        results = [self._one(row[None], int(outcome)) for row, outcome in zip(theta, which, strict=True)]
        return np.array([deviance for deviance, _ in results]), np.concatenate([gradient for _, gradient in results])

    def _one(self, theta: np.ndarray, outcome: int) -> tuple[float, np.ndarray]:
        if self.compiled:
            from .crossed_intercepts import deviance_and_gradient

            return deviance_and_gradient(self, theta[0], outcome)
        lam = factors(theta, self.levels)
        state = self._eliminate(lam, outcome)
        if state is None:
            return np.inf, np.zeros(theta.shape)
        result = state.profile
        weight = result.weight_matrix(self.given)[0]
        gradient: list[np.ndarray] = [np.zeros(0)] * len(self.levels)
        start = 0
        scaled_a = self._times_factor(state.a2, lam)
        for number in self.rest:
            level, factor = self.levels[number], lam[number][0]
            rows = slice(start, start + level.size * level.q)
            r = state.r2[rows].reshape(level.size, level.q, -1)
            # Σ_g S_gg Λ = Σ_g (A Λ K⁻¹)_gg: no product of two large matrices is needed.
            left, right = (x[rows].reshape(level.size, level.q, -1) for x in (scaled_a, state.inverse))
            total = np.tensordot(left, right, axes=([0, 2], [0, 2]))
            gradient[number] = 2 * (total - np.einsum("gic,cd,gjd->ij", r, weight, r) @ factor)[None]
            start = rows.stop
        if self.first is not None:
            factor = lam[self.first][0]
            total = self._first_quadratic(state)
            gradient[self.first] = 2 * ((total - np.tensordot(state.r1 @ weight, state.r1, axes=([0, 2], [0, 2]))) @ factor)[None]
        return float(result.deviance[0]), packed(gradient, self.levels)

    def _eliminate(self, lam: list[np.ndarray], outcome: int) -> _Eliminated | None:
        """Eliminate the first factor exactly, then solve the dense rest by Cholesky."""
        p = self.given.p
        columns = [*range(p), p + outcome]
        schur = np.empty((p + 1, p + 1))
        sums = self.sums
        schur[:p, :p], schur[:p, p], schur[p, :p], schur[p, p] = sums.gram, sums.XY[outcome], sums.XY[outcome], sums.YY[outcome]
        a2, b2, log_det = sums.C22, sums.B2[:, columns], 0.0
        state = _Eliminated()
        if self.first is not None:
            b1 = self.sums.B1[..., columns]
            m, logs = relative_precision(lam[self.first], self.sums.A1[None])
            m = m[0]
            log_det += float(logs.sum())
            mb = m @ b1
            state.m1, state.b1 = m, b1
            schur -= np.tensordot(b1, mb, axes=([0, 1], [0, 1]))
            b2 = b2 - self.sums.F.T @ mb.reshape(-1, p + 1)
            state.mf = self._group_product(m)
            a2 = a2 - _dense(self.sums.F.T @ state.mf)
        state.a2, state.b2 = a2, b2
        inside = self._times_factor(self._times_factor(a2, lam).T, lam)
        inside.flat[:: self.width + 1] += 1
        root, failed = linalg.lapack.dpotrf(inside, lower=1, clean=0, overwrite_a=0)
        if failed:
            return None
        log_det += 2 * float(np.log(root.diagonal()).sum())
        lower, _ = linalg.lapack.dpotri(root, lower=1, overwrite_c=1)
        state.inverse = np.tril(lower) + np.tril(lower, -1).T
        state.lam = lam
        scaled_b = self._times_factor(b2.T, lam).T
        solved = state.inverse @ scaled_b
        schur -= scaled_b.T @ solved
        state.u2 = self._times_factor_transposed(solved, lam)
        state.profile = profile(schur[None], np.array([log_det]), self.given)
        state.r2 = b2 - a2 @ state.u2
        if self.first is not None:
            shrunk = state.b1 - self.sums.A1 @ (m @ state.b1)
            state.nf = self.sums.F - self._group_product(self.sums.A1 @ m)
            state.r1 = shrunk - (state.nf @ state.u2).reshape(shrunk.shape)
        return state

    def _first_quadratic(self, state: _Eliminated) -> np.ndarray:
        """Σ_g Z_gᵀV⁻¹Z_g of the eliminated factor: tr(F̂ M₂ F̂ᵀ) = ⟨M₂, F̂ᵀF̂⟩ element by element."""
        q = self.sums.A1.shape[-1]
        total = (self.sums.A1 - self.sums.A1 @ state.m1 @ self.sums.A1).sum(axis=0)
        m2 = self._outer_precision(state)
        for i in range(q):
            for j in range(i + 1):
                pairs = state.nf[i::q].T @ state.nf[j::q]
                value = float((m2 * pairs).sum()) if isinstance(pairs, np.ndarray) else float(pairs.multiply(m2).sum())
                total[i, j] -= value
                if i != j:
                    total[j, i] -= value
        return total

    def _outer_precision(self, state: _Eliminated) -> np.ndarray:
        """M₂ = Λ K⁻¹ Λᵀ of the dense part."""
        return self._times_factor_transposed(self._times_factor_transposed(state.inverse, state.lam).T, state.lam)

    def _times_factor(self, matrix: np.ndarray, lam: list[np.ndarray]) -> np.ndarray:
        """matrix · Λ for the dense part's columns."""
        return self._scale_columns(matrix, [lam[number][0] for number in self.rest])

    def _times_factor_transposed(self, matrix: np.ndarray, lam: list[np.ndarray]) -> np.ndarray:
        """Λ · matrix for the dense part's rows."""
        return self._scale_columns(matrix.T, [lam[number][0].T for number in self.rest]).T

    def _scale_columns(self, matrix: np.ndarray, blocks: list[np.ndarray]) -> np.ndarray:
        out = np.empty_like(matrix)
        start = 0
        for number, block in zip(self.rest, blocks, strict=True):
            level = self.levels[number]
            stop = start + level.size * level.q
            part = matrix[:, start:stop]
            out[:, start:stop] = (
                part * block[0, 0] if level.q == 1 else (part.reshape(len(matrix), level.size, level.q) @ block).reshape(part.shape)
            )
            start = stop
        return out

    def _group_product(self, blocks: np.ndarray) -> np.ndarray | sparse.csr_matrix:
        """Block-diagonal(blocks) · F."""
        groups, q, _ = blocks.shape
        if self.dense:
            return (blocks @ self.sums.F.reshape(groups, q, -1)).reshape(self.sums.F.shape)
        if q == 1:
            return sparse.diags(blocks[:, 0, 0]) @ self.sums.F
        matrix = sparse.bsr_matrix((blocks, np.arange(groups), np.arange(groups + 1)), shape=(groups * q, groups * q))
        return matrix.tocsr() @ self.sums.F

    def profiles(self, theta: np.ndarray) -> Profile:
        """β, Φ and RSS of every outcome."""
        states = [self._eliminate(factors(row[None], self.levels), outcome) for outcome, row in enumerate(theta)]
        each = [state.profile for state in states if state is not None]
        return Profile(*(np.concatenate([getattr(one, name) for one in each]) for name in ("deviance", "rss", "beta", "phi")))

    def solve(self, theta: np.ndarray, outcome: int = 0) -> Solution:
        """Everything at the optimum of one outcome."""
        lam = factors(theta[None], self.levels)
        state = self._eliminate(lam, outcome)
        assert state is not None
        within: list[np.ndarray] = [np.zeros(0)] * len(self.levels)
        start = 0
        for number in self.rest:
            level = self.levels[number]
            within[number] = state.r2[start : start + level.size * level.q].reshape(level.size, level.q, -1)
            start += level.size * level.q
        if self.first is not None:
            within[self.first] = state.r1
        return Solution(state.profile, [factor[0] for factor in lam], partial(list, within), partial(self._quadratics, state))

    def _quadratics(self, state: _Eliminated) -> list[np.ndarray]:
        """Z_gᵀV⁻¹Z_g of every group."""
        out: list[np.ndarray] = [np.zeros(0)] * len(self.levels)
        m2 = self._outer_precision(state)
        full = state.a2 - state.a2 @ m2 @ state.a2
        start = 0
        for number in self.rest:
            level = self.levels[number]
            index = start + np.arange(level.size * level.q).reshape(level.size, level.q)
            out[number] = full[index[:, :, None], index[:, None, :]]
            start = int(index[-1, -1]) + 1
        if self.first is not None:
            out[self.first] = self.sums.A1 - self.sums.A1 @ state.m1 @ self.sums.A1 - self._row_quadratic(state.nf, m2)
        return out

    def _row_quadratic(self, nf: np.ndarray | sparse.csr_matrix, m2: np.ndarray) -> np.ndarray:
        groups, q, _ = self.sums.A1.shape
        out = np.empty((groups, q, q))
        for first in range(0, groups, 1000):
            rows = slice(first * q, min(first + 1000, groups) * q)
            part = _dense(nf[rows])
            product = (part @ m2).reshape(-1, q, part.shape[1])
            out[first : first + 1000] = product @ np.swapaxes(part.reshape(product.shape), 1, 2)
        return out


@dataclass
class _Sums:
    """Sums over rows: [X y]ᵀ[X y] of every outcome; of the dense factors C22 = Z₂ᵀZ₂ and B2 = Z₂ᵀ[X y]; of the first factor
    A1 = Z_gᵀZ_g and B1 = Z_gᵀ[X y] of every group, and F = Z₁ᵀZ₂."""

    gram: np.ndarray
    XY: np.ndarray
    YY: np.ndarray
    C22: np.ndarray
    B2: np.ndarray
    A1: np.ndarray = field(default_factory=lambda: np.zeros(0))
    B1: np.ndarray = field(default_factory=lambda: np.zeros(0))
    F: Any = field(default_factory=lambda: np.zeros(0))  # dense array or CSR

    def less(self, other: _Sums) -> _Sums:
        """These sums without the rows of others."""
        dense = isinstance(self.F, np.ndarray)
        other = replace(other, F=_dense(other.F) if dense else other.F)
        out = _Sums(*(getattr(self, part.name) - getattr(other, part.name) for part in fields(self)))
        if not dense:
            out.F.sort_indices()
        return out


class _Eliminated:
    """Intermediate matrices of one evaluation."""

    m1: np.ndarray
    b1: np.ndarray
    mf: np.ndarray | sparse.csr_matrix
    nf: np.ndarray | sparse.csr_matrix
    a2: np.ndarray
    b2: np.ndarray
    r1: np.ndarray
    r2: np.ndarray
    u2: np.ndarray
    inverse: np.ndarray
    lam: list
    profile: Profile


def _dense(matrix: np.ndarray | sparse.spmatrix) -> np.ndarray:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
