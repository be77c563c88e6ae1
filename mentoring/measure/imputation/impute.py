"""Multiple imputation of relationships: as many completed tables as asked for, and whether the chains have settled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import Problem, StudyError
from mentoring.measure.imputation.chain import Chain, Passive, Recipe
from mentoring.measure.imputation.compatible import Curved
from mentoring.measure.imputation.units import Layout
from mentoring.measure.imputation.variables import read_variables

FEWEST = 20
# Rounds per table: columns that are missing together (a whole wave) need many, and many relationships need fewer draws each.
FEWEST_ITERATIONS, MOST_ITERATIONS, ROUNDS_TIMES_ROWS = 20, 60, 300_000
# ASSUME: chains that still move together by less than this (in standard deviations between chains), or by no more than chance would, have
# settled.
LARGEST_DRIFT, UNLIKELY = 0.3, 0.01


@dataclass(frozen=True)
class Imputed:
    """What `impute` returns.

    Attributes
    ----------
    sets : list of DataFrame
        The completed tables, rows and columns as given.
    report : DataFrame
        One row per column with missing values: column, unit, missing (units), share, drift_mean, drift_sd (see `drift`), settled.
    notes : tuple of str
        What to mind, in plain words.
    """

    sets: list[pd.DataFrame]
    report: pd.DataFrame
    notes: tuple[str, ...]


def impute(
    data: pd.DataFrame,
    columns: Sequence[str],
    *,
    m: int = 0,
    seed: int = 1,
    iterations: int = 0,
    passive: Passive | None = None,
    explained: Sequence[str] = (),
    products: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    curved: Sequence[Curved] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Imputed:
    """Draw the missing values of a table of relationships, so that analyses of the completed tables can be pooled (`pool`).

    Both sides stand in one row, so that a silent partner's answers are drawn given the other's. Every incomplete column is drawn in
    turn given all others (fully conditional specification): numbers from a normal model with random intercepts for relationship, mentor
    and programme (as far as they are above the column's own unit), categories from one probit model per category with the same
    intercepts. Means over the relationship and over the mentor are predictors beside the values themselves, so that associations
    within and between mentors may differ. A value that belongs to a mentor, a mentee or a relationship is drawn once for it. A
    column's model has at most one predictor per five known units, those that go with it most.

    # ASSUME: what is missing depends on what is known, not on the missing value itself (missing at random); within categories and
    # means alike, imputation models are linear and residuals normal.

    Parameters
    ----------
    data : DataFrame
        One row per relationship and wave with `mentor` and `dyad`, and, if there are any, `mentee`, `program` and `wave`, which are never imputed.
    columns : sequence of str
        What is imputed or predicts: all columns of the analysis, outcomes included, and what says more about missing values. A
        similarity is never among them: impute what it is made of.
    m : int
        Number of tables; 0: the percentage of rows with a missing value, at least 20 (White, Royston & Wood 2011).
    seed : int
        Each table has a random stream of its own, spawned from it.
    iterations : int
        Rounds over all columns per table; 0: 60, with more than 5,000 rows fewer, at least 20.
    passive : callable, optional
        Computes columns such as similarities from a completed table; predictors of the columns in `explained`.
    explained : sequence of str
        The outcomes of the analysis.
    products : mapping, optional
        For a column, pairs of columns whose products predict it: ``{"mentor_x": [("outcome", "mentee_x")]}`` where the analysis holds how
        alike the two sides' x are.
    curved : sequence of Curved, optional
        Indices that bend (distances, squares, profiles), with how they are computed from numbers; what they are made of is drawn in step
        with the model of `explained`, which then names the outcome first, then other columns that depend on the indices.
    progress : callable, optional
        Called with (tables done, m).

    Returns
    -------
    Imputed
        ``.sets``, ``.report``, ``.notes``.

    Raises
    ------
    StudyError
        For columns that are not there or hold no value, and when m is 1 or negative.

    References
    ----------
    van Buuren (2018), Flexible Imputation of Missing Data, ch. 7; Grund, Lüdtke & Robitzsch (2018), Organ. Res. Methods 21, 111.
    R: ``mice`` with ``2l.pan`` and cluster means, ``jomo::jomo1rancon``.
    """
    if m < 0 or m == 1:
        raise StudyError(Problem("", "impute", f"m is {m}", "0 (chosen by how much is missing), or 2 or more"))
    missing_groups = [name for name in ("mentor", "dyad") if name not in data or data[name].isna().any()]
    if missing_groups or not len(data):
        found = f"“{missing_groups[0]}” is not known for every row" if missing_groups else "the table is empty"
        raise StudyError(Problem("imputation", "table", found, "one row per relationship and wave, with its mentor and dyad"))
    wanted = list(dict.fromkeys(columns))
    table = data.reset_index(drop=True)
    layout = Layout(table)
    recipe = Recipe(table, layout, read_variables(table, wanted, layout), passive, tuple(explained), dict(products or {}), tuple(curved))
    m = m or max(FEWEST, math.ceil(100 * table[wanted].isna().any(axis=1).mean()))
    if not recipe.incomplete:
        return Imputed([data.copy() for _ in range(m)], _report(recipe, []), ("nothing is missing: all tables are the same",))
    rounds = iterations or min(MOST_ITERATIONS, max(FEWEST_ITERATIONS, ROUNDS_TIMES_ROWS // len(table)))
    sets, traces = [], []
    for number, stream in enumerate(np.random.SeedSequence([seed, 31]).spawn(m), 1):
        chain = Chain(recipe, np.random.default_rng(stream))
        traces.append([chain.iterate() for _ in range(rounds)])
        sets.append(chain.completed().set_axis(data.index))
        if progress:
            progress(number, m)
    report = _report(recipe, traces)
    return Imputed(sets, report, _notes(recipe, report))


def drift(draws: np.ndarray) -> tuple[float, float]:
    """How far chains (rows) still move together over their draws: from the first to the second half, in standard deviations between chains, and its p.

    Chains are independent of each other, so a paired t test over chains is exact however much draws of one chain resemble each other; a
    table is the end of one chain, so nothing but such a common drift (or a start that has not been forgotten) makes tables wrong. R-hat asks
    whether one chain's draws could stand for all; with few draws per chain it is large by chance. NaN with fewer than three chains, or where
    nothing moves.
    """
    half = draws.shape[1] // 2
    if len(draws) < 3 or half < 1 or not np.isfinite(draws).all():
        return np.nan, np.nan
    first, second = draws[:, :half].mean(axis=1), draws[:, -half:].mean(axis=1)
    moved, spread = second - first, float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2))
    if not spread > 1e-12 or not moved.std() > 1e-12:
        return np.nan, np.nan
    return float(moved.mean() / spread), float(stats.ttest_1samp(moved, 0.0).pvalue)


def _report(recipe: Recipe, traces: list[list[dict[str, tuple[float, float]]]]) -> pd.DataFrame:
    rows = []
    for variable in recipe.incomplete:
        # The first half is on the way to where the chain belongs.
        late = np.array([[step[variable.name] for step in trace[len(trace) // 2 :]] for trace in traces])
        (of_mean, p_mean), (of_sd, p_sd) = (drift(late[:, :, part]) for part in (0, 1))
        rows.append({
            "column": variable.name, "unit": variable.unit.name, "missing": int(variable.missing.sum()), "share": variable.missing.mean(),
            "drift_mean": of_mean, "drift_sd": of_sd, "settled": not (_drifts(of_mean, p_mean) or _drifts(of_sd, p_sd)),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["column", "unit", "missing", "share", "drift_mean", "drift_sd", "settled"])


def _drifts(size: float, p: float) -> bool:
    return abs(size) > LARGEST_DRIFT and p < UNLIKELY


def _notes(recipe: Recipe, report: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    restless = report.loc[~report["settled"].astype(bool), "column"].tolist()
    if restless:
        notes.append(f"the chains of {', '.join(restless)} had not settled (they still move together)")
    flat = [v.name for v in recipe.incomplete if (len(v.categories) < 2 if v.categories is not None else np.nanstd(v.values) == 0)]
    if flat:
        notes.append(f"{', '.join(flat)}: every known value is the same, so missing ones are taken to be the same too")
    return tuple(notes)
