"""Exploratory factors against psych and stats (tests/reference/factors/explore.R), parallel analysis, and answers that allow neither."""

import json

import numpy as np
import pandas as pd
import pytest

from mentoring.measure.declared import Sheets
from mentoring.measure.explored import explored
from mentoring.measure.factors import polychoric
from mentoring.measure.factors.explore import explore, parallel_analysis
from mentoring.measure.structure import factor_tables
from tests.measure.test_bad_answers import BAD, SCALES, answers, study
from tests.measure.test_declared import ALL, SHEETS, declared, keyed
from tests.measure.test_declared import SCALES as REAL
from tests.measure.test_factors import COMPLETE, REFERENCE

EXPECTED = json.loads((REFERENCE / "explore.json").read_text())
X = COMPLETE[list(ALL)].to_numpy(dtype=float)
R = np.corrcoef(X, rowvar=False)
KEY = {"scale": "s", "role": "mentee", "wave": 1}


def test_three_factors_agree_with_psych_and_promax():
    found = explore(R, list(ALL), 3)
    assert found.unique == pytest.approx(np.array(EXPECTED["unique"]), abs=1e-4)
    pattern, phi = np.array(EXPECTED["pattern"]), np.array(EXPECTED["phi"])
    order, sign = [0, 2, 1], np.array([1, -1, 1])  # R's factors come in another order, one of them upside down
    assert found.loadings.to_numpy() == pytest.approx((pattern[:, order] * sign), abs=1e-4)
    assert found.correlations == pytest.approx(phi[np.ix_(order, order)] * np.outer(sign, sign), abs=1e-4)
    assert not found.heywood


def test_one_factor_agrees_with_psych():
    assert explore(R, list(ALL), 1).loadings["F1"].to_numpy() == pytest.approx(np.array(EXPECTED["one"]), abs=1e-5)


def test_a_perfect_structure_is_found_again():
    """By hand: two factors, loadings .8 and .6, correlation 0: promax leaves them as they are."""
    loadings = np.zeros((6, 2))
    loadings[:3, 0], loadings[3:, 1] = 0.8, 0.6
    r = loadings @ loadings.T
    np.fill_diagonal(r, 1.0)
    found = explore(r, list("abcdef"), 2)
    assert found.loadings.to_numpy() == pytest.approx(loadings, abs=1e-5) and found.correlations == pytest.approx(np.eye(2), abs=1e-5)
    assert found.unique == pytest.approx(np.array([0.36] * 3 + [0.64] * 3), abs=1e-5)


def test_chance_eigenvalues_are_those_of_psych():
    found = parallel_analysis(X, R, np.random.default_rng(1), ordered=False)
    assert found.eigenvalues == pytest.approx(np.array(EXPECTED["eigen"]), abs=1e-9)
    assert found.mean == pytest.approx(np.array(EXPECTED["shuffled_mean"]), abs=0.01)
    assert found.kept == EXPECTED["kept"] == 3


def test_cheap_chance_of_polychorics_is_near_the_real_one():
    generator = np.random.default_rng(5)
    real = [
        np.linalg.eigvalsh(polychoric(pd.DataFrame(generator.permuted(X, axis=0), columns=list(ALL))).r.to_numpy())[::-1] for _ in range(15)
    ]
    r = polychoric(COMPLETE[list(ALL)]).r.to_numpy()
    cheap = parallel_analysis(X, r, generator, ordered=True)
    assert cheap.mean == pytest.approx(np.mean(real, axis=0), abs=0.06) and cheap.kept == 3


def test_unrelated_items_seldom_have_a_factor():
    generator = np.random.default_rng(11)
    kept = []
    for _ in range(60):
        x = generator.normal(size=(120, 6)).round()
        kept.append(parallel_analysis(x, np.corrcoef(x, rowvar=False), generator, ordered=False, draws=100).kept > 0)
    assert np.mean(kept) < 0.15


def test_a_structure_declared_unknown_reaches_the_tables():
    rows, dyads = keyed(SHEETS)
    tables = factor_tables(rows, REAL, dyads, [declared("explore")], seed=4)
    loadings = tables["loadings"].query("scale == 'together'")
    found = tables["exploration"]
    assert set(found["correlations"]) == {"pearson", "polychoric"} and found.loc[found["used"], "kept"].sum() == 3
    assert set(loadings["factor"]) == {"F1", "F2", "F3"} and len(loadings) == 30
    main = loadings.loc[loadings.groupby("item")["loading"].idxmax()]
    assert main.groupby("factor")["item"].apply(lambda items: len({item[:4] for item in items})).tolist() == [1, 1, 1]
    assert len(tables["factor_correlations"].query("scale == 'together'")) == 3
    again = factor_tables(rows, REAL[::-1], dyads, [declared("explore")], seed=4)["exploration"]
    pd.testing.assert_frame_equal(found, again)


def test_few_categories_are_explored_by_polychorics():
    few = answers(200, categories=4)
    found = explored(KEY, list(few.columns), Sheets(few, "", ""), 1, ordered=True)
    assert {row["correlations"] for row in found["exploration"] if row["used"]} == {"polychoric"}


@pytest.mark.parametrize("name", BAD)
def test_bad_answers_are_told(name):
    data, _ = BAD[name]
    rows, dyads = study(data, [("mentee", 1)])
    tables = factor_tables(rows, SCALES[1:2], dyads, [declared("explore", ["all"])])
    fits = tables["factor_fit"].query("model == 'explore'")
    assert fits["note"].notna().all() and len(fits) == 1
    for table in (tables["exploration"], tables["loadings"].query("scale == 'together'")):
        value = table["eigenvalue" if "eigenvalue" in table else "loading"]
        assert np.isfinite(value.dropna()).all() and table.loc[value.isna(), "note"].notna().all()
