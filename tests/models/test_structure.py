"""Which random effects a table can carry."""

import pandas as pd

from mentoring.models.structure import diagnose


def rows(mentors=8, mentees=3, waves=2, programs=6):
    return pd.DataFrame([
        {"program": f"P{m % programs}", "mentor": f"M{m}", "mentee": f"E{m}{e}", "dyad": f"D{m}{e}", "wave": w}
        for m in range(mentors) for e in range(mentees) for w in range(waves)
    ])


def test_nested_waves():
    found = diagnose(rows())
    assert found.random == ("program", "mentor", "mentee")  # every mentee has one mentor: mentee and relationship are the same thing
    assert found.terms == "(1 | program) + (1 | mentor) + (1 | mentee)" and "mentee stands for both" in found.notes[0]


def test_one_wave_needs_no_relationship_effect():
    assert diagnose(rows(waves=1)).random == ("program", "mentor")


def test_one_mentee_per_mentor_is_one_effect():
    found = diagnose(rows(mentees=1))
    assert found.random == ("program", "mentor") and any("divide the rows alike" in note for note in found.notes)


def test_few_programmes_are_fixed():
    found = diagnose(rows(programs=3))
    assert "program" not in found.random and found.fixed == ("program",)


def test_no_repetition_at_all_needs_no_random_effect():
    assert diagnose(rows(mentees=1, waves=1, mentors=6)).random == ()


def test_an_unknown_programme_is_left_out_and_said():
    data = rows()
    data.loc[0, "program"] = None
    found = diagnose(data)
    assert "program" not in found.random and "program is not known for every row" in found.notes[0]


def crossed(several):
    """Twenty mentees; the first `several` have a second mentor."""
    pairs = [(f"M{e % 8}", f"E{e}") for e in range(20)] + [(f"M{(e + 3) % 8}", f"E{e}") for e in range(several)]
    return pd.DataFrame([{"mentor": m, "mentee": e, "dyad": m + e, "wave": w} for m, e in pairs for w in range(2)])


def test_mentees_with_several_mentors_cross():
    assert diagnose(crossed(12)).random == ("mentor", "mentee", "dyad")


def test_too_few_crossing_mentees_are_left_to_the_relationship():
    found = diagnose(crossed(4))
    assert found.random == ("mentor", "dyad") and "only 4 mentees have several mentors" in found.notes[0]
