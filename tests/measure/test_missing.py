"""Who was asked and who answered: seven states by hand, patterns, ended relationships, and studies with nobody on one side."""

from __future__ import annotations

import pandas as pd

from mentoring.measure.missing import ONE_WAVE_EACH, answered_about, attrition_table, pattern_table, sides_asked
from mentoring.tables import DYADS, RESPONSES


def dyads_of(*codes: str, **ends: str) -> pd.DataFrame:
    return DYADS.frame([{"dyad": code, "mentor": f"m{code[-1]}", "mentee": f"e{code[-1]}", "end": ends.get(code)} for code in codes])


def answers(*told: tuple[str, str, int]) -> pd.DataFrame:
    """One answer for each (dyad, role, wave)."""
    return RESPONSES.frame([
        {"dyad": dyad, "person": f"{'m' if role == 'mentor' else 'e'}{dyad[-1]}", "role": role, "wave": wave, "item": "q", "value": 1.0}
        for dyad, role, wave in told
    ])  # fmt: skip


def spoke(patterns: dict[str, str], role: str = "mentee") -> list[tuple[str, str, int]]:
    return [(dyad, role, wave) for dyad, pattern in patterns.items() for wave, code in enumerate(pattern, 1) if code == "1"]


def test_every_side_is_in_one_of_seven_states():
    # Waves 1 to 3 of six relationships: always, lost, back after a pause, late, never, only at the end.
    told = spoke({"d1": "111", "d2": "100", "d3": "101", "d4": "011", "d6": "001"})
    asked = sides_asked(dyads_of("d1", "d2", "d3", "d4", "d5", "d6"), answers(*told))
    table = attrition_table(asked).set_index("wave")
    assert table["asked"].tolist() == [6, 6, 6] and table["answered"].tolist() == [3, 2, 4]
    assert table.loc[1, ["first", "stayed", "back", "later", "paused", "lost", "never"]].tolist() == [3, 0, 0, 2, 0, 0, 1]
    assert table.loc[2, ["first", "stayed", "back", "later", "paused", "lost", "never"]].tolist() == [1, 1, 0, 1, 1, 1, 1]
    assert table.loc[3, ["first", "stayed", "back", "later", "paused", "lost", "never"]].tolist() == [1, 2, 1, 0, 0, 1, 1]
    assert "may still come back" in table.loc[3, "note"]


def test_an_ended_relationship_counts_until_it_was_last_heard_of():
    told = [*spoke({"d1": "110", "d2": "111"}), *spoke({"d1": "100", "d2": "110"}, "mentor")]
    asked = sides_asked(dyads_of("d1", "d2", d1="2024-05-01"), answers(*told))
    # Mentors were never asked at wave 3; d1 had ended before it.
    assert asked[asked["dyad"] == "d1"].groupby("role")["wave"].max().to_dict() == {"mentee": 2, "mentor": 2}
    patterns = pattern_table(asked).set_index("mentee_waves")["mentor_waves"].to_dict()
    assert patterns == {"1 2 ·": "1 – ·", "1 2 3": "1 2 ·"}


def test_who_changes_partners_is_asked_about_one_relationship_at_a_time():
    # Pupils e1 and e2 have another teacher at wave 2; e3 stays with one, which does not make the others silent.
    dyads = DYADS.frame([{"dyad": f"d{n}", "mentor": f"m{n}", "mentee": mentee} for n, mentee in enumerate(["e1", "e1", "e2", "e2", "e3"], 1)])
    told = [("d1", "e1", 1), ("d2", "e1", 2), ("d3", "e2", 1), ("d4", "e2", 2), ("d5", "e3", 1)]
    responses = RESPONSES.frame([{"dyad": d, "person": p, "role": "mentee", "wave": w, "item": "q", "value": 1.0} for d, p, w in told])
    asked = sides_asked(dyads, responses)
    assert asked[["dyad", "wave"]].apply(tuple, axis=1).tolist() == [("d1", 1), ("d2", 2), ("d3", 1), ("d4", 2), ("d5", 1)]
    table = attrition_table(asked)
    assert table[["asked", "answered"]].to_numpy().tolist() == [[3, 3], [2, 2]] and table["lost"].sum() == 0
    assert table["note"].tolist() == [ONE_WAVE_EACH] * 2
    # With two teachers at a time, silence about one of them is silence.
    both = pd.concat([responses, responses.assign(dyad=["d2", "d2", "d4", "d4", "d5"], wave=1)]).drop_duplicates()
    assert len(sides_asked(dyads, both)) == 10


def test_patterns_add_up_the_most_frequent_first():
    told = [*spoke({"d1": "11", "d2": "11", "d3": "10"}), *spoke({"d1": "11", "d2": "11", "d3": "11"}, "mentor")]
    table = pattern_table(sides_asked(dyads_of("d1", "d2", "d3"), answers(*told)))
    assert table["relationships"].tolist() == [2, 1] and table["share"].sum() == 1
    assert table.loc[0, ["mentor_waves", "mentee_waves"]].tolist() == ["1 2", "1 2"]


def test_one_side_and_a_single_wave():
    asked = sides_asked(dyads_of("d1", "d2"), answers(*spoke({"d1": "1"})))
    table = attrition_table(asked)
    assert table["role"].tolist() == ["mentee"] and "single wave" in table.loc[0, "note"]
    assert pattern_table(asked)["mentor_waves"].isna().all()


def test_answers_about_oneself_open_all_relationships_of_those_who_answer_about_none():
    own = RESPONSES.frame([{"person": "e1", "role": "mentee", "wave": 1, "item": "q", "value": 1.0}])
    pairs = DYADS.frame([{"dyad": "d1", "mentor": "m1", "mentee": "e1"}, {"dyad": "d2", "mentor": "m2", "mentee": "e1"}])
    assert answered_about(pairs, own, "mentee")["dyad"].tolist() == ["d1", "d2"]


def test_nobody_answered():
    asked = sides_asked(dyads_of("d1"), RESPONSES.frame([]))
    assert asked.empty and attrition_table(asked).empty and pattern_table(asked).empty
