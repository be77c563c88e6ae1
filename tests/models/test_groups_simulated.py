"""Slow: how often the verdicts of equity, functions and stages are wrong, in many simulated studies."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.equity import plan_equity
from mentoring.models.kinds.functions import INTERACTION, plan_functions
from mentoring.models.kinds.stages import plan_stages


def module(name):
    spec = importlib.util.spec_from_file_location(f"models_{name}", Path(__file__).resolve().parent / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def rejections(plans, term):
    """How often p < .05, and how often the 95 % interval leaves out zero, over the plans that could be fitted."""
    p = [fit.fixed_effects.set_index("term").loc[term(plan), "p"] for plan in plans for fit in [fit_plan(plan).fit] if fit is not None]
    return float(np.mean(np.array(p) < 0.05)), len(p)


# Three times the Monte-Carlo standard error of 5 % in 200 studies is 4.6 points.
@pytest.mark.slow
@pytest.mark.parametrize(("mentors", "gap_sd"), [(12, 0.0), (12, 0.5), (30, 0.5)])
def test_gaps_that_are_none(mentors, gap_sd):
    equity = module("test_equity")
    plans = [plan_equity(equity.question(), equity.study(mentors=mentors, each=4, waves=2, gap_sd=gap_sd, seed=1000 + run).analysis) for run in range(200)]
    rate, runs = rejections(plans, lambda plan: plan.focus[0].term)
    assert runs > 195 and rate < 0.095


@pytest.mark.slow
@pytest.mark.parametrize("lean", [0.0, 0.8])
def test_crossovers_that_are_none(lean):
    functions = module("test_functions")
    plans = [plan_functions(functions.question(), functions.study(mentors=14, each=3, waves=3, own_difference=lean, seed=2000 + run)) for run in range(200)]
    rate, runs = rejections(plans, lambda plan: INTERACTION)
    assert runs > 195 and rate < 0.095


@pytest.mark.slow
def test_stages_that_move_nothing_though_relationships_differ():
    stages = module("test_stages_question")
    plans = [plan_stages(stages.question(outcome="quality"), stages.study(mentors=15, back=0.2, standing=1.0, seed=3000 + run).analysis) for run in range(200)]
    rate, runs = rejections(plans, lambda plan: "when_in_middle")
    assert runs > 195 and rate < 0.095
