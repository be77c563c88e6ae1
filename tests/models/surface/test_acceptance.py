"""Worlds with known truth get the right verdict, and worlds without congruence none; the whole table stands in docs/methods/response-surface.md."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
from benchmarks.surfaces import CLAIMS, CONGRUENCE, RIGHT, verdict, verdict_on
from tests.made_surfaces import with_a_surface


def test_a_level_plane_is_seldom_taken_for_anything():
    codes = Counter(verdict_on(with_a_surface(mentors=30, each=3, seed=seed)) for seed in range(40))
    # 5 % of 40 is 2; more than 6 has a probability below .01.
    assert sum(codes[code] for code in CLAIMS) <= 6


def test_a_straight_slope_is_seldom_taken_for_congruence():
    codes = Counter(verdict_on(with_a_surface(mentors=30, each=3, b=(0.3, 0.3, 0, 0, 0), seed=seed)) for seed in range(40))
    assert sum(codes[code] for code in CONGRUENCE) <= 6


@pytest.mark.slow
@pytest.mark.parametrize(("world", "mentors"), [("null", 400), ("level", 400), ("strict", 400), ("broad", 400), ("few", 10)])
def test_worlds_get_their_verdict(world, mentors):
    codes = Counter(verdict(world, seed, mentors) for seed in range(60))
    # Nine in ten, less two Monte-Carlo standard errors.
    assert sum(codes[code] for code in RIGHT[world]) >= (0.9 - 2 * (0.9 * 0.1 / 60) ** 0.5) * 60, codes
    wrong = CLAIMS if world == "null" else CONGRUENCE if world == "level" else set()
    assert sum(codes[code] for code in wrong) <= (0.05 + 2 * (0.05 * 0.95 / 60) ** 0.5) * 60, codes
