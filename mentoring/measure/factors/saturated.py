"""The two models every fit is measured against: one that fits everything, and one in which items have nothing to do with each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mentoring.measure.factors.likelihood import log_likelihood
from mentoring.measure.factors.moments import Patterns

MOST_STEPS = 5000
# Gain in log-likelihood, relative to its size, below which the EM algorithm has arrived.
CLOSE = 1e-12


@dataclass(frozen=True)
class Unrestricted:
    """Unrestricted maximum-likelihood covariance and mean of each group, and their log-likelihood."""

    moments: list[tuple[np.ndarray, np.ndarray]]
    loglik: float


def unrestricted(patterns: Patterns) -> Unrestricted:
    """The saturated model: sample moments where nothing is missing, else by the EM algorithm (Dempster, Laird & Rubin 1977).

    Raises
    ------
    LinAlgError
        When too little was answered together for the algorithm to arrive.
    """
    moments = []
    for group in range(len(patterns.sizes)):
        own = patterns.of_group(group)
        moments.append((own.cov[0], own.mean[0]) if len(own.n) == 1 and own.seen.all() else _by_em(own))
    return Unrestricted(moments, log_likelihood(patterns, moments))


def independent(patterns: Patterns) -> float:
    """Log-likelihood of the baseline model: own mean and variance for each item of each group, no covariances."""
    total = 0.0
    for group in range(len(patterns.sizes)):
        n, _, variance = by_item(patterns.of_group(group))
        total -= 0.5 * float(np.sum(n * (np.log(2 * np.pi * variance) + 1)))
    return total


def by_item(patterns: Patterns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and variance of each item over those who answered it."""
    weight = patterns.n[:, None] * patterns.seen
    n = weight.sum(axis=0)
    mean = (weight * patterns.mean).sum(axis=0) / n
    second = (weight * (np.diagonal(patterns.cov, axis1=1, axis2=2) + patterns.mean**2)).sum(axis=0) / n
    return n, mean, second - mean**2


def _by_em(patterns: Patterns) -> tuple[np.ndarray, np.ndarray]:
    share = patterns.n / patterns.n.sum()
    _, mean, spread = by_item(patterns)
    cov, value = np.diag(spread), -np.inf
    both, identity = patterns.both, np.eye(patterns.items)
    for _ in range(MOST_STEPS):
        # Regression of what was not answered on what was: rows of the answered items are the identity.
        inverse = np.where(both, np.linalg.inv(np.where(both, cov, identity)), 0.0)
        weights = np.where(patterns.seen[:, :, None], identity * patterns.seen[:, None, :], cov @ inverse)
        hidden = ~patterns.seen
        left = np.where(hidden[:, :, None] & hidden[:, None, :], cov - weights @ cov, 0.0)
        filled = mean + np.einsum("pij,pj->pi", weights, np.where(patterns.seen, patterns.mean - mean, 0.0))
        second = weights @ patterns.cov @ np.swapaxes(weights, 1, 2) + left + filled[:, :, None] * filled[:, None, :]
        mean = share @ filled
        cov = np.einsum("p,pij->ij", share, second) - np.outer(mean, mean)
        now = log_likelihood(patterns, [(cov, mean)])
        if now - value < CLOSE * max(1.0, abs(now)):
            return cov, mean
        value = now
    raise np.linalg.LinAlgError("the EM algorithm did not arrive")
