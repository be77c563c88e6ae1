"""Steps of invariance: a known difference is found and named, and none is made up."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mentoring.measure.factors import Structure, confirm, steps_of_invariance
from mentoring.measure.factors.invariance import STEPS, likelihood_ratio, worsening
from tests.measure.test_factors import DYADIC, EXPECTED, ITEMS

ITEM_NAMES = ("a", "b", "c", "d")
BOTH = Structure({"trust": ITEM_NAMES}, forms=("mentor", "mentee"))


def pairs(seed, rows=400, loading=0.0, intercept=0.0):
    """Pairs that answer four parallel items; item c of mentees loads and starts elsewhere by so much."""
    rng = np.random.default_rng(seed)
    latent = rng.multivariate_normal([0, 0.3], [[1, 0.4], [0.4, 1]], rows)
    data = {}
    for item, weight in zip(ITEM_NAMES, (0.8, 0.7, 0.75, 0.6)):
        same = 0.3 * rng.normal(size=rows)
        for side, role in enumerate(("mentor", "mentee")):
            changed = side == 1 and item == "c"
            data[f"{role}_{item}"] = (weight + loading * changed) * latent[:, side] + intercept * changed + same + 0.6 * rng.normal(size=rows)
    return pd.DataFrame(data)


def test_differences_are_lavaans():
    before, fit = (confirm(ITEMS, DYADIC, equal=STEPS[name]) for name in ("configural", "metric"))
    expected = EXPECTED["dyadic"]
    chisq, df, p = likelihood_ratio(fit, before)
    assert (chisq, df) == pytest.approx((expected["metric"]["chisq"] - expected["configural"]["chisq"], 7), abs=1e-4)
    assert p == pytest.approx(stats.chi2.sf(chisq, df))
    assert worsening(fit, before)[0] == pytest.approx(expected["configural"]["cfi"] - expected["metric"]["cfi"], abs=1e-6)


def test_a_scale_that_is_the_same_goes_all_the_way():
    steps = steps_of_invariance(pairs(1), BOTH)
    assert [step.name for step in steps] == ["configural", "metric", "scalar", "strict"] and all(step.holds for step in steps)


def test_a_shifted_item_is_found_and_let_off():
    steps = steps_of_invariance(pairs(2, intercept=0.8), BOTH)
    names = [step.name for step in steps]
    assert names[:4] == ["configural", "metric", "scalar", "partial scalar"]
    assert not steps[2].holds and steps[3].holds and steps[3].note == "differs between them: c"
    difference, se = steps[3].fit.estimate("mean:trust:0:mentee")
    assert abs(difference - 0.3 * 0.8) < 3 * se  # in units of the marker, whose loading is 0.8


def test_another_loading_stops_at_the_loadings():
    steps = steps_of_invariance(pairs(3, loading=-0.6), BOTH)
    assert steps[1].name == "metric" and not steps[1].holds and "c" in steps[2].note


def test_what_cannot_be_fitted_says_why():
    steps = steps_of_invariance(pairs(4).assign(mentee_a=1.0), BOTH)
    assert [step.name for step in steps] == ["configural"] and "same answer to mentee_a" in steps[0].note and steps[0].holds is None


def test_sameness_is_rarely_denied():
    """Under complete invariance each step is denied in few samples."""
    denied = sum(not all(step.holds for step in steps_of_invariance(pairs(seed, 300), BOTH)) for seed in range(12))
    assert denied <= 2
