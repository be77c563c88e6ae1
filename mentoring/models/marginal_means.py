"""Adjusted means, gaps and slopes of a fitted mixed model: linear combinations Lβ of its coefficients, with the fit's own small-sample df."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import did_you_mean
from mentoring.models.lmm import LinearMixedModelFit
from mentoring.models.lmm.explained import variance_parts
from mentoring.models.lmm.formula import build
from mentoring.models.lmm.random_terms import refuse

Weights = Literal["equal", "observed"]


def linear(fit: LinearMixedModelFit, contrasts: np.ndarray, level: float = 0.95) -> pd.DataFrame:
    """Estimates of Lβ with intervals.

    Parameters
    ----------
    contrasts : ndarray, shape (k, p)
        Rows of L, in the order of ``fit.terms``.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        estimate, se, df, t, p, ci_low, ci_high; one row per contrast. A row of zeros, or one with less than one degree of freedom, has no interval.

    Notes
    -----
    ``se² = l'Φ_A l`` with Kenward and Roger's adjusted covariance where that is the fit's method, df by the same method. R: ``pbkrtest::vcovAdj`` and
    ``pbkrtest::Lb_ddf``; ``emmeans::contrast``.
    """
    matrix = np.atleast_2d(np.asarray(contrasts, float))
    vcov = (fit.vcov_adjusted if fit.method == "kenward-roger" else fit.vcov).to_numpy()
    estimate = matrix @ fit.coefficients
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", matrix, vcov, matrix), 0.0))
    df = np.array([fit.contrast_df(row) if row.any() else np.nan for row in matrix])
    known = (df >= 1) & (se > 0)
    se, df = np.where(known, se, np.nan), np.where(known, df, np.nan)
    t = estimate / se
    infinite = np.isinf(df)
    p = np.where(infinite, 2 * stats.norm.sf(abs(t)), 2 * stats.t.sf(abs(t), np.where(infinite, 1, df)))
    reach = np.where(infinite, stats.norm.ppf((1 + level) / 2), stats.t.ppf((1 + level) / 2, np.where(infinite, 1, df))) * se
    return pd.DataFrame({"estimate": estimate, "se": se, "df": df, "t": t, "p": p, "ci_low": estimate - reach, "ci_high": estimate + reach})


def unexplained_sd(fit: LinearMixedModelFit) -> float:
    """The outcome's standard deviation within and between groups, fixed effects held: what a difference of means is divided by (d)."""
    _, between, residual = variance_parts(fit)
    return float(np.sqrt(between + residual))


@dataclass(frozen=True)
class MarginalMeans:
    """Predicted means over a grid, before their intervals are computed.

    Attributes
    ----------
    fit : LinearMixedModelFit
    cells : DataFrame
        One row per combination of the values asked for.
    contrasts : ndarray, shape (cells, p)
        Each cell's mean as a linear combination of the coefficients.
    """

    fit: LinearMixedModelFit
    cells: pd.DataFrame
    contrasts: np.ndarray

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """The cells with estimate, se, df, t, p, ci_low, ci_high."""
        return pd.concat([self.cells, linear(self.fit, self.contrasts, level)], axis=1)

    def row(self, **values: Any) -> np.ndarray:
        """The linear combination of one cell, named by its values."""
        found = np.ones(len(self.cells), dtype=bool)
        for name, value in values.items():
            found &= (self.cells[name] == value).to_numpy()
        if found.sum() != 1:
            raise refuse(f"{values} names {found.sum()} cells", "exactly one cell of the grid", place="marginal means")
        return self.contrasts[int(np.flatnonzero(found)[0])]

    def pairs(self, level: float = 0.95) -> pd.DataFrame:
        """Every cell minus every later one (`first`, `second`: their positions), uncorrected. R: ``emmeans::pairs(…, adjust = "none")``."""
        places = list(itertools.combinations(range(len(self.cells)), 2))
        if not places:
            return pd.DataFrame(columns=["first", "second", "estimate", "se", "df", "t", "p", "ci_low", "ci_high"])
        matrix = np.array([self.contrasts[first] - self.contrasts[second] for first, second in places])
        return pd.concat([pd.DataFrame(places, columns=["first", "second"]), linear(self.fit, matrix, level)], axis=1)


def marginal_means(
    fit: LinearMixedModelFit, by: str | Sequence[str] | Mapping[str, Sequence[Any]], weights: Weights = "observed"
) -> MarginalMeans:
    """Means of the outcome at chosen values of some variables, the others averaged over.

    Parameters
    ----------
    by : str, list of str, or dict
        Variables of the fixed part; a dict names the values, else groups take all their levels (a number needs its values named).
    weights : {"observed", "equal"}
        What the other variables are averaged over. ``"observed"``: the rows of the model as they are, so every cell is compared for the same people.
        ``"equal"``: each combination of the other groups counts the same, numbers at their mean.

    Returns
    -------
    MarginalMeans

    Raises
    ------
    StudyError
        When a variable is not in the fixed part, or a number comes without values.

    Notes
    -----
    R: ``emmeans::emmeans(m, by)`` is ``"equal"``; ``marginaleffects::avg_predictions(m, variables = by, re.form = NA)`` is ``"observed"``. Without
    interactions between `by` and the others, both give the same differences. Searle, Speed & Milliken (1980).
    """
    frame = _fixed_frame(fit)
    names = [by] if isinstance(by, str) else list(by)
    for name in names:
        if name not in frame:
            raise refuse(f"“{name}” is not in the fixed part of the model", did_you_mean(name, list(frame)), place="marginal means")
    values = [list(by[name]) if isinstance(by, Mapping) else _levels(frame[name], name) for name in names]
    base = frame if weights == "observed" else _balanced(frame.drop(columns=names))
    cells = list(itertools.product(*values))
    contrasts = np.array([_matrix(fit, frame, base.assign(**dict(zip(names, cell)))).mean(axis=0) for cell in cells])
    return MarginalMeans(fit, pd.DataFrame(cells, columns=names), contrasts)


def marginal_slopes(
    fit: LinearMixedModelFit, variable: str, by: str | Sequence[str] | Mapping[str, Sequence[Any]] = (), weights: Weights = "observed"
) -> MarginalMeans:
    """The slope of a number that enters straight, at chosen values of other variables; `contrasts` are those of the slopes.

    Notes
    -----
    The difference in predicted outcome per unit of `variable`. R: ``emmeans::emtrends(m, by, var = variable)``.
    """
    grid: dict[str, Sequence[Any]] = {variable: (0.0, 1.0)}
    frame = _fixed_frame(fit)
    for name in [by] if isinstance(by, str) else list(by):
        grid[name] = by[name] if isinstance(by, Mapping) else _levels(frame[name], name)
    means = marginal_means(fit, grid, weights)
    low, high = ((means.cells[variable] == value).to_numpy() for value in (0.0, 1.0))
    return MarginalMeans(fit, means.cells[high].drop(columns=variable).reset_index(drop=True), means.contrasts[high] - means.contrasts[low])


def _fixed_frame(fit: LinearMixedModelFit) -> pd.DataFrame:
    """The columns of the fixed part, on the rows used."""
    needed = {str(name) for name in fit.design.spec.required_variables}
    frame = fit.design.frame
    return frame[[name for name in frame if name in needed]].reset_index(drop=True)


def _levels(column: pd.Series, name: str) -> list[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    raise refuse(f"“{name}” is a number", f'the values wanted, such as {{"{name}": [0, 1]}}', place="marginal means")


def _balanced(frame: pd.DataFrame) -> pd.DataFrame:
    """Each combination of the groups once, numbers at their mean."""
    options = [
        list(frame[name].cat.categories) if isinstance(frame[name].dtype, pd.CategoricalDtype) else [float(frame[name].mean())]
        for name in frame
    ]
    return pd.DataFrame(list(itertools.product(*options)), columns=list(frame))


def _matrix(fit: LinearMixedModelFit, frame: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Rows of X for other values, with the types the model was fitted with."""
    typed = {}
    for name in frame:
        like = frame[name].dtype
        if isinstance(like, pd.CategoricalDtype):
            unknown = set(rows[name]) - set(like.categories)
            if unknown:
                raise refuse(
                    f"“{name}” has no value “{min(map(str, unknown))}”",
                    "one of: " + ", ".join(map(str, like.categories)),
                    place="marginal means",
                )
            typed[name] = pd.Series(pd.Categorical(rows[name], dtype=like))
        else:
            typed[name] = rows[name].astype(float)
    return build(fit.design.side, pd.DataFrame(typed), fit.design.spec, "marginal means")[0][:, fit.design.kept]
