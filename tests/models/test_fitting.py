"""The ladder as questions use it: slopes are kept where they vary, left for a stated reason, and never for another factor's zero."""

import numpy as np
import pandas as pd

from mentoring.models.fitting import fit_plan, richest_formula
from mentoring.models.kinds.similarity import plan_similarity
from mentoring.models.lmm import fit_ladder, lmm
from tests.models.test_similarity_question import MATCH, QUESTION, analysis


def sloped(slope_sd, programs=True, seed=3, mentors=40, each=8):
    g = np.random.default_rng(seed)
    mentor = np.arange(mentors).repeat(each)
    x = g.normal(size=mentors * each)
    y = g.normal(0, 0.5, mentors)[mentor] + (0.3 + g.normal(0, slope_sd, mentors)[mentor]) * x + g.normal(size=len(x))
    data = pd.DataFrame({"y": y, "x": x, "mentor": mentor.astype(str)})
    # Programmes dealt out at random have no variance of their own.
    return data.assign(program=(mentor % 8).astype(str)) if programs else data


def test_a_zero_variance_elsewhere_is_no_reason_to_drop_a_slope():
    data = sloped(0.6, seed=6)
    assert lmm("y ~ x + (1 | program) + (1 + x | mentor)", data).singular  # the programme's variance is zero
    fit = fit_ladder("y ~ x + (1 | program) + (1 + x | mentor)", data)
    assert "1 + x" in fit.formula and fit.variance_components.query("group == 'mentor' and term == 'x'")["sd"].iloc[0] > 0.3


def test_a_slope_that_does_not_vary_is_left_and_said():
    fit = fit_ladder("y ~ x + (1 + x | mentor)", sloped(0.0, programs=False))
    assert fit.formula.endswith("(1 | mentor)") and [step["decision"] for step in fit.steps] == ["left", "left", "kept"]


def test_a_rung_that_cannot_be_fitted_is_left():
    few = sloped(0.3, mentors=20, each=2)
    few["z"], few["w"] = np.random.default_rng(1).normal(size=(2, len(few)))
    fit = fit_ladder("y ~ x + z + w + (1 + x + z + w || mentor)", few)
    assert fit.formula.endswith("(1 | mentor)") and "cannot be told from the residual" in fit.steps[0]["reason"]


def test_the_steps_of_a_question_are_in_words():
    plan = plan_similarity(QUESTION, analysis(mentors=12), [MATCH])
    assert richest_formula(plan).endswith("(1 | program) + (1 + same_field_within | mentor)")
    fitted = fit_plan(plan)
    assert fitted.steps[0].startswith("correlated slopes: not tried, 12 groups are too few")


def test_what_cannot_be_fitted_says_why():
    fitted = fit_plan(plan_similarity(QUESTION, analysis().assign(mentee_quality=4.0), [MATCH]))
    assert fitted.fit is None and fitted.problem
