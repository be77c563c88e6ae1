"""Confidence intervals for fixed effects, standard deviations and correlations.

The profile interval holds one quantity at a value, maximises the likelihood over all others, and keeps the values whose
deviance (ML, as in lme4) rises by less than the χ²₁ quantile.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, special

from .criterion import factors, packed, setting
from .design import Design
from .levels import Level
from .optimise import minimise
from .problem import find_optimum, make_problem
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
    rows += [
        (quantity.name, value, *_Profiler(fit, quantity).interval(limit))
        for quantity, value in zip(quantities(fit), _values(fit), strict=True)
    ]
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
    profile = best_problem.profiles(ml.theta)
    centre = float((full.back @ (profile.beta[0] * full.y_scale + full.start))[j])
    se = float(np.sqrt((full.back @ profile.phi[0] @ full.back.T)[j, j] * profile.rss[0] / given.nu) * full.y_scale)

    def rise(value: float) -> float:
        y, _ = scaled.outcome(design.y - design.offset - value * design.X[:, j])
        problem = make_problem(scaled, design.levels, given, y[:, None])
        return float(minimise(problem.evaluate, design.levels, warm_start(fit, 1)).deviance[0] - ml.deviance[0]) - limit

    width = 2 * se
    return _root(rise, centre, -width, -np.inf), _root(rise, centre, width, np.inf)


def _without_column(fit: LinearMixedModelFit, j: int) -> Design:
    other = copy(fit.design)
    keep = [number for number in range(len(fit.terms)) if number != j]
    other.X, other.terms = fit.design.X[:, keep], [fit.terms[number] for number in keep]
    return other


class _Profiler:
    """ML deviance in (θ, log σ), minimised with one variance quantity held.

    The effects of the quantity come first in their block. A standard deviation is then |θ₁₁|σ, and with Λ's first rows
    (a, 0), (b, c) the correlation is b/√(b² + c²): both can be held by substitution instead of a constraint.
    """

    def __init__(self, fit: LinearMixedModelFit, quantity: Quantity):
        self.quantity = quantity
        design = copy(fit.design)
        design.levels = [_reordered(level, quantity) if number == quantity.level else level for number, level in enumerate(design.levels)]
        self.levels = design.levels
        self.scaled = scale_design(design, centre_effects=False)
        self.given = setting(self.scaled, reml=False)
        self.problem = make_problem(self.scaled, self.levels, self.given)
        best, _ = find_optimum(self.problem, self.levels)
        rss = self.problem.profiles(best.theta).rss[0]
        self.best = np.append(best.theta[0], np.log(np.sqrt(rss / self.given.nu)))
        self.lowest = float(best.deviance[0])
        self.start = self.best
        self.diagonal = np.array([*(i == j for level in self.levels for i, j in level.free), False])
        offset = sum(len(level.free) for level in self.levels[: quantity.level or 0])
        free = [] if quantity.level is None else self.levels[quantity.level].free
        lead = 0 if quantity.level is None else _leader(self.levels[quantity.level], quantity)
        self.first = offset + free.index((lead, lead)) if free else 0
        self.second = (
            (offset + free.index((lead + 1, lead)), offset + free.index((lead + 1, lead + 1))) if quantity.i != quantity.j else (0, 0)
        )
        self.unit = 0.0 if quantity.level is None else abs(self.scaled.z_back[quantity.level][lead, lead]) * self.scaled.y_scale

    def interval(self, limit: float) -> tuple[float, float]:
        """Both ends; correlations stay within ±1, standard deviations above 0."""
        quantity, centre = self.quantity, self.centre()
        if not np.isfinite(centre):
            return float("nan"), float("nan")
        correlation = quantity.i != quantity.j
        sigma = np.exp(self.best[-1]) * (self.unit or self.scaled.y_scale)
        step = 0.3 if correlation else 0.25 * max(centre, 0.2 * sigma)
        ends = []
        for sign in (-1.0, 1.0):
            bound = sign * (1 - 1e-9) if correlation else 0.0 if sign < 0 else np.inf
            self.start = self.best
            # At the bound σ = 0 there is no likelihood, but the search never needs to go there.
            ends.append(_root(lambda value: self.rise(value, limit), centre, sign * step, bound))
        return (ends[0], ends[1]) if not correlation else (float(np.round(ends[0], 8)), float(np.round(ends[1], 8)))

    def centre(self) -> float:
        """The quantity's ML estimate."""
        if self.quantity.level is None:
            return float(np.exp(self.best[-1]) * self.scaled.y_scale)
        if self.quantity.i == self.quantity.j:
            return float(abs(self.best[self.first]) * np.exp(self.best[-1]) * self.unit)
        b, c = self.best[list(self.second)]
        size = np.hypot(b, c)
        return float(b / size * np.sign(self.best[self.first])) if size > 1e-8 and abs(self.best[self.first]) > 1e-8 else float("nan")

    def rise(self, value: float, limit: float) -> float:
        """Deviance above the best with the quantity at `value`, less the limit; keeps the point as the next start."""
        kept = np.ones(len(self.best), dtype=bool)
        kept[-1 if self.quantity.level is None else self.first if self.quantity.i == self.quantity.j else self.second[0]] = False

        def objective(inner: np.ndarray) -> tuple[float, np.ndarray]:
            point, turn = self._complete(inner, kept, value)
            deviance, gradient = self.deviance(point)
            return deviance, turn.T @ gradient

        start = self.start.copy()
        if self.quantity.i != self.quantity.j:
            # c's place holds the length √(b² + c²); the sign of a goes with b.
            start[self.second[1]] = np.hypot(*self.start[list(self.second)])
            start[self.first] = abs(start[self.first])
        found = optimize.minimize(objective, start[kept], jac=True, method="BFGS", options={"gtol": 1e-7})
        # Where a column of Λ is zero the deviance is flat whatever lies beside it: push such columns off zero and look again.
        low = (np.abs(found.x) < 0.05) & self.diagonal[kept]
        if low.any():
            again = optimize.minimize(objective, np.where(low, 0.3, found.x), jac=True, method="BFGS", options={"gtol": 1e-7})
            found = min(found, again, key=lambda end: end.fun)
        self.start = self._complete(found.x, kept, value)[0]
        return float(found.fun) - self.lowest - limit

    def _complete(self, inner: np.ndarray, kept: np.ndarray, value: float) -> tuple[np.ndarray, np.ndarray]:
        """The whole point, and its derivative by the free part."""
        point = np.zeros(len(kept))
        point[kept] = inner
        turn = np.eye(len(kept))[:, kept]
        if self.quantity.level is None:
            point[-1] = np.log(value / self.scaled.y_scale)
        elif self.quantity.i == self.quantity.j:
            point[self.first] = value / (self.unit * np.exp(point[-1]))
            turn[self.first, -1] = -point[self.first]
        else:
            b, c = self.second
            length, column = point[c], int(kept[:c].sum())
            point[b], point[c] = value * length, np.sqrt(1 - value**2) * length
            turn[b, column], turn[c, column] = value, np.sqrt(1 - value**2)
        return point, turn

    def deviance(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """D(θ, log σ) = profiled deviance + RSS/σ² − n − n log(RSS/(nσ²)), with its gradient."""
        if abs(point[-1]) > 50 or not np.isfinite(point).all():
            return 1e300, np.zeros_like(point)
        theta, sigma2, n = point[None, :-1], np.exp(2 * point[-1]), self.given.nu
        value, gradient = self.problem.evaluate(theta, np.array([0]))
        solution = self.problem.solve(theta[0])
        rss = float(solution.profile.rss[0])
        ratio = rss / (n * sigma2)
        # ∂RSS/∂Λ = −2 Σ_g u_g u_gᵀ Λ with u_g = Z_gᵀV⁻¹(y − Xβ); the profiled gradient holds it with n/RSS in place of 1/σ².
        slopes = []
        for number, factor in enumerate(factors(theta, self.levels)):
            u = solution.residual_sums(number)
            slopes.append(-2 * u.T @ u @ factor)
        total = gradient[0] + packed(slopes, self.levels)[0] * (1 / sigma2 - n / rss)
        return float(value[0] + n * (ratio - 1 - np.log(ratio))), np.append(total, 2 * n * (1 - ratio))


def _leader(level: Level, quantity: Quantity) -> int:
    """Place of the first effect of the quantity's block."""
    block = level.block_of
    return int(np.flatnonzero(block == block[quantity.i])[0])


def _reordered(level: Level, quantity: Quantity) -> Level:
    """The level with the quantity's effects first in their block."""
    block = level.block_of
    own = np.flatnonzero(block == block[quantity.i])
    lead = list(dict.fromkeys((quantity.j, quantity.i)))
    order = np.arange(level.q)
    order[own] = np.array([*lead, *(effect for effect in own if effect not in lead)])
    out = copy(level)
    out.z = level.z[:, order]
    names = [level.effects[number] for number in order]
    ends = np.cumsum([0, *(len(part.names) for part in level.blocks)])
    out.blocks = [replace(part, names=tuple(names[start:stop])) for part, start, stop in zip(level.blocks, ends, ends[1:], strict=False)]
    return out
