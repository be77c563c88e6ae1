"""Natural cubic splines as R's ``splines::ns`` spans them; formulaic has none under that name."""

from __future__ import annotations

import numpy as np
from formulaic.utils.stateful_transforms import stateful_transform


@stateful_transform
def ns(x, df: int = 3, knots=None, _state=None, _metadata=None, _spec=None):
    """Natural cubic spline basis: cubic between the knots, a straight line beyond the outer ones.

    Built from truncated powers (Hastie, Tibshirani & Friedman 2009, eq. 5.4), so it spans the space of R's
    ``ns(x, df)`` with an intercept in the model: the same fit, other coefficients. Interior knots stand at equally
    spaced quantiles.
    """
    values = np.asarray(x, dtype=float)
    if "knots" not in _state:
        inner = np.quantile(values, np.linspace(0, 1, df + 1)[1:-1]) if knots is None else np.asarray(knots, float)
        low, high = values.min(), values.max()
        # On the unit interval the cubes stay comparable with the linear part.
        _state["low"], _state["span"] = low, (high - low) or 1.0
        _state["knots"] = (np.concatenate([[low], inner, [high]]) - low) / _state["span"]
    unit = (values - _state["low"]) / _state["span"]
    all_knots = _state["knots"]
    last = all_knots[-1]

    def bend(k: int) -> np.ndarray:
        above = np.clip(unit - all_knots[k], 0, None) ** 3 - np.clip(unit - last, 0, None) ** 3
        return above / (last - all_knots[k])

    flat = bend(len(all_knots) - 2)
    columns = [unit, *(bend(k) - flat for k in range(len(all_knots) - 2))]
    return {str(number + 1): column for number, column in enumerate(columns)}
