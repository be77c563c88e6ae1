"""The one-factor model of many covariance matrices side by side: what omega of a thousand bootstrap draws needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The smallest unique variance, as a share of the item's variance. At it the solution is a Heywood case. R's factanal stops there too.
LEAST_UNIQUE = 0.005
# For bootstrap draws: the steps shrink fast, so omega is then right to far more than the three digits an interval is read to.
DRAW_TOLERANCE = 1e-4


@dataclass(frozen=True)
class OneFactor:
    """Maximum-likelihood estimates of B one-factor models.

    Attributes
    ----------
    loadings, unique : ndarray, shape (B, k)
        Loadings and unique variances, in the items' units; the factor's variance is one.
    converged, heywood : ndarray of bool, shape (B,)
        Whether an optimum was reached, and whether a unique variance stands at its lower bound there.
    """

    loadings: np.ndarray
    unique: np.ndarray
    converged: np.ndarray
    heywood: np.ndarray

    @property
    def omega(self) -> np.ndarray:
        """``(Σ λ)² / ((Σ λ)² + Σ θ)``, NaN where no optimum was reached."""
        common = self.loadings.sum(axis=1) ** 2
        return np.where(self.converged, common / (common + self.unique.sum(axis=1)), np.nan)


def one_factor(covariances: np.ndarray, start: OneFactor | None = None, *, tolerance: float = 1e-9, most: int = 300) -> OneFactor:
    """One factor fitted to each covariance matrix by maximum likelihood.

    Fisher scoring with step halving on ``log|Σ| + tr(S Σ⁻¹)``, ``Σ = λλ' + diag(θ)``, unique variances not below `LEAST_UNIQUE` of the
    item's variance. All matrices are worked on side by side. R: ``lavaan::cfa("f =~ a + b + c", std.lv = TRUE)``;
    ``factanal(covmat = S, factors = 1)``.

    Parameters
    ----------
    covariances : ndarray, shape (B, k, k)
        Positive definite, k ≥ 3.
    start : OneFactor, optional
        Where to begin (one model for all). By default at the loadings of the first principal component.
    tolerance : float
        A fit is done when no parameter, as a share of its item's standard deviation or variance, would move by more.
    most : int
        Steps after which a fit counts as not converged.
    """
    scale = np.sqrt(np.einsum("bii->bi", covariances))
    correlations = covariances / (scale[:, :, None] * scale[:, None, :])
    if start is None:
        values, vectors = np.linalg.eigh(correlations)
        first = vectors[:, :, -1] * np.sqrt(values[:, -1:])
        loadings = np.clip(0.9 * first, -0.95, 0.95)
    else:
        loadings = np.clip(start.loadings / scale, -0.99, 0.99)
    unique = np.clip(1 - loadings**2, 0.05, None)
    done = np.zeros(len(scale), dtype=bool)
    for _ in range(most):
        active = np.flatnonzero(~done)
        if not len(active):
            break
        step, moved = _step(loadings[active], unique[active], correlations[active])
        loadings[active], unique[active] = step
        done[active] = moved < tolerance
    heywood = np.any(unique <= LEAST_UNIQUE * (1 + 1e-6), axis=1)
    return OneFactor(loadings * scale, unique * scale**2, done, heywood)


def _step(loadings: np.ndarray, unique: np.ndarray, s: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """One scoring step for each model, halved until it does not make the fit worse; and how far it went."""
    k = loadings.shape[1]
    weighted = loadings / unique
    one_plus = 1 + np.einsum("bi,bi->b", loadings, weighted)
    w = -weighted[:, :, None] * weighted[:, None, :] / one_plus[:, None, None]
    diagonal = np.arange(k)
    w[:, diagonal, diagonal] += 1 / unique
    u = weighted / one_plus[:, None]  # Σ⁻¹λ
    # Gradient of half the deviance: Σ⁻¹ − Σ⁻¹ S Σ⁻¹, against the derivatives of Σ.
    g = w - w @ s @ w
    gradient = np.concatenate([np.einsum("bij,bj->bi", g, loadings), np.einsum("bii->bi", g) / 2], axis=1)
    information = np.empty((len(s), 2 * k, 2 * k))
    information[:, :k, :k] = u[:, :, None] * u[:, None, :] + w * (1 - 1 / one_plus)[:, None, None]
    information[:, :k, k:] = w * u[:, None, :]
    information[:, k:, :k] = np.swapaxes(information[:, :k, k:], 1, 2)
    information[:, k:, k:] = w**2 / 2
    # A unique variance at its bound that would go on falling stays where it is.
    held = np.concatenate([np.zeros((len(s), k), dtype=bool), (unique <= LEAST_UNIQUE * (1 + 1e-9)) & (gradient[:, k:] > 0)], axis=1)
    free = ~held
    information *= free[:, :, None] & free[:, None, :]
    both = np.arange(2 * k)
    information[:, both, both] = np.where(held, 1.0, information[:, both, both] * (1 + 1e-10))
    move = -np.linalg.solve(information, np.where(free, gradient, 0.0)[..., None])[..., 0]
    before = _deviance(loadings, unique, s)
    length = np.ones(len(s))
    for _ in range(12):
        new_loadings = loadings + length[:, None] * move[:, :k]
        new_unique = np.maximum(unique + length[:, None] * move[:, k:], LEAST_UNIQUE)
        worse = _deviance(new_loadings, new_unique, s) > before + 1e-12 * (1 + np.abs(before))
        if not worse.any():
            break
        length = np.where(worse, length / 2, length)
    went = np.maximum(np.abs(new_loadings - loadings).max(axis=1), np.abs(new_unique - unique).max(axis=1))
    # A step that had to be shortened is no sign of having arrived.
    went = np.where(length < 1, np.inf, went)
    return (new_loadings, new_unique), went


def _deviance(loadings: np.ndarray, unique: np.ndarray, s: np.ndarray) -> np.ndarray:
    """``log|Σ| + tr(S Σ⁻¹)``, by the formulas for a diagonal matrix plus one of rank one."""
    weighted = loadings / unique
    one_plus = 1 + np.einsum("bi,bi->b", loadings, weighted)
    quadratic = ((s @ weighted[:, :, None])[:, :, 0] * weighted).sum(axis=1)
    trace = (np.diagonal(s, axis1=1, axis2=2) / unique).sum(axis=1) - quadratic / one_plus
    return np.log(unique).sum(axis=1) + np.log(one_plus) + trace
