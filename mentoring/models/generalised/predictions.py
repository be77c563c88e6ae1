"""What a marginal model says in shares: of 100 relationships, how many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import expit

from mentoring.models.generalised.marginal import MarginalFit


@dataclass(frozen=True)
class Share:
    """A share, or a difference of two, with its 95 % interval (NaN where it has fewer than one degree of freedom)."""

    estimate: float
    se: float
    df: float
    low: float
    high: float


def shares(fit: MarginalFit, column: int, value: float) -> list[Share]:
    """Share of each category if all rows had this value in one column, everything else as it is (averaged over rows).

    ``mean_i P(y_i = c | x_i with x_ij = value)``; standard errors by the delta method from CR2's covariance, with Satterthwaite df; intervals on the
    logit scale of the share. R: ``mean(predict(glm(…), transform(data, x = value), "response"))``.
    """
    found, gradients = _categories(fit, column, value)
    return [_share(fit, share, gradient) for share, gradient in zip(found, gradients, strict=True)]


def at_least(fit: MarginalFit, column: int, value: float, cut: int) -> Share:
    """The share of answers in category `cut` or above."""
    found, gradients = _categories(fit, column, value)
    return _share(fit, float(found[cut:].sum()), gradients[cut:].sum(axis=0))


def difference(fit: MarginalFit, column: int, low: float, high: float, cut: int) -> Share:
    """By how much the share in category `cut` or above differs between two values of a column (high minus low)."""
    (below, from_low), (above, from_high) = (_categories(fit, column, value) for value in (low, high))
    gradient = from_high[cut:].sum(axis=0) - from_low[cut:].sum(axis=0)
    estimate = float(above[cut:].sum() - below[cut:].sum())
    se, df = fit.contrast(gradient)
    return Share(estimate, se, df, *_ends(estimate, se, df))


def average_slope(fit: MarginalFit, column: int, step: float, cut: int) -> Share:
    """Average marginal effect: the mean over rows of the slope of P(y ≥ cut) along a column, times a step.

    R: ``mean(p * (1 - p)) * b`` for a logistic regression; ``marginaleffects::avg_slopes``.
    """
    k = len(fit.thresholds)
    upper = expit(fit.X @ fit.beta - fit.thresholds[cut - 1])
    curve = upper * (1 - upper)
    bend = curve * (1 - 2 * upper)
    gradient = np.zeros(len(fit.delta))
    gradient[cut - 1] = -bend.mean() * fit.beta[column]
    gradient[k:] = (bend[:, None] * fit.X).mean(axis=0) * fit.beta[column]
    gradient[k + column] += curve.mean()
    estimate = float(curve.mean() * fit.beta[column] * step)
    se, df = fit.contrast(gradient * step)
    return Share(estimate, se, df, *_ends(estimate, se, df))


def _categories(fit: MarginalFit, column: int, value: float) -> tuple[np.ndarray, np.ndarray]:
    """Average share of each category and its gradient with respect to (α, β)."""
    X = fit.X.copy()
    X[:, column] = value
    k = len(fit.thresholds)
    below = expit(fit.thresholds[None, :] - (X @ fit.beta)[:, None])
    slope = below * (1 - below)
    cumulative = np.concatenate([[0.0], below.mean(axis=0), [1.0]])
    gradient = np.zeros((k + 2, len(fit.delta)))
    gradient[np.arange(1, k + 1), np.arange(k)] = slope.mean(axis=0)
    gradient[1 : k + 1, k:] = -slope.T @ X / len(X)
    return np.diff(cumulative), np.diff(gradient, axis=0)


def _share(fit: MarginalFit, estimate: float, gradient: np.ndarray) -> Share:
    se, df = fit.contrast(gradient)
    if not 0 < estimate < 1 or not df >= 1:
        return Share(estimate, se, df, float("nan"), float("nan"))
    centre = np.log(estimate / (1 - estimate))
    low, high = _ends(centre, se / (estimate * (1 - estimate)), df)
    return Share(estimate, se, df, float(expit(low)), float(expit(high)))


def _ends(estimate: float, se: float, df: float) -> tuple[float, float]:
    if not df >= 1:
        return float("nan"), float("nan")
    reach = float(stats.t.ppf(0.975, df)) * se
    return estimate - reach, estimate + reach
