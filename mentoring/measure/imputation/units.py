"""Whom a value belongs to: a mentor, a mentee, a relationship, or one wave of one of them; each is imputed once, not row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

# Fewer programmes than this are too few to draw a variance from; the same number as in the analysis models.
FEWEST_PROGRAMS = 5


@dataclass(frozen=True)
class Grouping:
    """Groups of units, or of the groups below them.

    Attributes
    ----------
    name : str
    of_lower : ndarray of int
        The group of each thing one level below.
    gather : csr_matrix, shape (groups, things below)
        Sums over what is below.
    """

    name: str
    of_lower: np.ndarray
    gather: sparse.csr_matrix


@dataclass(frozen=True)
class Unit:
    """What one value of a variable belongs to.

    Attributes
    ----------
    name : str
    of_row : ndarray of int, shape (rows,)
    first : ndarray of int, shape (units,)
        The first row of each unit.
    groupings : tuple of Grouping
        The random intercepts a model of such units has, innermost first, each nested in the next.
    """

    name: str
    of_row: np.ndarray
    first: np.ndarray
    groupings: tuple[Grouping, ...] = ()
    _mean: sparse.csr_matrix | None = field(repr=False, default=None)

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.first)

    def mean(self, rows: np.ndarray) -> np.ndarray:
        """Means of rows over each unit."""
        return rows if self._mean is None or self.count == len(rows) else self._mean @ rows


class Layout:
    """Units and groups of a table of relationships.

    Parameters
    ----------
    data : DataFrame
        With `mentor`, `dyad`, and as far as they are there `mentee`, `program`, `wave`.
    """

    def __init__(self, data: pd.DataFrame):
        codes = {name: pd.factorize(data[name])[0] for name in ("mentor", "mentee", "dyad", "program", "wave")
                 if name in data and data[name].notna().all()}  # fmt: skip
        self._codes = codes
        self._varies: dict[tuple[str, str], bool] = {}
        found = {"mentor": ("mentor",), "mentee": ("mentee",), "relationship": ("dyad",), "mentor and wave": ("mentor", "wave"),
                 "mentee and wave": ("mentee", "wave")}  # fmt: skip
        units = [
            self._unit(name, _joint([codes[part] for part in parts])) for name, parts in found.items() if all(p in codes for p in parts)
        ]
        self.units = [unit for unit in units if unit.count < len(data)]
        self.units.append(self._unit("row", np.arange(len(data))))
        # Means over these say how a mentor's (or a relationship's) usual level goes with an outcome, beside the single value.
        self.clusters = {name: self._unit(name, codes[name]) for name in ("dyad", "mentor") if len(np.unique(codes[name])) > 1}

    def unit_of(self, values: pd.Series) -> Unit:
        """The largest unit within which a column never differs and is known as a whole or not at all."""
        codes = pd.factorize(values)[0]
        return next(unit for unit in self.units if np.array_equal(codes, codes[unit.first][unit.of_row]))

    def varies_within(self, unit: Unit, cluster: Unit) -> bool:
        """Whether a cluster can hold several of such units."""
        key = (unit.name, cluster.name)
        if key not in self._varies:
            self._varies[key] = len(np.unique(cluster.of_row.astype(np.int64) * unit.count + unit.of_row)) > cluster.count
        return self._varies[key]

    def _unit(self, name: str, of_row: np.ndarray) -> Unit:
        first = np.unique(of_row, return_index=True)[1]
        gather = _gather(of_row)
        mean = sparse.diags(1 / np.asarray(gather.sum(axis=1)).ravel()) @ gather
        return Unit(name, of_row, first, self._nesting(name, first), mean.tocsr())

    def _nesting(self, name: str, first: np.ndarray) -> tuple[Grouping, ...]:
        """Groups above a unit, as far as they nest and have something to tell apart."""
        above = {"row": ("dyad", "mentor", "program"), "mentee and wave": ("mentee", "mentor", "program")}.get(name, ("mentor", "program"))
        groupings: list[Grouping] = []
        rows = first
        for group in above:
            if group not in self._codes:
                continue
            # Where groups do not nest (a mentee with several mentors, a mentor in several programmes) the first one counts.
            codes = pd.factorize(self._codes[group][rows])[0]
            groups = codes.max() + 1
            if groups < (FEWEST_PROGRAMS if group == "program" else 2) or groups >= len(rows):
                continue
            groupings.append(Grouping(group, codes, _gather(codes)))
            rows = rows[np.unique(codes, return_index=True)[1]]
        return tuple(groupings)


def _joint(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Codes of the combinations that occur, in the order of their appearance."""
    return pd.factorize(pd.MultiIndex.from_arrays(list(parts)) if len(parts) > 1 else parts[0])[0]


def _gather(codes: np.ndarray) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(codes.max() + 1, len(codes)))
