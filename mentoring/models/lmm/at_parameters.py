"""The likelihood of a model at given parameters, rather than at its optimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .criterion import packed
from .fit import LinearMixedModelFit


def deviance_at(fit: LinearMixedModelFit, beta: np.ndarray, covariances: Sequence[np.ndarray], sigma: float) -> float:
    """−2 log-likelihood (ML) of the fit's data and model at other parameter values.

    Parameters
    ----------
    fit : LinearMixedModelFit
        Fitted by ML.
    beta : ndarray, shape (p,)
    covariances : sequence of ndarray, shape (q, q)
        One per grouping factor, in the user's units.
    sigma : float

    Notes
    -----
    With the relative factors Λ of `covariances`: the profiled deviance d(Λ), less its own terms of β̂ and RSS/n, plus those of β and σ.
    R: ``-2 * logLik`` by ``lme4::mkLmerDevfun`` offers θ only; `test_pooling.py` compares with dense matrices.
    """
    scaled, n = fit.scaled, fit.given.nu
    roots = []
    for covariance, back in zip(covariances, scaled.z_back, strict=True):
        inner = np.linalg.solve(back, np.linalg.solve(back, covariance).T) / sigma**2
        values, vectors = np.linalg.eigh((inner + inner.T) / 2)
        # QR makes any square root triangular, of singular matrices too.
        root = np.asarray(np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T, mode="r")).T
        roots.append(root[None])
    theta = packed(roots, fit.design.levels) if roots else np.zeros((1, 0))
    profile = fit.problem.profiles(theta)
    deviance = fit.problem.evaluate(theta, np.array([0]))[0][0]
    rss, inner_sigma = profile.rss[0], sigma / scaled.y_scale
    gap = (np.linalg.solve(scaled.back, beta) - scaled.start) / scaled.y_scale - profile.beta[0]
    distance = rss + gap @ np.linalg.solve(profile.phi[0], gap)
    return float(deviance - n * (1 + np.log(rss / n)) + n * np.log(inner_sigma**2) + distance / inner_sigma**2)
