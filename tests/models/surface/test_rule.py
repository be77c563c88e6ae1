"""The joint rule: no single number decides, and what is not told from zero is no evidence of nothing."""

import pytest

from mentoring.models.surface.rule import congruence_code

UP, DOWN, SMALL, OPEN = "positive", "negative", "negligible", "inconclusive"
ALONG, ACROSS = (0.4, 0.001), (-0.4, 0.001)


def code(a1, a2, a3, a4, a5, whole=0.001, bend=0.001, ridge=0.5, b4=ALONG, beyond=()):
    return congruence_code({"a1": a1, "a2": a2, "a3": a3, "a4": a4, "a5": a5}, whole, bend, ridge, b4, beyond)


@pytest.mark.parametrize(
    ("shapes", "options", "expected"),
    [
        ((SMALL, SMALL, SMALL, DOWN, SMALL), {}, "strict congruence"),
        ((UP, SMALL, SMALL, DOWN, SMALL), {}, "broad congruence"),
        ((OPEN, OPEN, SMALL, DOWN, SMALL), {}, "broad congruence"),
        ((OPEN, OPEN, SMALL, UP, SMALL), {"b4": ACROSS}, "incongruence better"),
        ((SMALL, SMALL, SMALL, SMALL, SMALL), {}, "no effect"),
        ((UP, SMALL, SMALL, SMALL, SMALL), {}, "level effect only"),
        ((OPEN, OPEN, DOWN, SMALL, SMALL), {}, "level effect only"),
        ((UP, SMALL, UP, DOWN, SMALL), {"ridge": 0.01, "beyond": ["a1", "a3"]}, "level-dependent"),
        ((UP, SMALL, SMALL, DOWN, UP), {"ridge": 0.01, "beyond": ["a5"]}, "level-dependent"),
        ((UP, DOWN, SMALL, DOWN, SMALL), {"b4": ACROSS}, "level-dependent"),
    ],
)
def test_each_verdict(shapes, options, expected):
    assert code(*shapes, **options) == expected


@pytest.mark.parametrize(
    ("shapes", "options"),
    [
        ((SMALL, SMALL, OPEN, DOWN, SMALL), {}),  # a4 alone: the ridge may lie anywhere
        ((SMALL, SMALL, SMALL, DOWN, OPEN), {}),
        ((SMALL, SMALL, SMALL, DOWN, SMALL), {"whole": 0.06}),  # the plane may be level
        ((SMALL, SMALL, SMALL, DOWN, SMALL), {"bend": 0.06}),
        ((SMALL, SMALL, SMALL, DOWN, SMALL), {"b4": (0.4, 0.2)}),  # which way the ridge runs is open
        ((UP, SMALL, SMALL, OPEN, SMALL), {}),  # a level effect, but a bend is not excluded
        ((UP, SMALL, SMALL, DOWN, UP), {"ridge": 0.2, "beyond": ["a5"]}),
        ((UP, SMALL, SMALL, DOWN, UP), {"ridge": 0.01, "beyond": ["a1"]}),  # off the line, but perhaps by less than matters
        ((OPEN, OPEN, OPEN, OPEN, OPEN), {"whole": 0.6}),
        ((OPEN, SMALL, SMALL, SMALL, SMALL), {"whole": 0.6}),
    ],
)
def test_anything_left_open_is_inconclusive(shapes, options):
    assert code(*shapes, **options) == "inconclusive"


def test_without_an_estimate_there_is_no_verdict():
    assert code(SMALL, SMALL, SMALL, "not estimated", SMALL) == "not estimated"
