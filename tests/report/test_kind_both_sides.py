"""The report's pages of `actor_partner` and `reciprocity`: complete, careful in their words, and silent about too few people."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kind_pages import results_of

from mentoring.report.answers import gather
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from tests.models.test_both_sides_kinds import analysis
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales: [{name: trust, label: Trust, items: [t1, t2]}, {name: growth, label: Growth, items: [g1, g2]}]
questions:
  - {name: both, ask: "Do both?", kind: actor_partner, outcome: growth, predictor: trust, bootstraps: 99}
  - {name: same, ask: "Do they see the same?", kind: reciprocity, of: trust, bootstraps: 99}
"""


def pages(folder, rows):
    results = results_of(folder, CONFIG, rows)
    names, found = names_of(results), {}
    for answer in gather(results, names):
        parts = page_of(answer)
        drawn = parts.figures(answer, results, names)
        text = [
            parts.about(answer, names),
            parts.done(answer, results, names),
            *parts.result(answer, results, names, lambda name, absent: absent),
        ]
        found[answer.question.name] = (answer, {one.name: one for one in drawn}, "\n\n".join(text))
    return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return pages(tmp_path_factory.mktemp("both"), analysis(waves=2, partner=(0.0, 0.4)))


def test_both_sides_stand_in_figure_and_table(shown):
    answer, figures, text = shown["both"]
    assert answer.verdict == "positive" and set(figures) == {"both_sides_both"}
    assert "tbl:both-sides-both" in text and "likelihood ratio" in text and "single source" in text and "k = partner / actor" in text
    alt = figures["both_sides_both"].alt
    assert alt.count("actor: ") == 2 and alt.count("partner: ") == 2
    assert len(figures["both_sides_both"].figure.axes) == 3


def test_levels_stand_in_a_table_of_their_own(shown):
    text = shown["both"][2]
    assert "tbl:levels-both" in text and "Among one mentor’s relationships" in text and "From wave to wave in one relationship" in text


def test_two_views_stand_in_figures_and_tables(shown):
    _, figures, text = shown["same"]
    assert set(figures) == {"parts_same", "gap_same"}
    for label in ("tbl:reciprocity-same", "tbl:agreement-same", "tbl:truth-same"):
        assert label in text
    assert "relationship" in figures["parts_same"].alt and "mean gap" in figures["gap_same"].alt
    # Shares of one bar add up to all of it.
    widths = [patch.get_width() for patch in figures["parts_same"].figure.axes[0].patches]
    assert sum(widths) == pytest.approx(2)


def test_the_words_are_careful(shown):
    for answer, figures, text in shown.values():
        for said in (answer.sentence, text, *(one.caption + one.alt for one in figures.values())):
            own = said.replace("Actor and partner effects", "").replace("artner effects", "").replace("ctor effects", "")
            assert not CAUSAL.search(own) and not FORBIDDEN.search(own), said


def test_points_are_bins_of_enough_people(shown):
    offsets = shown["same"][1]["gap_same"].figure.axes[0].collections[-1].get_offsets()
    assert 2 <= len(offsets) <= 8


def test_too_few_people_show_no_gap(tmp_path):
    found = pages(tmp_path, analysis(mentors=8))
    assert (
        "gap_same" not in found["same"][1]
        and "is not shown: fewer than 10" in found["same"][2]
        and "tbl:agreement-same" not in found["same"][2]
    )


def test_what_could_not_be_estimated_has_no_figure_and_says_why(tmp_path):
    found = pages(tmp_path, analysis().assign(mentor_growth=np.nan, mentor_trust=np.nan))
    for answer, figures, text in found.values():
        assert answer.verdict == "not estimated" and not figures and "No model was fitted" in text
