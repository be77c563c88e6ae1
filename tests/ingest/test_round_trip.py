"""A random survey, written in each format, gives the same answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.conftest import SmallStudy

LABELS = {1: "Not at all", 2: "A little", 3: "Partly", 4: "Mostly", 5: "Fully"}
ANSWER = st.sampled_from([1, 2, 3, 4, 5, 99, None])
SHEETS = st.lists(
    st.tuples(st.sampled_from([("S1", "M1"), ("S2", "M1"), ("S3", "M2"), ("S4", "M2"), ("S5", "M3")]), st.sampled_from([1, 2]),
              ANSWER, ANSWER, st.one_of(st.none(), st.integers(0, 10**6).map(lambda number: number / 8))),
    min_size=1, max_size=10, unique_by=lambda sheet: (sheet[0], sheet[1]),
)
FORMATS = ["csv", "semicolon", "utf-16", "labels", "qualtrics", "excel", "spss", "stata"]


def write(frame: pd.DataFrame, folder: Path, form: str) -> str:
    """Write the mentees' answers in one format; returns the survey's entry for it."""
    numbers = frame.copy()
    if form in ("csv", "semicolon", "utf-16", "labels", "qualtrics"):
        if form == "labels":
            for item in ("trust1", "trust2"):
                numbers[item] = numbers[item].map({**LABELS, 99: "prefer NOT to say"})
        options = {"semicolon": {"sep": ";", "decimal": ",", "encoding": "cp1252"}, "utf-16": {"sep": "\t", "encoding": "utf-16"}}.get(form, {})
        if form == "qualtrics":
            numbers = pd.concat([pd.DataFrame([numbers.columns, [f'{{"ImportId":"{name}"}}' for name in numbers]], columns=numbers.columns),
                                 numbers.astype("object")])
        numbers.to_csv(folder / "answers.csv", index=False, **options)
        return f"file: answers.csv, format: {'qualtrics' if form == 'qualtrics' else 'csv'}"
    if form == "excel":
        numbers.to_excel(folder / "answers.xlsx", index=False)
        return "file: answers.xlsx, format: excel"
    if form == "spss":
        pyreadstat.write_sav(numbers, folder / "answers.sav", missing_ranges={"trust1": [99], "trust2": [99]})
        return "file: answers.sav, format: spss"
    items = ["trust1", "trust2"]
    for item in items:
        numbers[item] = numbers[item].astype("object").where(numbers[item] != 99, "r").where(numbers[item].notna(), None)
    used = {item: ["r"] for item in items if (numbers[item] == "r").any()}
    for item in set(items) - set(used):
        numbers[item] = numbers[item].astype("float64")
    pyreadstat.write_dta(numbers, folder / "answers.dta", missing_user_values=used or None)
    return "file: answers.dta, format: stata"


def expected(sheets: list) -> dict[tuple[str, int, str], tuple[float | None, str | None]]:
    """(id, wave, item) → (value, reason)."""
    result = {}
    for (mentee, _), wave, trust1, trust2, hours in sheets:
        for item, answer in (("trust1", trust1), ("trust2", trust2)):
            result[mentee, wave, item] = (None, "blank") if answer is None else (None, "declared") if answer == 99 else (float(answer), None)
        result[mentee, wave, "hours"] = (hours, "blank" if hours is None else None)
    return result


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(sheets=SHEETS)
def test_round_trip(form: str, sheets: list) -> None:
    with tempfile.TemporaryDirectory() as name:
        small = SmallStudy(Path(name))
        frame = pd.DataFrame([(mentee, mentor, wave, *answers) for (mentee, mentor), wave, *answers in sheets],
                             columns=["id", "mentor_id", "wave", "trust1", "trust2", "hours"])
        frame = frame.astype({"wave": "int64", "trust1": "float64", "trust2": "float64", "hours": "float64"})
        entry = write(frame, small.folder, form)
        small.change("config.yaml", "file: data/mentees.csv", entry)
        # The mentors answer at both waves, so that no wave is without answers.
        small.change("data/items.csv", "setting,mentee", "place,mentor").change("data/mentors.csv", "burnout,comment", "burnout,place")
        responses = small.read()
        ids = responses.key.set_index("person")["id"]
        rows = responses.responses.query("role == 'mentee'")
        found = {(ids[row.person], int(row.wave), row.item): (None if pd.isna(row.value) else row.value, None if pd.isna(row.missing) else row.missing)
                 for row in rows.itertuples()}
        assert found == expected(sheets)
