"""Minimise the profiled deviance: quasi-Newton in sign-free θ, for one outcome or thousands side by side.

θ = 0 is a stationary point of every variance by symmetry (the deviance is even in each column of Λ), so a plain
minimiser can stop at a false boundary. Every optimum near a boundary is therefore tried again from the interior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .criterion import factors
from .levels import Level
from .search import Evaluate, Search

KICK = 0.3


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
    search = Search(evaluate, start)
    search.run(inverse)
    return settled(search, levels, kicks, polish)


def settled(search: Search, levels: list[Level], kicks: bool = True, polish: bool = True) -> Optimum:
    """The end of a search that has run: boundary kicks, zeros, last Newton steps."""
    if kicks:
        _kick(search, levels)
    _snap_to_zero(search, levels)
    if polish:
        search.polish()
    else:
        search.finish()
    to_go = np.where(np.isfinite(search.deviance), np.abs(search.to_go), np.inf)
    return Optimum(search.theta, search.deviance, search.gradient, search.final_hessian, to_go, search.evaluations)


def _diagonal(levels: list[Level]) -> list[int]:
    """Positions in θ of the diagonal entries of every Λ."""
    places, start = [], 0
    for level in levels:
        places += [start + number for number, (i, j) in enumerate(level.free) if i == j]
        start += len(level.free)
    return places


def _kick(search: Search, levels: list[Level]) -> None:
    """Restart the outcomes that have an entry near zero from `KICK`, one start per entry; keep whichever end is lowest.

    Where that helped it is tried again: the new end may lie at another boundary.
    """
    places = np.array(_diagonal(levels))
    todo = np.arange(len(search.theta))
    for _ in range(len(places)):
        rows, columns = np.nonzero(np.abs(search.theta[todo][:, places]) < 0.05)
        near = todo[rows]
        if not len(near):
            return
        start = search.theta[near]
        start[np.arange(len(near)), places[columns]] = KICK
        other = Search(_of(search.evaluate, near), start)
        other.run()
        search.evaluations += other.evaluations
        # The lowest end of each outcome stands first among its own.
        order = np.lexsort((other.deviance, near))
        best = order[np.diff(near[order], prepend=-1) != 0]
        better = best[other.deviance[best] < search.deviance[near[best]] - 1e-9]
        search.take(near[better], other, better)
        todo = near[better]


def _of(evaluate: Evaluate, rows: np.ndarray) -> Evaluate:
    """`evaluate` for a choice of outcomes."""
    return lambda theta, which: evaluate(theta, rows[which])


def _snap_to_zero(search: Search, levels: list[Level]) -> None:
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


def sharp_hessian(evaluate: Evaluate, theta: np.ndarray) -> np.ndarray:
    """Hessian of the profiled deviance by central differences of the analytic gradient, shape (R, k, k); error of the order 1e-8."""
    if not theta.shape[1]:
        return np.zeros((len(theta), 0, 0))
    return Search(evaluate, theta).hessian(np.arange(len(theta)), central=True)


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
