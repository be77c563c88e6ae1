"""Shares with clustered intervals: by hand, against R, coverage, and the ends of the scale."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))

from mentoring.models.lmm import cr2, lmm
from mentoring.models.rates import clustered_rate
from tests.models.groups_reference import GOLDEN, dyads


def test_as_r():
    data = dyads()
    rate = clustered_rate(data["mq"] > 4, data["mentor"])
    for name in ("rate", "se", "df", "low", "high"):
        assert getattr(rate, name) == pytest.approx(GOLDEN["rate"][name], rel=1e-8)


def test_is_cr2_of_a_mean():
    data = dyads()
    data["hit"] = (data["mq"] > 4).astype(float)
    row = cr2(lmm("hit ~ 1", data), "mentor").iloc[0]
    rate = clustered_rate(data["hit"], data["mentor"])
    assert [rate.rate, rate.se, rate.df] == pytest.approx([row["estimate"], row["se"], row["df"]], rel=1e-8)


def test_single_answers_by_hand():
    # 3 of 8, each from another mentor: se² = p(1 − p)/(n − 1), df = n − 1, so n* = n − 1 = 7 and the interval is Beta's.
    rate = clustered_rate([1, 0, 0, 1, 0, 0, 0, 1], range(8))
    assert rate.se == pytest.approx(np.sqrt(0.375 * 0.625 / 7)) and rate.df == pytest.approx(7)
    assert (rate.low, rate.high) == pytest.approx((stats.beta.ppf(0.025, 2.625, 5.375), stats.beta.ppf(0.975, 3.625, 4.375)))


def test_none_and_all_suppose_some_correlation():
    none, everyone = clustered_rate([0] * 6, list("aabbcc")), clustered_rate([1] * 6, list("aabbcc"))
    # Two answers each, correlated at .3: 6/1.3 independent ones, and (1 − high)^(6/1.3) = .025.
    assert none.low == 0 and none.high == pytest.approx(1 - 0.025 ** (1.3 / 6))
    assert everyone.high == 1 and everyone.low == pytest.approx(0.025 ** (1.3 / 6))


def test_nobody_and_one_mentor_have_no_interval():
    assert np.isnan(clustered_rate([], []).rate) and "nobody" in clustered_rate([], []).note
    one = clustered_rate([1, 0, 1], ["a"] * 3)
    assert one.rate == pytest.approx(2 / 3) and np.isnan(one.low) and "one mentor" in one.note


@pytest.mark.parametrize(("truth", "mentors"), [(0.06, 30), (0.5, 12)])
def test_intervals_cover_with_few_mentors_and_rare_events(truth, mentors):
    generator, covered = np.random.default_rng(11), 0
    for _ in range(400):
        # Beta-binomial with intraclass correlation .2 and two to six answers each.
        sizes = generator.integers(2, 7, mentors)
        chance = generator.beta(truth * 4, (1 - truth) * 4, mentors)
        codes = np.repeat(np.arange(mentors), sizes)
        rate = clustered_rate(generator.random(len(codes)) < chance[codes], codes)
        covered += rate.low <= truth <= rate.high
    assert covered / 400 > 0.92
