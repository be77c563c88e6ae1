"""What users read when something is wrong: all of it, in words, and never a traceback."""

import pickle

import pytest

from mentoring.errors import Problem, Problems, StudyError, did_you_mean, listed, plain_errors


def test_a_problem_says_where_what_and_how():
    text = str(StudyError(Problem("a.csv", "row 3", "it is blank", "an id", "write the id\nor delete the row")))
    assert text == ("1 problem was found. Nothing was changed.\n\na.csv · row 3: it is blank\n  expected: an id\n"
                    "  to mend it: write the id\n    or delete the row")


def test_problems_are_raised_together_or_not_at_all():
    problems = Problems("a.csv")
    problems.raise_if_any()
    problems.add("row 1", "x")
    problems.add("row 2", "y", file="b.csv")
    with pytest.raises(StudyError, match=r"(?s)2 problems were found.*a\.csv · row 1: x.*b\.csv · row 2: y"):
        problems.raise_if_any()


def test_it_survives_the_way_between_processes():
    error = StudyError([Problem("a", "b", "c")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_nearest_words():
    assert did_you_mean("qualty", ["quality", "learning"]) == "did you mean “quality”?"
    assert did_you_mean("zzz", ["quality", "learning"]) == "one of: quality, learning"
    assert listed(range(10), most=3) == "0, 1, 2 and 7 more"


def test_user_errors_become_exit_code_1_without_a_traceback(capsys):
    with pytest.raises(SystemExit) as stop, plain_errors():
        raise StudyError(Problem("a.csv", "", "it is empty"))
    shown = capsys.readouterr().err
    assert stop.value.code == 1 and "it is empty" in shown and "Traceback" not in shown


def test_our_own_mistakes_go_to_the_log_and_say_so(tmp_path):
    with pytest.raises(SystemExit), plain_errors(tmp_path / "step.log"):
        raise RuntimeError("boom")
    log = (tmp_path / "step.log").read_text()
    assert "boom" in log and "mistake in the program, not in your data" in log
