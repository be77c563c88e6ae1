"""Every line of the public interface, as a reader of the docs would type it."""

from __future__ import annotations

import numpy as np
import pytest

import mentoring as mt
from mentoring.errors import StudyError

EFFECTS = ["term", "estimate", "se", "df", "t", "p", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def fit(dyads):
    return mt.lmm("q ~ simw + simb + (1 | program/mentor)", dyads, reml=True)


def test_the_tables(fit):
    assert list(fit.fixed_effects) == EFFECTS
    assert list(fit.variance_components) == ["group", "term", "term2", "variance", "sd", "correlation"]
    assert fit.variance_components["group"].iloc[-1] == "Residual"
    assert list(fit.random_effects) == ["group", "level", "term", "estimate", "se"]
    assert len(fit.random_effects) == sum(fit.n_groups.values())


def test_the_numbers(fit, dyads):
    assert fit.deviance == -2 * fit.loglik
    assert fit.aic == fit.deviance + 2 * 6 and fit.bic == pytest.approx(fit.deviance + np.log(fit.n_obs) * 6)
    assert fit.n_obs == len(dyads) and fit.n_groups == {"program": 6, "mentor:program": 24}
    assert fit.converged is True and fit.singular in (True, False)
    assert 0 <= fit.icc < 1 and fit.r_squared.marginal <= fit.r_squared.conditional


def test_inference_by_name(fit):
    assert fit.method == "kenward-roger"
    tables = {method: fit.inference(method) for method in ("kenward-roger", "satterthwaite", "wald")}
    assert all(list(table) == EFFECTS for table in tables.values())
    assert np.isinf(tables["wald"]["df"]).all() and (tables["wald"]["p"] <= tables["kenward-roger"]["p"]).all()
    with pytest.raises(StudyError, match="kenward-roger, satterthwaite, wald"):
        fit.inference("kr")


def test_hypotheses_in_words(fit):
    joint = fit.test(["simw = 0", "simb = simw"])
    assert (joint.df1, joint.method) == (2, "kenward-roger") and 0 < joint.p < 1
    table = fit.fixed_effects.set_index("term")
    assert fit.test("simw = 0").p == pytest.approx(table.loc["simw", "p"], rel=1e-6)
    with pytest.raises(StudyError, match="simw"):
        fit.test("sim = 0")


def test_what_a_fit_can_do(fit, dyads):
    assert list(fit.predict(dyads.head(3)).index) == [0, 1, 2]
    assert fit.predict().equals(fit.fitted)
    again = fit.refit(dyads["q"])
    np.testing.assert_allclose(again.coefficients, fit.coefficients, atol=1e-6)
    draws = fit.bootstrap(20, seed=1)
    assert len(draws.refits.estimates) == 20 and {"ci_low", "ci_high"} <= set(draws.intervals)
    assert set(fit.influence("mentor")["level"]) == set(dyads["mentor"])
    assert list(mt.cr2(fit, "program")["term"]) == fit.terms
    assert mt.pool([fit, again]).fixed_effects["m"].eq(2).all()
    assert set(fit.confint()["parameter"]) > {"simw", "sd program.Intercept", "sigma"}


def test_it_can_be_read(fit, dyads):
    text = repr(fit)
    assert fit.formula in text and "101 rows, 6 program, 24 mentor:program" in text and "kenward-roger" in text
    assert len(text.splitlines()) < 20
    for name in (name for name in dir(type(fit)) if not name.startswith("_")):
        assert getattr(type(fit), name).__doc__, name
    with pytest.raises(StudyError, match="did you mean “mentor”"):
        mt.lmm("q ~ simw + (1 | mentr)", dyads)
