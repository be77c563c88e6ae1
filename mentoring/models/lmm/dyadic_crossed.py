"""Two-sided reports in groups of any structure: whiten the two reports of a pair, then an ordinary mixed model.

For given w and ρ in Cov(e₁, e₂) = σ² [[1, ρw], [ρw, w²]] the rows of each pair are whitened, and what is left is an ordinary mixed
model; (w, ρ) are found by an outer search. Slower than `dyadic_nested`, but groups may cross and effects may be anything.
"""

from __future__ import annotations

from copy import copy

import numpy as np
from scipy import optimize

from .criterion import Setting, setting
from .design import Design
from .dyadic_nested import Sides
from .optimise import minimise, start_values
from .problem import make_problem
from .scaled import scale_design


class CrossedSides:
    """Deviance at given (log w, atanh ρ) and θ, and its optimum.

    Parameters
    ----------
    design : Design
    sides : Sides
    reml, equal : bool
        Restricted likelihood; the same residual variance for both roles (w = 1).
    """

    def __init__(self, design: Design, sides: Sides, reml: bool, equal: bool):
        self.design, self.sides, self.reml, self.equal, self.converged = design, sides, reml, equal, False
        self.theta = start_values(design.levels, 1, 0.5)
        self.k = self.theta.shape[1]
        # One scaling for all (w, ρ): derivatives by them must not see the units move.
        base = scale_design(design, plain=True)
        self.back, self.y_scale, self.z_back = base.back, base.y_scale, base.z_back

    def minimise(self) -> np.ndarray:
        """θ, then log w (unless equal) and atanh ρ at the least deviance."""
        start = np.zeros(1 if self.equal else 2)
        found = optimize.minimize(self._outer, start, method="BFGS", options={"gtol": 1e-6, "eps": 1e-5})
        simplex = found.x + 1e-3 * np.vstack([np.zeros(len(start)), np.eye(len(start))])
        near = {"xatol": 1e-7, "fatol": 1e-10, "maxfev": 200, "initial_simplex": simplex}
        polished = optimize.minimize(self._outer, found.x, method="Nelder-Mead", options=near).x
        problem, _, levels = self._problem(polished)
        inner = minimise(problem.evaluate, levels, np.where(np.abs(self.theta) < 0.05, 0.2, self.theta))
        self.converged = bool(inner.to_go[0] < 1e-6)
        return np.append(inner.theta[0], polished)

    def log_likelihood(self, point: np.ndarray) -> float:
        """In the data's units."""
        return -self._deviance(point) / 2

    def coefficients(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Generalised least squares at a point: coefficients and their covariance, in the data's units."""
        beta, covariance, _ = self._solved(point)
        return beta, covariance

    def residual(self, point: np.ndarray) -> np.ndarray:
        """Covariance of the two residuals."""
        sigma2 = self._solved(point)[2]
        w, rho = self._pair(point[self.k :])
        return sigma2 * np.array([[1, rho * w], [rho * w, w**2]])

    def effects(self, point: np.ndarray) -> list[np.ndarray]:
        """Covariance of each level's random effects as the formula names them, in the data's units."""
        problem, scaled, _ = self._problem(point[self.k :])
        factors, sigma = problem.solve(point[: self.k]).factors, np.sqrt(self._solved(point)[2])
        roots = [back @ inner @ factor * sigma for back, inner, factor in zip(self.z_back, scaled.z_back, factors, strict=True)]
        return [root @ root.T for root in roots]

    def degrees(self, point: np.ndarray) -> np.ndarray:
        """Satterthwaite's df over (θ, w, ρ) and σ by central differences (see satterthwaite.py for the formula)."""
        k, step = len(point), 1e-3
        shift = np.eye(k) * step
        hessian = np.empty((k, k))
        for i in range(k):
            for j in range(i + 1):
                corners = [self._deviance(point + a * shift[i] + b * shift[j]) * a * b for a in (1, -1) for b in (1, -1)]
                hessian[i, j] = hessian[j, i] = sum(corners) / (4 * step**2)
        spread = np.array([[np.log(np.diag(self._solved(point + sign * row)[1])) for row in shift] for sign in (1, -1)])
        slopes = (spread[0] - spread[1]) / (2 * step)
        values, vectors = np.linalg.eigh(hessian)
        useful = values > 1e-6 * values.max()
        inverse = 2 * (vectors[:, useful] / values[useful]) @ vectors[:, useful].T
        nu = self.design.n - (self.design.X.shape[1] if self.reml else 0)
        return 2 / (np.einsum("kt,km,mt->t", slopes, inverse, slopes) + 2 / nu)

    def _pair(self, outer: np.ndarray) -> tuple[float, float]:
        return 1.0 if self.equal else float(np.exp(outer[0])), float(np.tanh(outer[-1]))

    def _whiten(self, values: np.ndarray, w: float, rho: float) -> np.ndarray:
        """Multiply by the inverse Cholesky factor of [[1, ρw], [ρw, w²]] within pairs."""
        first, second, alone = self.sides.first, self.sides.second, self.sides.alone[1]
        out = np.array(values, dtype=float)
        out[second] = (values[second] - rho * w * values[first]) / (w * np.sqrt(1 - rho**2))
        out[alone] = values[alone] / w
        return out

    def _problem(self, outer: np.ndarray):
        """The whitened problem; internal units are those of the unwhitened design."""
        w, rho = self._pair(outer)
        design = copy(self.design)
        design.X = self._whiten(self.design.X @ self.back, w, rho)
        design.y = self._whiten((self.design.y - self.design.offset) / self.y_scale, w, rho)
        design.offset = np.zeros(design.n)
        design.levels = []
        for level, back in zip(self.design.levels, self.z_back, strict=True):
            other = copy(level)
            other.z = self._whiten(level.z @ back, w, rho)
            design.levels.append(other)
        scaled = scale_design(design, plain=True, unit=True)
        given = setting(scaled, self.reml)
        pairs, alone = len(self.sides.second), len(self.sides.alone[1])
        log_det = 2 * np.log(w) * (pairs + alone) + np.log(1 - rho**2) * pairs
        extra = log_det + given.nu * 2 * np.log(self.y_scale) - (2 * np.linalg.slogdet(self.back)[1] if self.reml else 0.0)
        whole = Setting(given.n, given.p, given.reml, given.constant + float(extra))
        return make_problem(scaled, design.levels, whole), scaled, design.levels

    def _outer(self, outer: np.ndarray) -> float:
        """Deviance with θ profiled out."""
        if np.abs(outer).max() > 8:
            return 1e10
        problem, _, levels = self._problem(outer)
        found = minimise(problem.evaluate, levels, np.where(np.abs(self.theta) < 0.05, 0.2, self.theta), kicks=False)
        if np.isfinite(found.deviance[0]):
            self.theta = found.theta
        return float(found.deviance[0]) if np.isfinite(found.deviance[0]) else 1e10

    def _deviance(self, point: np.ndarray) -> float:
        problem, _, _ = self._problem(point[self.k :])
        return float(problem.evaluate(point[None, : self.k], np.array([0]))[0][0])

    def _solved(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """β̂, its covariance, σ² in the user's units."""
        problem, scaled, _ = self._problem(point[self.k :])
        solution = problem.solve(point[: self.k])
        sigma2 = float(solution.profile.rss[0] / problem.given.nu) * (scaled.y_scale * self.y_scale) ** 2
        turn = self.back @ scaled.back
        beta = turn @ (solution.beta * scaled.y_scale + scaled.start) * self.y_scale
        return beta, sigma2 * turn @ solution.phi @ turn.T, sigma2
