"""Synthetic mentoring dyads against R: Kenward–Roger and Satterthwaite in nested, sloped, crossed and singular fits."""

from __future__ import annotations

import pytest

from mentoring.models.lmm import lmm

FORMULAS = {
    "m1": "q ~ simw + simb + race_match + wave + (1 | mentor)",
    "m2": "q ~ simw + simb + race_match + wave + (1 + simw | mentor)",
    "m3": "q3 ~ simw + simb + race_match + wave + (1 | mentor) + (1 | peer)",
    "m3s": "q ~ simw + simb + race_match + wave + (1 | mentor) + (1 | peer)",
    "m4": "q ~ simw + simb + race_match + wave + (1 | program/mentor)",
}


def r_term(term: str) -> str:
    return "(Intercept)" if term == "Intercept" else term


@pytest.mark.parametrize("name", FORMULAS)
def test_estimates_and_satterthwaite(name, dyads, golden):
    fit, want = lmm(FORMULAS[name], dyads), golden[name]
    assert fit.method == "kenward-roger"
    assert fit.loglik == pytest.approx(want["loglik"], abs=1e-5)
    assert fit.aic == pytest.approx(want["aic"], abs=2e-5)
    assert fit.singular == want["singular"]
    for row in fit.inference("satterthwaite").itertuples():
        term = r_term(row.term)
        assert abs(row.estimate - want["fixef"][term]) <= 1e-4 * want["se"][term]
        assert row.se == pytest.approx(want["se"][term], rel=1e-4)
        assert row.df == pytest.approx(want["df_satt"][term], rel=1e-3)
        assert row.p == pytest.approx(want["p_satt"][term], rel=1e-2)


@pytest.mark.parametrize("name", FORMULAS)
def test_kenward_roger(name, dyads, golden):
    fit, want = lmm(FORMULAS[name], dyads), golden[f"{name}_kr"]
    for row in fit.fixed_effects.itertuples():
        assert row.se == pytest.approx(want["se_kr"][r_term(row.term)], rel=1e-4)
        assert row.df == pytest.approx(want["tests"][r_term(row.term)]["df"], rel=1e-4)
        assert row.p == pytest.approx(want["tests"][r_term(row.term)]["p"], rel=1e-3)


@pytest.mark.parametrize("name", FORMULAS)
def test_variance_components(name, dyads, golden):
    fit = lmm(FORMULAS[name], dyads)
    table = fit.variance_components.set_index(["group", "term", "term2"])
    for want in golden[name]["vc"]:
        if want["grp"] == "Residual":
            assert fit.sigma == pytest.approx(want["sdcor"], rel=5e-4)
        elif "var2" not in want:
            assert (
                abs(
                    fit.variance_components.query("group == @want['grp'] and term == @want['var1'].strip('()') and term2.isna()")[
                        "sd"
                    ].item()
                    - want["sdcor"]
                )
                < 5e-4 * fit.sigma
            )
        else:
            assert table.loc[(want["grp"], "Intercept", want["var2"]), "correlation"] == pytest.approx(want["sdcor"], abs=2e-3)


def test_joint_tests(dyads, golden):
    fit, want = lmm(FORMULAS["m1"], dyads), golden["m1_joint"]
    result = fit.test(["simw = 0", "simb = 0"])
    assert (result.df1, result.method) == (2, "kenward-roger")
    assert result.statistic == pytest.approx(want["kr"]["F"], rel=1e-6)
    assert result.df2 == pytest.approx(want["kr"]["ddf"], rel=1e-6)
    assert result.p == pytest.approx(want["kr"]["p"], rel=1e-4)
    other = fit.test(["simw = 0", "simb = 0"], "satterthwaite")
    assert other.statistic == pytest.approx(want["satt"]["F value"], rel=1e-6)
    assert other.df2 == pytest.approx(want["satt"]["DenDF"], rel=1e-5)


def test_one_row_test_equals_the_table(dyads):
    fit = lmm(FORMULAS["m2"], dyads)
    for method in ("kenward-roger", "satterthwaite", "wald"):
        row = fit.inference(method).set_index("term").loc["simb"]
        assert fit.test("simb = 0", method).p == pytest.approx(row["p"], rel=1e-8)


def test_hypotheses_are_linear_combinations(dyads):
    fit = lmm(FORMULAS["m1"], dyads)
    assert fit.test("2*simw - simb/2 = 1").statistic == pytest.approx(fit.test("simb = 4*simw - 2").statistic, rel=1e-9)
    assert fit.test("simw + simb = 0.5").p == pytest.approx(fit.test("simb = 0.5 - simw").p, rel=1e-9)


def test_singular_satterthwaite_is_that_of_the_smaller_model(dyads):
    full = lmm(FORMULAS["m3s"], dyads, inference="satterthwaite")
    small = lmm(FORMULAS["m1"], dyads, inference="satterthwaite")
    assert full.singular and not small.singular
    assert full.variance_components.set_index("group").loc["peer", "variance"] == 0
    assert full.fixed_effects["df"].to_numpy() == pytest.approx(small.fixed_effects["df"].to_numpy(), rel=1e-6)


def test_explained_variance(dyads, golden):
    r2 = lmm(FORMULAS["m1"], dyads).r_squared
    assert r2.marginal == pytest.approx(golden["r2"]["m1_marg"], abs=1e-6)
    assert r2.conditional == pytest.approx(golden["r2"]["m1_cond"], abs=1e-6)
