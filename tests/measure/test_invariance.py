"""Steps of invariance: a known difference is found and named, and none is made up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mentoring.measure.factors import Structure, confirm, steps_of_invariance
from mentoring.measure.factors.invariance import STEPS, likelihood_ratio, worsening
from tests.measure.test_factors import DYADIC, EXPECTED, ITEMS

ITEM_NAMES = ("a", "b", "c", "d")
BOTH = Structure({"trust": ITEM_NAMES}, forms=("mentor", "mentee"))


def pairs(seed, rows=400, loading=0.0, intercept=0.0, other="c"):
    """Pairs that answer four parallel items; the `other` one of mentees loads and starts elsewhere by so much."""
    rng = np.random.default_rng(seed)
    latent = rng.multivariate_normal([0, 0.3], [[1, 0.4], [0.4, 1]], rows)
    data = {}
    for item, weight in zip(ITEM_NAMES, (0.8, 0.7, 0.75, 0.6)):
        same = 0.3 * rng.normal(size=rows)
        for side, role in enumerate(("mentor", "mentee")):
            changed = side == 1 and item == other
            data[f"{role}_{item}"] = (weight + loading * changed) * latent[:, side] + intercept * changed + same + 0.6 * rng.normal(size=rows)
    return pd.DataFrame(data)


def test_differences_are_lavaans():
    """R: ``lavTestLRT(configural, metric, scalar, method = "satorra.bentler.2001")`` of the models in factors.R."""
    configural, metric, scalar = (confirm(ITEMS, DYADIC, equal=STEPS[name]) for name in ("configural", "metric", "scalar"))
    expected = EXPECTED["dyadic"]
    assert likelihood_ratio(metric, configural) == pytest.approx((13.8133076, 7, 0.054603), abs=2e-4)
    assert likelihood_ratio(scalar, metric) == pytest.approx((7.6948841, 7, 0.360266), abs=2e-4)
    robust, plain = ({name: expected[name][index] for name in expected} for index in ("cfi.robust", "cfi"))
    assert worsening(metric, configural)[0] == pytest.approx(robust["configural"] - robust["metric"], abs=1e-5)
    # Where one of the two has no robust index, both are compared by the plain ones.
    bare = replace(metric, scaled=replace(metric.scaled, cfi=np.nan), scaling=np.nan)
    assert worsening(bare, configural)[0] == pytest.approx(plain["configural"] - plain["metric"], abs=1e-6)
    assert likelihood_ratio(bare, configural)[0] == pytest.approx(expected["metric"]["chisq"] - expected["configural"]["chisq"], abs=1e-4)


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


def test_the_item_that_gives_the_unit_can_be_the_one_that_differs():
    steps = {step.name: step for step in steps_of_invariance(pairs(3, loading=-0.6, other="a"), BOTH)}
    partial = steps["partial metric"]
    assert not steps["metric"].holds and partial.holds and partial.note == "differs between them: a"
    loadings = partial.fit.loadings.set_index(["factor", "item"])["loading"]
    # The unit is another item's now; loadings come back in its terms: 0.8 and 0.2 over 0.7.
    assert loadings["mentor_trust", "mentor_b"] == loadings["mentee_trust", "mentee_b"] == 1
    assert (loadings["mentor_trust", "mentor_a"], loadings["mentee_trust", "mentee_a"]) == pytest.approx((0.8 / 0.7, 0.2 / 0.7), abs=0.15)
    # Its intercept goes with its loading: two degrees of freedom for the three intercepts that stay equal.
    scalar, metric = steps["scalar"].fit, partial.fit
    assert scalar.indices.df - metric.indices.df == 2 and ("a", "intercept") in scalar.equal.freed


def test_the_marker_changes_nothing_but_the_unit():
    first = confirm(pairs(5), BOTH, equal=STEPS["scalar"])
    other = confirm(pairs(5), replace(BOTH, markers={"trust": "c"}), equal=STEPS["scalar"])
    assert other.loglik == pytest.approx(first.loglik, abs=1e-8) and other.indices.df == first.indices.df
    assert other.loadings["std_loading"].to_numpy() == pytest.approx(first.loadings["std_loading"].to_numpy(), abs=1e-6)


def test_what_cannot_be_fitted_says_why():
    steps = steps_of_invariance(pairs(4).assign(mentee_a=1.0), BOTH)
    assert [step.name for step in steps] == ["configural"] and "same answer to mentee_a" in steps[0].note and steps[0].holds is None


def test_sameness_is_rarely_denied():
    """Under complete invariance each step is denied in few samples."""
    denied = sum(not all(step.holds for step in steps_of_invariance(pairs(seed, 300), BOTH)) for seed in range(12))
    assert denied <= 2
