"""Standard errors and chi-squared that hold when answers are not normal, and when people share a mentor."""

from __future__ import annotations

import numpy as np

from mentoring.measure.factors.likelihood import moment_information, moment_scores
from mentoring.measure.factors.model_likelihood import complete_information, observed_information, row_scores
from mentoring.measure.factors.moments import Patterns
from mentoring.measure.factors.parameters import COVARIANCE, MEAN, Cell, Parameters
from mentoring.measure.factors.saturated import Unrestricted, by_item

# Beyond this many items the saturated model has thousands of parameters, and its information cannot be told apart from noise anyway.
MOST_ITEMS = 40


def sandwich(parameters: Parameters, theta: np.ndarray, patterns: Patterns, clusters: np.ndarray | None) -> np.ndarray:
    """Covariance of the estimates, ``H⁻¹ (Σ s sᵀ) H⁻¹`` with s a cluster's summed scores.

    With C clusters the middle is multiplied by C/(C - 1). R: ``lavaan::cfa(..., estimator = "MLR", cluster = "mentor")``.
    """
    bread = np.linalg.inv(observed_information(parameters, theta, patterns))
    return bread @ meat(row_scores(parameters, theta, patterns), clusters) @ bread


def of_information(parameters: Parameters, theta: np.ndarray, patterns: Patterns) -> np.ndarray:
    """Covariance of the estimates for normal answers: the inverse of the expected information, of the observed one where answers are missing.

    R: ``lavaan::cfa(..., estimator = "ML")``.
    """
    if len(patterns.n) > len(patterns.sizes):
        return np.linalg.inv(observed_information(parameters, theta, patterns))
    return np.linalg.inv(complete_information(parameters, theta, patterns.sizes.tolist()))


def scaling(parameters: Parameters, theta: np.ndarray, patterns: Patterns, clusters: np.ndarray | None,
            full: Unrestricted, df: int) -> float:
    """The factor by which chi-squared is too large: ``(tr(B₁ A₁⁻¹) - tr(B₀ A₀⁻¹)) / df`` (Yuan & Bentler 2000, Mplus' variant).

    1: saturated model, 0: the model, both with the observed information (with missing answers the expected one would need them to be missing
    completely at random; Kenward & Molenberghs 1998). NaN where it cannot be computed.
    """
    if df <= 0 or parameters.items > MOST_ITEMS:
        return np.nan
    informations, scores = moment_information(patterns, full.moments, observed=True), moment_scores(patterns, full.moments)
    try:
        # Groups share no row, but they may share clusters; those count in the off-diagonal blocks, which the trace does not see.
        above = sum(float(np.trace(np.linalg.solve(info, meat(one, clusters)))) for info, one in zip(informations, scores, strict=True))
        below = float(np.trace(np.linalg.solve(
            observed_information(parameters, theta, patterns), meat(row_scores(parameters, theta, patterns), clusters)
        )))
    except np.linalg.LinAlgError:
        return np.nan
    factor = (above - below) / df
    return factor if factor > 0 else np.nan


def baseline_model(patterns: Patterns) -> tuple[Parameters, np.ndarray]:
    """The model of unrelated items, and its estimates: mean and variance of each item among those who answered it."""
    groups, items = len(patterns.sizes), patterns.items
    cells: list[Cell] = [Cell(group, COVARIANCE, item, item, f"{group}:{item}:v") for group in range(groups) for item in range(items)]
    cells += [Cell(group, MEAN, item, 0, f"{group}:{item}:m") for group in range(groups) for item in range(items)]
    own = [by_item(patterns.of_group(group)) for group in range(groups)]
    return Parameters(cells, items, 0, groups), np.concatenate([*(variance for _, _, variance in own), *(mean for _, mean, _ in own)])


def meat(scores: np.ndarray, clusters: np.ndarray | None) -> np.ndarray:
    """``Σ s sᵀ`` over rows, or over clusters' summed scores (times C/(C - 1))."""
    if clusters is None:
        return scores.T @ scores
    _, which = np.unique(clusters, return_inverse=True)
    summed = np.zeros((which.max() + 1, scores.shape[1]))
    np.add.at(summed, which.reshape(-1), scores)
    count = len(summed)
    return summed.T @ summed * (count / (count - 1))
