"""Draws of what a curved similarity is made of, in step with the model of the outcome: proposed from one model, accepted by the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from mentoring.measure.imputation.nested_draws import NestedRegression
from mentoring.measure.imputation.variables import Variable

if TYPE_CHECKING:
    from mentoring.measure.imputation.chain import Chain

# Proposals per missing value and round: the first from the value's own model, later ones a step of this many residual SDs from where it stands.
PROPOSALS = 3
STEP = 0.7


@dataclass(frozen=True)
class Curved:
    """An index that goes with the outcome but not in a straight line with what it is made of, such as a distance.

    Attributes
    ----------
    name : str
    of : tuple of str
        Columns of numbers.
    compute : callable
        Takes their completed values, shape (rows, len(of)), gives the index of every row.
    """

    name: str
    of: tuple[str, ...]
    compute: Callable[[np.ndarray], np.ndarray]


@dataclass
class Factor:
    """The density of one explained column given what it is explained by: its model, and the model's last draw.

    Attributes
    ----------
    mean : ndarray, shape (units,)
        Predicted values with the intercepts drawn, at the values as they stand.
    weights : dict
        Coefficients of each predictor's columns.
    """

    variable: Variable
    without: frozenset[str]
    counted: np.ndarray
    model: NestedRegression
    mean: np.ndarray
    weights: dict[str, np.ndarray]


class CompatibleDraws:
    """Draws of the columns that curved indices are made of, within one chain.

    The joint model is: these columns given all others that are not explained (a linear model each, fitted to completed values), times the
    explained columns in turn, each linear in everything before it, the indices among it, with the usual random intercepts. A missing value
    is proposed from the first and accepted by Metropolis and Hastings' rule with the ratio of the second. Values of one mentor's
    relationships are visited one after the other, since means over the mentor are predictors.

    # ASSUME: what indices are made of is normal given the other columns, before the outcome is looked at.

    References
    ----------
    Bartlett, Seaman, White & Carpenter (2015), Stat. Methods Med. Res. 24, 462 (there by rejection). R: ``smcfcs`` (one level), ``jomo.smc``,
    ``mdmb``.
    """

    def __init__(self, chain: Chain):
        self.chain, recipe = chain, chain.recipe
        by_name = {variable.name: variable for variable in recipe.variables}
        self.components = frozenset(
            name for index in recipe.curved for name in index.of if name in by_name and by_name[name].categories is None
        )
        explained = [
            by_name[name]
            for name in recipe.explained
            if name in by_name and by_name[name].categories is None and name not in self.components
        ]
        self.explained = frozenset(variable.name for variable in explained)
        self._scales: dict[str, tuple[float, float]] = {}
        self._reached: dict[str, np.ndarray] = {}
        for index in recipe.curved:
            chain.refresh_curved(index, self._scales)
        # The outcome comes first in `explained` and last here: it may depend on all others.
        later = {variable.name for variable in explained}
        self.factors = []
        for variable in reversed(explained):
            outcome = variable.name == recipe.explained[0]
            # A missing outcome says nothing about its predictors; other missing explained columns are given once drawn.
            counted = ~variable.missing if outcome else np.ones(variable.unit.count, dtype=bool)
            self.factors.append(
                Factor(
                    variable,
                    frozenset(later),
                    counted,
                    NestedRegression(variable.unit.groupings, counted),
                    np.zeros(variable.unit.count),
                    {},
                )
            )
            later.discard(variable.name)

    def draw_factors(self, sweeps: int) -> None:
        """New parameters of the explained columns' models, given all values as they stand."""
        for factor in self.factors:
            names, blocks = self.chain.parts(factor.variable, factor.without)
            x, chosen = self.chain.predictors(factor.variable, blocks, "factor", always=self._keep(names, blocks))
            factor.mean = factor.model.draw(x, self.chain.values[factor.variable.name], self.chain.rng, sweeps)
            full = np.zeros(sum(block.shape[1] for block in blocks))
            full[chosen] = factor.model.beta
            ends = np.cumsum([block.shape[1] for block in blocks])[:-1]
            factor.weights = {name: part for name, part in zip(names, np.split(full, ends), strict=True) if name in self._moving}

    def draw(self, variable: Variable, mean: np.ndarray, sd: float) -> None:
        """Move the missing values of one column, whose own model says `mean` and `sd`."""
        values, rng = self.chain.values[variable.name], self.chain.rng
        group = self._groups(variable)
        current, state = self._misfit(group.max() + 1, group, variable), self._snapshot(variable)
        for which in _rounds(variable.missing, group, rng):
            for proposal in range(PROPOSALS):
                old, near = values[which], proposal > 0
                values[which] = new = (old if near else mean[which]) + (STEP if near else 1.0) * sd * rng.standard_normal(len(which))
                moved = self._moved(variable, state)
                proposed = self._misfit(len(current), group, variable, moved)
                log_ratio = (current - proposed)[group[which]]
                if near:
                    log_ratio = log_ratio + ((old - mean[which]) ** 2 - (new - mean[which]) ** 2) / (2 * sd**2)
                taken = np.log(rng.random(len(which))) < log_ratio
                if not taken.all():
                    values[which[~taken]] = old[~taken]
                    moved = self._moved(variable, state)
                state = self._snapshot(variable)
                for factor, change in zip(self.factors, moved, strict=True):
                    factor.mean = factor.mean + change
                current[group[which[taken]]] = proposed[group[which[taken]]]

    @property
    def _moving(self) -> frozenset[str]:
        return self.components | {index.name for index in self.chain.recipe.curved}

    def _keep(self, names: list[str], blocks: list[np.ndarray]) -> np.ndarray:
        """Which predictors a model never goes without: the indices and what they are made of."""
        return np.concatenate([np.full(block.shape[1], name in self._moving) for name, block in zip(names, blocks, strict=True)])

    def _snapshot(self, variable: Variable) -> list[dict[str, np.ndarray]]:
        """The predictors' columns that a change of one column changes, for each factor."""
        names = [variable.name, *(index.name for index in self.chain.recipe.curved if variable.name in index.of)]
        return [{name: self.chain.block_of(name, factor.variable.unit) for name in names} for factor in self.factors]

    def _moved(self, variable: Variable, before: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
        """How far each factor's predictions are from where they were at the snapshot, now that values have changed."""
        self.chain.set_rows(variable)
        for index in self.chain.recipe.curved:
            if variable.name in index.of:
                self.chain.refresh_curved(index, self._scales)
        return [
            sum(
                ((self.chain.block_of(name, factor.variable.unit) - block) @ factor.weights[name] for name, block in blocks.items()),
                np.zeros(1),
            )
            for factor, blocks in zip(self.factors, before, strict=True)
        ]

    def _misfit(self, count: int, group: np.ndarray, variable: Variable, moved: list[np.ndarray] | None = None) -> np.ndarray:
        """Minus the log-density of the explained columns, summed over the rows that hang together."""
        total = np.zeros(count)
        rows = group[variable.unit.of_row]
        for number, factor in enumerate(self.factors):
            y = self.chain.values[factor.variable.name]
            left = np.where(factor.counted, y - factor.mean - (moved[number] if moved else 0.0), 0.0)
            total += np.bincount(rows[factor.variable.unit.first], left**2 / (2 * factor.model.residual), minlength=count)
        return total

    def _groups(self, variable: Variable) -> np.ndarray:
        """For each unit, the rows its value can reach by way of means over mentors: the connected parts of mentors and units."""
        if variable.name in self._reached:
            return self._reached[variable.name]
        layout = self.chain.recipe.layout
        mentor = layout.clusters["mentor"].of_row if "mentor" in layout.clusters else np.zeros(len(variable.unit.of_row), dtype=int)
        others = [factor.variable.unit for factor in self.factors]
        offset, links = variable.unit.count, []
        for codes in [mentor, *(unit.of_row for unit in others)]:
            links.append((variable.unit.of_row, offset + codes))
            offset += int(codes.max()) + 1
        left, right = (np.concatenate(side) for side in zip(*links, strict=True))
        graph = sparse.coo_matrix((np.ones(len(left)), (left, right)), shape=(offset, offset))
        labels = connected_components(graph, directed=False)[1][: variable.unit.count]
        self._reached[variable.name] = np.unique(labels, return_inverse=True)[1]
        return self._reached[variable.name]


def _rounds(missing: np.ndarray, group: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The missing units, at most one of each group at a time, in random order."""
    units = rng.permutation(np.flatnonzero(missing))
    units = units[np.argsort(group[units], kind="stable")]
    own = group[units]
    starts = np.flatnonzero(np.concatenate([[True], own[1:] != own[:-1]])) if len(own) else np.zeros(0, dtype=int)
    turn = np.arange(len(units)) - np.repeat(starts, np.diff(np.append(starts, len(units))))
    return [units[turn == number] for number in range(int(turn.max()) + 1 if len(turn) else 0)]
