"""Formulas and data that cannot carry a model are refused in words, never fitted silently and never evaluated."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.models.lmm import cr2, lmm, lrt


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    n = 60
    data = pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "x": rng.normal(size=n),
            "g": np.repeat(np.arange(10), 6),
            "h": np.tile(list("abc"), 20),
            "one": 1,
            "id": np.arange(n),
            "constant": 2.0,
            "infinite": rng.normal(size=n),
            "blank": np.nan,
            "text": ["q"] * n,
        }
    )
    data.loc[3, "infinite"] = np.inf
    return data.assign(between=data["g"] + 0.5)


@pytest.mark.parametrize(("formula", "words"), [
    ("y ~ x + (1 | one)", "only one group"),
    ("y ~ x + (1 | id)", "as many groups as rows"),
    ("constant ~ x + (1 | g)", "same value in every row"),
    ("between ~ x + (1 | g)", "does not vary within the groups"),
    ("y ~ I(y * 2) + (1 | g)", "reproduced exactly"),
    ("blank ~ x + (1 | g)", "no row is complete"),
    ("text ~ x + (1 | g)", "not a number"),
    ("y ~ infinite + (1 | g)", "column infinite, row 4"),
    ("y ~ log(x) + (1 | g)", "not finite"),
    ("y ~ xx + (1 | g)", "did you mean “x”"),
    ("y ~ x + (1 | gg)", "did you mean “g”"),
    ("y ~ x + (1 | g) + (1 | g)", "two random terms"),
    ("y ~ x + (1 | g) + (1 | twin)", "same groups"),
    ("y ~ x + 1 | g", "without parentheses"),
    ("y ~ x + (1 | g", "parenthesis open"),
    ("y + (1 | g)", "one outcome"),
    ("y ~ x + (1 | )", "not complete"),
    ("y ~ ", "not complete"),
    ("y ~ x +", "not complete"),
    ("y ~ 2 + x + (1 | g)", "“2” cannot stand here"),
    ("y ~ (x + g)^50", "“50” cannot stand here"),
    ("y ~ I(9**9**9) + (1 | g)", "power of numbers"),
    ("y ~ exp(x, infinite) + (1 | g)", "takes one argument"),
    ("y ~ x %*% g + (1 | g)", "signs that formulas here do not use"),
    ("y ~ ns(x, df=0) + (1 | g)", "whole number of df"),
    ("y ~ when + (1 | g)", "dates or times"),
    ("y ~ complex + (1 | g)", "complex numbers"),
    ("y ~ log(`odd name`) + (1 | g)", "rename the column"),
    ("y ~ " + "(" * 1000 + "x" + ")" * 1000 + " + (1 | g)", "nests 1000 parentheses"),
    ("y ~ I(" + "-" * 5000 + "x) + (1 | g)", "cannot be read|too long"),
])  # fmt: skip
def test_says_what_is_wrong(table, formula, words):
    with pytest.raises(StudyError, match=words):
        lmm(formula, table.assign(twin=table["g"].map("t{}".format), when=pd.Timestamp("2024-02-29"), complex=1j, **{"odd name": 1.0}))


@pytest.mark.parametrize("side", [
    '__import__("os").system("true")', "x.mean()", "np.log(x)", "{x}", "I(lambda: 1)", "x[0]", "I(x.__class__)", 'exp(eval("1"))', 'Q("x")', '"x"',
    "C(h, contr.treatment)", "I('a')", "I(x if x else x)", "I([i for i in x])", "log(*x)", "log(**x)", "I(x > 1)", "hashed(h)", "lag(x)", "I(exec)", "`x y`", ".",
])  # fmt: skip
def test_nothing_is_evaluated(table, side):
    with pytest.raises(StudyError):
        lmm(f"y ~ {side} + (1 | g)", table)
    with pytest.raises(StudyError):
        lmm(f"y ~ x + ({side} | g)", table)


def test_data_that_are_not_a_table(table):
    with pytest.raises(StudyError, match="no rows"):
        lmm("y ~ x + (1 | g)", table.iloc[:0])
    with pytest.raises(StudyError, match="more than one column named “x”"):
        lmm("y ~ x + (1 | g)", pd.concat([table, table[["x"]]], axis=1))
    with pytest.raises(StudyError, match="DataFrame"):
        lmm("y ~ x + (1 | g)", {"y": [1]})
    with pytest.raises(StudyError, match="negative"):
        lmm("y ~ x + (1 | g)", table, weights=-np.ones(60))
    with pytest.raises(StudyError, match="one number per row"):
        lmm("y ~ x + (1 | g)", table, weights=[1.0])


def test_unknown_method_and_hypothesis(table):
    with pytest.raises(StudyError, match="not an inference method"):
        lmm("y ~ x + (1 | g)", table, inference="z")
    fit = lmm("y ~ x + (1 | g)", table)
    with pytest.raises(StudyError, match="not a term"):
        fit.test("z = 0")
    with pytest.raises(StudyError, match="repeat or contradict"):
        fit.test(["x = 0", "2*x = 0"])
    with pytest.raises(StudyError, match="REML fits only"):
        lmm("y ~ x + (1 | g)", table, reml=False).inference("kenward-roger")


def test_missing_rows_are_counted_by_reason(table):
    data = table.astype({"g": object}).copy()
    data.loc[[1, 2], "x"] = np.nan
    data.loc[[2, 5], "y"] = np.nan
    data.loc[7, "g"] = None
    fit = lmm("y ~ x + (1 | g)", data)
    assert fit.dropped == {"y is missing": 2, "x is missing": 1, "g is missing": 1}
    assert fit.n_obs == 56 and sum(fit.dropped.values()) == 60 - fit.n_obs


def test_aliased_terms_are_named(table):
    fit = lmm("y ~ x + constant + I(x * 3) + h + (1 | g)", table)
    assert fit.aliased == ["constant", "I(x * 3)"]
    assert list(fit.fixed_effects["term"]) == ["Intercept", "x", "h[T.b]", "h[T.c]"]


def test_yes_no_is_a_factor_as_in_r(table):
    """With 0/1 in its place the model without intercept, and the one with the interaction alone, would be other models."""
    yes = table.assign(b=table["id"] % 3 == 0)
    words = yes.assign(b=yes["b"].map({True: "True", False: "False"}))
    for formula in ("y ~ 0 + b + (1 | g)", "y ~ x:b + (1 | g)", "y ~ b + (0 + b | g)", "y ~ b * x + (1 | g)"):
        one, other = lmm(formula, yes), lmm(formula, words)
        assert one.terms == other.terms and one.loglik == pytest.approx(other.loglik, abs=1e-9)
    assert lmm("y ~ 0 + b + (1 | g)", yes).terms == ["b[False]", "b[True]"]
    # As an outcome it is a number.
    assert lmm("b ~ x + (1 | g)", yes).loglik == lmm("b ~ x + (1 | g)", yes.assign(b=yes["b"].astype(float))).loglik


def test_numbers_of_any_type_are_numbers(table):
    plain = lmm("y ~ x + id + (x | g)", table)
    for kind in (object, "Float64", "float64[pyarrow]"):
        other = lmm("y ~ x + id + (x | g)", table.astype({"x": kind, "y": kind}))
        assert other.terms == plain.terms and other.loglik == plain.loglik
    whole = lmm("y ~ x + id + (x | g)", table.astype({"id": "Int64", "g": "int64[pyarrow]"}))
    assert whole.loglik == pytest.approx(plain.loglik, abs=1e-9)


def test_odd_names_stand_in_backticks(table):
    plain = lmm("y ~ x + (x | g)", table)
    odd = lmm("y ~ `x (raw)` + (`x (raw)` | `the mentor`)", table.rename(columns={"x": "x (raw)", "g": "the mentor"}))
    assert odd.loglik == plain.loglik and list(odd.n_groups) == ["the mentor"]


def test_hypotheses_with_exponents_and_nonsense(table):
    fit = lmm("y ~ x + (1 | g)", table)
    assert fit.test("1e-3*x = 2.5E-4").statistic == pytest.approx(fit.test("x = 0.25").statistic)
    with pytest.raises(StudyError, match="x/0"):
        fit.test("x/0 = 1")


def test_predictions_know_offsets_and_labels_of_any_type(table):
    data = table.assign(off=np.arange(60) / 10)
    fit = lmm("y ~ x + (1 | g) + (1 | g:h)", data, offset="off")
    # A blank elsewhere in a column turns ids 3 into 3.0: the same mentors all the same.
    for g in (float, str, "Int64", object):
        np.testing.assert_allclose(fit.predict(data.astype({"g": g})), fit.predict(), rtol=1e-12)
    stranger = fit.predict(data.assign(g=[None] + [99] * 59))
    np.testing.assert_allclose(stranger, fit.predict(data, random=False), rtol=1e-12)
    with pytest.raises(StudyError, match="no column “off”"):
        fit.predict(table)
    with pytest.raises(StudyError, match="offset given as numbers"):
        lmm("y ~ x + (1 | g)", data, offset=data["off"].to_numpy()).predict(data)
    with pytest.raises(StudyError, match="missing or infinite"):
        fit.predict(data.assign(x=np.nan))


def test_no_fixed_effects_at_all(table):
    fit = lmm("y ~ 0 + (1 | g)", table.assign(y=table["y"] + table["g"]))
    assert fit.fixed_effects.empty and fit.sigma > 0 and fit.r_squared.marginal == 0


@pytest.mark.parametrize(("change", "words"), [
    ({"y": lambda d: d["y"] * 1e200}, "its largest value is"),
    ({"x": lambda d: d["x"] * 1e-200}, "its largest value is"),
    ({"g": lambda d: [[1]] * 60}, "lists or the like"),
])  # fmt: skip
def test_values_no_model_can_use(table, change, words):
    with pytest.raises(StudyError, match=words):
        lmm("y ~ x + (1 | g)", table.assign(**change))


def test_weights_that_are_none(table):
    for weights, words in ((["a"] * 60, "not numbers"), (pd.Series(np.ones(60), index=range(5, 65)), "other row labels")):
        with pytest.raises(StudyError, match=words):
            lmm("y ~ x + (1 | g)", table, weights=weights)


def test_levels_counts_and_contrasts_that_are_none(table):
    fit = lmm("y ~ x + (1 | g)", table)
    for call in (
        lambda: fit.inference("wald", level=95),
        lambda: fit.confint(level=0),
        lambda: fit.bootstrap(0),
        lambda: fit.simulate(-1),
        lambda: fit.contrast_df([1.0]),
        lambda: fit.test(None),
    ):
        with pytest.raises(StudyError):
            call()


@pytest.mark.parametrize(("formula", "words"), [
    ("y ~ cut + (1 | g)", "already tell every group"),
    ("y ~ x + (x + I(2 * x) | g)", "cannot be told apart"),
    ("y ~ h + (h || g)", "cannot be told apart"),
    ("y ~ x + (0 + s | g)", r"choice among many with the same fit: s\[f\] and s\[m\]$"),
    ("y ~ x + (x | g)", ""),
    ("y ~ h + (0 + h | g)", ""),
    ("y ~ x + (x + id || g)", ""),
])  # fmt: skip
def test_variances_that_are_arbitrary_are_named(table, formula, words):
    """`h || g` is identified in no software: the intercept's variance also fits into the block of the three levels. No mentor is both m and f."""
    data = table.assign(cut=table["g"].map("t{}".format), s=np.where(table["g"] % 2, "m", "f"))
    notes = [note for note in lmm(formula, data).notes if "singular" not in note]
    assert (not notes) if not words else re.search(words, notes[0])


@pytest.mark.parametrize(("call", "words"), [
    (lambda fit, bare: cr2(3, "g"), "int is not a fitted model"),
    (lambda fit, bare: lrt(fit, "smaller"), "str is not a fitted model"),
    (lambda fit, bare: bare.influence("g"), "no fixed effects that could change"),
    (lambda fit, bare: fit.refit(["a"] * fit.n_obs), "not numbers"),
])  # fmt: skip
def test_what_is_asked_of_no_fit_or_of_no_numbers(table, call, words):
    with pytest.raises(StudyError, match=words):
        call(lmm("y ~ x + (1 | g)", table), lmm("y ~ 0 + (1 | g)", table))
