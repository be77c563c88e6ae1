"""Profile intervals of standard deviations and correlations: both ends of all quantities searched for side by side.

The likelihood (ML, as in lme4) is a function of θ and σ. A quantity is held at a value by solving for one of them,

    sd_i = σ ‖Λ_i‖  →  σ = sd_i/‖Λ_i‖,      cor_ij = b/√(b² + c²)  with Λ's first rows (a, 0), (b, c)  →  b = cor · length,

so that what is left is an ordinary search. An end of the interval is where the deviance has risen by the χ²₁ quantile.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .criterion import setting
from .levels import Level
from .nested import NestedProblem
from .optimise import minimise
from .problem import LeastSquares, find_optimum, make_problem
from .profile_end import End
from .scaled import scale_design

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit

MOST_STEPS = 40
LIFT = 0.2


@dataclass(frozen=True)
class Quantity:
    """A standard deviation (i = j), a correlation (i ≠ j) of level `level`, or σ (`level` None)."""

    name: str
    level: int | None
    i: int = 0
    j: int = 0

    @property
    def correlation(self) -> bool:
        """Whether it is one."""
        return self.i != self.j

    def value(self, covariances: list[np.ndarray], sigma: float) -> float:
        """Its value in a set of variance components."""
        if self.level is None:
            return sigma
        matrix = covariances[self.level]
        if not self.correlation:
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


def profile_intervals(fit: LinearMixedModelFit, limit: float) -> list[tuple[float, float]]:
    """Both ends of every quantity, in the order of `quantities`; NaN where the likelihood gives none.

    Parameters
    ----------
    limit : float
        Rise of the deviance at the ends (3.84 for 95 %).

    Notes
    -----
    R: ``confint(m, oldNames = FALSE)``. A standard deviation of zero that is not refuted gives 0 as the lower end.
    """
    wanted = quantities(fit)
    plain = [quantity for quantity in wanted if not quantity.correlation]
    found = dict(zip(plain, _Profiles(fit, plain).intervals(limit), strict=True))
    for quantity in wanted:
        if quantity.correlation:
            # Its two effects must come first in their block, which makes another problem of the same model.
            found[quantity] = _Profiles(fit, [quantity]).intervals(limit)[0]
    return [found[quantity] for quantity in wanted]


class _Profiles:
    """The ML deviance with one quantity held: of all standard deviations, or of one correlation."""

    def __init__(self, fit: LinearMixedModelFit, wanted: list[Quantity]):
        design, first = copy(fit.design), wanted[0]
        if first.correlation:
            design.levels = [_reordered(level, first) if number == first.level else level for number, level in enumerate(design.levels)]
        self.wanted, self.levels = wanted, design.levels
        scaled = scale_design(design, centre_effects=False)
        self.n, self.y_scale, self.z_back = len(scaled.y), scaled.y_scale, scaled.z_back
        self.given = setting(scaled, reml=False)
        self.problem = make_problem(scaled, self.levels, self.given)
        best, _ = find_optimum(self.problem, self.levels)
        self.best, self.lowest = best.theta[0], float(best.deviance[0])
        self.sigma = float(np.sqrt(self.problem.profiles(best.theta).rss[0] / self.n))
        self.corner = self._corner(first) if first.correlation else None
        self.diagonal = np.concatenate([[i == j for i, j in level.free] for level in self.levels])
        self.rows = np.array([self._row(quantity) for quantity in wanted])
        self.units = np.array([self._unit(quantity) for quantity in wanted])

    def _row(self, quantity: Quantity) -> np.ndarray:
        """Which entries of θ make up ‖Λ_i‖ (none for σ)."""
        places = [(number, i) for number, level in enumerate(self.levels) for i, _ in level.free]
        return np.array([place == (quantity.level, quantity.i) for place in places])

    def _unit(self, quantity: Quantity) -> float:
        """sd = unit · σ · ‖Λ_i‖ in the user's units."""
        return self.y_scale * (1.0 if quantity.level is None else abs(float(self.z_back[quantity.level][quantity.i, quantity.i])))

    def _corner(self, quantity: Quantity) -> list[int]:
        """Places in θ of a, b and c."""
        number = quantity.level or 0
        level, start = self.levels[number], sum(len(level.free) for level in self.levels[:number])
        lead = int(np.flatnonzero(level.block_of == level.block_of[quantity.i])[0])
        return [start + level.free.index(at) for at in ((lead, lead), (lead + 1, lead), (lead + 1, lead + 1))]

    # --- the likelihood ---------------------------------------------------------------------------------------------

    def deviance(self, theta: np.ndarray, log_sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """−2 log-likelihood at (θ, σ), shape (R,), with its derivatives by θ (R, k) and by log σ (R,).

        Where the profiled deviance has n in its formulas, ν = RSS/σ² in its place makes its gradient the one at σ.
        """
        part = copy(self.problem)
        if isinstance(part, NestedProblem):
            part.compiled = False
            part.B, part.C = [np.repeat(b, len(theta), axis=0) for b in part.B], np.repeat(part.C, len(theta), axis=0)
            part.replicates = len(theta)
            rss = part.profiles(theta).rss
        else:
            rss = np.array([_first(part.profiles(row[None]).rss) for row in theta])
        sigma2 = np.exp(2 * log_sigma)
        nu = rss / sigma2
        if isinstance(part, NestedProblem):
            part.given = replace(self.given, n=nu)
            value, slope = part.evaluate(theta)
        else:
            assert not isinstance(part, LeastSquares)
            each = []
            for row, own in zip(theta, nu, strict=True):
                part.given = replace(self.given, n=own)
                each.append(part.evaluate(row[None], np.array([0])))
            value, slope = (np.concatenate(pieces) for pieces in zip(*each, strict=True))
        spread = np.log(2 * np.pi * sigma2)
        return value - nu * spread + self.n * spread, slope, 2 * (self.n - nu)

    def held(self, which: np.ndarray, free: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k) with quantity `which` (R,) at `value` (R,), by what is left free (R, k).

        Free is θ; for a correlation with the length √(b² + c²) in the place of c and log σ in the place of b.
        """
        if self.corner is not None:
            _, b, c = self.corner
            theta, length, rest = free.copy(), free[:, c], np.sqrt(1 - value**2)
            theta[:, b], theta[:, c] = value * length, rest * length
            deviance, slope, by_sigma = self.deviance(theta, free[:, b])
            slope[:, c], slope[:, b] = value * slope[:, b] + rest * slope[:, c], by_sigma
            return deviance, slope
        own = self.rows[which] * free
        square = np.where(self.rows[which].any(axis=1), np.maximum((own**2).sum(axis=1), 1e-300), 1.0)
        deviance, slope, by_sigma = self.deviance(free, np.log(value / self.units[which]) - np.log(square) / 2)
        return deviance, slope - by_sigma[:, None] * own / square[:, None]

    def at_zero(self, which: int) -> float:
        """The lowest deviance with a standard deviation at zero."""
        row = self.rows[which]

        def without(theta: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            deviance, slope = self.problem.evaluate(np.where(row, 0.0, theta), outcome)
            return deviance, np.where(row, 0.0, slope)

        return float(minimise(without, self.levels, self.lifted(self.best[None]), kicks=False, polish=False).deviance[0])

    def lifted(self, theta: np.ndarray) -> np.ndarray:
        """Starts with variances near zero moved inwards: at zero the deviance is flat, whatever lies beside it."""
        return np.where(self.diagonal & (np.abs(theta) < LIFT), LIFT, theta)

    # --- the ends ---------------------------------------------------------------------------------------------------

    def centre(self, which: int) -> float:
        """The quantity's ML estimate."""
        if self.corner is None:
            row = self.best[self.rows[which]]
            return float(self.units[which] * self.sigma * (np.linalg.norm(row) if len(row) else 1.0))
        a, b, c = self.best[self.corner]
        size = np.hypot(b, c)
        return float(b / size * np.sign(a)) if size > 1e-8 and abs(a) > 1e-8 else np.nan

    def intervals(self, limit: float) -> list[tuple[float, float]]:
        """Both ends of each wanted quantity."""
        ends = []
        for which, quantity in enumerate(self.wanted):
            centre = self.centre(which)
            if quantity.correlation:
                ends += [End(which, centre, sign * 0.3, limit, bound=sign * (1 - 1e-9)) for sign in (-1, 1)]
                continue
            step = 0.25 * max(centre, 0.2 * self.sigma * self.y_scale)
            low, high = End(which, centre, -step, limit), End(which, centre, step, limit)
            if quantity.level is not None:
                low.at_bound(0.0, self.at_zero(which) - self.lowest)
            ends += [low, high]
        self._search(ends)
        if self.corner is not None:
            # At ±1 there is no likelihood; the search stops just before it.
            return [
                (float(np.round(low.found, 8)), float(np.round(high.found, 8))) for low, high in zip(ends[::2], ends[1::2], strict=True)
            ]
        return [(low.found, high.found) for low, high in zip(ends[::2], ends[1::2], strict=True)]

    def _search(self, ends: list[End]) -> None:
        """Try values for all ends at once until each has its own."""
        start = self.best.copy()
        if self.corner is not None:
            a, b, c = self.corner
            # c's place holds the length √(b² + c²), b's log σ; the sign of a went with b.
            start[c], start[a], start[b] = np.hypot(*self.best[[b, c]]), abs(start[a]), np.log(self.sigma)
        for end in ends:
            end.start = start
        for _ in range(MOST_STEPS):
            going = [end for end in ends if end.going]
            if not going:
                return
            which, values = np.array([end.which for end in going]), np.array([end.trial for end in going])

            def evaluate(free: np.ndarray, rows: np.ndarray, which: np.ndarray = which, values: np.ndarray = values):
                return self.held(which[rows], free, values[rows])

            starts = self.lifted(np.array([end.start for end in going]))
            reached = minimise(evaluate, self.levels, starts, kicks=False, polish=False)
            for end, rise, free in zip(going, reached.deviance - self.lowest, reached.theta, strict=True):
                end.tried(float(rise), free)


def _first(values: np.ndarray) -> float:
    return float(values[0]) if len(values) else np.inf


def _reordered(level: Level, quantity: Quantity) -> Level:
    """The level with the quantity's effects first in their block."""
    block = level.block_of
    own = np.flatnonzero(block == block[quantity.i])
    lead = (quantity.j, quantity.i)
    order = np.arange(level.q)
    order[own] = np.array([*lead, *(effect for effect in own if effect not in lead)])
    out = copy(level)
    out.z = level.z[:, order]
    names = [level.effects[number] for number in order]
    ends = np.cumsum([0, *(len(part.names) for part in level.blocks)])
    out.blocks = [replace(part, names=tuple(names[start:stop])) for part, start, stop in zip(level.blocks, ends, ends[1:], strict=False)]
    return out
