"""What the results would be without each group in turn.

Sums over rows are additive, so a group leaves by subtraction: no row is read twice and nothing is set up again. What remains is the
search for the variances, which starts at the full fit's optimum with its curvature. Nested designs search for all left-out groups side
by side (`left_out`); crossed ones take one Newton step each, and go on only where the deviance did not fall as the step promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mentoring.errors import did_you_mean

from .criterion import Profile
from .crossed import CrossedProblem
from .left_out import LeftOut, cross_products, groups_left
from .levels import group_codes
from .nested import chain_of
from .optimise import minimise
from .random_terms import refuse
from .refit import warm_start
from .sparse import SparseProblem

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit

# A search has settled when less than this much of the deviance is left to gain.
TO_GO = 1e-6
# A single Newton step is judged by how its gain missed the promise: a curvature wrong by the share ε gains ε less than promised and
# leaves ε² of it, so what is left is miss²/promise. Beyond this promise the group matters so much that the search goes on anyway.
SMALL_STEP = 0.01
# Variances (relative to σ) below this may be next to another optimum on the boundary: a full search looks for it.
NEAR_ZERO = 0.05
# Below this eigenvalue of their correlations (or share of its former spread) the fixed effects cannot be told apart.
_ALIASED = 1e-10


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

    Raises
    ------
    StudyError
        When there is no such column, or it is blank in some rows.

    Notes
    -----
    R: ``influence.ME::influence(m, group)``. Every variance is estimated anew; none is held at the full fit's (a Newton step is accepted only when less than
    1e-6 of the deviance is left to gain).
    """
    if not fit.terms:
        raise refuse("the model has no fixed effects that could change", "a model with an intercept", place="influence")
    codes, labels = grouping(fit, group)
    count, p = len(labels), len(fit.terms)
    products = cross_products(fit.scaled, codes, count)
    remaining = products.sum(axis=0) - products
    notes = _impossible(fit, codes, remaining)
    # Rows of groups that cannot be left out stay, so that every search has a solution; those results are blanked.
    leaving = np.where((notes == "")[codes], codes, -1)
    remaining[notes != ""] = products.sum(axis=0)
    found = _refits(fit, leaving, remaining)
    given = fit.n_obs - np.bincount(leaving[leaving >= 0], minlength=count) - (p if fit.reml else 0)
    notes[(notes == "") & ~found.settled] = "the fit without this group did not converge"
    scaled = fit.scaled
    sigma = np.where(notes == "", np.sqrt(found.profile.rss / given) * scaled.y_scale, np.nan)
    estimate = (found.profile.beta * scaled.y_scale + scaled.start) @ scaled.back.T
    se = np.sqrt(np.einsum("ai,rij,aj->ra", scaled.back, found.profile.phi, scaled.back)) * sigma[:, None]
    estimate[notes != ""] = np.nan
    full = fit.coefficients
    with np.errstate(all="ignore"):
        change = full - estimate
        return pd.DataFrame({
            "level": pd.Series(labels).repeat(p).to_numpy(), "rows": np.bincount(codes).repeat(p), "term": fit.terms * count,
            "estimate": estimate.ravel(), "change": change.ravel(), "dfbetas": (change / se).ravel(),
            "sign_changed": (np.sign(full) * np.sign(estimate) < 0).ravel(), "sigma": sigma.repeat(p), "note": notes.repeat(p),
        })  # fmt: skip


def _impossible(fit: LinearMixedModelFit, codes: np.ndarray, remaining: np.ndarray) -> np.ndarray:
    """Why the model cannot be fitted without each group ("" where it can)."""
    count, p = len(remaining), len(fit.terms)
    notes = np.full(count, "", dtype=object)
    rows = fit.n_obs - np.bincount(codes, minlength=count)
    gram, full = remaining[:, :p, :p], fit.scaled.gram.diagonal()
    spread = np.sqrt(np.maximum(np.diagonal(gram, axis1=1, axis2=2), 0.0))
    gone = (spread**2 <= _ALIASED * full).any(axis=1) | (rows <= p)
    spread[spread == 0] = 1.0
    least = np.linalg.eigvalsh(gram / (spread[:, :, None] * spread[:, None, :])).min(axis=1, initial=1.0)
    notes[gone | (least < _ALIASED)] = "without this group the fixed effects cannot all be estimated"
    for level in fit.design.levels:
        left = groups_left(level, codes, count)
        notes[left < 2] = f"without it “{level.name}” has only one group"
        notes[(left >= 2) & (left * level.q >= rows)] = f"without it “{level.name}” has as many effects as rows"
    return notes


@dataclass
class _Found:
    """Ends of the searches, one per left-out group."""

    profile: Profile
    settled: np.ndarray


def _refits(fit: LinearMixedModelFit, codes: np.ndarray, remaining: np.ndarray) -> _Found:
    inverse = _inverse_hessian(fit)
    if isinstance(fit.problem, CrossedProblem | SparseProblem):
        rows = np.split(np.argsort(codes, kind="stable"), np.searchsorted(np.sort(codes), np.arange(len(remaining))))[1:]
        return _joined([_one(fit, fit.problem.without(own), inverse) for own in rows])
    levels = fit.design.levels
    left_out = LeftOut(fit.scaled, levels, fit.given, chain_of(levels), codes, remaining)
    return _joined([_side_by_side(fit, left_out, chosen, inverse) for chosen in left_out.chunks()])


def _joined(parts: list[_Found]) -> _Found:
    whole = Profile(*(np.concatenate([getattr(part.profile, name) for part in parts]) for name in ("deviance", "rss", "beta", "phi")))
    return _Found(whole, np.concatenate([part.settled for part in parts]))


def _inverse_hessian(fit: LinearMixedModelFit) -> np.ndarray | None:
    """H⁻¹ at the full fit's optimum, or None where the deviance is nearly flat or a variance is next to zero."""
    if not len(fit.theta):
        return None
    diagonal = np.concatenate([[i == j for i, j in level.free] for level in fit.design.levels])
    values, vectors = np.linalg.eigh(fit.hessian)
    if values.min() <= 1e-3 * values.max() or np.abs(fit.theta[diagonal]).min() < NEAR_ZERO:
        return None
    return (vectors / values) @ vectors.T


def _start(fit: LinearMixedModelFit, count: int, inverse: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    if inverse is None:
        return warm_start(fit, count), None
    return np.tile(fit.theta, (count, 1)), np.tile(inverse, (count, 1, 1))


def _side_by_side(fit: LinearMixedModelFit, left_out: LeftOut, chosen: slice, inverse: np.ndarray | None) -> _Found:
    chunk = left_out.chunk(chosen)
    if not len(fit.theta):
        return _Found(chunk.profiles(np.zeros((chunk.count, 0))), np.ones(chunk.count, dtype=bool))
    start, curvature = _start(fit, chunk.count, inverse)
    optimum = minimise(chunk.evaluate, fit.design.levels, start, inverse=curvature, polish=False)
    return _Found(chunk.profiles(optimum.theta), optimum.to_go < TO_GO)


def _one(fit: LinearMixedModelFit, problem: CrossedProblem | SparseProblem, inverse: np.ndarray | None) -> _Found:
    start, curvature = _start(fit, 1, inverse)
    if inverse is not None:
        deviance, gradient = problem.evaluate(start, np.array([0]))
        step = -gradient @ inverse
        promised = -float(gradient[0] @ step[0]) / 2
        if np.abs(step).max() < 0.1:
            start = start + step
            profile = problem.profiles(start)
            miss = deviance[0] - profile.deviance[0] - promised if len(profile.deviance) else np.inf
            if promised < SMALL_STEP and miss**2 <= TO_GO * promised:
                return _Found(profile, np.ones(1, dtype=bool))
    optimum = minimise(problem.evaluate, fit.design.levels, start, inverse=curvature, polish=False)
    return _Found(problem.profiles(optimum.theta), optimum.to_go < TO_GO)


def seconds_per_refit(fit: LinearMixedModelFit) -> float:
    """About how long one left-out group takes, from counted work and measured speeds: the same number on every machine."""
    problem = fit.problem
    if isinstance(problem, SparseProblem):
        return 2e-8 * problem.pattern.work
    if isinstance(problem, CrossedProblem):
        return 1e-3 + 2e-9 * problem.width**3
    effects = sum(level.size * level.q * (level.q + len(fit.terms) + 2) for level in fit.design.levels)
    return 1e-5 + 7e-8 * effects


def grouping(fit: LinearMixedModelFit, group: str) -> tuple[np.ndarray, list]:
    """Codes and labels, on the rows used, of a grouping factor or of any column of the data."""
    for level in fit.design.levels if isinstance(group, str) else ():
        if level.name == group and level.shares is None:
            return level.codes, level.labels
    data = fit.data
    if not isinstance(group, str):
        raise refuse(f"a {type(group).__name__} is no name of a group", "the name of a grouping factor or column, such as “mentor”", place="group")
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
