"""Exploring a structure that is not known: how many factors chance would not give, and what they hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from mentoring.measure.factors.polychoric import thresholds

# The smallest unique variance; at it the solution is a Heywood case. As in R's factanal.
LEAST_UNIQUE = 0.005
POWER = 4


@dataclass(frozen=True)
class Exploration:
    """Factors found.

    Attributes
    ----------
    loadings : DataFrame
        Items × factors (`F1`, `F2`, …): the pattern, how an item depends on each factor with the others held.
    correlations : ndarray
        Of the factors.
    unique : ndarray
        Each item's unique variance.
    heywood : bool
        A unique variance stands at its lower bound.
    """

    loadings: pd.DataFrame
    correlations: np.ndarray
    unique: np.ndarray
    heywood: bool


@dataclass(frozen=True)
class Parallel:
    """Eigenvalues beside those of chance; factors are kept as long as they exceed `high`, the 95th percentile.

    Attributes
    ----------
    eigenvalues, mean, high : ndarray, shape (items,)
    """

    eigenvalues: np.ndarray
    mean: np.ndarray
    high: np.ndarray

    @property
    def kept(self) -> int:
        """Number of factors, counted from the first until one does not exceed chance."""
        above = self.eigenvalues > self.high
        return int(above.size if above.all() else above.argmin())


def parallel_analysis(answers: np.ndarray, r: np.ndarray, rng: np.random.Generator, *, ordered: bool, draws: int = 500) -> Parallel:
    """Eigenvalues of the correlations beside those of answers in which nothing goes with anything (Horn 1965; 95th percentile: Glorfeld 1995).

    Chance: every item's answers shuffled among people, so that each keeps its own distribution. For polychoric correlations (`ordered`) the
    shuffled answers get their normal scores ``z_a = (φ(τ_{a-1}) - φ(τ_a)) / p_a``, and their correlations are divided by ``sqrt(v_i v_j)``, v the
    scores' variance: the first step of the polychoric likelihood from zero, at a thousandth of its cost.
    R: ``psych::fa.parallel(x, fa = "pc", sim = FALSE)``.

    Parameters
    ----------
    answers : ndarray, shape (people, items)
        Without missing answers.
    r : ndarray, shape (items, items)
        Their correlations, Pearson or polychoric.
    rng : numpy.random.Generator
    ordered : bool
        Whether `r` is polychoric.
    draws : int
    """
    values = np.column_stack([_normal_scores(column) for column in answers.T]) if ordered else answers
    values = values - values.mean(axis=0)
    spread = np.sqrt(np.mean(values**2, axis=0))
    scale = spread**2 if ordered else spread
    found = np.empty((draws, answers.shape[1]))
    for at in range(draws):
        shuffled = rng.permuted(values, axis=0)
        chance = (shuffled.T @ shuffled) / len(values) / np.outer(scale, scale)
        np.fill_diagonal(chance, 1.0)
        found[at] = np.linalg.eigvalsh(chance)[::-1]
    return Parallel(np.linalg.eigvalsh(r)[::-1], found.mean(axis=0), np.quantile(found, 0.95, axis=0))


def _normal_scores(column: np.ndarray) -> np.ndarray:
    """Expected leaning behind each answer, were the leanings standard normal."""
    _, codes = np.unique(column, return_inverse=True)
    density = stats.norm.pdf(np.concatenate([[-np.inf], thresholds(codes), [np.inf]]))
    shares = np.bincount(codes) / len(codes)
    return ((density[:-1] - density[1:]) / shares)[codes]


def explore(r: np.ndarray, items: list[str], factors: int) -> Exploration:
    """Factors by least squares (minimum residuals), rotated by promax.

    Unique variances ψ minimise ``½ Σ_{j>m} γ_j²``, γ the eigenvalues of ``R - diag(ψ)`` (Harman & Jones 1966; Jöreskog 1977); then varimax with Kaiser's
    normalisation and promax with the fourth power (Hendrickson & White 1964). R: ``psych::fa(r, factors, fm = "minres", rotate = "none")``, then
    ``stats::promax(stats::varimax(loadings)$loadings)``.

    Parameters
    ----------
    r : ndarray, shape (items, items)
        Correlations.
    items : list of str
    factors : int
        At least one.

    Returns
    -------
    Exploration
        Factors in the order of the variance they explain, each turned so that its loadings add up to something positive.
    """
    unique = _minimum_residuals(r, factors)
    values, vectors = np.linalg.eigh(r - np.diag(unique))
    loadings = vectors[:, -factors:] * np.sqrt(np.maximum(values[-factors:], 0))
    correlations = np.eye(factors)
    if factors > 1:
        loadings, correlations = promax(varimax(loadings))
    order = np.argsort(-np.sum(loadings * (loadings @ correlations), axis=0), kind="stable")
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    loadings = (loadings * sign)[:, order]
    correlations = (correlations * np.outer(sign, sign))[np.ix_(order, order)]
    table = pd.DataFrame(loadings, index=items, columns=[f"F{number}" for number in range(1, factors + 1)])
    return Exploration(table, correlations, unique, bool((unique <= LEAST_UNIQUE * (1 + 1e-6)).any()))


def _minimum_residuals(r: np.ndarray, factors: int) -> np.ndarray:
    def cost(unique: np.ndarray) -> tuple[float, np.ndarray]:
        values, vectors = np.linalg.eigh(r - np.diag(unique))
        rest, own = values[:-factors], vectors[:, :-factors]
        return 0.5 * float(rest @ rest), -(own**2) @ rest

    # Start from the squared multiple correlations, where the matrix can be inverted.
    start = 1 / np.diag(np.linalg.pinv(r, hermitian=True))
    found = optimize.minimize(
        cost, np.clip(start, LEAST_UNIQUE, 1.0), jac=True, method="L-BFGS-B", bounds=[(LEAST_UNIQUE, 1.0)] * len(r),
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000},
    )
    return found.x


def varimax(loadings: np.ndarray, tolerance: float = 1e-12) -> np.ndarray:
    """Loadings rotated so that each factor has few large ones (Kaiser 1958). R: ``varimax(loadings, eps = 1e-12)``."""
    length = np.sqrt(np.sum(loadings**2, axis=1, keepdims=True))
    length = np.where(length > 0, length, 1.0)
    normed, rotation, before = loadings / length, np.eye(loadings.shape[1]), 0.0
    for _ in range(1000):
        turned = normed @ rotation
        u, size, v = np.linalg.svd(normed.T @ (turned**3 - turned * np.mean(turned**2, axis=0)))
        rotation = u @ v
        if size.sum() < before * (1 + tolerance):
            break
        before = float(size.sum())
    return (normed @ rotation) * length


def promax(loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pattern and correlations of factors that were let correlate (Hendrickson & White 1964). R: ``promax(loadings, m = 4)``."""
    target = loadings * np.abs(loadings) ** (POWER - 1)
    turn = np.linalg.lstsq(loadings, target, rcond=None)[0]
    turn = turn * np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    return loadings @ turn, np.linalg.inv(turn.T @ turn)
