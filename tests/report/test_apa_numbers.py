"""APA's number style, checkable by eye."""

import math

import pytest

from mentoring.report import numbers


@pytest.mark.parametrize(
    ("p", "shown"), [(0.0234, ".023"), (0.00099, "< .001"), (0.001, ".001"), (0.9, ".900"), (1.0, "> .999"), (None, "—"), (math.nan, "—")]
)
def test_p_is_exact_to_three_decimals(p, shown):
    assert numbers.p_value(p) == shown


def test_p_phrase_never_says_equals_less():
    assert numbers.p_phrase(0.0001) == "p < .001"
    assert numbers.p_phrase(0.04) == "p = .040"


@pytest.mark.parametrize(
    ("value", "digits", "bounded", "shown"),
    [
        (0.456, 2, True, ".46"),
        (-0.456, 2, True, "−.46"),
        (0.456, 2, False, "0.46"),
        (1.0, 2, True, "1.00"),
        (-0.001, 2, False, "0.00"),
        (math.inf, 2, False, "∞"),
        (math.nan, 2, False, "—"),
    ],
)
def test_leading_zero_goes_only_where_a_statistic_is_bounded(value, digits, bounded, shown):
    assert numbers.number(value, digits, bounded=bounded) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(21.4321, "21.4"), (4.5678, "4.57"), (12, "12"), (12.00000001, "12"), (math.inf, "∞"), (2672.12, "2672.1"), (None, "—")],
)
def test_df_has_one_or_two_decimals(value, shown):
    assert numbers.df(value) == shown


def test_estimates_keep_enough_digits_and_brackets():
    assert numbers.estimate(0.263, 0.1201, 0.4) == "0.26 [0.12, 0.40]"
    assert numbers.estimate(0.0041, 0.0012, 0.0069) == "0.0041 [0.0012, 0.0069]"
    assert numbers.estimate(0.26, None, None) == "0.26"
    assert numbers.estimate(None, 0.1, 0.2) == "—"


def test_percent_never_rounds_something_to_nothing():
    assert numbers.percent(1, 1000) == "< 1 %"
    assert numbers.percent(999, 1000) == "> 99 %"
    assert numbers.percent(0, 10) == "0 %"
    assert numbers.percent(10, 10) == "100 %"
    assert numbers.percent(1, 0) == "—"


def test_lists_and_counts_read_as_words():
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
    assert numbers.counted(1, "mentor") == "1 mentor"
    assert numbers.counted(12000, "mentee") == "12,000 mentees"
