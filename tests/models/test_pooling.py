"""Rubin's rules: by hand, against mitml and mice, and where they cannot be applied."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mentoring as mt
from mentoring.errors import StudyError
from mentoring.models.lmm.at_parameters import deviance_at
from mentoring.models.pooling import _plain_df, _reiter_df, rubin

REFERENCE = Path(__file__).parents[1] / "reference"
BOTH = ["simw = 0", "simb = 0"]


@pytest.fixture(scope="module")
def golden() -> dict:
    return json.loads((REFERENCE / "pooling/pooling.json").read_text())


@pytest.fixture(scope="module")
def sets() -> list[pd.DataFrame]:
    """Five imputations of the synthetic dyads' outcome."""
    dyads, imputed = pd.read_csv(REFERENCE / "lmm/dyads.csv"), pd.read_csv(REFERENCE / "pooling/imputed.csv")
    return [dyads.assign(q=imputed[name]) for name in imputed]


def fitted(sets, fixed="simw + simb", **options):
    return [mt.lmm(f"q ~ {fixed} + (1 | mentor)", data, **options) for data in sets]


def test_by_hand():
    # Two imputations, estimates 1 and 3, variances 4 and 6: Ū = 5, B = 2, T = 5 + 1.5·2 = 8, λ = 3/8, ν_old = 1/λ² = 64/9.
    row = rubin(np.array([[1.0], [3.0]]), np.array([[4.0], [6.0]]), 10.0).iloc[0]
    observed = 11 / 13 * 10 * 5 / 8
    assert row["estimate"] == 2 and row["se"] == pytest.approx(np.sqrt(8)) and row["riv"] == pytest.approx(0.6)
    assert row["df"] == pytest.approx(1 / (9 / 64 + 1 / observed))
    assert row["fmi"] == pytest.approx((0.6 + 2 / (row["df"] + 3)) / 1.6)
    assert row["p"] == pytest.approx(2 * stats.t.sf(2 / np.sqrt(8), row["df"]))
    assert row["ci_high"] == pytest.approx(2 + stats.t.ppf(0.975, row["df"]) * np.sqrt(8)) and row["m"] == 2


def test_single_terms_against_mitml(golden, sets):
    fits = fitted(sets, reml=False)
    np.testing.assert_allclose([fit.coefficients for fit in fits], np.transpose(golden["pool_in"]["Q"]), rtol=1e-6)
    np.testing.assert_allclose([np.diag(fit.vcov) for fit in fits], np.transpose(golden["pool_in"]["U"]), rtol=1e-6)
    q, u = (np.transpose(golden["pool_in"][name]) for name in "QU")
    table = rubin(q, u, golden["pool"]["df_complete"])
    np.testing.assert_allclose(table[golden["pool"]["columns"]], golden["pool"]["rows"], rtol=1e-7)


def test_single_terms_against_mice(golden):
    entry = golden["nhanes2"]
    want = pd.DataFrame(entry["pooled"])
    q = np.array(entry["per_set_estimates"])
    table = rubin(q, np.tile(want["within"], (len(q), 1)), entry["df_complete"])
    np.testing.assert_allclose(table["df"], want["df_barnard_rubin"], rtol=1e-9)
    for ours, theirs in (("ci_low", "lo95"), ("ci_high", "hi95"), *((name, name) for name in ("estimate", "se", "t", "p", "riv", "fmi"))):
        np.testing.assert_allclose(table[ours], want[theirs], rtol=1e-9)


def test_joint_tests_against_mitml(golden, sets):
    pooled, simpler = mt.pool(fitted(sets, reml=False)), mt.pool(fitted(sets, "1", reml=False))
    found = {
        "D1": pooled.test(BOTH, small_sample=False), "D2": pooled.test(BOTH, "D2"), "D3": pooled.compare(simpler),
    }  # fmt: skip
    for name, test in found.items():
        want = golden[name]
        got = (test.statistic, test.df1, test.df2, test.p, test.riv)
        np.testing.assert_allclose(got, [want[key] for key in ("F.value", "df1", "df2", "P(>F)", "RIV")], rtol=1e-6)
        assert test.method == name
    # REML fits are fitted again by ML for D3.
    np.testing.assert_allclose(mt.pool(fitted(sets)).compare(mt.pool(fitted(sets, "1")))[:5], found["D3"][:5], rtol=1e-6)


def test_few_mentors_keep_few_degrees_of_freedom(sets):
    fits = fitted(sets)
    table = mt.pool(fits).fixed_effects.set_index("term")
    complete = np.mean([fit.fixed_effects.set_index("term").loc["simb", "df"] for fit in fits])
    assert mt.pool(fits).method == "kenward-roger" and table.loc["simb", "df"] < complete
    joint = mt.pool(fits).test(BOTH)
    assert joint.df2 < np.mean([fit.test(BOTH).df2 for fit in fits]) and joint.p > mt.pool(fits).test(BOTH, small_sample=False).p


def test_degrees_of_freedom_at_their_limits():
    assert _reiter_df(2, 20, 0.3, 1e9)[0] == pytest.approx(_plain_df(2, 20, 0.3), rel=1e-6)
    assert _reiter_df(2, 20, 1e-9, 30.0)[0] == pytest.approx(31 / 33 * 30, rel=1e-6)
    assert "too few degrees of freedom" in _reiter_df(2, 20, 0.5, 5.0)[1] and "too few for a joint test" in _reiter_df(1, 3, 0.5, 50.0)[1]


@pytest.mark.parametrize("formula", ["q ~ simw + (1 + simw | mentor)", "q ~ simw + wave + (simw || mentor) + (1 | program)", "q ~ simw",
                                     "q ~ simw + (1 | mentor) + (1 | peer)"])  # fmt: skip
def test_likelihood_at_other_parameters(formula, sets):
    data = sets[0].assign(w=np.random.default_rng(1).uniform(0.5, 2, len(sets[0])))
    fit = mt.lmm(formula, data, reml=False, weights="w")
    assert deviance_at(fit, fit.coefficients, fit.covariances, fit.sigma) == pytest.approx(fit.deviance, abs=1e-7)
    beta, sigma = fit.coefficients + 0.1, fit.sigma * 1.2
    covariances = [0.3 * np.ones((level.q, level.q)) if len(level.blocks) == 1 else 0.2 * np.eye(level.q) for level in fit.design.levels]
    V = np.diag(sigma**2 / data["w"].to_numpy())
    for level, covariance in zip(fit.design.levels, covariances, strict=True):
        V += (level.z @ covariance @ level.z.T) * (level.codes[:, None] == level.codes)
    dense = -2 * stats.multivariate_normal(fit.design.X @ beta, V).logpdf(fit.design.y)
    assert deviance_at(fit, beta, covariances, sigma) == pytest.approx(dense, abs=1e-7)


def test_imputations_that_are_all_alike(sets):
    fit = fitted(sets[:1])[0]
    pooled = mt.pool([fit, fit, fit])
    own = fit.fixed_effects
    np.testing.assert_allclose(pooled.fixed_effects[["estimate", "se"]], own[["estimate", "se"]])
    # Nothing is lost; what remains is Barnard and Rubin's (ν + 1)/(ν + 3).
    np.testing.assert_allclose(pooled.fixed_effects["df"], own["df"] * (own["df"] + 1) / (own["df"] + 3))
    assert (pooled.fixed_effects["riv"] < 1e-20).all()
    joint = pooled.test(BOTH)
    assert joint.riv < 1e-20 and np.isfinite(joint.p) and np.isfinite(pooled.test(BOTH, "D2").p)
    wald = mt.pool([mt.lmm(fit.formula, sets[0], inference="wald")] * 2).fixed_effects
    assert np.isinf(wald["df"]).all() and wald["p"].notna().all()


def test_what_cannot_be_pooled(sets):
    fits = fitted(sets)
    for wrong, words in (
        ([fits[0]], "1 fit"), ([], "0 fits"), ([fits[0], "fit"], "a str is among"), ([*fits[:2], fitted(sets, "simw")[0]], "fit 3 has the terms"),
        ([fits[0], fitted([sets[1].iloc[:90]])[0]], "rows 90, not 101"), ([fits[0], fitted(sets[1:2], reml=False)[0]], "the method"),
    ):  # fmt: skip
        with pytest.raises(StudyError, match=words):
            mt.pool(wrong)
    pooled = mt.pool(fits)
    with pytest.raises(StudyError, match="not a way to pool"):
        pooled.test(BOTH, "D4")
    with pytest.raises(StudyError, match="not a simpler one"):
        pooled.compare(pooled)
    assert "5 imputations pooled; kenward-roger" in repr(pooled)


@pytest.mark.parametrize(("complete", "df2"), [(15, 12.0915360529), (40, 33.2182813367), (80, 62.0481012603), (200, 123.271042297)])
def test_joint_tests_know_how_few_the_data_are(complete, df2):
    """R: ``mitml::testModels(fits, none, method = "D1", df.com = ...)`` on the fits of pooling.R."""
    assert _reiter_df(2, 5, 0.0917759512514, complete) == (pytest.approx(df2, rel=1e-9), "")
