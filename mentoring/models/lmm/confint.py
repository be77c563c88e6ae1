"""Confidence intervals for fixed effects, standard deviations and correlations.

The profile interval holds one quantity at a value, maximises the likelihood over all others, and keeps the values whose
deviance (ML, as in lme4) rises by less than the χ²₁ quantile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, special

from .criterion import factors, packed, setting
from .nested import NestedProblem, chain_of
from .optimise import minimise
from .problem import LeastSquares, find_optimum, make_problem
from .random_terms import refuse
from .refit import warm_start
from .scaled import scale_design

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit

COLUMNS = ["parameter", "estimate", "ci_low", "ci_high", "method"]


def confint(fit: LinearMixedModelFit, method: str = "profile", level: float = 0.95, n: int = 1000, seed: int | None = None) -> pd.DataFrame:
    """Intervals; parameters are named ``similarity``, ``sd mentor.Intercept``, ``cor mentor.Intercept.similarity``, ``sigma``.

    Parameters
    ----------
    method : {"profile", "wald", "bootstrap"}
        "wald" gives the fixed effects by the fit's own inference and leaves variances empty; "bootstrap" is parametric
        (`n` draws, `seed`).

    Notes
    -----
    R: ``confint(m, oldNames = FALSE)``; a bound of a standard deviation that profiles to zero is 0.
    """
    if method == "wald":
        table = fit.inference(fit.method, level).rename(columns={"term": "parameter"})[COLUMNS[:-1]]
        rest = pd.DataFrame({"parameter": _names(fit), "estimate": _values(fit)})
        return pd.concat([table, rest], ignore_index=True).assign(method=[fit.method] * len(table) + ["not estimated"] * len(rest))
    if method == "bootstrap":
        table = fit.bootstrap(n, seed, level).intervals
        return table.drop(columns="se").assign(method="parametric bootstrap")
    if method != "profile":
        raise refuse(f"“{method}” is not a method for intervals", '"profile", "wald" or "bootstrap"', place="confint")
    if not fit.design.levels:
        raise refuse("a model without random terms needs no profile", '"wald" (exact here)', place="confint")
    limit = float(special.chdtri(1, 1 - level))
    rows = [(term, fit.coefficients[j], *_fixed_interval(fit, j, limit)) for j, term in enumerate(fit.terms)]
    profiler = _Profiler(fit)
    rows += [(quantity.name, value, *profiler.interval(quantity, limit)) for quantity, value in zip(quantities(fit), _values(fit), strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(method="profile")


def _names(fit: LinearMixedModelFit) -> list[str]:
    return [quantity.name for quantity in quantities(fit)]


def _values(fit: LinearMixedModelFit) -> list[float]:
    return [quantity.value(fit.covariances, fit.sigma) for quantity in quantities(fit)]


@dataclass(frozen=True)
class Quantity:
    """A standard deviation (i = j), a correlation (i ≠ j) of level `level`, or σ (`level` None)."""

    name: str
    level: int | None
    i: int = 0
    j: int = 0

    def value(self, covariances: list[np.ndarray], sigma: float) -> float:
        """Its value in a set of variance components."""
        if self.level is None:
            return sigma
        matrix = covariances[self.level]
        if self.i == self.j:
            return float(np.sqrt(max(matrix[self.i, self.i], 0.0)))
        product = np.sqrt(matrix[self.i, self.i] * matrix[self.j, self.j])
        return float(matrix[self.i, self.j] / product) if product > 0 else float("nan")


def quantities(fit: LinearMixedModelFit) -> list[Quantity]:
    """All standard deviations and correlations of a fit, σ last."""
    out = []
    for number, level in enumerate(fit.design.levels):
        effects = level.effects
        out += [Quantity(f"sd {level.name}.{effects[i]}", number, i, i) for i in range(level.q)]
        out += [Quantity(f"cor {level.name}.{effects[j]}.{effects[i]}", number, i, j) for i, j in level.free if i != j]
    return [*out, Quantity("sigma", None)]


def _root(rise: Callable[[float], float], estimate: float, step: float, bound: float) -> float:
    """Where `rise` (deviance above the best, less the limit) crosses zero, going from the estimate in the direction of `step`."""
    inside = estimate
    for _ in range(60):
        outside = inside + step
        if (outside - bound) * np.sign(step) >= 0:
            outside = bound
            if rise(outside) < 0:
                return bound
        if rise(outside) > 0:
            return float(optimize.brentq(rise, inside, outside, xtol=1e-7 * max(abs(step), 1e-12), rtol=1e-10))
        inside, step = outside, step * 1.6
    return float("nan")


def _fixed_interval(fit: LinearMixedModelFit, j: int, limit: float) -> tuple[float, float]:
    """Profile of one coefficient: the model without its column, on the outcome less value × column."""
    design = fit.design
    other = _without_column(fit, j)
    scaled = scale_design(other)
    given = setting(scaled, reml=False)
    full = scale_design(design)
    best_problem = make_problem(full, design.levels, setting(full, reml=False))
    ml, _ = find_optimum(best_problem, design.levels)
    profile = best_problem.profiles(ml.theta) if not isinstance(best_problem, LeastSquares) else best_problem.result
    centre = float((full.back @ (profile.beta[0] * full.y_scale + full.start))[j])
    se = float(np.sqrt((full.back @ profile.phi[0] @ full.back.T)[j, j] * profile.rss[0] / given.nu) * full.y_scale)

    def rise(value: float) -> float:
        y, _ = scaled.outcome(design.y - design.offset - value * design.X[:, j])
        problem = make_problem(scaled, design.levels, given, y[:, None])
        return float(minimise(problem.evaluate, design.levels, warm_start(fit, 1)).deviance[0] - ml.deviance[0]) - limit

    width = 2 * se
    return _root(rise, centre, -width, -np.inf), _root(rise, centre, width, np.inf)


def _without_column(fit: LinearMixedModelFit, j: int):
    from copy import copy

    other = copy(fit.design)
    keep = [number for number in range(len(fit.terms)) if number != j]
    other.X, other.terms = fit.design.X[:, keep], [fit.terms[number] for number in keep]
    return other


class _Profiler:
    """ML deviance in (θ, log σ), minimised with one variance quantity held."""

    def __init__(self, fit: LinearMixedModelFit):
        self.fit, self.levels = fit, fit.design.levels
        self.scaled = scale_design(fit.design)
        self.given = setting(self.scaled, reml=False)
        chain = chain_of(self.levels)
        self.problem = NestedProblem(self.scaled, self.levels, self.given, chain) if chain else make_problem(self.scaled, self.levels, self.given)
        best, _ = find_optimum(self.problem, self.levels)
        rss = self.problem.profiles(best.theta).rss[0]
        self.best = np.append(best.theta[0], np.log(np.sqrt(rss / self.given.nu)))
        self.lowest = float(best.deviance[0])

    def deviance(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """D(θ, log σ) = profiled deviance + RSS/σ² − n − n log(RSS/(nσ²)), with its gradient."""
        theta, sigma2 = point[None, :-1], np.exp(2 * point[-1])
        value, gradient = self.problem.evaluate(theta, np.array([0]))
        n = self.given.nu
        rss = float(self.problem.profiles(theta).rss[0])
        ratio = rss / (n * sigma2)
        # The profiled gradient is G − (n/RSS) U; at another σ² the second part is rescaled through dRSS/dθ.
        slope = self._rss_gradient(theta)
        total = gradient[0] + slope * (1 / sigma2 - n / rss)
        return float(value[0] + n * (ratio - 1 - np.log(ratio))), np.append(total, 2 * n * (1 - ratio))

    def _rss_gradient(self, theta: np.ndarray) -> np.ndarray:
        solution = self.problem.solve(theta[0])
        parts = []
        for number, level in enumerate(self.levels):
            u = solution.residual_sums(number)
            parts.append((-2 * u.T @ u @ factors(theta, self.levels)[number][0])[None])
            del level
        return packed(parts, self.levels)[0]

    def components(self, point: np.ndarray) -> tuple[list[np.ndarray], float]:
        """Covariance matrices and σ in the user's units."""
        sigma = float(np.exp(point[-1]) * self.scaled.y_scale)
        roots = [back @ factor[0] * sigma for factor, back in zip(factors(point[None, :-1], self.levels), self.scaled.z_back, strict=True)]
        return [root @ root.T for root in roots], sigma

    def interval(self, quantity: Quantity, limit: float) -> tuple[float, float]:
        """Both ends; correlations stay within ±1, standard deviations above 0."""
        centre = quantity.value(*self.components(self.best))
        if not np.isfinite(centre):
            return float("nan"), float("nan")
        correlation = quantity.i != quantity.j
        ends = []
        for sign in (-1.0, 1.0):
            bound = (sign * (1 - 1e-9)) if correlation else (0.0 if sign < 0 else np.inf)
            state = {"point": self.best}

            def rise(value: float, state: dict = state) -> float:
                point, deviance = self._held(quantity, value, state["point"])
                if np.isfinite(deviance):
                    state["point"] = point
                return deviance - self.lowest - limit

            step = sign * (0.3 if correlation else 0.25 * max(centre, 0.2 * self.components(self.best)[1]))
            ends.append(_root(rise, centre, step, bound))
        return ends[0], ends[1]

    def _held(self, quantity: Quantity, value: float, start: np.ndarray) -> tuple[np.ndarray, float]:
        """Minimise with the quantity at `value`: exactly, by substitution, for σ and lone effects; else with a constraint."""
        free = np.ones(len(start), dtype=bool)
        place = self._lone_place(quantity)
        if quantity.level is None:
            free[-1] = False
        elif place is not None:
            free[place] = False

        def complete(inner: np.ndarray) -> np.ndarray:
            point = np.empty(len(start))
            point[free] = inner
            if quantity.level is None:
                point[-1] = np.log(value / self.scaled.y_scale)
            elif place is not None:
                back = abs(self.scaled.z_back[quantity.level][quantity.i, quantity.i])
                point[place] = value / (back * np.exp(point[-1]) * self.scaled.y_scale)
            return point

        def objective(inner: np.ndarray) -> tuple[float, np.ndarray]:
            point = complete(inner)
            deviance, gradient = self.deviance(point)
            if place is not None:
                gradient = gradient.copy()
                gradient[-1] -= gradient[place] * point[place]
            return deviance, gradient[free]

        constraints = [] if not free.all() else [{"type": "eq", "fun": lambda point: quantity.value(*self.components(point)) - value}]
        found = optimize.minimize(objective, start[free], jac=True, method="SLSQP" if constraints else "BFGS", constraints=constraints or (),
                                  options={"ftol": 1e-12, "maxiter": 200} if constraints else {"gtol": 1e-6})
        return complete(found.x), float(found.fun)

    def _lone_place(self, quantity: Quantity) -> int | None:
        """Position in θ of an effect that has no covariances (its SD is |θ|σ times a constant)."""
        start = 0
        for number, level in enumerate(self.levels):
            if number == quantity.level:
                block = level.block_of
                if quantity.i == quantity.j and (block == block[quantity.i]).sum() == 1:
                    return start + level.free.index((quantity.i, quantity.i))
                return None
            start += len(level.free)
        return None
