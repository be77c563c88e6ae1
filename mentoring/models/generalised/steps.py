"""Yes/no and ordered outcomes as logistic steps: what both the marginal and the mixed model are made of.

In a cumulative logit model, P(y ≤ c) = F(α_c − η) with F the logistic function. For an answer in category c,

    log P(y = c) = log F(α_c − η) + log F(−(α_{c−1} − η)) + log(1 − exp(−(α_c − α_{c−1}))),

where the first part is missing in the last category, the second in the first, and the third in both. So every row is one or two logistic steps,
and a part that depends on the thresholds alone. With two categories this is logistic regression, its intercept being −α.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

MOST_STEPS = 100


@dataclass(frozen=True)
class Steps:
    """The steps of n rows; parameters are δ = (α, β), thresholds first.

    Attributes
    ----------
    D : ndarray, shape (m, C − 1 + p)
        Margins of the steps are ``D δ − sign · (what random effects add to η)``.
    row : ndarray of int, shape (m,)
        The row each step belongs to.
    sign : ndarray, shape (m,)
        1 where the answer lies below the threshold, −1 where above.
    inner : ndarray, shape (C − 2,)
        How many answers lie between neighbouring thresholds.
    """

    D: np.ndarray
    row: np.ndarray
    sign: np.ndarray
    inner: np.ndarray

    @property
    def thresholds(self) -> int:
        """C − 1."""
        return len(self.inner) + 1

    def spacing(self, alpha: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """The part that depends on thresholds alone, with its gradient and second derivatives; −inf where they are out of order."""
        gap = np.diff(alpha)
        gradient, second = np.zeros(len(alpha)), np.zeros((len(alpha), len(alpha)))
        if len(gap) and gap.min() <= 1e-10:
            return -np.inf, gradient, second
        # d/dg log(1 − e^−g) = 1/(e^g − 1)
        slope = self.inner / np.expm1(gap)
        curve = -self.inner * np.exp(gap) / np.expm1(gap) ** 2
        gradient[1:] += slope
        gradient[:-1] -= slope
        at = np.arange(len(gap))
        second[at + 1, at + 1] += curve
        second[at, at] += curve
        second[at, at + 1] -= curve
        second[at + 1, at] -= curve
        return float((self.inner * np.log(-np.expm1(-gap))).sum()), gradient, second


def make_steps(y: np.ndarray, X: np.ndarray) -> Steps:
    """Steps of answers coded 0, 1, … C − 1, each code present, on predictors without a constant.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
    X : ndarray, shape (n, p)
    """
    last = int(y.max())
    below, above = np.flatnonzero(y < last), np.flatnonzero(y > 0)
    row, sign = np.concatenate([below, above]), np.repeat([1.0, -1.0], [len(below), len(above)])
    which = np.concatenate([y[below], y[above] - 1])
    D = np.zeros((len(row), last + X.shape[1]))
    D[np.arange(len(row)), which] = sign
    D[:, last:] = -sign[:, None] * X[row]
    return Steps(D, row, sign, np.bincount(y, minlength=last + 1)[1:last].astype(float))


def starting_thresholds(y: np.ndarray) -> np.ndarray:
    """Thresholds of the model without predictors."""
    below = np.cumsum(np.bincount(y))[:-1] / len(y)
    return np.asarray(np.log(below / (1 - below)))


def fit_steps(steps: Steps, y: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """Maximum likelihood without random effects: δ, log-likelihood, and whether Newton's method settled.

    R: ``ordinal::clm(factor(y) ~ X)``; for two categories ``glm(y ~ X, binomial)``, the intercept with the other sign.
    """
    delta = np.concatenate([starting_thresholds(y), np.zeros(steps.D.shape[1] - steps.thresholds)])
    value, gradient, hessian = _derivatives(steps, delta)
    for _ in range(MOST_STEPS):
        move = np.linalg.lstsq(hessian, -gradient, rcond=None)[0]
        gain, size = float(gradient @ move), 1.0
        if gain < 1e-13 * (1 + abs(value)):
            return delta, value, True
        while size > 1e-8:
            found = _derivatives(steps, delta + size * move)
            if found[0] >= value:
                break
            size /= 2
        else:
            return delta, value, gain < 1e-8
        delta = delta + size * move
        value, gradient, hessian = found
    return delta, value, False


def _derivatives(steps: Steps, delta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    margin, k = steps.D @ delta, steps.thresholds
    value, gradient, hessian = steps.spacing(delta[:k])
    whole, curve = steps.D.T @ expit(-margin), -(steps.D * (expit(margin) * expit(-margin))[:, None]).T @ steps.D
    whole[:k] += gradient
    curve[:k, :k] += hessian
    return value + float(log_expit(margin).sum()), whole, curve
