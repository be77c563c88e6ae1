"""Estimates as dots with intervals, one under the other: gaps beside a band of what would not matter, means, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from mentoring.report import numbers, theme


@dataclass(frozen=True)
class IntervalRow:
    """One line of such a figure.

    Attributes
    ----------
    label : str
    value, low, high : float
        Estimate and 95 % interval.
    inner : tuple of float, optional
        The 90 % interval, drawn thicker.
    n : str
        How many stand behind it, written under the label.
    colour, marker : str
    head : str
        Written above the line, where a new set of lines begins.
    """

    label: str
    value: float
    low: float
    high: float
    inner: tuple[float, float] | None = None
    n: str = ""
    colour: str = theme.ACCENT
    marker: str = "o"
    head: str = ""


def height(rows: Sequence[IntervalRow]) -> float:
    """Millimetres a panel of these lines needs."""
    return 15.0 + 7.0 * len(rows) + 6.0 * sum(bool(row.head) for row in rows)


def draw_rows(
    axes: Axes,
    rows: Sequence[IntervalRow],
    xlabel: str,
    *,
    band: float | None = None,
    zero: bool = False,
    width: int = 30,
    percent: bool = False,
    sign: str = " %",
) -> None:
    """Draw the lines into axes; numbers stand at the right (shares in per cent, or in points where `sign` is empty)."""
    y, ticks, labels = 0.0, [], []
    bottom = len(rows) + 0.8 * sum(bool(row.head) for row in rows)
    if band:
        axes.axvspan(-band, band, facecolor=theme.PALE, edgecolor="none", zorder=0)
    for row in rows:
        if row.head:
            axes.annotate(
                row.head,
                (0, y),
                (2, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                weight="bold",
                fontsize=7,
            )
            y += 0.8
        if not (numbers.is_missing(row.low) or numbers.is_missing(row.high)):
            axes.plot([row.low, row.high], [y, y], color=row.colour, linewidth=1.2, solid_capstyle="butt", zorder=3)
        if row.inner is not None:
            axes.plot(row.inner, [y, y], color=row.colour, linewidth=3.0, solid_capstyle="butt", zorder=3)
        axes.plot(row.value, y, marker=row.marker, color=row.colour, markersize=4.8, zorder=4)
        text = _percent(row, sign) if percent else numbers.estimate(row.value, row.low, row.high)
        axes.text(1.02, y, text, transform=axes.get_yaxis_transform(), fontsize=6.6, va="center")
        ticks.append(y)
        labels.append(theme.wrapped(row.label, width, 2) + (f"\n{row.n}" if row.n else ""))
        y += 1
    if zero:
        theme.zero_line(axes)
    axes.set(ylim=(bottom - 0.4, -0.6), yticks=ticks, xlabel=theme.wrapped(xlabel, 70, 2))
    axes.set_yticklabels(labels, fontsize=6.6)
    theme.no_y(axes)


def _percent(row: IntervalRow, sign: str = " %") -> str:
    ends = "" if numbers.is_missing(row.low) else f" [{numbers.number(100 * row.low, 0)}, {numbers.number(100 * row.high, 0)}]"
    return f"{numbers.number(100 * row.value, 0)}{sign}{ends}"


def spoken(rows: Sequence[IntervalRow], percent: bool = False, sign: str = " %") -> str:
    """The lines in words, for the alternative text."""
    return "; ".join(
        f"{row.head + ': ' if row.head else ''}{row.label} {_percent(row, sign) if percent else numbers.estimate(row.value, row.low, row.high)}"
        for row in rows
    )
