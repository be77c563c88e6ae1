"""Two reports per dyad: a mixed model whose residuals differ by role and are correlated within the dyad.

The one-with-many design: a mentor and each mentee both report. Mentors have one random effect per role (``(0 + role | mentor)``: what
mentors say about all their mentees, what all mentees say about their mentor), and the two reports of a dyad share a residual covariance

    Cov(e_1, e_2) = σ² [[1, ρw], [ρw, w²]].

For given (w, ρ) the rows of each dyad are whitened, and what is left is an ordinary mixed model; (w, ρ) are found by an outer search.
R: ``nlme::lme(y ~ ..., random = ~ 0 + F + P | mentor, correlation = corCompSymm(form = ~ 1 | mentor/dyad), weights = varIdent(form = ~ 1 | role))``.
Source: Kenny, Kashy & Cook (2006), Dyadic Data Analysis, chapter 10; Marcus, Kashy & Baldwin (2009).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from mentoring.errors import did_you_mean

from . import tables
from .criterion import Setting, setting
from .design import Design, make_design
from .levels import group_codes, is_nested
from .optimise import minimise, start_values
from .problem import make_problem
from .random_terms import refuse
from .scaled import scale_design


@dataclass
class DyadicFit:
    """A fitted dyadic model.

    Parameters
    ----------
    fixed_effects : DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high; df by Satterthwaite over all variance parameters.
    variance_components : DataFrame
        As of `lmm`; the last rows are group "Residual": one variance per role, then their covariance.
    vcov : DataFrame
    loglik : float
    n_obs, n_dyads : int
        Rows used; dyads in which both reported.
    dropped : dict
    """

    formula: str
    reml: bool
    fixed_effects: pd.DataFrame
    variance_components: pd.DataFrame
    vcov: pd.DataFrame
    loglik: float
    n_obs: int
    n_dyads: int
    n_groups: dict[str, int]
    dropped: dict[str, int]
    converged: bool
    method: str = "satterthwaite"

    @property
    def aic(self) -> float:
        """Akaike's criterion, all variance parameters counted."""
        return -2 * self.loglik + 2 * (len(self.fixed_effects) + len(self.variance_components))


def lmm_dyads(formula: str, data: pd.DataFrame, *, dyad: str, role: str, reml: bool = True) -> DyadicFit:
    """Fit a mixed model with role-specific, correlated residuals within dyads.

    Parameters
    ----------
    formula : str
        As for `lmm`; for one-with-many ``"quality ~ 0 + role + (0 + role | mentor)"``. Every grouping factor must hold dyads whole.
    data : DataFrame
        One row per report; at most one row per dyad and role. A dyad with one report takes part with that report.
    dyad, role : str
        Columns; `role` has two values, the first (category order, else sorted) is the reference of w.
    reml : bool
    """
    frame = _checked(data, dyad, role)
    design = make_design(formula, frame)
    pairs = _Pairs(design, frame, dyad, role)
    model = _Model(design, pairs, reml)
    found = optimize.minimize(model.outer, np.zeros(2), method="BFGS", options={"gtol": 1e-6, "eps": 1e-5})
    polished = optimize.minimize(
        model.outer,
        found.x,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxfev": 200, "initial_simplex": found.x + 1e-3 * np.array([[0, 0], [1, 0], [0, 1]])},
    )
    return _result(formula, model, polished.x, design, frame)


def _checked(data: pd.DataFrame, dyad: str, role: str) -> pd.DataFrame:
    for name in (dyad, role):
        if name not in data.columns:
            raise refuse(f"there is no column “{name}”", did_you_mean(name, map(str, data.columns)), place="lmm_dyads")
    frame = data[data[dyad].notna() & data[role].notna()].reset_index(drop=True)
    roles = frame[role].unique()
    if len(roles) != 2:
        raise refuse(f"“{role}” has {len(roles)} values", "two roles, such as mentor and mentee", place="lmm_dyads")
    twice = frame.duplicated([dyad, role])
    if twice.any():
        raise refuse(
            f"dyad “{frame.loc[twice.idxmax(), dyad]}” has two rows in role “{frame.loc[twice.idxmax(), role]}”",
            "one row per dyad and role",
            "choose one wave, or name dyads by wave",
            place="lmm_dyads",
        )
    return frame


class _Pairs:
    """Which rows belong together: `first` and `second` of complete dyads, and lone rows of the second role."""

    def __init__(self, design: Design, frame: pd.DataFrame, dyad: str, role: str):
        used = frame.iloc[design.rows]
        dyads, _ = group_codes(used, (dyad,))
        roles, self.labels = group_codes(used, (role,))
        for level in design.levels:
            if level.shares is not None or is_nested(dyads, level.codes, dyads.max() + 1) is None:
                raise refuse(
                    f"the two reports of some dyads lie in different groups of “{level.name}”",
                    "grouping factors that hold dyads whole",
                    place="lmm_dyads",
                )
        place = np.full((dyads.max() + 1, 2), -1)
        place[dyads, roles] = np.arange(len(dyads))
        both = (place >= 0).all(axis=1)
        self.first, self.second = place[both].T
        self.alone = place[~both & (place[:, 1] >= 0), 1]
        if len(self.first) < 3:
            raise refuse(f"only {len(self.first)} dyads have both reports", "three or more", place="lmm_dyads")

    def whiten(self, values: np.ndarray, w: float, rho: float) -> np.ndarray:
        """Multiply by the inverse Cholesky factor of [[1, ρw], [ρw, w²]] within dyads."""
        out = np.array(values, dtype=float)
        out[self.second] = (values[self.second] - rho * w * values[self.first]) / (w * np.sqrt(1 - rho**2))
        out[self.alone] = values[self.alone] / w
        return out

    def log_det(self, w: float, rho: float) -> float:
        """log|R| of all rows together."""
        return 2 * np.log(w) * (len(self.second) + len(self.alone)) + np.log(1 - rho**2) * len(self.second)


class _Model:
    """Deviance at given (log w, atanh ρ) and θ."""

    def __init__(self, design: Design, pairs: _Pairs, reml: bool):
        self.design, self.pairs, self.reml = design, pairs, reml
        self.theta = start_values(design.levels, 1, 0.5)
        # One scaling for all (w, ρ): derivatives by them must not see the units move.
        base = scale_design(design, plain=True)
        self.back, self.y_scale, self.z_back = base.back, base.y_scale, base.z_back

    def problem(self, outer: np.ndarray):
        """The whitened problem; internal units are those of the unwhitened design."""
        w, rho = float(np.exp(outer[0])), float(np.tanh(outer[1]))
        design = copy(self.design)
        design.X = self.pairs.whiten(self.design.X @ self.back, w, rho)
        design.y = self.pairs.whiten((self.design.y - self.design.offset) / self.y_scale, w, rho)
        design.offset = np.zeros(design.n)
        design.levels = []
        for level, back in zip(self.design.levels, self.z_back, strict=True):
            other = copy(level)
            other.z = self.pairs.whiten(level.z @ back, w, rho)
            design.levels.append(other)
        scaled = scale_design(design, plain=True, unit=True)
        given = setting(scaled, self.reml)
        nu = given.nu
        extra = self.pairs.log_det(w, rho) + nu * 2 * np.log(self.y_scale) - (2 * np.linalg.slogdet(self.back)[1] if self.reml else 0.0)
        return (
            make_problem(scaled, design.levels, Setting(given.n, given.p, given.reml, given.constant + float(extra))),
            scaled,
            design.levels,
        )

    def outer(self, outer: np.ndarray) -> float:
        """Deviance with θ profiled out."""
        if np.abs(outer).max() > 8:
            return 1e10
        problem, _, levels = self.problem(outer)
        found = minimise(problem.evaluate, levels, np.where(np.abs(self.theta) < 0.05, 0.2, self.theta), kicks=False)
        if np.isfinite(found.deviance[0]):
            self.theta = found.theta
        return float(found.deviance[0]) if np.isfinite(found.deviance[0]) else 1e10

    def deviance(self, point: np.ndarray) -> float:
        """At θ and (log w, atanh ρ) together."""
        problem, _, _ = self.problem(point[-2:])
        return float(problem.evaluate(point[None, :-2], np.array([0]))[0][0])

    def covariance(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """β̂, its covariance, σ² in the user's units."""
        problem, scaled, _ = self.problem(point[-2:])
        solution = problem.solve(point[:-2])
        sigma2 = float(solution.profile.rss[0] / problem.given.nu) * (scaled.y_scale * self.y_scale) ** 2
        turn = self.back @ scaled.back
        beta = turn @ (solution.beta * scaled.y_scale + scaled.start) * self.y_scale
        return beta, sigma2 * turn @ solution.phi @ turn.T, sigma2


def _result(formula: str, model: _Model, outer: np.ndarray, design: Design, frame: pd.DataFrame) -> DyadicFit:
    problem, scaled, levels = model.problem(outer)
    found = minimise(problem.evaluate, levels, np.where(np.abs(model.theta) < 0.05, 0.2, model.theta))
    point = np.append(found.theta[0], outer)
    beta, covariance, sigma2 = model.covariance(point)
    df = _degrees(model, point)
    table = tables.fixed_table(design.terms, beta, np.sqrt(np.diag(covariance)), df)
    solution = problem.solve(found.theta[0])
    roots = [
        back @ inner @ factor * np.sqrt(sigma2) for back, inner, factor in zip(model.z_back, scaled.z_back, solution.factors, strict=True)
    ]
    components = tables.component_table(design.levels, [root @ root.T for root in roots], 1.0).iloc[:-1]
    w, rho = float(np.exp(outer[0])), float(np.tanh(outer[1]))
    first, second = model.pairs.labels
    residual = pd.DataFrame(
        [
            ("Residual", str(first), None, sigma2, np.sqrt(sigma2), np.nan),
            ("Residual", str(second), None, sigma2 * w**2, np.sqrt(sigma2) * w, np.nan),
            ("Residual", str(first), str(second), rho * w * sigma2, np.nan, rho),
        ],
        columns=tables.COMPONENT_COLUMNS,
    )
    dropped = dict(design.dropped)
    return DyadicFit(
        formula,
        model.reml,
        table,
        pd.concat([components, residual], ignore_index=True),
        pd.DataFrame(covariance, index=design.terms, columns=design.terms),
        -float(found.deviance[0]) / 2,
        design.n,
        len(model.pairs.first),
        {level.name: level.size for level in design.levels},
        dropped,
        bool(found.to_go[0] < 1e-6),
    )


def _degrees(model: _Model, point: np.ndarray) -> np.ndarray:
    """Satterthwaite's df over (θ, w, ρ) and σ by central differences (see satterthwaite.py for the formula)."""
    k, step = len(point), 1e-3
    shift = np.eye(k) * step
    hessian = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            corners = [model.deviance(point + a * shift[i] + b * shift[j]) * a * b for a in (1, -1) for b in (1, -1)]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * step**2)
    spread = np.array([[np.log(np.diag(model.covariance(point + sign * row)[1])) for row in shift] for sign in (1, -1)])
    slopes = (spread[0] - spread[1]) / (2 * step)
    values, vectors = np.linalg.eigh(hessian)
    useful = values > 1e-6 * values.max()
    inverse = 2 * (vectors[:, useful] / values[useful]) @ vectors[:, useful].T
    nu = model.design.n - (model.design.X.shape[1] if model.reml else 0)
    return 2 / (np.einsum("kt,km,mt->t", slopes, inverse, slopes) + 2 / nu)
