"""Columns that say nothing new are found, whichever rows they would have said it in."""

import numpy as np
import pytest

from mentoring.models.lmm.aliasing import SOME_ROWS, independent_columns

ROWS = 3 * SOME_ROWS
TERMS = ["Intercept", "a", "b"]


def _matrix(b):
    rng = np.random.default_rng(5)
    a = rng.normal(size=ROWS)
    # The first rows, which are looked at first, hold next to nothing of `a`.
    a[:SOME_ROWS] *= 1e-8
    return np.column_stack([np.ones(ROWS), a, b(a, rng.normal(size=ROWS))])


@pytest.mark.parametrize(
    ("b", "kept"),
    [
        (lambda a, noise: noise, [0, 1, 2]),
        (lambda a, noise: 2 * a, [0, 1]),
        # New in the first rows, where both are minute: less than R's limit of the whole.
        (lambda a, noise: np.where(np.arange(ROWS) < SOME_ROWS, 1e-9 * noise, a), [0, 1]),
        # The same in the first rows, new in the others.
        (lambda a, noise: np.where(np.arange(ROWS) < SOME_ROWS, a, noise), [0, 1, 2]),
        (lambda a, noise: np.full(ROWS, 3.0), [0, 1]),
    ],
)
def test_what_is_new_in_many_rows(b, kept):
    X = _matrix(b)
    assert list(independent_columns(X, TERMS)) == kept
    np.testing.assert_array_equal(independent_columns(X[::-1], TERMS), kept)
