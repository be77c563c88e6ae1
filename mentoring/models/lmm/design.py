"""From a formula and a table to the arrays a mixed model needs, with every row that is left out accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from mentoring.errors import Problem, Problems, StudyError, did_you_mean, listed

from .aliasing import independent_columns
from .formula import build, checked, made_factors, plain_sum, with_plain_types
from .levels import Level, build_levels, membership_matrix
from .random_terms import RandomTerm, refuse, split_formula

# Squares of smaller numbers, and of larger ones than its inverse, leave the range of floating point.
_SMALLEST = 1e-100


@dataclass
class Design:
    """A model's data, raw (not yet centred, scaled or weighted).

    Parameters
    ----------
    formula : str
    response : str
    y, offset : ndarray, shape (n,)
    X : ndarray, shape (n, p)
        Full column rank; the columns left out stand in `aliased`.
    terms : list of str
    weights : ndarray, shape (n,), optional
    levels : list of Level
    rows : ndarray of int
        Positions, in the data given, of the rows used.
    dropped : dict of str to int
        Reason → rows left out for it; a row with several reasons counts under the first.
    side : str
        The fixed side in formulaic's spelling.
    kept : ndarray of int
        Columns of the rebuilt X that are in `terms`.
    offset_column : str, optional
        The offset's column, when it was given by name.
    """

    formula: str
    response: str
    y: np.ndarray
    offset: np.ndarray
    X: np.ndarray
    terms: list[str]
    aliased: list[str]
    weights: np.ndarray | None
    levels: list[Level]
    rows: np.ndarray
    dropped: dict[str, int]
    side: str
    kept: np.ndarray
    columns: dict[str, pd.Series]
    built: ModelSpec | None = None
    offset_column: str | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The columns whose values are used, on the rows used."""
        return pd.DataFrame(self.columns)

    @property
    def spec(self) -> ModelSpec:
        """Rebuilds X on new data (made on demand: most fits never predict)."""
        if self.built is None:
            self.built = build(self.side, self.frame)[2]
        return self.built

    @property
    def n(self) -> int:
        """Rows used."""
        return len(self.y)


def make_design(
    formula: str, data: pd.DataFrame, weights: str | Sequence[float] | None = None, offset: str | Sequence[float] | None = None
) -> Design:
    """Read the formula, take the rows that are complete, and build all matrices.

    Raises
    ------
    StudyError
        When the formula or the data cannot carry a model; the message says what to change.
    """
    response, fixed, random = split_formula(formula)
    columns, sides, valued = _columns_used(response, fixed, random, data, weights, offset)
    complete, dropped = _complete_rows(columns, {name for term in random if term.members for name in term.columns})
    rows = np.flatnonzero(complete)
    if len(rows) < len(data):
        columns = {name: column[complete] for name, column in columns.items()}
    used = with_plain_types({name: columns[name] for name in valued}, made_factors(formula))
    _check_values(used, rows)
    y = _outcome(sides[0], used)
    quick = plain_sum(sides[1], used, len(rows))
    X, terms, spec = (*quick, None) if quick else build(sides[1], pd.DataFrame(used))
    X, kept = _full_rank(X, terms)
    # Group labels keep their own type: an integer id is a label, not a number.
    levels = build_levels(random, used, columns, len(rows))
    _check_residual_left(X, levels)
    aliased = [term for number, term in enumerate(terms) if number not in set(kept)]
    _check_outcome(response, y, X)
    known = used["(offset)"].to_numpy() if "(offset)" in used else np.broadcast_to(0.0, len(y))
    return Design(
        formula,
        response,
        y,
        known,
        X,
        [terms[i] for i in kept],
        aliased,
        used["(weights)"].to_numpy() if "(weights)" in used else None,
        levels,
        rows,
        dropped,
        sides[1],
        kept,
        used,
        spec,
        offset if isinstance(offset, str) else None,
    )


def _columns_used(
    response: str, fixed: str, random: list[RandomTerm], data: pd.DataFrame, weights: object, offset: object
) -> tuple[dict[str, pd.Series], tuple[str, str], list[str]]:
    """Just the columns the model names, plus weights and offset; the two sides; the columns whose values (not labels) are used."""
    if not isinstance(data, pd.DataFrame):
        raise refuse(f"the data are a {type(data).__name__}", "a pandas DataFrame, one row per observation", place="data")
    columns = [name for name in data.columns if isinstance(name, str)]
    if not len(data):
        raise refuse("the data have no rows", place="data")
    lhs, used = checked(response, columns, "outcome")
    rhs, more = checked(fixed, columns)
    names = dict.fromkeys([*used, *more])
    for term in random:
        if term.effects.strip() != "1":
            names.update(dict.fromkeys(checked(term.effects, columns, f"random term of “{term.group}”")[1]))
    valued = list(names)
    for term in random:
        for name in (*term.columns, *term.weights):
            if name not in columns:
                raise refuse(f"there is no column “{name}” to group by", did_you_mean(name, columns))
            names[name] = None
    twice = sorted({name for name in names if columns.count(name) > 1})
    if twice:
        raise refuse(f"the data have more than one column named “{twice[0]}”", "names that differ", "rename one of them", place="data")
    numbered = isinstance(data.index, pd.RangeIndex) and data.index.start == 0 and data.index.step == 1
    found = {name: data[name] if numbered else data[name].reset_index(drop=True) for name in names}
    for label, values in (("(weights)", weights), ("(offset)", offset)):
        if values is not None:
            found[label] = pd.Series(_side_column(label, values, data))
            valued.append(label)
    return found, (lhs, rhs), valued


def _side_column(label: str, values: object, data: pd.DataFrame) -> np.ndarray:
    if isinstance(values, str):
        if values not in data.columns:
            raise refuse(
                f"there is no column “{values}” for the {label.strip('()')}",
                did_you_mean(values, map(str, data.columns)),
                place=label.strip("()"),
            )
        values = data[values]
    elif isinstance(values, pd.Series) and not values.index.equals(data.index):
        raise refuse(
            f"the {label.strip('()')} have other row labels than the data", "the data's index, or a plain array", place=label.strip("()")
        )
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise refuse(f"the {label.strip('()')} are not numbers throughout", "one number per row", place=label.strip("()")) from error
    if array.shape != (len(data),):
        raise refuse(f"{label.strip('()')} have shape {array.shape}", f"one number per row, {len(data)} in all", place=label.strip("()"))
    return array


def _complete_rows(columns: dict[str, pd.Series], may_be_blank: set[str]) -> tuple[np.ndarray, dict[str, int]]:
    """Mark the rows without missing values, counting the others by the first column that is blank.

    `may_be_blank` are member columns of ``mm()``: a mentee with one mentor has no second.
    """
    complete = np.ones(len(next(iter(columns.values()))), dtype=bool)
    dropped: dict[str, int] = {}
    for name, column in columns.items():
        kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
        # A sum of squares is a number only if every value is one, and asks for no memory.
        if name in may_be_blank or kind in ("i", "u", "b") or (kind == "f" and not np.isnan(_sum_of_squares(column))):
            continue
        here = ~np.isnan(column.to_numpy()) if kind == "f" else column.notna().to_numpy()
        if here.all():
            continue
        lost = int((complete & ~here).sum())
        complete &= here
        if lost:
            dropped[f"{name} is missing"] = lost
    if "(weights)" in columns:
        zero = complete & (columns["(weights)"].to_numpy() == 0)
        if zero.any():
            dropped["weight is 0"] = int(zero.sum())
            complete &= ~zero
    if not complete.any():
        raise refuse(
            f"no row is complete: {listed(f'{reason} in {count} rows' for reason, count in dropped.items())}",
            "rows in which every column of the model has a value",
            place="data",
        )
    return complete, dropped


def _sum_of_squares(column: pd.Series) -> float:
    values = column.to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        return float(values @ values)


def _check_values(used: dict[str, pd.Series], rows: np.ndarray) -> None:
    problems = Problems()
    for name, column in used.items():
        # The largest square lies between a sum of squares and its mean, which are far quicker to ask for.
        if column.dtype.kind == "f" and not len(column) * _SMALLEST**2 < _sum_of_squares(column) < _SMALLEST**-2:
            values = column.to_numpy()
            place = rows[~np.isfinite(values)]
            if len(place):
                problems.add(
                    f"column {name}, row {place[0] + 1}",
                    f"{len(place)} value(s) are infinite",
                    expected="finite numbers",
                    fix="look at how the column was made (a division by 0?)",
                )
            largest = float(max(values.max(), -values.min()))
            if np.isfinite(largest) and largest and not _SMALLEST < largest < 1 / _SMALLEST:
                problems.add(
                    f"column {name}",
                    f"its largest value is {largest:.3g}",
                    expected=f"values between {_SMALLEST:g} and {1 / _SMALLEST:g}, whose squares can be summed",
                    fix="use another unit",
                )
    if "(weights)" in used and (used["(weights)"].to_numpy() < 0).any():
        problems.add("weights", "some are negative", expected="numbers of 0 or more")
    problems.raise_if_any()


def _outcome(side: str, used: dict[str, pd.Series]) -> np.ndarray:
    if side in used:
        if isinstance(used[side].dtype, pd.CategoricalDtype) and used[side].cat.categories.dtype == bool:
            return used[side].astype(bool).to_numpy(dtype=float)
        if used[side].dtype.kind != "f":
            raise refuse(
                f"the outcome “{side}” is not a number: it holds {listed(repr(v) for v in used[side].unique()[:3])}",
                "a numeric column",
                place="outcome",
            )
        return used[side].to_numpy(dtype=float)
    values, names, _ = build(f"0 + {side}", pd.DataFrame(used), place="outcome")
    if len(names) != 1:
        raise refuse(f"the outcome “{side}” makes {len(names)} columns", "one", place="outcome")
    return values[:, 0]


def _full_rank(X: np.ndarray, terms: list[str]) -> tuple[np.ndarray, np.ndarray]:
    if X.shape[1] == 0:
        return X, np.zeros(0, dtype=int)
    kept = independent_columns(X, terms)
    return (X if len(kept) == X.shape[1] else X[:, kept]), kept


def _check_outcome(name: str, y: np.ndarray, X: np.ndarray) -> None:
    n, p = X.shape
    if n <= p + 1:
        raise refuse(
            f"{n} complete rows for {p} fixed effects",
            "more rows than fixed effects and variances together",
            "simplify the formula or bring more data",
            place="data",
        )
    low, high = y.min(), y.max()
    if high - low <= 1e-13 * max(-low, high):
        raise StudyError(
            Problem(
                "",
                f"outcome {name}",
                "has the same value in every row used",
                "an outcome that varies",
                "choose another outcome or check how it was scored",
            )
        )


def _check_residual_left(X: np.ndarray, levels: list[Level]) -> None:
    """Refuse a model that can reproduce every row: σ would go to zero and the likelihood to infinity."""
    n = len(X)
    # Rank is only in question for designs with almost as many effects as rows; those are small.
    if X.shape[1] + sum(level.size * level.q for level in levels) < n or n > 5000:
        return
    parts = [X, *(membership_matrix(level, level.z).toarray() for level in levels)]
    everything = np.hstack([part / np.maximum(np.abs(part).max(axis=0), 1e-300) for part in parts])
    if np.linalg.matrix_rank(everything) >= n:
        raise refuse(
            f"fixed and random effects together can reproduce all {n} rows, so no residual variance is left to estimate",
            "fewer effects than rows",
            "leave out a random slope or a random term",
            place="formula",
        )
