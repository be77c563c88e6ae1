"""Crossed designs: the largest factor is eliminated group by group, the rest held in one dense Schur complement."""

from __future__ import annotations

from functools import partial

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
        self.y = scaled.y[:, None] if outcomes is None else outcomes
        self.X, self.gram = scaled.X, scaled.gram
        self._cross_products(scaled)

    def _cross_products(self, scaled: Scaled) -> None:
        designs = [membership_matrix(level, scaled.z[number]) for number, level in enumerate(self.levels)]
        rest = sparse.hstack([designs[number] for number in self.rest], format="csr")
        xy = np.hstack([self.X, self.y])
        self.C22 = (rest.T @ rest).toarray()
        self.B2 = rest.T @ xy
        self.XY = np.einsum("ni,nr->ri", self.X, self.y)
        self.YY = np.einsum("nr,nr->r", self.y, self.y)
        self.compiled = False
        if self.first is None:
            return
        level = self.levels[self.first]
        inner = designs[self.first]
        q = level.q
        gram = (inner.T @ inner).tocsr()
        places = np.arange(level.size)[:, None, None] * q
        self.A1 = np.asarray(
            gram[(places + np.arange(q)[:, None]).ravel().repeat(q), (places + np.arange(q)).repeat(q, axis=1).ravel()]
        ).reshape(level.size, q, q)
        self.B1 = (inner.T @ xy).reshape(level.size, q, -1)
        self.F = (inner.T @ rest).tocsr()
        self.dense = self.F.shape[0] * self.width**2 < _SMALL_PRODUCT
        if self.dense:
            self.F = self.F.toarray()

        self.compiled = not self.dense and all(level.q == 1 for level in self.levels)
        if self.compiled:
            self.F.sort_indices()
            sizes = [self.levels[number].size for number in self.rest]
            self.level_of = np.repeat(np.arange(len(self.rest)), sizes)

    def evaluate(self, theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k); outcomes are taken one after the other."""
        which = np.arange(self.y.shape[1])[which]
        results = [self._one(row[None], int(outcome)) for row, outcome in zip(theta, which, strict=True)]
        return np.array([deviance for deviance, _ in results]), np.concatenate([gradient for _, gradient in results])

    def _one(self, theta: np.ndarray, outcome: int) -> tuple[float, np.ndarray]:
        if self.compiled:
            return self._one_compiled(theta[0], outcome)
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
        schur[:p, :p], schur[:p, p], schur[p, :p], schur[p, p] = self.gram, self.XY[outcome], self.XY[outcome], self.YY[outcome]
        a2, b2, log_det = self.C22, self.B2[:, columns], 0.0
        state = _Eliminated()
        if self.first is not None:
            b1 = self.B1[..., columns]
            m, logs = relative_precision(lam[self.first], self.A1[None])
            m = m[0]
            log_det += float(logs.sum())
            mb = m @ b1
            state.m1, state.b1 = m, b1
            schur -= np.tensordot(b1, mb, axes=([0, 1], [0, 1]))
            b2 = b2 - self.F.T @ mb.reshape(-1, p + 1)
            state.mf = self._group_product(m)
            a2 = a2 - _dense(self.F.T @ state.mf)
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
            shrunk = state.b1 - self.A1 @ (m @ state.b1)
            state.nf = self.F - self._group_product(self.A1 @ m)
            state.r1 = shrunk - (state.nf @ state.u2).reshape(shrunk.shape)
        return state

    def _one_compiled(self, theta: np.ndarray, outcome: int) -> tuple[float, np.ndarray]:
        """`_one` for random intercepts: θ is one number per level."""
        from . import kernel_crossed as kernel

        p, first = self.given.p, theta[self.first]
        columns = [*range(p), p + outcome]
        b1, a1 = self.B1[:, 0, columns], self.A1[:, 0, 0]
        grown = 1 + first**2 * a1
        m, shrink = first**2 / grown, 1 / grown
        factor = theta[self.rest][self.level_of]
        csr = (self.F.indptr, self.F.indices, self.F.data)
        a, k = kernel.schur_and_scaled(self.C22, *csr, m, factor)
        # A C-ordered lower triangle is LAPACK's upper one, transposed: no copy is made.
        root, failed = linalg.lapack.dpotrf(k.T, lower=0, clean=0, overwrite_a=1)
        if failed:
            return np.inf, np.zeros((1, len(theta)))
        log_det = float(np.log(grown).sum() + 2 * np.log(root.diagonal()).sum())
        b2 = self.B2[:, columns] - self.F.T @ (m[:, None] * b1)
        scaled_b = factor[:, None] * b2
        solved, _ = linalg.lapack.dpotrs(root, scaled_b, lower=0)
        schur = np.empty((p + 1, p + 1))
        schur[:p, :p], schur[:p, p], schur[p, :p], schur[p, p] = self.gram, self.XY[outcome], self.XY[outcome], self.YY[outcome]
        schur -= b1.T @ (m[:, None] * b1) + scaled_b.T @ solved
        result = profile(schur[None], np.array([log_det]), self.given)
        weight = result.weight_matrix(self.given)[0]
        inverse = linalg.lapack.dpotri(root, lower=0, overwrite_c=1)[0].T
        # b₂ − A M b₂ = Λ⁻¹(I − (K − I)K⁻¹)Λb₂ without dividing: A·Λ·solved by its own product.
        moved = factor[:, None] * solved
        r2 = self.B2[:, columns] - self.F.T @ (m[:, None] * b1) - (self.C22 @ moved - self.F.T @ (m[:, None] * (self.F @ moved)))
        r1 = shrink[:, None] * (b1 - self.F @ moved)
        gradient = np.empty(len(theta))
        sums = kernel.level_sums(a, inverse, factor, self.level_of, len(self.rest))
        squares = np.einsum("gc,cd,gd->g", r2, weight, r2)
        for place, number in enumerate(self.rest):
            gradient[number] = 2 * (sums[place] - theta[number] * squares[self.level_of == place].sum())
        total = (shrink * a1).sum() - kernel.row_quadratics(*csr, shrink, inverse, factor) - np.einsum("gc,cd,gd->", r1, weight, r1)
        gradient[self.first] = 2 * first * total
        return float(result.deviance[0]), gradient[None]

    def _first_quadratic(self, state: _Eliminated) -> np.ndarray:
        """Σ_g Z_gᵀV⁻¹Z_g of the eliminated factor: tr(F̂ M₂ F̂ᵀ) = ⟨M₂, F̂ᵀF̂⟩ element by element."""
        q = self.A1.shape[-1]
        total = (self.A1 - self.A1 @ state.m1 @ self.A1).sum(axis=0)
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
            return (blocks @ self.F.reshape(groups, q, -1)).reshape(self.F.shape)
        if q == 1:
            return sparse.diags(blocks[:, 0, 0]) @ self.F
        matrix = sparse.bsr_matrix((blocks, np.arange(groups), np.arange(groups + 1)), shape=(groups * q, groups * q))
        return matrix.tocsr() @ self.F

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
            out[self.first] = self.A1 - self.A1 @ state.m1 @ self.A1 - self._row_quadratic(state.nf, m2)
        return out

    def _row_quadratic(self, nf: np.ndarray | sparse.csr_matrix, m2: np.ndarray) -> np.ndarray:
        groups, q, _ = self.A1.shape
        out = np.empty((groups, q, q))
        for first in range(0, groups, 1000):
            rows = slice(first * q, min(first + 1000, groups) * q)
            part = _dense(nf[rows])
            product = (part @ m2).reshape(-1, q, part.shape[1])
            out[first : first + 1000] = product @ np.swapaxes(part.reshape(product.shape), 1, 2)
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
