"""How much is explained: R² for mixed models, intraclass correlation, design effect."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from mentoring.errors import did_you_mean

from .random_terms import refuse

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit


class RSquared(NamedTuple):
    """Shares of the outcome's variance."""

    marginal: float
    conditional: float


def variance_parts(fit: LinearMixedModelFit) -> tuple[float, float, float]:
    """Variance of Xβ̂ (divisor n − 1), mean random-effect variance over the rows, and σ².

    Notes
    -----
    With slopes the random-effect variance differs from row to row; its mean is Σ_i z_iᵀΣz_i / n (Johnson 2014, Methods in Ecology
    and Evolution 5, 944). ``performance::r2_nakagawa`` goes wrong for ``||`` terms; this does not.
    """
    fixed = float(np.var(fit.design.X @ fit.coefficients, ddof=1))
    between = 0.0
    for level, covariance in zip(fit.design.levels, fit.covariances, strict=True):
        rows = np.einsum("ni,ij,nj->n", level.z, covariance, level.z)
        if level.shares is not None:
            rows = rows * (level.shares**2).sum(axis=1)
        between += float(rows.mean())
    return fixed, between, fit.sigma**2


def r_squared(fit: LinearMixedModelFit) -> RSquared:
    """R²m = σ²_f/(σ²_f + σ²_r + σ²), R²c = (σ²_f + σ²_r)/(…) (Nakagawa, Johnson & Schielzeth 2017)."""
    fixed, between, residual = variance_parts(fit)
    total = fixed + between + residual
    return RSquared(fixed / total, (fixed + between) / total)


def icc(fit: LinearMixedModelFit) -> float:
    """σ²_r/(σ²_r + σ²), the adjusted ICC (``performance::icc``)."""
    _, between, residual = variance_parts(fit)
    return between / (between + residual)


class DesignEffect(NamedTuple):
    """What clustering costs."""

    deff: float
    n_effective: float
    icc: float
    mean_size: float
    cv_size: float


def design_effect(fit: LinearMixedModelFit, group: str) -> DesignEffect:
    """deff = 1 + [(CV² + 1) m̄ − 1] ρ with ρ the group's share of random and residual variance (Eldridge, Ashby & Kerry 2006)."""
    names = [level.name for level in fit.design.levels]
    if group not in names:
        raise refuse(f"“{group}” is not a grouping factor of the model", did_you_mean(group, names), place="design_effect")
    level = fit.design.levels[names.index(group)]
    _, between, residual = variance_parts(fit)
    own = float(np.einsum("ni,ij,nj->n", level.z, fit.covariances[names.index(group)], level.z).mean())
    rho = own / (between + residual)
    sizes = np.bincount(level.codes[level.codes >= 0], minlength=level.size)
    cv = float(sizes.std() / sizes.mean())
    deff = 1 + ((cv**2 + 1) * sizes.mean() - 1) * rho
    return DesignEffect(float(deff), fit.n_obs / float(deff), rho, float(sizes.mean()), cv)


def standardized(fit: LinearMixedModelFit, per_unit: Collection[str] = ()) -> pd.DataFrame:
    """Effects in standard deviations of the outcome, as the model has them.

    A number: b·SD(x)/√(σ²_f + σ²_r + σ²), SD(x) over the rows used (for a deviation from a group's mean that is its within-group SD). A
    two-valued column (group, match): d = b·(difference of the two values)/√(σ²_r + σ²). Not defined for constants, and for terms of
    interactions and curves, whose coefficient alone is not an effect.

    Parameters
    ----------
    per_unit : collection of str
        Terms that count groups though they take more than two values (a match as a deviation from the mentor's mean): d per unit.

    Returns
    -------
    DataFrame
        term, std_estimate, definition.
    """
    fixed, between, residual = variance_parts(fit)
    rows = []
    for number, term in enumerate(fit.terms):
        column, b = fit.design.X[:, number], fit.coefficients[number]
        low, high = column.min(), column.max()
        if low == high:
            rows.append((term, np.nan, "not defined for a constant"))
        elif moves_with_others(term, fit.terms):
            rows.append((term, np.nan, "not defined for a term of an interaction or a curve"))
        elif term in per_unit or np.isin(column, (low, high)).all():
            step = 1.0 if term in per_unit else high - low
            rows.append(
                (term, b * step / np.sqrt(between + residual), "d: difference over the SD within and between groups, fixed effects held")
            )
        else:
            rows.append((term, b * column.std(ddof=1) / np.sqrt(fixed + between + residual), "b × SD(x) / model-implied total SD(y)"))
    return pd.DataFrame(rows, columns=["term", "std_estimate", "definition"])


def moves_with_others(term: str, terms: Sequence[str]) -> bool:
    """Whether a term is, or is part of, an interaction or a curve, so that its coefficient alone is not its effect."""
    bent = [name for name in terms if ":" in name or "(" in re.sub(r"^C\(\w+\)", "", name)]
    return term in bent or any(_words(term) & _words(other) for other in bent)


def _words(term: str) -> set[str]:
    """The columns a term names (and the functions around them), without the levels of groups."""
    return set(re.findall(r"\w+", re.sub(r"\[.*?\]", "", term)))
