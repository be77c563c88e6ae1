"""Polychoric correlations: against lavaan and psych, in closed form, and at the edge."""


import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mentoring.measure.factors.polychoric import cell_probabilities, polychoric
from tests.measure.test_factors import COMPLETE, EXPECTED, MENTEE

NAMES = [item for items in MENTEE.values() for item in items]


def test_agrees_with_lavaan():
    found = polychoric(COMPLETE[NAMES])
    assert found.r.to_numpy() == pytest.approx(np.array(EXPECTED["polychoric"]), abs=2e-3)
    assert np.abs(found.r.to_numpy() - np.array(EXPECTED["polychoric"])).max() < 2e-4


def test_tetrachoric_in_closed_form():
    """With both items cut in the middle, P(both above) = 1/4 + asin(r) / (2π) (Sheppard 1899)."""
    cells = {(0, 0): 80, (1, 1): 80, (0, 1): 40, (1, 0): 40}
    rows = [pair for pair, count in cells.items() for _ in range(count)]
    found = polychoric(pd.DataFrame(rows, columns=["a", "b"]))
    assert found.r.iloc[0, 1] == pytest.approx(np.sin(2 * np.pi * (80 / 240 - 0.25)), abs=1e-6)


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.6, 0.99])
def test_cell_probabilities_are_those_of_the_normal(r):
    rows, columns = np.array([-0.8, 0.4]), np.array([0.1])
    found = cell_probabilities(r, rows, columns)
    both = stats.multivariate_normal([0, 0], [[1, r], [r, 1]])
    assert found[0, 0] == pytest.approx(both.cdf([-0.8, 0.1]), abs=1e-6)
    assert found.sum() == pytest.approx(1, abs=1e-12) and found.sum(axis=1) == pytest.approx(np.diff(stats.norm.cdf([-np.inf, *rows, np.inf])))


def test_items_that_always_go_together_are_noted():
    a = np.tile([1, 2, 3, 4], 20)
    found = polychoric(pd.DataFrame({"a": a, "b": a}))
    assert found.r.iloc[0, 1] > 0.99 and "without exception" in found.notes[0]
