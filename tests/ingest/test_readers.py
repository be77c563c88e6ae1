"""Each reader on small files that hold what real exports held: marks, encodings, several headers, declared missing codes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from mentoring.errors import StudyError
from mentoring.ingest.files import read_file
from mentoring.ingest.raw import RawTable


def rows(table: RawTable) -> list[list[str | None]]:
    """Cells as lists, None for missing."""
    return table.cells.astype("object").where(table.cells.notna(), None).values.tolist()


def read(folder: Path, name: str, content: bytes | str, form: str | None = None, **options: str) -> RawTable:
    """Write a file and read it."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(folder, name, form, **options)


def refusal(folder: Path, name: str, content: bytes | str, form: str | None = None, **options: str) -> str:
    """The message a file is refused with."""
    with pytest.raises(StudyError) as error:
        read(folder, name, content, form, **options)
    assert len(error.value.problems) == 1
    return str(error.value)


TEXT = "id;größe;note\nm1;3,5;\nm2;;NA\n"


@pytest.mark.parametrize(
    ("encoding", "mark", "called"),
    [("utf-8", b"", "utf-8"), ("utf-8", b"\xef\xbb\xbf", "utf-8"), ("utf-16-le", b"\xff\xfe", "utf-16-le"),
     ("utf-16-be", b"\xfe\xff", "utf-16-be"), ("utf-16-le", b"", "utf-16-le"), ("cp1252", b"", "cp1252")],
)
def test_text_finds_the_encoding(tmp_path: Path, encoding: str, mark: bytes, called: str) -> None:
    table = read(tmp_path, "a.csv", mark + TEXT.encode(encoding))
    assert table.encoding == called
    assert table.columns == ["id", "größe", "note"]
    # “NA” is a text like any other: what it means only the codebook can say.
    assert rows(table) == [["m1", "3,5", None], ["m2", None, "NA"]]
    assert table.decimal == ","


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_finds_the_separator(tmp_path: Path, delimiter: str) -> None:
    table = read(tmp_path, "a.csv", f'id{delimiter}"a, b; c"\nm1{delimiter}"x, y; z"\n')
    assert table.columns == ["id", "a, b; c"]
    assert rows(table) == [["m1", "x, y; z"]]


def test_text_keeps_the_row_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", 'id,a\nm1,"two\nlines"\n\n,\nm2,T\n')
    assert list(table.cells.index) == [2, 5]
    assert rows(table) == [["m1", "two\nlines"], ["m2", "T"]]


def test_text_marks_and_trailing_separators_are_no_content(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", "\ufeffid ,\ufeffa,\nm1,\ufeff,\nm2, \u00a0,\n")
    assert table.columns == ["id", "a"]
    assert table.column("a").isna().all()


def test_text_with_excels_own_separator_line(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", "sep=;\r\nid;a\r\nm1;2\r\n")
    assert rows(table) == [["m1", "2"]]
    assert list(table.cells.index) == [3]


def test_text_with_blank_lines_before_the_header(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", "\n\nid,a\nm1,2\n")
    assert rows(table) == [["m1", "2"]]
    assert list(table.cells.index) == [4]


def test_text_unnamed_and_doubled_columns(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", ",q,q\n1,2,3\n")
    assert table.columns == ["unnamed column 1", "q", "q (2)"]
    assert table.doubled == {"q"}


@pytest.mark.parametrize(
    ("content", "options", "parts"),
    [
        (b"", {}, ["a.csv: it is empty (0 bytes)", "export it again"]),
        (b"\n \n", {}, ["a.csv: it is empty"]),
        (b"PK\x03\x04xyz", {}, ["it is an Excel workbook, not text", "format: excel"]),
        (b"$FL2@(#)", {}, ["it is an SPSS file, not text", "format: spss"]),
        (b"id,a\nm1,1\nm2,2,3\n", {}, ["line 3: the row has 3 cells, the header 2", "in quotes"]),
        (b'id,a\nm1,"1\nm2,2\n', {}, ["row 2: a quotation mark is opened there and never closed"]),
        ("id,a\nm1,é\n".encode("cp1252"), {"encoding": "utf-8"}, ["line 2: it is not utf-8 text", "take the key `encoding` out"]),
        (b"id,a\nm1,\x81\n", {}, ["it is not UTF-8, UTF-16 or cp1252 text", "CSV UTF-8"]),
        (b"id,a\n", {"encoding": "utf8-x"}, ["no encoding is called “utf8-x”"]),
        (b"id,a\nm1,\x00\n", {}, ["it is not text"]),
        (b"id,a\n", {"delimiter": "||"}, ["“||” cannot separate cells"]),
    ],
)
def test_text_refusals(tmp_path: Path, content: bytes, options: dict[str, str], parts: list[str]) -> None:
    message = refusal(tmp_path, "a.csv", content, **options)
    assert all(part in message for part in parts), message


QUALTRICS = (
    "Status,ResponseId,Q1,Q2\n"
    'Antworttyp,Antwort-ID,"How, really?",Why?\n'
    '"{""ImportId"":""status""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2_TEXT""}"\n'
    "Survey Preview,R_0,1,trying\n"
    "IP Address,R_1,2,\n"
    "0,R_2,,words\n"
    "1,R_3,4,trying\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_qualtrics_three_headers(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "q.csv", QUALTRICS.encode(encoding), "qualtrics")
    assert table.columns == ["Status", "ResponseId", "Q1", "Q2"]
    assert list(table.column("ResponseId")) == ["R_1", "R_2"]
    assert list(table.cells.index) == [5, 6]
    assert table.left_out == [("answered in the survey tool's preview", 2)]


def test_qualtrics_legacy_two_headers(tmp_path: Path) -> None:
    table = read(tmp_path, "q.csv", "\ufeffV1,V7,Q1,\nResponseID,Status,How?,\nR_1,0,2,\nR_2,1,2,\n", "qualtrics")
    assert table.columns == ["V1", "V7", "Q1"]
    assert rows(table) == [["R_1", "0", "2"]]
    assert list(table.cells.index) == [3]


def test_qualtrics_mistaken_for_csv_and_back(tmp_path: Path) -> None:
    assert "format: qualtrics" in refusal(tmp_path, "q.csv", QUALTRICS, "csv")
    message = refusal(tmp_path, "q.csv", "id,a\nm1,2\nm2,3\n", "qualtrics")
    assert "it has no Qualtrics header rows" in message and "format: csv" in message


def test_spss_keeps_declared_codes_and_labels(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["M1", "M2", "M3"], "q1": [1.0, 99.0, None], "q2": [2.5, 97.0, 98.0],
                          "day": [dt.date(2025, 9, 1), None, None], "word": ["ä", "", "b"]})
    pyreadstat.write_sav(frame, tmp_path / "a.sav", missing_ranges={"q1": [99], "q2": [{"lo": 97, "hi": 98}]},
                         variable_value_labels={"q1": {1: "Yes", 99: "Refused"}})
    table = read_file(tmp_path, "a.sav")
    assert rows(table) == [["M1", "1", "2.5", "2025-09-01", "ä"], ["M2", "99", "97", None, None], ["M3", None, "98", None, "b"]]
    assert table.declared == {"q1": {"99"}, "q2": {"97", "98"}}
    assert table.labels["q1"] == {"1": "Yes", "99": "Refused"}
    assert list(table.cells.index) == [1, 2, 3]
    assert table.encoding == ""


def test_stata_keeps_extended_missing_values(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c", "d"], "q1": [1, "a", "z", None]})
    pyreadstat.write_dta(frame, tmp_path / "a.dta", missing_user_values={"q1": ["a", "z"]},
                         variable_value_labels={"q1": {1: "Yes", "a": "Refused"}})
    table = read_file(tmp_path, "a.dta")
    # The ids “a” and “b” are texts, not Stata's missing values.
    assert rows(table) == [["a", "1"], ["b", ".a"], ["c", ".z"], ["d", None]]
    assert table.declared == {"q1": {".a", ".z"}}
    assert table.labels["q1"][".a"] == "Refused"


def test_excel_cells_as_one_sees_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["other"])
    sheet = book.create_sheet("answers")
    for row in ([None, None], ["id", "q1", "day", "yes"], [12, 3.0, dt.datetime(2025, 9, 1), True], [None, None, None, None],
                ["m2", 2.5, None, None]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    table = read_file(tmp_path, "a.xlsx", "excel", sheet="answers")
    assert table.columns == ["id", "q1", "day", "yes"]
    assert rows(table) == [["12", "3", "2025-09-01", "TRUE"], ["m2", "2.5", None, None]]
    assert list(table.cells.index) == [3, 5]
    assert read_file(tmp_path, "a.xlsx").columns == ["other"]
    with pytest.raises(StudyError, match="there is no sheet “answer”"):
        read_file(tmp_path, "a.xlsx", "excel", sheet="answer")


@pytest.mark.parametrize(
    ("name", "form", "part"),
    [("a.xlsx", "excel", "it cannot be read as an Excel workbook"), ("a.sav", "spss", "it cannot be read as an SPSS file"),
     ("a.dta", "stata", "it cannot be read as a Stata file")],
)
def test_files_that_are_not_what_they_are_called(tmp_path: Path, name: str, form: str, part: str) -> None:
    message = refusal(tmp_path, name, "id,q1\nm1,2\n", form)
    assert part in message and name in message
    assert str(tmp_path) not in message


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mentees.csv").write_text("id\n1\n")
    with pytest.raises(StudyError) as error:
        read_file(tmp_path, "mentee.csv")
    message = str(error.value)
    assert "mentee.csv: there is no such file" in message
    assert "did you mean “mentees.csv”?" in message and "file: mentees.csv" in message
    with pytest.raises(StudyError, match="it is a folder"):
        read_file(tmp_path.parent, tmp_path.name)


def test_raw_files_are_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(TEXT, encoding="utf-8")
    file.chmod(0o444)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    table = read_file(tmp_path, "a.csv")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert len(table.sha256) == 64
