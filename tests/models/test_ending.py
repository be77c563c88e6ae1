"""How long relationships last: by hand, against statsmodels and Greenwood, coverage with clusters, too few ends."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from mentoring.models.ending import ended_by, lasting


def sample(n=60, seed=2):
    g = np.random.default_rng(seed)
    end, watched = g.exponential(10, n), g.uniform(2, 14, n)
    return np.round(np.minimum(end, watched), 1) + 0.1, end <= watched, g.integers(1, 3, n)


def test_by_hand():
    # Four relationships: ends after 1, 2 and 4, one still lasting after 3.
    table = lasting([1, 2, 3, 4], [True, True, False, True], list("abcd"), [0.5, 1, 2, 3.5, 4])
    assert table["estimate"].tolist() == pytest.approx([1, 0.75, 0.5, 0.5, 0])
    assert table["at_risk"].tolist() == [4, 4, 3, 1, 1] and table["ends"].tolist() == [0, 1, 2, 2, 3]
    assert table["ci_low"].isna().all() and "fewer than" in table["note"].iloc[0]


def test_single_relationships_give_greenwood():
    time, ended, _ = sample()
    fit = SurvfuncRight(time, ended)
    ours = lasting(time, ended, np.arange(len(time)), [3.0, 6.0])
    for row in ours.to_dict("records"):
        last = np.searchsorted(fit.surv_times, row["time"], side="right") - 1
        assert row["estimate"] == pytest.approx(fit.surv_prob[last])
        assert row["se"] == pytest.approx(fit.surv_prob_se[last] * np.sqrt(60 / 59), rel=1e-8)
        assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_ways_of_ending_as_statsmodels_and_they_add_up():
    time, ended, way = sample()
    cause = np.where(ended, way, 0)
    fit = CumIncidenceRight(time, cause)
    at, own = [3.0, 6.0], np.arange(len(time))
    parts = [ended_by(time, cause, own, at, k) for k in (1, 2)]
    for k, part in enumerate(parts):
        for row in part.to_dict("records"):
            last = np.searchsorted(fit.times, row["time"], side="right") - 1
            assert row["estimate"] == pytest.approx(fit.cinc[k][last])
            assert row["se"] == pytest.approx(fit.cinc_se[k][last], rel=0.05)
    assert (parts[0]["estimate"] + parts[1]["estimate"] + lasting(time, ended, own, at)["estimate"]).tolist() == pytest.approx([1, 1])


def test_one_way_of_ending_is_one_minus_what_lasts():
    time, ended, _ = sample()
    mentor = np.arange(60) // 3
    one, still = ended_by(time, ended.astype(int), mentor, [5.0], 1).iloc[0], lasting(time, ended, mentor, [5.0]).iloc[0]
    assert one["estimate"] == pytest.approx(1 - still["estimate"]) and one["se"] == pytest.approx(still["se"])


def test_spread_by_mentor_is_the_derivative_with_respect_to_mentors_weights():
    time, ended, way = sample()
    cause, mentor = np.where(ended, way, 0), np.arange(60) // 3

    def share(weights, at=5.0):
        alive, total = 1.0, 0.0
        for moment in np.unique(time[ended & (time <= at)]):
            now = weights * (time == moment) / weights[time >= moment].sum()
            total, alive = total + alive * now[cause == 1].sum(), alive * (1 - now[cause > 0].sum())
        return total

    moved = [(share(1 + 1e-6 * (mentor == one)) - share(1 - 1e-6 * (mentor == one))) / 2e-6 for one in range(20)]
    row = ended_by(time, cause, mentor, [5.0], 1).iloc[0]
    assert row["estimate"] == pytest.approx(share(np.ones(60))) and row["se"] == pytest.approx(np.sqrt(np.sum(np.square(moved)) * 20 / 19), rel=1e-6)


def test_intervals_cover_when_a_mentors_relationships_go_together():
    g, covered = np.random.default_rng(5), 0
    truth = float((1 + 5.0 / 10 / 2) ** -2)  # gamma frailty with mean 1 and variance 1/2: S(t) = (1 + t/20)⁻²
    for _ in range(300):
        frailty = g.gamma(2, 0.5, 25).repeat(4)
        end, watched = g.exponential(10, 100) / frailty, g.uniform(4, 14, 100)
        row = lasting(np.minimum(end, watched), end <= watched, np.arange(100) // 4, [5.0]).iloc[0]
        covered += row["ci_low"] <= truth <= row["ci_high"]
    assert covered / 300 > 0.91


def test_nobody_ended():
    table = lasting([3.0] * 12, [False] * 12, range(12), [1.0, 2.0])
    assert table["estimate"].tolist() == [1.0, 1.0] and table["ci_low"].isna().all()
