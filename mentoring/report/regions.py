"""Which part of a plane of two answers may be drawn, and groups of relationships in it: never a place that tells of single people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.report import disclosure

DIRECTIONS = 72
# Sides of a hexagon, in standard deviations of the answers: the finest that shows most relationships is taken.
SIZES = (0.35, 0.45, 0.55, 0.7, 0.85, 1.0, 1.25, 1.5)
LEAST_SHOWN = 0.6


def covered_region(points: pd.DataFrame, smallest: int) -> np.ndarray | None:
    """The convex region with at least `smallest` mentors and mentees beyond its edge, in whatever direction one looks.

    A convex hull would pass through the answers of the people furthest out. This region (of Tukey's halfspace depth, counted in people)
    leaves them outside.

    Parameters
    ----------
    points : DataFrame
        x, y, mentor, mentee; one row per relationship.
    smallest : int

    Returns
    -------
    ndarray, shape (corners, 2), or None
        None when there is no such region.
    """
    if points.empty:
        return None
    places = points[["x", "y"]].to_numpy(float)
    reach = 2 * np.abs(places - places.mean(axis=0)).max() + 1
    corners = places.mean(axis=0) + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    for angle in 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
        direction = np.array([np.cos(angle), np.sin(angle)])
        edge = _edge(points, places @ direction, smallest)
        if edge is None:
            return None
        corners = _cut(corners, direction, edge)
        if len(corners) < 3:
            return None
    return corners


def _edge(points: pd.DataFrame, along: np.ndarray, smallest: int) -> float | None:
    """How far out one can go with enough people still beyond."""
    order = np.argsort(-along, kind="stable")
    needed = 0
    for side in ("mentor", "mentee"):
        first = np.flatnonzero(~points[side].iloc[order].duplicated().to_numpy())
        if len(first) < smallest:
            return None
        needed = max(needed, int(first[smallest - 1]))
    return float(along[order[needed]])


def _cut(corners: np.ndarray, direction: np.ndarray, edge: float) -> np.ndarray:
    """A convex polygon without what lies beyond a straight edge."""
    over = corners @ direction - edge
    kept = []
    for here, there, a, b in zip(corners, np.roll(corners, -1, axis=0), over, np.roll(over, -1)):
        if a <= 0:
            kept.append(here)
        if (a < 0 < b) or (b < 0 < a):
            kept.append(here + (there - here) * a / (a - b))
    return np.array(kept).reshape(-1, 2)


@dataclass(frozen=True)
class Hexagons:
    """Groups of relationships on a hexagonal grid.

    Attributes
    ----------
    cells : DataFrame
        x, y (the middle), z (mean outcome), relationships.
    size : float
        A side's length.
    shown, total : int
        Relationships in the cells, and in all.
    """

    cells: pd.DataFrame
    size: float
    shown: int
    total: int


def hexagons(points: pd.DataFrame, step: float, smallest: int) -> Hexagons | None:
    """Mean outcomes of relationships that stand near each other, `smallest` mentors and mentees or more in each cell.

    The finest grid is taken that shows three in five relationships; None when the coarsest does not.

    Parameters
    ----------
    points : DataFrame
        x, y, z, mentor, mentee; one row per relationship.
    step : float
        One standard deviation of the answers.
    """
    for size in (step * share for share in SIZES):
        cells = _binned(points, size)
        enough = cells.apply(lambda cell: disclosure.enough(int(cell["mentors"]), int(cell["mentees"]), smallest), axis=1)
        shown = cells[enough.astype(bool)] if len(cells) else cells
        if len(shown) >= 2 and shown["relationships"].sum() >= LEAST_SHOWN * len(points):
            return Hexagons(shown.reset_index(drop=True), size, int(shown["relationships"].sum()), len(points))
    return None


def _binned(points: pd.DataFrame, size: float) -> pd.DataFrame:
    """Relationships by the nearest centre of a grid of hexagons with pointed tops, centred at the mean."""
    middle = points[["x", "y"]].mean().to_numpy()
    x, y = (points[["x", "y"]].to_numpy(float) - middle).T / size
    wide, high = np.sqrt(3), 1.5
    row = np.rint(y / high)
    best = None
    for candidate in (row - 1, row, row + 1):
        shift = (np.abs(candidate) % 2) / 2
        column = np.rint(x / wide - shift)
        centre = np.column_stack([(column + shift) * wide, candidate * high])
        far = (centre[:, 0] - x) ** 2 + (centre[:, 1] - y) ** 2
        best = (far, centre) if best is None else (np.minimum(far, best[0]), np.where((far < best[0])[:, None], centre, best[1]))
    assert best is not None
    places = np.round(best[1], 6)
    grouped = points.assign(u=places[:, 0], v=places[:, 1]).groupby(["u", "v"], sort=True)
    cells = grouped.agg(
        z=("z", "mean"), relationships=("z", "size"), mentors=("mentor", "nunique"), mentees=("mentee", "nunique")
    ).reset_index()
    return cells.assign(x=cells["u"] * size + middle[0], y=cells["v"] * size + middle[1])
