"""Reciprocity, agreement and truth and bias: by hand, against R, under the null, and where there is too little."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mentoring as mt
from mentoring.errors import StudyError
from mentoring.models.reciprocity import _gap_contrast
from mentoring.models.two_views import gap_and_limits, truth_and_bias

REFERENCE = Path(__file__).parents[1] / "reference"
WANT = json.loads((REFERENCE / "both_sides" / "both_sides.json").read_text())
NLME = json.loads((REFERENCE / "lmm" / "dyads.json").read_text())["owm"]


@pytest.fixture(scope="module")
def dyads() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "lmm" / "dyads.csv")


def stacked(dyads: pd.DataFrame) -> pd.DataFrame:
    sides = [("mentee", "q"), ("mentor", "mq")]
    return pd.concat([pd.DataFrame({"mentor": dyads["mentor"], "dyad": dyads["mentee"], "role": r, "y": dyads[y]}) for r, y in sides])


def side_by_side(dyads: pd.DataFrame) -> pd.DataFrame:
    return dyads.drop(columns=["wave", "program"]).assign(dyad=dyads["mentee"], mentor_answer=dyads["mq"], mentee_answer=dyads["q"])


def world(seed=1, mentors=24, each=4, waves=1, r=0.0) -> pd.DataFrame:
    g, n = np.random.default_rng(seed), mentors * each
    of = np.repeat(np.arange(mentors), each)
    level = g.multivariate_normal([0, 0], [[0.3, 0.1], [0.1, 0.3]], mentors)[of] + g.multivariate_normal([0, 0], [[1, r], [r, 1]], n)
    parts = []
    for wave in range(waves):
        y = 4 + level + (g.normal(size=(n, 2)) if waves > 1 else 0)
        parts += [
            pd.DataFrame({"mentor": of, "dyad": np.arange(n), "wave": wave, "role": role, "y": y[:, side]})
            for side, role in enumerate("ab")
        ]
    return pd.concat(parts, ignore_index=True)


def test_one_with_many_against_nlme(dyads):
    result = mt.reciprocity(stacked(dyads), answer="y", bootstraps=99)
    rows = result.quantities[result.quantities["topic"] == "reciprocity"].set_index("quantity")["estimate"]
    # nlme stops a little short of a correlation of one (see test_structures); so near the numbers lie all the same.
    assert rows["consensus"] == pytest.approx(NLME["consensus_icc_mentees"], abs=0.005)
    assert rows["assimilation"] == pytest.approx(NLME["assimilation_icc_mentor"], abs=0.005)
    assert rows["dyadic reciprocity"] == pytest.approx(NLME["dyad_rho"], abs=0.005)
    assert rows["generalised reciprocity"] == pytest.approx(1) and NLME["generalized_reciprocity"] > 0.96
    note = result.quantities.set_index("quantity").loc["generalised reciprocity", "note"]
    assert note.startswith("estimated at the boundary") and any("estimated as 1" in told for told in result.notes)


@pytest.mark.parametrize("one_role", [None, "coach"])
def test_the_roles_may_be_called_otherwise(dyads, one_role):
    named = stacked(dyads).rename(columns={"mentor": "coach" if one_role is None else "who"})
    named["role"] = named["role"].map({"mentor": "coach", "mentee": "athlete"})
    result = mt.reciprocity(named, answer="y", one="coach" if one_role is None else "who", one_role=one_role, bootstraps=9).quantities
    of = result[result["topic"] == "reciprocity"].set_index("quantity")
    assert of.loc["assimilation", "of"] == "coach" and of.loc["consensus", "of"] == "athlete"
    assert of.loc["assimilation", "estimate"] == pytest.approx(NLME["assimilation_icc_mentor"], abs=0.005)


def test_a_role_that_is_not_told_is_not_guessed(dyads):
    named = stacked(dyads).assign(role=lambda d: d["role"].map({"mentor": 1, "mentee": 0}))
    rows = mt.reciprocity(named, answer="y", bootstraps=9).quantities
    assert {"assimilation", "consensus"}.isdisjoint(rows["quantity"])
    assert rows[rows["quantity"] == "consensus or assimilation"]["note"].str.contains("one_role").all()
    with pytest.raises(StudyError, match="no role is called “2”"):
        mt.reciprocity(named, answer="y", one_role=2)
    with pytest.raises(StudyError, match="holds words"):
        mt.reciprocity(named.assign(y="often"), answer="y", one_role=1)


def test_gap_by_kenward_roger_against_r(dyads):
    rows, fit = gap_and_limits(side_by_side(dyads), 199)
    gap, low, high = rows
    for name in ("estimate", "se", "df"):
        assert gap[name] == pytest.approx(WANT["gap"][name], rel=1e-4)
    spread = np.sqrt(WANT["gap"]["between"] + WANT["gap"]["within"])
    assert low["estimate"] == pytest.approx(WANT["gap"]["estimate"] - 1.959964 * spread, abs=1e-4)
    assert high["estimate"] == pytest.approx(WANT["gap"]["estimate"] + 1.959964 * spread, abs=1e-4)
    assert low["ci_low"] < low["estimate"] < low["ci_high"] < high["ci_low"] and fit is not None


def test_icc_of_independent_dyads_is_that_of_mean_squares(dyads):
    one = mt.reciprocity(stacked(dyads.drop_duplicates("mentor")), answer="y", bootstraps=99)
    rows = one.quantities.set_index(["quantity", "of"])
    assert rows.loc[("absolute agreement, ICC(A,1)", "all relationships"), "estimate"] == pytest.approx(WANT["icc_a1"], abs=1e-6)
    first = dyads.drop_duplicates("mentor")
    r = np.corrcoef(first["q"], first["mq"])[0, 1]
    assert rows.loc[("rank agreement (r)", "all relationships"), "estimate"] == pytest.approx(r, abs=1e-5)
    assert "no mentor has several" in one.quantities.set_index("quantity").loc["generalised reciprocity", "note"]
    # Limits of agreement of independent dyads: mean ± 1.96 SD of the differences.
    rows, _ = gap_and_limits(side_by_side(first), 99)
    difference = first["q"] - first["mq"]
    assert rows[2]["estimate"] == pytest.approx(difference.mean() + 1.959964 * difference.std(), abs=1e-5)


def test_with_waves_lasting_and_momentary_reciprocity_are_told_apart():
    result = mt.reciprocity(world(seed=3, mentors=60, waves=3, r=0.5), answer="y", bootstraps=199)
    rows = result.quantities[result.quantities["topic"] == "reciprocity"].set_index("quantity")
    assert result.level == "dyad"
    assert rows.loc["dyadic reciprocity", "ci_low"] < 0.5 < rows.loc["dyadic reciprocity", "ci_high"]
    assert rows.loc["reciprocity of the moment", "ci_low"] < 0 < rows.loc["reciprocity of the moment", "ci_high"]
    assert rows.loc["dyadic reciprocity", "p"] < 0.05
    shares = result.quantities[result.quantities["topic"] == "variance"].groupby("of")["estimate"].sum()
    np.testing.assert_allclose(shares, 1)


def test_the_gap_contrast_averages_over_waves():
    data = world(waves=2)
    data.loc[(data["role"] == "b") & (data["wave"] == 1), "y"] += 3
    result = mt.reciprocity(data, answer="y", bootstraps=2)
    means = data.groupby(["role", "wave"])["y"].mean().unstack("wave")
    assert _gap_contrast(result.fit) @ result.fit.fixed_effects["estimate"] == pytest.approx(
        (means.loc["b"] - means.loc["a"]).mean(), abs=1e-6
    )


def test_intervals_and_p_hold_their_level():
    # Correlation zero in truth: 5 % of 40 is 2 wrong answers; more than 7 has a probability below .003.
    found = [mt.reciprocity(world(seed=seed), answer="y", bootstraps=199, seed=seed).quantities.set_index("quantity").loc["dyadic reciprocity"]
             for seed in range(40)]  # fmt: skip
    assert sum(row["p"] < 0.05 for row in found) <= 7
    assert sum(not row["ci_low"] <= 0 <= row["ci_high"] for row in found) <= 7


@pytest.mark.slow
@pytest.mark.parametrize("truth", [0.0, 0.5])
def test_coverage_of_dyadic_reciprocity(truth):
    covered = []
    for seed in range(300):
        row = (
            mt.reciprocity(world(seed=seed, r=truth), answer="y", bootstraps=199, seed=seed)
            .quantities.set_index("quantity")
            .loc["dyadic reciprocity"]
        )
        covered.append(row["ci_low"] <= truth <= row["ci_high"])
    assert 0.91 <= np.mean(covered) <= 0.98


def test_truth_and_bias_is_least_squares_where_nothing_repeats():
    g = np.random.default_rng(1)
    truth, own = g.normal(5, 1, 80), g.normal(4, 1, 80)
    answer = 5.4 + 0.6 * (truth - 5) + 0.3 * (own - 5) + g.normal(0, 0.5, 80)
    pairs = pd.DataFrame({"dyad": range(80), "mentor": range(80), "mentee": range(80), "wave": 1,
                          "mentee_answer": answer, "mentor_answer": truth, "mentee_own": own})  # fmt: skip
    rows = {row["quantity"]: row for row in truth_and_bias(pairs, "mentee", own=True)}
    middle = truth.mean()
    X = np.column_stack([np.ones(80), truth - middle, own - middle])
    beta, (rss,) = np.linalg.lstsq(X, answer - middle, rcond=None)[:2]
    se = np.sqrt(rss / 77 * np.diag(np.linalg.inv(X.T @ X)))
    for at, name in enumerate(("b0 directional bias", "b1 truth force", "b2 assumed similarity")):
        assert rows[name]["estimate"] == pytest.approx(beta[at], abs=1e-8) and rows[name]["se"] == pytest.approx(se[at], rel=1e-6)
        assert rows[name]["p"] == pytest.approx(2 * stats.t.sf(abs(beta[at] / se[at]), 77), rel=1e-5, abs=1e-12)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d.assign(y=d["y"].where(d["role"] == "mentee")), "1 values"),
        (lambda d: d.assign(role=d["role"] + d["dyad"].astype(str)), "values with answers"),
        (lambda d: d.rename(columns={"y": "z"}), "no such column"),
        (lambda d: d.assign(y=d.groupby(["mentor", "role"])["y"].transform("first")), "about the mentor"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(dyads, spoil, told):
    with pytest.raises(StudyError, match=told):
        mt.reciprocity(spoil(stacked(dyads)), answer="y", bootstraps=9)


def test_constant_answers_leave_notes(dyads):
    pairs = side_by_side(dyads).assign(mentor_answer=4.0, mentee_answer=4.0)
    rows, fit = gap_and_limits(pairs, 9)
    assert fit is None and all(row["note"] for row in rows) and all(row["note"] for row in truth_and_bias(pairs, "mentor"))
