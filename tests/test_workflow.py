"""The whole way on a small study, as a user starts it: a report comes out, a second run does nothing, a mistake is told and harms nothing."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.small_study import write_small_study

ROOT = Path(__file__).parent.parent
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "2", "--snakefile", str(ROOT / "workflow" / "Snakefile"), "--workflow-profile",
             str(ROOT / "profiles" / "default"), "--nocolor"]


def run(study: Path, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run([*SNAKEMAKE, "--directory", str(study), *more], check=False, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    study = write_small_study(tmp_path_factory.mktemp("small") / "study")
    done = run(study)
    assert done.returncode == 0, done.stdout + done.stderr
    return study


def fingerprints(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_report_and_every_table_come_out(finished):
    assert "A small study" in (finished / "results/report/report.html").read_text(encoding="utf-8")
    for name in ("fixed_effects", "variance_components", "fits", "reliability", "reliability_more", "careless", "items", "similarity", "agreement", "verdicts", "influence",
                 "second_opinion", "exclusions", "sources", "missing_patterns", "attrition", "lost_voice", "attrition_differences", "without_careless"):
        assert (finished / f"results/tables/{name}.csv").exists(), name
    assert set(pd.read_csv(finished / "results/tables/verdicts.csv")["question"]) == {"alike", "both_sides"}


def test_the_second_engine_agrees(finished):
    opinions = pd.read_csv(finished / "results/tables/second_opinion.csv")
    assert len(opinions) and opinions["agrees"].all()


OUTLINE = re.compile(r"""\bd=(["'])[MmLlHhVvCcSsQqTtAaZz0-9., -]*\1""")


def test_no_raw_id_leaves_the_private_folder(finished):
    ids = [*pd.read_csv(finished / "data/pairs.csv")["mentor"].unique(), *pd.read_csv(finished / "data/pairs.csv")["mentee"].unique()]
    for file in (finished / "results").rglob("*"):
        if file.is_file() and "private" not in file.parts and file.suffix in (".csv", ".html", ".md", ".svg", ".log"):
            # Outlines of pictures move to places such as M10: numbers, that name nobody.
            text = OUTLINE.sub("", file.read_text(encoding="utf-8"))
            assert not [name for name in ids if name in text], file
        if file.suffix == ".parquet":
            words = {str(value) for value in pd.read_parquet(file).select_dtypes(exclude="number").to_numpy().ravel()}
            assert not words & set(ids), file


def test_a_second_run_does_nothing(finished):
    before = fingerprints(finished / "results" / "tables")
    done = run(finished)
    assert done.returncode == 0 and "Nothing to be done" in done.stdout + done.stderr
    assert fingerprints(finished / "results" / "tables") == before


def test_braces_in_a_title_are_just_braces(tmp_path):
    study = write_small_study(tmp_path / "braces", mentors=6)
    edit(study / "config.yaml", "title: A small study", 'title: "A {small} study {{x}}"')
    done = run(study, "results/tables/verdicts.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(study, "--dry-run").returncode == 0


def test_another_run_gives_the_same_bytes(finished, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(finished, again, ignore=shutil.ignore_patterns("results", ".snakemake"))
    assert run(again).returncode == 0
    for part in ("tables", "figures", "report"):
        assert fingerprints(again / "results" / part) == fingerprints(finished / "results" / part), part


def test_a_change_of_one_question_reruns_that_question_only(finished, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(finished, changed)
    config = changed / "config.yaml"
    config.write_text(config.read_text().replace("focus: [mentor_quality]", "focus: [Intercept]"))
    plan = run(changed, "--dry-run", "--quiet", "rules")
    done = plan.stdout + plan.stderr
    assert "read_survey" not in done and "pair_dyads" not in done
    jobs = {line.split()[0]: int(line.split()[1]) for line in done.splitlines() if line.startswith(("fit_model", "collect_results"))}
    assert jobs == {"fit_model": 1, "collect_results": 1}


BAD = {
    "config": (lambda s: edit(s / "config.yaml", "outcome: quality", "outcom: quality"), ["questions[0].outcom", "did you mean “outcome”?"]),
    "missing file": (lambda s: (s / "data/mentors.csv").unlink(), ["data/mentors.csv", "no such file"]),
    "column": (lambda s: edit(s / "data/mentees.csv", "mentee,wave", "mente,wave"), ["data/mentees.csv", "mentee"]),
    "range": (lambda s: edit(s / "data/items.csv", "dyad,1,7,,\nq2", "dyad,1,3,,\nq2"), ["q1"]),
    "empty": (lambda s: (s / "data/mentees.csv").write_text("mentor,mentee,wave,q1,q2,q3\n"), ["data/mentees.csv", "no rows"]),
    "two at once": (lambda s: [edit(s / "data/items.csv", "likert,dyad,1,7,,\nq2", "likrt,dyad,1,7,,\nq2"), (s / "data/roster.csv").unlink()],
                    ["likrt", "data/roster.csv", "2 problems"]),
}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_and_nothing_is_half_written(name, tmp_path):
    study = write_small_study(tmp_path / "study", mentors=6)
    spoil, told = BAD[name]
    spoil(study)
    raw = fingerprints(study / "data")
    done = run(study)
    shown = done.stdout + done.stderr
    assert done.returncode == 1
    for part in told:
        assert part in shown, shown
    assert "Traceback" not in shown
    assert not (study / "results/data").exists() or not any((study / "results/data").iterdir())
    assert fingerprints(study / "data") == raw
