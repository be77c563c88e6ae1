"""Indirect effects: by hand, against lme4 and brute force in R, known sensitivity numbers, error rate, and what cannot be estimated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.models import mediation
from mentoring.models.kinds import influence
from mentoring.models.kinds.kind import StudyData
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import InfluenceQuestion

REFERENCE = Path(__file__).parent.parent / "reference" / "mediation"
EMPTY = pd.DataFrame()


def question(through=("mentee_m1", "mentee_m2"), **more):
    return InfluenceQuestion(
        **{
            "name": "way",
            "ask": "?",
            "kind": "influence",
            "outcome": "y",
            "reporter": "mentee",
            "predictor": "mentee_x",
            "through": list(through),
            **more,
        }
    )


def analysis_of(rows):
    """R's rows as an analysis table: one wave, one relationship each."""
    numbers = [f"{k:03d}" for k in range(len(rows))]
    return (
        rows.rename(columns={name: f"mentee_{name}" for name in ("x", "m1", "m2", "y")})
        .assign(program=None, mentee=[f"E{k}" for k in numbers], dyad=[f"D{k}" for k in numbers], wave=1)
        .astype({"wave": "Int64"})
    )


def answer(rows, **more):
    asked = question(**more)
    tables = tables_of(influence.KIND.answer(asked, StudyData(rows, EMPTY, EMPTY, EMPTY, seed=4)))
    tables["fixed_effects"] = tables["fixed_effects"].assign(p_adjusted=np.nan)
    return tables, influence.KIND.judge(asked, tables, Words({}, {}))


def made(mentors=40, each=4, a=0.4, b=0.4, waves=1, seed=1):
    """A way from x over m1 to y of size a and b within mentors; m2 has nothing to do with either."""
    g = np.random.default_rng(seed)
    m = np.repeat(np.arange(mentors), each)
    n = len(m)
    steady = 0.5 * g.normal(size=(4, mentors))[:, m]
    frames = []
    for wave in range(1, waves + 1):
        x = steady[0] + g.normal(size=n)
        m1 = a * x + steady[1] + g.normal(size=n)
        m2 = steady[2] + g.normal(size=n)
        frames.append(
            pd.DataFrame(
                {
                    "program": [f"P{i % 8}" for i in m],
                    "mentor": [f"M{i:02d}" for i in m],
                    "mentee": [f"E{i:03d}" for i in range(n)],
                    "dyad": [f"D{i:03d}" for i in range(n)],
                    "wave": wave,
                    "mentee_x": x,
                    "mentee_m1": m1,
                    "mentee_m2": m2,
                    "mentee_y": b * m1 + steady[3] + g.normal(size=n),
                }
            )
        )
    return pd.concat(frames, ignore_index=True).astype({"wave": "Int64"})


def test_paths_and_intervals_agree_with_r():
    expected = pd.read_csv(REFERENCE / "mediation.csv", skipinitialspace=True).set_index("path")
    tables, _ = answer(analysis_of(pd.read_csv(REFERENCE / "rows.csv")), draws=400_000)
    effects = tables["fixed_effects"].set_index("term")
    for path in ("a_m1", "a_m2", "b_m1", "b_m2", "direct"):
        term = path if path == "direct" else f"{path[:2]}mentee_{path[2:]}"
        for column in ("estimate", "se", "df", "p"):
            assert effects.loc[term, column] == pytest.approx(expected.loc[path, column], rel=2e-5), (path, column)
    total = tables["quantities"].query("quantity == 'total' and topic == 'paths, within mentor'").iloc[0]
    assert total["estimate"] == pytest.approx(expected.loc["total", "estimate"], rel=1e-6)
    for name in ("m1", "m2"):
        row = effects.loc[f"indirect_mentee_{name}"]
        assert row["estimate"] == pytest.approx(expected.loc[f"a_{name}", "estimate"] * expected.loc[f"b_{name}", "estimate"], rel=1e-6)
        # Ends of 400,000 draws against 4,000,000; ours draw the b-paths with the smaller of their df.
        assert row["ci_low"] == pytest.approx(expected.loc[f"interval_{name}", "estimate"], abs=0.002)
        assert row["ci_high"] == pytest.approx(expected.loc[f"interval_{name}", "se"], abs=0.002)


def test_total_is_direct_plus_indirect_where_it_must_be():
    # Least squares: the within parts of 20 mentors without a random part. Mixed models keep it nearly.
    tables, _ = answer(made(seed=7))
    within = tables["quantities"].query("topic == 'paths, within mentor'").set_index("quantity")["estimate"]
    direct = tables["fixed_effects"].set_index("term").loc["direct", "estimate"]
    assert within["total"] == pytest.approx(direct + within["total indirect"], abs=0.02)


def test_p_is_the_larger_of_both_paths():
    tables, _ = answer(made())
    effects = tables["fixed_effects"].set_index("term")
    assert effects.loc["indirect_mentee_m1", "p"] == max(effects.loc["a_mentee_m1", "p"], effects.loc["b_mentee_m1", "p"])


def test_a_known_way_is_found_and_the_other_is_not():
    tables, said = answer(made(mentors=80), sesoi=0.3)
    effects = tables["fixed_effects"].set_index("term")
    assert effects.loc["indirect_mentee_m1", "ci_low"] < 0.16 < effects.loc["indirect_mentee_m1", "ci_high"]
    assert effects.loc["indirect_mentee_m2", "ci_low"] < 0 < effects.loc["indirect_mentee_m2", "ci_high"]
    assert said.code in ("positive", "negligible") and "assumed, not seen" in said.sentence


def test_sensitivity_by_hand_and_as_published():
    # t = 4.18 with 783 df: partial R² .022, robustness value .139 (Cinelli & Hazlett 2020, Darfur).
    published = mediation.sensitivity(mediation.Path(4.18, 1, 783, 0, 0, 0))
    assert published.robustness == pytest.approx(0.139, abs=5e-4) and published.rho**2 == pytest.approx(0.022, abs=5e-4)
    by_hand = mediation.sensitivity(mediation.Path(-2, 1, 12, 0, 0, 0))
    assert by_hand.rho == pytest.approx(-0.5) and by_hand.robustness == pytest.approx((np.sqrt(1 / 9 + 4 / 3) - 1 / 3) / 2)
    assert mediation.sensitivity(mediation.Path(0.0, 1, 12, 0, 0, 0)).robustness == 0
    assert np.isnan(mediation.sensitivity(mediation.Path(*[np.nan] * 6)).rho)


def test_the_sensitivity_correlation_is_the_partial_correlation():
    g = np.random.default_rng(3)
    x, m = g.normal(size=(2, 50))
    y = 0.5 * m + g.normal(size=50)
    from mentoring.models.lmm import lmm

    path = mediation.Path.of(lmm("y ~ x + m", pd.DataFrame({"x": x, "m": m, "y": y})), "m")
    left = [value - np.polyval(np.polyfit(x, value, 1), x) for value in (m, y)]
    assert mediation.sensitivity(path).rho == pytest.approx(np.corrcoef(left)[0, 1])


def test_jackknife_by_hand():
    se, low, high = mediation.jackknife(2.0, np.array([1.0, 2.0, 3.0]))
    assert se == pytest.approx(np.sqrt(2 / 3 * 2)) and high - 2 == pytest.approx(2 - low)
    assert np.isnan(mediation.jackknife(2.0, np.array([1.0, 2.0]))[0])


def test_the_next_wave_stands_over_its_own_level_before():
    tables, _ = answer(made(waves=3), when="next wave")
    fit = tables["fits"].iloc[0]
    assert fit["formula"].startswith("mentee_y_next ~ ") and "mentee_y +" in fit["formula"] and fit["n_obs"] == 320


def test_without_a_next_wave_nothing_is_estimated():
    tables, said = answer(made(), when="next wave")
    assert said.code == "not estimated" and "two waves in a row" in tables["fits"]["note"].iloc[0]
    assert tables["fixed_effects"]["estimate"].isna().all() and "indirect_mentee_m1" in set(tables["fixed_effects"]["term"])


def test_a_predictor_of_the_mentor_goes_between_mentors():
    rows = made()
    rows["mentee_x"] = rows.groupby("mentor")["mentee_x"].transform("mean")
    tables, _ = answer(rows)
    assert set(tables["quantities"]["topic"]) >= {"paths, between mentors"} and "paths, within mentor" not in set(
        tables["quantities"]["topic"]
    )


@pytest.mark.parametrize(
    "change",
    [lambda r: r.assign(mentee_x=1.0), lambda r: r.assign(mentee_y=np.nan), lambda r: r.assign(mentee_m1=2.0), lambda r: r.head(2)],
)
def test_degenerate_data_are_not_estimated_and_say_why(change):
    tables, said = answer(change(made()))
    assert said.code in ("not estimated", "inconclusive", "negligible")
    row = tables["fixed_effects"].set_index("term").loc["indirect_mentee_m1"]
    assert np.isnan(row["estimate"]) and (tables["fits"]["note"].notna().all() or tables["quantities"]["note"].notna().any())


def test_same_seed_same_numbers():
    first, again = (answer(made())[0]["fixed_effects"] for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize(("a", "b"), [(0.0, 0.5), (0.5, 0.0)])
def test_error_rate_with_one_path_missing(a, b):
    p = [
        answer(made(mentors=15, a=a, b=b, seed=s), through=["mentee_m1"], draws=1000)[0]["fixed_effects"]
        .set_index("term")
        .loc["indirect_mentee_m1", "p"]
        for s in range(60)
    ]
    assert np.mean(np.array(p) < 0.05) <= 0.15  # 5 % of 60 is 3; more than 9 has a probability below .002


@pytest.mark.slow
def test_error_rate_and_coverage():
    p, inside = [], []
    for s in range(200):
        row = (
            answer(made(mentors=15, a=0.0, b=0.5, seed=s), through=["mentee_m1"], draws=2000)[0]["fixed_effects"]
            .set_index("term")
            .loc["indirect_mentee_m1"]
        )
        p.append(row["p"] < 0.05)
        row = (
            answer(made(mentors=15, seed=s), through=["mentee_m1"], draws=2000)[0]["fixed_effects"]
            .set_index("term")
            .loc["indirect_mentee_m1"]
        )
        inside.append(row["ci_low"] < 0.16 < row["ci_high"])
    assert np.mean(p) <= 0.085 and 0.905 <= np.mean(inside) <= 0.985
