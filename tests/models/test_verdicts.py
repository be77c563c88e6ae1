"""Codes, words and sentences follow from the numbers, and only from them."""

import numpy as np
import pytest

from mentoring.models.verdicts import About, answer_term, certainty, combine, sentence

ABOUT = About("same field", "Those more alike (same field)", "between same and different")
FAR = About("distance in values", "Those more alike (distance in values)", "per SD", sign=-1)


def row(estimate, se=0.1, df=50.0, factor=1.0, p_adjusted=np.nan, p=None):
    from scipy import stats

    p = 2 * stats.t.sf(abs(estimate / se), df) if p is None else p
    return {"estimate": estimate, "se": se, "df": df, "p": p, "p_adjusted": p_adjusted, "std_estimate": estimate * factor}


@pytest.mark.parametrize(
    ("numbers", "about", "sesoi", "code"),
    [
        (row(0.5), ABOUT, 0.2, "positive"),
        (row(-0.5), ABOUT, 0.2, "negative"),
        (row(-0.5), FAR, 0.2, "positive"),  # less distance is more alike
        (row(0.1), ABOUT, 0.2, "inconclusive"),
        (row(0.1), ABOUT, None, "inconclusive"),
        (row(0.01, se=0.05), ABOUT, 0.2, "negligible"),
        (row(0.10, se=0.02), ABOUT, 0.2, "negligible"),  # told from zero, yet too small to matter
        (row(0.5, p_adjusted=0.06), ABOUT, 0.2, "inconclusive"),  # the corrected p counts
        (row(np.nan), ABOUT, 0.2, "not estimated"),
    ],
)
def test_codes(numbers, about, sesoi, code):
    assert answer_term(numbers, about, sesoi).code == code


def test_equivalence_is_two_one_sided_tests():
    from scipy import stats

    # 90 % interval inside (-.2, .2) exactly when both one-sided 5 % tests reject.
    for estimate in (1e-6, 0.05, 0.1, 0.15):
        for se in (0.02, 0.05, 0.08, 0.12):
            both = stats.t.sf((estimate + 0.2) / se, 30) < 0.05 and stats.t.cdf((estimate - 0.2) / se, 30) < 0.05
            assert (answer_term(row(estimate, se, 30.0), ABOUT, 0.2).code == "negligible") == both


def test_intervals_are_turned_with_the_estimate():
    answer = answer_term(row(-0.5, factor=0.5), FAR, None)
    assert answer.estimate == 0.25 and 0 < answer.low < 0.25 < answer.high


@pytest.mark.parametrize(
    ("codes", "together"),
    [
        (["positive", "inconclusive"], "positive"), (["negative"], "negative"), (["positive", "negative"], "mixed"),
        (["negligible", "negligible"], "negligible"), (["negligible", "inconclusive"], "inconclusive"), ([], "not estimated"),
        (["not estimated"], "not estimated"), (["not estimated", "positive"], "positive"),
    ],
)
def test_several_terms_give_one_code(codes, together):
    numbers = {"positive": row(0.5), "negative": row(-0.5), "inconclusive": row(0.1), "negligible": row(1e-6, se=0.02), "not estimated": row(np.nan)}
    answers = [answer_term(numbers[code], ABOUT, 0.2) for code in codes]
    assert [answer.code for answer in answers] == codes and combine(answers) == together


def test_warnings_and_few_degrees_of_freedom_take_the_clarity():
    assert certainty("positive", 40.0, []) == "clear"
    assert certainty("positive", 40.0, ["single source"]) == "moderate"
    assert certainty("positive", 6.0, []) == "moderate"
    assert certainty("inconclusive", 40.0, []) == "low" and certainty("not estimated", float("nan"), []) == "none"


def test_sentences():
    assert sentence([answer_term(row(0.5), ABOUT, 0.2)], "quality", 0.2) == (
        "Those more alike (same field) had higher quality: 0.50 SD between same and different, "
        "95 % interval 0.30 to 0.70."
    )
    assert "cannot tell" in sentence([answer_term(row(0.1), ABOUT, 0.2)], "quality", 0.2)
    assert "smaller than 0.2 standard deviations" in sentence([answer_term(row(1e-6, se=0.02), ABOUT, 0.2)], "quality", 0.2)
    assert "Nothing could be estimated for same field" in sentence([answer_term(row(np.nan), ABOUT, 0.2)], "quality", 0.2)
    every = sentence([answer_term(numbers, ABOUT, 0.2) for numbers in (row(0.5), row(0.1), row(0.0), row(np.nan))], "quality", 0.2)
    assert "nan" not in every and "no difference" not in every


def test_what_is_compared_is_said_whatever_the_answer():
    within = About("same field", "Comparing relationships of the same mentor, those more alike (same field)", "between same and different",
                   where="comparing relationships of the same mentor")
    for numbers in (row(0.5), row(0.1), row(1e-6, se=0.02)):
        assert "omparing relationships of the same mentor" in sentence([answer_term(numbers, within, 0.2)], "quality", 0.2)


def test_the_outcomes_own_unit_comes_first():
    text = sentence([answer_term(row(2.0, se=0.5, factor=0.05), ABOUT, None, "points")], "reading", None)
    assert "2.00 points between same and different, 95 % interval 1.00 to 3.00; 0.10 SD" in text


def test_the_interval_shown_is_the_one_that_decided():
    answer = answer_term(row(0.1, se=0.055), ABOUT, 0.2)
    assert answer.code == "negligible" and "90 % interval 0.01 to 0.19" in sentence([answer], "quality", 0.2)
    assert "95 % interval" in sentence([answer_term(row(0.5), ABOUT, 0.2)], "quality", 0.2)


def test_an_interval_without_zero_is_not_left_beside_cannot_tell_without_a_reason():
    text = sentence([answer_term(row(0.25, p_adjusted=0.06), ABOUT, 0.2)], "quality", 0.2)
    assert "cannot tell" in text and "0.05 to 0.45; not told from zero once corrected for the number of questions" in text
    assert "corrected" not in sentence([answer_term(row(0.1), ABOUT, 0.2)], "quality", 0.2)


def test_told_from_zero_is_not_yet_large_enough_to_matter():
    small, large = (sentence([answer_term(row(estimate), ABOUT, 0.2)], "quality", 0.2) for estimate in (0.3, 0.5))
    assert "It may be smaller than 0.2 SD" in small and "may be smaller" not in large
