"""Many tiny symmetric matrices at once: closed forms for sizes 1 and 2, LAPACK above."""

from __future__ import annotations

import numpy as np


def relative_precision(factor: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """M = Λ(ΛᵀAΛ + I)⁻¹Λᵀ and log|ΛᵀAΛ + I| of every group.

    Parameters
    ----------
    factor : ndarray, shape (R, q, q)
    a : ndarray, shape (R or 1, G, q, q)

    Returns
    -------
    ndarray (R, G, q, q), ndarray (R, G)
    """
    q = factor.shape[-1]
    if q == 1:
        square = factor[:, None] ** 2
        k = 1 + square * a
        return square / k, np.log(k[..., 0, 0])
    if q == 2:
        return _two(factor, a)
    wide = factor[:, None]
    k = np.swapaxes(wide, -1, -2) @ a @ wide
    k[..., np.arange(q), np.arange(q)] += 1
    root = np.linalg.cholesky(k)
    half = np.linalg.solve(root, np.broadcast_to(np.swapaxes(wide, -1, -2), k.shape))
    return np.swapaxes(half, -1, -2) @ half, 2 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(-1)


def _two(factor: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 2×2 case: K⁻¹ by the adjugate, with |K| = 1 + tr(ΣA) + |Σ||A| free of cancellation."""
    sigma = factor @ np.swapaxes(factor, -1, -2)
    s11, s12, s22 = (sigma[:, None, i, j] for i, j in ((0, 0), (0, 1), (1, 1)))
    det_sigma = (factor[:, 0, 0] * factor[:, 1, 1])[:, None] ** 2 if not factor[:, 0, 1].any() else s11 * s22 - s12**2
    a11, a12, a22 = a[..., 0, 0], a[..., 0, 1], a[..., 1, 1]
    det_a = np.maximum(a11 * a22 - a12**2, 0.0)
    det = 1 + s11 * a11 + 2 * s12 * a12 + s22 * a22 + det_sigma * det_a
    # M = (Σ + |Σ| adj(A)) / |K|: the limit A⁻¹-free form of (Σ⁻¹ + A)⁻¹, exact for singular Σ too.
    m = np.empty((*det.shape, 2, 2))
    m[..., 0, 0] = (s11 + det_sigma * a22) / det
    m[..., 1, 1] = (s22 + det_sigma * a11) / det
    m[..., 0, 1] = m[..., 1, 0] = (s12 - det_sigma * a12) / det
    return m, np.log(det)
