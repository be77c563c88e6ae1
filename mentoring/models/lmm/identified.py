"""Which variances of one grouping factor the data cannot tell apart, whatever the outcome."""

from __future__ import annotations

import numpy as np

from .levels import Level

# Enough rows to show that variances differ; only when they do not, all rows are asked.
_FIRST_ROWS = 2_000


def overlapping_effects(level: Level, X: np.ndarray) -> str:
    """A note when some variances or correlations of `level` are arbitrary, else "".

    A group's rows have covariance Σ_k s_k Z_gE_kZ_gᵀ in the variances and covariances s. Two sets of s with the same matrices in every
    group have the same likelihood: then Gram_kl = Σ_g tr(E_kC_gE_lC_g), C_g = Z_gᵀZ_g, is singular. So it is for ``(f || g)`` with a
    factor (the intercept's variance also fits into the factor's block, in lme4 too), for a slope given twice, and for the correlation of
    effects that never occur in the same group. When the fixed effects hold a term for every group, nothing is left of the groups.
    """
    if level.shares is not None:
        return ""
    if X.shape[1] >= level.size and _absorbed(level, X):
        return f"the fixed effects already tell every group of “{level.name}” apart: its variances are arbitrary"
    if level.q == 1:
        return ""
    free = _lost(level, np.arange(min(len(X), _FIRST_ROWS)))
    if len(free) and len(X) > _FIRST_ROWS:
        free = _lost(level, np.arange(len(X)))
    if not len(free):
        return ""
    names = [" and ".join(dict.fromkeys((level.effects[j], level.effects[i]))) for i, j in (level.free[k] for k in free)]
    return (
        f"{level.name}: these variances and covariances cannot be told apart by the data, and are one choice among many with the same fit: "
        + ", ".join(names)
    )


def _lost(level: Level, rows: np.ndarray) -> np.ndarray:
    """Positions in `level.free` that take part in a direction without any effect on the rows' covariances."""
    z = level.z[rows] / np.maximum(np.sqrt((level.z[rows] ** 2).mean(axis=0)), 1e-300)
    _, code = np.unique(level.codes[rows], return_inverse=True)
    products = np.zeros((code.max() + 1, level.q, level.q))
    for i in range(level.q):
        for j in range(level.q):
            products[:, i, j] = np.bincount(code, z[:, i] * z[:, j])
    turned = []
    for i, j in level.free:
        unit = np.zeros((level.q, level.q))
        unit[i, j] = unit[j, i] = 1.0
        turned.append((unit @ products).reshape(len(products), -1))
    # tr(E_kC E_lC) = Σ_ab (E_kC)_ab (E_lC)_ba
    other = [part.reshape(-1, level.q, level.q).swapaxes(1, 2).reshape(len(products), -1) for part in turned]
    gram = np.array([[float((one * two).sum()) for two in other] for one in turned])
    size = np.sqrt(np.maximum(gram.diagonal(), 0.0))
    nothing = size <= 1e-9 * size.max()
    size[nothing] = 1.0
    values, vectors = np.linalg.eigh(gram / np.outer(size, size))
    flat = values < 1e-9 * values.max()
    return np.flatnonzero(np.abs(vectors[:, flat]).max(axis=1, initial=0.0) > 1e-4)


def _absorbed(level: Level, X: np.ndarray) -> bool:
    """True when every column of Z is a combination of X's columns."""
    for effect in range(level.q):
        z = np.zeros((len(X), level.size))
        z[np.arange(len(X)), level.codes] = level.z[:, effect]
        rest = z - X @ np.linalg.lstsq(X, z, rcond=None)[0]
        if np.abs(rest).max() > 1e-8 * np.abs(z).max():
            return False
    return True
