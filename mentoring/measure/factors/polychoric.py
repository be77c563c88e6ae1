"""Correlations of the continuous leanings behind ordered answers (Olsson 1979, two-step)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from mentoring.measure.tabular import numeric

# Beyond this the likelihood is flat and the correlation as good as one.
MOST = 0.9999


@dataclass(frozen=True)
class Polychoric:
    """Polychoric correlations.

    Attributes
    ----------
    r : DataFrame
        Items × items.
    thresholds : dict of str to ndarray
        Where each item's categories part, in standard deviations of its leaning.
    notes : tuple of str
        Pairs of items with empty cells or a correlation at the edge.
    """

    r: pd.DataFrame
    thresholds: dict[str, np.ndarray]
    notes: tuple[str, ...]


def polychoric(items: pd.DataFrame | ArrayLike) -> Polychoric:
    """Polychoric correlations of ordered items, over the rows in which every item was answered.

    Thresholds are ``Φ⁻¹`` of each item's cumulative shares; each correlation then maximises ``Σ n_ab log P_ab(r)``, P the bivariate normal
    probability of the cell. R: ``lavaan::lavCor(items, ordered = names(items))``; ``psych::polychoric(items, correct = 0)``.

    Parameters
    ----------
    items : DataFrame or array, shape (people, items)
        Ordered answers of few categories, NaN where missing.

    Returns
    -------
    Polychoric
        NaN for items that do not differ between the people who answered all items, with a note.

    Raises
    ------
    StudyError
        Answers that are no numbers.

    References
    ----------
    Olsson (1979).
    """
    items = numeric(items, "polychoric correlations")
    complete = items.dropna()
    codes = {name: np.unique(complete[name].to_numpy(dtype=float), return_inverse=True)[1].reshape(-1) for name in items.columns}
    cuts = {name: thresholds(code) for name, code in codes.items()}
    names = list(items.columns)
    r = np.eye(len(names))
    notes = []
    constant = [name for name in names if len(cuts[name]) == 0]
    if constant:
        notes.append(f"everyone gave the same answer to {', '.join(constant)}" if len(complete) else "nobody answered every item")
    for second in range(len(names)):
        for first in range(second):
            if {names[first], names[second]} & set(constant):
                r[first, second] = r[second, first] = np.nan
                continue
            table = _crossed(codes[names[first]], codes[names[second]])
            value = correlation(_without_hole(table), cuts[names[first]], cuts[names[second]])
            r[first, second] = r[second, first] = value
            if abs(value) >= MOST - 1e-6:
                notes.append(f"{names[first]} and {names[second]} go together without exception, so their correlation is at the edge")
            elif (table == 0).any():
                notes.append(f"some combinations of {names[first]} and {names[second]} were never answered, so their correlation is uncertain")
    return Polychoric(pd.DataFrame(r, index=names, columns=names), cuts, tuple(notes))


def thresholds(codes: np.ndarray) -> np.ndarray:
    """``Φ⁻¹`` of the cumulative shares of codes 0, 1, …; without the last, which is infinite. None of a constant item, or of no answer."""
    if not len(codes):
        return np.array([])
    shares = np.cumsum(np.bincount(codes)) / len(codes)
    return stats.norm.ppf(shares[:-1])


def correlation(table: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> float:
    """The correlation under which a table of counts is most likely, thresholds given."""
    def cost(r: float) -> float:
        return -float(np.sum(table * np.log(np.maximum(cell_probabilities(r, rows, columns), 1e-12))))

    found = optimize.minimize_scalar(cost, bounds=(-MOST, MOST), method="bounded", options={"xatol": 1e-8})
    return float(found.x)


def cell_probabilities(r: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Probabilities of all combinations of two ordered answers whose leanings correlate `r`."""
    a, b = np.concatenate([[-np.inf], rows, [np.inf]]), np.concatenate([[-np.inf], columns, [np.inf]])
    return np.diff(np.diff(bivariate_normal(a[:, None], b[None, :], r), axis=0), axis=1)


# Gauss-Legendre points for the integral over the correlation below; twenty give the normal distribution to 1e-9 and better away from |r| = 1.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(40)


def bivariate_normal(a: np.ndarray, b: np.ndarray, r: float) -> np.ndarray:
    """``P(X ≤ a, Y ≤ b)`` of the standard bivariate normal: ``Φ(a)Φ(b) + 1/(2π) ∫₀^asin(r) exp(-(a² - 2ab sin t + b²)/(2cos² t)) dt``.

    (Drezner & Wesolowsky 1990; the substitution of the correlation by its arc sine keeps the integrand smooth.)
    """
    edge = np.isinf(a) | np.isinf(b)
    product = special.ndtr(a) * special.ndtr(b)
    x, y = np.where(edge, 0.0, a), np.where(edge, 0.0, b)
    end = np.arcsin(r)
    angle = end * (_POINTS + 1) / 2
    sine, cosine2 = np.sin(angle), np.cos(angle) ** 2
    body = np.exp(-(x[..., None] ** 2 - 2 * x[..., None] * y[..., None] * sine + y[..., None] ** 2) / (2 * cosine2))
    return np.where(edge, product, product + (end / 2) * (body @ _WEIGHTS) / (2 * np.pi))


def _without_hole(table: np.ndarray) -> np.ndarray:
    """A two-by-two table with one empty cell gets half an answer in it, its margins kept, as in lavaan; without, the correlation is ±1 always."""
    if table.shape != (2, 2) or (table == 0).sum() != 1:
        return table
    row, column = np.argwhere(table == 0)[0]
    sign = 1.0 if row == column else -1.0
    return table + 0.5 * sign * np.array([[1.0, -1.0], [-1.0, 1.0]])


def _crossed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    return table
