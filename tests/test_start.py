"""start.py: what it shows of a run, and what it says when something is missing."""

import sys
from pathlib import Path

import pytest

import start

SNAKEMAKE_SAYS = """\
Building DAG of jobs...
[Sun Jan  1 00:00:00 2026]
Job 3: Reading the exports
Reason: Missing output files
"""
FAILED = """\
Logfile results/logs/read_survey.log:
================================================================================
2 problems were found. Nothing was changed.

data/pairs.csv · row 3: mentor is blank
  expected: a mentor id

data/roster.csv: there is no such file
================================================================================

Exiting because a job execution failed. Look above for error messages
"""


def follow(text: str, code: int, tmp_path: Path) -> int:
    script = tmp_path / "speak.py"
    script.write_text(f"import sys\nsys.stdout.write({text!r})\nsys.exit({code})\n", encoding="utf-8")
    return start.follow([sys.executable, script], tmp_path / "record.log")


def test_steps_are_shown_and_the_rest_goes_to_the_record(tmp_path, capsys):
    assert follow(SNAKEMAKE_SAYS, 0, tmp_path) == 0
    shown = capsys.readouterr()
    assert shown.out == "» Reading the exports\n" and shown.err == ""
    assert (tmp_path / "record.log").read_text(encoding="utf-8") == SNAKEMAKE_SAYS


def test_problems_are_shown_whole_and_without_the_engines_noise(tmp_path, capsys):
    assert follow(SNAKEMAKE_SAYS + FAILED, 1, tmp_path) == 1
    told = capsys.readouterr().err
    assert "row 3: mentor is blank" in told and "data/roster.csv" in told
    assert "=====" not in told and "Exiting" not in told and "Logfile" not in told


def test_an_unforeseen_failure_shows_the_end_of_the_record(tmp_path, capsys):
    assert follow("something odd\n", 2, tmp_path) == 2
    assert "something odd" in capsys.readouterr().err


def test_a_folder_without_a_config_is_told(tmp_path, capsys):
    assert start.run(tmp_path, "1") == 1
    assert "no config.yaml" in capsys.readouterr().err and not (tmp_path / "results").exists()


@pytest.mark.parametrize("version", [(3, 10, 2, "final", 0), (3, 14, 0, "final", 0)])
def test_another_python_is_told_which_to_install(version, monkeypatch):
    monkeypatch.setattr(start.sys, "version_info", version)
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or 3\.12"):
        start.use_a_good_python()


def test_a_python_that_cannot_make_environments_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(start, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="sudo apt install python3"):
        start.use_a_good_python()


def test_a_study_gets_notebooks_to_change_once(tmp_path):
    folder = start.notebooks_of(tmp_path)
    mine = folder / "07_your_own_question.ipynb"
    mine.write_text("changed", encoding="utf-8")
    assert start.notebooks_of(tmp_path) == folder and mine.read_text(encoding="utf-8") == "changed"
    assert start.notebooks_of(start.ROOT) == start.ROOT / "notebooks"


@pytest.mark.parametrize(("words", "told"), [
    (["rnu"], "There is no command “rnu”.\nDid you mean “run”?"), (["run", "--cores", "0"], "“0” is no number of cores"), (["run", "--foo"], "`run` knows no --foo"),
    (["run", "--study"], "argument --study"),
])  # fmt: skip
def test_a_command_line_that_cannot_be_read_is_told(words, told, capsys):
    with pytest.raises(SystemExit) as stop:
        start.main(words)
    assert stop.value.code == 1 and told in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "lab"])
def test_nothing_is_installed_or_made_for_a_study_that_is_not_there(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(start, "make_environment", lambda lock: pytest.fail("installed"))
    assert start.main([command, "--study", str(tmp_path / "nowhere")]) == 1
    assert "There is no config.yaml" in capsys.readouterr().err and not (tmp_path / "nowhere").exists()


def test_stopping_a_run_is_told_without_a_traceback(tmp_path, capsys, monkeypatch):
    def stopped(command, record):
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "follow", stopped)
    (tmp_path / "config.yaml").write_text("study:\n")
    assert start.run(tmp_path, "1") == 130
    assert "type the command again to go on from there" in capsys.readouterr().err
