"""Natural cubic splines as R's ``splines::ns`` makes them; formulaic has none under that name."""

from __future__ import annotations

import numpy as np
from formulaic.utils.stateful_transforms import stateful_transform
from scipy.interpolate import BSpline


@stateful_transform
def ns(x, df: int = 1, knots=None, _state=None, _metadata=None, _spec=None):
    """Natural cubic spline basis: cubic between the knots, a straight line beyond the outer ones.

    The columns are R's, so coefficients and the restricted likelihood are, too: cubic B-splines without the first, turned
    (by the orthogonal factor of the second derivatives at both ends) so that two columns hold all curvature there; these
    are left out. `df` − 1 interior knots stand at equally spaced quantiles unless `knots` are given.

    Notes
    -----
    R: ``splines::ns(x, df = df)``, ``splines::ns(x, knots = c(...))``. Hastie, Tibshirani & Friedman (2009), section 5.2.1.
    """
    values = np.asarray(x, dtype=float)
    if "knots" not in _state:
        if df != int(df) or df < 1:
            raise ValueError(f"ns() needs a whole number of df from 1, not {df}")
        inner = np.quantile(values, np.linspace(0, 1, int(df) + 1)[1:-1]) if knots is None else np.atleast_1d(np.asarray(knots, float))
        low, high = values.min(), values.max()
        if not low < high or (len(inner) and not (low < inner.min() and inner.max() < high)):
            raise ValueError("ns() needs interior knots between the lowest and the highest value: fewer df, or other knots")
        _state["knots"] = np.concatenate([[low] * 4, np.sort(inner), [high] * 4])
    all_knots = _state["knots"]
    low, high = all_knots[0], all_knots[-1]
    spline = BSpline(all_knots, np.eye(len(all_knots) - 4), 3)
    inside = np.clip(values, low, high)
    basis = spline(inside) + spline(inside, 1) * (values - inside)[:, None]
    turn, _ = np.linalg.qr(spline(np.array([low, high]), 2)[:, 1:].T, mode="complete")
    columns = basis[:, 1:] @ turn[:, 2:]
    return {str(number + 1): column for number, column in enumerate(columns.T)}
