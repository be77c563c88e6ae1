"""Fits of several imputed data sets as one answer (Rubin 1987)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from mentoring.errors import Problem, StudyError
from mentoring.models.lmm import LinearMixedModelFit
from mentoring.models.lmm.at_parameters import deviance_at
from mentoring.models.lmm.contrasts import contrast_matrix
from mentoring.models.lmm.model import fit_design
from mentoring.models.lmm.tables import fixed_table

# A relative increase of variance below this is rounding: the imputations are all alike.
NOTHING_MISSING = 1e-12


class PooledTest(NamedTuple):
    """A joint test over imputations; `riv` is the average relative increase of variance, `note` says why something is not given."""

    statistic: float
    df1: int
    df2: float
    p: float
    riv: float
    method: str
    note: str = ""


def rubin(estimates: ArrayLike, variances: ArrayLike, df_complete: ArrayLike = np.inf, level: float = 0.95) -> pd.DataFrame:
    """Rubin's rules for single quantities.

    With Q̄ the mean, Ū the mean variance, B the variance between imputations: T = Ū + (1 + 1/m)B, λ = (1 + 1/m)B/T, ν_old = (m − 1)/λ²,
    ν_obs = (ν_c + 1)/(ν_c + 3) ν_c (1 − λ), ν = 1/(1/ν_old + 1/ν_obs), riv = (1 + 1/m)B/Ū, fmi = (riv + 2/(ν + 3))/(1 + riv).

    Parameters
    ----------
    estimates, variances : array, shape (m, k)
        Of each imputation; variances are squared standard errors.
    df_complete : array, shape (k,), or float
        Degrees of freedom without missing data, ν_c.
    level : float
        Of the confidence intervals.

    Returns
    -------
    DataFrame
        estimate, se, df, t, p, ci_low, ci_high, fmi, riv, m.

    Raises
    ------
    StudyError
        Fewer than two imputations, or tables of different shapes.

    Notes
    -----
    Barnard & Rubin (1999), Biometrika 86, 948. R: ``mitml::testEstimates(fits, df.com = ...)``, ``mice::pool`` (same numbers).
    """
    estimates, variances = (np.asarray(part, dtype=float) for part in (estimates, variances))
    if estimates.ndim != 2 or estimates.shape != variances.shape or len(estimates) < 2:
        found = f"estimates of shape {estimates.shape} and variances of shape {variances.shape}"
        raise _refuse("rubin", found, "two tables of one shape: a row per imputation (two or more), a column per term")
    m = len(estimates)
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    complete = np.broadcast_to(np.asarray(df_complete, dtype=float), within.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = (1 + 1 / m) * between / total
        observed = np.where(np.isinf(complete), np.inf, (complete + 1) / (complete + 3) * complete * (1 - lost))
        df = 1 / (lost**2 / (m - 1) + 1 / observed)
        riv = (1 + 1 / m) * between / within
        table = fixed_table([""] * len(within), estimates.mean(axis=0), np.sqrt(total), df, level).drop(columns="term")
        return table.assign(fmi=(riv + 2 / (df + 3)) / (1 + riv), riv=riv, m=m)


class Pooled:
    """What `pool` returns.

    Attributes
    ----------
    fixed_effects : DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high, fmi, riv, m.
    coefficients : ndarray
        Mean estimates, in the order of `terms`.
    vcov : DataFrame
        Total covariance, Ū + (1 + 1/m)B.
    fits, m, terms, method, notes
    """

    def __init__(self, fits: Sequence[LinearMixedModelFit], level: float):
        self.fits, self.m, first = list(fits), len(fits), fits[0]
        self.terms, self.method, self.formula = list(first.terms), first.method, first.formula
        tables = [fit.inference(fit.method) for fit in fits]
        self._estimates = np.array([fit.coefficients for fit in fits])
        self._covariances = np.array([
            (fit.vcov_adjusted if fit.method == "kenward-roger" else fit.vcov).to_numpy() for fit in fits
        ])  # fmt: skip
        # The complete-data df differ a little between imputations, as the variances do; their mean stands for them.
        complete = np.mean([table["df"] for table in tables], axis=0)
        variances = np.diagonal(self._covariances, axis1=1, axis2=2)
        self.fixed_effects = rubin(self._estimates, variances, complete, level)
        self.fixed_effects.insert(0, "term", self.terms)
        self.coefficients = self._estimates.mean(axis=0)
        between = np.atleast_2d(np.cov(self._estimates, rowvar=False))
        total = self._covariances.mean(axis=0) + (1 + 1 / self.m) * between
        self.vcov = pd.DataFrame(total, index=self.terms, columns=self.terms)
        self.notes = _notes(fits)

    def test(self, hypotheses: str | Sequence[str], method: str = "D1", small_sample: bool = True) -> PooledTest:
        """Joint test of linear hypotheses over all imputations.

        Parameters
        ----------
        hypotheses : str or list of str
            ``["a = 0", "b = c"]``.
        method : {"D1", "D2"}
            D1 pools estimates and covariances (Li, Raghunathan & Rubin 1991); D2 pools the imputations' Wald statistics (Li, Meng,
            Raghunathan & Rubin 1991), which needs less and is worth less.
        small_sample : bool
            D1 only: let df2 know the complete-data df (Reiter 2007). False takes them as infinite.

        Returns
        -------
        PooledTest
            statistic, df1, df2, p, riv, method, note.

        Notes
        -----
        R: ``mitml::testModels(fits, null, method = "D1")`` (with ``df.com`` for `small_sample`), ``method = "D2"``.
        """
        matrix, values = contrast_matrix(hypotheses, self.terms)
        if method == "D1":
            complete = np.mean([fit.test(hypotheses).df2 for fit in self.fits]) if small_sample else np.inf
            return self._d1(matrix, values, float(complete))
        if method == "D2":
            return self._d2(matrix, values)
        raise _refuse("test", f"“{method}” is not a way to pool a test of hypotheses", '"D1" or "D2" (D3: pooled.compare(simpler))')

    def _d1(self, matrix: np.ndarray, values: np.ndarray, complete: float) -> PooledTest:
        """F = Q̄ᵀŪ⁻¹Q̄/(k(1 + r)), r = (1 + 1/m) tr(BŪ⁻¹)/k."""
        k, m = len(matrix), self.m
        each = self._estimates @ matrix.T - values
        within = matrix @ self._covariances.mean(axis=0) @ matrix.T
        between = np.atleast_2d(np.cov(each, rowvar=False))
        riv = float((1 + 1 / m) * np.trace(np.linalg.solve(within, between)) / k)
        mean = each.mean(axis=0)
        statistic = float(mean @ np.linalg.solve(within, mean) / (k * (1 + riv)))
        df2, note = (_plain_df(k, m, riv), "") if np.isinf(complete) else _reiter_df(k, m, riv, complete)
        return PooledTest(statistic, k, df2, float(stats.f.sf(statistic, k, df2)), riv, "D1", note)

    def _d2(self, matrix: np.ndarray, values: np.ndarray) -> PooledTest:
        """D2 = (d̄/k − (m + 1)/(m − 1) r)/(1 + r), r = (1 + 1/m) var(√d)."""
        k, m = len(matrix), self.m
        gaps = self._estimates @ matrix.T - values
        wald = np.array([
            gap @ np.linalg.solve(matrix @ covariance @ matrix.T, gap) for gap, covariance in zip(gaps, self._covariances, strict=True)
        ])  # fmt: skip
        riv = float((1 + 1 / m) * np.sqrt(wald).var(ddof=1))
        statistic = float((wald.mean() / k - (m + 1) / (m - 1) * riv) / (1 + riv))
        df2 = k ** (-3 / m) * (m - 1) * (1 + 1 / riv) ** 2 if riv > NOTHING_MISSING else np.inf
        return PooledTest(statistic, k, df2, _p(statistic, k, df2), riv, "D2")

    def compare(self, simpler: Pooled) -> PooledTest:
        """D3: the likelihood-ratio test of a simpler model with fewer fixed effects, by ML, over all imputations (Meng & Rubin 1992).

        d̄ is the mean likelihood ratio, d̃ the mean one at the parameters averaged over imputations: r = (m + 1)(d̄ − d̃)/(k(m − 1)),
        D3 = d̃/(k(1 + r)). Variances and covariances are averaged as they are.

        Parameters
        ----------
        simpler : Pooled
            The same imputed data and random part.

        Notes
        -----
        R: ``mitml::testModels(fits, null, method = "D3")``.
        """
        k = len(self.terms) - len(simpler.terms)
        if self.m != simpler.m or k < 1 or not set(simpler.terms) <= set(self.terms):
            raise _refuse(
                "compare", "the other model is not a simpler one of the same imputations", "pool() of fits with fewer fixed effects"
            )
        m, (mean, at_mean) = self.m, (a - b for a, b in zip(simpler._deviances(), self._deviances(), strict=True))
        riv = float(max((m + 1) * (mean - at_mean) / (k * (m - 1)), 0.0))
        statistic = float(at_mean / (k * (1 + riv)))
        df2 = _plain_df(k, m, riv)
        return PooledTest(statistic, k, df2, _p(statistic, k, df2), riv, "D3")

    def _deviances(self) -> np.ndarray:
        """Mean ML deviance, and the mean one at the averaged parameters."""
        fits = [fit_design(fit.design, False, "satterthwaite", fit.data) if fit.reml else fit for fit in self.fits]
        beta, sigma = np.mean([fit.coefficients for fit in fits], axis=0), np.sqrt(np.mean([fit.sigma**2 for fit in fits]))
        covariances = [np.mean(matrices, axis=0) for matrices in zip(*(fit.covariances for fit in fits), strict=True)]
        return np.array([
            np.mean([fit.deviance for fit in fits]), np.mean([deviance_at(fit, beta, covariances, float(sigma)) for fit in fits])
        ])  # fmt: skip

    def __repr__(self) -> str:
        notes = "".join(f"\n{note}" for note in self.notes)
        return f"{self.formula}\n{self.m} imputations pooled; {self.method}{notes}\n\n{self.fixed_effects.to_string(index=False)}"


def pool(fits: Sequence[LinearMixedModelFit], level: float = 0.95) -> Pooled:
    """Pool fits of the same model to several imputed data sets by Rubin's rules.

    Parameters
    ----------
    fits : sequence of LinearMixedModelFit
        At least two: same formula, rows and method, another imputation each.
    level : float
        Of the confidence intervals.

    Returns
    -------
    Pooled
        ``.fixed_effects`` (term, estimate, se, df, t, p, ci_low, ci_high, fmi, riv, m), ``.vcov``, ``.test(hypotheses)`` (D1, D2),
        ``.compare(simpler)`` (D3).

    Raises
    ------
    StudyError
        When there are fewer than two fits, or they do not tell of one model.

    Notes
    -----
    Degrees of freedom are Barnard & Rubin's (1999), with each term's Kenward–Roger or Satterthwaite df as those of complete data.
    p values are never pooled. R: ``mitml::testEstimates``.

    Examples
    --------
    >>> import mentoring as mt
    >>> sets = [pd.DataFrame({"y": [1, 2, 4, 3, 5, 7 + i], "x": [0, 1, 2, 0, 1, 2], "g": list("aaabbb")}) for i in range(3)]
    >>> mt.pool([mt.lmm("y ~ x + (1 | g)", data) for data in sets]).fixed_effects["m"].tolist()
    [3, 3]
    """
    fits = list(fits)
    wrong = [type(fit).__name__ for fit in fits if not isinstance(fit, LinearMixedModelFit)]
    if wrong:
        raise _refuse("pool", f"a {wrong[0]} is among what is to be pooled", "fits made by lmm(), one per imputed data set")
    if len(fits) < 2:
        raise _refuse(
            "pool", f"{len(fits)} fit" + "s" * (not fits), "two fits or more, of as many imputed data sets (20 are a good number)"
        )
    first = fits[0]
    for number, fit in enumerate(fits[1:], 2):
        differing = [f"{name} {theirs}, not {ours}" for name, ours, theirs in (
            ("the terms", ", ".join(first.terms), ", ".join(fit.terms)), ("rows", first.n_obs, fit.n_obs),
            ("the method", first.method, fit.method), ("the random part", first.n_groups, fit.n_groups),
            ("reml", first.reml, fit.reml),
        ) if ours != theirs]  # fmt: skip
        if differing:
            raise _refuse("pool", f"fit {number} has {'; '.join(differing)}", "the same model of the same rows in every imputed data set")
    return Pooled(fits, level)


def _refuse(place: str, found: str, expected: str) -> StudyError:
    return StudyError(Problem("", place, found, expected))


def _notes(fits: Sequence[LinearMixedModelFit]) -> list[str]:
    counts = ((sum(not fit.converged for fit in fits), "did not converge"), (sum(fit.singular for fit in fits), "are singular"))
    return [f"{count} of {len(fits)} fits {what}" for count, what in counts if count]


def _p(statistic: float, df1: int, df2: float) -> float:
    return float(stats.chi2.sf(df1 * statistic, df1) if np.isinf(df2) else stats.f.sf(statistic, df1, df2))


def _plain_df(k: int, m: int, riv: float) -> float:
    """Denominator df when complete data would have infinitely many (Li, Raghunathan & Rubin 1991)."""
    t = k * (m - 1)
    if riv < NOTHING_MISSING:
        return np.inf
    return 4 + (t - 4) * (1 + (1 - 2 / t) / riv) ** 2 if t > 4 else t * (1 + 1 / k) * (1 + 1 / riv) ** 2 / 2


def _reiter_df(k: int, m: int, riv: float, complete: float) -> tuple[float, str]:
    """Denominator df when complete data would have `complete` (Reiter 2007, Biometrika 94, 502), or why there are none.

    Without missing data they are ν* = ν(ν + 1)/(ν + 3); with ν → ∞ they are `_plain_df`.
    """
    t, star = k * (m - 1), (complete + 1) / (complete + 3) * complete
    if riv < NOTHING_MISSING:
        return star, ""
    if t <= 4:
        return np.nan, f"{m} imputations are too few for a joint test of {k} in a small sample"
    a = riv * t / (t - 2)
    c1, c2 = star - 2 * (1 + a), star - 4 * (1 + a)
    if c2 <= 0:
        return np.nan, f"the data have too few degrees of freedom ({complete:.1f} before any was missing) for a joint test over imputations"
    spread = a**2 / (t - 4)
    z = 1 / c2 + spread * (
        c1 / ((1 + a) ** 2 * c2) + 8 * c1 / ((1 + a) * c2**2) + 4 / ((1 + a) * c2) + 4 / (c2 * c1) + 16 * c1 / c2**3 + 8 / c2**2
    )
    return 4 + 1 / z, ""
