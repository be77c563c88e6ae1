"""Actor and partner effects: by hand, against R, under the null, with waves, and where there is too little."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mentoring as mt
from mentoring.errors import StudyError
from mentoring.models.actor_partner import SMALL_ACTOR, without_each

REFERENCE = Path(__file__).parents[1] / "reference"
WANT = json.loads((REFERENCE / "both_sides" / "both_sides.json").read_text())


def world(seed=1, mentors=20, each=3, waves=1, actor=0.4, partner=0.0, about_self=False) -> pd.DataFrame:
    """Mentors with mentees; standing and outcome of both sides correlated at every level."""
    g, n = np.random.default_rng(seed), mentors * each
    of = np.repeat(np.arange(mentors), each)

    def two(variance, r, size):
        return g.multivariate_normal([0, 0], variance * np.array([[1, r], [r, 1]]), size)

    steady, level = two(0.4, 0.3, mentors)[of] + two(0.6, 0.2, n), two(0.3, 0.5, mentors)[of] + two(0.3, 0.3, n)
    parts = []
    for wave in range(1, waves + 1):
        x = steady + (two(0.3, 0.2, n) if waves > 1 else 0)
        y = 4 + level + two(0.7, 0.3, n) * [1, 1.3] + actor * x + partner * x[:, ::-1]
        for side, role in enumerate(("mentor", "mentee")):
            person = [f"M{m}" if role == "mentor" else f"E{d}" for d, m in enumerate(of)]
            part = pd.DataFrame(
                {"mentor": of, "dyad": np.arange(n), "wave": wave, "role": role, "person": person, "x": x[:, side], "y": y[:, side]}
            )
            if about_self and role == "mentor":
                part["y"] = part.groupby("mentor")["y"].transform("first")
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def golden() -> pd.DataFrame:
    d = pd.read_csv(REFERENCE / "lmm" / "dyads.csv").drop_duplicates("mentor")
    sides = [("mentee", "q", "Y"), ("mentor", "mq", "X")]
    return pd.concat(
        [pd.DataFrame({"dyad": d["mentee"], "role": role, "y": d[y], "x": d[x] - 4.5}) for role, y, x in sides], ignore_index=True
    )


def test_effects_ratio_and_test_of_roles_against_nlme(golden):
    want, result = WANT["independent"], mt.actor_partner(golden, outcome="y", predictor="x")
    rows = result.effects.set_index(["role", "effect"])
    for role in ("mentee", "mentor"):
        for effect, theirs in (("actor", "ownc"), ("partner", "othc")):
            assert rows.loc[(role, effect), "estimate"] == pytest.approx(want["coef"][f"role{role}:{theirs}"], abs=1e-6)
            assert rows.loc[(role, effect), "se"] == pytest.approx(want["se"][f"role{role}:{theirs}"], rel=1e-4)
            # Independent dyads: as many degrees of freedom as a regression of 24 dyads on an intercept and two predictors has.
            assert rows.loc[(role, effect), "df"] == pytest.approx(21, abs=0.02)
    k = rows.loc[("mentee", "k")]
    assert k["estimate"] == pytest.approx(want["k_mentee"]["k"], abs=1e-6) and k["ci_low"] < k["estimate"] < k["ci_high"]
    assert rows.loc[("mentor", "k"), "note"] == SMALL_ACTOR and np.isnan(rows.loc[("mentor", "k"), "estimate"])
    test = result.distinguishable
    assert (test.statistic, test.df) == (pytest.approx(want["lr"], abs=1e-4), 4) and test.p < 0.001
    assert "LR = 25.64, df = 4" in repr(result)


def test_indistinguishable_means_equal_across_roles_not_actor_equal_to_partner(golden):
    want, result = WANT["independent"]["same"], mt.actor_partner(golden, outcome="y", predictor="x", distinguishable=False)
    rows = result.effects.set_index(["role", "effect"])["estimate"]
    assert rows[("both", "actor")] == pytest.approx(want["ownc"], abs=2e-3) and rows[("both", "partner")] == pytest.approx(
        want["othc"], abs=2e-3
    )
    assert rows[("both", "actor")] != pytest.approx(rows[("both", "partner")], abs=0.1)
    same = result.fits["same for both"].fixed_effects.set_index("term")["estimate"]
    assert same["actor"] == pytest.approx(want["ownc"], abs=1e-5) and same["partner"] == pytest.approx(want["othc"], abs=1e-5)


def test_by_hand_without_noise_between_the_two_answers():
    # Outcomes that are exact sums of standings and one person's noise: least squares per role gives the same.
    data = world(seed=3, mentors=60, each=1, actor=0.5, partner=0.2)
    result = mt.actor_partner(data, outcome="y", predictor="x", groups=[])
    for role, other in (("mentor", "mentee"), ("mentee", "mentor")):
        own, partner = (data[data["role"] == name].sort_values("dyad").reset_index(drop=True) for name in (role, other))
        X = np.column_stack([np.ones(60), own["x"], partner["x"]])
        by_hand = np.linalg.lstsq(X, own["y"].to_numpy(), rcond=None)[0]
        got = result.effects.set_index(["role", "effect"])["estimate"]
        # Both equations have the same columns, so joint estimation changes nothing (Zellner 1962).
        assert (got[(role, "actor")], got[(role, "partner")]) == (pytest.approx(by_hand[1], abs=1e-6), pytest.approx(by_hand[2], abs=1e-6))


def test_known_effects_are_found_with_mentors_and_waves():
    result = mt.actor_partner(world(seed=8, mentors=60, waves=3, partner=0.25), outcome="y", predictor="x")
    rows = result.effects[result.effects["effect"] != "k"].set_index(["role", "effect"])
    for (_, effect), row in rows.iterrows():
        assert row["ci_low"] < {"actor": 0.4, "partner": 0.25}[effect] < row["ci_high"]
    assert "(0 + role | mentor) + (0 + role | dyad)" in result.fit.formula and "role:wave" in result.fit.formula
    k = result.effects[result.effects["effect"] == "k"]
    assert ((k["ci_low"] < 0.25 / 0.4) & (k["ci_high"] > 0.25 / 0.4)).all()
    assert not result.fits["same for both"].singular and result.distinguishable.df == 4 + 2 + 2  # waves by role, a variance per group


def test_one_role_without_repeats_gets_no_effect_per_mentor():
    result = mt.actor_partner(world(about_self=True, mentors=40), outcome="y", predictor="x")
    assert "(0 + only_mentee | mentor)" in result.fit.formula
    mentors = result.rows[result.rows["role"] == "mentor"]
    assert len(mentors) == mentors["person"].nunique() == 40
    data = world(about_self=True, mentors=40)
    partner = data[(data["mentor"] == 0) & (data["role"] == "mentee")]["x"].mean()
    assert mentors.loc[mentors["mentor"] == 0, "partner"].item() == pytest.approx(partner)
    assert any("counts once per person" in note for note in result.notes)


def test_next_wave_sets_standing_before_outcome():
    data = world(seed=5, mentors=30, waves=3)
    result = mt.actor_partner(data, outcome="y", predictor="x", lagged=True)
    first = result.rows[(result.rows["dyad"] == 4) & (result.rows["role"] == "mentee") & (result.rows["wave"] == "wave 1")].iloc[0]
    at = data[(data["dyad"] == 4) & (data["role"] == "mentee")].set_index("wave")
    other = data[(data["dyad"] == 4) & (data["role"] == "mentor")].set_index("wave")
    assert (first["outcome"], first["before"]) == (at.loc[2, "y"], at.loc[1, "y"])
    assert (first["actor"], first["partner"]) == (at.loc[1, "x"], other.loc[1, "x"])
    assert set(result.rows["wave"]) == {"wave 1", "wave 2"} and "before_mentor" in set(result.fit.fixed_effects["term"])
    with pytest.raises(StudyError, match="only one wave"):
        mt.actor_partner(world(), outcome="y", predictor="x", lagged=True)


def test_error_rate_of_partner_effects_with_few_mentors():
    wrong = np.array([
        mt.actor_partner(world(seed=seed, mentors=12), outcome="y", predictor="x", bootstraps=10).effects.query("effect == 'partner'")["p"] < 0.05
        for seed in range(60)
    ])  # fmt: skip
    assert wrong.sum() <= 14  # 120 tests, 6 expected; more than 14 has a probability below .002


@pytest.mark.slow
@pytest.mark.parametrize("mentors", [10, 30])
def test_error_rate_of_partner_effects(mentors):
    wrong = np.array([
        mt.actor_partner(world(seed=seed, mentors=mentors), outcome="y", predictor="x", bootstraps=10).effects.query("effect == 'partner'")["p"] < 0.05
        for seed in range(600)
    ])  # fmt: skip
    assert 0.02 <= wrong.mean() <= 0.085


def test_without_each_mentor_is_a_fresh_analysis():
    data = world(seed=2, mentors=8)
    result = mt.actor_partner(data, outcome="y", predictor="x")
    table = without_each(result, "mentor")
    fresh = mt.actor_partner(data[data["mentor"] != 3], outcome="y", predictor="x").fit
    estimate, covariance = fresh.model.coefficients(fresh.point)
    for row in table[table["level"] == 3].itertuples():
        at = list(fresh.fixed_effects["term"]).index(row.term)
        assert row.estimate == pytest.approx(estimate[at], abs=1e-3)
        assert row.se == pytest.approx(covariance[at, at] ** 0.5, rel=1e-2)  # left-out fits are not adjusted for having estimated variances
    assert len(table) == 8 * len(result.fit.fixed_effects)


def test_same_seed_same_interval_and_rows_in_any_order():
    data = world(seed=4)
    one, two = (mt.actor_partner(d, outcome="y", predictor="x") for d in (data, data.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(one.effects, mt.actor_partner(data, outcome="y", predictor="x").effects)
    np.testing.assert_allclose(one.effects["estimate"], two.effects["estimate"], rtol=1e-4)


def test_a_partner_who_never_differs_leaves_an_empty_row():
    data = world()
    data.loc[data["role"] == "mentor", "x"] = 3.0
    rows = mt.actor_partner(data, outcome="y", predictor="x").effects.set_index(["role", "effect"])
    assert np.isnan(rows.loc[("mentor", "actor"), "estimate"]) and "never differs" in rows.loc[("mentor", "actor"), "note"]
    assert np.isfinite(rows.loc[("mentee", "actor"), "estimate"])
    assert "could not be estimated" in rows.loc[("mentor", "k"), "note"]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda d: d.assign(role="mentee"), "1 values"),
        (lambda d: d.rename(columns={"x": "xx"}), "no such column"),
        (lambda d: d.assign(x="much"), "holds words"),
        (lambda d: pd.concat([d, d.iloc[:1]]), "two rows in role"),
        (lambda d: d[(d["role"] == "mentee") | (d["dyad"] < 2)], "only 2 dyads have both reports"),
        (lambda d: d.assign(y=4.0), "outcome"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(spoil, told):
    with pytest.raises(StudyError, match=told):
        mt.actor_partner(spoil(world()), outcome="y", predictor="x")


def test_levels_against_nlme():
    d, want = pd.read_csv(REFERENCE / "lmm" / "dyads.csv"), WANT["levels"]
    sides = [("mentee", "q", "Y"), ("mentor", "mq", "X")]
    long = pd.concat([pd.DataFrame({"mentor": d["mentor"], "dyad": d["mentee"], "role": role, "y": d[y], "x": d[x]}) for role, y, x in sides])
    found = mt.actor_partner(long, outcome="y", predictor="x", bootstraps=10).by_level().set_index(["role", "effect", "level"])
    for role, effect in (("mentee", "actor"), ("mentor", "partner")):
        for level, place, term in (("within mentor", "coef", "Yw"), ("between mentors", "coef", "Yb"), ("between less within", "more", "Yb")):
            row = found.loc[(role, effect, level)]
            theirs = want["se" if place == "coef" else "more_se"][f"role{role}:{term}"]
            # nlme stops a little short of the boundary, and does not adjust for having estimated variances.
            assert row["estimate"] == pytest.approx(want[place][f"role{role}:{term}"], abs=1e-4) and theirs <= row["se"] <= 1.01 * theirs
    for role, effect in (("mentee", "partner"), ("mentor", "actor")):
        rows = found.loc[(role, effect)]
        assert list(rows.index) == ["between mentors"] and rows["estimate"].item() == pytest.approx(want["coef"][f"role{role}:X"], abs=1e-4)


def test_levels_add_up_and_waves_have_their_own():
    result = mt.actor_partner(world(seed=8, mentors=30, waves=3, partner=0.2), outcome="y", predictor="x", bootstraps=10)
    table = result.by_level()
    assert set(table["level"]) == {"within mentor", "over time", "between mentors", "between less within"} and len(table) == 16
    wide = table.pivot(index=["role", "effect"], columns="level", values="estimate")
    np.testing.assert_allclose(wide["between less within"], wide["between mentors"] - wide["within mentor"], atol=1e-4)
    # The undivided slope lies among its parts.
    whole = result.effects[result.effects["effect"] != "k"].set_index(["role", "effect"])["estimate"]
    parts = wide[["within mentor", "over time", "between mentors"]]
    assert ((parts.min(axis=1) < whole) & (whole < parts.max(axis=1))).all()
    alone = mt.actor_partner(world(each=1, mentors=40), outcome="y", predictor="x", bootstraps=10).by_level()
    assert set(alone["level"]) == {"between mentors"}
    with pytest.raises(StudyError, match="not known for every row"):
        result.by_level("school")


def test_the_predictor_s_mean_and_variance_join_the_test(golden):
    result = mt.actor_partner(golden, outcome="y", predictor="x")
    x = golden.pivot(index="dyad", columns="role", values="x").to_numpy()
    both = np.vstack([x, x[:, ::-1]])  # double entry: one mean and one variance for both roles
    found = [stats.multivariate_normal(x.mean(0), np.cov(x.T, bias=True)), stats.multivariate_normal(both.mean(0), np.cov(both.T, bias=True))]
    beside = 2 * (found[0].logpdf(x).sum() - found[1].logpdf(x).sum())
    # Likewise 9.2549 and 12.7172 on 6 df for the couples of Acitelli (1997), as lavaan has it.
    assert result.predictor_too.df == 6 and result.predictor_too.statistic == pytest.approx(result.distinguishable.statistic + beside, rel=1e-9)
    assert mt.actor_partner(world(), outcome="y", predictor="x", bootstraps=10).predictor_too is None
    silent = golden.assign(x=golden["x"].where(golden["role"] == "mentee", 1.0))
    assert "does not vary" in mt.actor_partner(silent, outcome="y", predictor="x").predictor_too.note
