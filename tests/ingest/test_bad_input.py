"""Every kind of bad input: one error that names file and place, what was expected and what to do, and nothing written."""

from __future__ import annotations

import pytest

from tests.ingest.conftest import SmallStudy

ITEMS, LABELS, PAIRS, ROSTER = "data/items.csv", "data/labels.csv", "data/pairs.csv", "data/roster.csv"
MENTEES, MENTORS, CONFIG = "data/mentees.csv", "data/mentors.csv", "config.yaml"

CASES = {
    # name: (file, old, new, parts of the message)
    "column the config names": (CONFIG, "partner: mentor_id", "partner: mentorid", [
        "data/mentees.csv · column mentorid: there is no column “mentorid”, which the config names as `partner`",
        "did you mean “mentor_id”?", "to mend it: partner: mentor_id"]),
    "column the codebook names": (ITEMS, "hours,mentee,,", "hours,mentee,hour,", [
        "data/mentees.csv · column hour: there is no column “hour” for the item “hours” of the mentees", "did you mean “hours”?",
        "write the export's name in the codebook's column “column”"]),
    "column of the roster": (ITEMS, "age,mentee,,", "age,mentee,agee,", [
        "data/roster.csv · column agee: there is no column “agee” for the item “age” of the mentees", "did you mean “age”?"]),
    "value outside the range": (MENTEES, "S4,M2,1,5,1,0,o,", "S4,M2,1,5,1,-3,o,", [
        "data/mentees.csv · column hours (item hours): answers outside the item's range: row 5: “-3”", "expected: a number, 0 or more",
        "correct low and high in the codebook"]),
    "likert outside the range": (MENTORS, "M2,S3,1,5,1,4,", "M2,S3,1,5,1,9,", [
        "data/mentors.csv · column burnout (item burnout): answers outside the item's range: row 4: “9”",
        "expected: a whole number from 1 to 5"]),
    "likert that is not whole": (MENTORS, "M2,S3,1,5,1,4,", "M2,S3,1,5,1,4.5,", [
        "column burnout (item burnout): answers that are not whole numbers: row 4: “4.5”", "kind: number"]),
    "unknown code": (MENTEES, "S1,M1,1,4,2", "S1,M1,1,8,2", [
        "column trust1 (item trust1): answers the codebook does not know: row 2: “8”", "one of: Not at all (1), A little (2)"]),
    "unknown label": (MENTEES, ",Fully,a  LITTLE", ",Fuly,a  LITTLE", [
        "column trust1 (item trust1): answers the codebook does not know: row 7: “Fuly”", "add them to the item's label set"]),
    "unknown category": (MENTEES, "1,online,", "1,bus,", [
        "column setting (item setting): answers the codebook does not know: row 7: “bus”", "one of: At the campus (c), Online (o)"]),
    "no number": (MENTEES, "S1,M1,1,4,2,2.5", "S1,M1,1,4,2,two", [
        "column hours (item hours): cells that are not numbers: row 2: “two”", "a reason in its column “missing”"]),
    "demographic out of range": (ROSTER, "S1,mentee,1,20", "S1,mentee,1,200", [
        "data/roster.csv · column age (item age): answers outside the item's range: row 5: “200”", "a number from 16 to 99"]),
    "no such role": (ROSTER, "S1,mentee,1,20", "S1,mentea,1,20", [
        "data/roster.csv · row 5, column role: no such role: “mentea”", "did you mean “mentee”?"]),
    "roster contradicts itself": (ROSTER, "S5,mentee,1,24", "S5,mentee,1,24\ns5,mentee,1,25", [
        "data/roster.csv · rows 9, 10: the same mentee stands there with different facts", "one row per person and role"]),
    "pair contradicts itself": (PAIRS, "M1,S1,North,assigned,2025-09-01,", "M1,S1,North,assigned,2025-09-01,\nM1,S1,South,assigned,,", [
        "data/pairs.csv · rows 2, 3: the same pair has different programs: “North” and “South”", "one program per pair"]),
    "no date": (PAIRS, "M3,S5,South,assigned,2025-10-01,", "M3,S5,South,assigned,1.10.2025,", [
        "data/pairs.csv · row 6, column start: not a date: “1.10.2025”", "expected: YYYY-MM-DD"]),
    "end before start": (PAIRS, "2026-01-31", "2024-01-31", ["data/pairs.csv · row 3: the end is before the start"]),
    "wave that is not declared": (MENTEES, "S5,M3,2,", "S5,M3,3,", [
        "data/mentees.csv · row 7, column wave: waves that `data.waves` does not name: “3”", "one of: 1, 2"]),
    "wave without answers": (CONFIG, 'waves: ["1", "2"]', 'waves: ["1", "2", "3"]', [
        "config.yaml · data.waves: the wave “3” has no answers in any survey", "take the wave out"]),
    "nothing says which wave": (CONFIG, "person: id, partner: about, wave: wave}", "person: id, partner: about}", [
        "config.yaml · data.surveys, mentors: nothing says which wave data/mentors.csv is", 'only_wave: "1"']),
    "ids of the wrong column": (CONFIG, "role: mentee, person: id", "role: mentee, person: comment", [
        "data/mentees.csv · rows 2, 4, column comment: 2 of 2 ids match nobody in the pairs",
        "name the right column in data.surveys, mentees: person"]),
    "ids of the other role": (CONFIG, "role: mentor, person: id, partner: about", "role: mentor, person: about, partner: id", [
        "data/mentors.csv · column about: nobody in it is a mentor in the pairs", "role: mentee"]),
    "partners of nobody": (CONFIG, "person: id, partner: about", "person: id, partner: trust1", [
        "data/mentors.csv · rows 2, 3, 4, 5: for 4 of 4 rows the pairs do not say which relationship they are about",
        "name the right column in data.surveys, mentors: partner"]),
    "several partners and none named": (CONFIG, "person: id, partner: about", "person: id", [
        "for 4 of 4 rows the pairs do not say which relationship they are about", "name the column with the partner's id"]),
    "doubled column": (MENTEES, "trust1,trust2,hours", "trust1,trust1,hours", [
        "data/mentees.csv · column trust1: several columns are called “trust1”", "expected: each column name once"]),
    "rows of unequal length": (MENTEES, "S1,M1,1,4,2,2.5,c,fine", "S1,M1,1,4,2,2,5,c,fine", [
        "data/mentees.csv · line 2: the row has 9 cells, the header 8"]),
    "item no scale knows": (CONFIG, "items: [trust1, trust2]", "items: [trust1, trust3]", [
        "config.yaml · scales[0] (trust).items: the codebook has no item “trust3”", "did you mean “trust2”?"]),
    "scale of free text": (CONFIG, "items: [trust1, trust2]", "items: [trust1, comment]", [
        "scales[0] (trust).items: “comment” is free text, which is never read"]),
    "scale of a category": (CONFIG, "items: [trust1, trust2]", "items: [trust1, setting]", [
        "scales[0] (trust).items: “setting” is a category, which cannot be averaged"]),
    "scale of two kinds": (CONFIG, "items: [trust1, trust2]", "items: [trust1, burnout]", [
        "some items are about the relationship and some about oneself"]),
    "similarity of one side": (CONFIG, "of: [gender]", "of: [age]", [
        "config.yaml · similarity[0] (same_gender).of: the mentors have no scale, item or demographic “age”"]),
    "outcome that is not": (CONFIG, "outcome: trust,", "outcome: trusts,", [
        "config.yaml · questions[0] (q).outcome: the mentees have no scale or item “trusts”", "did you mean “trust”?"]),
    "outcome that is a category": (CONFIG, "outcome: trust,", "outcome: setting,", ["questions[0] (q).outcome: “setting” is a category"]),
    "covariate that is not": (CONFIG, "covariates: [mentee_age]", "covariates: [mentee_aeg]", [
        "config.yaml · questions[0] (q).covariates: there is no column “mentee_aeg”", "did you mean “mentee_age”?"]),
    "codebook: item twice": (ITEMS, "burnout,mentor,", "trust1,mentor,", [
        "data/items.csv · rows 2, 4: the item “trust1” stands there twice for the role mentor"]),
    "codebook: no such kind": (ITEMS, "number,dyad", "nummber,dyad", [
        "data/items.csv · row 5, column kind: “nummber” is not possible here", "did you mean “number”?", "one of: likert, number"]),
    "codebook: no such label set": (ITEMS, "category,dyad,,,no,places", "category,dyad,,,no,place", [
        "data/items.csv · row 6, column labels: there is no label set “place”", "did you mean “places”?"]),
    "codebook: low above high": (ITEMS, "likert,self,1,5", "likert,self,5,1", [
        "data/items.csv · row 4, column low: low (5) is above high (1) for “burnout”", "low 1, high 5"]),
    "codebook: no range": (ITEMS, "likert,self,1,5", "likert,self,,", ["row 4, column low: the item “burnout” has no range"]),
    "codebook: reverse without range": (ITEMS, "number,dyad,0,,no,odd", "number,dyad,0,,yes,odd", [
        "row 5, column reverse: the item “hours” is to be reversed but has no range", "low and high"]),
    "codebook: reversed category": (ITEMS, "category,dyad,,,no", "category,dyad,,,yes", ["the category “setting” cannot be reversed"]),
    "codebook: category without labels": (ITEMS, ",,,no,places", ",,,no,", ["row 6, column labels: the category “setting” has no label set"]),
    "codebook: range that is no number": (ITEMS, "likert,self,1,5", "likert,self,one,5", ["row 4, column low: “one” is not a number"]),
    "codebook: item without a name": (ITEMS, "burnout,mentor,", ",mentor,", ["data/items.csv · row 4: the item has no name"]),
    "codebook: name that cannot be": (ITEMS, "burnout,mentor,", "burn-out,mentor,burnout", ["row 4, column item: “burn-out” cannot be an item's name"]),
    "codebook: one column for two items": (ITEMS, "trust2,both,,", "trust2,both,trust1,", [
        "rows 2, 3, column column: the items trust1, trust2 of the role mentor all read the column “trust1”"]),
    "codebook: misspelt column": (ITEMS, "low,high,reverse,labels", "low,high,reversed,labels", [
        "data/items.csv · column reversed: “reversed” is not a column of the codebook", "did you mean “reverse”?"]),
    "codebook: column missing": (ITEMS, "text,kind,about", "text,sort,about", ["data/items.csv · header: the column “kind” is missing"]),
    "labels: no such reason": (LABELS, "not shown\n", "unseen\n", [
        "data/labels.csv · row 8, column missing: “unseen” is no reason for a missing answer", "one of: declared, not applicable, not shown"]),
    "labels: value twice": (LABELS, "agree,2,A little", "agree,1,A little", [
        "data/labels.csv · rows 2, 3, column value: the set “agree” has “1” twice"]),
    "labels: label twice": (LABELS, "agree,2,A little", "agree,2,not AT all", ["rows 2, 3, column label: the set “agree” has “Not at all” twice"]),
    "labels: blank label": (LABELS, "agree,2,A little", "agree,2,", ["data/labels.csv · row 3, column label: it is blank"]),
    "labels: codes outside the range": (ITEMS, "trust2,both,,I doubt them,likert,dyad,1,5", "trust2,both,,I doubt them,likert,dyad,1,4", [
        "data/items.csv · row 3, column labels: the set “agree” of “trust2” has codes outside the item's range: 5", "codes from 1 to 4"]),
    "labels: codes of a number": (ITEMS, "number,dyad,0,,no,odd", "number,dyad,0,,no,places", [
        "row 5, column labels: the set “places” of “hours” has codes that are not numbers", "kind: category"]),
    "items nobody was asked": (CONFIG, "    - {name: mentors, file: data/mentors.csv, role: mentor, person: id, partner: about, wave: wave}\n", "", [
        "config.yaml · items: trust1, trust2, burnout: asked of the mentors, but no survey holds their answers", "add the survey"]),
    "date that means no end": (PAIRS, "2026-01-31", "9999-12-31", [
        "data/pairs.csv · row 3, column end: no likely date: “9999-12-31”", "a date from 1900 to 2100", "leave it blank while the relationship lasts"]),
    "programme in two spellings": (PAIRS, "M3,S5,South", "M3,S5,SOUTH", [
        "data/pairs.csv · column program: spelled in several ways: “South”, “SOUTH”", "expected: one spelling"]),
    "range without end": (ITEMS, "number,dyad,0,", "number,dyad,-1e999,", ["data/items.csv · row 5, column low: “-1e999” is not a number"]),
    "item of ids": (ITEMS, "setting,mentee,,", "setting,mentee,mentor_id,", [
        "data/items.csv · item setting, column column: the mentees' item “setting” reads the column “mentor_id”, which holds ids"]),
    "item of the roster's ids": (ITEMS, "gender,both,sex,Gender,category,person,,,no,sexes", "gender,both,person,Gender,category,person,,,no,", [
        "the mentors' item “gender” reads the column “person”, which holds ids"]),
    "the outcome explains itself": (CONFIG, "kind: similarity, outcome: trust, reporter: mentee, similarity: [same_gender], covariates: [mentee_age]",
                                    "kind: congruence, outcome: trust, reporter: mentee, of: trust", [
        "config.yaml · questions[0] (q).of: “mentee_trust” is the outcome itself", "name another scale or item at `of` or at `outcome`"]),
    "covariate without its side": (CONFIG, "covariates: [mentee_age]", "covariates: [gender]", ["did you mean “mentor_gender” or “mentee_gender”?"]),
    "similarity with a column's name": (CONFIG, "{name: same_gender, kind: match, of: [gender]}", "{name: program, kind: match, of: [gender]}\n  - {name: same_gender, kind: match, of: [gender]}", [
        "config.yaml · similarity[0].name: the analysis table has a column “program” already", "to mend it: name: alike_in_gender"]),
    "similarity with a scale's name": (CONFIG, "{name: same_gender, kind: match, of: [gender]}", "{name: mentee_trust, kind: match, of: [gender]}\n  - {name: same_gender, kind: match, of: [gender]}", [
        "has a column “mentee_trust” already"]),
    "a category in numbers": (CONFIG, "kind: match, of: [gender]", "kind: absolute_difference, of: [gender]", [
        "similarity[0] (same_gender).of: “gender” is a category, and absolute_difference needs numbers", "kind: match   # or gower"]),
    "an item inside a scale": (CONFIG, "outcome: trust,", "outcome: trust1,", ["questions[0] (q).outcome: “trust1” is part of the scale “trust”", "to mend it: name “trust”"]),
    "an item called key": (ITEMS, "hours,mentee,,", "key,mentee,hours,", ["row 5, column item: “key” cannot be an item's name"]),
    "same wave twice": (CONFIG, 'waves: ["1", "2"]', 'waves: ["1", "2", "2.0"]', ["config.yaml · data.waves[2]: “2.0” and “2” are the same wave"]),
    "blank wave": (CONFIG, 'waves: ["1", "2"]', 'waves: ["1", "2", " "]', ["config.yaml · data.waves[2]: it is blank"]),
    "encoding that is none": (CONFIG, "name: mentees,", 'name: mentees, encoding: nonsense,', ["data/mentees.csv · encoding: no encoding is called"]),
    "separator of another alphabet": (CONFIG, "name: mentees,", "name: mentees, delimiter: §,", ["data/mentees.csv: “§” cannot separate cells", "take the key `delimiter` out"]),
    "labels: codes of a likert": (LABELS, "agree,2,A little", "agree,two,A little", [
        "data/items.csv · row 2, column labels: the set “agree” of “trust1” has codes that are not numbers"]),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_cell(small: SmallStudy, case: str) -> None:
    file, old, new, parts = CASES[case]
    message = small.change(file, old, new).problems()
    for part in parts:
        assert part in message, message
    assert str(small.folder) not in message
    assert not (small.folder / "results").exists()


@pytest.mark.parametrize("file", [ITEMS, LABELS, PAIRS, ROSTER, MENTEES, MENTORS])
def test_missing_and_empty_files(small: SmallStudy, file: str) -> None:
    header = (small.folder / file).read_text(encoding="utf-8").splitlines()[0]
    small.write(file, header + "\n")
    assert f"{file}: it has a header and no rows" in small.problems()
    small.write(file, "")
    assert f"{file}: it is empty (0 bytes)" in small.problems()
    (small.folder / file).unlink()
    assert f"{file}: there is no such file" in small.problems()


def test_all_problems_of_all_files_at_once(small: SmallStudy) -> None:
    small.change(CONFIG, "items: [trust1, trust2]", "items: [trust1, trust9]").change(ROSTER, "M1,mentor", "M1,mentro")
    small.change(MENTEES, "S1,M1,1,4,2", "S1,M1,1,8,2").change(PAIRS, "2026-01-31", "31 Jan")
    (small.folder / MENTORS).unlink()
    message = small.problems()
    assert message.startswith("5 problems were found. Nothing was changed.")
    for part in ("trust9", "“mentro”", "“8”", "“31 jan”" if "31 jan" in message else "“31 Jan”", "data/mentors.csv: there is no such file"):
        assert part in message


def test_many_wrong_rows_are_shortened(small: SmallStudy) -> None:
    rows = "".join(f"S{number % 5 + 1},{['M1', 'M1', 'M2', 'M2', 'M3'][number % 5]},{number % 2 + 1},7,7,1,c,\n" for number in range(10))
    small.write(MENTEES, "id,mentor_id,wave,trust1,trust2,hours,setting,comment\n" + rows)
    message = small.problems()
    assert "row 9: “7”; and 2 more rows" in message
    assert "row 10: “7”" not in message


def test_long_texts_are_never_printed(small: SmallStudy) -> None:
    message = small.change(MENTEES, "1,online,", "1,my mentor told me something about herself that I keep,").problems()
    assert "row 7: (a longer text, not shown)" in message
    assert "herself" not in message


def test_a_pair_list_without_pairs(small: SmallStudy) -> None:
    assert "data/pairs.csv: it names no pair" in small.write(PAIRS, "mentor,mentee,program,form,start,end\nM1,,A,b,,\n").problems()


def test_waves_that_have_no_order(small: SmallStudy) -> None:
    small.change(CONFIG, '  waves: ["1", "2"]\n', "")
    for file in (MENTEES, MENTORS):
        text = (small.folder / file).read_text(encoding="utf-8")
        lines = [",".join([*cells[:2], {"1": "Spring", "2": "Fall"}.get(cells[2], cells[2]), *cells[3:]])
                 for cells in (line.split(",") for line in text.splitlines())]
        small.write(file, "\n".join(lines) + "\n")
    message = small.problems()
    assert "the waves in data/mentees.csv, data/mentors.csv are not whole numbers, so their order is unknown" in message
    assert 'waves: ["Spring", "Fall"]' in message


@pytest.mark.parametrize("wave", ["99", "-1", "1e20", "2025"])
def test_waves_that_are_slips_or_codes(small: SmallStudy, wave: str) -> None:
    small.change(CONFIG, '  waves: ["1", "2"]\n', "").change(MENTEES, "S5,M3,2,", f"S5,M3,{wave},")
    message = small.problems()
    assert "data/mentees.csv · row 7, column wave: “" in message and "list the waves in order in `data.waves`" in message


@pytest.mark.parametrize("waves", [("2024", "2025"), ("0", "12"), ("1", "2")])
def test_years_and_months_are_waves(small: SmallStudy, waves: tuple[str, str]) -> None:
    small.change(CONFIG, '  waves: ["1", "2"]\n', "")
    for file in (MENTEES, MENTORS):
        path = small.folder / file
        path.write_text(_renamed(path.read_text(), waves))
    assert set(small.read().responses["wave"]) == {1, 2}


def _renamed(text: str, waves: tuple[str, str]) -> str:
    head, *rows = text.splitlines()
    cells = [row.split(",") for row in rows]
    return "\n".join([head, *(",".join([*row[:2], waves[int(row[2]) - 1], *row[3:]]) for row in cells)]) + "\n"


def test_a_wave_column_that_is_mostly_blank(small: SmallStudy) -> None:
    path = small.folder / MENTEES
    path.write_text(path.read_text().replace(",1,", ",,", 4).replace(",2,5", ",,5"))
    assert "column wave: the wave is blank in" in small.problems()


def test_an_export_nobody_answered_and_a_scale_nobody_answered(small: SmallStudy) -> None:
    for file, blanks in ((MENTEES, 5), (MENTORS, 4)):
        head, *rows = (small.folder / file).read_text().splitlines()
        (small.folder / file).write_text("\n".join([head, *(",".join(row.split(",")[:3]) + "," * blanks for row in rows)]) + "\n")
    message = small.problems()
    assert "data/mentees.csv: no item has a single answer in it" in message and "config.yaml · scales[0]: nobody answered any item of “trust”" in message


def test_a_spreadsheet_that_dropped_zeros_is_told(small: SmallStudy) -> None:
    for file in (PAIRS, MENTORS):
        path = small.folder / file
        path.write_text(path.read_text().replace("M", "0" if file == PAIRS else ""))
    assert "a spreadsheet has dropped zeros at the beginning (“1” for “01”)" in small.problems()


def test_a_facts_two_spellings_are_told(small: SmallStudy) -> None:
    small.change(ITEMS, "category,person,,,no,sexes", "category,person,,,no,").change(ROSTER, "S1,mentee,1,20", "S1,mentee,Female,20")
    small.change(ROSTER, "S3,mentee,1,", "S3,mentee,FEMALE,")
    assert "data/items.csv · item gender: spelled in several ways: “Female”, “FEMALE”" in small.problems()


def test_one_letter_written_as_two_characters_is_the_same(small: SmallStudy) -> None:
    for file in (PAIRS, ROSTER, MENTEES, MENTORS):
        path = small.folder / file
        path.write_text(path.read_text().replace("S1", "Zoe\u0308" if file == MENTEES else "Zo\u00eb"), encoding="utf-8")
    assert small.read().linkage.empty


@pytest.mark.parametrize(("content", "told"), [(b"<!DOCTYPE html><html>Log in</html>", "a web page"), (b"%PDF-1.4", "a PDF")])
def test_what_is_no_export_at_all(small: SmallStudy, content: bytes, told: str) -> None:
    (small.folder / MENTEES).write_bytes(content)
    assert f"data/mentees.csv: it is {told}, not an export" in small.problems()


def test_a_column_that_cannot_be_the_wave(small: SmallStudy) -> None:
    small.change(CONFIG, '  waves: ["1", "2"]\n', "")
    text = (small.folder / MENTEES).read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    many = [",".join([*row.split(",")[:2], str(number), *row.split(",")[3:]]) for number, row in enumerate(rows * 10, start=1000)]
    message = small.write(MENTEES, "\n".join([head, *many]) + "\n").problems()
    assert f"data/mentees.csv · column wave: it would make {len(many)} waves" in message and "list the waves in order" in message


def test_an_export_without_any_item(small: SmallStudy) -> None:
    small.change(CONFIG, "    - {name: mentors", "    - {name: diary, file: data/diary.csv, role: mentee, person: id, wave: wave}\n    - {name: mentors")
    small.write("data/diary.csv", "id,wave,mood\nS1,1,3\n")
    message = small.problems()
    assert "data/diary.csv: it has no column for any item of the mentees" in message
    assert "take the survey “diary” out of data.surveys" in message


def test_many_missing_columns_are_one_problem(small: SmallStudy) -> None:
    text = (small.folder / ITEMS).read_text(encoding="utf-8") + "".join(f"x{number},mentor,,,likert,dyad,1,5,no,\n" for number in range(12))
    message = small.write(ITEMS, text).problems()
    assert message.startswith("1 problem was found")
    assert "data/mentors.csv · header: 12 columns of the mentors' items are not there: x0, x1" in message and "and 4 more" in message


def test_a_file_that_was_cut_off(small: SmallStudy) -> None:
    text = (small.folder / MENTEES).read_text(encoding="utf-8")
    cells, rows = text.splitlines()[-1].split(","), len(text.splitlines())
    assert f"data/mentees.csv · row {rows}: the file breaks off in its last row, after 3 of {len(cells)} cells" in small.write(
        MENTEES, text[: text.rindex(",".join(cells))] + ",".join(cells[:3])).problems()


def test_empty_cells_left_out_at_the_end_of_a_row_are_blanks(small: SmallStudy) -> None:
    text = (small.folder / ROSTER).read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    assert rows[0].endswith(",")
    small.write(ROSTER, "\n".join([head, rows[0].rstrip(","), *rows[1:]]) + "\n")
    assert len(small.read().people) == len(rows)
