"""The report's page of an exchange question: complete, careful in its words, and silent about too few people."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kind_pages import results_of

from mentoring.report.answers import gather
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from tests.made_surfaces import with_a_surface
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales:
  - {name: quality, label: Relationship quality, items: [q1, q2]}
  - {name: costs, label: Costs, items: [c1, c2]}
  - {name: benefits, label: Benefits, items: [b1, b2]}
questions:
  - {name: worth, ask: "Is it worth it?", kind: exchange, side: mentor, costs: costs, benefits: benefits, outcome: quality, reporter: mentee,
     sesoi: 0.2, bootstraps: 199}
"""


def page(folder, rows):
    results = results_of(folder, CONFIG, rows)
    names = names_of(results)
    answer = gather(results, names)[0]
    parts = page_of(answer)
    figures = parts.figures(answer, results, names)
    text = [parts.about(answer, names), parts.done(answer, results, names), *parts.result(answer, results, names, lambda name, absent: absent)]
    return answer, figures, "\n\n".join(text)


def relationships(b, **options):
    rows = with_a_surface(b=b, seed=3, **options).rename(columns={"mentor_values": "mentor_costs", "mentee_values": "mentor_benefits"})
    g = np.random.default_rng(1)
    # Mentors with one to four mentees, so that there is a load to speak of; costs differ between a mentor's relationships.
    rows["mentor_costs"] += g.normal(0, 0.7, len(rows))
    kept = rows.groupby("mentor").cumcount() < 1 + rows["mentor"].str[1:].astype(int) % 4
    return rows[kept].reset_index(drop=True)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return page(tmp_path_factory.mktemp("worth"), relationships((-0.3, 0.3, 0, 0, 0)))


def test_the_page_has_its_figures_and_tables(shown):
    answer, figures, text = shown
    assert answer.verdict == "negative"
    assert [one.name for one in figures] == ["surface_worth", "courses_worth", "solid_worth", "shapes_worth", "load_worth"]
    for label in ("tbl:balance-worth", "tbl:surface-worth", "tbl:models-worth", "tbl:effects-worth", "tbl:load-worth"):
        assert label in text
    assert "nan" not in text and "Balance: costs up, benefits down" in text


def test_the_words_are_careful(shown):
    answer, figures, text = shown
    for said in (answer.sentence, text, *(one.caption + one.alt for one in figures)):
        assert not CAUSAL.search(said) and not FORBIDDEN.search(said), said


def test_loads_of_few_mentors_are_not_drawn(shown):
    results_load = next(one for one in shown[1] if one.name == "load_worth")
    assert "fewer than 10 mentors" in results_load.caption
    from mentoring.report.figures.load import _well_covered

    rows = pd.DataFrame({"load": [1.0, 2, 3, 4, 5], "n": [4, 8, 20, 9, 2]})
    assert _well_covered(rows, 10)["load"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("b", [(0, 0, 0, 0, 0), (0.3, -0.3, 0, 0, 0), (0, 0, -0.25, 0.5, -0.25)])
def test_every_answer_is_careful(b, tmp_path):
    answer, _, _ = page(tmp_path, relationships(b))
    assert not CAUSAL.search(answer.sentence) and not FORBIDDEN.search(answer.sentence), answer.sentence


def test_too_few_people_are_not_drawn(tmp_path):
    _, figures, _ = page(tmp_path, relationships((-0.3, 0.3, 0, 0, 0), mentors=14))
    assert not {"surface_worth", "solid_worth", "load_worth"} & {one.name for one in figures}
