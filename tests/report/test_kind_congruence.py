"""The report's page of a congruence question: complete, careful in its words, and silent about too few people."""

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
from mentoring.report.regions import covered_region, hexagons
from tests.made_surfaces import with_a_surface as analysis
from tests.report.test_words import CAUSAL, FORBIDDEN

CONFIG = """
scales:
  - {name: quality, label: Relationship quality, items: [q1, q2]}
  - {name: values, label: Work values, items: [v1, v2]}
questions:
  - {name: alike, ask: "Does it matter?", kind: congruence, outcome: quality, reporter: mentee, of: values, sesoi: 0.2, bootstraps: 199}
"""
ITEMS = pd.DataFrame([
    {"item": item, "role": role, "column": item, "kind": "likert", "about": "self", "low": 1.0, "high": 7.0, "reverse": False}
    for item in ("v1", "v2", "q1", "q2") for role in ("mentor", "mentee")
])


def page(folder, rows):
    results = results_of(folder, CONFIG, rows, ITEMS)
    names = names_of(results)
    answer = gather(results, names)[0]
    parts = page_of(answer)
    figures = parts.figures(answer, results, names)
    text = [parts.about(answer, names), parts.done(answer, results, names), *parts.result(answer, results, names, lambda name, absent: absent)]
    return answer, figures, "\n\n".join(text), results


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return page(tmp_path_factory.mktemp("alike"), analysis(b=(0, 0, -0.25, 0.5, -0.25), seed=3))


def test_the_page_has_its_figures_and_tables(shown):
    answer, figures, text, _ = shown
    assert answer.verdict == "strict congruence"
    assert [one.name for one in figures] == ["surface_alike", "courses_alike", "solid_alike", "shapes_alike"]
    for label in ("tbl:surface-alike", "tbl:models-alike", "tbl:effects-alike"):
        assert label in text
    assert "X0: stationary point" in text and ">undefined<" in text and "199 resamples of mentors" in text
    assert "nan" not in text and "surface_a4" not in text.split("`")[0]


def test_the_words_are_careful(shown):
    answer, figures, text, _ = shown
    for said in (answer.sentence, text, *(one.caption + one.alt for one in figures)):
        assert not CAUSAL.search(said) and not FORBIDDEN.search(said), said


@pytest.mark.parametrize("b", [(0, 0, 0, 0, 0), (0.3, 0.3, 0, 0, 0), (0.3, 0.3, -0.25, 0.5, -0.25), (0, 0, 0.25, -0.5, 0.25), (0.5, -0.5, -0.25, 0.5, -0.25)])
def test_every_answer_is_careful(b, tmp_path):
    answer, _, _, _ = page(tmp_path, analysis(b=b, seed=3))
    assert not CAUSAL.search(answer.sentence) and not FORBIDDEN.search(answer.sentence), answer.sentence


def test_too_few_people_are_not_drawn(tmp_path):
    answer, figures, text, _ = page(tmp_path, analysis(mentors=12, each=2, b=(0, 0, -0.5, 1, -0.5)))
    assert not {"surface_alike", "solid_alike"} & {one.name for one in figures}
    assert ("no part of it with enough people all around" in text and "[" in answer.sentence) or answer.sentence


def test_an_unanswerable_question_says_why(tmp_path):
    answer, figures, text, _ = page(tmp_path, analysis(shift=2.5))
    assert answer.verdict == "not estimated" and not figures and "too rare" in text


@pytest.mark.parametrize(("holds", "why"), [(False, "it does not mean the same to both sides"), (None, "it could not be tested whether it means the same")])
def test_two_sides_that_are_not_comparable_are_drawn_in_grey_and_said_to_be(shown, holds, why):
    results, answer, figures, _ = shown_with(shown, holds)
    text = "\n\n".join(page_of(answer).result(answer, results, names_of(results), lambda name, absent: absent))
    assert text.startswith("**Not to be relied on: Work values was not shown to be comparable") and why in text
    assert why in figures[0].caption
    assert all(_is_grey(colour) for figure in figures for colour in _surface_colours(figure))
    # The same surface where the sides may be compared is in colour, and carries no warning.
    results, answer, figures, _ = shown_with(shown, True)
    assert not all(_is_grey(colour) for figure in figures for colour in _surface_colours(figure))
    assert "Not to be relied on" not in "".join(page_of(answer).result(answer, results, names_of(results), lambda name, absent: absent))


def shown_with(shown, holds):
    """The page of a study in which intercepts do, do not, or cannot be said to hold between the roles."""
    results = shown[3]
    steps = pd.DataFrame([{"scale": "values", "between": "roles", "of": "wave 1", "step": step, "n": 800, "holds": True if step != "scalar" else holds}
                          for step in ("configural", "metric", "scalar")])
    results = replace(results, _tables={**results._tables, "invariance": steps})
    answer = gather(results, names_of(results))[0]
    return results, answer, page_of(answer).figures(answer, results, names_of(results)), None


def _surface_colours(drawn):
    """Colours of filled areas and of intervals."""
    if drawn.name.startswith("surface"):
        return [colour for collection in drawn.figure.axes[0].collections for colour in collection.get_facecolor()]
    return [colour for axis in drawn.figure.axes for band in axis.collections for colour in np.atleast_2d(band.get_facecolor())]


def _is_grey(colour):
    red, green, blue = colour[:3]
    return max(abs(red - green), abs(green - blue)) < 0.08


# --- what may be drawn -----------------------------------------------------------------------------------------------------


def people(n=400, mentors=100, seed=1):
    g = np.random.default_rng(seed)
    x, y = g.normal(4, 1, n), g.normal(4, 1, n)
    return pd.DataFrame({"x": x, "y": y, "z": x + y, "mentor": [f"M{i % mentors}" for i in range(n)], "mentee": [f"E{i}" for i in range(n)]})


def test_enough_people_stand_beyond_every_edge():
    points = people()
    region = covered_region(points, 10)
    for here, there in zip(region, np.roll(region, -1, axis=0)):
        outwards = np.array([there[1] - here[1], here[0] - there[0]])
        beyond = points[(points[["x", "y"]].to_numpy() - here) @ outwards >= -1e-9]
        assert beyond["mentor"].nunique() >= 10 and beyond["mentee"].nunique() >= 10
    assert covered_region(points.head(9), 10) is None and covered_region(points.iloc[:0], 10) is None
    # The more people there must be, the smaller the region.
    assert np.ptp(covered_region(points, 30), axis=0).max() < np.ptp(region, axis=0).max()


def test_a_region_by_hand():
    # A cross of four single people around many in the middle: with one person needed beyond each edge, the edges run through the arms.
    points = pd.DataFrame({"x": [0.0, 0, 1, -1], "y": [1.0, -1, 0, 0], "mentor": list("abcd"), "mentee": list("efgh")})
    region = covered_region(points, 1)
    assert np.abs(region).sum(axis=1).max() == pytest.approx(1, abs=0.02)
    assert covered_region(points, 3) is None


def test_cells_hold_enough_people_and_their_means():
    points = people()
    found = hexagons(points, 1.0, 10)
    assert found.shown >= 0.6 * found.total == 0.6 * 400 and (found.cells["mentors"] >= 10).all() and (found.cells["mentees"] >= 10).all()
    assert found.cells["relationships"].sum() == found.shown
    # The mean outcome x + y of a cell lies near the sum of its middle.
    assert (found.cells["z"] - found.cells["x"] - found.cells["y"]).abs().max() < found.size
    assert hexagons(points.head(15), 1.0, 10) is None


def test_every_relationship_falls_into_the_nearest_cell():
    from mentoring.report.regions import _binned

    points = people(200)
    cells = _binned(points, 0.5)
    assert cells["relationships"].sum() == 200
    centres = cells[["x", "y"]].to_numpy()
    nearest = np.hypot(*(points[["x", "y"]].to_numpy()[:, None] - centres).transpose(2, 0, 1)).min(axis=1)
    assert nearest.max() <= 0.5 + 1e-9  # nobody is further from a middle than a corner is
