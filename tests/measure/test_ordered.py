"""Factor models of few ordered categories against lavaan's WLSMV (tests/reference/factors/ordered.R), by hand, and where they must refuse."""

import json

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.measure.factors import Structure, confirm_ordered
from tests.measure.test_factors import COMPLETE, ITEMS, MENTEE, REFERENCE
from tests.measure.test_factors import EXPECTED as SEVEN

EXPECTED = json.loads((REFERENCE / "ordered.json").read_text())
ALL = [item for items in MENTEE.values() for item in items]
STRUCTURES = {"correlated": Structure(MENTEE), "higher": Structure(MENTEE, general="general"), "one": Structure({"all": tuple(ALL)})}
CUT = {
    "three": ITEMS[ALL].where(ITEMS[ALL].isna(), 1 + (ITEMS[ALL] > 2) + (ITEMS[ALL] > 3)),
    "two": ITEMS[ALL].where(ITEMS[ALL].isna(), 1 + (ITEMS[ALL] > 3)),
}


@pytest.mark.parametrize(("data", "model"), [("three", "correlated"), ("three", "higher"), ("three", "one"), ("two", "correlated"), ("two", "one")])
def test_few_categories_agree_with_lavaan(data, model):
    fit, expected = confirm_ordered(CUT[data], STRUCTURES[model]), EXPECTED[data][model]
    told = expected["fit"]
    assert fit.n == expected["n"] and fit.indices.df == told["df"]
    assert fit.indices.chisq == pytest.approx(told["chisq"], abs=1e-3) and fit.scaled.chisq == pytest.approx(told["chisq.scaled"], abs=1e-3)
    assert fit.scaling == pytest.approx(told["chisq.scaling.factor"], rel=1e-4) and fit.scaled.p == pytest.approx(told["pvalue.scaled"], abs=1e-4)
    assert (fit.indices.cfi, fit.indices.tli, fit.srmr) == pytest.approx((told["cfi"], told["tli"], told["srmr"]), abs=1e-4)
    assert (fit.scaled.cfi, fit.scaled.tli, fit.scaled.rmsea) == pytest.approx((told["cfi.scaled"], told["tli.scaled"], told["rmsea.scaled"]), abs=1e-4)
    assert (fit.scaled.rmsea_low, fit.scaled.rmsea_high) == pytest.approx((told["rmsea.ci.lower.scaled"], told["rmsea.ci.upper.scaled"]), abs=1e-4)
    for row, raw, std in zip(fit.loadings.itertuples(), expected["raw"], expected["std"], strict=True):
        assert row.loading == pytest.approx(raw["est"], abs=1e-4) and row.std_loading == pytest.approx(std["est.std"], abs=1e-4)
        assert row.std_se == pytest.approx(std["se"], rel=1e-3)
        if raw["se"]:
            assert row.se == pytest.approx(raw["se"], rel=1e-3)
    if model == "correlated":
        for row, r in zip(fit.factor_correlations().itertuples(), expected["r"], strict=True):
            assert row.r == pytest.approx(r["est.std"], abs=1e-4) and row.se == pytest.approx(r["se"], rel=1e-3)


def test_five_categories_agree_with_lavaan():
    fit, told = confirm_ordered(COMPLETE, MENTEE), SEVEN["ordinal"]["fit"]
    assert fit.scaled.chisq == pytest.approx(told["chisq.scaled"], abs=1e-3) and fit.srmr == pytest.approx(told["srmr"], abs=1e-5)


def halves(pairs, seed):
    """Answers of three categories to four items that one leaning is behind, two sheets a mentor."""
    generator = np.random.default_rng(seed)
    mentor = np.repeat(generator.normal(size=pairs), 2)
    leaning = 0.6 * mentor + 0.8 * generator.normal(size=2 * pairs)
    answers = 0.75 * leaning[:, None] + np.sqrt(1 - 0.75**2) * generator.normal(size=(2 * pairs, 4))
    return pd.DataFrame(np.digitize(answers, [-0.5, 0.7]).astype(float), columns=list("abcd")), np.repeat(np.arange(pairs), 2)


def test_the_truth_is_found_and_clusters_that_double_every_sheet_double_the_variance():
    data, _ = halves(1500, 2)
    fit = confirm_ordered(data, {"f": tuple("abcd")})
    assert fit.loadings["std_loading"].to_numpy() == pytest.approx(0.75, abs=0.04)
    doubled = pd.concat([data, data], ignore_index=True)
    clustered = confirm_ordered(doubled, {"f": tuple("abcd")}, clusters=[*range(len(data)), *range(len(data))])
    assert clustered.loadings["std_se"].to_numpy() == pytest.approx(fit.loadings["std_se"].to_numpy(), rel=1e-3)
    assert clustered.scaled.chisq == pytest.approx(fit.scaled.chisq, rel=1e-2, abs=1e-2)


def test_a_true_model_is_rejected_about_as_often_as_it_says():
    rejected = []
    for seed in range(60):
        data, mentors = halves(120, seed)
        rejected.append(confirm_ordered(data, {"f": tuple("abcd")}, clusters=mentors.tolist()).scaled.p < 0.05)
    assert np.mean(rejected) < 0.15


@pytest.mark.parametrize(("data", "told"), [
    (halves(60, 1)[0].assign(b=1.0), "everyone gave the same answer to b"), (halves(60, 1)[0].assign(b=lambda rows: rows["a"]), "go together without exception"),
    (halves(60, 1)[0].assign(b=np.nan), "nobody answered b"), (halves(60, 1)[0].iloc[:4], "4 people answered"),
    (halves(60, 1)[0].assign(b=[2.0] + [1.0] * 119), "only 1 of 120 answers to b differ"),
])
def test_bad_answers_are_refused(data, told):
    with pytest.raises(StudyError, match=told):
        confirm_ordered(data, {"f": tuple("abcd")})


def test_three_items_fit_exactly_and_two_are_refused():
    data, _ = halves(200, 3)
    fit = confirm_ordered(data, {"f": tuple("abc")})
    assert fit.indices.df == 0 and np.isnan(fit.scaled.chisq) and (fit.loadings["std_se"] > 0).all()
    with pytest.raises(StudyError, match="cannot be told"):
        confirm_ordered(data, {"f": ("a", "b")})
