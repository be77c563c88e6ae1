"""Two-sided reports in nested groups: relationships in mentors in programmes, each with one random effect per role.

Where every grouping factor holds the one before it whole, and effects differ by role only, the precision of the two roles is a 2×2
matrix at every level. Going up from the reports,

    Λ = Σ P,   s = Σ P [X y]          over the reports of a group (P: inverse of the residual covariance)
    Λ' = (I + ΛT)⁻¹Λ,   s' = (I + ΛT)⁻¹s,   log|V| += log|I + ΛT|,   [X y]ᵀV⁻¹[X y] −= sᵀT(I + ΛT)⁻¹s

carries a group's sums to the group around it; T is the covariance of the roles' random effects. T is LLᵀ (Cholesky), so that a variance
of zero and a correlation of one are reached and not overstepped. One deviance takes microseconds, so thousands of refits are possible.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy import optimize

from .design import Design
from .levels import is_nested

FARTHEST = 8.0  # of log standard deviations and atanh correlations
FLAT = 1e-3  # largest slope of the deviance at an optimum


@dataclass(frozen=True)
class Sides:
    """Which rows belong together.

    Attributes
    ----------
    first, second : ndarray of int
        Rows of the two roles in pairs with both reports.
    alone : tuple of two ndarrays
        Rows without the other report, by role.
    """

    first: np.ndarray
    second: np.ndarray
    alone: tuple[np.ndarray, np.ndarray]

    @property
    def role(self) -> np.ndarray:
        """0 or 1 for each row."""
        role = np.zeros(2 * len(self.first) + len(self.alone[0]) + len(self.alone[1]), dtype=np.intp)
        role[self.second] = role[self.alone[1]] = 1
        return role


class NestedSides:
    """The deviance of one design, and its optimum.

    Parameters
    ----------
    design : Design
    sides : Sides
    reml, equal : bool
        Restricted likelihood; the same residual variance for both roles.
    """

    def __init__(self, design: Design, sides: Sides, reml: bool, equal: bool):
        self.design, self.sides, self.reml, self.equal, self.converged = design, sides, reml, equal, False
        chain = _chain(design)
        assert chain is not None
        self.order, codes = chain
        self.sizes = np.array([design.levels[at].size for at in self.order], dtype=np.intp)
        self.parents = _parents(codes, self.sizes)
        self.basis, self.free, self.place = _free(design, self.order, sides.role)
        self.unit = codes[0] if codes else np.zeros(design.n, dtype=np.intp)
        self.units = int(self.sizes[0]) if codes else 1
        self.counts = np.column_stack([self._count(rows) for rows in (sides.first, *sides.alone)]).astype(float)
        self.scale = float(np.std(design.y - design.offset)) or 1.0
        # An orthonormal X: derivatives and the Cholesky factor never see the units.
        q, self.turn = np.linalg.qr(design.X)
        self.z = np.column_stack([q * np.sqrt(design.n), np.zeros(design.n)])
        self.sums = self._sums(self.z)
        self.set_outcome(design.y)

    def set_outcome(self, y: np.ndarray) -> None:
        """Take another outcome on the same rows."""
        self.z[:, -1] = (y - self.design.offset) / self.scale
        self.sums[:, :, -1] = self._sums(self.z[:, -1:])[:, :, 0]
        first, second, one, two = (self.z[rows] for rows in (self.sides.first, self.sides.second, *self.sides.alone))
        cross = first.T @ second
        self.grams = np.stack([first.T @ first, second.T @ second, cross + cross.T, one.T @ one, two.T @ two])

    def deviance(self, point: np.ndarray) -> float:
        """At a point, in internal units."""
        from . import kernel_dyadic as kernel

        return float(kernel.deviance(point, *self._given))

    def gradient(self, point: np.ndarray) -> np.ndarray:
        """Of the deviance."""
        from . import kernel_dyadic as kernel

        return kernel.gradient(point, *self._given)

    def minimise(self, near: np.ndarray | None = None, inverse: np.ndarray | None = None) -> np.ndarray:
        """The point of least deviance.

        Parameters
        ----------
        near : ndarray, optional
            The optimum of a similar outcome. Else the search starts from the middle, and where a variance ends at zero once more from
            above, since the slope is flat there.
        inverse : ndarray, optional
            `curvature` there.
        """
        if near is not None:
            found = self._descend(self._off_zero(near), inverse)
        else:
            found = self._descend(self.start())
            again = self._off_zero(found)
            if not np.array_equal(again, found):
                other = self._descend(again)
                found = other if self.deviance(other) < self.deviance(found) - 1e-9 else found
        # A standard deviation of a millionth is a zero the search did not quite reach.
        tiny = np.append(np.abs(found[: len(self.free)]) < 1e-5, np.zeros(len(found) - len(self.free), dtype=bool))
        found = np.where(tiny, 0.0, found)
        self.converged = bool(np.abs(self.gradient(found)).max() < FLAT)
        return found

    def curvature(self, point: np.ndarray) -> np.ndarray:
        """The inverse of the deviance's Hessian, kept positive: a first guess for searches nearby."""
        values, vectors = np.linalg.eigh(self.hessian(point))
        half = vectors / np.sqrt(np.maximum(np.abs(values), 1e-2 * np.abs(values).max()))
        inverse = half @ half.T
        return (inverse + inverse.T) / 2

    def without(self, left_out: np.ndarray) -> NestedSides:
        """The same model without some rows (bool, one per row)."""
        kept = np.flatnonzero(~left_out)
        design = copy(self.design)
        design.X, design.y, design.offset = self.design.X[kept], self.design.y[kept], self.design.offset[kept]
        design.levels = []
        for level in self.design.levels:
            groups, codes = np.unique(level.codes[kept], return_inverse=True)
            design.levels.append(replace(level, codes=codes, z=level.z[kept], labels=[level.labels[group] for group in groups]))
        number = np.full(len(left_out), -1)
        number[kept] = np.arange(len(kept))
        both = ~left_out[self.sides.first] & ~left_out[self.sides.second]
        lone = [
            number[np.concatenate([rows[~left_out[rows] & widowed], alone[~left_out[alone]]])]
            for rows, widowed, alone in zip((self.sides.first, self.sides.second), (~both, ~both), self.sides.alone)
        ]
        sides = Sides(number[self.sides.first[both]], number[self.sides.second[both]], (lone[0], lone[1]))
        return NestedSides(design, sides, self.reml, self.equal)

    def start(self) -> np.ndarray:
        """Half a residual standard deviation for each random effect, no correlations."""
        y = self.z[:, -1]
        q = self.z[:, :-1]
        left = y - q @ (q.T @ y) / self.design.n
        sd = [np.log(max(float(np.std(left[self.sides.role == role])), 1e-3)) for role in (0, 1)]
        diagonal = self.free[:, 1] == self.free[:, 2]
        return np.concatenate([np.where(diagonal, 0.4 * np.exp(np.mean(sd)), 0.0), [np.mean(sd)] if self.equal else sd, [0.0]])

    def log_likelihood(self, point: np.ndarray) -> float:
        """In the data's units."""
        nu = self.design.n - (len(self.turn) if self.reml else 0)
        extra = 2 * np.log(np.abs(np.diag(self.turn))).sum() - len(self.turn) * np.log(self.design.n) if self.reml else 0.0
        return -0.5 * (self.deviance(point) + 2 * nu * np.log(self.scale) + extra)

    def coefficients(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Generalised least squares at a point: coefficients and their covariance, in the data's units."""
        from . import kernel_dyadic as kernel

        t, r = kernel.covariances(point, self.basis, self.free, self.equal)
        total, _ = kernel.cross_products(t, r, self.counts, self.sums, self.grams, self.parents, self.sizes)
        phi = np.linalg.inv(total[:-1, :-1])
        back = np.linalg.inv(self.turn) * np.sqrt(self.design.n)
        return back @ phi @ total[:-1, -1] * self.scale, back @ phi @ back.T * self.scale**2

    def covariances(self, point: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Covariance of the roles at each level (in the design's order) and of the residuals, in the data's units."""
        from . import kernel_dyadic as kernel

        t, r = kernel.covariances(point, self.basis, self.free, self.equal)
        return [t[self.place[at]] * self.scale**2 for at in range(len(self.order))], r * self.scale**2

    def residual(self, point: np.ndarray) -> np.ndarray:
        """Covariance of the two residuals."""
        return self.covariances(point)[1]

    def effects(self, point: np.ndarray) -> list[np.ndarray]:
        """Covariance of each level's random effects as the formula names them, in the data's units."""
        wide = np.zeros((len(self.order), self.basis.shape[2], self.basis.shape[2]))
        wide[tuple(self.free.T)] = point[: len(self.free)]
        out = []
        for at, level in enumerate(self.design.levels):
            root = wide[self.place[at]][: level.q, : level.q] * self.scale
            out.append(root @ root.T)
        return out

    def hessian(self, point: np.ndarray, step: float = 1e-3) -> np.ndarray:
        """Of the deviance, by central differences of central differences."""
        k = len(point)
        rows = [(self.gradient(point + move) - self.gradient(point - move)) / (2 * step) for move in np.eye(k) * step]
        return (np.array(rows) + np.array(rows).T) / 2

    def degrees(self, point: np.ndarray) -> np.ndarray:
        """Satterthwaite's df of every coefficient over all variance parameters (see satterthwaite.py for the formula)."""
        values, vectors = np.linalg.eigh(self.hessian(point))
        useful = values > 1e-6 * values.max()
        inverse = 2 * (vectors[:, useful] / values[useful]) @ vectors[:, useful].T
        step = 1e-3
        logs = [[np.log(np.diag(self.coefficients(point + sign * row)[1])) for row in np.eye(len(point)) * step] for sign in (1, -1)]
        slopes = (np.array(logs[0]) - np.array(logs[1])) / (2 * step)
        return 2 / np.maximum(np.einsum("kt,km,mt->t", slopes, inverse, slopes), 1e-12)

    def simulate(self, point: np.ndarray, beta: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """An outcome drawn from the model at a point."""
        t, r = self.covariances(point)
        role = self.sides.role
        y = self.design.X @ beta + self.design.offset
        for level, covariance in zip(self.design.levels, t, strict=True):
            y += _draw(generator, level.size, covariance)[level.codes, role]
        noise = _draw(generator, len(self.sides.first), r)
        y[self.sides.first] += noise[:, 0]
        y[self.sides.second] += noise[:, 1]
        for which in (0, 1):
            y[self.sides.alone[which]] += generator.normal(0, np.sqrt(r[which, which]), len(self.sides.alone[which]))
        return y

    def _descend(self, start: np.ndarray, inverse: np.ndarray | None = None) -> np.ndarray:
        def bounded(point: np.ndarray) -> float:
            return self.deviance(point) if np.abs(point[len(self.free) :]).max() < FARTHEST else 1e10

        options = {"gtol": 1e-6 if inverse is None else 1e-4, "hess_inv0": inverse}
        return optimize.minimize(bounded, start, jac=self.gradient, method="BFGS", options=options).x

    def _off_zero(self, point: np.ndarray) -> np.ndarray:
        moved = point.copy()
        flat = (self.free[:, 1] == self.free[:, 2]) & (np.abs(point[: len(self.free)]) < 0.02)
        moved[: len(self.free)][flat] = 0.2
        return moved

    @property
    def _given(self) -> tuple:
        return (self.basis, self.free, self.equal, self.counts, self.sums, self.grams, self.parents, self.sizes, self.design.n, self.reml)

    def _count(self, rows: np.ndarray) -> np.ndarray:
        return np.bincount(self.unit[rows], minlength=self.units)

    def _sums(self, z: np.ndarray) -> np.ndarray:
        parts = [self.sides.first, self.sides.second, *self.sides.alone]
        out = np.zeros((self.units, 4, z.shape[1]))
        for place, rows in enumerate(parts):
            np.add.at(out[:, place], self.unit[rows], z[rows])
        return out


def fits_in(design: Design, role: np.ndarray) -> bool:
    """Whether a design is nested, with effects that differ by role only."""
    if design.weights is not None or any(level.shares is not None for level in design.levels):
        return False
    by_role = all(np.ptp(level.z[role == side], axis=0).max() < 1e-12 for level in design.levels for side in (0, 1))
    return by_role and _chain(design) is not None


def _chain(design: Design) -> tuple[list[int], list[np.ndarray]] | None:
    """Levels from the innermost out, as numbers and codes; None when they are not nested."""
    order = sorted(range(len(design.levels)), key=lambda at: -design.levels[at].size)
    codes = [design.levels[at].codes for at in order]
    for inner, outer in pairwise(order):
        if is_nested(design.levels[inner].codes, design.levels[outer].codes, design.levels[inner].size) is None:
            return None
    return order, codes


def _parents(codes: list[np.ndarray], sizes: np.ndarray) -> np.ndarray:
    found = [is_nested(inner, outer, int(size)) for (inner, outer), size in zip(pairwise(codes), sizes)]
    top = [np.zeros(int(sizes[-1]), dtype=np.intp)] if len(sizes) else []
    return np.concatenate([*found, *top]) if top else np.zeros(0, dtype=np.intp)


def _free(design: Design, order: list[int], role: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each level's effects in the two roles (depth, 2, q), the free entries of L (level, row, column), and where each level stands."""
    most = max((level.q for level in design.levels), default=1)
    basis = np.zeros((len(order), 2, most))
    free, place = [], np.zeros(len(order), dtype=np.intp)
    for depth, at in enumerate(order):
        level = design.levels[at]
        place[at] = depth
        for side in (0, 1):
            basis[depth, side, : level.q] = level.z[role == side][0]
        free += [(depth, i, j) for i, j in level.free]
    return basis, np.array(free, dtype=np.intp).reshape(-1, 3), place


def _draw(generator: np.random.Generator, size: int, covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return generator.standard_normal((size, 2)) @ (vectors * np.sqrt(np.maximum(values, 0))).T
