"""CR2, influence, likelihood ratios, profile intervals, the ladder, within/between, standardised effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mentoring.errors import StudyError
from mentoring.models.lmm import cr2, cr2_test, fit_ladder, lmm, lrt, mean_reliability, within_between
from mentoring.models.lmm.confint import variance_intervals
from mentoring.models.lmm.explained import standardized
from tests.models.lmm.lmm_reference import r_name, textbook, textbook_data

FIXED = "q ~ simw + simb + race_match + wave"


def test_cr2_against_clubsandwich(dyads, golden):
    for formula, name in ((f"{FIXED} + (1 | mentor)", "cr2"), (FIXED, "cr2_ols")):
        table = cr2(lmm(formula, dyads), "mentor")
        np.testing.assert_allclose(table["se"], golden[name]["se"], rtol=1e-6)
        np.testing.assert_allclose(table["df"], golden[name]["df"], rtol=1e-6)
        np.testing.assert_allclose(table["p"], golden[name]["p"], rtol=1e-5)


def test_cr2_of_a_balanced_slope_model_equals_the_model_based_table():
    # Orthogonal growth with equal clusters: clubSandwich gives SE 6.824557 and 1.545789 with 17 df, as the model does.
    data = textbook_data(next(entry for entry in textbook()["models"] if entry["id"] == "sleepstudy_slope_reml"))
    table = cr2(lmm("Reaction ~ Days + (Days | Subject)", data), "Subject")
    np.testing.assert_allclose(table["se"], [6.82455653206904, 1.54578889629473], rtol=1e-6)
    np.testing.assert_allclose(table["df"], [17, 17], rtol=1e-6)


def test_joint_cr2_test_against_clubsandwich():
    # clubSandwich 0.5.8 on lm(mAch ~ cses + meanses + sector): Wald_test(m, constrain_zero(2:3), vcovCR(m, school, "CR2"), test = "HTZ").
    data = textbook_data(next(entry for entry in textbook()["models"] if entry["id"] == "hsb82_covs_ml"))
    fit = lmm("mAch ~ cses + meanses + sector", data)
    found = cr2_test(fit, "school", ["cses = 0", "meanses = 0"])
    np.testing.assert_allclose([found.statistic, found.df2, found.p], [267.591804092438, 92.4505574389595, 3.54772437740257e-39], rtol=1e-8)
    table = cr2(fit, "school")
    one = cr2_test(fit, "school", "cses = 0")
    np.testing.assert_allclose([one.statistic, one.df2, one.p], [table.loc[1, "t"] ** 2, table.loc[1, "df"], table.loc[1, "p"]], rtol=1e-9)


def test_too_many_hypotheses_for_few_clusters_are_not_tested(dyads):
    few = dyads[dyads["mentor"].isin(dyads["mentor"].unique()[:3])]
    found = cr2_test(lmm("q ~ simw + wave + race_match", few), "mentor", ["simw = 0", "wave = 0", "race_match = 0"])
    assert np.isnan([found.statistic, found.df2, found.p]).all() and found.df1 == 3


def test_cr2_refuses_crossing_and_warns_of_few_clusters(dyads):
    with pytest.raises(StudyError, match="reach across clusters"):
        cr2(lmm("q3 ~ simw + (1 | mentor) + (1 | peer)", dyads), "mentor")
    with pytest.raises(StudyError, match="no grouping factor or column"):
        cr2(lmm("q ~ simw + (1 | mentor)", dyads), "mentors")
    few = cr2(lmm("q ~ simw + simb + (1 | program/mentor)", dyads), "program")
    assert (few.loc[few["df"] < 4, "note"] != "").all() and (few["df"] < 6).all()


def test_leave_one_mentor_out(dyads, golden):
    table = lmm(f"{FIXED} + (1 | mentor)", dyads).influence("mentor")
    without = table.loc[table["term"] == "simw", "estimate"].to_numpy()
    np.testing.assert_allclose(without, golden["lomo"], rtol=1e-5)
    assert (table["note"] == "").all() and table["rows"].groupby(table["level"]).first().sum() == len(dyads)


def test_influence_of_a_group_that_is_no_random_term(dyads):
    table = lmm(f"{FIXED} + (1 | program/mentor)", dyads).influence("program")
    fresh = lmm(f"{FIXED} + (1 | program/mentor)", dyads[dyads["program"] != 3])
    own = table[table["level"] == 3]
    np.testing.assert_allclose(own["estimate"], fresh.fixed_effects["estimate"], rtol=1e-5)
    np.testing.assert_allclose(own["dfbetas"], own["change"] / np.sqrt(np.diag(fresh.vcov)), rtol=1e-4)


def test_influence_says_when_a_term_hangs_on_one_group(dyads):
    data = dyads.assign(only=(dyads["mentor"] == 5).astype(float) * dyads["wave"])
    table = lmm("q ~ only + (1 | mentor)", data).influence("mentor")
    assert table.loc[table["level"] == 5, "note"].str.contains("cannot all be estimated").all()
    assert (table.loc[table["level"] != 5, "note"] == "").all()


def test_likelihood_ratios(dyads, golden):
    full = lmm(f"{FIXED} + (1 | mentor)", dyads)
    fixed = lrt(full, lmm("q ~ simb + race_match + wave + (1 | mentor)", dyads))
    assert fixed.statistic == pytest.approx(golden["lrt"]["chisq"], rel=1e-6) and "ML" in fixed.note
    assert fixed.p == pytest.approx(golden["lrt"]["p"], rel=1e-5)
    boundary = lrt(full, lmm(FIXED, dyads))
    assert boundary.statistic == pytest.approx(golden["boundary"]["lr"], rel=1e-6)
    assert boundary.p == pytest.approx(golden["boundary"]["p_half"], rel=1e-6)
    slope = lrt(lmm(f"{FIXED} + (1 + simw | mentor)", dyads), full)
    assert slope.weights == {1: 0.5, 2: 0.5}
    drawn = lrt(full, lmm(FIXED, dyads), bootstrap=200, seed=1)
    assert 0.05 < drawn.p < 0.25 and drawn.method.startswith("parametric bootstrap")
    with pytest.raises(StudyError, match="different rows"):
        lrt(full, lmm(FIXED, dyads.iloc[:90]))


PROFILED = {entry["id"]: entry for entry in textbook()["models"] if entry.get("profile")}


@pytest.mark.parametrize("name", PROFILED)
def test_profile_intervals(name):
    entry = PROFILED[name]
    table = lmm(entry["formula"], textbook_data(entry), reml=entry["reml"]).confint("profile").set_index("parameter")
    table.index = [name if name.startswith(("sd ", "cor ")) else r_name(name).replace("(Intercept)", "Intercept") for name in table.index]
    width = table["ci_high"] - table["ci_low"]
    for want in entry["profile"]:
        # R: "sd_Days|Subject", "cor_Days.(Intercept)|Subject", "sigma", "(Intercept)".
        kind, _, rest = want["par"].partition("_")
        effect, _, group = rest.partition("|")
        ours = f"{kind} {group}." + ".".join(reversed(effect.split("."))) if rest else want["par"]
        row = table.loc[ours.replace("(Intercept)", "Intercept")]
        assert row["ci_low"] == pytest.approx(want["lo"], abs=2.5e-4 * width[row.name])
        assert row["ci_high"] == pytest.approx(want["hi"], abs=2.5e-4 * width[row.name])


def test_profile_of_a_zero_variance_starts_at_zero(dyads):
    table = lmm("q ~ simw + (1 | mentor) + (1 | peer)", dyads).confint().set_index("parameter")
    assert table.loc["sd peer.Intercept", "ci_low"] == 0 and table.loc["sd peer.Intercept", "ci_high"] > 0


def test_ladder_steps_down_with_reasons(dyads):
    fit = fit_ladder("q ~ simw + simb + (1 + simw | mentor)", dyads)
    assert [step["decision"] for step in fit.steps] == ["not tried", "left", "kept"]
    assert "24 groups" in fit.steps[0]["reason"] and "p = " in fit.steps[1]["reason"]
    assert list(fit.variance_components["term"].dropna()) == ["Intercept"]


def test_ladder_keeps_a_slope_that_is_there():
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(50), 12)
    x = rng.normal(size=600)
    y = x + rng.normal(size=50)[group] + rng.normal(size=50)[group] * x + rng.normal(size=600)
    fit = fit_ladder("y ~ x + (x | g)", pd.DataFrame({"y": y, "x": x, "g": group}))
    assert "x" in set(fit.variance_components["term"].dropna()) and fit.steps[-1]["decision"] == "kept"


def test_within_between(dyads):
    split = within_between(dyads[["q", "mentor", "sim"]], "sim", "mentor")
    np.testing.assert_allclose(split["sim_within"], dyads["simw"], atol=1e-10)
    np.testing.assert_allclose(split["sim_between"], dyads["simb"], atol=1e-10)
    assert "sim_within" not in dyads
    assert 0 < mean_reliability(dyads, "sim", "mentor") < 1
    with pytest.raises(StudyError, match="did you mean “sim”"):
        within_between(dyads, "simm", "mentor")


def test_standardised_effects_by_hand(dyads):
    fit = lmm(f"{FIXED} + (1 | mentor)", dyads)
    table = fit.standardized.set_index("term")
    components = fit.variance_components["variance"].sum()
    total = np.sqrt(components + np.var(fit.predict(random=False), ddof=1))
    b = fit.fixed_effects.set_index("term")["estimate"]
    assert table.loc["simw", "std_estimate"] == pytest.approx(b["simw"] * dyads["simw"].std() / total)
    assert table.loc["race_match", "std_estimate"] == pytest.approx(b["race_match"] / np.sqrt(components))


def test_standardised_effects_of_groups_interactions_and_curves(dyads):
    data = dyads.assign(kind=np.where(dyads["X"] > 5, "far", "near"), third=dyads["program"] % 3)
    fit = lmm("q ~ kind * wave + poly(Y, 2) + C(third) + simw + race_match + (1 | mentor)", data)
    table = fit.standardized.set_index("term")["std_estimate"]
    told = ["C(third)[T.1]", "C(third)[T.2]", "simw", "race_match"]
    assert table[told].notna().all() and table.drop(told).isna().all()
    d = fit.coefficients[fit.terms.index("C(third)[T.1]")] / np.sqrt(fit.variance_components["variance"].sum())
    assert table["C(third)[T.1]"] == pytest.approx(d)
    # A match as a deviation takes many values and still counts per unit.
    split = within_between(dyads, "race_match", "mentor")
    fit = lmm("q ~ race_match_within + (1 | mentor)", split)
    d = fit.coefficients[1] / np.sqrt(fit.variance_components["variance"].sum())
    assert standardized(fit, {"race_match_within"})["std_estimate"].iloc[1] == pytest.approx(d)


def test_intervals_of_the_rows_of_variance_components(dyads):
    fit = lmm("q ~ simw + (1 + simw | mentor)", dyads)
    table, ends = fit.confint().set_index("parameter"), variance_intervals(fit)
    names = ["sd mentor.Intercept", "sd mentor.simw", "cor mentor.Intercept.simw", "sigma"]
    want = table.loc[names, ["ci_low", "ci_high"]].to_numpy(copy=True)
    want[[0, 1, 3]] **= 2
    np.testing.assert_allclose(ends, want)
    assert ((ends[:, 0] <= fit.variance_components["variance"]) | fit.variance_components["term2"].notna()).all()
    # Without random terms σ² has its exact interval: RSS/χ².
    plain = lmm("q ~ simw", dyads)
    rss = plain.sigma**2 * 99
    np.testing.assert_allclose(variance_intervals(plain), [rss / stats.chi2.ppf([0.975, 0.025], 99)])


def test_design_effect_by_hand():
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"g": np.repeat(np.arange(20), 5)})
    data["y"] = rng.normal(size=20)[data["g"]] + rng.normal(size=100)
    fit = lmm("y ~ 1 + (1 | g)", data)
    effect = fit.design_effect("g")
    assert effect.deff == pytest.approx(1 + 4 * fit.icc) and effect.n_effective == pytest.approx(100 / effect.deff)


def test_prediction_on_new_rows(dyads):
    fit = lmm("q ~ simw * wave + poly(X, 2) + scale(Y) + (1 + simw | mentor)", dyads)
    some = dyads.sample(20, random_state=1)
    np.testing.assert_allclose(fit.predict(some), fit.fitted.loc[some.index], rtol=1e-10)
    unknown = some.assign(mentor=999)
    np.testing.assert_allclose(fit.predict(unknown), fit.predict(some, random=False), rtol=1e-10)
    np.testing.assert_allclose(fit.residuals + fit.fitted, dyads["q"], rtol=1e-12)
    with pytest.raises(StudyError, match="no column “wave”"):
        fit.predict(some.drop(columns="wave"))
