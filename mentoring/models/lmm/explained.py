"""How much is explained: R² for mixed models, intraclass correlation, design effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit


class RSquared(NamedTuple):
    """Shares of the outcome's variance."""

    marginal: float
    conditional: float


def variance_parts(fit: LinearMixedModelFit) -> tuple[float, float, float]:
    """Variance of Xβ̂ (divisor n − 1), mean random-effect variance over the rows, and σ².

    Notes
    -----
    With slopes the random-effect variance differs from row to row; its mean is Σ_i z_iᵀΣz_i / n (Johnson 2014, Methods in Ecology
    and Evolution 5, 944). ``performance::r2_nakagawa`` goes wrong for ``||`` terms; this does not.
    """
    fixed = float(np.var(fit.design.X @ fit.coefficients, ddof=1))
    between = 0.0
    for level, covariance in zip(fit.design.levels, fit.covariances, strict=True):
        rows = np.einsum("ni,ij,nj->n", level.z, covariance, level.z)
        if level.shares is not None:
            rows = rows * (level.shares**2).sum(axis=1)
        between += float(rows.mean())
    return fixed, between, fit.sigma**2


def r_squared(fit: LinearMixedModelFit) -> RSquared:
    """R²m = σ²_f/(σ²_f + σ²_r + σ²), R²c = (σ²_f + σ²_r)/(…) (Nakagawa, Johnson & Schielzeth 2017)."""
    fixed, between, residual = variance_parts(fit)
    total = fixed + between + residual
    return RSquared(fixed / total, (fixed + between) / total)


def icc(fit: LinearMixedModelFit) -> float:
    """σ²_r/(σ²_r + σ²), the adjusted ICC (``performance::icc``)."""
    _, between, residual = variance_parts(fit)
    return between / (between + residual)
