"""The likelihood of a model's own parameters: the moments' slopes carried over by the chain rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mentoring.measure.factors.likelihood import log_likelihood, moment_gradient, moment_information, moment_scores
from mentoring.measure.factors.moments import Patterns
from mentoring.measure.factors.parameters import Parameters


def value(parameters: Parameters, theta: np.ndarray, patterns: Patterns) -> float:
    """The log-likelihood at `theta`."""
    return log_likelihood(patterns, parameters.all_moments(theta))


def gradient(parameters: Parameters, theta: np.ndarray, patterns: Patterns) -> np.ndarray:
    """The slope of the log-likelihood at `theta`."""
    return _carried(parameters, theta, moment_gradient(patterns, parameters.all_moments(theta)))


def complete_information(parameters: Parameters, theta: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Expected information, were nothing missing: ``n (½ tr(K Σa K Σb) + uaᵀ K ub)``; sizes: rows of each group."""
    total = np.zeros((len(theta), len(theta)))
    for group, n in enumerate(sizes):
        cov, _ = parameters.moments(theta, group)
        d_cov, d_mean = parameters.derivatives(theta, group)
        whiten = np.linalg.inv(np.linalg.cholesky(cov))
        flat = (whiten @ d_cov @ whiten.T).reshape(len(theta), -1)
        step = d_mean @ whiten.T
        total += n * (0.5 * flat @ flat.T + step @ step.T)
    return total


def observed_information(parameters: Parameters, theta: np.ndarray, patterns: Patterns) -> np.ndarray:
    """Minus the second derivatives: the moments' own, and the bend of the moments (central differences of their exact derivatives)."""
    moments = parameters.all_moments(theta)
    total = np.zeros((len(theta), len(theta)))
    for jacobian, information in zip(jacobians(parameters, theta), moment_information(patterns, moments, observed=True), strict=True):
        total += jacobian.T @ information @ jacobian
    slopes = moment_gradient(patterns, moments)
    bend = np.zeros_like(total)
    # Moments are straight in variances and means as long as the paths stay, so only paths bend anything.
    for at in parameters.paths:
        step = np.zeros(len(theta))
        step[at] = 1e-5 * max(abs(theta[at]), 0.1)
        bend[at] = (_carried(parameters, theta + step, slopes) - _carried(parameters, theta - step, slopes)) / (2 * step[at])
    others = np.setdiff1d(np.arange(len(theta)), parameters.paths)
    bend[np.ix_(others, parameters.paths)] = bend[np.ix_(parameters.paths, others)].T
    return total - (bend + bend.T) / 2


def row_scores(parameters: Parameters, theta: np.ndarray, patterns: Patterns) -> np.ndarray:
    """Each row's slope of the log-likelihood, shape (rows, parameters)."""
    scores = moment_scores(patterns, parameters.all_moments(theta))
    return np.sum([one @ jacobian for one, jacobian in zip(scores, jacobians(parameters, theta), strict=True)], axis=0)


def jacobians(parameters: Parameters, theta: np.ndarray) -> list[np.ndarray]:
    """Each group's derivatives of its moments (lower triangle, then means), shape (moments, parameters)."""
    i, j = np.tril_indices(parameters.items)
    found = []
    for group in range(parameters.groups):
        d_cov, d_mean = parameters.derivatives(theta, group)
        found.append(np.vstack([d_cov[:, i, j].T, d_mean.T]))
    return found


def _carried(parameters: Parameters, theta: np.ndarray, slopes: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    total = np.zeros(len(theta))
    for group, (to_cov, to_mean) in enumerate(slopes):
        d_cov, d_mean = parameters.derivatives(theta, group)
        total += d_cov.reshape(len(theta), -1) @ to_cov.ravel() + d_mean @ to_mean
    return total
