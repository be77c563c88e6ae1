"""A response surface from a fitted mixed model: coefficients, shapes, stationary point, axes, and simpler surfaces beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.lmm import LinearMixedModelFit, fit_ladder, lmm
from mentoring.models.surface.family import surface_family
from mentoring.models.surface.geometry import (
    COEFFICIENTS,
    DIVIDES_BY,
    POINTS,
    SHAPES,
    TO_SHAPES,
    height,
    points,
    polynomial_columns,
    shape_columns,
)
from mentoring.models.surface.resampling import FEWEST_CLUSTERS, resampled
from mentoring.models.surface.sides import Sides, compare_sides

TERMS = tuple(f"surface_{name}" for name in SHAPES)
QUANTITY_COLUMNS = ["quantity", "estimate", "se", "df", "p", "ci_low", "ci_high", "note"]


@dataclass(frozen=True)
class JointF:
    """A joint F test."""

    statistic: float
    df1: int
    df2: float
    p: float


@dataclass(frozen=True)
class ResponseSurface:
    """What `response_surface` found.

    Attributes
    ----------
    quantities : DataFrame
        quantity (b0 to b5, a1 to a5, x0, y0, p10, p11, p20, p21), estimate, se, df, p, ci_low, ci_high, note.
    models : DataFrame
        Simpler surfaces: model, k, loglik, aicc, delta, weight, note.
    sides : Sides
        Common centre and standard deviation, and how often either side stands higher.
    whole, bend, ridge : JointF
        Is the surface level (b1 = … = b5 = 0)? Is it straight across mismatch (a4 = a5 = 0)? Does its ridge lie where X = Y (a3 = a5 = 0)?
    fit : LinearMixedModelFit
    matrix : ndarray, shape (6, terms)
        What turns the fixed effects into b0 to b5.
    """

    quantities: pd.DataFrame
    models: pd.DataFrame
    sides: Sides
    whole: JointF
    bend: JointF
    ridge: JointF
    fit: LinearMixedModelFit
    matrix: np.ndarray

    @property
    def coefficients(self) -> np.ndarray:
        """b0 to b5, about `sides.centre`; b0 with every covariate at its mean."""
        return self.quantities.set_index("quantity").loc[list(COEFFICIENTS), "estimate"].to_numpy(float)

    def predict(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The surface's height at places in the data's own units."""
        return height(self.coefficients, np.asarray(x, float) - self.sides.centre, np.asarray(y, float) - self.sides.centre)


def course(surface: ResponseSurface, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """The surface's height at places in the data's own units, with its 95 % interval: predicted, ci_low, ci_high."""
    u, v = np.asarray(x, float) - surface.sides.centre, np.asarray(y, float) - surface.sides.centre
    rows = np.column_stack([np.ones_like(u), polynomial_columns(u, v)]) @ surface.matrix
    table = linear(surface.fit, tuple(map(str, range(len(rows)))), rows)
    return table.rename(columns={"estimate": "predicted"})[["predicted", "ci_low", "ci_high"]]


def response_surface(
    fit_or_formula: LinearMixedModelFit | str,
    data: pd.DataFrame,
    *,
    x: str = "mentor_values",
    y: str = "mentee_values",
    outcome: str = "quality",
    centre: float | None = None,
    relationship: str | None = None,
    cluster: str | None = None,
    bootstraps: int = 2000,
    seed: int = 1,
    models: bool = True,
) -> ResponseSurface:
    """Response surface of an outcome over two sides' standing, in a mixed model.

    ``Z = b0 + b1 X + b2 Y + b3 X² + b4 XY + b5 Y² + covariates + random part``; X and Y centred at one place.
    a1 = b1 + b2 and a2 = b3 + b4 + b5 along the line of congruence, a3 = b1 − b2 and a4 = b3 − b4 + b5 along the line of incongruence,
    a5 = b3 − b5.

    Parameters
    ----------
    fit_or_formula : LinearMixedModelFit or str
        A formula with covariates and random part only, ``"quality ~ wave + (1 + mentee_values | mentor)"`` (the surface is put in, and slopes step
        down the ladder), or a fitted model that holds a full polynomial of x and y, written in any way.
    data : DataFrame
        One row per relationship (and wave), with both sides in the same units.
    x, y, outcome : str
        Columns.
    centre : float, optional
        Where X and Y are zero; the mean of both sides' answers together when left out. Such as the middle of the response range.
    relationship, cluster : str, optional
        Columns: rows of one relationship, and what is resampled. Left out: `dyad` and `mentor`; without a column `dyad` each row is a
        relationship of its own, and without `mentor` relationships are resampled.
    bootstraps, seed : int
        Resamples behind the intervals of x0, y0 and the axes; 0 for none.
    models : bool
        Whether to fit the simpler surfaces.

    Returns
    -------
    ResponseSurface

    Raises
    ------
    StudyError
        When columns are missing, hold words, or cannot carry a surface.

    Notes
    -----
    Each b and a is a linear combination of the fixed effects with degrees of freedom of its own (Kenward–Roger; Satterthwaite for
    large data). Where x0, y0 or an axis divides by what the resamples cannot tell from zero, it is undefined: it is left empty and the note
    says so. R: ``lmerTest::contest1D(lmer(...), L)``; one level: ``RSA::RSA``. Edwards & Parry (1993); Nestler (2019).
    """
    if not isinstance(data, pd.DataFrame):
        raise StudyError(Problem("", "data", f"the data are a {type(data).__name__}", "a pandas DataFrame, one row per relationship (and wave)"))
    relationship = relationship or ("dyad" if "dyad" in data else None)
    cluster = cluster or ("mentor" if "mentor" in data else relationship)
    _check(data, [x, y, outcome, *(name for name in (relationship, cluster) if name)])
    used = data.dropna(subset=[x, y, outcome])
    sides = compare_sides(used[x], used[y], _labels(used, relationship), centre)
    if isinstance(fit_or_formula, str):
        fit = _fitted(fit_or_formula, used, x, y, outcome, sides.centre)
    else:
        fit = fit_or_formula
        if len(fit.data) != len(data) and len(fit.data) != len(used):
            raise StudyError(Problem("", "data", "the fit was made from other rows", "the data the model was fitted to"))
    rows = fit.data.iloc[fit.design.rows]
    return surface_of(fit, rows[x].to_numpy(float), rows[y].to_numpy(float), sides, _labels(rows, cluster), bootstraps, seed, models)


def surface_of(
    fit: LinearMixedModelFit,
    x: np.ndarray,
    y: np.ndarray,
    sides: Sides,
    cluster: pd.Series,
    bootstraps: int,
    seed: int,
    models: bool = True,
) -> ResponseSurface:
    """The surface of a fitted model that holds a full polynomial of x and y (rows used, own units), written in any way."""
    x, y = x - sides.centre, y - sides.centre
    wanted, others = _coefficient_matrix(fit, x, y)
    shapes = TO_SHAPES @ wanted[1:]
    tests = {name: _joint(fit, matrix) for name, matrix in (("whole", wanted[1:]), ("bend", shapes[[3, 4]]), ("ridge", shapes[[2, 4]]))}
    table = pd.concat([linear(fit, COEFFICIENTS, wanted), linear(fit, SHAPES, shapes), _points(fit, wanted[1:], cluster, bootstraps, seed)])
    family = surface_family(fit, others, x, y) if models else pd.DataFrame()
    return ResponseSurface(
        table.reset_index(drop=True)[QUANTITY_COLUMNS], family, sides, tests["whole"], tests["bend"], tests["ridge"], fit, wanted
    )


def _coefficient_matrix(fit: LinearMixedModelFit, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that turn the fixed effects into b0 to b5, and the model's columns beside the surface.

    The model's columns that are polynomials of x and y of second degree are found by projection, so that any way of writing it will do.
    """
    scale = max(np.abs(x).max(), np.abs(y).max(), 1e-300)
    basis = np.column_stack([np.ones_like(x), polynomial_columns(x / scale, y / scale)])
    if np.linalg.matrix_rank(basis) < basis.shape[1]:
        raise StudyError(
            Problem(
                "",
                "response surface",
                "the two sides take too few different places for a curved surface",
                "at least three different values on each side, not all on one line",
            )
        )
    X = fit.design.X
    solved = np.linalg.lstsq(basis, X, rcond=None)[0]
    inside = np.abs(basis @ solved - X).max(axis=0) < 1e-8 * np.maximum(np.abs(X).max(axis=0), 1e-300)
    if np.linalg.matrix_rank(np.column_stack([np.ones_like(x), X[:, inside]])) < basis.shape[1]:
        raise StudyError(
            Problem(
                "",
                "response surface",
                "the model does not hold a full surface of the two sides",
                "x, y, their squares and their product",
                "give a formula with covariates and random part only",
            )
        )
    constant = np.ptp(X, axis=0) == 0
    wanted = np.where(inside, solved, 0) / np.concatenate([[1.0], [scale, scale], [scale**2] * 3])[:, None]
    # b0 is the height at the centre for the mean of all covariates.
    wanted[0] += np.where(inside, 0, X.mean(axis=0))
    return wanted, X[:, ~inside & ~constant]


def linear(fit: LinearMixedModelFit, names: tuple[str, ...], matrix: np.ndarray) -> pd.DataFrame:
    """Linear combinations of the fixed effects, each with degrees of freedom of its own, as rows of `QUANTITY_COLUMNS`."""
    vcov = (fit.vcov_adjusted if fit.method == "kenward-roger" else fit.vcov).to_numpy()
    estimate = matrix @ fit.coefficients
    se = np.sqrt(np.einsum("qp,pk,qk->q", matrix, vcov, matrix))
    df = np.array([fit.contrast_df(row) for row in matrix])
    finite = np.where(np.isfinite(df), df, 1e9)
    reach = stats.t.isf(0.025, finite) * se
    table = pd.DataFrame(
        {
            "quantity": names,
            "estimate": estimate,
            "se": se,
            "df": df,
            "p": 2 * stats.t.sf(np.abs(estimate / se), finite),
            "ci_low": estimate - reach,
            "ci_high": estimate + reach,
            "note": None,
        }
    )
    # With less than one degree of freedom there is no information to speak of.
    nothing = ~(table["df"] >= 1)
    table.loc[nothing, ["se", "df", "p", "ci_low", "ci_high"]] = np.nan
    table.loc[nothing, "note"] = "fewer than one degree of freedom"
    return table


def _joint(fit: LinearMixedModelFit, matrix: np.ndarray) -> JointF:
    sentences = [
        " + ".join(f"{weight:.17g}*{term}" for weight, term in zip(row, fit.terms) if weight).replace("+ -", "- ") + " = 0"
        for row in matrix
    ]
    test = fit.test(sentences)
    return JointF(test.statistic, test.df1, test.df2, test.p)


def _points(fit: LinearMixedModelFit, matrix: np.ndarray, cluster: pd.Series, draws: int, seed: int) -> pd.DataFrame:
    """Stationary point and axes, where the resamples show that they are defined."""
    values, _ = points(matrix @ fit.coefficients)
    table = pd.DataFrame({"quantity": POINTS, "estimate": [float(values[name]) for name in POINTS]})
    table = table.assign(se=np.nan, df=np.nan, p=np.nan, ci_low=np.nan, ci_high=np.nan, note=None).astype({"note": "object"})
    codes = pd.factorize(cluster)[0]
    if draws == 0:
        table.loc[table["estimate"].isna(), "note"] = "undefined: what it divides by is zero"
        return table
    if codes.min() < 0 or codes.max() + 1 < FEWEST_CLUSTERS:
        return table.assign(estimate=np.nan, note=f"not estimated: it takes {FEWEST_CLUSTERS} mentors or more to resample them")
    drawn = resampled(fit, matrix, codes, draws, seed)
    lost = draws - len(drawn)
    if len(drawn) < 0.9 * draws:
        return table.assign(estimate=np.nan, note=f"not estimated: {lost} of {draws} resamples do not determine a surface")
    found, divisors = points(drawn)
    doubtful = {name for name, value in divisors.items() if np.quantile(value, 0.025) <= 0 <= np.quantile(value, 0.975)}
    notes = {"determinant": "4 b3 b5 − b4²", "b4": "b4"}
    for row, name in enumerate(POINTS):
        bad = [notes.get(what, f"the {what}") for what in DIVIDES_BY[name] if what in doubtful]
        if bad or np.isnan(table.loc[row, "estimate"]):
            table.loc[row, "estimate"] = np.nan
            table.loc[row, "note"] = f"undefined: {' and '.join(bad) or 'what it divides by'} cannot be told from zero"
        else:
            table.loc[row, ["ci_low", "ci_high"]] = np.nanquantile(found[name], [0.025, 0.975])
            table.loc[row, "note"] = f"{len(drawn)} resamples of mentors" + (f", {lost} more without a surface" if lost else "")
    return table


def _fitted(formula: str, data: pd.DataFrame, x: str, y: str, outcome: str, centre: float) -> LinearMixedModelFit:
    left, _, right = formula.rpartition("~")
    if left.strip() not in ("", outcome):
        raise StudyError(
            Problem("", "formula", f"the outcome is “{left.strip()}” in the formula and “{outcome}” in the call", "one outcome")
        )
    columns = shape_columns(data[x].to_numpy(float) - centre, data[y].to_numpy(float) - centre)
    text = f"{outcome} ~ {' + '.join(TERMS)} + {right.strip() or '1'}"
    rows = data.assign(**dict(zip(TERMS, columns.T)))
    return fit_ladder(text, rows) if re.search(r"\|", right) else lmm(text, rows)


def _labels(rows: pd.DataFrame, column: str | None) -> pd.Series:
    """A column of labels; without one every row stands for itself."""
    return rows[column] if column else pd.Series(np.arange(len(rows)), index=rows.index)


def _check(data: pd.DataFrame, wanted: list[str]) -> None:
    odd = [Problem("", "data", f"{name!r} is no name of a column", "a text, such as “quality”") for name in wanted if not isinstance(name, str)]
    odd += [Problem("", "data", f"{count} columns are called “{name}”", "one") for name in wanted if isinstance(name, str) and (count := list(data.columns).count(name)) > 1]
    if odd:
        raise StudyError(odd)
    problems = [
        Problem("", "data", f"there is no column “{name}”", did_you_mean(name, map(str, data.columns)))
        for name in wanted
        if name not in data
    ]
    problems += [
        Problem("", "data", f"the column “{name}” holds words", "numbers")
        for name in wanted[:3]
        if name in data and not pd.api.types.is_numeric_dtype(data[name])
    ]
    if not problems:
        problems += [Problem("", "data", f"the column “{name}” holds infinite values", "finite numbers, or nothing") for name in wanted[:3]
                     if np.isinf(data[name].to_numpy(dtype="float64", na_value=np.nan)).any()]
    if problems:
        raise StudyError(problems)
