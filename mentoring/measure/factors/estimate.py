"""Maximum likelihood by Fisher scoring: from start values to the optimum, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mentoring.measure.factors.model_likelihood import complete_information, gradient, observed_information, value
from mentoring.measure.factors.moments import Patterns
from mentoring.measure.factors.parameters import MEAN, PATH, Parameters

MOST_STEPS = 500
# Newton decrement (expected gain of a further full step, in log-likelihood) below which the optimum is reached.
CLOSE = 1e-13
# And below which, with missing answers, Newton's own steps take over.
NEAR = 1e-2


@dataclass(frozen=True)
class Estimate:
    """Parameters at the optimum.

    Attributes
    ----------
    theta : ndarray
    loglik : float
    problem : str
        Why this is no optimum ("" when it is one).
    """

    theta: np.ndarray
    loglik: float
    problem: str = ""


def maximise(parameters: Parameters, patterns: Patterns, start: np.ndarray) -> Estimate:
    """Scoring with step halving, and a ridge where the information is nearly singular.

    Steps are measured by the information that complete data would have. With missing answers they are too short, and end as slowly as the EM
    algorithm does; so near the optimum the observed information takes its place.
    """
    sizes = patterns.sizes.tolist()
    incomplete = len(patterns.n) > len(sizes)
    theta, here, ridge = start, value(parameters, start, patterns), 0.0
    if not np.isfinite(here):
        return Estimate(theta, np.nan, "no start values with a possible covariance were found")
    for _ in range(MOST_STEPS):
        try:
            information = complete_information(parameters, theta, sizes)
            scale = np.where(np.diag(information) > 0, np.diag(information), 1.0)
            slope = gradient(parameters, theta, patterns)
            step = np.linalg.solve(information + ridge * np.diag(scale), slope)
            if incomplete and ridge == 0 and float(step @ slope) < NEAR:
                step = _newton(observed_information(parameters, theta, patterns), slope, step)
        except np.linalg.LinAlgError:
            if ridge > 1e4:
                return Estimate(theta, here, "the parameters cannot all be determined by the data (the model is not identified)")
            ridge = max(10 * ridge, 1e-8)
            continue
        if float(step @ slope) < CLOSE and ridge < 1e-6:
            return Estimate(theta, here, _weakness(information))
        taken = _halved(parameters, patterns, theta, step, here)
        if taken is None:
            if ridge > 1e4:
                return Estimate(theta, here, "the likelihood cannot be improved, and yet this is no optimum")
            ridge = max(10 * ridge, 1e-4)
            continue
        theta, here = taken
        ridge = 0.0 if ridge < 1e-6 else ridge / 10
    return Estimate(theta, here, f"no optimum was reached in {MOST_STEPS} steps")


def _newton(information: np.ndarray, slope: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Newton's step, or the step there is where the likelihood does not bend downwards."""
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return step
    return np.linalg.solve(information, slope)


def _halved(parameters: Parameters, patterns: Patterns, theta: np.ndarray, step: np.ndarray, here: float) -> tuple[np.ndarray, float] | None:
    """The first of ever smaller steps that does not lose likelihood, and its likelihood."""
    for halvings in range(12):
        tried = theta + step / 2**halvings
        found = value(parameters, tried, patterns)
        if found > here - 1e-13 * abs(here):
            return tried, found
    return None


def _weakness(information: np.ndarray) -> str:
    scale = np.sqrt(np.diag(information))
    if (scale <= 0).any():
        return "some parameters are not determined by the data"
    smallest = np.linalg.eigvalsh(information / np.outer(scale, scale))[0]
    return "the parameters cannot all be determined by the data (the model is not identified)" if smallest < 1e-9 else ""


def start_values(parameters: Parameters, moments: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Start values from each group's unrestricted covariance and mean of the items.

    A factor's loadings start in proportion to the first principal component of its items, so that a reversed item starts negative.
    """
    items = parameters.items
    start: dict[str, float] = {}
    for group, (cov, mean) in enumerate(moments):
        own = [cell for cell in parameters.cells if cell.group == group]
        for factor in range(items, parameters.size):
            loading = {cell.row: cell for cell in own if cell.matrix == PATH and cell.column == factor}
            below = [row for row in loading if row < items]
            marker = next((row for row, cell in loading.items() if not cell.label), -1)
            if below and marker in below:
                _, vectors = np.linalg.eigh(cov[np.ix_(below, below)])
                first = dict(zip(below, vectors[:, -1]))
                base = first[marker] if abs(first[marker]) > 1e-3 else 1e-3
                for row in below:
                    start.setdefault(loading[row].label, float(np.clip(first[row] / base, -5, 5)))
            for row, cell in loading.items():
                start.setdefault(cell.label, 1.0 if row >= items else 0.5)
            spread = float(cov[marker, marker] if 0 <= marker < items else np.mean(np.diag(cov)))
            start |= {cell.label: 0.4 * spread for cell in own if cell.matrix == "S" and cell.row == cell.column == factor and cell.label not in start}
        for cell in own:
            if cell.matrix == MEAN:
                start.setdefault(cell.label, float(mean[cell.row]) if cell.row < items else 0.0)
            elif cell.matrix == "S" and cell.row == cell.column and cell.row < items:
                start.setdefault(cell.label, 0.5 * float(cov[cell.row, cell.row]))
            elif cell.matrix == "S":
                start.setdefault(cell.label, 0.0)
    return np.array([start[label] for label in parameters.labels])
