"""Kenward and Roger's adjusted covariance and degrees of freedom (Biometrics 1997, as in pbkrtest).

V = Σ_k s_k G_k + σ²I is linear in the variances and covariances s. With Z the random-effects matrix, every product of
V⁻¹, G_k and X collapses to the size of Z's columns, because V⁻¹ = (I − Z M Zᵀ)/σ², M = Λ(ΛᵀZᵀZΛ + I)⁻¹Λᵀ. Groups that
share no row fall into separate components, which are worked in stacks of equal shape. No n×n matrix is formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from mentoring.errors import Problem, StudyError

from .levels import Level, membership_matrix
from .scaled import Scaled

LARGEST_COMPONENT = 4000


@dataclass(frozen=True)
class _Effect:
    """One variance or covariance: effects i and j of a level."""

    level: int
    i: int
    j: int

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return [(self.i, self.j)] if self.i == self.j else [(self.i, self.j), (self.j, self.i)]


class KenwardRoger:
    """Adjusted covariance and tests of one REML fit.

    Parameters
    ----------
    phi : ndarray, shape (p, p)
        Covariance of the coefficients without adjustment.
    sums : Sums
        In the units of `phi`.
    """

    def __init__(self, phi: np.ndarray, sums: Sums):
        self.phi = phi
        self.P = -sums.xgx
        self.W = self._variance_of_variances(sums)
        middle = sum(self.W[k, m] * (sums.Q[k, m] - self.P[k] @ phi @ self.P[m]) for k in range(len(self.P)) for m in range(len(self.P)))
        adjusted = phi + 2 * phi @ middle @ phi
        self.adjusted = (adjusted + adjusted.T) / 2

    @classmethod
    def of_model(cls, scaled: Scaled, levels: list[Level], lam: list[np.ndarray], phi: np.ndarray) -> KenwardRoger:
        """Of an ordinary mixed model, in internal units with σ² = 1.

        Parameters
        ----------
        lam : list of ndarray (q, q)
            Λ of each level at the optimum.
        """
        effects = [_Effect(number, i, j) for number, level in enumerate(levels) for i, j in level.free]
        sums = _ModelSums(len(effects), len(phi), len(scaled.X))
        sums.add_fixed(scaled.gram)
        for stack in _stacks(scaled, levels, lam):
            sums.add(stack, effects)
        return cls(phi, sums)

    def _variance_of_variances(self, sums: Sums) -> np.ndarray:
        """W = 2 I⁻¹, the covariance of the REML estimates; by pseudo-inverse when they are not identified apart."""
        count = len(self.P)
        information = np.empty((count, count))
        phi_p = self.phi @ self.P
        for k in range(count):
            for m in range(count):
                information[k, m] = sums.trace[k, m] - 2 * np.trace(self.phi @ sums.Q[k, m]) + np.trace(phi_p[k] @ phi_p[m])
        scale = np.sqrt(np.abs(information.diagonal()))
        scale[scale == 0] = 1.0
        return (
            2
            * np.linalg.pinv((information + information.T) / 2 / np.outer(scale, scale), rcond=1e-10, hermitian=True)
            / np.outer(scale, scale)
        )

    def test(self, contrasts: np.ndarray, estimate: np.ndarray, sigma2: float) -> tuple[float, float]:
        """Scaled F statistic and its denominator df for contrasts (q, p) with the given estimates (q,)."""
        q = len(contrasts)
        theta = contrasts.T @ np.linalg.solve(contrasts @ self.phi @ contrasts.T, contrasts)
        df, scaling = _moments(self._a1_a2(theta), q)
        statistic = estimate @ np.linalg.solve(contrasts @ self.adjusted @ contrasts.T, estimate) / sigma2 / q
        return float(scaling * statistic), df

    def df(self, contrast: np.ndarray) -> float:
        """Degrees of freedom of one contrast (its scaling is exactly one)."""
        theta = np.outer(contrast, contrast) / (contrast @ self.phi @ contrast)
        return _moments(self._a1_a2(theta), 1)[0]

    def _a1_a2(self, theta: np.ndarray) -> tuple[float, float]:
        turned = theta @ self.phi @ self.P @ self.phi
        traces = np.trace(turned, axis1=1, axis2=2)
        products = np.einsum("kij,mji->km", turned, turned)
        return float(traces @ self.W @ traces), float((self.W * products).sum())


def _moments(a: tuple[float, float], q: int) -> tuple[float, float]:
    """Match the first two moments of the statistic to a scaled F (Kenward & Roger 1997, section 3)."""
    a1, a2 = a
    if a2 <= 0:
        return float("inf"), 1.0
    if q == 1:
        return 2 / a2, 1.0  # what the lines below come to when a1 = a2, as it is here, without their 0/0 at 4 df
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    d = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / d, (q - g) / d, (q + 2 - g) / d
    v0, v1, v2, shrink = 1 + c1 * b, 1 - c2 * b, 1 - c3 * b, 1 - a2 / q
    # As in pbkrtest: 0/0 counts as 1, and a variance that vanishes is 0.
    v0 = 0.0 if abs(v0) < 1e-10 else v0
    ratio = 1.0 if max(abs(shrink), abs(v1)) < 1e-12 else shrink / v1 if v1 else float("inf")
    # Where v1 or v2 is zero, ρ is infinite on both sides and the df pass through 4 smoothly.
    rho = ratio**2 * v0 / (q * v2) if v2 else float("inf")
    df = 4 + (q + 2) / (q * rho - 1) if q * rho != 1 else float("inf")
    scaling = shrink if np.isinf(df) else df * shrink / (df - 2) if abs(df - 2) >= 0.01 else 1.0
    if df <= 0 or scaling <= 0:
        return float("nan"), float("nan")  # so little information that no F distribution has these moments
    return float(df), float(scaling)


class Sums:
    """What the formulas need of the data: XᵀV⁻¹G_kV⁻¹X, XᵀV⁻¹G_kV⁻¹G_mV⁻¹X, and tr(V⁻¹G_kV⁻¹G_m), for `count` variances and covariances."""

    def __init__(self, count: int, p: int):
        self.xgx = np.zeros((count, p, p))
        self.Q = np.zeros((count, count, p, p))
        self.trace = np.zeros((count, count))


class _ModelSums(Sums):
    """The sums over components of an ordinary mixed model; the last index stands for the residual."""

    def __init__(self, effects: int, p: int, n: int):
        super().__init__(effects + 1, p)
        self.trace[-1, -1] = n

    def add_fixed(self, gram: np.ndarray) -> None:
        """XᵀX, from which the components take away."""
        self.xgx[-1] += gram
        self.Q[-1, -1] += gram

    def add(self, stack: _Stack, effects: list[_Effect]) -> None:
        c, b, m = stack.c, stack.b, stack.m
        shrink = np.eye(c.shape[-1]) - c @ m
        s, r = shrink @ c, shrink @ b
        twice, r2 = s @ np.swapaxes(shrink, -1, -2), shrink @ r
        mb, mr = m @ b, m @ (b + r)
        mc = m @ c
        self.trace[-1, -1] += -2 * np.trace(mc, axis1=-2, axis2=-1).sum() + np.einsum("nij,nji->", mc, mc)
        bt = np.swapaxes(b, -1, -2)
        # V⁻¹X = X − Z mb and V⁻²X = X − Z mr.
        self.xgx[-1] += (-2 * bt @ mb + np.swapaxes(mb, -1, -2) @ c @ mb).sum(0)
        self.Q[-1, -1] += (-bt @ mr - np.swapaxes(mb, -1, -2) @ b + np.swapaxes(mb, -1, -2) @ c @ mr).sum(0)
        for k, effect in enumerate(effects):
            for i, j in effect.pairs:
                rows, columns = stack.places(effect.level, i), stack.places(effect.level, j)
                self.xgx[k] += _inner(r[:, rows], r[:, columns])
                self.trace[k, -1] += twice[:, rows, columns].sum()
                self.Q[k, -1] += _inner(r[:, rows], r2[:, columns])
            self.trace[-1, k], self.Q[-1, k] = self.trace[k, -1], self.Q[k, -1].T
            for other in range(k + 1):
                self._add_pair(stack, s, r, k, other, effects)

    def _add_pair(self, stack: _Stack, s: np.ndarray, r: np.ndarray, k: int, other: int, effects: list[_Effect]) -> None:
        """tr(V⁻¹G_kV⁻¹G_l) and XᵀV⁻¹G_kV⁻¹G_lV⁻¹X from S = ZᵀV⁻¹Z and R = ZᵀV⁻¹X."""
        trace, q = 0.0, np.zeros(self.Q.shape[-2:])
        for u, v in effects[k].pairs:
            gu, gv = stack.places(effects[k].level, u), stack.places(effects[k].level, v)
            for x, y in effects[other].pairs:
                hx, hy = stack.places(effects[other].level, x), stack.places(effects[other].level, y)
                link = s[:, gv][:, :, hx]
                trace += np.einsum("ngh,ngh->", link, s[:, gu][:, :, hy])
                q += _inner(r[:, gu], link @ r[:, hy])
        self.trace[k, other] += trace
        self.Q[k, other] += q
        if other != k:
            self.trace[other, k] += trace
            self.Q[other, k] += q.T


def _inner(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Σ_n left_nᵀ right_n."""
    rows = left.shape[0] * left.shape[1]
    return left.reshape(rows, left.shape[-1]).T @ right.reshape(rows, right.shape[-1])


@dataclass
class _Stack:
    """Components of one shape: ZᵀZ (N, Q, Q), ZᵀX (N, Q, p), M (N, Q, Q), and where each level's columns lie."""

    c: np.ndarray
    b: np.ndarray
    m: np.ndarray
    offsets: list[int]
    groups: tuple[int, ...]
    widths: list[int]

    def places(self, level: int, effect: int) -> np.ndarray:
        return self.offsets[level] + np.arange(self.groups[level]) * self.widths[level] + effect


def _stacks(scaled: Scaled, levels: list[Level], lam: list[np.ndarray]) -> list[_Stack]:
    """Split Z's columns into components that share no row, and stack those of equal shape."""
    if not levels:
        return []
    z = sparse.hstack([membership_matrix(level, scaled.z[number]) for number, level in enumerate(levels)], format="csr")
    gram, zx = (z.T @ z).tocsr(), z.T @ scaled.X
    widths = [level.q for level in levels]
    begin = np.cumsum([0, *(level.size * level.q for level in levels)])
    pattern = [membership_matrix(level, None) for level in levels]
    groups = sparse.hstack(pattern, format="csr")
    _, label = connected_components(groups.T @ groups, directed=False)
    first_group = np.cumsum([0, *(level.size for level in levels)])
    shape = np.stack(
        [np.bincount(label[first_group[i] : first_group[i + 1]], minlength=label.max() + 1) for i in range(len(levels))], axis=1
    )
    dense = gram.toarray() if gram.shape[0] <= 2000 else None
    stacks = []
    shapes, kind = np.unique(shape, axis=0, return_inverse=True)
    for number, counts in enumerate(shapes):
        members = np.flatnonzero(kind.reshape(-1) == number)
        size = int(counts @ widths)
        if size > LARGEST_COMPONENT:
            raise StudyError(
                Problem(
                    "",
                    "inference",
                    f"Kenward-Roger would need a {size}×{size} matrix here",
                    f"at most {LARGEST_COMPONENT} connected random effects",
                    'use inference("satterthwaite")',
                )
            )
        columns = _columns_of(members, label, first_group, begin, widths, len(levels))
        for part in np.array_split(columns, max(1, int(columns.size * size // 4_000_000))):
            c = (
                dense[part[:, :, None], part[:, None, :]]
                if dense is not None
                else np.asarray(gram[part.repeat(size, axis=1).ravel(), np.tile(part, (1, size)).ravel()]).reshape(len(part), size, size)
            )
            stacks.append(_stack(c, zx[part], lam, counts, widths))
    return stacks


def _columns_of(
    members: np.ndarray, label: np.ndarray, first_group: np.ndarray, begin: np.ndarray, widths: list[int], depth: int
) -> np.ndarray:
    """Z's column numbers of each component, level by level, shape (components, size)."""
    per_level = []
    for level in range(depth):
        own = label[first_group[level] : first_group[level + 1]]
        order = np.argsort(own, kind="stable")
        chosen = order[np.isin(own[order], members)].reshape(len(members), -1)
        wide = begin[level] + chosen[:, :, None] * widths[level] + np.arange(widths[level])
        per_level.append(wide.reshape(len(members), -1))
    return np.concatenate(per_level, axis=1)


def _stack(c: np.ndarray, b: np.ndarray, lam: list[np.ndarray], counts: np.ndarray, widths: list[int]) -> _Stack:
    size = c.shape[-1]
    factor = np.zeros((size, size))
    offsets, start = [], 0
    for level, count in enumerate(counts):
        offsets.append(start)
        for _ in range(int(count)):
            factor[start : start + widths[level], start : start + widths[level]] = lam[level]
            start += widths[level]
    inside = factor.T @ c @ factor
    inside[:, np.arange(size), np.arange(size)] += 1
    m = factor @ np.linalg.solve(inside, np.broadcast_to(factor.T, inside.shape))
    return _Stack(c, b, m, offsets, tuple(int(count) for count in counts), widths)
