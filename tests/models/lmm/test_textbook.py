"""Every textbook model against lme4, lmerTest and pbkrtest at the tolerances stated in the reference file."""

from __future__ import annotations

import re

import numpy as np
import pytest

from mentoring.models.lmm import lmm
from tests.models.lmm.lmm_reference import r_name, textbook, textbook_data

TEXTBOOK = textbook()
LIMIT = TEXTBOOK["tolerance"]
# InstEval has 73,421 rows in 4,100 crossed groups: seconds, not milliseconds.
MODELS = [
    pytest.param(entry, id=entry["id"], marks=[pytest.mark.slow] if "insteval" in entry["id"] else []) for entry in TEXTBOOK["models"]
]


@pytest.fixture(scope="module", params=MODELS)
def pair(request):
    entry = request.param
    return entry, lmm(entry["formula"], textbook_data(entry), reml=entry["reml"], inference="satterthwaite")


def test_log_likelihood_and_information_criteria(pair):
    entry, fit = pair
    # Both ways: a much higher likelihood would mean another constant, not a better fit.
    assert abs(fit.loglik - entry["loglik"]) <= LIMIT["loglik"]
    assert fit.aic == pytest.approx(entry["aic"], abs=2 * LIMIT["loglik"])
    assert fit.bic == pytest.approx(entry["bic"], abs=2 * LIMIT["loglik"])
    assert fit.n_obs == entry["n"] and fit.n_groups == entry["groups"]
    assert fit.converged and fit.singular == entry["singular"]


def test_fixed_effects(pair):
    entry, fit = pair
    expected = {":".join(sorted(row["term"].split(":"))): row for row in entry["fixed"]}
    for row in fit.fixed_effects.itertuples():
        want = expected.pop(r_name(row.term))
        assert abs(row.estimate - want["estimate"]) <= LIMIT["estimate_in_se"] * want["se"]
        assert row.se == pytest.approx(want["se"], rel=LIMIT["se_relative"])
        if entry["df_comparable"]:
            df = float(want["df_satterthwaite"])
            assert abs(row.df - df) <= max(LIMIT["df"][0], LIMIT["df"][1] * df)
            assert row.p == pytest.approx(want["p_satterthwaite"], rel=1e-2, abs=1e-4)
    assert not expected


def test_kenward_roger(pair):
    entry, fit = pair
    expected = {":".join(sorted(row["term"].split(":"))): row for row in entry["fixed"] if row["df_kr"] is not None}
    if not expected:
        pytest.skip("the reference has no Kenward-Roger (large or ML)")
    for row in fit.inference("kenward-roger").itertuples():
        want = expected[r_name(row.term)]
        assert row.se == pytest.approx(want["se_kr"], rel=LIMIT["kr_relative"])
        assert row.df == pytest.approx(want["df_kr"], rel=LIMIT["kr_relative"])
        assert row.p == pytest.approx(want["p_kr"], rel=1e-2, abs=1e-4)


def test_variance_components(pair):
    entry, fit = pair
    table = fit.variance_components
    assert table.iloc[-1]["group"] == "Residual"
    assert abs(fit.sigma - entry["sigma"]) <= LIMIT["sd_in_sigma"] * entry["sigma"]
    for want in entry["varcomp"]:
        if want["var1"] is None:
            continue
        group = re.sub(r"\.\d+$", "", want["group"])  # lme4 numbers the blocks of (x || g)
        own = table[(table["group"] == group) & (table["term"].map(r_name, na_action="ignore") == want["var1"])]
        if want["var2"] is None:
            sd = own.loc[own["term2"].isna(), "sd"].item()
            assert abs(sd - want["sdcor"]) <= LIMIT["sd_in_sigma"] * entry["sigma"]
        else:
            value = own.loc[own["term2"].map(r_name, na_action="ignore") == want["var2"], "correlation"].item()
            assert value == pytest.approx(want["sdcor"], abs=LIMIT["correlation"])


def test_explained_variance(pair):
    entry, fit = pair
    if entry["r2"] is None:
        pytest.skip("the reference has no R² (singular)")
    assert fit.r_squared.marginal == pytest.approx(entry["r2"]["R2_marginal"], abs=LIMIT["r2"])
    assert fit.r_squared.conditional == pytest.approx(entry["r2"]["R2_conditional"], abs=LIMIT["r2"])
    assert fit.icc == pytest.approx(entry["r2"]["ICC_adjusted"], abs=LIMIT["r2"])


def test_conditional_modes(pair):
    entry, fit = pair
    modes = fit.random_effects
    for group, want in (entry["blups"] or {}).items():
        squares = modes[modes["group"] == group].groupby("term", sort=False)["estimate"].apply(lambda x: float((x**2).sum()))
        expected = np.atleast_1d(want["sumsq"])
        np.testing.assert_allclose(squares.to_numpy(), expected, rtol=1e-3, atol=1e-6 * entry["sigma"] ** 2)
