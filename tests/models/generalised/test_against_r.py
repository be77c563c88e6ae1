"""Marginal and mixed logit models beside R's geepack, clubSandwich, lme4 and ordinal (`tests/reference/generalised/generalised.R`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.models.generalised import marginal, mixed
from mentoring.models.generalised.predictions import average_slope, difference, shares

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "generalised"
R = json.loads((FOLDER / "generalised.json").read_text())
BACTERIA, WINE, NESTED, DYADS = ["drug", "drugp", "late"], ["warm", "yescontact"], ["x", "g"], ["simw", "simb", "race_match"]
MIXED = {
    "bacteria_1": ("bacteria", "yes", BACTERIA, ["ID"], 1),
    "bacteria_15": ("bacteria", "yes", BACTERIA, ["ID"], 15),
    "nested_1": ("nested", "yes", NESTED, ["mentor", "dyad"], 1),
    "mentor_15": ("nested", "yes", NESTED, ["mentor"], 15),
    "wine_1": ("wine", "item", WINE, ["judge"], 1),
    "wine_15": ("wine", "item", WINE, ["judge"], 15),
    "wine_crossed": ("wine", "item", WINE, ["judge", "bottle"], 1),
    "rating_1": ("nested", "item", NESTED, ["mentor", "dyad"], 1),
    "dyads_15": ("dyads", "ord", DYADS, ["mentor"], 15),
}
MARGINAL = {
    "bacteria": ("bacteria", "yes", BACTERIA, "ID"),
    "nested": ("nested", "yes", NESTED, "mentor"),
    "rating": ("nested", "item", NESTED, "mentor"),
    "wine": ("wine", "item", WINE, "judge"),
}


def read(name: str, outcome: str, columns: list[str]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    data = pd.read_csv(FOLDER / f"{name}.csv")
    return data, data[columns].to_numpy(float), np.unique(data[outcome], return_inverse=True)[1]


def towards_r(delta: np.ndarray, thresholds: int) -> np.ndarray:
    """R's logistic intercept is minus the threshold."""
    turned = delta.copy()
    if thresholds == 1:
        turned[0] = -turned[0]
    return turned


@pytest.mark.parametrize("name", MIXED)
def test_the_mixed_model_is_that_of_glmer_and_clmm(name: str) -> None:
    file, outcome, columns, groups, nodes = MIXED[name]
    data, X, y = read(file, outcome, columns)
    known = R["mixed"][name]
    fit = mixed(X, y, [data[group].to_numpy() for group in groups], nodes)
    se = np.array(known["se"])
    assert fit.converged
    # glmer's own search for Laplace's optimum stops at 3.5e-5 below ours on `bacteria`; everything else agrees far better.
    assert fit.loglik >= known["loglik"] - 1e-5
    assert fit.loglik == pytest.approx(known["loglik"], abs=5e-5)
    assert np.abs((towards_r(fit.delta, y.max()) - known["coef"]) / se).max() < 3e-4
    np.testing.assert_allclose(fit.se, se, rtol=1e-3)
    np.testing.assert_allclose(fit.sd, [known["sd"][group] for group in groups], atol=2e-4)
    assert fit.singular == (min(known["sd"].values()) < 1e-3)


@pytest.mark.parametrize("name", MARGINAL)
def test_the_marginal_model_is_that_of_r_with_cr2(name: str) -> None:
    file, outcome, columns, cluster = MARGINAL[name]
    data, X, y = read(file, outcome, columns)
    known = R["marginal"][name]
    fit = marginal(X, y, data[cluster].to_numpy())
    found = [fit.contrast(unit) for unit in np.eye(len(fit.delta))]
    np.testing.assert_allclose(towards_r(fit.delta, y.max()), known["coef"], atol=1e-7)
    np.testing.assert_allclose([se for se, _ in found], known["cr2"], rtol=1e-6)
    np.testing.assert_allclose([df for _, df in found], known["df"], rtol=1e-5)
    if "gee" in known:
        np.testing.assert_allclose(towards_r(fit.delta, 1), known["gee"], atol=1e-7)
        # clubSandwich's method for glm takes another root of the same matrix.
        np.testing.assert_allclose([se for se, _ in found], known["own"], rtol=5e-3)
    if "loglik" in known:
        assert fit.loglik == pytest.approx(known["loglik"], abs=1e-8)


def test_shares_are_those_of_r_and_their_errors_those_of_the_delta_method() -> None:
    data, X, y = read("nested", "yes", NESTED)
    fit = marginal(X, y, data["mentor"].to_numpy())
    low, high = (shares(fit, 0, value)[1] for value in (-1.0, 1.0))
    assert low.estimate == pytest.approx(R["shares"]["low"], abs=1e-8)
    assert high.estimate == pytest.approx(R["shares"]["high"], abs=1e-8)
    assert average_slope(fit, 0, 1.0, 1).estimate == pytest.approx(R["shares"]["slope"], abs=1e-8)
    assert difference(fit, 0, -1.0, 1.0, 1).estimate == pytest.approx(high.estimate - low.estimate)
    assert 0 < low.low < low.estimate < low.high < 1
    for share in (low, average_slope(fit, 0, 1.0, 1)):
        assert share.se > 0 and share.df > 4
    rating, Xr, yr = read("nested", "item", NESTED)
    ordered = marginal(Xr, yr, rating["mentor"].to_numpy())
    np.testing.assert_allclose([one.estimate for one in shares(ordered, 0, 1.0)], R["shares"]["rating"], atol=1e-7)


def test_standard_errors_of_shares_agree_with_numerical_gradients() -> None:
    data, X, y = read("nested", "item", NESTED)
    fit = marginal(X, y, data["mentor"].to_numpy())
    k = int(y.max())

    def share(delta: np.ndarray) -> float:
        moved = X.copy()
        moved[:, 0] = 0.5
        return float((1 / (1 + np.exp(-(moved @ delta[k:] - delta[2])))).mean())

    def slope(delta: np.ndarray) -> float:
        upper = 1 / (1 + np.exp(-(X @ delta[k:] - delta[2])))
        return float((upper * (1 - upper)).mean() * delta[k] * 1.3)

    for function, found in ((share, None), (slope, average_slope(fit, 0, 1.3, 3))):
        gradient = np.array([(function(fit.delta + step) - function(fit.delta - step)) / 2e-6 for step in np.eye(len(fit.delta)) * 1e-6])
        if found is None:
            from mentoring.models.generalised.predictions import at_least

            found = at_least(fit, 0, 0.5, 3)
        assert found.estimate == pytest.approx(function(fit.delta))
        assert found.se == pytest.approx(fit.contrast(gradient)[0], rel=1e-5)
