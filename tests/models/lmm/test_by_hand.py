"""Cases one can work out on paper, and columns of awkward types."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from mentoring.models.lmm import lmm, lrt
from mentoring.models.lmm.compare import mixture_p
from mentoring.models.lmm.small import relative_precision


@pytest.fixture(scope="module")
def balanced() -> pd.DataFrame:
    """Four mentors, three mentees each: mentor means 2, 4, 6, 8; deviations −1, 0, 1 within each."""
    mentor = np.repeat(list("abcd"), 3)
    return pd.DataFrame({"mentor": mentor, "y": np.repeat([2.0, 4.0, 6.0, 8.0], 3) + np.tile([-1.0, 0.0, 1.0], 4)})


def test_balanced_one_way_is_the_analysis_of_variance(balanced):
    fit = lmm("y ~ 1 + (1 | mentor)", balanced)
    # Within mean square 8·1/8 = 1; between 3·20/3 = 20; variance (20 − 1)/3.
    table = fit.variance_components.set_index("group")["variance"]
    assert table["Residual"] == pytest.approx(1.0, rel=1e-7)
    assert table["mentor"] == pytest.approx(19 / 3, rel=1e-7)
    row = fit.fixed_effects.iloc[0]
    # Mean 5, SE √(20/12), 3 df by either method: the between mean square has three.
    assert (row["estimate"], row["se"]) == (pytest.approx(5.0), pytest.approx(np.sqrt(20 / 12), rel=1e-7))
    assert row["df"] == pytest.approx(3.0, rel=1e-6)
    assert fit.inference("satterthwaite")["df"][0] == pytest.approx(3.0, rel=1e-5)
    assert fit.icc == pytest.approx((19 / 3) / (19 / 3 + 1), rel=1e-7)
    # Shrinkage 1 − 1/20 of each mentor's deviation; its SE √(τ²(1 − .95)).
    modes = fit.random_effects
    np.testing.assert_allclose(modes["estimate"], 0.95 * np.array([-3, -1, 1, 3]), rtol=1e-7)
    np.testing.assert_allclose(modes["se"], np.sqrt(19 / 3 * 0.05), rtol=1e-6)
    # Maximum likelihood divides the between sum of squares 60 by 4 instead of 3.
    ml = lmm("y ~ 1 + (1 | mentor)", balanced, reml=False).variance_components.set_index("group")["variance"]
    assert ml["mentor"] == pytest.approx((15 - 1) / 3, rel=1e-7)


def test_a_variance_the_data_deny_is_zero():
    # Mentor means are all equal, so the between mean square is 0.
    data = pd.DataFrame({"g": np.repeat(list("abcd"), 3), "y": np.tile([1.0, 2.0, 3.0], 4)})
    fit = lmm("y ~ 1 + (1 | g)", data)
    assert fit.singular and fit.variance_components["variance"][0] == 0
    assert fit.sigma**2 == pytest.approx(8 / 11, rel=1e-9)
    assert any("singular" in note for note in fit.notes)


def test_without_random_terms_it_is_least_squares(balanced):
    data = balanced.assign(x=np.arange(12.0) % 5)
    fit = lmm("y ~ x", data)
    X = np.column_stack([np.ones(12), data["x"]])
    beta, rss, *_ = np.linalg.lstsq(X, data["y"], rcond=None)
    np.testing.assert_allclose(fit.fixed_effects["estimate"], beta, rtol=1e-10)
    np.testing.assert_allclose(fit.fixed_effects["df"], 10)
    assert fit.sigma**2 == pytest.approx(rss[0] / 10)


def test_awkward_column_types_give_the_same_fit(balanced):
    data = balanced.assign(x=np.arange(12) % 5, flag=np.tile([True, False, True], 4))
    plain = lmm("y ~ x + flag + (1 | mentor)", data)
    odd = data.assign(
        x=data["x"].astype("Int64"),
        y=data["y"].astype("Float64"),
        flag=data["flag"].astype("boolean"),
        mentor=data["mentor"].astype("category").cat.add_categories("z"),
    )
    odd.index = [f"row {number}" for number in range(12)]
    other = lmm("y ~ x + flag + (1 | mentor)", odd)
    pd.testing.assert_frame_equal(other.fixed_effects, plain.fixed_effects)
    assert other.n_groups == {"mentor": 4} and list(other.fitted.index) == list(odd.index)
    odd.loc["row 3", "x"] = pd.NA
    assert lmm("y ~ x + flag + (1 | mentor)", odd).dropped == {"x is missing": 1}


def test_reference_level_is_the_first(balanced):
    data = balanced.assign(side=np.tile(["b", "a", "c"], 4))
    assert list(lmm("y ~ side + (1 | mentor)", data.assign(y=data["y"] + np.arange(12) % 2)).terms) == [
        "Intercept",
        "side[T.b]",
        "side[T.c]",
    ]
    ordered = data.assign(side=pd.Categorical(data["side"], ["c", "a", "b"]), y=data["y"] + np.arange(12) % 2)
    assert list(lmm("y ~ side + (1 | mentor)", ordered).terms) == ["Intercept", "side[T.a]", "side[T.b]"]


def test_nested_labels_may_start_again(balanced):
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"program": np.repeat(list("pqr"), 24), "mentor": np.tile(np.repeat([1, 2, 3, 4], 6), 3), "y": rng.normal(size=72)})
    data["y"] += rng.normal(size=12)[np.repeat(np.arange(12), 6)]
    again = lmm("y ~ 1 + (1 | program/mentor)", data)
    unique = lmm("y ~ 1 + (1 | program) + (1 | id)", data.assign(id=data["program"] + data["mentor"].astype(str)))
    assert again.loglik == pytest.approx(unique.loglik, abs=1e-9) and again.n_groups == {"program": 3, "mentor:program": 12}


def test_mixture_and_small_matrices():
    assert mixture_p(2.7055, {0: 0.5, 1: 0.5}) == pytest.approx(0.05, abs=1e-4)
    assert mixture_p(0.0, {0: 0.5, 1: 0.5}) == 1.0
    rng = np.random.default_rng(2)
    for q in (1, 2, 3):
        factor = np.tril(rng.normal(size=(1, q, q)))
        z = rng.normal(size=(1, 4, 5, q))
        a = np.swapaxes(z, -1, -2) @ z
        m, log_det = relative_precision(factor, a)
        inside = np.eye(q) + np.swapaxes(factor, -1, -2)[:, None] @ a @ factor[:, None]
        np.testing.assert_allclose(log_det, np.linalg.slogdet(inside)[1], rtol=1e-10)
        np.testing.assert_allclose(m, factor[:, None] @ np.linalg.inv(inside) @ np.swapaxes(factor, -1, -2)[:, None], rtol=1e-9, atol=1e-12)


def test_likelihood_ratio_of_equal_fits_is_refused(balanced):
    fit = lmm("y ~ 1 + (1 | mentor)", balanced)
    with pytest.raises(ValueError, match="no more parameters"):
        lrt(fit, fit)


def test_splines_and_factors_on_the_fixed_side(balanced):
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"g": np.repeat(np.arange(10), 10), "x": rng.uniform(0, 3, 100), "k": np.tile([1, 2, 3, 4], 25)})
    data["y"] = np.sin(data["x"]) + 0.2 * data["k"] + rng.normal(size=10)[data["g"]] + 0.3 * rng.normal(size=100)
    for side in ("ns(x, 3)", "bs(x, df=4)", "cr(x, df=4)", "poly(x, 3)"):
        fit = lmm(f"y ~ {side} + factor(k) + (1 | g)", data)
        assert fit.converged and "factor(k)[T.2]" in fit.terms
        np.testing.assert_allclose(fit.predict(data.iloc[:7]), fit.fitted.iloc[:7], rtol=1e-9)
    # A natural spline is a straight line beyond its outer knots.
    line = lmm("y ~ ns(x, 3) + (1 | g)", data).predict(pd.DataFrame({"x": [4.0, 5.0, 6.0], "g": 0}))
    assert line.diff().diff().iloc[2] == pytest.approx(0, abs=1e-9)


def test_fits_travel_between_processes(dyads):
    for formula in ("q ~ simw + (1 | mentor)", "q3 ~ simw + (1 | mentor) + (1 | peer)"):
        fit = lmm(formula, dyads)
        other = pickle.loads(pickle.dumps(fit))
        pd.testing.assert_frame_equal(other.fixed_effects, fit.fixed_effects)
        pd.testing.assert_frame_equal(other.random_effects, fit.random_effects)


def test_kenward_roger_at_four_degrees_of_freedom_where_its_formula_reads_zero_by_zero():
    rng = np.random.default_rng(4)
    g, f = np.repeat(np.arange(6), 12), np.tile(np.repeat(list("abc"), 4), 6)
    effects = rng.normal(size=(6, 3)) * [1.0, 2.0, 3.0] + rng.normal(size=(6, 1))
    y = effects[g, np.searchsorted(list("abc"), f)] + 0.3 * rng.normal(size=72)
    data = pd.DataFrame({"y": y, "g": g, "f": f, "x": np.tile([-1.0, 0.0, 1.0, 2.0], 18)})
    # One slope per mentor, five mentors, all alike: the mean slope is tested with 5 − 1 df.
    five = lmm("y ~ x + (x | g)", data[data["g"] < 5].assign(y=lambda d: d["y"] + d["g"] * d["x"]))
    np.testing.assert_allclose(five.fixed_effects["df"], 4, rtol=1e-9)
    # Balanced contrasts within six mentors: Hotelling's T², F = (6 − 2)/(2·(6 − 1))·T² with 2 and 4 df.
    means = data.groupby(["g", "f"])["y"].mean().unstack()
    gaps = means[["b", "c"]].sub(means["a"], axis=0).to_numpy()
    mean = gaps.mean(axis=0)
    t2 = 6 * mean @ np.linalg.solve(np.cov(gaps.T), mean)
    test = lmm("y ~ f + (f | g)", data).test(["f[T.b] = 0", "f[T.c] = 0"])
    assert (test.statistic, test.df2) == (pytest.approx(0.4 * t2, rel=1e-6), pytest.approx(4, rel=1e-6))
