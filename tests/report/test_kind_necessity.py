"""The report's page of a necessity question: complete, careful in its words, and silent about too few people."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kind_pages import results_of

from mentoring.report.answers import gather
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from tests.made_relationships import with_a_condition as relationships
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales: [{name: quality, label: Relationship quality, items: [q1, q2]}]
similarity: [{name: felt, label: Felt likeness, kind: perceived, of: [quality], reporter: mentee}]
questions:
  - {name: needed, ask: "Is it needed?", kind: necessity, outcome: quality, reporter: mentee, condition: felt, permutations: 99}
"""


def page(folder, rows):
    results = results_of(folder, CONFIG, rows)
    names = names_of(results)
    answer = gather(results, names)[0]
    parts = page_of(answer)
    figures = parts.figures(answer, results, names)
    text = [
        parts.about(answer, names),
        parts.done(answer, results, names),
        *parts.result(answer, results, names, lambda name, absent: absent),
    ]
    return answer, figures, "\n\n".join(text)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return page(tmp_path_factory.mktemp("needed"), relationships(necessary=True))


def test_the_page_has_figure_tables_and_limits(shown):
    answer, figures, text = shown
    assert answer.verdict == "necessary" and "ceiling_needed" in [one.name for one in figures]
    assert "tbl:ceiling-needed" in text and "tbl:bottleneck-needed" in text and "An empty corner can have other reasons" in text
    assert "ceiling_d" not in text and "Ceiling d" not in text


def test_the_words_are_careful(shown):
    answer, figures, text = shown
    for said in (answer.sentence, text, *(one.caption + one.alt for one in figures)):
        assert not CAUSAL.search(said) and not FORBIDDEN.search(said), said


def test_too_few_people_are_not_drawn(tmp_path):
    rows = relationships(mentors=8, b=0.3)
    _, figures, _ = page(tmp_path, rows)
    drawn = [one for one in figures if one.name == "ceiling_needed"]
    assert not drawn or len(drawn[0].figure.axes) == 1
