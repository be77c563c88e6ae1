"""Factor models against lavaan (tests/reference/factors/factors.R), by hand, and where they must refuse."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.measure.factors import Equal, Structure, confirm

REFERENCE = Path(__file__).parents[1] / "reference" / "factors"
EXPECTED = json.loads((REFERENCE / "factors.json").read_text())
ITEMS = pd.read_csv(REFERENCE / "items.csv")
SCALES = {"trust": ("trust1", "trust2", "trust3", "trust4"), "growth": ("growth1", "growth2", "growth3"), "care": ("care1", "care2", "care3")}
MENTEE = {factor: tuple(f"mentee_{item}" for item in items) for factor, items in SCALES.items()}
COMPLETE = ITEMS.dropna(subset=[item for items in MENTEE.values() for item in items])
NORMAL_SE = (0, 0.10472954093, 0.09891094884, 0.10442165607, 0, 0.13553436198, 0.13694807334, 0, 0.19312897122, 0.14747967677)
NORMAL_SE_FIML = (0, 0.09457296967, 0.09626591301, 0.09235530975, 0, 0.11856675037, 0.11800458879, 0, 0.13781755383, 0.10516266490)
DYADIC = Structure(SCALES, forms=("mentor", "mentee"))
STEPS = {
    "configural": Equal(), "metric": Equal(loadings=True), "scalar": Equal(loadings=True, intercepts=True),
    "strict": Equal(loadings=True, intercepts=True, residuals=True),
    "partial": Equal(loadings=True, intercepts=True, freed=frozenset({("growth2", "loading"), ("growth2", "intercept")})),
}


def check_fit(fit, expected, means=True):
    """The tolerances of the reference: chi-squared 1e-3, indices 1e-4."""
    # Without missing answers and groups lavaan leaves the means out of the model; they are free, so nothing else changes.
    assert (fit.indices.df, len(fit.theta) - (0 if means else fit.parameters.items)) == (expected["df"], expected["npar"])
    assert fit.loglik == pytest.approx(expected["logl"], abs=1e-5)
    assert fit.indices.chisq == pytest.approx(expected["chisq"], abs=1e-4)
    for ours, theirs in (("cfi", "cfi"), ("tli", "tli"), ("rmsea", "rmsea"), ("rmsea_low", "rmsea.ci.lower"), ("rmsea_high", "rmsea.ci.upper")):
        assert getattr(fit.indices, ours) == pytest.approx(expected[theirs], abs=1e-5), ours
    assert fit.srmr == pytest.approx(expected["srmr_bentler"], abs=1e-5)
    if means:
        assert (fit.aic, fit.bic) == pytest.approx((expected["aic"], expected["bic"]), abs=1e-4)


def check_robust(fit, expected):
    """Scaled chi-squared and robust indices; with missing answers those of Zhang and Savalei (2023)."""
    assert fit.scaling == pytest.approx(expected["chisq.scaling.factor"], rel=1e-5)
    assert fit.scaled.chisq == pytest.approx(expected["chisq.scaled"], rel=1e-5)
    for ours, theirs in (("cfi", "cfi.robust"), ("tli", "tli.robust"), ("rmsea", "rmsea.robust")):
        assert getattr(fit.scaled, ours) == pytest.approx(expected[theirs], abs=1e-5), ours


def check_loadings(fit, expected, se=1e-3):
    for row, raw, std in zip(fit.loadings.itertuples(), expected["loadings"], expected["std"], strict=True):
        assert row.loading == pytest.approx(raw["est"], abs=1e-5)
        assert row.std_loading == pytest.approx(std["est.std"], abs=1e-5)
        assert row.std_se == pytest.approx(std["se"], rel=se)
        if raw["se"]:
            assert row.se == pytest.approx(raw["se"], rel=se)


@pytest.mark.parametrize(("name", "data", "structure"), [
    ("mlr", COMPLETE, MENTEE), ("fiml", ITEMS, MENTEE), ("onefactor", COMPLETE, {"trust": MENTEE["trust"]}),
    ("higher", COMPLETE, Structure(MENTEE, general="general")),
])
def test_models_agree_with_lavaan(name, data, structure):
    fit = confirm(data, structure)
    check_fit(fit, EXPECTED[name]["fit"], means=name == "fiml")
    check_loadings(fit, EXPECTED[name])
    check_robust(fit, EXPECTED[name]["fit"])


@pytest.mark.parametrize("step", STEPS)
def test_the_same_items_for_both_roles_in_one_matrix(step):
    fit = confirm(ITEMS, DYADIC, equal=STEPS[step])
    check_fit(fit, EXPECTED["dyadic"][step])
    check_robust(fit, EXPECTED["dyadic"][step])


@pytest.mark.parametrize("step", ["configural", "metric", "scalar", "strict"])
def test_independent_groups(step):
    mentor = ITEMS.dropna(subset=[f"mentor_{item}" for items in SCALES.values() for item in items])
    long = pd.concat([
        part[[f"{role}_{item}" for items in SCALES.values() for item in items]].set_axis([item for items in SCALES.values() for item in items], axis=1)
        for role, part in (("mentee", COMPLETE), ("mentor", mentor))
    ], ignore_index=True)
    fit = confirm(long, SCALES, groups=["mentee"] * len(COMPLETE) + ["mentor"] * len(mentor), equal=STEPS[step])
    check_fit(fit, EXPECTED["grouped"][step])
    check_robust(fit, EXPECTED["grouped"][step])


def test_standard_errors_of_normal_answers():
    """R: ``parameterEstimates(cfa(three, complete))$se``, and ``cfa(three, d, missing = "fiml")`` (lavaan 0.6-14), in the order of the loadings."""
    for data, expected in ((COMPLETE, NORMAL_SE), (ITEMS, NORMAL_SE_FIML)):
        normal, robust = confirm(data, MENTEE, errors="normal"), confirm(data, MENTEE)
        assert np.nan_to_num(normal.loadings["se"]) == pytest.approx(np.array(expected), rel=1e-4)  # none of the markers
        assert normal.indices == robust.indices and normal.scaling == robust.scaling
    with pytest.raises(StudyError, match="without clusters"):
        confirm(COMPLETE, MENTEE, clusters=COMPLETE["mentor"], errors="normal")


def test_omega_of_each_factor():
    """R: ``semTools::compRelSEM(cfa(three, complete))``, whose total variance is the observed one; by hand from the model's own."""
    fit = confirm(COMPLETE, MENTEE)
    table = fit.omega().set_index("factor")
    for factor, items in MENTEE.items():
        assert table.loc[factor, "omega_observed"] == pytest.approx(EXPECTED["omega"][factor], abs=1e-6)
        true = fit.loadings.loc[fit.loadings["factor"] == factor, "loading"].sum() ** 2 * fit.estimate(f"variance:{factor}:0:")[0]
        residual = sum(fit.estimate(f"residual:{item}:0:")[0] for item in items)
        assert table.loc[factor, "omega"] == pytest.approx(true / (true + residual), abs=1e-12)


def test_missing_answers_and_clusters_together():
    fit = confirm(ITEMS, MENTEE, clusters=ITEMS["mentor"])
    check_robust(fit, EXPECTED["fiml_clustered"]["fit"])
    check_loadings(fit, EXPECTED["fiml_clustered"])


def test_clusters_change_standard_errors_and_not_estimates():
    fit = confirm(COMPLETE, MENTEE, clusters=COMPLETE["mentor"])
    check_fit(fit, EXPECTED["clustered"]["fit"])
    assert fit.scaling == pytest.approx(EXPECTED["clustered"]["fit"]["chisq.scaling.factor"], rel=1e-5)
    for row, raw in zip(fit.loadings.itertuples(), EXPECTED["clustered"]["loadings"], strict=True):
        if raw["se"]:
            assert row.se == pytest.approx(raw["se"], rel=1e-3)


def test_a_just_identified_factor_by_hand():
    """Three items determine their loadings: b2 = cov(2, 3) / cov(1, 3), and variance = cov(1, 2) cov(1, 3) / cov(2, 3)."""
    fit = confirm(COMPLETE, {"care": MENTEE["care"]})
    cov = COMPLETE[list(MENTEE["care"])].cov(ddof=0).to_numpy()
    assert fit.loadings["loading"].tolist() == pytest.approx([1, cov[1, 2] / cov[0, 2], cov[1, 2] / cov[0, 1]], rel=1e-6)
    assert fit.estimate("variance:care:0:")[0] == pytest.approx(cov[0, 1] * cov[0, 2] / cov[1, 2], rel=1e-6)
    assert fit.indices.df == 0 and fit.indices.chisq == pytest.approx(0, abs=1e-6) and np.isnan(fit.indices.cfi)


def test_reversed_items_and_scales_do_not_matter_to_the_fit():
    turned = COMPLETE.copy()
    turned["mentee_trust2"] = 6 - turned["mentee_trust2"]
    turned["mentee_growth1"] *= 1000
    fit = confirm(turned, MENTEE)
    assert fit.indices.chisq == pytest.approx(EXPECTED["mlr"]["fit"]["chisq"], abs=1e-4)
    assert fit.loadings.loc[1, "std_loading"] == pytest.approx(-EXPECTED["mlr"]["std"][1]["est.std"], abs=1e-5)


@pytest.mark.parametrize(("change", "told"), [
    (lambda data: data.assign(mentee_trust1=3.0), "everyone gave the same answer to mentee_trust1"),
    (lambda data: data.assign(mentee_trust1=np.nan), "everyone gave the same answer to mentee_trust1"),
    (lambda data: data.head(8), "8 people answered, for 10 items"),
    (lambda data: data.drop(columns="mentee_care3"), "no column mentee_care3"),
    (lambda data: data.assign(mentee_trust1=np.inf), "holds “inf”, which is no number"),
])
def test_what_cannot_be_fitted_is_refused(change, told):
    with pytest.raises(StudyError, match=told):
        confirm(change(COMPLETE), MENTEE)


def test_two_items_alone_and_items_that_repeat_each_other_are_refused():
    with pytest.raises(StudyError, match="at least three items"):
        confirm(COMPLETE, {"care": MENTEE["care"][:2]})
    doubled = COMPLETE.assign(again=COMPLETE["mentee_care1"])
    with pytest.raises(StudyError):
        confirm(doubled, {"care": (*MENTEE["care"], "again")})


def test_a_negative_residual_variance_is_noted():
    """Item 1 would need .8 × .8 / .5 = 1.28 of its variance of 1."""
    cov = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    raw = np.random.default_rng(3).normal(size=(300, 3))
    white = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False, ddof=0))).T
    fit = confirm(pd.DataFrame(white @ np.linalg.cholesky(cov).T, columns=list("abc")), {"f": tuple("abc")})
    assert fit.estimate("residual:a:0:")[0] == pytest.approx(-0.28, abs=1e-6)
    assert any("Heywood" in note for note in fit.notes)
