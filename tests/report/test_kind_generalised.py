"""The report's pages of yes/no and ordered outcomes: complete, careful in their words, and plain where there is nothing."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kind_pages import results_of

from mentoring.report.answers import gather
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from mentoring.report.page_one import short_answer
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales:
  - {name: quality, label: Relationship quality, items: [q1, q2]}
similarity:
  - {name: felt, label: Felt similarity, kind: perceived, of: [felt], reporter: mentee, depth: deep}
questions:
  - {name: stay, ask: "Do they stay?", kind: similarity, outcome: stay, reporter: mentee, similarity: [felt], distribution: ordered, sesoi: 0.1}
  - {name: choice, ask: "Chosen?", kind: model, formula: "mentee_choice ~ felt + (1 | mentor)", focus: [felt], distribution: binary, event: Chosen}
"""


def relationships(mentors=24, each=4, b=1.0, seed=1):
    g = np.random.default_rng(seed)
    of = np.repeat(np.arange(mentors), each)
    felt = g.normal(size=len(of))
    told = b * felt + 0.7 * g.normal(size=mentors)[of] + g.logistic(size=len(of))
    rows = pd.DataFrame({
        "program": [f"P{i // 5}" for i in of], "mentor": [f"M{i}" for i in of], "mentee": [f"E{i}" for i in range(len(of))], "dyad": [f"D{i:03d}" for i in range(len(of))],
        "felt": felt, "mentee_stay": np.digitize(told, [-2, -0.7, 0.7, 2]) + 1.0, "mentee_choice": np.where(told > 0.3, "Chosen", "Assigned"), "wave": 1, "stage": None,
    })  # fmt: skip
    return rows.astype({"wave": "Int64", "mentee_choice": "str"})


def pages(folder, rows):
    results = results_of(folder, CONFIG, rows)
    names = names_of(results)
    found = {}
    for answer in gather(results, names):
        page = page_of(answer)
        text = [answer.sentence, page.about(answer, names), page.done(answer, results, names)]
        figures = page.figures(answer, results, names) if answer.estimated else []
        text += page.result(answer, results, names, lambda name, absent: name) if answer.estimated else []
        found[answer.question.name] = (answer, figures, "\n\n".join(text))
    return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return pages(tmp_path_factory.mktemp("pages"), relationships())


def test_the_pages_have_their_figures_and_tables(shown):
    _, figures, text = shown["stay"]
    assert [one.name for one in figures] == ["shares_stay", "effects_stay"]
    assert "tbl:shares-stay" in text and "tbl:effects-stay" in text and "cumulative logit" in text and "had an answer of" in text
    assert "Threshold" in text and "Threshold" not in figures[1].alt
    assert short_answer(replace(shown["stay"][0], verdict="positive")) == "Goes with higher answers on “stay”."
    answer, figures, text = shown["choice"]
    assert [one.name for one in figures] == ["lines_choice", "effects_choice"]
    assert "logistic regression" in text and "25 of 100 are odds of one to three" in text and "adaptive quadrature" in text
    assert answer.outcome_label == "Share of “Chosen” (choice)" and short_answer(answer) == "Goes with higher share of “Chosen” (choice)."
    assert "nan" not in text.replace("finance", "")


def test_figures_show_shares_with_their_uncertainty(shown):
    stay, choice = shown["stay"][1][0], shown["choice"][1][0]
    (axis,) = stay.figure.axes
    assert axis.get_ylim() == (0, 1) and axis.yaxis.get_major_formatter()(0.5, 0) == "50 %"
    # The border with two ends; five answers stacked, and named beside.
    assert len(axis.lines) == 3 and len(axis.collections) == 5
    assert len(stay.figure.legends[0].get_texts()) == 5
    assert choice.figure.axes[0].get_ylim()[0] == 0 and "plain shares" in choice.caption and "n = 96" in choice.caption


@pytest.mark.parametrize("name", ["stay", "choice"])
def test_words_are_careful(shown, name):
    _, figures, text = shown[name]
    said = text + " ".join(one.caption + one.alt for one in figures)
    assert not CAUSAL.search(said) and not FORBIDDEN.search(said)


def test_a_match_is_drawn_as_two_bars(tmp_path):
    rows = relationships()
    rows["felt"] = (rows["felt"] > 0).astype(float)
    config = CONFIG.replace(
        "kind: similarity, outcome: stay, reporter: mentee, similarity: [felt]",
        'kind: model, formula: "mentee_stay ~ felt + (1 | mentor)", focus: [felt]',
    )
    results = results_of(tmp_path, config, rows)
    names = names_of(results)
    answer = gather(results, names)[0]
    drawn = page_of(answer).figures(answer, results, names)[0]
    axis = drawn.figure.axes[0]
    assert len(axis.patches) == 10 and [tick.get_text() for tick in axis.get_xticklabels()] == ["no", "yes"]


def test_where_nothing_can_be_estimated_the_page_says_why(tmp_path):
    rows = relationships(mentors=4)
    answer, figures, text = pages(tmp_path, rows)["stay"]
    assert answer.verdict == "not estimated" and not figures
    assert "No model was fitted" in text and "form only 4 groups" in text


def test_a_term_that_decides_leaves_a_dash_and_its_reason(tmp_path):
    rows = relationships()
    rows["mentee_role"] = np.where(np.arange(len(rows)) < 5, "rare", "usual")
    rows.loc[:4, "mentee_choice"] = "Chosen"
    config = CONFIG.replace("~ felt + (1", "~ felt + mentee_role + (1")
    results = results_of(tmp_path, config, rows)
    names = names_of(replace(results))
    answer = gather(results, names)[1]
    text = page_of(answer).done(answer, results, names)
    assert "separation" in text and "has no estimate" in text
    row = answer.effects.set_index("term").loc["mentee_role[T.usual]"] if "mentee_role[T.usual]" in set(answer.effects["term"]) else None
    assert row is None or np.isnan(row["estimate"])
