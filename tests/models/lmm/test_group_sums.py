"""One pass over the rows gives what the definition gives, and plain sums of columns are what formulaic makes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mentoring.models.lmm.compress import compressed
from mentoring.models.lmm.fixed_columns import FixedColumns
from mentoring.models.lmm.formula import build, plain_sum
from mentoring.models.lmm.group_sums import GroupSums


@pytest.mark.parametrize("compiled", [False, True])
def test_sums_follow_their_definition(compiled):
    rng = np.random.default_rng(4)
    n, inner = 200, 30
    codes, outer_of = rng.integers(0, inner, n), np.sort(rng.integers(0, 5, inner))
    codes[:inner] = np.arange(inner)
    slope, X, y = rng.normal(size=n), rng.normal(size=(n, 3)), rng.normal(size=n)
    z = [np.column_stack([np.ones(n), slope]), None]
    mean, factor = np.array([0.5, -2.0, 0.0]), np.array([1.0, 3.0, 0.25])
    sums = GroupSums(z, FixedColumns(X, mean, factor), y, codes, inner, np.arange(inner), [np.flatnonzero(np.diff(outer_of, prepend=-1))], compiled)
    X = (X - mean) * factor
    ones = np.ones((n, 1))
    for number, (own, right, group) in enumerate(((z[0], [ones, X, y[:, None]], codes), (ones, [X, y[:, None]], outer_of[codes]))):
        a, b = sums.of(number)
        for place, g in enumerate(np.unique(group)):
            rows = group == g
            np.testing.assert_allclose(a[place], own[rows].T @ own[rows], rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(b[place], own[rows].T @ np.column_stack(right)[rows], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("parents", [None, np.repeat(np.arange(12), 10)])
def test_merging_keeps_every_product_that_the_likelihood_reads(parents):
    rng = np.random.default_rng(5)
    a = rng.integers(2, 4, 120).astype(float)[:, None, None]
    b = np.concatenate([*([a] if parents is not None else []), rng.normal(size=(120, 1, 3))], axis=2)[None]
    links = 0 if parents is None else 1
    results = [compressed(a, b, links, parents, compiled) for compiled in (False, True)]
    for merged in results:
        new_a, new_b, times, parent, loose = merged
        assert len(new_a) < 120 and times.sum() == pytest.approx(120) and (np.diff(parent) >= 0).all()
        assert not new_b[0, loose][..., :links].any()
        for size in (2.0, 3.0):
            old, new = a[:, 0, 0] == size, new_a[:, 0, 0] == size
            np.testing.assert_allclose(new_b[0, new, 0].T @ new_b[0, new, 0], b[0, old, 0].T @ b[0, old, 0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("side", ["1", "x", "0 + x", "x + w", "1 + w", "x + 0"])
def test_plain_sums_are_formulaics(side):
    data = pd.DataFrame(np.random.default_rng(1).normal(size=(9, 2)), columns=["x", "w"])
    values, names = plain_sum(side, dict(data.items()), len(data))
    expected, expected_names, _ = build(side, data)
    assert names == expected_names
    np.testing.assert_array_equal(values, expected)
