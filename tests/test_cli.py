"""The command line: new studies, checks, simulated studies and plans."""

import subprocess
import sys

import pytest

from mentoring.analysis_plan import changed_since_plan
from mentoring.cli import main
from mentoring.measure.instruments.find import PROJECT
from mentoring.study import Study
from tests.small_study import write_small_study


def fails(arguments, capsys) -> str:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 1
    return capsys.readouterr().err


def test_check_says_that_all_is_well(tmp_path, capsys):
    assert main(["check", "--study", str(write_small_study(tmp_path / "s"))]) == 0
    assert "fit together" in capsys.readouterr().out


def test_check_tells_everything_at_once(tmp_path, capsys):
    study = write_small_study(tmp_path / "s")
    (study / "data/mentors.csv").unlink()
    (study / "data/roster.csv").unlink()
    message = fails(["check", "--study", str(study)], capsys)
    assert "data/mentors.csv" in message and "data/roster.csv" in message and "Traceback" not in message


def test_a_new_study_has_a_good_config_and_overwrites_nothing(tmp_path, capsys):
    assert main(["init", "--study", str(tmp_path / "new")]) == 0
    assert Study.load(tmp_path / "new").questions[0].name == "similarity_and_quality"
    capsys.readouterr()
    assert "exists already" in fails(["init", "--study", str(tmp_path / "new")], capsys)


def test_a_new_study_is_complete_once_the_answers_are_there(tmp_path, capsys):
    new = tmp_path / "new"
    main(["init", "--study", str(new)])
    (new / "data/pairs.csv").write_text("mentor,mentee,program\nM1,E1,A\nM1,E2,A\nM2,E3,B\n")
    header = "mentor_id,mentee_id," + ",".join(f"{scale}_{i}" for scale in ("quality", "perceived_similarity") for i in (1, 2, 3, 4))
    for role in ("mentors", "mentees"):
        (new / f"data/{role}.csv").write_text(header + "\nM1,E1,6,6,2,6,5,5,2,5\nM1,E2,5,6,1,5,4,4,2,5\nM2,E3,7,7,1,7,6,6,1,6\n")
    assert main(["check", "--study", str(new)]) == 0


def test_simulate_writes_a_study_that_passes_the_check_and_never_over_another(tmp_path, capsys):
    assert main(["simulate", "--world", "few", "--seed", "4", "--study", str(tmp_path / "few")]) == 0
    assert main(["check", "--study", str(tmp_path / "few")]) == 0
    capsys.readouterr()
    assert "there is a study in this folder already" in fails(["simulate", "--study", str(tmp_path / "few")], capsys)
    assert "did you mean “halo”" in fails(["simulate", "--world", "hallo", "--study", str(tmp_path / "other")], capsys)


def test_a_plan_is_written_once_and_shows_what_changed_since(tmp_path, capsys):
    folder = write_small_study(tmp_path / "s")
    assert changed_since_plan(Study.load(folder)) is None
    assert main(["plan", "--study", str(folder)]) == 0 == main(["plan", "--study", str(folder)])
    assert changed_since_plan(Study.load(folder)) == []
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("sesoi: 0.2", "sesoi: 0.1"))
    assert changed_since_plan(Study.load(folder)) == ["questions"]
    capsys.readouterr()
    assert "there is a plan already" in fails(["plan", "--study", str(folder)], capsys)


@pytest.mark.parametrize(
    ("formula", "focus", "told"),
    [
        ("mentee_quality mentor_quality", "mentor_quality", "does not have one outcome"),
        ("mentee_quality ~ mentor_qualty + (1 | mentor)", "mentor_qualty", "did you mean “mentor_quality”?"),
        ("mentee_quality ~ mentor_quality + (1 | mentr)", "mentor_quality", "there is no column “mentr” to group by"),
        ("mentee_quality ~ mentor_quality + (1 | mentor", "mentor_quality", "both_sides"),
        ("mentee_quality ~ __import__('os').system('x')", "mentor_quality", "both_sides"),
        ("mentee_quality ~ mentor_quality + (1 | mentor)", "mentor_qualty", "“mentor_qualty” is not in the formula"),
        ("mentee_quality ~ " + "(" * 3000 + "mentor_quality" + ")" * 3000, "mentor_quality", "both_sides"),
    ],
)
def test_check_reads_formulas_and_focus(formula, focus, told, tmp_path, capsys):
    folder = write_small_study(tmp_path / "s", mentors=4)
    config = folder / "config.yaml"
    text = config.read_text().replace("mentee_quality ~ mentor_quality + (1 | mentor) + (1 | dyad)", formula)
    config.write_text(text.replace("focus: [mentor_quality]", f"focus: [{focus}]"))
    message = fails(["check", "--study", str(folder)], capsys)
    assert told in message and "both_sides" in message and "Traceback" not in message


def test_cards_are_listed_and_a_survey_is_written(tmp_path, capsys):
    assert main(["items"]) == 0
    assert "open_items: Open mentoring items" in capsys.readouterr().out
    assert main(["items", "open_items", "--study", str(tmp_path), "--only", "quality", "stage"]) == 0
    assert (tmp_path / "data/open_items_codebook.csv").read_text().count("quality_") == 8
    assert "exists already" in fails(["items", "open_items", "--study", str(tmp_path), "--only", "quality"], capsys)
    assert "did you mean “open_items”?" in fails(["items", "open_item", "--study", str(tmp_path)], capsys)
    assert "holds no wording" in fails(["items", "mca", "--study", str(tmp_path)], capsys)


def test_nothing_is_written_into_the_example_study(monkeypatch, capsys):
    monkeypatch.chdir(PROJECT.parents[1])  # where the example is, and where one types
    assert "example study's folder" in fails(["items", "open_items"], capsys)


def test_check_tells_a_scale_that_contradicts_its_card(tmp_path, capsys):
    study = write_small_study(tmp_path / "s")
    config = study / "config.yaml"
    config.write_text(config.read_text().replace("items: [q1, q2, q3]}", "items: [q1, q2, q3], instrument: mfq9, subscale: career}"))
    message = fails(["check", "--study", str(study)], capsys)
    assert "can be answered from 1 to 7" in message and "5 possible answers" in message


def test_a_command_line_that_cannot_be_read_is_told(capsys):
    assert "there is no command “chek”\n  expected: did you mean “check”?" in fails(["chek"], capsys)
    assert "“x” is not a whole number from 0" in fails(["simulate", "--seed", "x"], capsys)


def test_a_file_in_place_of_a_folder_is_told_and_nothing_stays_half_written(tmp_path, capsys):
    (tmp_path / "data").write_text("in the way")
    assert "it cannot be read or written" in fails(["init", "--study", str(tmp_path)], capsys)
    assert [file.name for file in tmp_path.iterdir()] == ["data"]
    assert "it is a file" in fails(["check", "--study", str(tmp_path / "data")], capsys)


def test_whoever_reads_only_the_first_lines_sees_no_traceback():
    first = subprocess.run(f"{sys.executable} -m mentoring.cli items | head -1", shell=True, capture_output=True, text=True, check=True)
    assert first.stdout.count("\n") == 1 and not first.stderr


def test_check_tells_notebooks_that_are_not_there(tmp_path, capsys):
    study = write_small_study(tmp_path / "s")
    config = study / "config.yaml"
    config.write_text(config.read_text().replace("report: {formats: [html]}", "report: {formats: [html], notebooks: [01_meet_the_date]}"))
    assert "did you mean “01_meet_the_data”?" in fails(["check", "--study", str(study)], capsys)
