"""What is given as answers: any table of numbers does, and what is none is refused in plain words."""

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.measure import reliability
from mentoring.measure.factors import Structure, confirm, confirm_ordered, polychoric, steps_of_invariance
from mentoring.measure.tabular import numeric
from mentoring.models.pooling import rubin

RNG = np.random.default_rng(1)
ANSWERS = pd.DataFrame(np.round(RNG.normal(size=(80, 1)) + RNG.normal(size=(80, 4))), columns=list("abcd"))
FACTOR = {"f": list("abcd")}


@pytest.mark.parametrize("as_given", [
    lambda table: table.to_numpy(), lambda table: table.to_numpy().tolist(), lambda table: table.astype(str), lambda table: table.astype("category"),
    lambda table: table.astype("Int64"), lambda table: table.astype("object"),
])  # fmt: skip
def test_any_table_of_numbers_does(as_given):
    assert reliability(as_given(ANSWERS)) == pytest.approx(reliability(ANSWERS), nan_ok=True)


def test_blanks_are_missing_answers():
    text = ANSWERS.astype(str)
    text.iloc[0, 0], text.iloc[1, 1], text.iloc[2, 2] = "", " ", None
    assert numeric(text, "here").isna().sum().tolist() == [1, 1, 1, 0] and reliability(text)["n"] == 77


@pytest.mark.parametrize("call", [reliability, polychoric, lambda table: confirm(table, FACTOR), lambda table: confirm_ordered(table, FACTOR)])
@pytest.mark.parametrize("wrong", ["often", np.inf, "1,5"])
def test_words_and_infinities_are_refused(call, wrong):
    table = ANSWERS.astype("object")
    table.loc[3, "b"] = wrong
    with pytest.raises(StudyError, match=f"column b holds “{wrong}”"):
        call(table)


@pytest.mark.parametrize(("call", "why"), [
    (lambda: reliability([1.0, 2.0]), "1 dimension"),
    (lambda: reliability(ANSWERS, clusters=["m", "n"], draws=10, rng=RNG), "2 labels for 80 rows"),
    (lambda: confirm(ANSWERS, FACTOR, clusters=[1]), "1 labels for 80 rows"),
    (lambda: confirm(ANSWERS, FACTOR, groups=[1, 2]), "2 labels for 80 rows"),
    (lambda: confirm_ordered(ANSWERS, FACTOR, clusters=[1, 2]), "2 labels for 80 rows"),
    (lambda: confirm(ANSWERS, {"f": list("abca")}), "a twice in f"),
    (lambda: confirm(ANSWERS, {"f": []}), "no item in f"),
    (lambda: confirm(ANSWERS, {}), "no factor"),
    (lambda: steps_of_invariance(ANSWERS, Structure({"f": tuple("abcd")})), "nothing to compare"),
    (lambda: rubin([[1.0]], [[1.0]]), r"shape \(1, 1\)"),
    (lambda: rubin([[1.0], [2.0]], [[1.0, 2.0], [1.0, 2.0]]), "two tables of one shape"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call, why):
    with pytest.raises(StudyError, match=why):
        call()


def test_lists_of_estimates_pool():
    """By hand: Ū = 0.1, B = 0.01, T = 0.1 + 4/3 · 0.01."""
    pooled = rubin([[0.9], [1.0], [1.1]], [[0.1], [0.1], [0.1]], 50)
    assert pooled.loc[0, ["estimate", "se"]].tolist() == pytest.approx([1.0, np.sqrt(0.1 + 0.04 / 3)])
