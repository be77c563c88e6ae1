"""The two models every fit is measured against: one that fits everything, and one in which items have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mentoring.measure.factors.likelihood import log_likelihood
from mentoring.measure.factors.moments import Pattern

MOST_STEPS = 5000


@dataclass(frozen=True)
class Unrestricted:
    """Unrestricted maximum-likelihood covariance and mean of each group, and their log-likelihood."""

    moments: list[tuple[np.ndarray, np.ndarray]]
    loglik: float


def unrestricted(patterns: Sequence[Pattern], items: int, groups: int) -> Unrestricted:
    """The saturated model: sample moments where nothing is missing, else by the EM algorithm (Dempster, Laird & Rubin 1977)."""
    moments = []
    for group in range(groups):
        own = [pattern for pattern in patterns if pattern.group == group]
        moments.append((own[0].cov, own[0].mean) if len(own) == 1 and len(own[0].seen) == items else _by_em(own, items))
    return Unrestricted(moments, log_likelihood(patterns, moments))


def independent(patterns: Sequence[Pattern], items: int, groups: int) -> float:
    """Log-likelihood of the baseline model: own mean and variance for each item of each group, no covariances."""
    total = 0.0
    for group in range(groups):
        for item in range(items):
            n = total_sum = total_square = 0.0
            for pattern in patterns:
                if pattern.group == group and item in pattern.seen:
                    at = int(np.flatnonzero(pattern.seen == item)[0])
                    n += pattern.n
                    total_sum += pattern.n * pattern.mean[at]
                    total_square += pattern.n * (pattern.cov[at, at] + pattern.mean[at] ** 2)
            if n:
                variance = total_square / n - (total_sum / n) ** 2
                total -= 0.5 * n * (np.log(2 * np.pi * variance) + 1)
    return total


def _by_em(patterns: Sequence[Pattern], items: int) -> tuple[np.ndarray, np.ndarray]:
    n = sum(pattern.n for pattern in patterns)
    mean, spread = np.zeros(items), np.ones(items)
    for item in range(items):
        held = [(pattern, int(np.flatnonzero(pattern.seen == item)[0])) for pattern in patterns if item in pattern.seen]
        weight = sum(pattern.n for pattern, _ in held)
        mean[item] = sum(pattern.n * pattern.mean[at] for pattern, at in held) / weight
        spread[item] = sum(pattern.n * (pattern.cov[at, at] + (pattern.mean[at] - mean[item]) ** 2) for pattern, at in held) / weight
    cov = np.diag(spread)
    value = -np.inf
    moved = [replace(pattern, group=0) for pattern in patterns]
    for _ in range(MOST_STEPS):
        first, second = np.zeros(items), np.zeros((items, items))
        for pattern in patterns:
            filled_mean, filled_second = _expected(pattern, cov, mean)
            first += pattern.n * filled_mean
            second += pattern.n * filled_second
        mean = first / n
        cov = second / n - np.outer(mean, mean)
        now = log_likelihood(moved, [(cov, mean)])
        if now - value < 1e-10 * max(1.0, abs(now)) * 0.01:
            break
        value = now
    return cov, mean


def _expected(pattern: Pattern, cov: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected first and second moments of a pattern's rows, missing answers given the seen ones."""
    seen = pattern.seen
    hidden = np.setdiff1d(np.arange(len(mean)), seen)
    weights = np.zeros((len(mean), len(seen)))
    weights[seen] = np.eye(len(seen))
    left_over = np.zeros_like(cov)
    if len(hidden):
        weights[hidden] = np.linalg.solve(cov[pattern.where], cov[np.ix_(seen, hidden)]).T
        left_over[np.ix_(hidden, hidden)] = cov[np.ix_(hidden, hidden)] - weights[hidden] @ cov[np.ix_(seen, hidden)]
    filled = mean + weights @ (pattern.mean - mean[seen])
    return filled, weights @ pattern.cov @ weights.T + np.outer(filled, filled) + left_over
