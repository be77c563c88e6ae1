"""Confidence intervals for fixed effects, standard deviations and correlations.

The profile interval holds one quantity at a value, maximises the likelihood over all others, and keeps the values whose
deviance (ML, as in lme4) rises by less than the χ²₁ quantile.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, special

from .criterion import setting
from .design import Design
from .optimise import minimise
from .problem import find_optimum, make_problem
from .profiling import profile_intervals, quantities
from .random_terms import refuse
from .refit import warm_start
from .scaled import scale_design

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit

COLUMNS = ["parameter", "estimate", "ci_low", "ci_high", "method"]


def confint(fit: LinearMixedModelFit, method: str = "profile", level: float = 0.95, n: int = 1000, seed: int | None = None) -> pd.DataFrame:
    """Intervals; parameters are named ``similarity``, ``sd mentor.Intercept``, ``cor mentor.Intercept.similarity``, ``sigma``.

    Parameters
    ----------
    method : {"profile", "wald", "bootstrap"}
        "wald" gives the fixed effects by the fit's own inference and leaves variances empty; "bootstrap" is parametric
        (`n` draws, `seed`).

    Notes
    -----
    R: ``confint(m, oldNames = FALSE)``; a bound of a standard deviation that profiles to zero is 0.
    """
    if method == "wald":
        table = fit.inference(fit.method, level).rename(columns={"term": "parameter"})[COLUMNS[:-1]]
        rest = pd.DataFrame({"parameter": _names(fit), "estimate": _values(fit)})
        return pd.concat([table, rest], ignore_index=True).assign(method=[fit.method] * len(table) + ["not estimated"] * len(rest))
    if method == "bootstrap":
        table = fit.bootstrap(n, seed, level).intervals
        return table.drop(columns="se").assign(method="parametric bootstrap")
    if method != "profile":
        raise refuse(f"“{method}” is not a method for intervals", '"profile", "wald" or "bootstrap"', place="confint")
    if not fit.design.levels:
        raise refuse("a model without random terms needs no profile", '"wald" (exact here)', place="confint")
    limit = float(special.chdtri(1, 1 - level))
    rows = [(term, fit.coefficients[j], *_fixed_interval(fit, j, limit)) for j, term in enumerate(fit.terms)]
    ends = profile_intervals(fit, limit)
    rows += [(quantity.name, value, *end) for quantity, value, end in zip(quantities(fit), _values(fit), ends, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(method="profile")


def variance_intervals(fit: LinearMixedModelFit, level: float = 0.95) -> np.ndarray:
    """Profile intervals for the rows of ``variance_components``, shape (rows, 2): of the variance, in a covariance's row of the correlation.

    NaN where the likelihood has no such end, and for a model without random terms, whose σ² has the exact χ² interval.
    """
    if not fit.design.levels:
        df, rss = fit.n_obs - len(fit.terms), fit.sigma**2 * fit.given.nu
        return rss / np.array([[special.chdtri(df, (1 - level) / 2), special.chdtri(df, (1 + level) / 2)]])
    found = dict(zip(_names(fit), profile_intervals(fit, float(special.chdtri(1, 1 - level))), strict=True))
    rows = fit.variance_components[["group", "term", "term2"]].itertuples(index=False)
    return np.array([
        found[f"cor {group}.{one}.{two}"] if isinstance(two, str)
        else np.square(found["sigma" if not isinstance(one, str) else f"sd {group}.{one}"])
        for group, one, two in rows
    ])  # fmt: skip


def _names(fit: LinearMixedModelFit) -> list[str]:
    return [quantity.name for quantity in quantities(fit)]


def _values(fit: LinearMixedModelFit) -> list[float]:
    return [quantity.value(fit.covariances, fit.sigma) for quantity in quantities(fit)]


def _root(rise: Callable[[float], float], estimate: float, step: float, bound: float) -> float:
    """Where `rise` (deviance above the best, less the limit) crosses zero, going from the estimate in the direction of `step`."""
    inside = estimate
    for _ in range(60):
        outside = inside + step
        if (outside - bound) * np.sign(step) >= 0:
            outside = bound
            if rise(outside) < 0:
                return bound
        if rise(outside) > 0:
            return float(optimize.brentq(rise, inside, outside, xtol=1e-7 * max(abs(step), 1e-12), rtol=1e-10))
        inside, step = outside, step * 1.6
    return float("nan")


def _fixed_interval(fit: LinearMixedModelFit, j: int, limit: float) -> tuple[float, float]:
    """Profile of one coefficient: the model without its column, on the outcome less value × column."""
    design = fit.design
    other = _without_column(fit, j)
    scaled = scale_design(other)
    given = setting(scaled, reml=False)
    full = scale_design(design)
    best_problem = make_problem(full, design.levels, setting(full, reml=False))
    ml, _ = find_optimum(best_problem, design.levels)
    profile = best_problem.profiles(ml.theta)
    centre = float((full.back @ (profile.beta[0] * full.y_scale + full.start))[j])
    se = float(np.sqrt((full.back @ profile.phi[0] @ full.back.T)[j, j] * profile.rss[0] / given.nu) * full.y_scale)

    def rise(value: float) -> float:
        y, _ = scaled.outcome(design.y - design.offset - value * design.X[:, j])
        problem = make_problem(scaled, design.levels, given, y[:, None])
        return float(minimise(problem.evaluate, design.levels, warm_start(fit, 1)).deviance[0] - ml.deviance[0]) - limit

    width = 2 * se
    return _root(rise, centre, -width, -np.inf), _root(rise, centre, width, np.inf)


def _without_column(fit: LinearMixedModelFit, j: int) -> Design:
    other = copy(fit.design)
    keep = [number for number in range(len(fit.terms)) if number != j]
    other.X, other.terms = fit.design.X[:, keep], [fit.terms[number] for number in keep]
    return other
