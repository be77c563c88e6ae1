"""The profiled deviance and its gradient, from the pieces every elimination scheme delivers.

With V = I + Σ_l Z_l Λ_l Λ_lᵀ Z_lᵀ (the covariance relative to σ²) and P = V⁻¹ − V⁻¹X Φ XᵀV⁻¹, Φ = (XᵀV⁻¹X)⁻¹:

    REML  d(θ) = log|V| + log|XᵀV⁻¹X| + (n−p) [1 + log(2π RSS/(n−p))]
    ML    d(θ) = log|V| + n [1 + log(2π RSS/n)]
    ∂d/∂Λ_l   = 2 [Z_lᵀ(V⁻¹ or P)Z_l − (ν/RSS) Z_lᵀr rᵀZ_l] Λ_l   summed over groups, r = Py, ν = n−p or n

(Bates, Mächler, Bolker & Walker 2015, eqs. 34 and 41; the gradient follows from d log|V| = tr(V⁻¹dV).)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .levels import Level
from .scaled import Scaled


@dataclass(frozen=True)
class Setting:
    """What stays fixed while θ moves."""

    n: int
    p: int
    reml: bool
    constant: float

    @property
    def nu(self) -> int:
        """The divisor of the residual sum of squares."""
        return self.n - self.p if self.reml else self.n


def setting(scaled: Scaled, reml: bool) -> Setting:
    """Everything about the criterion that does not depend on θ."""
    n, p = scaled.columns.shape
    nu = n - p if reml else n
    # The user's units: y is y_scale times larger, X differs by `back`, weights add their log-determinant.
    constant = nu * 2 * np.log(scaled.y_scale) - scaled.sum_log_weights - (2 * scaled.log_det_back if reml else 0.0)
    return Setting(n, p, reml, float(constant))


@dataclass
class Profile:
    """What is left once every random effect is eliminated, for R outcomes at once.

    Parameters
    ----------
    deviance, rss : ndarray, shape (R,)
    beta : ndarray, shape (R, p)
    phi : ndarray, shape (R, p, p)
        (XᵀV⁻¹X)⁻¹.
    """

    deviance: np.ndarray
    rss: np.ndarray
    beta: np.ndarray
    phi: np.ndarray

    def weight_matrix(self, given: Setting) -> np.ndarray:
        """W with Σ_g R_g W R_gᵀ = everything the gradient subtracts from Z'V⁻¹Z; R_g = Z_gᵀV⁻¹[X, y]."""
        share = given.nu / self.rss
        direction = np.concatenate([-self.beta, np.ones((len(share), 1))], axis=1)
        weight = share[:, None, None] * direction[:, :, None] * direction[:, None, :]
        if given.reml:
            weight[:, : given.p, : given.p] += self.phi
        return weight


def profile(schur: np.ndarray, log_det: np.ndarray, given: Setting) -> Profile:
    """Solve for β and σ² in the (p+1)-square matrix [X y]ᵀV⁻¹[X y] of each outcome.

    A θ at which rounding has destroyed positive definiteness gets an infinite deviance, so that the line search
    steps back.
    """
    p = given.p
    xx, xy, yy = schur[:, :p, :p], schur[:, :p, p], schur[:, p, p]
    sign, log_det_x = np.linalg.slogdet(xx) if p else (np.ones(len(yy)), np.zeros(len(yy)))
    fine = (sign > 0) & np.isfinite(log_det_x) & np.isfinite(log_det)
    safe = np.where(fine[:, None, None], xx, np.eye(p)) if not fine.all() else xx
    phi = np.linalg.inv(safe) if p else np.zeros((len(yy), 0, 0))
    beta = np.einsum("rij,rj->ri", phi, xy)
    rss = yy - np.einsum("ri,ri->r", xy, beta)
    fine &= rss > 0
    rss = np.where(fine, rss, 1.0)
    deviance = log_det + given.nu * (1 + np.log(2 * np.pi * rss / given.nu)) + given.constant
    if given.reml:
        deviance = deviance + log_det_x
    return Profile(np.where(fine, deviance, np.inf), rss, beta, phi)


def factors(theta: np.ndarray, levels: list[Level]) -> list[np.ndarray]:
    """θ, shape (R, k), as lower-triangular Λ of each level, shape (R, q, q)."""
    out, start = [], 0
    for level in levels:
        places = level.free
        factor = np.zeros((len(theta), level.q, level.q))
        for number, (i, j) in enumerate(places):
            factor[:, i, j] = theta[:, start + number]
        start += len(places)
        out.append(factor)
    return out


def packed(per_level: list[np.ndarray], levels: list[Level]) -> np.ndarray:
    """The free entries of one (R, q, q) array per level, side by side as (R, k)."""
    return np.concatenate(
        [np.stack([full[:, i, j] for i, j in level.free], axis=1) for full, level in zip(per_level, levels, strict=True)], axis=1
    )


@dataclass
class Solution:
    """A fit at given θ, in internal units, for one outcome.

    Parameters
    ----------
    factors : list of ndarray (q, q)
    make_within, make_quadratic : callable
        Make `within` and `quadratic`, which inference and random effects need but the fit does not.
    """

    profile: Profile
    factors: list[np.ndarray]
    make_within: Callable[[], list[np.ndarray]]
    make_quadratic: Callable[[], list[np.ndarray]]

    @cached_property
    def within(self) -> list[np.ndarray]:
        """Z_gᵀV⁻¹[X, y] of every group of every level, shape (G, q, p + 1), groups in label order."""
        return self.make_within()

    @cached_property
    def quadratic(self) -> list[np.ndarray]:
        """Z_gᵀV⁻¹Z_g of every group of every level, shape (G, q, q)."""
        return self.make_quadratic()

    @property
    def beta(self) -> np.ndarray:
        return self.profile.beta[0]

    @property
    def phi(self) -> np.ndarray:
        return self.profile.phi[0]

    def residual_sums(self, number: int) -> np.ndarray:
        """Z_gᵀV⁻¹(y − Xβ) of one level, shape (G, q)."""
        within = self.within[number]
        return within[..., -1] - within[..., :-1] @ self.beta
