"""The plan written down beforehand, and every deviation from it."""

import pandas as pd
import pytest

from mentoring.analysis_plan import PLAN, deviations, is_intact, write_plan
from mentoring.report import appendix, appendix_tables
from mentoring.report.inputs import Results
from mentoring.study import Study
from mentoring.tables import DEVIATIONS
from scripts import compare_plan
from tests.small_study import CONFIG, write_small_study


@pytest.fixture
def planned(tmp_path):
    folder = write_small_study(tmp_path, mentors=6)
    write_plan(Study.load(folder))
    return folder


def changed(folder, *pairs):
    text = CONFIG
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    (folder / "config.yaml").write_text(text)
    return Study.load(folder)


def rows(study):
    found = deviations(study).astype("object")
    return [tuple(None if pd.isna(value) else value for value in row) for row in found.itertuples(index=False)]


def test_a_plan_that_was_kept_has_no_deviation(planned):
    study = Study.load(planned)
    assert deviations(study).empty and is_intact(study)
    # Title, files and report formats are no part of the plan; nor is the order of things.
    assert rows(changed(planned, ("A small study", "Another title"), ("formats: [html]", "formats: [docx]"))) == []


def test_every_deviation_stands_in_the_table_with_both_values(planned):
    study = changed(
        planned, ("sesoi: 0.2", "sesoi: 0.4"), ("family: primary", "family: secondary"), ("outcome: quality", "outcome: q1"), ("repairings: 99", "repairings: 199"),
        ("name: both_sides", "name: renamed"), ("{name: quality, label: Relationship quality, items: [q1, q2, q3]}", "{name: quality, label: Relationship quality, items: [q2, q3]}"),
    )  # fmt: skip
    found = rows(study)
    assert ("scales", "quality", "items", "changed", '["q1", "q2", "q3"]', '["q2", "q3"]') in found
    assert ("questions", "alike", "sesoi", "changed", "0.2", "0.4") in found
    assert ("questions", "alike", "family", "changed", "primary", "secondary") in found
    assert ("questions", "alike", "outcome", "changed", "quality", "q1") in found
    assert ("questions", "both_sides", None, "removed", "Do both sides see the same relationship?", None) in found
    assert ("questions", "renamed", None, "added", None, "Do both sides see the same relationship?") in found
    assert ("credibility", None, "repairings", "changed", "99", "199") in found
    assert len(found) == 7


def test_the_report_prints_them(planned):
    study = changed(planned, ("sesoi: 0.2", "sesoi: 0.4"))
    compare_plan.main(study, {"deviations": planned / "deviations.csv"})
    table = DEVIATIONS.read(planned / "deviations.csv")
    results = Results(study, planned, {"deviations": table})
    text = appendix._plan(results)
    assert "differs from it in questions" in text and ">alike<" in text and ">0.4<" in text and "tbl:deviations" in text
    assert appendix_tables.deviations(Results(study, planned, {"deviations": table.head(0)})) is None


def test_a_plan_that_was_tampered_with_is_found_out(planned):
    page = planned / PLAN
    page.write_text(page.read_text().replace("sesoi: 0.2", "sesoi: 0.4"))
    study = changed(planned, ("sesoi: 0.2", "sesoi: 0.4"))
    assert deviations(study).empty and not is_intact(study)
    assert "does not fit the fingerprint" in appendix._plan(Results(study, planned, {}))


def test_without_a_plan_there_is_nothing_to_compare(tmp_path):
    study = Study.load(write_small_study(tmp_path, mentors=6))
    assert deviations(study).empty and "nobody can tell" in appendix._plan(Results(study, tmp_path, {}))
