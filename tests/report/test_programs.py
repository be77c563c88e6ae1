"""Pages by programme: numbers by hand, and nothing of programmes that are too small."""

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.report import programs, render_programs
from mentoring.report.inputs import Results
from mentoring.study import Study, parse
from tests.report.report_factory import CONFIG, PLAIN, full_study


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    """24 mentors in four programmes of six; groups of five may be shown."""
    folder = tmp_path_factory.mktemp("programs")
    full_study(folder)
    config = (
        CONFIG.format(**PLAIN).replace("  synthetic:", "  privacy: {smallest_cell: 5}\n  synthetic:")
        + "report: {by: program, formats: [html, docx, pdf]}\n"
    )
    return Study(folder, parse(config))


def test_a_mean_by_hand():
    rows = pd.DataFrame({"mentor": ["a", "a", "b"], "mentee": ["x", "y", "z"], "score": [1.0, 2.0, 6.0]})
    mean = programs.cluster_mean(rows)
    assert (mean.value, mean.mentors, mean.relationships) == (3.0, 2, 3)
    assert mean.se == pytest.approx(np.sqrt(2 * (3**2 + 3**2)) / 3)  # sums of deviations by mentor: −3 and 3
    one = programs.cluster_mean(rows[rows["mentor"] == "a"])
    assert one.value == 1.5 and np.isnan(one.se)


def test_a_difference_has_welchs_interval():
    here = programs.Mean(4.0, 0, 0, 0.3, 9, 10, 20, 20)
    others = programs.Mean(3.5, 0, 0, 0.4, 19, 20, 40, 40)
    gap, low, high = programs.difference(here, others)
    assert gap == 0.5 and (low + high) / 2 == pytest.approx(0.5)
    assert high - 0.5 == pytest.approx(2.0490 * 0.5, rel=1e-3)  # t of 27.8 degrees of freedom


def test_every_programme_has_its_pages_and_one_across(study):
    files = render_programs(study, study.folder / "results")
    assert len(files) == 3 * 5 and all(file.stat().st_size > 4000 for file in files)
    page = (study.folder / "results/report/programs/program_1.html").read_text(encoding="utf-8")
    assert "SYNTHETIC" in page and "P0" in page and "Relationship quality" in page
    assert "m00" not in page and "e001" not in page
    index = (study.folder / "results/report/programs/index.html").read_text(encoding="utf-8")
    assert "Every programme has a page." in index and index.count('href="program_') == 4


def test_means_are_those_of_the_programme_and_of_all_others(study):
    results = Results.read(study, study.folder / "results")
    row = programs.means(results, "P0").query("scale == 'quality' and role == 'mentee'").iloc[0]
    scores = results["scores"].dropna(subset=["score"]).merge(results["dyads"][["dyad", "program"]], on="dyad")
    own = scores[(scores["scale"] == "quality") & (scores["role"] == "mentee")].groupby(["program", "dyad"])["score"].mean()
    assert row["here"].value == pytest.approx(own.loc["P0"].mean())
    assert row["others"].value == pytest.approx(own.drop(index="P0", level="program").mean())


def test_a_small_programme_and_the_next_smallest_have_no_page(study):
    results = Results.read(study, study.folder / "results")
    dyads = results["dyads"]
    moved = dyads["program"].where(
        ~((dyads["program"] == "P0") & dyads["mentor"].isin(sorted(dyads.loc[dyads["program"] == "P0", "mentor"])[:1])), "P1"
    )
    small = dyads.assign(program=moved.where(moved != "P0", "P0"))
    few = small[~((small["program"] == "P0") & (small["mentor"] != small.loc[small["program"] == "P0", "mentor"].iloc[0]))]
    results = Results(study, results.folder, {**results._tables, "dyads": few})
    shown, hidden = programs.shown_programs(results)
    assert "P0" not in shown and len(shown) == 2 and hidden == 2


def test_with_the_usual_limit_the_page_across_says_that_none_is_large_enough(tmp_path):
    study = full_study(tmp_path)
    files = render_programs(study, tmp_path / "results")
    assert {file.name for file in files} == {"index.html", "index.docx", "index.pdf"}
    assert "4 programmes have no page" in files[0].read_text(encoding="utf-8")
    assert "No programme is large enough for a page." in files[0].read_text(encoding="utf-8")


def test_pages_by_programme_need_a_column_that_says_it():
    config = CONFIG.format(**PLAIN).replace(", program: program}", "}") + "report: {by: program}\n"
    with pytest.raises(StudyError, match=r"data\.pairs\.program"):
        parse(config)
