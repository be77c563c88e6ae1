"""A path diagram: boxes for predictor, mediators and outcome, and on every arrow its estimate with interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mentoring.report import numbers, theme
from mentoring.report.theme import Drawn

BOX = (0.2, 0.13)  # width and height
LEFT, MIDDLE, RIGHT = 0.11, 0.5, 0.89


def draw(
    question: str, effects: pd.DataFrame, mediators: Mapping[str, str], predictor: str, outcome: str, level: str, size: int | None
) -> Drawn | None:
    """The diagram, or None when no path was estimated.

    Parameters
    ----------
    effects : DataFrame
        Rows of `fixed_effects`: `a_<mediator>`, `b_<mediator>`, `direct`.
    mediators : mapping
        Column to label, in order.
    level : str
        What is compared: “within mentor”, …
    """
    rows = effects.set_index("term")
    if not len(rows) or rows["ci_low"].isna().all():
        return None
    figure, axes = theme.canvas(26 + 24 * len(mediators))
    axis = axes[0, 0]
    axis.set_axis_off()
    axis.set(xlim=(0, 1), ylim=(0, 1))
    count = len(mediators)
    heights = [1 - (place + 0.5) / (count + 1) for place in range(count + 1)]
    tall = min(BOX[1] * 4 / (count + 1) + 0.05, 0.6 / (count + 1))
    base = heights[-1]
    for x, text in ((LEFT, predictor), (RIGHT, outcome)):
        _box(axis, x, base, text, tall)
    for (column, label), y in zip(mediators.items(), heights):
        _box(axis, MIDDLE, y, label, tall)
        _arrow(axis, (LEFT, base + tall / 2), (MIDDLE - BOX[0] / 2, y), rows, f"a_{column}", 0.58)
        _arrow(axis, (MIDDLE + BOX[0] / 2, y), (RIGHT, base + tall / 2), rows, f"b_{column}", 0.42)
    _arrow(axis, (LEFT + BOX[0] / 2, base), (RIGHT - BOX[0] / 2, base), rows, "direct", 0.5)
    said = [
        f"{predictor} to {label} {_interval(rows, f'a_{column}')}, {label} to {outcome} {_interval(rows, f'b_{column}')}"
        for column, label in mediators.items()
    ]
    where = {
        "within mentor": "comparing mentees of the same mentor",
        "over time": "comparing waves of the same relationship",
        "between mentors": "comparing mentors",
    }.get(level, level)
    caption = (
        f"Assumed paths, {where} (n = {numbers.count(size)} rows): estimates in the outcome’s unit per unit of where the arrow starts, with 95 % "
        "intervals. The lowest arrow is what is left beside the mediators. Dashed: the interval reaches across zero. The arrows say what was assumed; "
        "the data cannot show their direction."
    )
    return Drawn(f"paths_{question}", figure, caption, f"Path diagram. {'; '.join(said)}; direct {_interval(rows, 'direct')}.", question)


def _box(axis: Axes, x: float, y: float, text: str, tall: float) -> None:
    axis.add_patch(
        FancyBboxPatch(
            (x - BOX[0] / 2 + 0.01, y - tall / 2 + 0.01),
            BOX[0] - 0.02,
            tall - 0.02,
            boxstyle="round,pad=0.01",
            facecolor=theme.PALE,
            edgecolor=theme.SOFT,
            linewidth=0.8,
            zorder=3,
        )
    )
    axis.text(x, y, theme.wrapped(text, 22, 3), ha="center", va="center", fontsize=7.2, zorder=4)


def _arrow(axis: Axes, start: tuple[float, float], end: tuple[float, float], rows: pd.DataFrame, term: str, place: float) -> None:
    row = rows.loc[term] if term in rows.index else None
    settled = row is not None and not numbers.is_missing(row["ci_low"]) and not row["ci_low"] <= 0 <= row["ci_high"]
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=8,
            linewidth=1.5 if settled else 0.9,
            color=theme.ACCENT if settled else theme.SOFT,
            linestyle="-" if settled else (0, (4, 3)),
            shrinkA=0,
            shrinkB=1,
            zorder=1,
        )
    )
    x, y = (start[k] + place * (end[k] - start[k]) for k in (0, 1))
    axis.text(
        x,
        y,
        _interval(rows, term),
        ha="center",
        va="center",
        fontsize=6.8,
        zorder=2,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
    )


def _interval(rows: pd.DataFrame, term: str) -> str:
    if term not in rows.index:
        return numbers.MISSING
    row = rows.loc[term]
    return numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], 2)
