"""What the small study must give, worked out by hand, and the rules for labels, codes and missing answers."""

from __future__ import annotations

import pandas as pd
import pyreadstat
import pytest

from mentoring.ingest import Ingested
from tests.ingest.conftest import SmallStudy

MENTEES, CONFIG = "data/mentees.csv", "config.yaml"


def answers(got: Ingested, item: str, role: str = "mentee") -> dict[tuple[str, int], tuple[float | None, str | None, str | None]]:
    """(person's id, wave) → (value, label, missing)."""
    ids = got.key.set_index("person")["id"]
    rows = got.responses.query("item == @item and role == @role")
    plain = rows[["value", "label", "missing"]].astype("object").where(rows[["value", "label", "missing"]].notna(), None)
    return {(ids[person], int(wave)): tuple(cells) for person, wave, cells in zip(rows["person"], rows["wave"], plain.itertuples(index=False))}


def count(got: Ingested, step: str, reason: str, column: str = "rows") -> int | None:
    """One number of the table of exclusions."""
    rows = got.exclusions[(got.exclusions["step"] == f"ingest: {step}") & got.exclusions["reason"].str.contains(reason, regex=False)]
    assert len(rows) <= 1
    return None if rows.empty or pd.isna(rows[column].iloc[0]) else int(rows[column].iloc[0])


def test_codes_labels_and_reasons(small: SmallStudy) -> None:
    got = small.read()
    assert answers(got, "trust1") == {
        ("S1", 1): (4, "Mostly", None), ("S2", 1): (None, None, "declared"), ("S3", 1): (None, None, "blank"),
        ("S4", 1): (5, "Fully", None), ("S1", 2): (5, "Fully", None), ("S5", 2): (5, "Fully", None),
    }
    assert answers(got, "trust2")["S5", 2] == (2, "A little", None)
    assert answers(got, "hours")["S2", 1] == (None, None, "not applicable")
    assert answers(got, "hours")["S1", 1] == (2.5, None, None)
    # Codes that are letters count in the order of the label set.
    assert answers(got, "setting")["S1", 1] == (1, "At the campus", None)
    assert answers(got, "setting")["S5", 2] == (2, "Online", None)
    assert answers(got, "burnout", "mentor") == {("M1", 1): (2, None, None), ("M2", 1): (4, None, None), ("M1", 2): (3, None, None)}


def test_free_text_is_nowhere(small: SmallStudy) -> None:
    got = small.read()
    assert "comment" not in set(got.codebook_items["item"]) and "comment" not in set(got.responses["item"])
    for name in got.__dataclass_fields__:
        assert "secret words" not in getattr(got, name).to_csv()


def test_answers_about_oneself_have_no_dyad(small: SmallStudy) -> None:
    responses = small.read().responses
    assert responses.groupby("item")["dyad"].apply(lambda cells: cells.isna().all()).to_dict() == {
        "burnout": True, "hours": False, "setting": False, "trust1": False, "trust2": False}


def test_people_and_dyads(small: SmallStudy) -> None:
    got = small.read()
    ids = got.key.set_index("person")["id"]
    people = got.people.assign(person=got.people["person"].map(ids)).set_index("person")
    assert list(got.people.columns) == ["person", "role", "gender", "age"]
    assert people.loc["M1", "gender"] == "Female" and people.loc["S2", "gender"] == "Male"
    assert pd.isna(people.loc["M3", "gender"]) and pd.isna(people.loc["S3", "age"]) and people.loc["S5", "age"] == 24
    dyads = got.dyads.assign(mentor=got.dyads["mentor"].map(ids), mentee=got.dyads["mentee"].map(ids)).set_index("mentee")
    assert dyads["mentor"].to_dict() == {"S1": "M1", "S2": "M1", "S3": "M2", "S4": "M2", "S5": "M3"}
    assert dyads.loc["S2", "end"] == pd.Timestamp("2026-01-31") and pd.isna(dyads.loc["S1", "end"])
    assert dyads.loc["S5", "program"] == "South" and dyads.loc["S5", "form"] == "assigned"


def test_every_asked_item_has_a_row(small: SmallStudy) -> None:
    responses = small.read().responses
    assert len(responses.query("role == 'mentee'")) == 6 * 4
    assert len(responses.query("role == 'mentor' and item != 'burnout'")) == 4 * 2
    # M1 answered about herself on two sheets of wave 1: one answer.
    assert len(responses.query("item == 'burnout'")) == 3
    assert count(small.read(), "responses", "answers given again (first kept)") == 1


def test_unlike_answers_about_oneself(small: SmallStudy) -> None:
    got = small.change("data/mentors.csv", "M1,S2,1,4,-99,2,", "M1,S2,1,4,-99,5,").read()
    assert answers(got, "burnout", "mentor")["M1", 1] == (2, None, None)
    assert count(got, "responses", "answers given again differently") == 1
    got = small.change("data/mentors.csv", "M1,S1,1,3,3,2,", "M1,S1,1,3,3,,").read()
    assert answers(got, "burnout", "mentor")["M1", 1] == (5, None, None)


@pytest.mark.parametrize("form", ["4", "4.0", " 4 ", "04", "Mostly", " mostly\u200b", "\ufeffMOSTLY", "4.000"])
def test_one_answer_in_many_spellings(small: SmallStudy, form: str) -> None:
    got = small.change(MENTEES, "S1,M1,1,4,2", f"S1,M1,1,{form},2").read()
    assert answers(got, "trust1")["S1", 1] == (4, "Mostly", None)


@pytest.mark.parametrize("form", ["", " ", "\ufeff", "\u00a0\u200b"])
def test_blank_in_many_forms(small: SmallStudy, form: str) -> None:
    got = small.change(MENTEES, "S1,M1,1,4,2", f"S1,M1,1,{form},2").read()
    assert answers(got, "trust1")["S1", 1] == (None, None, "blank")


def test_words_that_other_programs_take_for_something_else(small: SmallStudy) -> None:
    small.change("data/labels.csv", "places,c,At the campus", "places,NA,At the campus").change("data/labels.csv", "places,o", "places,T")
    got = small.write(MENTEES, "id,mentor_id,wave,trust1,trust2,hours,setting\nS1,M1,1,1,1,1,NA\nS2,M1,1,1,1,1,T\nS1,M1,2,1,1,1,\n").read()
    assert [cells[1] for cells in answers(got, "setting").values()].count("At the campus") == 1
    assert answers(got, "setting")["S2", 1] == (2, "Online", None)


def test_decimal_comma_in_semicolon_files(small: SmallStudy) -> None:
    text = (small.folder / MENTEES).read_text(encoding="utf-8").replace(",", ";").replace("2.5", "2,5")
    got = small.write(MENTEES, text, encoding="cp1252").read()
    assert answers(got, "hours")["S1", 1] == (2.5, None, None)


def test_a_range_that_follows_from_labels_skips_unlabelled_codes(small: SmallStudy) -> None:
    small.change("data/labels.csv", "agree,3,Partly,\n", "")
    message = small.problems()
    # trust1 has its range from the labels alone, trust2 (row 4) from the codebook: there 3 is an answer without a label.
    assert "data/mentors.csv · column trust1 (item trust1): answers the codebook does not know: row 2: “3”" in message
    assert "column trust2" not in message


def test_declared_missing_of_the_file_itself(small: SmallStudy) -> None:
    frame = pd.read_csv(small.folder / "data/mentors.csv").drop(columns="comment").astype({"burnout": "float64"})
    frame.loc[0, "burnout"] = 97.0
    pyreadstat.write_sav(frame, small.folder / "data/mentors.sav", missing_ranges={"burnout": [97]})
    small.change(CONFIG, "file: data/mentors.csv, role", "file: data/mentors.sav, format: spss, role")
    got = small.change(CONFIG, "partner: about", "partner: about").read()
    # On M1's other sheet of that wave stands an answer, which counts before a missing one.
    assert answers(got, "burnout", "mentor")["M1", 1] == (2, None, None)
    frame.loc[1, "burnout"] = 97.0
    pyreadstat.write_sav(frame, small.folder / "data/mentors.sav", missing_ranges={"burnout": [97]})
    assert answers(small.read(), "burnout", "mentor")["M1", 1] == (None, None, "declared")


def test_facts_that_only_the_survey_has(small: SmallStudy) -> None:
    small.write("data/roster.csv", "person,role,sex\nM1,mentor,1\nS1,mentee,2\n")
    small.write(MENTEES, "id,mentor_id,wave,trust1,trust2,hours,setting,age\nS1,M1,2,1,1,1,c,31\nS1,M1,1,1,1,1,c,30\nS2,M1,1,1,1,1,c,\n")
    got = small.read()
    ids = got.key.set_index("person")["id"]
    ages = got.people.query("role == 'mentee'").assign(id=lambda rows: rows["person"].map(ids)).set_index("id")["age"]
    assert ages["S1"] == 30 and pd.isna(ages["S2"])
    assert count(got, "mentees", "age was answered differently", "people") == 1
    assert count(got, "roster", "in a pair but not on the roster", "people") == 6
    assert "age" not in set(got.responses["item"])


def test_a_study_without_roster_scales_and_mentors(small: SmallStudy) -> None:
    small.write(CONFIG, """
        study: {title: Bare}
        data:
          surveys: [{name: pupils, file: data/pupils.csv, role: mentee, person: id}]
          pairs: {file: data/pairs.csv}
          codebook: {items: data/items.csv}
        questions: [{name: q, ask: "?", kind: model, formula: "mentee_score ~ 1 + (1 | mentor)", focus: ["1"]}]
        """)
    small.write("data/items.csv", "item,role,kind,about\nscore,mentee,number,dyad\n").write("data/pupils.csv", "id,score\nS1,3.5\ns2,-1e2\n")
    got = small.read()
    assert answers(got, "score") == {("S1", 1): (3.5, None, None), ("S2", 1): (-100.0, None, None)}
    assert len(got.people) == 8 and list(got.people.columns) == ["person", "role"]
    assert got.responses["dyad"].notna().all()


def test_an_item_only_one_of_two_exports_asks(small: SmallStudy) -> None:
    small.change(CONFIG, "    - {name: mentors", "    - {name: later, file: data/later.csv, role: mentee, person: id, partner: mentor_id, only_wave: 2}\n"
                 "    - {name: mentors")
    small.write("data/later.csv", "id,mentor_id,trust1,trust2\nS2,M1,1,1\n")
    got = small.read()
    assert ("S2", 2) not in answers(got, "hours") and answers(got, "trust1")["S2", 2] == (1, "Not at all", None)
    assert count(got, "later", "items this export does not ask about: hours, setting") == 1
    small.write("data/later.csv", "id,mentor_id,trust1,trust2,Hours\nS2,M1,1,1,1\n")
    assert "data/later.csv · column Hours: it is spelled unlike “hours” in the codebook" in small.problems()


def test_labels_that_the_file_itself_carries(small: SmallStudy) -> None:
    frame = pd.read_csv(small.folder / "data/roster.csv").drop(columns="age")
    pyreadstat.write_sav(frame, small.folder / "data/roster.sav", variable_value_labels={"sex": {1: "Frau", 2: "Mann"}})
    small.change(CONFIG, "roster.csv", "roster.sav").change("data/items.csv", "age,mentee,,Age,number,person,16,99,no,\n", "")
    got = small.change("data/items.csv", "no,sexes", "no,").change(CONFIG, ", covariates: [mentee_age]", "").read()
    assert got.people["gender"].value_counts().to_dict() == {"Frau": 4, "Mann": 3, "9": 1}
