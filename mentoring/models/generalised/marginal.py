"""Logistic and cumulative logit regression with standard errors that hold for few clusters: the model that answers the question.

The model is about the population: by how much the log-odds differ between relationships that differ in a predictor (generalised estimating
equations with working independence, Liang & Zeger 1986; Lipsitz, Kim & Zhao 1994). Answers of one cluster may correlate in any way; the sandwich
with CR2's correction (Bell & McCaffrey 2002; Kauermann & Carroll 2001) and Satterthwaite degrees of freedom (Pustejovsky & Tipton 2018)
allows for it. With C − 1 indicators 1(y ≤ c) per row, their derivatives D_i and covariance V_i, rows are whitened to V_i^(−1/2) D_i,
and the CR2 of `mentoring.models.lmm.cr2` applies as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from mentoring.models.generalised.steps import fit_steps, make_steps
from mentoring.models.lmm.cr2 import adjusted_weights, degrees

# Fitted shares nearer to 0 or 1 than this (1e-8) are decided, whatever finite numbers the search stopped at.
DECIDED = 18.4
MOST_MARGIN = 25.0


@dataclass(frozen=True)
class MarginalFit:
    """A fitted model; parameters are thresholds α, then coefficients β.

    Attributes
    ----------
    X : ndarray, shape (n, p)
    y : ndarray of int, shape (n,)
        0 … C − 1.
    delta : ndarray, shape (C − 1 + p,)
    model_vcov, vcov : ndarray
        As if rows were independent; and CR2's.
    loglik : float
        Of independent rows.
    converged : bool
    clusters : int
    """

    X: np.ndarray
    y: np.ndarray
    delta: np.ndarray
    model_vcov: np.ndarray
    vcov: np.ndarray
    loglik: float
    converged: bool
    clusters: int
    _moments: np.ndarray
    _own: np.ndarray
    _back: np.ndarray
    _bread: np.ndarray

    @property
    def thresholds(self) -> np.ndarray:
        """α."""
        return self.delta[: int(self.y.max())]

    @property
    def beta(self) -> np.ndarray:
        """β."""
        return self.delta[int(self.y.max()) :]

    @property
    def decided(self) -> bool:
        """Whether the model is all but certain of some answers; its numbers are then no estimates."""
        margin = self.thresholds[None, :] - (self.X @ self.beta)[:, None]
        return bool(np.abs(margin).min(axis=1).max() > DECIDED)

    def contrast(self, weights: np.ndarray) -> tuple[float, float]:
        """Standard error and degrees of freedom of ``weights @ δ`` (or of what has this gradient)."""
        se = float(np.sqrt(max(weights @ self.vcov @ weights, 0.0)))
        inner = self._back.T @ weights
        return se, degrees(inner, self._moments, self._own, self._bread) if np.abs(inner).max() > 0 else float("nan")


def marginal(X: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> MarginalFit:
    """Fit the model.

    Parameters
    ----------
    X : ndarray, shape (n, p)
        Of full column rank beside a constant; not separated (`mentoring.models.generalised.separation`).
    y : ndarray of int, shape (n,)
        0 … C − 1, each present. ``P(y ≤ c) = 1/(1 + exp(−(α_c − xβ)))``: β > 0 goes with higher answers.
    cluster : ndarray, shape (n,)

    Notes
    -----
    R, two categories: ``geepack::geeglm(y ~ X, binomial, id = cluster)`` for estimates, ``clubSandwich::coef_test(glm(y ~ X, binomial),
    vcovCR(…, cluster, "CR2"), test = "Satterthwaite")`` for standard errors and df; more categories: ``ordinal::clm`` for estimates.
    """
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
    centre, scale = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-300)
    Z = (X - centre) / scale
    k = int(y.max())
    delta, loglik, converged = fit_steps(make_steps(y, Z), y)
    whitened, residual = _whitened(Z, y, delta[:k], delta[k:])
    bread = np.linalg.inv(whitened.T @ whitened)
    of_row = np.repeat(codes, k)
    influence, moments, own = [], [], []
    for one in range(codes.max() + 1):
        rows = np.flatnonzero(of_row == one)
        adjusted = adjusted_weights(np.eye(len(rows)), whitened[rows], bread)
        influence.append(bread @ (adjusted.T @ residual[rows]))
        moments.append(bread @ adjusted.T @ whitened[rows])
        own.append(bread @ adjusted.T @ adjusted @ bread)
    back = np.eye(len(delta))
    back[k:, k:] /= scale[:, None]
    back[:k, k:] = centre / scale
    scores = np.array(influence) @ back.T
    return MarginalFit(
        X,
        y,
        back @ delta,
        back @ bread @ back.T,
        scores.T @ scores,
        loglik,
        converged,
        int(codes.max() + 1),
        np.array(moments),
        np.array(own),
        back,
        bread,
    )


def _whitened(X: np.ndarray, y: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows V_i^(−1/2) D_i, shape (n(C−1), C−1+p), and V_i^(−1/2)(1(y ≤ c) − P(y ≤ c)), with V_i of the multinomial."""
    n, k = len(y), len(alpha)
    margin = np.clip(alpha[None, :] - (X @ beta)[:, None], -MOST_MARGIN, MOST_MARGIN)
    below, above = expit(margin), expit(-margin)
    # min(γ_c, γ_d) − γ_c γ_d, without taking differences of numbers next to one.
    first = np.arange(k)[:, None] <= np.arange(k)
    covariance = np.where(first, below[:, :, None] * above[:, None, :], below[:, None, :] * above[:, :, None])
    slope = below * above
    derivative = np.zeros((n, k, k + X.shape[1]))
    derivative[:, np.arange(k), np.arange(k)] = slope
    derivative[:, :, k:] = -slope[:, :, None] * X[:, None, :]
    root = np.linalg.cholesky(covariance)
    off = (y[:, None] <= np.arange(k)) - below
    return (
        np.linalg.solve(root, derivative).reshape(n * k, -1),
        np.linalg.solve(root, off[:, :, None]).reshape(n * k),
    )
