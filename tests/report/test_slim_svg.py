"""Slimming an SVG moves nothing by more than half a hundredth of a point, and loses no letter."""

import re

import numpy as np
import pytest

from mentoring.report import theme
from mentoring.report.slim_svg import path, slim


def _places(relative: str) -> list[tuple[float, float]]:
    """Every point of a path of M, l, q, c and z."""
    found, x, y = [], 0.0, 0.0
    start = (0.0, 0.0)
    for command, text in re.findall(r"([MlqczLQC])([^MlqczLQC]*)", relative):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", text)]
        pairs = list(zip(values[::2], values[1::2], strict=True))
        if command == "z":
            x, y = start
            continue
        points = pairs if command.isupper() else [(x + a, y + b) for a, b in pairs]
        found += points
        x, y = points[-1]
        if command == "M":
            start = points[-1]
    return found


def test_a_long_path_stays_where_it_was():
    points = np.random.default_rng(1).normal(200, 120, (500, 2))
    text = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points) + " z"
    assert np.abs(np.array(_places(path(text))) - points).max() <= 0.0051


def test_curves_and_several_parts():
    text = "M 10 10 Q 20 5 30 10 C 31.5 12 33 14 36 10 z M 50 50 L 49.5 50"
    assert path(text) == "M10 10q10-5 20 0c1.5 2 3 4 6 0zM50 50l-.5 0"
    assert _places(path(text)) == [(10, 10), (20, 5), (30, 10), (31.5, 12), (33, 14), (36, 10), (50, 50), (49.5, 50)]


@pytest.mark.parametrize("text", ["M 1 1 H 5", "M 1 1 A 2 2 0 0 1 5 5", "m 1 1 l 2 2"])
def test_what_is_not_known_is_left_alone(text):
    assert path(text) == text


def test_every_letter_and_every_name_that_is_used_is_kept(tmp_path):
    with theme.house():
        figure, axes = theme.canvas(40)
        axes[0, 0].plot([0, 1, 2], [3, 1, 2], marker="o", label="Über “ﬁ” Δ")
        axes[0, 0].fill_between([0, 1], 0, 1, alpha=0.4, hatch="//")
        axes[0, 0].legend()
        figure.savefig(tmp_path / "before.svg")
    before = (tmp_path / "before.svg").read_text(encoding="utf-8")
    after = slim(before)
    assert len(after) < 0.75 * len(before)
    assert before.count("<use") == after.count("<use") and before.count("<path") == after.count("<path")
    used = set(re.findall(r'href="#([^"]+)|url\(#([^)]+)', after))
    assert {one or other for one, other in used} == set(re.findall(r' id="([^"]+)"', after))
