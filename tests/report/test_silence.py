"""The page on who fell silent: small groups stay hidden, sentences keep to what was counted, and empty studies get no page."""

from __future__ import annotations

import pytest

from mentoring.report import silence
from mentoring.report.figures.silence import draw_attrition, draw_leavers, draw_voice, segments
from mentoring.report.names import Names
from mentoring.report.theme import house
from mentoring.tables import ATTRITION, ATTRITION_DIFFERENCES, LOST_VOICE, MISSING_PATTERNS

NAMES = Names({"quality": "Relationship quality"}, {}, {}, {})
ROW = {
    "estimate": 0.1,
    "se": 0.04,
    "df": 20.0,
    "p": 0.02,
    "p_adjusted": 0.04,
    "ci_low": 0.02,
    "ci_high": 0.18,
    "mentors": 20,
    "mentees": 40,
}


class Fake(dict):
    smallest = 10


def results(**tables: list[dict[str, object]]) -> Fake:
    declared = {
        "attrition": ATTRITION,
        "missing_patterns": MISSING_PATTERNS,
        "lost_voice": LOST_VOICE,
        "attrition_differences": ATTRITION_DIFFERENCES,
    }
    return Fake({name: table.frame(tables.get(name, [])) for name, table in declared.items()})


def wave(number: int, role: str = "mentee", **counts: int) -> dict[str, object]:
    states = dict.fromkeys(("first", "stayed", "back", "later", "paused", "lost", "never"), 0) | counts
    return {
        "role": role,
        "wave": number,
        "asked": sum(states.values()),
        "answered": states["first"] + states["stayed"] + states["back"],
        **states,
    }


def voice(**change: object) -> dict[str, object]:
    return {"role": "mentee", "about": "mentee's traits", "column": "mentee_age", "n": 90, "silent": 30} | ROW | change


def test_small_parts_of_a_bar_stand_together_and_none_can_be_had_by_subtraction():
    # 4 paused alone would follow from the rest, so the smaller of the others joins it.
    row = {"answered": 50, "back": 3, "later": 0, "paused": 4, "lost": 20, "never": 15}
    assert segments(row, 10) == {"answered": 50, "lost": 20, "other": 19}
    assert segments({**row, "back": 12, "paused": 0}, 10) == {"answered": 38, "back": 12, "lost": 20, "never": 15}
    assert sum(segments(row, 10).values()) == 89


def test_the_course_is_told_in_counts():
    page = silence.page(
        results(attrition=[wave(1, first=80, never=20), wave(2, stayed=60, back=0, lost=20, never=20)]), NAMES, lambda name, absent: ""
    )
    text = " ".join(page)
    assert "No mentor answered" in text and "80 of 100 relationships at wave 1" in text and "60 of 100 at wave 2" in text
    assert "missing at random cannot be seen" in text


def test_what_stands_out_is_told_beside_what_would_by_chance():
    rows = [voice(column=f"mentee_x{n}", p=0.02 if n < 3 else 0.4, p_adjusted=0.3) for n in range(40)]
    text = " ".join(silence.page(results(attrition=[wave(1, first=90)], lost_voice=rows), NAMES, lambda name, absent: ""))
    assert "Of 40 things" in text and "3 have an interval without zero (about 2 would have by chance alone); none stands" in text
    why = [{"role": "mentee", "about": "side", "column": "side", "note": "no mentee was silent where the mentor answered"}]
    text = " ".join(silence.page(results(attrition=[wave(1, first=90)], lost_voice=why), NAMES, lambda name, absent: ""))
    assert "is not described: no mentee was silent" in text


def test_small_groups_are_left_out_of_tables_and_figures():
    table = silence.lost_voice(results(lost_voice=[voice(), voice(column="mentee_race", level="Rare", mentees=6)]), NAMES)
    assert len(table.rows) == 1 and table.rows[0][4] == "10 [2, 18]" and "1 row left out" in table.note
    patterns = [
        {"mentor_waves": "1 2", "mentee_waves": f"{n}", "relationships": size, "share": size / 100, "mentors": size, "mentees": size}
        for n, size in enumerate((60, 25, 12, 3))
    ]
    # One pattern is too small; the next smallest goes with it.
    shown = silence.patterns(results(missing_patterns=patterns))
    assert [row[2] for row in shown.rows] == ["60", "25", "15"]


def test_leavers_are_labelled_and_first_answers_told_from_traits():
    left = {"role": "mentee", "column": "mentee_quality", "stayed": 60, "left": 30, "mean_stayed": 4.0, "mean_left": 3.6} | ROW
    assert silence.leavers(results(attrition_differences=[left]), NAMES).rows[0][1] == "Mentee’s relationship quality"
    row = voice(about="own first answers", column="mentee_quality")
    assert silence.lost_voice(results(lost_voice=[row]), NAMES).rows[0][1] == "Mentee’s relationship quality, at the start"


def test_nothing_to_show_gives_nothing():
    empty = results()
    assert silence.page(empty, NAMES, lambda name, absent: "") == [] and silence.appendix(empty, NAMES) == []
    with house():
        assert draw_attrition(empty["attrition"], 10) is None
        assert draw_voice(empty["lost_voice"], NAMES, 10) is None and draw_leavers(empty["attrition_differences"], NAMES, 10) is None
        assert draw_attrition(ATTRITION.frame([wave(1, first=50)]), 10) is None


@pytest.mark.parametrize("waves", [2, 9])
def test_figures_say_what_they_hold(waves):
    table = ATTRITION.frame(
        [wave(n, role, stayed=100 - 9 * n, lost=9 * n, back=0) for role in ("mentor", "mentee") for n in range(1, waves + 1)]
    )
    with house():
        drawn = draw_attrition(table, 10)
        assert "mentors, wave 2: answered 82" in drawn.alt and "not shown by themselves" in drawn.caption
        panels = draw_voice(LOST_VOICE.frame([voice(column=f"mentee_x{n}", estimate=0.01 * n) for n in range(12)]), NAMES, 10)
    assert "8 furthest from zero" in panels.caption and "12 (mentees)" in panels.caption and panels.alt.count("Mentee’s") == 8


def test_rows_are_named():
    rows = [
        voice(about="wave", column="wave", level="3"),
        voice(about="programme", column="program"),
        voice(role="either", about="side", column="side"),
    ]
    found = [silence.label(row, NAMES) for _, row in LOST_VOICE.frame(rows).iterrows()]
    assert found == ["Wave 3 rather than the first", "Programme (SD between)", "Mentors rather than mentees"]
