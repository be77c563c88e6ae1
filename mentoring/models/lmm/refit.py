"""Fit the same model to other outcomes: one, or thousands at once.

Everything that does not involve the outcome (XᵀX, ZᵀZ, ZᵀX) is shared; the searches advance side by side. Permutation tests,
the parametric bootstrap and design analysis live on this.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import tables
from .criterion import Profile, factors
from .optimise import Optimum, is_singular, minimise, sharp_hessian
from .problem import LeastSquares, Problem, find_optimum, make_problem
from .random_terms import refuse
from .satterthwaite import Satterthwaite

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit

# Doubles held per chunk of outcomes; small enough to stay in the processor's cache most of the time.
CHUNK = 1_500_000


@dataclass
class Refits:
    """Fits of many outcomes.

    Parameters
    ----------
    estimates, se : DataFrame
        One row per outcome, one column per term; se are σ²(XᵀV⁻¹X)⁻¹'s.
    df : DataFrame or None
        Satterthwaite's, when asked for.
    components : DataFrame
        One row per outcome; columns are the rows of ``variance_components`` (variances and covariances).
    deviance, sigma : ndarray
    converged, singular : ndarray of bool
    """

    estimates: pd.DataFrame
    se: pd.DataFrame
    df: pd.DataFrame | None
    components: pd.DataFrame
    deviance: np.ndarray
    sigma: np.ndarray
    converged: np.ndarray
    singular: np.ndarray

    @property
    def p(self) -> pd.DataFrame:
        """Two-sided p of every term, by Satterthwaite's df."""
        if self.df is None:
            raise refuse("no degrees of freedom were computed", "refit_many(Y, df=True)", place="refits")
        columns = [
            tables.fixed_table(list(self.estimates), e, s, d)["p"]
            for e, s, d in zip(self.estimates.to_numpy(), self.se.to_numpy(), self.df.to_numpy())
        ]
        return pd.DataFrame(np.array(columns), columns=self.estimates.columns)


def refit(fit: LinearMixedModelFit, y: np.ndarray | pd.Series) -> LinearMixedModelFit:
    """The same model on one other outcome (rows used, same order); everything else as in the first fit."""
    values = _outcomes(fit, y)[:, 0]
    if np.ptp(values) == 0:
        raise refuse("the new outcome has the same value in every row", "an outcome that varies", place="refit")
    other = copy(fit.scaled)
    other.y, other.start = fit.scaled.outcome(values - fit.design.offset)
    design = copy(fit.design)
    design.y = values
    problem = make_problem(other, design.levels, fit.given)
    optimum, notes = find_optimum(problem, design.levels)
    return type(fit)(design, other, fit.given, optimum, problem, problem.solve(optimum.theta[0]), fit.method, notes, fit.data)


def refit_many(fit: LinearMixedModelFit, outcomes: np.ndarray | pd.DataFrame, df: bool = False) -> Refits:
    """The same model on many outcomes.

    Parameters
    ----------
    outcomes : array or DataFrame, shape (rows used, R)
    df : bool
        Also Satterthwaite's degrees of freedom for every term and outcome.

    Notes
    -----
    R: a fresh ``lmer`` per column (``lme4::refit`` of versions before 1.1-33 is wrong for REML).
    """
    values = _outcomes(fit, outcomes)
    parts = [_Chunk(fit, values[:, chosen], df) for chosen in _chunks(fit, values.shape[1])]
    join = np.concatenate
    terms = fit.terms
    return Refits(
        pd.DataFrame(join([part.estimates for part in parts]), columns=terms),
        pd.DataFrame(join([part.se for part in parts]), columns=terms),
        pd.DataFrame(join([part.df for part in parts]), columns=terms) if df else None,
        pd.DataFrame(join([part.components for part in parts]), columns=component_names(fit)),
        join([part.optimum.deviance for part in parts]),
        join([part.sigma for part in parts]),
        join([part.converged for part in parts]),
        join([part.singular for part in parts]),
    )


def component_names(fit: LinearMixedModelFit) -> list[str]:
    """One name per variance or covariance: ``mentor.Intercept``, ``mentor.Intercept.similarity``, ``Residual``."""
    table = fit.variance_components
    return [".".join(part for part in row if isinstance(part, str)) for row in table[["group", "term", "term2"]].itertuples(index=False)]


def _outcomes(fit: LinearMixedModelFit, given: np.ndarray | pd.DataFrame | pd.Series) -> np.ndarray:
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise refuse("the new outcomes are not numbers", f"numbers for the {fit.n_obs} rows used", place="refit") from None
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != fit.n_obs or not np.isfinite(values).all():
        raise refuse(
            f"the new outcomes have shape {values.shape}"
            + ("" if np.isfinite(values).all() else " and values that are missing or infinite"),
            f"finite numbers for the {fit.n_obs} rows used, one column per outcome",
            place="refit",
        )
    return values


def _chunks(fit: LinearMixedModelFit, count: int) -> Iterator[slice]:
    per_outcome = sum(level.size * level.q for level in fit.design.levels) * (len(fit.terms) + 4) + fit.n_obs
    size = max(1, CHUNK // per_outcome)
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


class _Chunk:
    """Some outcomes, fitted together."""

    def __init__(self, fit: LinearMixedModelFit, values: np.ndarray, df: bool):
        scaled, levels, given = fit.scaled, fit.design.levels, fit.given
        inner, start = scaled.outcome(values - fit.design.offset[:, None])
        count = values.shape[1]
        problem = make_problem(scaled, levels, given, inner)
        self.optimum = _optimum(problem, fit, count, inner)
        profiles = _profiles(problem, self.optimum.theta, inner, fit)
        self.sigma = np.sqrt(profiles.rss / given.nu) * scaled.y_scale
        self.estimates = (profiles.beta * scaled.y_scale + start.T) @ scaled.back.T
        self.se = np.sqrt(np.einsum("ai,rij,aj->ra", scaled.back, profiles.phi, scaled.back)) * self.sigma[:, None]
        self.components = self._components(fit)
        self.converged = self.optimum.to_go < 1e-6
        self.singular = is_singular(self.optimum.theta, levels)
        if df and not isinstance(problem, LeastSquares):
            self.optimum.hessian = sharp_hessian(problem.evaluate, self.optimum.theta)
        self.df = np.array([self._df(problem, fit, number) for number in range(count)]) if df else np.zeros((count, 0))

    def _components(self, fit: LinearMixedModelFit) -> np.ndarray:
        columns = []
        for level, factor, back in zip(fit.design.levels, factors(self.optimum.theta, fit.design.levels), fit.scaled.z_back, strict=True):
            root = back @ factor * self.sigma[:, None, None]
            full = root @ np.swapaxes(root, 1, 2)
            block = level.block_of
            columns += [full[:, i, i] for i in range(level.q)]
            columns += [full[:, i, j] for i in range(level.q) for j in range(i + 1, level.q) if block[i] == block[j]]
        return np.stack([*columns, self.sigma**2], axis=1)

    def _df(self, problem: Problem, fit: LinearMixedModelFit, number: int) -> list[float]:
        solution = problem.solve(self.optimum.theta[number], number)
        inference = Satterthwaite(solution, self.optimum.hessian[number], fit.design.levels, fit.given)
        return [inference.df(row) for row in fit.scaled.back]


def _optimum(problem: Problem, fit: LinearMixedModelFit, count: int, inner: np.ndarray) -> Optimum:
    if isinstance(problem, LeastSquares):
        rss = np.einsum("nr,nr->r", inner, inner)
        deviance = problem.result.deviance[0] + fit.given.nu * (np.log(rss) - np.log(problem.result.rss[0]))
        return Optimum(np.zeros((count, 0)), deviance, np.zeros((count, 0)), np.zeros((count, 0, 0)), np.zeros(count), 1)
    values, vectors = np.linalg.eigh(fit.hessian)
    start = warm_start(fit, count)
    # The first fit's curvature serves all outcomes, unless it is nearly flat somewhere.
    usable = values.min() > 1e-3 * values.max() and np.array_equal(start[0], fit.theta)
    inverse = np.tile((vectors / values) @ vectors.T, (count, 1, 1)) if usable else None
    return minimise(problem.evaluate, fit.design.levels, start, inverse=inverse, polish=False)


def _profiles(problem: Problem, theta: np.ndarray, inner: np.ndarray, fit: LinearMixedModelFit) -> Profile:
    if isinstance(problem, LeastSquares):
        count, p = len(theta), fit.given.p
        return Profile(
            np.zeros(count), np.einsum("nr,nr->r", inner, inner), np.zeros((count, p)), np.broadcast_to(problem.result.phi, (count, p, p))
        )
    return problem.profiles(theta)


def warm_start(fit: LinearMixedModelFit, count: int) -> np.ndarray:
    """The fit's own θ, with variances near zero lifted: zero would be a stationary point."""
    theta = fit.theta.copy()
    start = 0
    for level in fit.design.levels:
        for number, (i, j) in enumerate(level.free):
            if i == j and abs(theta[start + number]) < 0.2:
                theta[start + number] = 0.2
        start += len(level.free)
    return np.tile(theta, (count, 1))
