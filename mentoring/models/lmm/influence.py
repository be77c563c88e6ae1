"""What the results would be without each group in turn."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mentoring.errors import StudyError, did_you_mean

from .criterion import setting
from .design import Design
from .levels import Level, group_codes
from .optimise import minimise
from .problem import LeastSquares, make_problem
from .random_terms import refuse
from .refit import warm_start
from .scaled import scale_design

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit


def influence(fit: LinearMixedModelFit, group: str) -> pd.DataFrame:
    """Leave out one group of `group` at a time and fit again.

    Parameters
    ----------
    group : str
        A column of the data or a grouping factor's name.

    Returns
    -------
    DataFrame
        level, rows, term, estimate (without the group), change (estimate with − without), dfbetas (change in
        units of the SE without), sign_changed, sigma, note (why a fit was not possible).

    Notes
    -----
    R: ``influence.ME::influence(m, group)``. Every variance is estimated anew, from the full fit's as a start.
    """
    codes, labels = grouping(fit, group)
    full = fit.coefficients
    parts = []
    for code, label in enumerate(labels):
        keep = codes != code
        estimate, se, sigma, note = _without(fit, keep)
        with np.errstate(all="ignore"):
            change = full - estimate
            parts.append(
                pd.DataFrame(
                    {
                        "level": label,
                        "rows": int((~keep).sum()),
                        "term": fit.terms,
                        "estimate": estimate,
                        "change": change,
                        "dfbetas": change / se,
                        "sign_changed": np.sign(full) * np.sign(estimate) < 0,
                        "sigma": sigma,
                        "note": note,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def grouping(fit: LinearMixedModelFit, group: str) -> tuple[np.ndarray, list]:
    """Codes and labels, on the rows used, of a grouping factor or of any column of the data."""
    for level in fit.design.levels:
        if level.name == group and level.shares is None:
            return level.codes, level.labels
    data = fit.data
    columns = tuple(reversed(group.split("/"))) if "/" in group else tuple(group.split(":")) if group not in data.columns else (group,)
    missing = [name for name in columns if name not in data.columns]
    if missing:
        raise refuse(
            f"there is no grouping factor or column “{group}”", did_you_mean(group, [*fit.n_groups, *map(str, data.columns)]), place="group"
        )
    used = data[list(columns)].iloc[fit.design.rows]
    if used.isna().any(axis=None):
        raise refuse(f"“{group}” is blank in {int(used.isna().any(axis=1).sum())} of the rows used", "a group for every row", place="group")
    return group_codes(used, columns)


def _without(fit: LinearMixedModelFit, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, str]:
    p = len(fit.terms)
    nothing = np.full(p, np.nan)
    try:
        design = subset(fit.design, keep)
    except StudyError as error:
        return nothing, nothing, float("nan"), error.problems[0].found
    if design.X.shape[0] <= p or np.linalg.matrix_rank(design.X) < p:
        return nothing, nothing, float("nan"), "without this group the fixed effects cannot all be estimated"
    scaled = scale_design(design)
    given = setting(scaled, fit.reml)
    problem = make_problem(scaled, design.levels, given)
    theta = np.zeros(0) if isinstance(problem, LeastSquares) else minimise(problem.evaluate, design.levels, warm_start(fit, 1)).theta[0]
    solution = problem.solve(theta)
    sigma = float(np.sqrt(solution.profile.rss[0] / given.nu) * scaled.y_scale)
    estimate = scaled.back @ (solution.beta * scaled.y_scale + scaled.start)
    se = np.sqrt(np.einsum("ai,ij,aj->a", scaled.back, solution.phi, scaled.back)) * sigma
    return estimate, se, sigma, ""


def subset(design: Design, keep: np.ndarray) -> Design:
    """A design on some of its rows; groups that vanish are dropped."""
    out = copy(design)
    out.y, out.X, out.offset, out.rows = design.y[keep], design.X[keep], design.offset[keep], design.rows[keep]
    out.weights = None if design.weights is None else design.weights[keep]
    out.levels = [_subset_level(level, keep) for level in design.levels]
    return out


def _subset_level(level: Level, keep: np.ndarray) -> Level:
    out = copy(level)
    codes = level.codes[keep]
    seen = np.unique(codes[codes >= 0])
    if len(seen) < 2:
        raise refuse(f"without it “{level.name}” has only one group", place="influence")
    place = np.full(level.size, -1)
    place[seen] = np.arange(len(seen))
    out.codes = np.where(codes >= 0, place[np.maximum(codes, 0)], -1)
    out.labels = [level.labels[code] for code in seen]
    out.z = level.z[keep]
    out.shares = None if level.shares is None else level.shares[keep]
    return out
