"""The config: what is accepted, and that every mistake is told with its line and what to write instead."""

import copy
from pathlib import Path

import pytest
import yaml

from mentoring import reference
from mentoring.errors import StudyError
from mentoring.study import Study, parse
from tests.small_study import CONFIG

ROOT = Path(__file__).parent.parent


def refusal(text: str) -> str:
    with pytest.raises(StudyError) as error:
        parse(text)
    return str(error.value)


def test_a_good_config_is_read():
    settings = parse(CONFIG)
    assert settings.questions[0].kind == "similarity" and settings.study.privacy.smallest_cell == 10
    assert settings.scales[0].answered == 0.8


@pytest.mark.parametrize("folder", [ROOT, ROOT / "examples" / "star"])
def test_the_bundled_studies_are_good(folder):
    assert Study.load(folder).questions


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("  title: A small study", "  titel: A small study", ["study.titel (line 2)", "did you mean “title”?", "title: A small study"]),
        ("kind: similarity", "kind: similarty", ["questions[0]", "“similarty”", "kind: similarity"]),
        ("family: primary", "family: primry", ["questions[0].family", "“primry”", "did you mean “primary”?"]),
        ("    outcome: quality\n", "", ["questions[0].outcome", "missing"]),
        ("  seed: 3", "  seed: three", ["study.seed (line 3)", "three"]),
        ("sesoi: 0.2", "sesoi: -1", ["questions[0].sesoi"]),
        ("name: quality,", "name: re lation,", ["scales[0].name", "letters, digits and underscores"]),
        ("similarity: [same_field]", "similarity: [same_feild]", ["no similarity is called “same_feild”", "did you mean “same_field”?"]),
        ("name: both_sides", "name: alike", ["the name “alike” is given twice"]),
        ("title: A small study", "title: &a A\n  contact: *a", ["“*” references"]),
        ("sesoi: 0.2", "sesoi: .inf", ["questions[0].sesoi"]),
        ("file: data/mentors.csv", "file: data/mentees.csv", ["given for the mentors and for the mentees"]),
        ("items: [q1, q2, q3]", "items: [q1, q1, q3]", ["names an item twice"]),
        ("report: {formats: [html]}", "report: {formats: [html], notebooks: [../../x]}", ["report.notebooks[0]"]),
        ("wave: wave}", "wave: wave, only_wave: '1'}", ["both `wave` and `only_wave`"]),
        ("kind: match, of: [field]", "kind: perceived, of: [field]", ["does not say who perceived", "reporter: mentee"]),
        ("kind: match, of: [field]", "kind: squared_difference, of: [field, age]", ["squared_difference of 2 things"]),
    ],
)
def test_every_mistake_is_told_with_what_to_write(right, wrong, told):
    assert right in CONFIG
    message = refusal(CONFIG.replace(right, wrong, 1))
    for part in ["config.yaml", *told]:
        assert part in message


def test_all_mistakes_are_told_at_once():
    message = refusal(CONFIG.replace("titel", "title").replace("seed: 3", "sed: 3").replace("formats: [html]", "formats: [htm]"))
    assert "sed" in message and "“htm”" in message and message.startswith("2 problems were found")


@pytest.mark.parametrize(
    ("text", "told"),
    [("a: " + "[" * 3000, "nested too deeply"), ("", "holds no sections"), ("- a\n- b\n", "holds no sections"), ("study: [", "not valid YAML"), ("study:\n  title: a\n  title: b\n", "given twice"),
     ("study: !!python/object/apply:os.system ['echo bad']\n", "not valid YAML")],
)
def test_what_is_not_a_config_is_refused(text, told):
    assert told in refusal(text)


def test_more_than_three_primary_questions_are_refused():
    settings = yaml.safe_load(CONFIG)
    settings["questions"] = [copy.deepcopy(settings["questions"][0]) | {"name": f"q{number}"} for number in range(4)]
    assert "4 questions are primary" in refusal(yaml.safe_dump(settings))


def test_question_names_that_differ_in_capitals_only_are_refused():
    settings = yaml.safe_load(CONFIG)
    settings["questions"] = [copy.deepcopy(settings["questions"][0]) | {"name": name} for name in ("quality", "Quality")]
    assert "“quality” and “Quality” differ in capitals only" in refusal(yaml.safe_dump(settings))


def test_a_missing_config_says_how_to_start(tmp_path):
    with pytest.raises(StudyError, match=r"start\.py init"):
        Study.load(tmp_path)


def test_a_notebook_finds_the_study_above_it(tmp_path, monkeypatch):
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    for name in ("notebooks", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert Study.load().folder == tmp_path.resolve()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="there is no such file"):
        Study.load()


def test_an_utf8_signature_and_another_encoding(tmp_path):
    (tmp_path / "config.yaml").write_bytes(b"\xef\xbb\xbf" + CONFIG.encode())
    assert Study.load(tmp_path).about.title == "A small study"
    (tmp_path / "config.yaml").write_bytes(CONFIG.replace("small", "größer").encode("latin-1"))
    with pytest.raises(StudyError, match="not UTF-8"):
        Study.load(tmp_path)


def test_schema_and_pages_are_in_step_with_the_code():
    for name, write in reference.PAGES.items():
        assert (ROOT / name).read_text(encoding="utf-8") == write(), f"run python -m mentoring.reference ({name})"


def test_what_a_question_depends_on_leaves_out_the_other_questions():
    study = Study(ROOT, parse(CONFIG))
    other = Study(ROOT, parse(CONFIG.replace("focus: [mentor_quality]", "focus: [Intercept]")))
    assert study.section_of_question("alike") == other.section_of_question("alike")
    assert study.section_of_question("both_sides") != other.section_of_question("both_sides")


def test_dates_numbers_and_braces_are_titles_too():
    for title in ("2024-13-45", "2024", "on", "{2024} {{x}}"):
        quoted = f'"{title}"' if "{" in title else title
        assert parse(CONFIG.replace("title: A small study", f"title: {quoted}")).study.title == title
