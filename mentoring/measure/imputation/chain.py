"""One chain of fully conditional specification: every incomplete column is drawn in turn, given all others as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from mentoring.measure.imputation.compatible import CompatibleDraws, Curved
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
    curved : tuple of Curved
        Indices of what is drawn in step with the model of the explained columns.
    """

    data: pd.DataFrame
    layout: Layout
    variables: Sequence[Variable]
    passive: Passive | None
    explained: tuple[str, ...]
    products: Mapping[str, Sequence[tuple[str, str]]]
    curved: tuple[Curved, ...] = ()

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
        self._curved_rows: dict[str, np.ndarray] = {}
        self._chosen: dict[tuple[str, str], np.ndarray] = {}
        self._compatible = CompatibleDraws(self) if recipe.curved else None
        self._models: dict[str, list[NestedRegression]] = {v.name: self._models_of(v) for v in recipe.incomplete}

    def iterate(self) -> dict[str, tuple[float, float]]:
        """Draw every incomplete column once; mean and spread of what was drawn, by column."""
        self._refresh_passive()
        if self._compatible:
            self._compatible.draw_factors(SWEEPS)
        drawn = {}
        for variable in self.recipe.incomplete:
            values = self.values[variable.name]
            if self._models[variable.name] and self._in_step(variable):
                self._draw_in_step(variable)
            elif self._models[variable.name]:
                new = self._draw(variable)
                values[variable.missing] = new[variable.missing]
                self.set_rows(variable)
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
        if self._in_step(variable):
            # Its model leaves out the outcome, on which it may depend who is silent; so it is fitted to completed values.
            known = np.ones(variable.unit.count, dtype=bool)
        if variable.categories is None:
            return [NestedRegression(groupings, known)] if np.nanstd(variable.values) > 0 else []
        return [NestedRegression(groupings, known & (variable.values >= code), yes_no=True) for code in range(len(variable.categories) - 1)]

    def _in_step(self, variable: Variable) -> bool:
        return self._compatible is not None and variable.name in self._compatible.components

    def _draw_in_step(self, variable: Variable) -> None:
        assert self._compatible is not None
        _, blocks = self.parts(variable, self._compatible.explained, curved=False)
        x, _ = self.predictors(variable, blocks, "own")
        model = self._models[variable.name][0]
        mean = model.draw(x, self.values[variable.name], self.rng, SWEEPS)
        self._compatible.draw(variable, mean, float(np.sqrt(model.residual)))

    def _draw(self, variable: Variable) -> np.ndarray:
        _, blocks = self.parts(variable)
        x, _ = self.predictors(variable, blocks, "own")
        models, values = self._models[variable.name], self.values[variable.name]
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

    def parts(self, variable: Variable, without: frozenset[str] = frozenset(), curved: bool = True) -> tuple[list[str], list[np.ndarray]]:
        """Everything known of a variable's units: the others' values and their means over relationships and mentors, by name."""
        recipe, unit = self.recipe, variable.unit
        found = [("1", np.ones((unit.count, 1)))]
        found += [
            (other.name, self.block_of(other.name, unit))
            for other in recipe.variables
            if other is not variable and other.name not in without
        ]
        wave = recipe.data.get("wave")
        if wave is not None and "wave" in unit.name + "row" and wave.nunique() > 1:
            found.append(("wave", pd.get_dummies(wave).to_numpy(dtype=float)[:, 1:][unit.first]))
        found += [(name, self.block_of(name, unit)) for name in self._passive_rows if variable.name in recipe.explained]
        # What is made of a column says nothing about it that the column's own value does not.
        own = {index.name for index in recipe.curved if variable.name in index.of}
        found += [(name, self.block_of(name, unit)) for name in self._curved_rows if curved and name not in own]
        for first, second in recipe.products.get(variable.name, ()):
            a, b = self._rows[first], self._rows[second]
            rows = (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)
            found.append((f"{first} × {second}", self._block("", rows, recipe.layout.units[-1], unit)))
        return [name for name, _ in found], [block for _, block in found]

    def predictors(
        self, variable: Variable, blocks: Sequence[np.ndarray], what: str, always: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The predictors a model has, and which of all columns they are: chosen once, at the first visit."""
        x = np.hstack(blocks)
        if (variable.name, what) not in self._chosen:
            self._chosen[variable.name, what] = _strongest(x, variable, always)
        chosen = self._chosen[variable.name, what]
        return (x if len(chosen) == x.shape[1] else x[:, chosen]), chosen

    def block_of(self, name: str, unit: Unit) -> np.ndarray:
        """A column, passive or not, as predictor of some units."""
        if name in self._rows:
            return self._block(name, self._rows[name], self._by_name[name].unit, unit)
        rows = self._curved_rows[name] if name in self._curved_rows else self._passive_rows[name]
        return self._block(name, rows, self.recipe.layout.units[-1], unit)

    def set_rows(self, variable: Variable) -> None:
        """Hand a column's values, as they stand now, to the models of the others."""
        self._rows[variable.name] = variable.indicators(self.values[variable.name])[variable.unit.of_row]
        self._forget(variable.name)

    def refresh_curved(self, index: Curved, scales: dict[str, tuple[float, float]]) -> None:
        """Compute a curved index anew, in standard deviations of its first values."""
        columns = []
        for name in index.of:
            if name in self._by_name:
                variable = self._by_name[name]
                columns.append((self.values[name] * variable.spread + variable.centre)[variable.unit.of_row])
            else:
                columns.append(self.recipe.data[name].to_numpy(dtype="float64", na_value=np.nan))
        values = np.asarray(index.compute(np.column_stack(columns)), dtype=float)
        if index.name not in scales:
            known = values[np.isfinite(values)]
            scales[index.name] = (float(known.mean()), float(known.std()) or 1.0) if len(known) else (0.0, 1.0)
        centre, spread = scales[index.name]
        # Where there is no index (a flat profile) it takes the place of an average one.
        self._curved_rows[index.name] = np.where(np.isfinite(values), (values - centre) / spread, 0.0)[:, None]
        self._forget(index.name)

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


def _strongest(x: np.ndarray, variable: Variable, always: np.ndarray | None = None) -> np.ndarray:
    """Which columns stay: the intercept, and all others or, with few units, those that correlate most with what is known.

    Columns marked in `always` stay, whatever there is.
    """
    known = ~variable.missing
    most = max(FEWEST_PREDICTORS, int(known.sum()) // UNITS_PER_PREDICTOR)
    if x.shape[1] <= most + 1:
        return np.arange(x.shape[1])
    y = variable.indicators(variable.values)[known]
    with np.errstate(invalid="ignore", divide="ignore"):
        z, y = ((part - part.mean(axis=0)) / part.std(axis=0) for part in (x[known], y))
    strength = np.nan_to_num(np.abs(z.T @ y)).max(axis=1)
    strength[0] = np.inf
    if always is not None:
        strength[always] = np.inf
    return np.sort(np.argsort(-strength, kind="stable")[: max(most + 1, int(np.isinf(strength).sum()))])


def _filled(variable: Variable, rng: np.random.Generator) -> np.ndarray:
    """Start: missing values are drawn from the known ones."""
    values = variable.values.copy()
    values[variable.missing] = rng.choice(values[~variable.missing], size=int(variable.missing.sum()))
    return values


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))
