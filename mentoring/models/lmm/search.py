"""Quasi-Newton searches of many outcomes (or from many starts) that advance side by side."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import numpy as np

Evaluate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""(θ of shape (R, k), indices of the R outcomes) → deviances (R,), gradients (R, k)."""

STEP = 1e-4
MAX_ITERATIONS = 200
LONGEST_STEP = 0.5


class Search:
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
        if fine.all():
            return deviance, gradient
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
        here = self.deviance[active]
        # Far from the optimum the deviance is concave in θ and its curvature misleads: no step changes Λ by more than its own size.
        longest = LONGEST_STEP * np.maximum(1.0, np.abs(self.theta[active]).max(axis=1))
        length = np.minimum(1.0, longest / np.maximum(np.abs(direction).max(axis=1), 1e-300))
        noise = 1e-14 * np.abs(here)
        moved = np.zeros(len(active), dtype=bool)
        todo = np.arange(len(active))
        for _ in range(25):
            which = active[todo]
            trial = self.theta[which] + length[todo, None] * direction[todo]
            deviance, gradient = self._value(trial, which)
            promised = length[todo] * slope[todo]
            rise = deviance - here[todo]
            good = rise <= 1e-4 * promised + noise[todo]
            if good.all():
                self._accept(which, trial, deviance, gradient)
                moved[todo] = True
                break
            if good.any():
                self._accept(which[good], trial[good], deviance[good], gradient[good])
                moved[todo[good]] = True
            bad = ~good
            todo, rise, promised = todo[bad], rise[bad] - promised[bad], promised[bad]
            with np.errstate(all="ignore"):
                shrink = np.where(np.isfinite(rise) & (rise > 0), -promised / (2 * rise), 0.1)
            length[todo] *= np.clip(shrink, 0.1, 0.5)
            # A step that promises less than rounding takes away says nothing: its curvature is at fault.
            todo = todo[-length[todo] * slope[todo] > noise[todo]]
            if not len(todo):
                break
        return moved

    def _accept(self, which: np.ndarray, theta: np.ndarray, deviance: np.ndarray, gradient: np.ndarray) -> None:
        s, y = theta - self.theta[which], gradient - self.gradient[which]
        sy = (s * y).sum(axis=1)
        good = sy > 1e-10 * np.sqrt((s * s).sum(axis=1) * (y * y).sum(axis=1))
        rows = which
        if not good.all():
            # The gradient grew along the step: there is no curvature to learn, and the next step may be longer.
            self.inverse[which[~good]] *= 4
            rows, s, y, sy = which[good], s[good], y[good], sy[good]
        if len(rows):
            # (I − ρsyᵀ) H (I − ρysᵀ) + ρssᵀ, ρ = 1/sᵀy
            inverse = self.inverse[rows]
            hy = np.einsum("rij,rj->ri", inverse, y)
            rho = 1 / sy
            own = (rho * (1 + rho * (y * hy).sum(axis=1)))[:, None] * s - rho[:, None] * hy
            inverse += s[:, :, None] * own[:, None, :]
            inverse -= (rho[:, None] * hy)[:, :, None] * s[:, None, :]
            self.inverse[rows] = inverse
        self.theta[which], self.deviance[which], self.gradient[which] = theta, deviance, gradient

    def hessian(self, which: np.ndarray, central: bool) -> np.ndarray:
        """Differences of the gradient along each coordinate, all in one evaluation."""
        theta = self.theta[which]
        count, k = theta.shape
        step = STEP * np.maximum(1.0, np.abs(theta))
        shift = step[:, None, :] * np.eye(k)
        gradient = self.gradient[which][:, None, :]
        if central:
            both = np.stack([theta[:, None, :] + shift, theta[:, None, :] - shift])
            up, down = self._value(both.reshape(-1, k), np.tile(np.repeat(which, k), 2))[1].reshape(2, count, k, k)
            out = (up - down) / (2 * step)[:, :, None]
        else:
            up = self._value((theta[:, None, :] + shift).reshape(-1, k), np.repeat(which, k))[1].reshape(count, k, k)
            out = (up - gradient) / step[:, :, None]
        return (out + np.swapaxes(out, 1, 2)) / 2

    def _fresh_curvature(self, which: np.ndarray, central: bool) -> None:
        """Inverse Hessian with negative curvature turned round, so that every step leads downhill."""
        values, vectors = np.linalg.eigh(self.hessian(which, central))
        size = np.abs(values)
        size = np.maximum(size, np.maximum(1e-6 * size.max(axis=1, keepdims=True), 1e-8))
        self.inverse[which] = vectors / size[:, None, :] @ np.swapaxes(vectors, 1, 2)

    def only(self, rows: list[int]) -> Search:
        """Some of the searches, where they stand."""
        out = copy(self)
        for name in ("theta", "deviance", "gradient", "inverse"):
            setattr(out, name, getattr(self, name)[rows])
        return out

    def take(self, rows: np.ndarray, other: Search, chosen: np.ndarray) -> None:
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


def _solve_positive(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """H⁻¹g on the directions of positive curvature."""
    values, vectors = np.linalg.eigh(hessian)
    useful = values > 1e-9 * np.maximum(values.max(axis=1, keepdims=True), 1e-300)
    inverse = np.where(useful, 1 / np.where(useful, values, 1.0), 0.0)
    return np.einsum("rij,rj->ri", vectors * inverse[:, None, :], np.einsum("rji,rj->ri", vectors, gradient))
