"""What a notebook may get wrong with the public names: always told in words, never another number in silence."""

import numpy as np
import pandas as pd
import pytest

import mentoring as mt


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    rows = pd.DataFrame({"mentor": [f"M{number % 15}" for number in range(120)], "x": generator.normal(size=120), "z": generator.normal(size=120)})
    return rows.assign(y=0.5 * rows["x"] + generator.normal(size=120))


@pytest.fixture(scope="module")
def long(data) -> pd.DataFrame:
    return data[["x", "y"]].assign(dyad=np.arange(120) // 2, role=["mentor", "mentee"] * 60)


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame[["x"]]], axis=1)


MISTAKES = {
    "a basis of a thousand million columns": (lambda d, w: mt.lmm("y ~ ns(x, 999999999) + (1 | mentor)", d), "more than 500 columns"),
    "and by name": (lambda d, w: mt.lmm("y ~ bs(x, df=100000) + (1 | mentor)", d), "more than 500 columns"),
    "1 and “1” as groups": (lambda d, w: mt.lmm("y ~ x + (1 | mentor)", d.assign(mentor=[1, "1"] * 60)), "would be two groups"),
    "cr2 by a list": (lambda d, w: mt.cr2(mt.lmm("y ~ x + (1 | mentor)", d), ["mentor"]), "a list is no name of a group"),
    "cr2 by an array": (lambda d, w: mt.cr2(mt.lmm("y ~ x + (1 | mentor)", d), d["mentor"].to_numpy()), "is no name of a group"),
    "similarity of nothing": (lambda d, w: mt.similarity(d[[]], d[[]], "match"), "there is no column"),
    "similarity of a column given twice": (lambda d, w: mt.similarity(twice(d[["x"]]), twice(d[["x"]]), "squared_distance"), "stands there twice"),
    "similarity without end": (lambda d, w: mt.similarity(d[["x"]].assign(x=np.inf), d[["x"]], "gower"), "x holds infinite values"),
    "agreement without end": (lambda d, w: mt.agreement(d["x"].where(d.index > 3, np.inf), d["z"], d["mentor"]), "infinite values"),
    "agreement of nobody's": (lambda d, w: mt.agreement(d["x"], d["z"], d["mentor"].where(d.index > 3)), "the mentor is missing in 4 rows"),
    "kappa of two lengths": (lambda d, w: mt.kappa(["a"], ["a", "b"]), "1 and 2 answers"),
    "surface of nothing": (lambda d, w: mt.response_surface("y ~ 1", None, x="x", y="z", outcome="y"), "the data are a NoneType"),
    "surface of lists": (lambda d, w: mt.response_surface("y ~ 1", d, x=["x"], y="z", outcome="y"), r"\['x'\] is no name of a column"),
    "surface of a column given twice": (lambda d, w: mt.response_surface("y ~ 1", twice(d), x="x", y="z", outcome="y"), "2 columns are called “x”"),
    "surface without end": (lambda d, w: mt.response_surface("y ~ 1", d.assign(x=np.inf), x="x", y="z", outcome="y"), "infinite values"),
    "actor and partner of nothing": (lambda d, w: mt.actor_partner(None, outcome="y", predictor="x"), "the data are a NoneType"),
    "the outcome as its own predictor": (lambda d, w: mt.actor_partner(w, outcome="x", predictor="x"), "“x” is outcome and predictor"),
    "actor and partner of a column given twice": (lambda d, w: mt.actor_partner(twice(w), outcome="y", predictor="x"), "several columns are called so"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told(case, data, long):
    call, told = MISTAKES[case]
    with pytest.raises(mt.StudyError, match=told):
        call(data, long)


def test_knots_may_be_any_numbers(data):
    fit = mt.lmm("y ~ bs(year, knots=(2004, 2008)) + (1 | mentor)", data.assign(year=2000.0 + np.arange(120) / 10))
    assert len(fit.terms) == 6


@pytest.mark.parametrize("change", [
    lambda d: d.set_axis([0] * len(d)), lambda d: d.convert_dtypes(dtype_backend="pyarrow"), lambda d: d.convert_dtypes(),
    lambda d: d.astype({"mentor": "category"}), lambda d: pd.concat([d, d[["z"]]], axis=1),
])  # fmt: skip
def test_index_and_column_types_change_no_number(change, data):
    same, other = (mt.lmm("y ~ x + (1 | mentor)", rows).fixed_effects for rows in (data, change(data)))
    pd.testing.assert_frame_equal(same, other, rtol=1e-9)
