"""The config: what is accepted, and that every mistake is told with its line and what to write instead."""

import copy
import json
from pathlib import Path

import jsonschema
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
        ("items: [q1, q2, q3]", "items: [q1, q1, q3]", ["scales[0].items", "“q1” stands there twice"]),
        ("report: {formats: [html]}", "report: {formats: [html], notebooks: [../../x]}", ["report.notebooks[0]"]),
        ("wave: wave}", "wave: wave, only_wave: '1'}", ["both `wave` and `only_wave`"]),
        ("kind: match, of: [field]", "kind: perceived, of: [field]", ["does not say who perceived", "reporter: mentee"]),
        ("  seed: 3", "  seed: true", ["study (line 1)", "`seed` is true, which is no number"]),
        ("  seed: 3", "  seed: " + "9" * 400, ["study.seed (line 3)", "a number up to 9,223,372,036,854,775,807"]),
        ("  seed: 3", "  seed: " + "9" * 5000, ["thousands of digits"]),
        ("  seed: 3", "  seed:", ["study.seed (line 3): it is empty", "to mend it: write something behind “seed:”, or take it out"]),
        ("title: A small study", "title: [A, B]", ["“['A', 'B']” is not a text", 'to mend it: title: "…"']),
        ("title: A small study", 'title: "A\\0"', ["study.title (line 2): it holds control characters"]),
        ("title: A small study", "title: !!int abc", ["line 2: it uses YAML's “!” tags"]),
        ("title: A small study", "1: A", ["study (line 1): “1” is no key"]),
        ("file: data/mentors.csv", "file: ../elsewhere/mentors.csv", ["data.surveys[1].file", "outside the study's folder", "to mend it: data/mentors.csv"]),
        ("file: data/mentors.csv", "file: /etc/passwd", ["data.surveys[1].file", "outside the study's folder"]),
        ("file: data/mentors.csv", "file: C:/mentors.csv", ["data.surveys[1].file", "outside the study's folder"]),
        ("file: data/mentors.csv", "file: results/data/a.csv", ["data.surveys[1].file", "the folder results/ is written by the run"]),
        ("file: data/mentors.csv", "file: data\\mentors.csv", ["data.surveys[1].file", "to mend it: data/mentors.csv"]),
        ("file: data/mentors.csv", "file: ''", ["data.surveys[1].file", "it is blank"]),
        ("file: data/mentors.csv, role: mentor", "file: data/mentees.csv, role: mentee", ["“data/mentees.csv” is given twice"]),
        ("name: mentors,", "name: pairs,", ["data.surveys[1].name", "another step"]),
        ("name: mentors,", "name: mentors, sheet: A,", ["data.surveys[1].sheet", "a file of format csv has no sheet"]),
        ("program: program", "program: mentor", ["the column “mentor” is given as `mentor` and as `program`"]),
        ("similarity: [same_field]", "similarity: [same_field, same_field]", ["questions[0].similarity", "“same_field” stands there twice"]),
        ("name: quality,", "name: qualité,", ["scales[0].name", "to mend it: qualite"]),
        ("  - {name: same_field", "  - {name: Same_Field, kind: match, of: [field]}\n  - {name: same_field", ["similarity: the names “Same_Field” and “same_field” differ in capitals"]),
        ("name: both_sides", "name: con", ["questions[1].name", "on Windows"]),
        ("sesoi: 0.2", "published: [{source: A, finding: B, low: 2, high: 1}]", ["questions[0].published[0]", "low (2) is above high (1)"]),
        ("report: {formats: [html]}", "report: {formats: [html], notebooks: [01_a.ipynb]}", ["report.notebooks[0]", "to mend it: 01_a"]),
        ("report: {formats: [html]}", "report: {formats: html}", ["report.formats", "“html” is not a list", "to mend it: formats: [html]"]),
        ("report: {formats: [html]}", "report:", ["report (line 32): it is empty"]),
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
     ("study: !!python/object/apply:os.system ['echo bad']\n", "“!” tags")],
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


@pytest.mark.parametrize("path", [3, "a\0b", ["config.yaml"]])
def test_what_is_no_path_is_told(path):
    with pytest.raises(StudyError, match=r"Study\.load"):
        Study.load(path)


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


def test_numbers_of_another_base_stay_what_was_written():
    settings = parse(CONFIG.replace("credibility:", "  - {name: c, kind: model, ask: 010, unit: 1_000, formula: a ~ b, focus: [1:30]}\ncredibility:"))
    question = settings.questions[2]
    assert (question.ask, question.unit, question.focus) == ("010", "1_000", ["1:30"])


def test_what_the_model_reads_passes_the_schema_too():
    plain = CONFIG.replace("A small study", "2025").replace("seed: 3", "seed: '3'").replace("wave: wave}", "only_wave: 1}").replace("synthetic: true", "synthetic: 'no'")
    settings = parse(plain)
    jsonschema.validate(settings.model_dump(mode="json", exclude_unset=True), json.loads(reference.json_schema()))
    assert settings.study.title == "2025" and settings.study.seed == 3 and settings.study.synthetic is False
    assert "model_dump(mode=\"json\", exclude_unset=True)" in (ROOT / "workflow" / "Snakefile").read_text(encoding="utf-8")


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
