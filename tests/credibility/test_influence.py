"""Leaving out one mentor at a time: the same numbers as fitting without them, and no names."""

import numpy as np
import pytest

from mentoring.credibility.influence import influence_table
from mentoring.credibility.second_opinion import second_opinion
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.similarity import plan_similarity
from mentoring.models.lmm import lmm
from tests.models.test_similarity_question import MATCH, QUESTION, analysis


@pytest.fixture(scope="module")
def asked():
    plan = plan_similarity(QUESTION, analysis(mentors=10, waves=2, effect=0.3), [MATCH])
    return plan, fit_plan(plan).fit


def test_it_is_the_fit_without_the_mentor(asked):
    plan, fit = asked
    table = influence_table(plan, fit, seed=1)
    mentors = table[table["group"] == "mentor"]
    by_hand = [
        lmm(fit.formula, plan.rows[plan.rows["mentor"] != mentor]).fixed_effects.set_index("term").loc["same_field_within", "estimate"]
        for mentor in plan.rows["mentor"].unique()
    ]
    assert np.sort(mentors["estimate"]) == pytest.approx(np.sort(by_hand), abs=1e-5)
    full = fit.coefficients[fit.terms.index("same_field_within")]
    assert mentors["dfbetas"].to_numpy() == pytest.approx(((full - mentors["estimate"]) / mentors["se"]).to_numpy())


def test_numbers_name_nobody_and_come_back_with_the_seed(asked):
    plan, fit = asked
    table = influence_table(plan, fit, seed=1)
    numbers = table.loc[table["group"] == "mentor", "left_out"]
    assert set(numbers) == {str(number) for number in range(1, 11)}
    assert table.equals(influence_table(plan, fit, seed=1))
    other = influence_table(plan, fit, seed=2)
    assert not table["estimate"].equals(other["estimate"])  # another seed, another order


def test_no_fit_no_rows(asked):
    assert influence_table(asked[0], None, seed=1).empty and second_opinion(asked[0], None).empty


def test_a_second_engine_comes_to_the_same(asked):
    row = second_opinion(*asked).iloc[0]
    assert row["agrees"] and row["estimate"] == pytest.approx(asked[1].coefficients[asked[1].terms.index("same_field_within")], abs=1e-5)
