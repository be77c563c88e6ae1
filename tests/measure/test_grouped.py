"""Is a scale the same to groups that a question compares? A known difference is found, and what cannot be told says why."""

import numpy as np
import pandas as pd
import pytest

from mentoring.measure import factor_tables
from mentoring.measure.comparable import incomparable_groups
from mentoring.measure.grouped import between_groups, groups_asked
from mentoring.settings import EquityQuestion, Scale
from mentoring.tables import DYADS, PEOPLE

TRUST = Scale(name="trust", items=["a", "b", "c", "d"])


def answers(shift=0.0, groups=("yes", "no"), mentees=200, role="mentee", seed=1):
    """Answers of mentees, or of mentors about them; two of four items start elsewhere in the first group by `shift`."""
    rng = np.random.default_rng(seed)
    group = np.resize(list(groups), mentees)
    values = np.round(4 + rng.normal(size=(mentees, 1)) + 0.7 * rng.normal(size=(mentees, 4)) + shift * np.outer(group == groups[0], [0, 1, 1, 0]))
    people = PEOPLE.frame(
        [{"person": f"e{n}", "role": "mentee"} for n in range(mentees)] + [{"person": f"m{n}", "role": "mentor"} for n in range(mentees // 4)]
    ).assign(first_gen=[*group, *[None] * (mentees // 4)])
    dyads = DYADS.frame([{"dyad": f"d{n}", "mentor": f"m{n // 4}", "mentee": f"e{n}", "form": "peer"} for n in range(mentees)])
    keyed = pd.DataFrame([
        {"dyad": f"d{n}", "person": f"e{n}" if role == "mentee" else f"m{n // 4}", "role": role, "wave": 1, "item": item, "value": values[n, at]}
        for n in range(mentees) for at, item in enumerate(TRUST.items)
    ])  # fmt: skip
    return keyed, dyads, people


@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_items_that_start_elsewhere_are_found(role):
    keyed, dyads, people = answers(shift=1.5, role=role)
    steps, where = between_groups(keyed, TRUST, role, "mentee_first_gen", dyads, people)
    assert where == f"mentee_first_gen, {role}s’ answers, wave 1" and steps[0].fit.clusters == 50
    found = {step.name: step for step in steps}
    assert found["metric"].holds and not found["scalar"].holds and found["partial scalar"].note == "differs between them: b, c"
    keyed, dyads, people = answers(mentees=320, role=role)
    assert all(step.holds for step in between_groups(keyed, TRUST, role, "mentee_first_gen", dyads, people)[0])


def test_small_groups_are_left_out_and_said_to_be():
    keyed, dyads, people = answers(groups=["yes"] * 5 + ["no"] * 4 + ["rather not"])
    steps, _ = between_groups(keyed, TRUST, "mentee", "mentee_first_gen", dyads, people)
    assert steps[0].holds and steps[0].note == "1 group with fewer than 30 answer sheets left out"
    few, *rest = answers(mentees=40)
    steps, _ = between_groups(few, TRUST, "mentee", "mentee_first_gen", *rest)
    assert steps[0].holds is None and "fewer than two groups" in steps[0].note
    # One form only, no such demographic, nobody in that role: nothing to compare.
    assert between_groups(keyed, TRUST, "mentee", "form", dyads, people)[0][0].holds is None
    assert between_groups(keyed, TRUST, "mentee", "mentee_town", dyads, people) is None
    assert between_groups(keyed, TRUST, "mentor", "mentee_first_gen", dyads, people) is None


def test_what_is_asked_for():
    gap = EquityQuestion(name="gap", ask="?", kind="equity", group="mentee_first_gen", outcome="trust", reporter="mentee")
    short = Scale(name="short", items=["a", "b"])
    questions = [gap, gap.model_copy(update={"name": "again"}), gap.model_copy(update={"outcome": "short"})]
    assert groups_asked(questions, [TRUST, short]) == [("trust", "mentee", "mentee_first_gen")]


@pytest.mark.parametrize(
    ("held", "why"),
    [({"scalar": True}, ""), ({"scalar": False, "partial scalar": True}, ""), ({"scalar": False, "partial scalar": False}, "does not mean the same"),
     ({"configural": None}, "could not be tested"), ({}, "")],
)  # fmt: skip
def test_whether_groups_may_be_compared(held, why):
    rows = [{"scale": "trust", "between": "groups", "of": "mentee_first_gen, mentees’ answers, wave 1", "step": step, "holds": holds} for step, holds in held.items()]
    other = {"scale": "trust", "between": "groups", "of": "mentee_first_generation, mentees’ answers, wave 1", "step": "scalar", "holds": False}
    found = incomparable_groups(pd.DataFrame([*rows, other]), "trust", "mentee", "mentee_first_gen")
    assert (why in found) if why else not found


def test_a_wave_without_answers_does_not_keep_the_others_from_being_compared():
    """The steps are those that the answered waves have by themselves."""
    first, dyads, _ = answers(mentees=160)
    third = answers(mentees=160, seed=2)[0].assign(wave=3)
    facts = {"low": 1.0, "high": 7.0}
    waves = pd.concat([first, third]).assign(**facts)
    with_empty = pd.concat([waves, first.assign(wave=2, value=np.nan, **facts)])
    found = [factor_tables(keyed, [TRUST], dyads)["invariance"] for keyed in (waves, with_empty)]
    assert found[0]["cfi"].notna().all() and len(found[0]) >= 4
    pd.testing.assert_frame_equal(*found)
