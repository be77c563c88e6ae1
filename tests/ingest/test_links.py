"""Ids, pairs, waves and doubled rows: each rule, and that each is counted."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pandas as pd
import pytest

from mentoring.ingest.ids import codes
from tests.ingest.conftest import SmallStudy
from tests.ingest.test_answers import answers, count

MENTEES, MENTORS, PAIRS, ROSTER, CONFIG = "data/mentees.csv", "data/mentors.csv", "data/pairs.csv", "data/roster.csv", "config.yaml"


@pytest.mark.parametrize("spelling", ["s1", " S1", "S1 ", "\ufeffS1", "S\u200b1"])
def test_dirty_ids_are_repaired_and_counted(small: SmallStudy, spelling: str) -> None:
    got = small.change(MENTEES, "S1,M1,1,4,2", f"{spelling},M1,1,4,2").read()
    assert answers(got, "trust1")["S1", 1] == (4, "Mostly", None)
    assert count(got, "mentees", "spelled in another way (repaired)") == 1
    assert set(got.key["id"]) == {"M1", "M2", "M3", "S1", "S2", "S3", "S4", "S5"}


def test_a_spreadsheets_decimal_ids(small: SmallStudy) -> None:
    for file in (PAIRS, ROSTER, MENTORS):
        text = (small.folder / file).read_text(encoding="utf-8").replace("S", "10").replace("10outh", "South")
        small.write(file, text)
    small.write(MENTEES, "id,mentor_id,wave,trust1,trust2,hours,setting\n101.0,M1,1,4,2,1,c\n102,M1,2,4,2,1,c\n")
    assert set(answers(small.read(), "trust1")) == {("101", 1), ("102", 2)}


def test_ids_in_no_pair_are_left_out_and_listed(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S4,M2,1,5", "S44,M2,1,5").change(MENTEES, "S3,M2,1, ", ",M2,1, ").read()
    assert count(got, "mentees", "id is in no pair") == 1 and count(got, "mentees", "id is blank") == 1
    assert count(got, "mentees", "read") == 6 and count(got, "mentees", "answer sheets kept") == 4
    assert got.linkage.to_dict("records") == [
        {"file": MENTEES, "row": 5, "column": "id", "id": "S44", "reason": "in no pair", "suggestion": "S4"}]


def test_a_partner_who_is_not_paired(small: SmallStudy) -> None:
    got = small.change(MENTORS, "M1,S2,1,4,-99,2,", "M1,S22,1,4,-99,2,").read()
    assert got.linkage[["row", "column", "id", "suggestion"]].values.tolist() == [[3, "about", "S22", "S2"]]
    assert count(got, "mentors", "partner is not paired with the person") == 1
    # What M1 said about herself on that sheet still counts.
    assert answers(got, "burnout", "mentor")["M1", 1] == (2, None, None)
    assert len(got.responses.query("role == 'mentor' and item == 'trust1'")) == 3


def test_a_blank_partner_when_there_is_only_one(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S4,M2,1,5", "S4,,1,5").read()
    assert answers(got, "trust1")["S4", 1] == (5, "Fully", None)
    assert count(got, "mentees", "partner is blank; the person has only one (kept)") == 1


def test_without_a_partner_column_the_only_pair_is_meant(small: SmallStudy) -> None:
    expected = small.read()
    got = small.change(CONFIG, "person: id, partner: mentor_id", "person: id").read()
    pd.testing.assert_frame_equal(got.responses, expected.responses)


def test_several_partners_and_none_named_loses_only_those(small: SmallStudy) -> None:
    got = small.change(PAIRS, "M3,S5,South", "M3,S1,South,assigned,2025-10-01,\nM3,S5,South").change(CONFIG, ", partner: mentor_id", "").read()
    assert count(got, "mentees", "several partners and none named") == 2
    assert not {person for person, _ in answers(got, "trust1")} & {"S1"}


def test_rows_of_the_other_role(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S4,M2,1,5,1,0,o,", "M2,S4,1,5,1,0,o,").read()
    assert count(got, "mentees", "id is in the pairs, but not as mentee") == 1
    assert got.linkage["reason"].tolist() == ["in the pairs, but not as mentee"]


def test_the_same_answers_twice(small: SmallStudy) -> None:
    expected = small.read()
    got = small.change(MENTEES, "S3,M2,1, ,3,4,c,secret words", "S3,M2,1, ,3,4,c,secret words\ns3,M2,1,,3,4,c,again").read()
    pd.testing.assert_frame_equal(got.responses, expected.responses)
    assert count(got, "mentees", "the same answers twice (first kept)") == 1


def test_the_fuller_answer_sheet_is_kept(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S3,M2,1, ,3,4,c,secret words", "S3,M2,1,2,3,4,c,\nS3,M2,1,,1,4,c,").read()
    assert answers(got, "trust2")["S3", 1] == (3, "Partly", None)
    assert count(got, "mentees", "answered twice differently") == 1


def test_of_equally_full_sheets_the_later_is_kept(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S3,M2,1, ,3,4,c,secret words", "S3,M2,1,2,3,4,c,\nS3,M2,1,1,1,4,c,\nS3,M2,1,2,3,4,c,").read()
    assert answers(got, "trust1")["S3", 1] == (2, "A little", None)
    assert count(got, "mentees", "answered twice differently") == 2
    assert count(got, "mentees", "answered twice differently", "people") == 1


def test_pairs_of_one_person_blanks_and_repeats(small: SmallStudy) -> None:
    expected = small.read()
    got = small.change(PAIRS, "M3,S5,South,assigned,2025-10-01,",
                       "M3,S5,South,assigned,2025-10-01,\nm3,s5,South,,,\nM1,M1,North,,,\n,S5,South,,,\nM2,,South,,,").read()
    pd.testing.assert_frame_equal(got.dyads, expected.dyads)
    assert count(got, "pairs", "a person paired with themselves") == 1
    assert count(got, "pairs", "mentor or mentee is blank") == 2
    assert count(got, "pairs", "rows that only repeat a pair") == 1 and count(got, "pairs", "rows that only repeat a pair", "dyads") == 1
    assert count(got, "pairs", "relationships", "dyads") == 5


def test_peers_stand_in_both_roles(small: SmallStudy) -> None:
    small.change(PAIRS, "M3,S5", "S4,S5").change(MENTEES, "S5,M3,2", "S5,S4,2").change(ROSTER, "S4,mentee,2,23", "S4,mentee,2,23\nS4,mentor,2,")
    got = small.change(MENTORS, "M1,S1,2,2,4,3,", "M1,S1,2,2,4,3,\nS4,S5,2,1,1,1,").read()
    assert count(got, "pairs", "mentor in one pair and mentee in another", "people") == 1
    assert got.key.set_index("id").loc["S4", "roles"] == "mentor and mentee"
    assert sorted(got.people.loc[got.people["person"] == got.key.set_index("id").loc["S4", "person"], "role"]) == ["mentee", "mentor"]
    assert answers(got, "trust1", "mentor")["S4", 2] == (1, "Not at all", None)
    assert answers(got, "trust1", "mentee")["S4", 1] == (5, "Fully", None)


def test_roster_repeats_blanks_and_strangers(small: SmallStudy) -> None:
    got = small.change(ROSTER, "S5,mentee,1,24", "S5,mentee,1,24\ns5, Mentee ,1,24\n,mentor,1,\nX9,mentor,1,").read()
    assert count(got, "roster", "rows that only repeat a mentee") == 1 and count(got, "roster", "id is blank") == 1
    assert count(got, "roster", "on the roster but in no pair (kept)", "people") == 1
    assert len(got.people) == 9


@pytest.mark.parametrize(("declared", "labels"), [
    (None, ["0", "12"]), (None, ["1.0", "2.0"]), ('["T1", "T2"]', ["t1", "T2 "]), ("[pre, post]", ["Pre", "POST"]), ("[off, on]", ["off", "on"])])
def test_waves_are_numbered_in_order(small: SmallStudy, declared: str | None, labels: list[str]) -> None:
    expected = small.read()
    small.change(CONFIG, '  waves: ["1", "2"]\n', f"  waves: {declared}\n" if declared else "")
    for file in (MENTEES, MENTORS):
        lines = [line.split(",") for line in (small.folder / file).read_text(encoding="utf-8").splitlines()]
        changed = [",".join([*cells[:2], dict(zip("12", labels)).get(cells[2], cells[2]), *cells[3:]]) for cells in lines]
        small.write(file, "\n".join(changed) + "\n")
    pd.testing.assert_frame_equal(small.read().responses, expected.responses)


def test_a_blank_wave_is_left_out(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S4,M2,1,5", "S4,M2,,5").read()
    assert count(got, "mentees", "wave is blank") == 1
    assert ("S4", 1) not in answers(got, "trust1")


def test_codes_do_not_depend_on_order_and_reveal_none() -> None:
    names = [f"m{number:03d}" for number in range(200)]
    drawn = codes(names, 5, "P")
    assert drawn == codes(reversed(names), 5, "P") != codes(names, 6, "P")
    assert sorted(drawn.values()) == [f"P{number:04d}" for number in range(1, 201)]
    ranks = pd.Series([int(drawn[name][1:]) for name in names])
    assert abs(ranks.corr(pd.Series(range(200)))) < 0.25


def test_row_order_of_the_files_changes_nothing(make_small: Callable[[str], SmallStudy]) -> None:
    straight, turned = make_small("a"), make_small("b")
    for file in (MENTEES, MENTORS, PAIRS, ROSTER):
        header, *rows = (turned.folder / file).read_text(encoding="utf-8").splitlines()
        turned.write(file, "\n".join([header, *reversed(rows)]) + "\n")
    one, other = straight.read(), turned.read()
    for name in ("responses", "people", "dyads", "key"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_ids_are_in_no_table_meant_for_others(small: SmallStudy) -> None:
    got = small.change(MENTEES, "S4,M2,1,5", "S44,M2,1,5").read()
    ids = [f"{letter}{number}" for letter, number in itertools.product("MS", range(1, 6))] + ["S44"]
    for name in ("responses", "people", "dyads", "exclusions", "sources"):
        cells = getattr(got, name).astype("str").to_numpy().ravel()
        assert not set(ids) & set(cells)


def test_an_id_that_a_spreadsheet_would_run_is_written_as_text(small: SmallStudy) -> None:
    small.change("data/mentees.csv", "S3,M2,1,", "=cmd|'x'!A1,M2,1,")
    small.read().write(small.folder / "results")
    assert "'=cmd|'x'!A1" in (small.folder / "results/private/linkage.csv").read_text()
