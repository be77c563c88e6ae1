"""Fit indices that missing answers do not flatter: the misfit the same model would have, had everyone answered everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mentoring.measure.factors import robust
from mentoring.measure.factors.likelihood import Moments, log_likelihood, moment_information, moment_scores
from mentoring.measure.factors.model_likelihood import jacobians
from mentoring.measure.factors.moments import Patterns
from mentoring.measure.factors.parameters import Parameters
from mentoring.measure.factors.saturated import Unrestricted


def as_if_complete(
    parameters: Parameters, theta: np.ndarray, patterns: Patterns, clusters: np.ndarray | None, full: Unrestricted, df: int
) -> tuple[float, float]:
    """Chi-squared of the fitted moments against the unrestricted ones as if all answers were there, and its mean per degree of freedom.

    Full-information chi-squared shrinks with the information that is missing, and takes CFI and RMSEA with it. With complete answers' information
    W_c at the unrestricted moments, the observed W_m, the covariance Γ of these moments, Δ the model's derivatives and
    ``U = W_m - W_m Δ (Δᵀ W_m Δ)⁻¹ Δᵀ W_m``, the mean of ``n F_ML`` under the model is ``tr(U W_m⁻¹ W_c W_m⁻¹ U Γ)`` (Zhang & Savalei 2023).
    R: ``lavaan::fitMeasures(cfa(..., estimator = "MLR", missing = "fiml"), c("cfi.robust", "tli.robust", "rmsea.robust"))`` (0.6-13 and later).

    Returns
    -------
    tuple of float
        Chi-squared and the factor; NaN where they cannot be computed.
    """
    if df <= 0 or parameters.items > robust.MOST_ITEMS:
        return np.nan, np.nan
    complete = _complete(patterns, full.moments)
    chisq = 2 * (log_likelihood(complete, full.moments) - log_likelihood(complete, parameters.all_moments(theta)))
    observed = moment_information(patterns, full.moments, observed=True)
    whole = moment_information(complete, full.moments, observed=False)
    meats = [robust.meat(one, clusters) for one in moment_scores(patterns, full.moments)]
    try:
        inverses = [np.linalg.inv(one) for one in observed]
        delta = jacobians(parameters, theta)
        bread = np.linalg.inv(sum(d.T @ w @ d for d, w in zip(delta, observed, strict=True)))
    except np.linalg.LinAlgError:
        return np.nan, np.nan
    # U W_m^-1 = I - W_m Δ B Δᵀ; its blocks between groups matter, because groups may share parameters.
    left = np.eye(sum(map(len, observed))) - _stacked(observed) @ np.vstack(delta) @ bread @ np.vstack(delta).T
    # Γ = W_m^-1 J W_m^-1, so U Γ = left J W_m^-1.
    product = left @ _stacked(whole) @ _stacked(inverses) @ left @ _stacked(meats) @ _stacked(inverses)
    factor = float(np.trace(product)) / df
    return float(chisq), factor if factor > 0 else np.nan


def _complete(patterns: Patterns, moments: Sequence[Moments]) -> Patterns:
    """Complete answers of as many people, with these moments; no rows."""
    groups = len(moments)
    return Patterns(
        np.arange(groups), patterns.sizes, np.ones((groups, patterns.items), dtype=bool), np.stack([mean for _, mean in moments]),
        np.stack([cov for cov, _ in moments]), np.zeros(0, dtype=int), np.zeros((0, patterns.items)),
    )


def _stacked(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """One matrix with the blocks along its diagonal."""
    size = sum(map(len, blocks))
    stacked, at = np.zeros((size, size)), 0
    for block in blocks:
        stacked[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return stacked
