"""Minimise the profiled deviance: quasi-Newton in sign-free θ, for one outcome or thousands side by side.

θ = 0 is a stationary point of every variance by symmetry (the deviance is even in each column of Λ), so a plain
minimiser can stop at a false boundary. Every optimum near a boundary is therefore tried again from the interior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .criterion import factors
from .levels import Level

Evaluate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""(θ of shape (R, k), indices of the R outcomes) → deviances (R,), gradients (R, k)."""

STEP = 1e-4
KICK = 0.3
MAX_ITERATIONS = 200
LONGEST_STEP = 0.5


@dataclass
class Optimum:
    """Where the search ended, per outcome.

    Parameters
    ----------
    theta : ndarray, shape (R, k)
    deviance : ndarray, shape (R,)
    gradient : ndarray, shape (R, k)
    hessian : ndarray, shape (R, k, k)
        Of the profiled deviance, by forward differences of the gradient: good to three digits, enough to judge curvature. `sharp_hessian` gives the
        one that degrees of freedom need.
    to_go : ndarray, shape (R,)
        Decrease in deviance that a further Newton step promises.
    """

    theta: np.ndarray
    deviance: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    to_go: np.ndarray
    evaluations: int


def start_values(levels: list[Level], count: int, size: float = 1.0) -> np.ndarray:
    """Λ = `size` · I for every outcome, shape (R, k)."""
    row = [size if i == j else 0.0 for level in levels for i, j in level.free]
    return np.tile(np.array(row), (count, 1))


def minimise(
    evaluate: Evaluate, levels: list[Level], start: np.ndarray, kicks: bool = True, inverse: np.ndarray | None = None, polish: bool = True
) -> Optimum:
    """Search from `start`, then from the interior wherever a variance ended at or near zero.

    Parameters
    ----------
    evaluate : callable
    levels : list of Level
    start : ndarray, shape (R, k)
    kicks : bool
        Try boundary optima again from the interior.
    inverse : ndarray, shape (R, k, k), optional
        A good guess of the inverse Hessian at `start`.
    polish : bool
        End with a fresh Hessian and Newton steps; without, the deviance is right to 1e-9 and no Hessian is returned.
    """
    search = _Search(evaluate, start)
    search.run(inverse)
    if kicks:
        for place in _diagonal(levels):
            _kick(search, place)
    _snap_to_zero(search, levels)
    if polish:
        search.polish()
    else:
        search.finish()
    return search.optimum()


def _diagonal(levels: list[Level]) -> list[int]:
    """Positions in θ of the diagonal entries of every Λ."""
    places, start = [], 0
    for level in levels:
        places += [start + number for number, (i, j) in enumerate(level.free) if i == j]
        start += len(level.free)
    return places


def _kick(search: _Search, place: int) -> None:
    """Restart the outcomes whose entry is near zero from `KICK`; keep whichever end is lower."""
    near = np.flatnonzero(np.abs(search.theta[:, place]) < 0.05)
    if not len(near):
        return
    start = search.theta[near].copy()
    start[:, place] = KICK
    other = _Search(lambda theta, which: search.evaluate(theta, near[which]), start)
    other.run()
    search.evaluations += other.evaluations
    better = other.deviance < search.deviance[near] - 1e-9
    search.take(near[better], other, better)


def _snap_to_zero(search: _Search, levels: list[Level]) -> None:
    """Set a column of Λ to exactly zero when that costs nothing, so that zero variances read as zero."""
    start = 0
    for level in levels:
        for column in range(level.q):
            places = [start + number for number, (_, j) in enumerate(level.free) if j == column]
            size = np.abs(search.theta[:, places]).max(axis=1)
            small = np.flatnonzero((size > 0) & (size < 2e-2))
            if not len(small):
                continue
            trial = search.theta[small].copy()
            trial[:, places] = 0.0
            deviance, gradient = search.evaluate(trial, small)
            noise = 1e-10 * np.maximum(1.0, np.abs(search.deviance[small]) * 1e-3)
            fine = deviance <= search.deviance[small] + noise
            chosen = small[fine]
            search.theta[chosen], search.deviance[chosen], search.gradient[chosen] = trial[fine], deviance[fine], gradient[fine]
        start += len(level.free)


class _Search:
    """State of R searches that advance together; finished ones are no longer evaluated."""

    def __init__(self, evaluate: Evaluate, start: np.ndarray):
        self.evaluate = evaluate
        self.theta = np.array(start, dtype=float)
        self.evaluations = 0
        count, k = start.shape
        self.deviance, self.gradient = self._value(self.theta, np.arange(count))
        self.inverse = np.tile(np.eye(k), (count, 1, 1))

    def _value(self, theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.evaluations += 1
        deviance, gradient = self.evaluate(theta, which)
        fine = np.isfinite(deviance) & np.isfinite(gradient).all(axis=1)
        return np.where(fine, deviance, np.inf), np.where(fine[:, None], gradient, 0.0)

    def tolerance(self) -> np.ndarray:
        """Promised decrease below which a search is finished; rounding of the deviance grows with its size."""
        return np.maximum(1e-10, 1e-15 * np.abs(self.deviance))

    def run(self, inverse: np.ndarray | None = None) -> None:
        """BFGS until no outcome promises to improve; the first curvature comes from differences of the gradient."""
        active = np.arange(len(self.theta))
        if inverse is None:
            self._fresh_curvature(active, central=False)
        else:
            self.inverse = inverse
        stalled = np.zeros(len(self.theta), dtype=int)
        for _ in range(MAX_ITERATIONS):
            direction = -np.einsum("rij,rj->ri", self.inverse[active], self.gradient[active])
            slope = np.einsum("ri,ri->r", direction, self.gradient[active])
            going = -slope / 2 > self.tolerance()[active]
            active, direction, slope = active[going], direction[going], slope[going]
            if not len(active):
                return
            moved = self._step(active, direction, slope)
            stalled[active] = np.where(moved, 0, stalled[active] + 1)
            stuck = active[~moved]
            if len(stuck):
                self._fresh_curvature(stuck, central=True)
            active = active[stalled[active] < 2]

    def _step(self, active: np.ndarray, direction: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Backtracking line search and BFGS update; True where the deviance went down."""
        # Far from the optimum the deviance is concave in θ and its curvature misleads: no step changes Λ by more than its own size.
        longest = LONGEST_STEP * np.maximum(1.0, np.abs(self.theta[active]).max(axis=1))
        length = np.minimum(1.0, longest / np.maximum(np.abs(direction).max(axis=1), 1e-300))
        moved = np.zeros(len(active), dtype=bool)
        todo = np.arange(len(active))
        for _ in range(25):
            which = active[todo]
            trial = self.theta[which] + length[todo, None] * direction[todo]
            deviance, gradient = self._value(trial, which)
            noise = 1e-14 * np.abs(self.deviance[which])
            good = deviance <= self.deviance[which] + 1e-4 * length[todo] * slope[todo] + noise
            done = todo[good]
            self._accept(active[done], trial[good], deviance[good], gradient[good])
            moved[done] = True
            rise = deviance - self.deviance[which] - length[todo] * slope[todo]
            with np.errstate(all="ignore"):
                shrink = np.where(np.isfinite(rise) & (rise > 0), -slope[todo] * length[todo] / (2 * rise), 0.1)
            length[todo] *= np.clip(shrink, 0.1, 0.5)
            todo = todo[~good]
            if not len(todo):
                break
        return moved

    def _accept(self, which: np.ndarray, theta: np.ndarray, deviance: np.ndarray, gradient: np.ndarray) -> None:
        s, y = theta - self.theta[which], gradient - self.gradient[which]
        sy = np.einsum("ri,ri->r", s, y)
        size = np.linalg.norm(s, axis=1) * np.linalg.norm(y, axis=1)
        good = sy > 1e-10 * size
        if good.any():
            rows = which[good]
            s, y, rho = s[good], y[good], 1 / sy[good]
            left = np.eye(s.shape[1]) - rho[:, None, None] * s[:, :, None] * y[:, None, :]
            self.inverse[rows] = left @ self.inverse[rows] @ np.swapaxes(left, 1, 2) + rho[:, None, None] * s[:, :, None] * s[:, None, :]
        self.theta[which], self.deviance[which], self.gradient[which] = theta, deviance, gradient

    def hessian(self, which: np.ndarray, central: bool) -> np.ndarray:
        """Differences of the gradient, one coordinate at a time."""
        theta = self.theta[which]
        k = theta.shape[1]
        out = np.empty((len(which), k, k))
        for j in range(k):
            step = STEP * np.maximum(1.0, np.abs(theta[:, j]))
            ahead = theta.copy()
            ahead[:, j] += step
            _, up = self._value(ahead, which)
            if central:
                behind = theta.copy()
                behind[:, j] -= step
                _, down = self._value(behind, which)
                out[:, j] = (up - down) / (2 * step)[:, None]
            else:
                out[:, j] = (up - self.gradient[which]) / step[:, None]
        return (out + np.swapaxes(out, 1, 2)) / 2

    def _fresh_curvature(self, which: np.ndarray, central: bool) -> None:
        """Inverse Hessian with negative curvature turned round, so that every step leads downhill."""
        values, vectors = np.linalg.eigh(self.hessian(which, central))
        size = np.abs(values)
        size = np.maximum(size, np.maximum(1e-6 * size.max(axis=1, keepdims=True), 1e-8))
        self.inverse[which] = vectors / size[:, None, :] @ np.swapaxes(vectors, 1, 2)

    def take(self, rows: np.ndarray, other: _Search, chosen: np.ndarray) -> None:
        """Adopt another search's ends."""
        self.theta[rows], self.deviance[rows] = other.theta[chosen], other.deviance[chosen]
        self.gradient[rows], self.inverse[rows] = other.gradient[chosen], other.inverse[chosen]

    def polish(self) -> None:
        """Newton steps with one fresh Hessian: near the optimum the gradient is far sharper than the deviance.

        An entry that is exactly zero with zero gradient (a zero variance) stays where it is.
        """
        everyone = np.arange(len(self.theta))
        self.final_hessian = self.hessian(everyone, central=False)
        for _ in range(3):
            step = -_solve_positive(self.final_hessian, self.gradient)
            step[(self.theta == 0) & (self.gradient == 0)] = 0.0
            self.to_go = -np.einsum("ri,ri->r", step, self.gradient) / 2
            todo = np.flatnonzero(
                (self.to_go > 1e-15 * np.maximum(1.0, np.abs(self.deviance))) & (np.abs(step).max(axis=1, initial=0.0) < 0.1)
            )
            if not len(todo):
                return
            trial = self.theta[todo] + step[todo]
            deviance, gradient = self._value(trial, todo)
            noise = 1e-12 * np.maximum(1.0, np.abs(self.deviance[todo]))
            fine = deviance <= self.deviance[todo] + noise
            fine &= np.abs(gradient).max(axis=1) <= np.abs(self.gradient[todo]).max(axis=1)
            rows = todo[fine]
            self.theta[rows], self.deviance[rows], self.gradient[rows] = trial[fine], deviance[fine], gradient[fine]
            if not fine.any():
                return

    def finish(self) -> None:
        """Judge the end by the quasi-Newton curvature alone."""
        self.final_hessian = np.full_like(self.inverse, np.nan)
        self.to_go = np.einsum("ri,rij,rj->r", self.gradient, self.inverse, self.gradient) / 2

    def optimum(self) -> Optimum:
        to_go = np.where(np.isfinite(self.deviance), np.abs(self.to_go), np.inf)
        return Optimum(self.theta, self.deviance, self.gradient, self.final_hessian, to_go, self.evaluations)


def sharp_hessian(evaluate: Evaluate, theta: np.ndarray) -> np.ndarray:
    """Hessian of the profiled deviance by central differences of the analytic gradient, shape (R, k, k); error of the order 1e-8."""
    if not theta.shape[1]:
        return np.zeros((len(theta), 0, 0))
    return _Search(evaluate, theta).hessian(np.arange(len(theta)), central=True)


def _solve_positive(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """H⁻¹g on the directions of positive curvature."""
    values, vectors = np.linalg.eigh(hessian)
    useful = values > 1e-9 * np.maximum(values.max(axis=1, keepdims=True), 1e-300)
    inverse = np.where(useful, 1 / np.where(useful, values, 1.0), 0.0)
    return np.einsum("rij,rj->ri", vectors * inverse[:, None, :], np.einsum("rji,rj->ri", vectors, gradient))


def is_singular(theta: np.ndarray, levels: list[Level]) -> np.ndarray:
    """For each row of θ (R, k): does some combination of random effects have (relative to σ) no variance?

    Judged on the eigenvalues of each block's relative covariance with its effects scaled to comparable size, so that neither the outcome's units nor
    a covariate's decide.
    """
    return np.any(singular_levels(theta, levels), axis=0) if levels else np.zeros(len(theta), dtype=bool)


def singular_levels(theta: np.ndarray, levels: list[Level]) -> list[np.ndarray]:
    """`is_singular` grouping factor by grouping factor."""
    found = []
    for factor, level in zip(factors(theta, levels), levels, strict=True):
        out = np.zeros(len(theta), dtype=bool)
        sigma = factor @ np.swapaxes(factor, 1, 2)
        block = level.block_of
        for number in range(len(level.blocks)):
            own = np.flatnonzero(block == number)
            part = sigma[:, own[:, None], own]
            least = part[:, 0, 0] if len(own) == 1 else np.linalg.eigvalsh(part)[:, 0]
            out |= least < 1e-8
        found.append(out)
    return found
