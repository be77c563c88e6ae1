"""The compiled path equals the NumPy path, merged groups equal the groups, and the optimum survives every harmless change of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentoring.models.lmm import lmm, nested
from mentoring.models.lmm.criterion import setting
from mentoring.models.lmm.design import make_design
from mentoring.models.lmm.nested import NestedProblem, chain_of
from mentoring.models.lmm.scaled import scale_design


def three_levels(rng: np.random.Generator, mentees: int = 300) -> pd.DataFrame:
    mentor = np.sort(rng.integers(0, 60, mentees))
    rows = np.repeat(np.arange(mentees), rng.integers(1, 5, mentees))
    data = pd.DataFrame({"mentee": rows, "mentor": mentor[rows], "program": mentor[rows] // 10, "x": rng.normal(size=len(rows))})
    data["wave"] = data.groupby("mentee").cumcount().astype(float)
    effects = [rng.normal(0, sd, mentees)[data[name]] for name, sd in (("mentee", 0.7), ("mentor", 0.5), ("program", 0.3))]
    data["y"] = 0.3 * data["x"] + sum(effects) + rng.normal(size=len(rows))
    return data.sample(frac=1, random_state=1)


FORMULAS = [
    "y ~ x + (1 | mentee)", "y ~ x + (wave | mentee)", "y ~ x + (x | mentor)", "y ~ x + (1 | program/mentor/mentee)", "y ~ x + wave + (wave || mentor) + (1 | mentee)",
    "y ~ x + (x + wave | mentor)", "y ~ x + (wave | mentor) + (wave | mentee)",
]  # fmt: skip


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", FORMULAS)
def test_compiled_equals_numpy_and_merging_changes_nothing(formula, reml, monkeypatch):
    data = three_levels(np.random.default_rng(7))
    design = make_design(formula, data)
    scaled = scale_design(design)
    chain = chain_of(design.levels)
    outcomes = np.random.default_rng(1).normal(size=(design.n, 3))
    results = []
    for compiled in (False, True):
        for compress in (False, True):
            monkeypatch.setattr(nested, "COMPILED", compiled)
            one = NestedProblem(scaled, design.levels, setting(scaled, reml), chain, compress=compress)
            theta = np.random.default_rng(2).normal(size=(3, sum(len(level.free) for level in design.levels)))
            results.append(
                [np.concatenate(parts) for parts in zip(*(one.evaluate(row[None], np.array([0])) for row in theta), strict=True)]
            )
            many = NestedProblem(scaled, design.levels, setting(scaled, reml), chain, outcomes)
            results[-1] += list(many.evaluate(theta[:2], np.array([2, 0])))
    for other in results[1:]:
        for value, reference in zip(other, results[0], strict=True):
            np.testing.assert_allclose(value, reference, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("formula", [FORMULAS[3], FORMULAS[1]])
def test_a_rehearsal_on_a_part_ends_at_the_same_optimum(formula, monkeypatch):
    from mentoring.models.lmm import problem

    rng = np.random.default_rng(3)
    data = three_levels(rng, 3000).assign(program=lambda d: d["mentee"] % 250, mentor=lambda d: d["mentee"] % 500)
    plain = lmm(formula, data)
    monkeypatch.setattr(problem, "PART_FROM", 0)
    assert lmm(formula, data).deviance == pytest.approx(plain.deviance, abs=1e-7)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scale=st.floats(-3, 6),
    shift=st.floats(-1e3, 1e3),
    x_scale=st.floats(-3, 6),
    seed=st.integers(0, 10_000),
    formula=st.sampled_from(["y ~ x + (1 | g)", "y ~ x + (x | g)", "y ~ x + (x || g)", "y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | h/g)"]),
)
def test_units_and_order_do_not_matter(scale, shift, x_scale, seed, formula):
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(12), rng.integers(2, 8, 12))
    data = pd.DataFrame({"g": g, "h": g // 4 if "/" in formula else rng.integers(0, 5, len(g)), "x": rng.normal(size=len(g))})
    data["y"] = data["x"] + rng.normal(size=12)[g] + rng.normal(size=len(g))
    unit, k = 10.0**scale, 10.0**x_scale
    fit = lmm(formula, data)
    # Not the || model: its zero covariance is a statement about the origin of x, not about units; scaling alone is harmless to it.
    other = lmm(formula, data.assign(y=shift * unit + unit * data["y"], x=k * data["x"]).sample(frac=1, random_state=seed))
    n_free = fit.given.nu
    slope = np.log(k) * 2
    assert other.deviance == pytest.approx(fit.deviance + n_free * 2 * np.log(unit) + slope, abs=2e-6 * max(1, abs(fit.deviance)))
    assert other.fixed_effects["t"][1] == pytest.approx(fit.fixed_effects["t"][1], rel=2e-4, abs=2e-5)
    assert other.sigma == pytest.approx(unit * fit.sigma, rel=2e-4)
