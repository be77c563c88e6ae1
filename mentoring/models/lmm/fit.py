"""A fitted linear mixed model and everything one asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from . import confint as intervals
from . import explained, prediction, tables
from . import influence as leave_out
from . import refit as refits
from . import simulate as simulation
from .contrasts import contrast_matrix
from .criterion import Setting, Solution
from .design import Design
from .kenward_roger import KenwardRoger
from .optimise import Optimum, is_singular, sharp_hessian
from .problem import LeastSquares, Problem
from .random_terms import refuse
from .satterthwaite import Satterthwaite
from .scaled import Scaled

METHODS = ("kenward-roger", "satterthwaite", "wald")
KENWARD_ROGER_UP_TO = 3000


class JointTest(NamedTuple):
    """A joint F test."""

    statistic: float
    df1: int
    df2: float
    p: float
    method: str


class LinearMixedModelFit:
    """The result of `lmm`.

    Attributes
    ----------
    formula : str
    reml : bool
    method : str
        The inference used in `fixed_effects`.
    fixed_effects : DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high.
    variance_components : DataFrame
        group, term, term2, variance, sd, correlation; last row: group "Residual".
    n_obs, n_groups, dropped, aliased, notes
    """

    def __init__(
        self,
        design: Design,
        scaled: Scaled,
        given: Setting,
        optimum: Optimum,
        problem: Problem,
        solution: Solution,
        method: str,
        notes: list[str],
        data: pd.DataFrame,
    ):
        self.design, self.scaled, self.given = design, scaled, given
        self.optimum, self.problem, self.solution = optimum, problem, solution
        self.method, self.notes, self.data = method, notes, data
        self.steps: list[dict[str, str]] = []
        self.formula, self.reml = design.formula, given.reml
        self.terms = design.terms

    @property
    def index(self) -> pd.Index:
        """The data's index on the rows used."""
        return self.data.index[self.design.rows]

    # --- what was fitted ------------------------------------------------------------------------------------------

    @property
    def n_obs(self) -> int:
        """Rows used."""
        return self.given.n

    @property
    def n_groups(self) -> dict[str, int]:
        """Groups of each grouping factor."""
        return {level.name: level.size for level in self.design.levels}

    @property
    def dropped(self) -> dict[str, int]:
        """Rows left out, by reason."""
        return dict(self.design.dropped)

    @property
    def aliased(self) -> list[str]:
        """Terms left out because others already say the same (R prints NA for them)."""
        return list(self.design.aliased)

    @property
    def theta(self) -> np.ndarray:
        """Free entries of the relative covariance factors, internal units."""
        return self.optimum.theta[0]

    # --- how well -------------------------------------------------------------------------------------------------

    @property
    def deviance(self) -> float:
        """−2 log-likelihood; of a REML fit, the REML criterion."""
        return float(self.optimum.deviance[0])

    @property
    def loglik(self) -> float:
        """Log-likelihood at the optimum (restricted when `reml`)."""
        return -self.deviance / 2

    @property
    def n_parameters(self) -> int:
        """Fixed effects, variances, covariances and the residual variance."""
        return len(self.terms) + len(self.theta) + 1

    @property
    def aic(self) -> float:
        """Akaike's criterion, counting variances as lme4 does."""
        return self.deviance + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz' criterion with n = rows."""
        return self.deviance + np.log(self.n_obs) * self.n_parameters

    @cached_property
    def singular(self) -> bool:
        """True when a random effect has no variance beside σ, or two are perfectly correlated."""
        return bool(is_singular(self.optimum.theta, self.design.levels)[0])

    @cached_property
    def converged(self) -> bool:
        """No further decrease of the deviance worth 1e-6 is promised, and the curvature is not negative."""
        if not len(self.theta):
            return True
        values = np.linalg.eigvalsh(self.optimum.hessian[0])
        # Beside a flat direction (a variance at zero) rounding may show curvature just below zero.
        return bool(self.optimum.to_go[0] < 1e-6 and values.min() > -1e-4 * max(values.max(), 1.0))

    # --- estimates ------------------------------------------------------------------------------------------------

    @cached_property
    def sigma(self) -> float:
        """Residual standard deviation."""
        return float(np.sqrt(self.solution.profile.rss[0] / self.given.nu) * self.scaled.y_scale)

    @cached_property
    def coefficients(self) -> np.ndarray:
        """β̂ in the order of `terms`."""
        return self.scaled.back @ (self.solution.beta * self.scaled.y_scale + self.scaled.start)

    @cached_property
    def vcov(self) -> pd.DataFrame:
        """σ²(XᵀV⁻¹X)⁻¹, not adjusted for small samples."""
        return self._frame(self.sigma**2 * self.scaled.back @ self.solution.phi @ self.scaled.back.T)

    @cached_property
    def vcov_adjusted(self) -> pd.DataFrame:
        """Kenward–Roger's adjusted covariance (``pbkrtest::vcovAdj``)."""
        return self._frame(self.sigma**2 * self.scaled.back @ self._kenward_roger.adjusted @ self.scaled.back.T)

    def _frame(self, matrix: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame((matrix + matrix.T) / 2, index=self.terms, columns=self.terms)

    @cached_property
    def covariances(self) -> list[np.ndarray]:
        """Covariance matrix of each grouping factor's effects, in the user's units."""
        out = []
        for factor, back in zip(self.solution.factors, self.scaled.z_back, strict=True):
            root = back @ factor * self.sigma
            out.append(root @ root.T)
        return out

    @cached_property
    def variance_components(self) -> pd.DataFrame:
        """group, term, term2, variance, sd, correlation (``as.data.frame(VarCorr(m))``)."""
        return tables.component_table(self.design.levels, self.covariances, self.sigma)

    # --- inference ------------------------------------------------------------------------------------------------

    @cached_property
    def fixed_effects(self) -> pd.DataFrame:
        """The fixed effects by `method`."""
        return self.inference(self.method)

    @cached_property
    def _kenward_roger(self) -> KenwardRoger:
        if not self.reml:
            raise refuse(
                "Kenward-Roger is defined for REML fits only",
                "a fit with reml=True",
                'fit again with reml=True, or use "satterthwaite"',
                place="inference",
            )
        return KenwardRoger.of_model(self.scaled, self.design.levels, self.solution.factors, self.solution.phi)

    @cached_property
    def hessian(self) -> np.ndarray:
        """Of the profiled deviance in `theta`, by central differences of the analytic gradient."""
        return np.zeros((0, 0)) if isinstance(self.problem, LeastSquares) else sharp_hessian(self.problem.evaluate, self.optimum.theta)[0]

    @cached_property
    def _satterthwaite(self) -> Satterthwaite:
        return Satterthwaite(self.solution, self.hessian, self.design.levels, self.given)

    def inference(self, method: str, level: float = 0.95) -> pd.DataFrame:
        """The fixed-effects table by another method.

        Parameters
        ----------
        method : {"kenward-roger", "satterthwaite", "wald"}
            R: ``summary(lmerTest::lmer(...), ddf = ...)``. "wald" is the normal approximation, for comparison only.
        level : float
            Of the confidence intervals.
        """
        check_method(method)
        check_level(level)
        se = np.sqrt(np.diag(self.vcov_adjusted if method == "kenward-roger" else self.vcov))
        return tables.fixed_table(
            self.terms, self.coefficients, se, np.array([self._df(row, method) for row in np.eye(len(self.terms))]), level
        )

    def contrast_df(self, contrast: Sequence[float], method: str | None = None) -> float:
        """Degrees of freedom of one linear combination of the coefficients."""
        if np.shape(contrast) != (len(self.terms),):
            raise refuse(
                f"the contrast has shape {np.shape(contrast)}", f"one number per term: {', '.join(self.terms)}", place="contrast_df"
            )
        return self._df(np.asarray(contrast, float), method or self.method)

    def _df(self, contrast: np.ndarray, method: str) -> float:
        inner = self.scaled.back.T @ contrast
        if method == "wald":
            return float("inf")
        return self._kenward_roger.df(inner) if method == "kenward-roger" else self._satterthwaite.df(inner)

    def test(self, hypotheses: str | Sequence[str], method: str | None = None) -> JointTest:
        """Joint F test of linear hypotheses.

        Parameters
        ----------
        hypotheses : str or list of str
            ``["a = 0", "b = c"]``.
        method : str, optional
            Default: the fit's own.

        Notes
        -----
        R: ``pbkrtest::KRmodcomp(m, L)``, ``lmerTest::contestMD(m, L)``; "wald" is χ²/q with infinite df2.
        """
        method = method or self.method
        check_method(method)
        matrix, values = contrast_matrix(hypotheses, self.terms)
        gap, inner, q = matrix @ self.coefficients - values, matrix @ self.scaled.back, len(matrix)
        if method == "kenward-roger":
            statistic, df2 = self._kenward_roger.test(inner, gap, self.sigma**2)
        else:
            statistic = float(gap @ np.linalg.solve(matrix @ self.vcov.to_numpy() @ matrix.T, gap) / q)
            df2 = float("inf") if method == "wald" else self._satterthwaite.joint(inner)
        p = stats.chi2.sf(q * statistic, q) if np.isinf(df2) else stats.f.sf(statistic, q, df2)
        return JointTest(statistic, q, df2, float(p), method)

    # --- random effects and prediction ----------------------------------------------------------------------------

    @cached_property
    def random_effects(self) -> pd.DataFrame:
        """group, level, term, estimate, se — conditional modes with conditional SE (``as.data.frame(ranef(m))``)."""
        return tables.random_table(self.design.levels, *prediction.conditional_modes(self))

    def predict(self, new: pd.DataFrame | None = None, random: bool = True) -> pd.Series:
        """Predicted outcomes, with (`random`) or without the random effects; unknown groups count as average."""
        return prediction.predict(self, new, random)

    @cached_property
    def fitted(self) -> pd.Series:
        """Fitted values of the rows used, random effects included."""
        return self.predict()

    @cached_property
    def residuals(self) -> pd.Series:
        """Outcome minus `fitted`."""
        return pd.Series(self.design.y - self.fitted.to_numpy(), index=self.index, name="residual")

    # --- new outcomes, left-out groups, intervals -----------------------------------------------------------------

    def refit(self, y: np.ndarray | pd.Series) -> LinearMixedModelFit:
        """The same model on another outcome (one value per row used)."""
        return refits.refit(self, y)

    def refit_many(self, outcomes: np.ndarray | pd.DataFrame, df: bool = False) -> refits.Refits:
        """The same model on many outcomes at once; see `mentoring.models.lmm.refit.refit_many`."""
        return refits.refit_many(self, outcomes, df)

    def simulate(self, n: int = 1, seed: int | np.random.Generator | None = None) -> np.ndarray:
        """Outcomes drawn from the fit, shape (rows used, n)."""
        check_count(n, 1, "simulate")
        return simulation.simulate(self, n, seed)

    def bootstrap(self, n: int = 1000, seed: int | None = None, level: float = 0.95) -> simulation.Bootstrap:
        """Parametric bootstrap with percentile intervals."""
        check_level(level)
        check_count(n, 2, "bootstrap")
        return simulation.bootstrap(self, n, seed, level)

    def influence(self, group: str) -> pd.DataFrame:
        """The fixed effects without each group of `group` in turn."""
        return leave_out.influence(self, group)

    def confint(self, method: str = "profile", level: float = 0.95, n: int = 1000, seed: int | None = None) -> pd.DataFrame:
        """Intervals for fixed effects, standard deviations and correlations: "profile", "wald" or "bootstrap"."""
        check_level(level)
        return intervals.confint(self, method, level, n, seed)

    # --- explained variance ---------------------------------------------------------------------------------------

    @cached_property
    def r_squared(self) -> explained.RSquared:
        """Nakagawa–Johnson marginal and conditional R²."""
        return explained.r_squared(self)

    @cached_property
    def icc(self) -> float:
        """Share of the variance, beside the fixed effects, that lies between groups."""
        return explained.icc(self)

    @cached_property
    def standardized(self) -> pd.DataFrame:
        """Standardised effects with their definition."""
        return explained.standardized(self)

    def design_effect(self, group: str) -> explained.DesignEffect:
        """How much clustering in `group` costs: design effect and effective sample size."""
        return explained.design_effect(self, group)

    def __repr__(self) -> str:
        groups = ", ".join(f"{count} {name}" for name, count in self.n_groups.items())
        head = (
            f"{self.formula}\n{'REML' if self.reml else 'ML'}, {self.n_obs} rows, {groups}; log-likelihood {self.loglik:.4f}; {self.method}"
        )
        state = "" if not self.singular else "\nsingular: a random effect has no variance beside the residual"
        return f"{head}{state}\n\n{self.fixed_effects.to_string(index=False)}\n\n{self.variance_components.to_string(index=False)}"


def check_fit(fit: object, place: str) -> None:
    """Refuse what is no fitted model."""
    if not isinstance(fit, LinearMixedModelFit):
        raise refuse(f"{type(fit).__name__} is not a fitted model", "what `lmm` gives", 'fit = mt.lmm("y ~ x + (1 | g)", data)', place)


def check_method(method: str) -> None:
    """Refuse an inference method that does not exist."""
    if method not in METHODS:
        raise refuse(f"“{method}” is not an inference method", "one of: " + ", ".join(METHODS), place="inference")


def check_level(level: float) -> None:
    """Refuse a confidence level that is none."""
    if not 0 < level < 1:
        raise refuse(f"{level} is not a confidence level", "a number between 0 and 1, such as 0.95", place="level")


def check_count(n: int, least: int, place: str) -> None:
    """Refuse a number of draws that is none."""
    if not isinstance(n, (int, np.integer)) or n < least:
        raise refuse(f"{n!r} draws", f"a whole number from {least}", place=place)
