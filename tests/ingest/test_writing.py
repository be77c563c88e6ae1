"""Writing: all files or none, private ones apart, the same bytes every time; and the script that the workflow runs."""

from __future__ import annotations

import runpy
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mentoring import tables
from mentoring.errors import StudyError
from mentoring.ingest import check_study, read_study
from mentoring.study import Study
from tests.ingest.conftest import SmallStudy

ROOT = Path(__file__).parents[2]
WRITTEN = [
    "data/codebook_items.parquet", "data/codebook_labels.parquet", "data/dyads.parquet", "data/exclusions_ingest.csv",
    "data/people.parquet", "data/responses.parquet", "private/linkage.csv", "private/people_key.csv", "tables/sources.csv",
]


def written(results: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(results)): path.read_bytes() for path in sorted(results.rglob("*")) if path.is_file()}


def test_every_table_is_written_and_read_back(small: SmallStudy) -> None:
    got = small.read()
    got.write(small.folder / "results")
    assert list(written(small.folder / "results")) == WRITTEN
    for table in (tables.RESPONSES, tables.PEOPLE, tables.DYADS, tables.CODEBOOK_ITEMS, tables.CODEBOOK_LABELS):
        back = table.read(small.folder / "results/data" / f"{table.name}.parquet")
        pd.testing.assert_frame_equal(back, getattr(got, table.name))
    pd.testing.assert_frame_equal(tables.EXCLUSIONS.read(small.folder / "results/data/exclusions_ingest.csv"), got.exclusions)
    assert list(tables.SOURCES.read(small.folder / "results/tables/sources.csv")["file"]) == [
        "data/items.csv", "data/labels.csv", "data/pairs.csv", "data/roster.csv", "data/mentees.csv", "data/mentors.csv"]
    assert (small.folder / "results/private").stat().st_mode & 0o077 == 0


def test_the_same_bytes_every_time(make_small: Callable[[str], SmallStudy]) -> None:
    for name in "ab":
        make_small(name).read().write(make_small(name).folder / "results")
    assert written(make_small("a").folder / "results") == written(make_small("b").folder / "results")


def test_nothing_half_written(small: SmallStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    results = small.folder / "results"
    small.read().write(results)
    before = written(results)
    got = small.change("data/mentees.csv", "S1,M1,1,4,2", "S1,M1,1,3,2").read()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        got.write(results)
    assert written(results) == before


def test_check_writes_nothing(small: SmallStudy) -> None:
    before = written(small.folder)
    check_study(Study.load(small.folder))
    assert written(small.folder) == before
    with pytest.raises(StudyError):
        check_study(Study.load(small.change("data/mentees.csv", "S1,M1,1,4,2", "S1,M1,1,7,2").folder))


def test_the_script(small: SmallStudy) -> None:
    script = runpy.run_path(str(ROOT / "scripts/read_survey.py"), run_name="read_survey")
    script["main"](Study.load(small.folder), small.folder / "results")
    assert list(written(small.folder / "results")) == WRITTEN


def test_a_user_never_sees_a_traceback(small: SmallStudy) -> None:
    small.change("data/mentees.csv", "S1,M1,1,4,2", "S1,M1,1,7,2")
    program = ("from mentoring.errors import plain_errors\nfrom mentoring.ingest import read_study\nfrom mentoring.study import Study\n"
               f"with plain_errors():\n    read_study(Study.load({str(small.folder)!r}))\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("1 problem was found. Nothing was changed.") and "Traceback" not in done.stderr


def test_large_studies_take_seconds(small: SmallStudy) -> None:
    rng = np.random.default_rng(1)
    people, asked = 15_000, 20
    small.write("data/pairs.csv", "mentor,mentee\n" + "".join(f"M{number % 3000},S{number}\n" for number in range(people)))
    small.write("data/items.csv", "item,role,kind,about,low,high\n" + "".join(f"q{number},mentee,likert,dyad,1,7\n" for number in range(asked)))
    answers = rng.integers(1, 8, size=(people, asked))
    frame = pd.DataFrame(answers, columns=[f"q{number}" for number in range(asked)])
    frame.insert(0, "id", [f"S{number}" for number in range(people)])
    frame.to_csv(small.folder / "data/mentees.csv", index=False)
    small.write("config.yaml", """
        study: {title: Large}
        data:
          surveys: [{name: mentees, file: data/mentees.csv, role: mentee, person: id}]
          pairs: {file: data/pairs.csv}
          codebook: {items: data/items.csv}
        questions: [{name: q, ask: "?", kind: model, formula: "mentee_q1 ~ 1 + (1 | mentor)", focus: ["1"]}]
        """)
    start = time.perf_counter()
    responses = read_study(Study.load(small.folder)).responses
    # Far above what it takes (2 s), so that a busy machine does not fail it; a loop over cells takes minutes.
    assert time.perf_counter() - start < 20
    assert len(responses) == people * asked and responses["value"].sum() == answers.sum()
