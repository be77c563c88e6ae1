"""The report's page of a network question: shown where enough people have several mentors, careful in its words."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kind_pages import results_of

from mentoring.report.answers import gather
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from tests.models.test_network_question import made
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales: [{name: y, label: Belonging, items: [q1, q2]}]
questions:
  - {name: net, ask: "What goes with a further mentor?", kind: network, outcome: y, reporter: mentee, predictor: mentee_support, functions: [support, career], covered: 5}
"""


@pytest.mark.parametrize(("several", "drawn"), [(0.5, True), (0.06, False)])
def test_the_page_is_complete_careful_and_hides_small_groups(tmp_path, several, drawn):
    results = results_of(tmp_path, CONFIG, made(several=several, gain=0.4))
    names = names_of(results)
    answer = gather(results, names)[0]
    parts = page_of(answer)
    figures = parts.figures(answer, results, names)
    text = "\n\n".join(
        [parts.about(answer, names), parts.done(answer, results, names), *parts.result(answer, results, names, lambda name, absent: absent)]
    )
    assert ("tbl:curve-net" in text) is drawn and ("several mentors" in figures[0].alt) is drawn
    for said in (answer.sentence, text, *(one.caption + one.alt for one in figures)):
        assert not CAUSAL.search(said) and not FORBIDDEN.search(said), said
