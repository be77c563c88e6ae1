"""Compare two nested fits by likelihood ratio, with the boundary taken into account."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from .fit import LinearMixedModelFit, check_fit
from .model import fit_design
from .random_terms import refuse
from .refit import refit_many
from .simulate import simulate


class LikelihoodRatio(NamedTuple):
    """A likelihood-ratio test.

    ``weights`` maps degrees of freedom to their share in the χ² mixture of the null.
    """

    statistic: float
    df: int
    p: float
    weights: dict[int, float]
    method: str
    note: str


def lrt(fit1: LinearMixedModelFit, fit0: LinearMixedModelFit, bootstrap: int = 0, seed: int | None = None) -> LikelihoodRatio:
    """Test the smaller model `fit0` against the larger `fit1`.

    A variance under test lies on its boundary, so χ² is replaced by a mixture: one variance ½χ²₀ + ½χ²₁; a slope's variance and its
    covariance ½χ²₁ + ½χ²₂ (Self & Liang 1987; Stram & Lee 1994). Fits that differ in fixed effects are fitted again by ML.

    Parameters
    ----------
    bootstrap : int
        When above 0: draws from `fit0` (ML), both models refitted, p = (1 + #{T* ≥ T})/(1 + B).

    Notes
    -----
    R: ``anova(m1, m0)`` (which halves nothing); ``pbkrtest::PBmodcomp``.
    """
    for fit in (fit1, fit0):
        check_fit(fit, "lrt")
    _check_same_rows(fit1, fit0)
    note = ""
    if (fit1.terms != fit0.terms and (fit1.reml or fit0.reml)) or fit1.reml != fit0.reml:
        fit1, fit0 = (fit_design(fit.design, False, "satterthwaite", fit.data) for fit in (fit1, fit0))
        note = "fitted again by ML, because the fixed effects differ"
    df = fit1.n_parameters - fit0.n_parameters
    if df < 1:
        raise refuse("the first model has no more parameters than the second", "lrt(larger, smaller)", place="lrt")
    statistic = max(fit0.deviance - fit1.deviance, 0.0)
    weights, more = _mixture(fit1, fit0, df)
    note = "; ".join(part for part in (note, more) if part)
    if not bootstrap:
        return LikelihoodRatio(statistic, df, mixture_p(statistic, weights), weights, "chi-square mixture", note)
    outcomes = simulate(fit0, bootstrap, seed)
    large, small = refit_many(fit1, outcomes), refit_many(fit0, outcomes)
    good = large.converged & small.converged
    drawn = (small.deviance - large.deviance)[good]
    p = (1 + int((drawn >= statistic - 1e-9).sum())) / (1 + int(good.sum()))
    failed = int((~good).sum())
    return LikelihoodRatio(
        statistic,
        df,
        p,
        weights,
        f"parametric bootstrap, {good.sum()} draws",
        "; ".join(part for part in (note, f"{failed} refits failed" if failed else "") if part),
    )


def mixture_p(statistic: float, weights: dict[int, float]) -> float:
    """P(T ≥ statistic) under Σ_k w_k χ²_k; χ²₀ is a point mass at zero."""
    return float(sum(weight * (float(statistic <= 0) if k == 0 else stats.chi2.sf(statistic, k)) for k, weight in weights.items()))


def _mixture(fit1: LinearMixedModelFit, fit0: LinearMixedModelFit, df: int) -> tuple[dict[int, float], str]:
    variances, covariances = (_count(fit1, diagonal) - _count(fit0, diagonal) for diagonal in (True, False))
    fixed = df - variances - covariances
    if variances <= 0:
        return {df: 1.0}, ""
    if variances == 1:
        return {df - 1: 0.5, df: 0.5}, ""
    if covariances == 0:
        # Exact only when the estimates of the variances are uncorrelated.
        shares = {fixed + k: float(special.binom(variances, k) * 0.5**variances) for k in range(variances + 1)}
        return shares, f"{variances} variances at once: the mixture is approximate, a bootstrap is safer"
    return {df: 1.0}, f"{variances} variances and {covariances} covariances at once: plain χ² is conservative, a bootstrap is safer"


def _count(fit: LinearMixedModelFit, diagonal: bool) -> int:
    return sum((i == j) == diagonal for level in fit.design.levels for i, j in level.free)


def _check_same_rows(fit1: LinearMixedModelFit, fit0: LinearMixedModelFit) -> None:
    if fit1.n_obs != fit0.n_obs or not np.array_equal(fit1.design.y, fit0.design.y):
        raise refuse(
            f"the two models use different rows or outcomes ({fit1.n_obs} and {fit0.n_obs} rows)",
            "the same rows and outcome in both",
            "drop the rows with blanks in any column first",
            place="lrt",
        )
