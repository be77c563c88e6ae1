"""Agreement of the two sides: against psych's ICC table, by hand, and when there is too little."""

import numpy as np
import pandas as pd
import pingouin
import pytest

from mentoring.dyads import agreement, kappa
from mentoring.errors import StudyError

# Shrout & Fleiss (1979), judges 1 and 2; psych::ICC(sf[, 1:2]) agrees with pingouin's table, which the test computes independently.
JUDGES = np.array([[9, 2], [6, 1], [8, 4], [7, 1], [10, 5], [6, 2]], dtype=float)


def test_absolute_agreement_matches_an_independent_implementation():
    long = pd.DataFrame(JUDGES, columns=["a", "b"]).rename_axis("target").reset_index().melt("target", var_name="rater")
    table = pingouin.intraclass_corr(long, targets="target", raters="rater", ratings="value")
    expected = table.loc[table["Type"].isin(["ICC2", "ICC(A,1)"]), "ICC"].iloc[0]
    found = agreement(JUDGES[:, 0], JUDGES[:, 1], np.arange(6))
    assert found["icc"] == pytest.approx(expected, rel=1e-10)
    assert found["gap"] == pytest.approx((JUDGES[:, 1] - JUDGES[:, 0]).mean())
    assert found["r"] == pytest.approx(np.corrcoef(JUDGES.T)[0, 1])


def test_identical_sides_agree_perfectly_and_shifted_sides_do_not():
    x = np.array([1.0, 2, 3, 4, 5, 6])
    assert agreement(x, x, np.arange(6))["icc"] == pytest.approx(1)
    shifted = agreement(x, x + 2, np.arange(6))
    assert shifted["r"] == pytest.approx(1) and shifted["gap"] == 2 and shifted["icc"] < 0.8


def test_the_interval_widens_when_relationships_share_mentors():
    generator = np.random.default_rng(11)
    mentors = np.repeat(np.arange(30), 4)
    shared = generator.normal(size=30)[mentors]
    x, y = shared + 0.3 * generator.normal(size=120), 0.5 * shared + 0.3 * generator.normal(size=120)
    apart, together = agreement(x, y, np.arange(120)), agreement(x, y, mentors)
    assert together["gap_high"] - together["gap_low"] > 1.4 * (apart["gap_high"] - apart["gap_low"])


@pytest.mark.parametrize(
    ("x", "y", "clusters", "why"),
    [
        ([1.0, np.nan], [1.0, 2.0], [0, 1], "only 1 relationships"),
        ([4.0] * 8, [1.0, 2, 3, 4, 5, 6, 7, 8], range(8), "same score"),
        ([1.0, 2, 3, 4], [2.0, 1, 4, 3], [0, 0, 1, 1], "only 2 mentors"),
    ],
)
def test_too_little_is_said(x, y, clusters, why):
    assert why in agreement(np.array(x), np.array(y), np.array(list(clusters)))["note"]


def test_lists_and_missing_answers_are_taken_as_they_come():
    sides = [9, 6, 8, None, 7, 10], pd.Series([2, 1, 4, 1, None, 5], dtype="Int64")
    found, plain = agreement(*sides), agreement(np.array([9.0, 6, 8, 10]), np.array([2.0, 1, 4, 5]), np.arange(4))
    assert found["n"] == 4 and found["icc"] == plain["icc"]
    with pytest.raises(StudyError, match="words"):
        agreement(["often"], ["never"])
    with pytest.raises(StudyError, match="3, 2 and 3 values"):
        agreement([1, 2, 3], [1, 2])


def test_same_seed_same_interval():
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(2, 40))
    assert agreement(x, y, np.arange(40), seed=4) == agreement(x, y, np.arange(40), seed=4)


def test_interval_covers_at_its_nominal_rate():
    generator = np.random.default_rng(8)
    mentors, hits, runs = np.repeat(np.arange(40), 3), 0, 200
    for run in range(runs):
        effect = generator.normal(0, 0.6, 40)[mentors]
        x, y = generator.normal(size=120), 0.3 + effect + generator.normal(size=120)
        found = agreement(x, y, mentors, seed=run, resamples=400)
        hits += found["gap_low"] <= 0.3 <= found["gap_high"]
    # Percentile intervals of 40 mentors cover a little less than 95 %; four Monte-Carlo standard errors below 93 %.
    assert hits / runs > 0.93 - 4 * np.sqrt(0.93 * 0.07 / runs)


# Couples' answers on similar hobbies (Acitelli 1997, CC0), wives in rows; psych::cohen.kappa and irr::kappa2 (linear).
HOBBIES = np.array([[5, 8, 1], [29, 49, 14], [3, 22, 17]])


@pytest.mark.parametrize(("power", "expected"), [(0, 0.107875371849068), (1, 0.188684353004873), (2, 0.298615548455804)])
def test_kappa_matches_r(power, expected):
    wife, husband = (place.repeat(HOBBIES.ravel()) for place in (np.arange(9) // 3, np.arange(9) % 3))
    found = kappa(wife, husband, order=[0, 1, 2], power=power)
    assert found["n"] == 148 and found["same"] == pytest.approx(0.47972972972973, rel=1e-12)
    assert found["kappa"] == pytest.approx(expected, rel=1e-12)


def test_kappa_of_little_or_nothing():
    assert np.isnan(kappa(["a", "a"], ["a", "a"])["kappa"]) and kappa(["a", None], ["b", "a"])["n"] == 1
    assert kappa([], [])["n"] == 0 and kappa(["a", "b"], ["a", "b"])["kappa"] == 1 and kappa(["a", "b"], ["b", "a"])["kappa"] == -1
    with pytest.raises(StudyError, match="weights need the categories in order"):
        kappa(["a"], ["b"], power=1)
    with pytest.raises(StudyError, match="“c” was answered"):
        kappa(["a"], ["c"], order=["a", "b"])


def test_absolute_agreement_of_shrout_and_fleiss_by_pairs_of_judges():
    # Four judges: ICC2 .29 (psych .289763779527559) is of all four; of each pair it is what the mean squares of these two give.
    scores = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
    for one in range(4):
        for two in range(one):
            pair = scores[:, [one, two]]
            rows = 2 * pair.mean(axis=1).var(ddof=1)
            columns = 6 * pair.mean(axis=0).var(ddof=1)
            error = (((pair - pair.mean(axis=1, keepdims=True) - pair.mean(axis=0) + pair.mean()) ** 2).sum()) / 5
            expected = (rows - error) / (rows + error + 2 * (columns - error) / 6)
            assert agreement(pair[:, 0], pair[:, 1], np.arange(6))["icc"] == pytest.approx(expected, rel=1e-12)
