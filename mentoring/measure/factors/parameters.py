"""A measurement model as a table of parameters: which are free, which are fixed, which are the same as others.

The model is written in the reticular form of McArdle and McDonald (1984): one list of variables (items, then factors), paths `A`, variances and
covariances `S`, means `m`; the items' covariance matrix is ``F (I - A)⁻¹ S (I - A)⁻ᵀ Fᵀ``. One notation serves one factor, several, factors of
factors, two forms of a questionnaire side by side, and groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from mentoring.errors import Problem, StudyError

Matrix = Literal["A", "S", "m"]
PATH: Matrix = "A"
COVARIANCE: Matrix = "S"
MEAN: Matrix = "m"


@dataclass(frozen=True)
class Cell:
    """One cell of a group's matrices: fixed to `value` when `label` is empty, else a parameter (cells of one label are equal)."""

    group: int
    matrix: Matrix
    row: int
    column: int
    label: str = ""
    value: float = 0.0


@dataclass(frozen=True)
class Structure:
    """What is measured by what.

    Attributes
    ----------
    factors : dict of str to tuple of str
        Items of each factor.
    forms : tuple of str
        Parallel forms answered in one row, such as ``("mentor", "mentee")`` or waves; the column of an item is ``<form>_<item>``.
        ``("",)``: a single form, whose columns are the items themselves.
    general : str
        Name of a factor of the factors ("" for none; then factors correlate freely).
    markers : dict of str to str
        The item whose loading is 1, of each factor where it is not the first.
    """

    factors: Mapping[str, tuple[str, ...]]
    forms: tuple[str, ...] = ("",)
    general: str = ""
    markers: Mapping[str, str] = field(default_factory=dict)

    def marker(self, factor: str) -> str:
        """The item that gives a factor its unit: its loading is 1 in every form and group."""
        return self.markers.get(factor, self.factors[factor][0])

    @property
    def items(self) -> list[str]:
        """Items of one form, in order."""
        return list(dict.fromkeys(item for items in self.factors.values() for item in items))

    @property
    def columns(self) -> list[str]:
        """Columns of the data: items of every form."""
        return [named(form, item) for form in self.forms for item in self.items]

    @property
    def latent(self) -> list[str]:
        """Factors of every form, general factors last."""
        names = [named(form, factor) for form in self.forms for factor in self.factors]
        return names + ([named(form, self.general) for form in self.forms] if self.general else [])


def structured(structure: Structure | Mapping[str, Sequence[str]]) -> Structure:
    """A structure, also from factors and their items; refused where it cannot be one.

    Raises
    ------
    StudyError
        No factor, a factor without items, or an item twice in one factor.
    """
    found = structure if isinstance(structure, Structure) else Structure({name: tuple(items) for name, items in structure.items()})
    twice = [f"{item} twice in {name}" for name, items in found.factors.items() for item in dict.fromkeys(items) if list(items).count(item) > 1]
    empty = [f"no item in {name}" for name, items in found.factors.items() if not items]
    if twice or empty or not found.factors:
        raise StudyError(Problem("factor analysis", "structure", "; ".join([*twice, *empty]) or "no factor", "factors with the items that measure them, each once"))
    return found


@dataclass(frozen=True)
class Equal:
    """What is held equal across forms and groups, and which items are let off (partial invariance)."""

    loadings: bool = False
    intercepts: bool = False
    residuals: bool = False
    freed: frozenset[tuple[str, str]] = field(default_factory=frozenset)  # (item, "loading" | "intercept" | "residual")


def named(form: str, name: str) -> str:
    """The column of an item, or the name of a factor, in one form."""
    return f"{form}_{name}" if form else name


def cells_of(structure: Structure, groups: int = 1, equal: Equal | None = None) -> list[Cell]:
    """Every cell of the model that is not a fixed zero.

    The marker's loading is 1. Means of factors are 0, but where intercepts are held equal those of all forms and groups after the first are
    free. The same item's residuals correlate between forms, because the same wording was read (Kenny, Kashy & Cook 2006).
    """
    equal = equal or Equal()
    place = {name: at for at, name in enumerate([*structure.columns, *structure.latent])}
    cells: list[Cell] = []
    for group in range(groups):
        for number, form in enumerate(structure.forms):
            cells += _one_form(structure, place, group, number, form, equal)
        cells += _between_forms(structure, place, group)
    return cells


def _label(kind: str, name: str, item: str, group: int, form: str, shared: bool, freed: frozenset[tuple[str, str]]) -> str:
    own = not shared or (item, kind) in freed
    return f"{kind}:{name}" + (f":{group}:{form}" if own else "")


def _one_form(structure: Structure, place: dict[str, int], group: int, number: int, form: str, equal: Equal) -> list[Cell]:
    cells: list[Cell] = []
    first = group == 0 and number == 0
    for factor, items in structure.factors.items():
        at = place[named(form, factor)]
        for item in items:
            row = place[named(form, item)]
            fixed = item == structure.marker(factor)
            label = "" if fixed else _label("loading", f"{factor}:{item}", item, group, form, equal.loadings, equal.freed)
            cells.append(Cell(group, PATH, row, at, label, 1.0 if fixed else 0.0))
        cells.append(Cell(group, COVARIANCE, at, at, f"variance:{factor}:{group}:{form}"))
        free_mean = equal.intercepts and not first and not structure.general
        cells.append(Cell(group, MEAN, at, 0, f"mean:{factor}:{group}:{form}" if free_mean else ""))
    for item in structure.items:
        row = place[named(form, item)]
        cells.append(Cell(group, COVARIANCE, row, row, _label("residual", item, item, group, form, equal.residuals, equal.freed)))
        cells.append(Cell(group, MEAN, row, 0, _label("intercept", item, item, group, form, equal.intercepts, equal.freed)))
    return cells + (_general(structure, place, group, form) if structure.general else [])


def _general(structure: Structure, place: dict[str, int], group: int, form: str) -> list[Cell]:
    at = place[named(form, structure.general)]
    names = list(structure.factors)
    cells = [Cell(group, COVARIANCE, at, at, f"variance:{structure.general}:{group}:{form}")]
    for factor in names:
        label = "" if factor == names[0] else f"loading:{structure.general}:{factor}:{group}:{form}"
        cells.append(Cell(group, PATH, place[named(form, factor)], at, label, 1.0 if factor == names[0] else 0.0))
    return cells


def _between_forms(structure: Structure, place: dict[str, int], group: int) -> list[Cell]:
    """Covariances of factors, and of the same item's residuals in two forms."""
    top = [named(form, structure.general) for form in structure.forms] if structure.general else structure.latent
    cells = [
        Cell(group, COVARIANCE, place[second], place[first], f"covariance:{first}:{second}:{group}")
        for number, second in enumerate(top) for first in top[:number]
    ]
    for number, second in enumerate(structure.forms):
        for first in structure.forms[:number]:
            cells += [
                Cell(group, COVARIANCE, place[named(second, item)], place[named(first, item)], f"covariance:{item}:{first}:{second}:{group}")
                for item in structure.items
            ]
    return cells


class Parameters:
    """Cells put into arrays: matrices from a parameter vector, and their derivatives.

    Parameters
    ----------
    cells : sequence of Cell
    items, latent, groups : int
        Number of items, factors and groups.
    """

    def __init__(self, cells: Sequence[Cell], items: int, latent: int, groups: int = 1) -> None:
        self.cells = list(cells)
        self.items, self.size, self.groups = items, items + latent, groups
        self.labels = list(dict.fromkeys(cell.label for cell in cells if cell.label))
        number = {label: at for at, label in enumerate(self.labels)}
        self._places = {
            (group, matrix): self._gathered([cell for cell in self.cells if cell.group == group and cell.matrix == matrix], number)
            for group in range(groups) for matrix in (PATH, COVARIANCE, MEAN)
        }

        self.paths = np.array(sorted({number[cell.label] for cell in self.cells if cell.matrix == PATH and cell.label}), dtype=int)

    @staticmethod
    def _gathered(cells: Sequence[Cell], number: dict[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Rows, columns, parameter numbers (-1: fixed) and fixed values."""
        table = np.array([(cell.row, cell.column, number.get(cell.label, -1)) for cell in cells], dtype=int).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2], np.array([cell.value for cell in cells], dtype=float)

    def __len__(self) -> int:
        return len(self.labels)

    def matrices(self, theta: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """`A`, `S` and `m` of a group."""
        found = []
        for matrix in (PATH, COVARIANCE, MEAN):
            rows, columns, labels, fixed = self._places[group, matrix]
            filled = np.zeros((self.size, self.size))
            filled[rows, columns] = np.where(labels >= 0, theta[labels], fixed) if len(theta) else fixed
            found.append(filled)
        a, s, m = found
        return a, s + np.tril(s, -1).T + np.triu(s, 1).T, m[:, 0]

    def moments(self, theta: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Implied covariance (items × items) and mean (items)."""
        a, s, m = self.matrices(theta, group)
        g = np.linalg.inv(np.eye(self.size) - a)[: self.items]
        return g @ s @ g.T, g @ m

    def all_moments(self, theta: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Implied covariance and mean of each group."""
        return [self.moments(theta, group) for group in range(self.groups)]

    def derivatives(self, theta: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of the implied covariance (parameters × items × items) and mean (parameters × items)."""
        a, s, m = self.matrices(theta, group)
        b = np.linalg.inv(np.eye(self.size) - a)
        g, bs, bm = b[: self.items], b @ s, b @ m
        sg = bs @ g.T
        d_cov, d_mean = np.zeros((len(self), self.items, self.items)), np.zeros((len(self), self.items))
        rows, columns, labels = self._free(group, PATH)
        step = g.T[rows][:, :, None] * sg[columns][:, None, :]
        np.add.at(d_cov, labels, step + np.swapaxes(step, 1, 2))
        np.add.at(d_mean, labels, g.T[rows] * bm[columns][:, None])
        rows, columns, labels = self._free(group, COVARIANCE)
        step = g.T[rows][:, :, None] * g.T[columns][:, None, :]
        np.add.at(d_cov, labels, step + np.where((rows != columns)[:, None, None], np.swapaxes(step, 1, 2), 0.0))
        rows, columns, labels = self._free(group, MEAN)
        np.add.at(d_mean, labels, g.T[rows])
        return d_cov, d_mean

    def _free(self, group: int, matrix: Matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows, columns, labels, _ = self._places[group, matrix]
        free = labels >= 0
        return rows[free], columns[free], labels[free]
