"""The outcome predicted for one, two and more mentors, and which functions at least one mentor covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from mentoring.report import numbers, theme
from mentoring.report.figures.interval_rows import IntervalRow, draw_rows, height, spoken
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

COLOURS = {"one mentor": theme.SOFT, "several mentors": theme.ACCENT}
MARKERS = {"one mentor": "s", "several mentors": "o"}


def draw(question: str, outcome: str, curve: pd.DataFrame, coverage: pd.DataFrame, names: Names) -> Drawn | None:
    """Left: predictions by number of mentors. Right: shares of mentees for whom a function is covered. None when there is neither.

    Parameters
    ----------
    curve, coverage : DataFrame
        Rows of `quantities` that may be shown: `of`, `n`, `estimate`, `ci_low`, `ci_high` (coverage: also `topic`).
    """
    predicted = [
        IntervalRow(_mentors(str(row.of)), row.estimate, row.ci_low, row.ci_high, n=numbers.counted(row.n, "mentee"))
        for row in (curve.itertuples() if len(curve) > 1 else ())
    ]
    covered = [
        IntervalRow(
            names.scale(row.of), row.estimate, row.ci_low, row.ci_high, n=numbers.counted(row.n, "mentee"), colour=COLOURS[with_], marker=MARKERS[with_],
            head=f"With {with_}" if first else "",
        )
        for with_ in COLOURS
        for first, row in _first(coverage[coverage["topic"] == f"coverage, {with_}"])
    ]  # fmt: skip
    panels = [rows for rows in (predicted, covered) if rows]
    if not panels:
        return None
    figure, axes = theme.canvas(10 + 1.3 * max(height(rows) for rows in panels), theme.FULL_WIDTH if len(panels) == 2 else 130, 1, len(panels))
    said, alt = [], []
    if predicted:
        axis = axes[0, 0]
        draw_rows(axis, predicted, f"{outcome}: predicted [95 % interval]", width=24)
        axis.set_title("By number of mentors")
        said.append(f"{'Left: the' if covered else 'The'} outcome the model predicts by number of mentors, all else at its mean, with 95 % intervals.")
        alt.append(f"Predicted outcome: {spoken(predicted)}")
    if covered:
        axis = axes[0, -1]
        draw_rows(axis, covered, "Share of mentees [95 % interval]", percent=True, width=24)
        axis.set_xlim(0, 1.02)
        axis.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        axis.set_title("Functions covered")
        sizes = coverage["n"].dropna()
        said.append(
            f"{'Right: share' if predicted else 'Share'} of mentees for whom at least one mentor covers a function, with 95 % intervals "
            f"(n = {numbers.span(int(sizes.min()), int(sizes.max()))} mentees)."
            + ("" if len({row.head for row in covered if row.head}) > 1 else " Too few mentees have several mentors to be shown beside them.")
        )
        alt.append(f"Shares covered: {spoken(covered, percent=True)}")
    return Drawn(f"network_{question}", figure, " ".join(said), ". ".join(alt) + ".", question)


def _first(rows: pd.DataFrame) -> Iterator[tuple[bool, Any]]:
    """Each row, and whether it is the first."""
    return ((place == 0, row) for place, row in enumerate(rows.itertuples()))


def _mentors(number: str) -> str:
    """“1 mentor”, “3 or more mentors”."""
    return f"{number} {'mentor' if number == '1' else 'mentors'}"
