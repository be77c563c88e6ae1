"""One chain of fully conditional specification: every incomplete column is drawn in turn, given all others as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from mentoring.measure.imputation.nested_draws import NestedRegression
from mentoring.measure.imputation.units import Layout, Unit
from mentoring.measure.imputation.variables import Variable

# Computes columns from completed ones: what is never imputed itself, such as a similarity.
Passive = Callable[[pd.DataFrame], pd.DataFrame]
# Draws of a column's model at each visit; the variances go on from the visit before.
SWEEPS = 2
# Units per predictor below which a column's model keeps only the predictors that go with it most.
UNITS_PER_PREDICTOR = 5
FEWEST_PREDICTORS = 3


@dataclass(frozen=True)
class Recipe:
    """What every chain of an imputation shares.

    Attributes
    ----------
    data : DataFrame
        The table, rows in its order.
    layout : Layout
    variables : list of Variable
    passive : callable or None
    explained : tuple of str
        Columns whose models have the passive columns as predictors (outcomes).
    products : dict
        For a column, pairs of other columns whose products are predictors of it.
    """

    data: pd.DataFrame
    layout: Layout
    variables: Sequence[Variable]
    passive: Passive | None
    explained: tuple[str, ...]
    products: Mapping[str, Sequence[tuple[str, str]]]

    @property
    def incomplete(self) -> list[Variable]:
        """Columns to be drawn, the most complete first."""
        return sorted((v for v in self.variables if v.missing.any()), key=lambda v: v.missing.mean())


class Chain:
    """The state of one chain: all columns completed, and the models' variances."""

    def __init__(self, recipe: Recipe, rng: np.random.Generator):
        self.recipe, self.rng = recipe, rng
        self.values = {v.name: _filled(v, rng) for v in recipe.variables}
        self._by_name = {v.name: v for v in recipe.variables}
        self._blocks: dict[tuple[str, str], np.ndarray] = {}
        self._rows = {v.name: v.indicators(self.values[v.name])[v.unit.of_row] for v in recipe.variables}
        self._passive_rows: dict[str, np.ndarray] = {}
        self._models: dict[str, list[NestedRegression]] = {v.name: self._models_of(v) for v in recipe.incomplete}
        self._chosen: dict[str, np.ndarray] = {}

    def iterate(self) -> dict[str, tuple[float, float]]:
        """Draw every incomplete column once; mean and spread of what was drawn, by column."""
        self._refresh_passive()
        drawn = {}
        for variable in self.recipe.incomplete:
            values = self.values[variable.name]
            if self._models[variable.name]:
                new = self._draw(variable)
                values[variable.missing] = new[variable.missing]
                rows = variable.indicators(values)[variable.unit.of_row]
                self._rows[variable.name] = rows
                self._forget(variable.name)
            left = values[variable.missing]
            left = left if variable.categories is None else (left == 0).astype(float)
            drawn[variable.name] = (float(left.mean()), float(left.std()) if variable.categories is None else np.nan)
        return drawn

    def completed(self) -> pd.DataFrame:
        """The table with every missing value drawn; known values as they were."""
        new = {}
        for variable in self.recipe.incomplete:
            column = self.recipe.data[variable.name]
            drawn = pd.Series(variable.decoded(self.values[variable.name]), index=column.index)
            new[variable.name] = column.astype("float64").where(column.notna(), drawn.astype("float64")) if _is_number(column) \
                else column.astype("object").where(column.notna(), drawn).astype(column.dtype)  # fmt: skip
        return self.recipe.data.assign(**new)

    def _models_of(self, variable: Variable) -> list[NestedRegression]:
        """One model of a number; for categories one of each against all later ones; none where there is nothing to tell apart."""
        known, groupings = ~variable.missing, variable.unit.groupings
        if variable.categories is None:
            return [NestedRegression(groupings, known)] if np.nanstd(variable.values) > 0 else []
        return [NestedRegression(groupings, known & (variable.values >= code), yes_no=True) for code in range(len(variable.categories) - 1)]

    def _draw(self, variable: Variable) -> np.ndarray:
        x, models = self._design(variable), self._models[variable.name]
        values = self.values[variable.name]
        if variable.categories is None:
            mean = models[0].draw(x, values, self.rng, SWEEPS)
            return mean + np.sqrt(models[0].residual) * self.rng.standard_normal(len(mean))
        new = np.full(len(values), float(len(models)))
        open_still = np.ones(len(values), dtype=bool)
        for code, model in enumerate(models):
            mean = model.draw(x, (values == code).astype(float), self.rng, SWEEPS)
            taken = open_still & (self.rng.random(len(values)) < ndtr(mean))
            new[taken] = code
            open_still &= ~taken
        return new

    def _design(self, variable: Variable) -> np.ndarray:
        """Everything known of a variable's units: the others' values and their means over relationships and mentors."""
        recipe, unit = self.recipe, variable.unit
        blocks = [self._block(other.name, self._rows[other.name], other.unit, unit) for other in recipe.variables if other is not variable]
        wave = recipe.data.get("wave")
        if wave is not None and "wave" in unit.name + "row" and wave.nunique() > 1:
            blocks.append(pd.get_dummies(wave).to_numpy(dtype=float)[:, 1:][unit.first])
        for name, rows in self._passive_rows.items() if variable.name in recipe.explained else ():
            blocks.append(self._block(name, rows, recipe.layout.units[-1], unit))
        for first, second in recipe.products.get(variable.name, ()):
            a, b = self._rows[first], self._rows[second]
            rows = (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)
            blocks.append(self._block("", rows, recipe.layout.units[-1], unit))
        x = np.hstack([np.ones((unit.count, 1)), *blocks])
        if variable.name not in self._chosen:
            self._chosen[variable.name] = _strongest(x, variable)
        chosen = self._chosen[variable.name]
        return x if len(chosen) == x.shape[1] else x[:, chosen]

    def _block(self, name: str, rows: np.ndarray, own: Unit, unit: Unit) -> np.ndarray:
        """A column as predictor of some units: its mean over the unit, and over the unit's relationship and mentor where these differ."""
        key = (name, unit.name)
        if name and key in self._blocks:
            return self._blocks[key]
        layout, parts = self.recipe.layout, [unit.mean(rows)]
        for cluster in layout.clusters.values():
            if cluster.count < unit.count and layout.varies_within(own, cluster) and layout.varies_within(unit, cluster):
                parts.append(cluster.mean(rows)[cluster.of_row[unit.first]])
        block = np.hstack(parts)
        if name:
            self._blocks[key] = block
        return block

    def _forget(self, name: str) -> None:
        for key in [key for key in self._blocks if key[0] == name]:
            del self._blocks[key]

    def _refresh_passive(self) -> None:
        if self.recipe.passive is None or not set(self.recipe.explained) & {v.name for v in self.recipe.incomplete}:
            return
        for name, column in self.recipe.passive(self.completed()).items():
            values = column.to_numpy(dtype="float64", na_value=np.nan)
            spread = np.nanstd(values)
            known = np.where(np.isfinite(values), values, np.nanmean(values)) if np.isfinite(values).any() else np.zeros(len(values))
            self._passive_rows[str(name)] = ((known - known.mean()) / (spread if spread > 0 else 1.0))[:, None]
            self._forget(str(name))


def _strongest(x: np.ndarray, variable: Variable) -> np.ndarray:
    """Which columns stay: the intercept, and all others or, with few units, those that correlate most with what is known."""
    known = ~variable.missing
    most = max(FEWEST_PREDICTORS, int(known.sum()) // UNITS_PER_PREDICTOR)
    if x.shape[1] <= most + 1:
        return np.arange(x.shape[1])
    y = variable.indicators(variable.values)[known]
    with np.errstate(invalid="ignore", divide="ignore"):
        z, y = ((part - part.mean(axis=0)) / part.std(axis=0) for part in (x[known], y))
    strength = np.nan_to_num(np.abs(z.T @ y)).max(axis=1)
    strength[0] = np.inf
    return np.sort(np.argsort(-strength, kind="stable")[: most + 1])


def _filled(variable: Variable, rng: np.random.Generator) -> np.ndarray:
    """Start: missing values are drawn from the known ones."""
    values = variable.values.copy()
    values[variable.missing] = rng.choice(values[~variable.missing], size=int(variable.missing.sum()))
    return values


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))
