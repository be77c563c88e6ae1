"""The sparse path for crossed designs equals the dense one in every number, and is chosen where it should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, optimize

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm, nested, sparse_pattern
from mentoring.models.lmm.criterion import setting
from mentoring.models.lmm.crossed import CrossedProblem
from mentoring.models.lmm.design import make_design
from mentoring.models.lmm.scaled import scale_design
from mentoring.models.lmm.sparse import SparseProblem
from mentoring.models.lmm.sparse_pattern import find_pattern, worthwhile

FORMULAS = [
    "y ~ x + (1 | pupil) + (1 | teacher)", "y ~ x + (1 | pupil) + (1 | teacher) + (1 | school)", "y ~ x + (x | teacher) + (1 | pupil)",
    "y ~ x + (x || teacher) + (1 | pupil) + (x | school)", "y ~ x + (x + wave | school) + (1 | teacher) + (1 | pupil)",
    "y ~ x + (x | pupil) + (x || school) + (0 + x | teacher)", "y ~ x + (1 | mm(teacher, other, weights=w1 + w2)) + (x | school)",
]  # fmt: skip


def moving_pupils(rng: np.random.Generator, pupils: int = 160, teachers: int = 40, moves: float = 0.15) -> pd.DataFrame:
    """Teachers in schools; some pupils change their teacher, and so perhaps their school, between waves."""
    pupil = np.repeat(np.arange(pupils), rng.integers(1, 5, pupils))
    n = len(pupil)
    teacher = np.where(rng.random(n) < moves, rng.integers(0, teachers, n), pupil % teachers)
    data = pd.DataFrame({"pupil": pupil, "teacher": teacher, "school": teacher // 5, "other": rng.integers(0, teachers, n)})
    data["x"], data["wave"], data["w1"] = rng.normal(size=n), rng.integers(0, 4, n).astype(float), rng.uniform(0.2, 0.9, n)
    data["w2"], data["weight"] = 1 - data["w1"], rng.uniform(0.5, 2, n)
    data["y"] = 0.4 * data["x"] + rng.normal(size=pupils)[pupil] + (0.7 + 0.5 * data["x"]) * rng.normal(size=teachers)[teacher]
    data["y"] += 0.5 * rng.normal(size=teachers)[data["school"]] + rng.normal(size=n)
    return data.sample(frac=1, random_state=2)


def both(formula: str, data: pd.DataFrame, reml: bool, weights: str | None, outcomes: np.ndarray | None = None):
    design = make_design(formula, data, weights=None if weights is None else data[weights])
    scaled = scale_design(design)
    given = setting(scaled, reml)
    return design.levels, [kind(scaled, design.levels, given, outcomes) for kind in (SparseProblem, CrossedProblem)]


@pytest.mark.parametrize(("reml", "weights"), [(True, None), (False, None), (True, "weight")])
@pytest.mark.parametrize("formula", FORMULAS)
def test_equals_the_dense_path(formula, reml, weights):
    data = moving_pupils(np.random.default_rng(4))
    outcomes = np.random.default_rng(1).normal(size=(len(data), 2))
    for columns in (None, outcomes):
        levels, (one, other) = both(formula, data, reml, weights, columns)
        theta = np.random.default_rng(2).normal(size=(2, sum(len(level.free) for level in levels)))
        theta[1, 0] = 0.0
        which = np.array([0, 0]) if columns is None else np.array([1, 0])
        for mine, reference in zip(one.evaluate(theta, which), other.evaluate(theta, which), strict=True):
            np.testing.assert_allclose(mine, reference, rtol=1e-9, atol=1e-8)
    for name in ("deviance", "rss", "beta", "phi"):
        np.testing.assert_allclose(getattr(one.profiles(theta), name), getattr(other.profiles(theta), name), rtol=1e-9, atol=1e-10)
    for row in theta:
        mine, reference = one.solve(row, 1), other.solve(row, 1)
        for number in range(len(levels)):
            np.testing.assert_allclose(mine.within[number], reference.within[number], rtol=1e-8, atol=1e-8)
            # Where a variance is zero these come from one next to zero.
            np.testing.assert_allclose(mine.quadratic[number], reference.quadratic[number], rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_gradient_is_the_derivative(formula):
    levels, (problem, _) = both(formula, moving_pupils(np.random.default_rng(8)), True, None)
    theta = np.random.default_rng(3).uniform(0.2, 1.0, sum(len(level.free) for level in levels))
    _, gradient = problem.evaluate(theta[None], np.array([0]))
    numeric = optimize.approx_fprime(theta, lambda t: problem.evaluate(t[None], np.array([0]))[0][0], 1e-6)
    np.testing.assert_allclose(gradient[0], numeric, rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize("formula", FORMULAS[1:4])
def test_a_whole_fit_is_the_same(formula, monkeypatch):
    data = moving_pupils(np.random.default_rng(6), 250, 40)
    dense = lmm(formula, data)
    assert isinstance(dense.problem, CrossedProblem)
    monkeypatch.setattr(sparse_pattern, "LEAST_WIDTH", 1)
    monkeypatch.setattr(sparse_pattern, "INDIRECT", 0.001)
    fit = lmm(formula, data)
    assert isinstance(fit.problem, SparseProblem)
    assert fit.loglik == pytest.approx(dense.loglik, abs=1e-8)
    np.testing.assert_allclose(fit.fixed_effects.iloc[:, 1:], dense.fixed_effects.iloc[:, 1:], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(fit.variance_components["sd"], dense.variance_components["sd"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        fit.random_effects.select_dtypes("number"), dense.random_effects.select_dtypes("number"), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(fit.predict(data), dense.predict(data), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_order_and_pattern_belong_to_the_design(seed):
    """The order is a permutation, L lies on its pattern, and the counted work is the pattern's."""
    rng = np.random.default_rng(seed)
    data = moving_pupils(rng, int(rng.integers(30, 200)), 25, rng.uniform(0.02, 0.9))
    levels, (problem, _) = both(FORMULAS[seed % 2], data, True, None)
    assert sorted(problem.pattern.order) == list(range(sum(level.size for level in levels)))
    state = problem._factorise(np.full(len(levels), 0.8), 0)
    size = len(problem.first) - 1
    lower = np.zeros((size, size))
    lower[problem.indices, np.repeat(np.arange(size), np.diff(problem.indptr))] = state.root
    member = np.concatenate([np.eye(level.size)[level.codes] for level in levels], axis=1)[:, problem.effects]
    k = 0.64 * member.T @ member + np.eye(size)
    np.testing.assert_allclose(lower, linalg.cholesky(k, lower=True), atol=1e-10)
    assert problem.pattern.work == (np.diff(problem.indptr) ** 2).sum()
    # Minimum degree fills in less than the order in which the groups happen to come.
    plain = linalg.cholesky(k[np.ix_(*[np.argsort(problem.effects)] * 2)], lower=True)
    assert (np.abs(lower) > 1e-14).sum() <= (np.abs(plain) > 1e-14).sum() * 1.05


def test_the_choice(monkeypatch):
    rng = np.random.default_rng(0)
    nearly = make_design(FORMULAS[1], moving_pupils(rng, 2500, 500, 0.02)).levels
    assert worthwhile(nearly, 6000) is not None
    monkeypatch.setattr(nested, "COMPILED", False)
    assert worthwhile(nearly, 6000) is None
    monkeypatch.setattr(nested, "COMPILED", None)
    assert worthwhile(make_design(FORMULAS[1], moving_pupils(rng)).levels, 6000) is None
    really = make_design(FORMULAS[0], moving_pupils(rng, 2500, 500, 1.0)).levels
    assert find_pattern(really).work > 0 and worthwhile(really, 6000) is None


def test_more_effects_than_the_dense_path_holds():
    rng = np.random.default_rng(12)
    # Pupils, 3,000 teachers with a slope, and schools: 6,000 effects and more beside the pupils.
    data = moving_pupils(rng, 9000, 3000, 0.02)
    formula = "y ~ x + (1 | pupil) + (x || teacher) + (1 | school)"
    design = make_design(formula, data)
    with pytest.raises(StudyError, match="at most 6000"):
        CrossedProblem(scale_design(design), design.levels, setting(scale_design(design), True))
    fit = lmm(formula, data)
    assert isinstance(fit.problem, SparseProblem) and fit.converged
    assert fit.fixed_effects["estimate"].iloc[1] == pytest.approx(0.4, abs=0.1)


def test_small_samples_on_the_sparse_path_still_get_kenward_roger(monkeypatch):
    data = moving_pupils(np.random.default_rng(5))
    dense = lmm(FORMULAS[1], data)
    monkeypatch.setattr(sparse_pattern, "LEAST_WIDTH", 1)
    monkeypatch.setattr(sparse_pattern, "INDIRECT", 0.001)
    fit = lmm(FORMULAS[1], data)
    assert isinstance(fit.problem, SparseProblem) and fit.method == dense.method == "kenward-roger"
    np.testing.assert_allclose(fit.fixed_effects["df"], dense.fixed_effects["df"], rtol=1e-5)
