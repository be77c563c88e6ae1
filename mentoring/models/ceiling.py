"""Necessary condition analysis: is the upper left corner empty, where the outcome is high and the condition low?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CEILINGS = ("CE-FDH", "CR-FDH")
# Dul (2016): d below .1 is small; a necessity hypothesis is taken up from .1.
SMALLEST_D = 0.1
SLACK = 1e-12


@dataclass(frozen=True)
class Ceiling:
    """The two ceilings over one cloud of points, and how much each leaves empty.

    Attributes
    ----------
    n, peers : int
        Points, and corners of the step ceiling (points that are higher than every point left of them).
    peer_x, peer_y : ndarray, shape (peers,)
        The corners, from left to right.
    x_low, x_high, y_low, y_high : float
        The scope: observed range of condition and outcome.
    ce_d, cr_d : float
        Share of the scope's area above the step ceiling (CE-FDH) and above the straight one (CR-FDH).
    slope, intercept : float
        Of the straight ceiling; NaN with fewer than two corners.
    below : float
        Share of points on or below the straight ceiling (`accuracy`); for the step ceiling it is 1 by construction.
    """

    n: int
    peer_x: np.ndarray
    peer_y: np.ndarray
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    ce_d: float
    cr_d: float
    slope: float
    intercept: float
    below: float

    @property
    def peers(self) -> int:
        """Corners of the step ceiling."""
        return len(self.peer_x)

    @property
    def scope(self) -> float:
        """Area of the field in which points could lie."""
        return (self.x_high - self.x_low) * (self.y_high - self.y_low)

    def d(self, ceiling: str) -> float:
        """Effect size by one of `CEILINGS`."""
        return self.ce_d if ceiling == "CE-FDH" else self.cr_d

    def needed(self, outcome: float, ceiling: str) -> float:
        """The bottleneck: the lowest condition at which the ceiling reaches an outcome.

        -inf when the lowest condition observed is enough already ("not necessary"), inf when no observed condition is ("not available").
        """
        if ceiling == "CE-FDH":
            reached = self.peer_x[self.peer_y >= outcome - SLACK]
            least = reached[0] if len(reached) else np.inf
        elif not self.slope > 0:
            return -np.inf
        else:
            least = (outcome - self.intercept) / self.slope
        if least <= self.x_low + SLACK:
            return -np.inf
        return float(least) if least <= self.x_high + SLACK else np.inf


def ceilings(x: np.ndarray, y: np.ndarray) -> Ceiling:
    """Step and straight ceiling over points, with effect sizes.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Condition and outcome; high values of the condition are what may be necessary.

    Returns
    -------
    Ceiling

    Notes
    -----
    CE-FDH: with the points sorted by x, the step function ``max{y_i : x_i <= x}`` (free disposal hull). CR-FDH: least squares through its
    corners, identical points counting as often as they occur. ``d = area above the ceiling within the scope / scope``, scope =
    (max x - min x)(max y - min y). R: ``NCA::nca_analysis(data, "x", "y", ceilings = c("ce_fdh", "cr_fdh"))``.

    References
    ----------
    Dul (2016), Organizational Research Methods 19, 10-52.
    """
    levels, codes = np.unique(np.asarray(x, float), return_inverse=True)
    y = np.asarray(y, float)
    corner, weight, run = _corners(codes, y, len(levels))
    slope, intercept, cr = _straight(levels, run, corner, weight, y.min(), y.max())
    line = intercept + slope * levels[codes]
    return Ceiling(
        len(y),
        levels[corner],
        run[corner],
        levels[0],
        levels[-1],
        y.min(),
        y.max(),
        _step_share(levels, run, y.min()),
        cr,
        slope,
        intercept,
        float(np.mean(y <= line + 1e-9)) if np.isfinite(slope) else 1.0,
    )


def dealt_effect_sizes(x: np.ndarray, y: np.ndarray, orders: Sequence[np.ndarray]) -> np.ndarray:
    """Effect sizes (CE-FDH, CR-FDH) with the conditions dealt anew: row k is for ``x[orders[k]]``; shape (orders, 2)."""
    levels, codes = np.unique(np.asarray(x, float), return_inverse=True)
    y = np.asarray(y, float)
    out = np.empty((len(orders), 2))
    for number, order in enumerate(orders):
        corner, weight, run = _corners(codes[order], y, len(levels))
        out[number] = _step_share(levels, run, y.min()), _straight(levels, run, corner, weight, y.min(), y.max())[2]
    return out


def deals(program: np.ndarray, mentor: np.ndarray, count: int, generator: np.random.Generator) -> list[np.ndarray]:
    """Ways to deal the conditions anew within programmes that leave conditions of one mentor beside each other.

    In each programme mentors are put into a random order, and each one's relationships too; so the conditions make one row of runs, and the
    outcomes another (in an order of its own). The first is laid upon the second. Where all mentors of a programme have equally many
    relationships this swaps whole mentors and shuffles within them, which is exact when mentors are exchangeable within programmes
    and mentees within mentors; otherwise runs overlap their new mentors' borders, and clustering is kept nearly.

    Parameters
    ----------
    program, mentor : ndarray of labels, shape (n,)
    count : int
    generator : numpy Generator

    Returns
    -------
    list of ndarray of int
        Each gives, for every row, the row whose condition it is dealt.
    """
    home = np.unique(program, return_inverse=True)[1]
    own = np.unique(np.char.add(np.char.add(program.astype(str), "\x1f"), mentor.astype(str)), return_inverse=True)[1]

    def laid_out() -> np.ndarray:
        return np.lexsort((generator.random(len(home)), generator.random(own.max() + 1)[own], home))

    orders = []
    for _ in range(count):
        places, cards = laid_out(), laid_out()
        order = np.empty(len(home), dtype=int)
        order[places] = cards
        orders.append(order)
    return orders


def add_one_p(observed: float, drawn: np.ndarray) -> float:
    """One-sided ``(1 + #{d* >= d}) / (1 + B)`` (Phipson & Smyth 2010)."""
    return float((1 + np.sum(drawn >= observed - 1e-9)) / (1 + len(drawn)))


def _corners(codes: np.ndarray, y: np.ndarray, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which levels of x are corners, how many identical points stand at each level's top, and the running maximum."""
    top = np.full(levels, -np.inf)
    np.maximum.at(top, codes, y)
    run = np.maximum.accumulate(top)
    corner = top > np.concatenate([[-np.inf], run[:-1]])
    return corner, np.bincount(codes[y == top[codes]], minlength=levels), run


def _step_share(levels: np.ndarray, run: np.ndarray, low: float) -> float:
    scope = (levels[-1] - levels[0]) * (run[-1] - low)
    return float(np.sum(np.diff(levels) * (run[-1] - run[:-1])) / scope) if scope > 0 else 0.0


def _straight(
    levels: np.ndarray, run: np.ndarray, corner: np.ndarray, weight: np.ndarray, low: float, high: float
) -> tuple[float, float, float]:
    """Slope, intercept and share above of the line through the corners; with one corner there is no line and nothing above it."""
    px, py, w = levels[corner], run[corner], weight[corner]
    if len(px) < 2:
        return np.nan, np.nan, 0.0
    mean_x, mean_y = np.average(px, weights=w), np.average(py, weights=w)
    slope = float(np.sum(w * (px - mean_x) * (py - mean_y)) / np.sum(w * (px - mean_x) ** 2))
    intercept = float(mean_y - slope * mean_x)
    # Left of `left` the line runs below the scope (all of the height is empty), right of `right` above it.
    left = min(max((low - intercept) / slope, levels[0]), levels[-1])
    right = min(max((high - intercept) / slope, levels[0]), levels[-1])
    area = (left - levels[0]) * (high - low) + (right - left) * (high - intercept - slope * (left + right) / 2)
    return slope, intercept, float(area / ((levels[-1] - levels[0]) * (high - low)))
