"""Is there a predictor that decides the outcome alone? Then its coefficient has no finite estimate."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from mentoring.models.generalised.steps import Steps

TOLERANCE = 1e-7


def separated(steps: Steps) -> tuple[np.ndarray, np.ndarray]:
    """Which parameters run off to infinity, and which rows they then decide with certainty.

    Parameters
    ----------
    steps : Steps

    Returns
    -------
    parameters : ndarray of bool, shape (C − 1 + p,)
    rows : ndarray of int
        Rows whose answer is decided.

    Notes
    -----
    The likelihood rises for ever along a direction d with ``D d ≥ 0`` that is not zero everywhere (Albert & Anderson 1984). A linear programme finds the
    direction that decides most (Konis 2007): maximise ``Σ D d`` under ``D d ≥ 0, −1 ≤ d ≤ 1``. R: ``detectseparation::detect_separation``.
    """
    scale = np.maximum(np.abs(steps.D).max(axis=0), 1e-300)
    D = steps.D / scale
    found = linprog(-D.sum(axis=0), A_ub=-D, b_ub=np.zeros(len(D)), bounds=(-1, 1), method="highs")
    direction = found.x if found.x is not None else np.zeros(D.shape[1])
    pushed = D @ direction > TOLERANCE
    if not pushed.any():
        return np.zeros(D.shape[1], dtype=bool), np.zeros(0, dtype=int)
    return np.abs(direction) > TOLERANCE, np.unique(steps.row[pushed])
