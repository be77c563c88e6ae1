"""Figures: which ones there are, what they say, and that the same tables give the same bytes."""

import csv
import json
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.image import imread

from mentoring.report import draw_figures, theme
from mentoring.report.answers import gather
from mentoring.report.chapters import _questions, draw_all
from mentoring.report.figures import diagnostics, forest
from mentoring.report.figures.likert import _segments
from mentoring.report.inputs import Results
from mentoring.report.names import names_of
from tests.report.report_factory import bare_study, full_study

FULL = {
    "forest",
    "strip_gender_quality",
    "lines_gender_quality",
    "effects_gender_quality",
    "diagnostics_gender_quality",
    "strip_authentic",
    "effects_authentic",
    "flow",
    "missingness",
    "attrition",
    "lost_voice",
    "leavers",
    "reliability",
    "distributions",
    "likert_quality",
    "likert_authenticity",
    "repairing",
    "agreement",
}


def _listing(results):
    with (results / "figures" / "figures.csv").open(encoding="utf-8", newline="") as stream:
        return {row["name"]: row for row in csv.DictReader(stream)}


def test_a_full_study_has_every_figure(full):
    assert set(_listing(full.results)) == FULL


def test_a_study_without_scales_has_only_what_makes_sense(bare):
    assert set(_listing(bare.results)) == {"strip_race", "effects_race", "flow", "repairing"}


def test_each_figure_has_words_and_both_files(full):
    for name, row in _listing(full.results).items():
        assert len(row["caption"]) > 30 and len(row["alt"]) > 40, name
        assert "nan" not in row["caption"].split() and "None" not in row["alt"]
        for ending in ("svg", "png"):
            assert (full.results / "figures" / f"{name}.{ending}").stat().st_size > 2000


def test_captions_state_n_where_people_are_shown(full):
    listing = _listing(full.results)
    for name in (
        "lines_gender_quality",
        "effects_gender_quality",
        "missingness",
        "reliability",
        "distributions",
        "likert_quality",
        "agreement",
    ):
        assert "n = " in listing[name]["caption"] or "n at the right" in listing[name]["caption"], name


def test_widths_fit_a_journal_column(full):
    for name in _listing(full.results):
        width = imread(full.results / "figures" / f"{name}.png").shape[1] / 200 * 25.4
        assert 84 <= width <= 181, name


def test_synthetic_stands_in_every_figure(tmp_path):
    study = full_study(tmp_path)
    for drawn in draw_all(Results.read(study, tmp_path / "results")):
        assert any("SYNTHETIC" in text.get_text() for text in drawn.figure.texts), drawn.name


def test_a_real_study_is_not_called_synthetic(bare):
    drawn = draw_all(Results.read(bare.study, bare.results))
    assert not any("SYNTHETIC" in text.get_text() for one in drawn for text in one.figure.texts)


def test_the_same_tables_give_the_same_bytes(tmp_path):
    first, second = bare_study(tmp_path / "a"), bare_study(tmp_path / "b")
    for one, other in zip(draw_figures(first, first.folder / "results"), draw_figures(second, second.folder / "results")):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes(), one.name


def test_nothing_at_all_draws_nothing(tmp_path):
    study = full_study(tmp_path)
    (tmp_path / "empty").mkdir()
    assert draw_all(Results.read(study, tmp_path / "empty")) == []


def test_rare_answers_are_joined_towards_the_middle():
    people = [f"p{n}" for n in range(60)]
    part = pd.DataFrame({"value": [1.0] * 2 + [2.0] * 12 + [3.0] * 20 + [4.0] * 22 + [5.0] * 4, "mentor": people, "mentee": people})
    segments = _segments(part, [1.0, 2.0, 3.0, 4.0, 5.0], 10)
    assert [segment.codes for segment in segments] == [(1.0, 2.0), (3.0,), (4.0, 5.0)]
    assert sum(segment.share for segment in segments) == pytest.approx(1)
    assert [segment.joined for segment in segments] == [True, False, True]


def test_no_code_of_a_person_or_pair_is_shown(full):
    for row in _listing(full.results).values():
        assert not any(f" {code}" in row["alt"] or f" {code}" in row["caption"] for code in ("m00", "e001", "d001"))


def test_mentors_are_drawn_only_where_there_are_enough_of_them(full):
    results = Results.read(full.study, full.results)
    answer = gather(results, names_of(results))[0]
    table = results["diagnostics"]
    with theme.house():
        assert len(diagnostics.draw(answer, table, 10).figure.axes) == 3
        assert len(diagnostics.draw(answer, table[(table["topic"] != "mentor") | (table["x"] < 10)], 10).figure.axes) == 2
        # A study that shows no group below twenty has no points of sixteen rows.
        assert len(diagnostics.draw(answer, table, 20).figure.axes) == 1
        assert diagnostics.draw(answer, table.iloc[:0], 10) is None


def test_many_questions_have_small_pictures_in_place_of_strips(full):
    results = Results.read(full.study, full.results)
    answers = gather(results, names_of(results))
    with theme.house():
        names = {one.name for one in _questions(results, answers * 2) if one}
    assert {"spark_gender_quality", "spark_authentic"} <= names and "strip_authentic" not in names


def test_an_estimate_without_an_interval_leaves_the_page_readable(full, tmp_path):
    results = Results.read(full.study, full.results)
    answer = gather(results, names_of(results))[0]
    effects = answer.effects.assign(ci_low=answer.effects["ci_low"].where(answer.effects["focus"]))
    with theme.house():
        drawn = forest.draw_question(replace(answer, effects=effects))
    told = theme.save(drawn, tmp_path)[2].read_text(encoding="utf-8")
    # A page's script reads no NaN, and would stop there.
    tips = json.loads(told, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))["tips"]
    assert len(tips) == len(effects) - 1 and "has no interval that could be given" in drawn.caption


def test_the_overviews_pages_are_about_even(full):
    results = Results.read(full.study, full.results)
    answer = gather(results, names_of(results))[0]
    for questions in (1, 9, 10, 19):
        pages = forest._pages([(answer, answer.focus)] * questions)
        assert sum(map(len, pages)) == questions
        assert max(map(len, pages)) - min(map(len, pages)) <= 1
        assert max(map(len, pages)) * (len(answer.focus) + forest.HEAD_LINES) <= forest.OVERVIEW_LINES
