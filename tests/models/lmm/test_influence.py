"""Leaving groups out by subtraction: the same numbers as fitting the rows that are left."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.models.lmm import influence, left_out, lmm, sparse_pattern
from mentoring.models.lmm.crossed import CrossedProblem
from mentoring.models.lmm.sparse import SparseProblem

CASES = [
    ("q ~ simw + simb + race_match + wave + (1 | mentor)", "mentor", {}),
    ("q ~ simw + simb + race_match + wave + (1 | program/mentor)", "program", {}),
    ("q ~ simw + simb + race_match + wave + (1 | program/mentor)", "mentor", {}),
    ("q ~ simw + wave + (1 + simw || mentor)", "mentor", {}),
    ("q ~ simw + wave + (simw | mentor) + (1 | program)", "mentor", {"reml": False}),
    ("q ~ simw + (1 | mentor)", "wave", {}),  # cuts across the groups
    ("q ~ simw + wave + (1 | mentor)", "mentor", {"weights": "w"}),
    ("q ~ simw + wave", "mentor", {}),
    ("q3 ~ simw + wave + (1 | mentor) + (1 | peer)", "mentor", {}),
    ("q3 ~ simw + wave + (1 + simw | mentor) + (1 | peer)", "peer", {}),
]


def by_hand(fit, data: pd.DataFrame, group: str, **options) -> pd.DataFrame:
    """Every left-out fit made afresh."""
    full, parts = fit.coefficients, []
    for level in sorted(data[group].unique()):
        other = lmm(fit.formula, data[data[group] != level], **options)
        b, se = other.coefficients, np.sqrt(np.diag(other.vcov))
        parts.append(pd.DataFrame({"estimate": b, "change": full - b, "dfbetas": (full - b) / se, "sigma": other.sigma, "se": se}))
    return pd.concat(parts, ignore_index=True)


def check(fit, data, group, **options):
    table, fresh = fit.influence(group), by_hand(fit, data, group, **options)
    assert (table["note"] == "").all()
    # Optima are only found to so much of a standard error, by either way.
    np.testing.assert_allclose((table["estimate"] - fresh["estimate"]) / fresh["se"], 0, atol=5e-5)
    np.testing.assert_allclose(table["dfbetas"], fresh["dfbetas"], rtol=1e-4, atol=5e-5)
    np.testing.assert_allclose(table["sigma"], fresh["sigma"], rtol=5e-5)
    sizes = data[group].value_counts().sort_index()
    assert list(table["rows"]) == list(np.repeat(sizes.to_numpy(), len(fit.terms)))


@pytest.fixture(scope="module")
def weighted(dyads):
    return dyads.assign(w=np.random.default_rng(3).uniform(0.5, 2, len(dyads)))


@pytest.mark.parametrize(("formula", "group", "options"), CASES)
def test_as_fitting_the_other_rows(formula, group, options, weighted):
    fit = lmm(formula, weighted, **options)
    check(fit, weighted, group, **options)


def test_in_chunks_as_at_once(dyads, monkeypatch):
    fit = lmm("q ~ simw + simb + (1 | program/mentor)", dyads)
    once = fit.influence("mentor")
    monkeypatch.setattr(left_out, "CHUNK", 500)
    pd.testing.assert_frame_equal(fit.influence("mentor"), once, rtol=1e-7)


def moving(teachers: int = 30) -> pd.DataFrame:
    """Pupils who sometimes change teachers, in schools."""
    rng = np.random.default_rng(4)
    pupil = np.repeat(np.arange(5 * teachers), 4)
    n = len(pupil)
    teacher = np.where(rng.random(n) < 0.15, rng.integers(0, teachers, n), pupil % teachers)
    data = pd.DataFrame({"pupil": pupil, "teacher": teacher, "school": teacher // 5, "other": rng.integers(0, teachers, n)})
    data["x"], data["half"], data["w"] = rng.normal(size=n), 0.5, rng.uniform(0.5, 2, n)
    data["y"] = 0.3 * data["x"] + rng.normal(size=n)[pupil] + rng.normal(size=n)[teacher] + rng.normal(size=n)[data["school"]]
    data["y"] += rng.normal(size=n)
    return data


@pytest.mark.parametrize("options", [{}, {"reml": False}, {"weights": "w"}])
@pytest.mark.parametrize("kind", [SparseProblem, CrossedProblem])
def test_crossed_designs(kind, options, monkeypatch):
    if kind is SparseProblem:
        monkeypatch.setattr(sparse_pattern, "LEAST_WIDTH", 1)
        monkeypatch.setattr(sparse_pattern, "INDIRECT", 0.001)
    data = moving()
    fit = lmm("y ~ x + (1 | pupil) + (1 | teacher) + (1 | school)", data, **options)
    assert isinstance(fit.problem, kind)
    check(fit, data, "teacher", **options)


def test_one_step_is_as_good_as_a_whole_search(monkeypatch):
    monkeypatch.setattr(sparse_pattern, "LEAST_WIDTH", 1)
    monkeypatch.setattr(sparse_pattern, "INDIRECT", 0.001)
    fit, searches = lmm("y ~ x + (1 | pupil) + (1 | teacher)", moving(200)), []
    assert isinstance(fit.problem, SparseProblem)
    minimise = influence.minimise
    monkeypatch.setattr(influence, "minimise", lambda *args, **more: searches.append(1) or minimise(*args, **more))
    quick = fit.influence("teacher")
    steps_enough = 200 - len(searches)
    monkeypatch.setattr(influence, "SMALL_STEP", 0.0)
    whole = fit.influence("teacher")
    assert steps_enough > 50 and len(searches) == 400 - steps_enough
    np.testing.assert_allclose(quick["dfbetas"], whole["dfbetas"], atol=2e-5)
    np.testing.assert_allclose(quick["sigma"], whole["sigma"], rtol=1e-5)


def test_multiple_membership():
    data = moving()
    check(lmm("y ~ x + (1 | mm(teacher, other, weights=half + half)) + (1 | pupil)", data), data, "school")


def test_a_variance_of_zero_may_come_back():
    # One program makes the programmes look alike; without it they differ, and the refit must see that.
    rng = np.random.default_rng(11)
    data = pd.DataFrame({"program": np.repeat(np.arange(8), 12), "mentor": np.repeat(np.arange(32), 3)})
    level = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 0.0])
    data["x"], data["y"] = rng.normal(size=96), level[data["program"]] * 0.35 + rng.normal(size=96)
    data.loc[data["program"] == 7, "y"] *= 4
    fit = lmm("y ~ x + (1 | program/mentor)", data)
    check(fit, data, "program")


def test_what_cannot_be_left_out_says_why(dyads):
    data = dyads.assign(only=(dyads["mentor"] == 5).astype(float) * dyads["wave"], two=(dyads["program"] > 3).astype(int))
    table = lmm("q ~ only + (1 | mentor)", data).influence("mentor")
    lost = table[table["level"] == 5]
    assert lost["note"].str.contains("cannot all be estimated").all()
    assert lost[["estimate", "change", "dfbetas", "sigma"]].isna().all(axis=None) and not lost["sign_changed"].any()
    assert (table.loc[table["level"] != 5, "note"] == "").all()
    fit = lmm("q ~ simw + (1 | two/mentor)", data)
    assert fit.influence("two")["note"].str.contains("only one group").all()
    with pytest.raises(StudyError, match="no grouping factor or column"):
        fit.influence("mentors")
    with pytest.raises(StudyError, match="blank in 1 of the rows"):
        lmm("q ~ simw + (1 | mentor)", data.assign(site=data["program"].where(data.index != 4))).influence("site")
