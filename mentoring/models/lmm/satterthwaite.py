"""Satterthwaite's degrees of freedom, as lmerTest defines them (Kuznetsova, Brockhoff & Christensen 2017).

For a contrast l with f = lᵀCov(β̂)l:  df = 2 f² / (gᵀ A g), g = ∂f/∂(θ, σ), A the asymptotic covariance of (θ̂, σ̂).
Eliminating σ from the joint Hessian gives the form used here,

    df = 2 / (hᵀ 2H⁻¹ h + 2/ν),   h = ∂ log f / ∂θ along the profile σ²(θ) = RSS(θ)/ν,

with H the Hessian of the profiled deviance. θ is on the scale of standard deviations: at a zero variance the
deviance is even in θ, so the df are those of the model without that term.
"""

from __future__ import annotations

import numpy as np

from .criterion import Setting, Solution
from .levels import Level


class Satterthwaite:
    """Degrees of freedom of contrasts of one fit, everything in internal units.

    Parameters
    ----------
    solution : Solution
    hessian : ndarray, shape (k, k)
        Of the profiled deviance at the optimum.
    levels : list of Level
    given : Setting
    """

    def __init__(self, solution: Solution, hessian: np.ndarray, levels: list[Level], given: Setting):
        self.phi, self.nu = solution.phi, given.nu
        self.covariance = _positive_inverse(hessian) * 2 if hessian.size else hessian
        self.change, self.log_sigma = _derivatives(solution, levels, given)

    def df(self, contrast: np.ndarray) -> float:
        """Degrees of freedom of one contrast of the internal coefficients."""
        variance = contrast @ self.phi @ contrast
        if variance <= 0:
            return float("nan")
        slope = np.einsum("i,kij,j->k", contrast, self.change, contrast) / variance + self.log_sigma
        return float(2 / (slope @ self.covariance @ slope + 2 / self.nu))

    def joint(self, contrasts: np.ndarray) -> float:
        """Denominator df of a joint F test of the rows of `contrasts` (lmerTest's ``contestMD``)."""
        values, vectors = np.linalg.eigh(contrasts @ self.phi @ contrasts.T)
        useful = values > 1e-12 * values.max()
        each = np.array([self.df(direction) for direction in vectors.T[useful] @ contrasts])
        q = len(each)
        if q == 1 or np.ptp(each) < 1e-8 * each.max():
            return float(each.mean())
        if (each <= 2).any():
            return 2.0
        expected = float((each / (each - 2)).sum())
        return 2 * expected / (expected - q)


def _derivatives(solution: Solution, levels: list[Level], given: Setting) -> tuple[np.ndarray, np.ndarray]:
    """∂Φ/∂θ, shape (k, p, p), and ∂ log σ²/∂θ, shape (k,).

    ∂Φ = Φ (Σ_g R_gᵀ ∂Σ R_g) Φ and ∂RSS = −Σ_g u_gᵀ ∂Σ u_g with ∂Σ = ∂Λ Λᵀ + Λ ∂Λᵀ.
    """
    p = given.p
    change, log_sigma = [], []
    rss = float(solution.profile.rss[0])
    for number, level in enumerate(levels):
        r = solution.within[number][..., :p]
        u = solution.residual_sums(number)
        cross = np.tensordot(r, r, axes=(0, 0))
        sums = u.T @ u
        for i, j in level.free:
            turn = np.zeros((level.q, level.q))
            turn[i] += solution.factors[number][:, j]
            turn += turn.T.copy()
            change.append(solution.phi @ np.einsum("aibj,ab->ij", cross, turn) @ solution.phi)
            log_sigma.append(-(sums * turn).sum() / rss)
    return np.array(change).reshape(-1, p, p), np.array(log_sigma)


def _positive_inverse(hessian: np.ndarray) -> np.ndarray:
    """Inverse on the directions of positive curvature (lmerTest drops the others, too)."""
    scale = np.sqrt(np.maximum(np.abs(hessian.diagonal()), 1e-300))
    values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
    useful = values > 1e-8
    inverse = (vectors[:, useful] / values[useful]) @ vectors[:, useful].T
    return inverse / np.outer(scale, scale)
