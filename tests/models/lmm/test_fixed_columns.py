"""A matrix worked on block by block gives what the whole matrix gives."""

import numpy as np
import pytest

from mentoring.models.lmm.fixed_columns import BLOCK, FixedColumns


@pytest.mark.parametrize("weighted", [False, True])
def test_blocks_are_the_whole(weighted):
    rng = np.random.default_rng(2)
    n = BLOCK  # four blocks and none left over, then one row more
    for rows in (n, n + 1, 50):
        raw, mean, factor = rng.normal(size=(rows, 4)), rng.normal(size=4), rng.uniform(0.1, 9, 4)
        root = rng.uniform(0.5, 2, rows) if weighted else None
        by_hand = (raw - mean) * factor * (1.0 if root is None else root[:, None])
        right = rng.normal(size=(rows, 2))
        columns = FixedColumns(raw, mean, factor, root)
        assert sum(len(part) for _, part in columns.blocks()) == rows
        np.testing.assert_allclose(columns.products(right)[0], by_hand.T @ by_hand, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(columns.products(right)[1], by_hand.T @ right, rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(columns.transposed_times(right), by_hand.T @ right, rtol=1e-12, atol=1e-9)
        np.testing.assert_array_equal(columns.of(np.array([0, rows - 1])), columns.whole[[0, rows - 1]])
        np.testing.assert_allclose(columns.whole, by_hand, rtol=1e-14)


def test_a_matrix_without_columns():
    columns = FixedColumns(np.zeros((9000, 0)), np.zeros(0), np.zeros(0))
    assert columns.products(np.ones(9000))[0].shape == (0, 0) and columns.transposed_times(np.ones(9000)).shape == (0,)
