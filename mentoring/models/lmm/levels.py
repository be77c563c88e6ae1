"""Grouping factors: who belongs to which group, and which effects vary over the groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec
from scipy import sparse

from .formula import build, checked, plain_sum
from .random_terms import RandomTerm, refuse


@dataclass(frozen=True)
class EffectBlock:
    """Effects of one random term that share a covariance matrix.

    Parameters
    ----------
    side : str
        Formula of the effects.
    spec : ModelSpec or None
        Rebuilds the columns on new data; None where they are sums of numeric columns and carry nothing over.
    names : tuple of str
    """

    side: str
    spec: ModelSpec | None
    names: tuple[str, ...]

    @property
    def variables(self) -> set[str]:
        """The data's columns it is made of."""
        return set(self.names) - {"Intercept"} if self.spec is None else {str(name) for name in self.spec.required_variables}

    def on(self, new: pd.DataFrame) -> np.ndarray:
        """The same columns for new rows, whose `variables` have the fit's types."""
        if self.spec is not None:
            return build(self.side, new, self.spec)[0]
        made = plain_sum(self.side, dict(new.items()), len(new))
        assert made is not None
        return made[0]


@dataclass
class Level:
    """One grouping factor with all its varying effects.

    Parameters
    ----------
    name : str
        ``"mentor"``, ``"mentor:program"``.
    columns : tuple of str
        The data's columns it is made of.
    codes : ndarray of int, shape (n,)
        Group of each row; for multiple membership shape (n, members), -1 for nobody.
    labels : list
        Group labels, in code order.
    z : ndarray, shape (n, q)
        The effects' columns, raw.
    blocks : list of EffectBlock
    shares : ndarray, shape (n, members), optional
        Membership weights; only for multiple membership.
    """

    name: str
    columns: tuple[str, ...]
    codes: np.ndarray
    labels: list
    z: np.ndarray
    blocks: list[EffectBlock]
    shares: np.ndarray | None = None
    term: RandomTerm | None = field(default=None, repr=False)

    @property
    def effects(self) -> list[str]:
        """Names of the varying effects, block by block."""
        return list(chain.from_iterable(block.names for block in self.blocks))

    @property
    def q(self) -> int:
        """How many effects vary."""
        return self.z.shape[1]

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.labels)

    @cached_property
    def block_of(self) -> np.ndarray:
        """Block number of each effect."""
        return np.repeat(np.arange(len(self.blocks)), [len(block.names) for block in self.blocks])

    @cached_property
    def free(self) -> list[tuple[int, int]]:
        """Lower-triangle positions of the relative covariance factor that are estimated, column by column."""
        block = self.block_of
        return [(i, j) for j in range(self.q) for i in range(j, self.q) if block[i] == block[j]]


def build_levels(terms: list[RandomTerm], data: dict[str, pd.Series], groups: dict[str, pd.Series], rows: int) -> list[Level]:
    """Turn random terms into grouping factors; terms on the same factor become blocks of one.

    `data` has the effects' columns, `groups` the grouping columns as they came.
    """
    found: dict[str, Level] = {}
    for term in terms:
        codes, labels, shares = _membership(term, groups) if term.members else (*group_codes(groups, term.columns), None)
        blocks, z = _effects(term, data, rows)
        if term.group in found:
            _join(found[term.group], blocks, z)
        else:
            found[term.group] = Level(term.group, term.columns, codes, labels, z, blocks, shares, term)
    levels = list(found.values())
    for level in levels:
        _check_size(level, rows)
    _refuse_twins(levels)
    return levels


def _join(level: Level, blocks: list[EffectBlock], z: np.ndarray) -> None:
    twice = set(level.effects) & set(chain.from_iterable(block.names for block in blocks))
    if twice:
        raise refuse(
            f"“{min(twice)}” varies over “{level.name}” in two random terms", "each effect once per grouping factor", place="formula"
        )
    level.blocks = level.blocks + blocks
    level.z = np.hstack([level.z, z])


def group_codes(data: pd.DataFrame | dict[str, pd.Series], columns: tuple[str, ...]) -> tuple[np.ndarray, list]:
    """Number the groups 0…G-1 in sorted order of their labels; combinations of columns are joined by ":"."""
    codes, labels = _column_codes(data[columns[0]])
    for name in columns[1:]:
        more, more_labels = _column_codes(data[name])
        joint = codes.astype(np.int64) * len(more_labels) + more
        unique, codes = np.unique(joint, return_inverse=True)
        labels = [f"{labels[value // len(more_labels)]}:{more_labels[value % len(more_labels)]}" for value in unique]
    return codes, labels


def _column_codes(column: pd.Series) -> tuple[np.ndarray, list]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        seen = np.bincount(codes, minlength=len(column.cat.categories)) > 0
        labels = [label for label, here in zip(column.cat.categories, seen, strict=True) if here]
        return (codes.astype(np.intp) if seen.all() else (np.cumsum(seen) - 1)[codes]), labels
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu" and len(column):
        values = column.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low <= 4 * len(values) + 1000:
            # Ids that are nearly consecutive number themselves; hashing and sorting them would take longer than the fit.
            above = (values - low).astype(np.intp, copy=False)
            seen = np.bincount(above) > 0
            if seen.all():
                return above, list(range(low, high + 1))
            return (np.cumsum(seen) - 1)[above], (np.flatnonzero(seen) + low).tolist()
    if column.dtype == object and pd.api.types.infer_dtype(column) == "mixed-integer":
        raise refuse(
            f"column “{column.name}” holds numbers and texts, so that 1 and “1” would be two groups", "labels of one kind",
            f'data["{column.name}"] = data["{column.name}"].astype(str)', place="data",
        )  # fmt: skip
    try:
        codes, labels = pd.factorize(column, sort=True)
    except TypeError as error:
        raise refuse(f"column “{column.name}” holds lists or the like", "a label per row to group by", place="data") from error
    return codes.astype(np.intp, copy=False), list(labels)


def _effects(term: RandomTerm, data: dict[str, pd.Series], rows: int) -> tuple[list[EffectBlock], np.ndarray]:
    """The columns of one random term; ``||`` makes every formula term a block of its own (as lme4 does)."""
    place = f"random term of “{term.group}”"
    if term.effects.strip() in ("1", "+ 1"):
        sides = ["1"]
    else:
        side, _ = checked(term.effects, data, place)
        sides = [side] if term.correlated else _separated(side)
    blocks, columns = [], []
    for side in sides:
        quick = plain_sum(side, data, rows)
        values, names, spec = (*quick, None) if quick else build(side, pd.DataFrame(data), place=place)
        if not names:
            raise refuse(f"the random term of “{term.group}” has no effects", "such as (1 | mentor)", place=place)
        blocks.append(EffectBlock(side, spec, tuple(names)))
        # A column of ones needs no memory of its own.
        columns.append(values if names != ["Intercept"] else np.broadcast_to(1.0, (rows, 1)))
    return blocks, columns[0] if len(columns) == 1 else np.hstack(columns)


def _separated(side: str) -> list[str]:
    terms = [str(term) for term in Formula(side)]
    return [term if term == "1" else f"0 + {term}" for term in terms]


def _membership(term: RandomTerm, data: dict[str, pd.Series]) -> tuple[np.ndarray, list, np.ndarray]:
    """Members of each row and their shares; a blank member has share 0, and shares are scaled to sum to one."""
    stacked = pd.concat([data[name].astype(object) for name in term.columns], ignore_index=True)
    codes, labels = pd.factorize(stacked, sort=True)
    codes = codes.reshape(len(term.columns), -1).T
    shares = np.stack([data[name].to_numpy(dtype=float) for name in term.weights], axis=1) if term.weights else np.ones(codes.shape)
    shares[codes < 0] = 0.0
    if not np.isfinite(shares).all() or (shares < 0).any() or (shares.sum(axis=1) <= 0).any():
        raise refuse(
            f"{term.group}: some rows have no member with a weight above 0", "weights of 0 or more, at least one positive in each row"
        )
    # ASSUME: membership weights say how the person's mentoring is shared out, so they sum to one.
    return codes, list(labels), shares / shares.sum(axis=1, keepdims=True)


def _check_size(level: Level, rows: int) -> None:
    if level.size < 2:
        raise refuse(
            f"“{level.name}” has only one group in the {rows} rows used",
            "two or more groups",
            "leave its random term out, or bring more data",
            place=f"grouping factor {level.name}",
        )
    if level.size * level.q >= rows:
        what = "as many groups as rows" if level.size >= rows else f"{level.size} groups × {level.q} effects for {rows} rows"
        raise refuse(
            f"“{level.name}” has {what}: its variance cannot be told from the residual",
            "several rows per group",
            "leave its random term out or simplify it",
            place=f"grouping factor {level.name}",
        )


def _refuse_twins(levels: list[Level]) -> None:
    """Two grouping factors that cut the rows in the same way cannot both be estimated."""
    for number, one in enumerate(levels):
        for other in levels[:number]:
            same_size = one.size == other.size and one.shares is None and other.shares is None
            if same_size and is_nested(one.codes, other.codes, one.size) is not None and set(one.effects) & set(other.effects):
                raise refuse(
                    f"“{one.name}” and “{other.name}” put the rows into the same groups",
                    "grouping factors that differ",
                    "keep one of the two random terms",
                    place="formula",
                )


def is_nested(inner: np.ndarray, outer: np.ndarray, inner_size: int) -> np.ndarray | None:
    """The outer group of each inner group, or None when some inner group lies in several."""
    parent = np.zeros(inner_size, dtype=np.intp)
    parent[inner] = outer
    return parent if np.array_equal(parent[inner], outer) else None


def membership_matrix(level: Level, z: np.ndarray | None) -> sparse.csr_matrix:
    """Z of one level, shape (n, groups · q), effects of a group side by side."""
    codes = level.codes if level.codes.ndim == 2 else level.codes[:, None]
    rows, members = codes.shape
    values = np.ones((rows, 1)) if z is None else z
    q = values.shape[1]
    shares = np.ones(codes.shape) if level.shares is None else level.shares
    data = shares[:, :, None] * values[:, None, :]
    columns = np.maximum(codes, 0)[:, :, None] * q + np.arange(q)
    index = np.repeat(np.arange(rows), members * q)
    return sparse.csr_matrix((data.ravel(), (index, columns.ravel())), shape=(rows, level.size * q))
