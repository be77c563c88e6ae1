"""The small pictures in the rows of page one: estimates with intervals on one scale for all questions, without words."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.theme import Drawn

MOST_ROWS = 3
WIDTH = 32


def leading(answer: Answer) -> tuple[pd.DataFrame, list[str]]:
    """The rows page one shows of an answer, more alike to the right, and the columns of estimate and interval.

    Where a similarity is split, only what lies within a mentor's mentees is shown: that is what the answer is about.
    """
    focus = answer.towards_alike
    focus = focus[focus["level"] != "between mentors"] if (focus["level"] != "between mentors").any() else focus
    standard = focus["std_low"].notna().any()
    columns = ["std_estimate", "std_low", "std_high"] if standard else ["estimate", "ci_low", "ci_high"]
    return focus.dropna(subset=columns).head(MOST_ROWS), columns


def draw_spark(answer: Answer) -> Drawn | None:
    """Up to three intervals from −1 to 1 standard deviations (or in their own unit, where there are none); what runs further ends in an arrow."""
    rows, columns = leading(answer)
    if rows.empty:
        return None
    values = rows[columns].to_numpy(float)
    reach = 1.0 if columns[0] == "std_estimate" else 1.1 * float(np.abs(values).max())
    figure, axes = theme.canvas(1.4 + 2.8 * len(rows), WIDTH)
    axis = axes[0, 0]
    if answer.question.sesoi and reach == 1:
        axis.add_patch(
            Rectangle(
                (-answer.question.sesoi, -0.6), 2 * answer.question.sesoi, len(rows) + 0.2, facecolor="#dfe4e9", edgecolor="none", zorder=0
            )
        )
    theme.zero_line(axis)
    for y, (value, low, high) in enumerate(values):
        axis.plot([max(low, -reach), min(high, reach)], [y, y], color=theme.ACCENT, linewidth=1.8, solid_capstyle="butt", zorder=3)
        for edge, marker, beyond in ((-reach, "<", low < -reach), (reach, ">", high > reach)):
            if beyond:
                axis.plot(edge, y, marker, color=theme.ACCENT, markersize=3, clip_on=False, zorder=4)
        if abs(value) <= reach:
            axis.plot(value, y, "o", color=theme.ACCENT, markersize=3.8, zorder=5)
    axis.set(xlim=(-1.03 * reach, 1.03 * reach), ylim=(len(rows) - 0.4, -0.6), xticks=[], yticks=[])
    for side in axis.spines.values():
        side.set_visible(False)
    said = "; ".join(f"{label}: {numbers.estimate(b, low, high, 2)}" for label, (b, low, high) in zip(rows["label"], values))
    unit = "standard deviations of the outcome" if reach == 1 else answer.question.unit or "the outcome’s unit"
    return Drawn(
        f"spark_{answer.question.name}",
        figure,
        f"Estimates with 95 % intervals, in {unit}.",
        f"Estimates with 95 % intervals, in {unit}. {said}.",
        answer.question.name,
    )
