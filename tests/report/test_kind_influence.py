"""The report's page of a mediation question: a path diagram, no causal word, and what cannot be estimated is said."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kind_pages import results_of

from mentoring.report.answers import gather
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from tests.models.test_mediation import made
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales: [{name: y, label: Belonging, items: [q1, q2]}]
questions:
  - {name: way, ask: "By which way?", kind: influence, outcome: y, reporter: mentee, predictor: mentee_x, through: [mentee_m1, mentee_m2], draws: 2000}
"""


def page(folder, rows, config=CONFIG):
    results = results_of(folder, config, rows)
    names = names_of(results)
    answer = gather(results, names)[0]
    parts = page_of(answer)
    figures = parts.figures(answer, results, names)
    blocks = [
        parts.about(answer, names),
        parts.done(answer, results, names),
        *parts.result(answer, results, names, lambda name, absent: absent),
    ]
    return answer, figures, "\n\n".join(blocks)


@pytest.mark.parametrize("waves", [1, 3])
def test_the_page_is_complete_and_its_words_careful(tmp_path, waves):
    answer, figures, text = page(tmp_path, made(waves=waves), CONFIG.replace("draws", "when: next wave, draws") if waves > 1 else CONFIG)
    assert [one.name for one in figures] == ["paths_way"] and "dashed" in figures[0].caption.lower()
    assert "tbl:paths-way" in text and "tbl:sensitivity-way" in text and "observational" in text
    assert list(answer.focus["label"]) == ["By way of mentee’s m1", "By way of mentee’s m2"]
    for said in (answer.sentence, text.replace("What something left out", ""), figures[0].caption + figures[0].alt):
        assert not CAUSAL.search(said) and not FORBIDDEN.search(said), said


def test_without_estimates_there_is_no_figure(tmp_path):
    answer, figures, text = page(tmp_path, made().assign(mentee_x=1.0))
    assert answer.verdict == "not estimated" and not figures and "No model was fitted" in text
