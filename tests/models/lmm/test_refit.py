"""New outcomes, simulation, bootstrap: the batch equals single fits, and what comes back is what was put in."""

from __future__ import annotations

import numpy as np
import pytest

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm

DESIGNS = [
    "q ~ simw + simb + (1 | mentor)",
    "q ~ simw + simb + (1 + simw | mentor)",
    "q ~ simw + simb + (1 + simw || mentor)",
    "q ~ simw + wave + (1 | program/mentor)",
    "q3 ~ simw + wave + (1 | mentor) + (1 | peer)",
    "q ~ simw + wave",
]


@pytest.mark.parametrize("formula", DESIGNS)
def test_a_batch_equals_single_fits(formula, dyads):
    fit = lmm(formula, dyads)
    outcomes = fit.simulate(12, seed=3)
    many = fit.refit_many(outcomes, df=True)
    assert many.converged.all()
    for number in range(12):
        # A fresh fit from data, not a warm one: the batch must not be stuck where it started.
        fresh = lmm(formula, dyads.assign(**{formula.split(" ")[0]: outcomes[:, number]}), inference="satterthwaite")
        assert many.deviance[number] == pytest.approx(fresh.deviance, abs=1e-6)
        np.testing.assert_allclose(many.estimates.iloc[number], fresh.fixed_effects["estimate"], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(many.p.iloc[number], fresh.fixed_effects["p"], rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(many.components.iloc[number], fresh.variance_components["variance"], rtol=2e-3, atol=2e-5)


def test_refit_on_the_same_outcome_changes_nothing(dyads):
    fit = lmm(DESIGNS[1], dyads)
    again = fit.refit(dyads["q"])
    assert again.deviance == pytest.approx(fit.deviance, abs=1e-9)
    np.testing.assert_allclose(again.fixed_effects["p"], fit.fixed_effects["p"], rtol=1e-5)
    # Weighted and shifted fits keep their weights and offset.
    fit = lmm(DESIGNS[0], dyads, weights=1 + dyads["wave"], offset=0.2 * dyads["sim"])
    assert fit.refit(dyads["q"]).deviance == pytest.approx(fit.deviance, abs=1e-9)


def test_refit_refuses_other_shapes(dyads):
    fit = lmm(DESIGNS[0], dyads)
    with pytest.raises(StudyError, match="rows used"):
        fit.refit(np.ones(3))
    with pytest.raises(StudyError, match="missing or infinite"):
        fit.refit_many(np.full((fit.n_obs, 2), np.nan))
    with pytest.raises(StudyError, match="same value"):
        fit.refit(np.ones(fit.n_obs))


def test_simulated_outcomes_have_the_fitted_moments(dyads):
    fit = lmm(DESIGNS[3], dyads)
    draws = fit.simulate(4000, seed=1)
    np.testing.assert_allclose(draws.mean(axis=1), fit.predict(random=False), atol=6 * 0.9 / np.sqrt(4000))
    same = np.cov(draws[:2])  # the first two rows share mentor and programme
    components = fit.variance_components["variance"].to_numpy()
    assert same[0, 1] == pytest.approx(components[:2].sum(), abs=0.06)
    assert same[0, 0] == pytest.approx(components.sum(), rel=0.1)
    np.testing.assert_array_equal(fit.simulate(3, seed=5), fit.simulate(3, seed=5))


def test_bootstrap_intervals_cover_the_estimate_and_repeat(dyads):
    fit = lmm(DESIGNS[0], dyads)
    first, second = fit.bootstrap(300, seed=2), fit.bootstrap(300, seed=2)
    table = first.intervals.set_index("parameter")
    assert first.failed == 0 and first.intervals.equals(second.intervals)
    assert table.loc["simw", "se"] == pytest.approx(fit.fixed_effects["se"][1], rel=0.15)
    assert (table["ci_low"] <= table["estimate"]).all() and (table["estimate"] <= table["ci_high"]).all()
    assert table.loc["sd mentor.Intercept", "ci_low"] >= 0
