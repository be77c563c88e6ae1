"""Answers to each item of a scale, both sides beside each other, as stacked bars.

Answer categories given by fewer people than may be shown are joined with the next one towards the middle of the answer scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mentoring.report import disclosure, numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn


@dataclass(frozen=True)
class Segment:
    """One part of a bar: the codes it stands for, its share, and whether categories were joined."""

    codes: tuple[float, ...]
    share: float
    joined: bool


def draw(
    scale: str, items: list[str], responses: pd.DataFrame, dyads: pd.DataFrame, codebook: pd.DataFrame, names: Names, smallest: int
) -> Drawn | None:
    """Stacked bars of one scale, all waves together; None when no item may be shown.

    Parameters
    ----------
    scale, items
        The scale and its items' names.
    responses, dyads, codebook : DataFrame
        Tables `responses`, `dyads`, `codebook_items`.
    smallest : int
        Smallest group of people that may be shown.
    """
    rows = disclosure.with_partners(responses[responses["item"].isin(items) & responses["value"].notna()], dyads)
    codes = _codes(codebook[codebook["item"].isin(items)], rows)
    bars = [
        (item, role, _segments(part, codes, smallest), len(part))
        for item in items
        for role in ("mentor", "mentee")
        for part in [rows[(rows["item"] == item) & (rows["role"] == role)]]
        if len(part) and disclosure.enough(part["mentor"].nunique(), part["mentee"].nunique(), smallest)
    ]
    if not bars or len(codes) < 2:
        return None
    shown = [item for item in items if any(bar[0] == item for bar in bars)]
    figure, axes = theme.canvas(20 + 11.5 * len(shown))
    _bars(axes[0, 0], bars, shown, codes, names)
    colours = dict(zip(codes, theme.diverging(len(codes))))
    labels = next((found for found in (names.labels_of(item) for item in shown) if found), {})
    named = (
        codes[0],
        codes[len(codes) // 2] if len(codes) % 2 else None,
        codes[-1],
    )  # words at the ends and the middle keep the legend on one line
    handles = [
        Patch(color=colours[code], label=theme.wrapped(_label(code, labels), 18, 2) if code in named else f"{code:g}") for code in codes
    ]
    if any(segment.joined for _, _, segments, _ in bars for segment in segments):
        handles.append(Patch(facecolor="white", edgecolor=theme.SOFT, hatch="////", label="joined with rarer\nanswers beyond"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 8), handlelength=1.2, columnspacing=1.2)
    label = names.scale(scale)
    counts = {role: max((n for _, who, _, n in bars if who == role), default=0) for role in ("mentor", "mentee")}
    sizes = numbers.listed([f"{numbers.count(n)} answers by {role}s" for role, n in counts.items() if n])
    caption = (
        f"{label}: answers to each item, mentors above mentees, all waves together (up to {sizes}; n at the right of each bar). "
        "Bars show shares of the answers given; items are shown as worded, not reversed. "
        f"Answers given by fewer than {smallest} mentors or mentees are joined with the next one towards the middle."
    )
    return Drawn(f"likert_{scale}", figure, caption, _alt(label, bars, names, labels, codes))


def _codes(codebook: pd.DataFrame, rows: pd.DataFrame) -> list[float]:
    low, high = codebook["low"].min(), codebook["high"].max()
    if pd.notna(low) and pd.notna(high) and float(low).is_integer() and 1 <= high - low <= 10:
        return [float(code) for code in range(int(low), int(high) + 1)]
    found = sorted(rows["value"].unique())
    return [float(code) for code in found] if len(found) <= 11 else []


@dataclass(frozen=True)
class _Cell:
    """The answers of some neighbouring codes: how many, and whose."""

    codes: tuple[float, ...]
    answers: int
    mentors: frozenset[str]
    mentees: frozenset[str]

    def joined(self, other: _Cell) -> _Cell:
        return _Cell(self.codes + other.codes, self.answers + other.answers, self.mentors | other.mentors, self.mentees | other.mentees)


def _segments(part: pd.DataFrame, codes: list[float], smallest: int) -> list[Segment]:
    """Cells of one bar, from low to high, small ones joined towards the middle."""
    given = list(zip(part["value"], part["mentor"], part["mentee"]))
    cells = []
    for code in codes:
        own = [(mentor, mentee) for value, mentor, mentee in given if value == code]
        sides = [frozenset(str(person) for person in side if not numbers.is_missing(person)) for side in (list(zip(*own)) or [(), ()])]
        cells.append(_Cell((code,), len(own), sides[0], sides[1]))

    def small(cell: _Cell) -> bool:
        return cell.answers > 0 and not disclosure.enough(len(cell.mentors), len(cell.mentees), smallest)

    while len(cells) > 1 and any(small(cell) for cell in cells):
        # The outermost small cell first, so that joining moves from the ends inwards.
        middle = (len(cells) - 1) / 2
        place = max((n for n, cell in enumerate(cells) if small(cell)), key=lambda n: abs(n - middle))
        first, second = (place, place + 1) if place < middle or place == 0 else (place - 1, place)
        cells[first : second + 1] = [cells[first].joined(cells[second])]
    return [Segment(cell.codes, cell.answers / len(part), len(cell.codes) > 1) for cell in cells if cell.answers]


def _bars(axes: Axes, bars: list[tuple[str, str, list[Segment], int]], shown: list[str], codes: list[float], names: Names) -> None:
    colours = dict(zip(codes, theme.diverging(len(codes))))
    middle = (codes[0] + codes[-1]) / 2
    for item, role, segments, n in bars:
        y = shown.index(item) + (-0.2 if role == "mentor" else 0.2)
        left = 0.0
        for segment in segments:
            colour = colours[min(segment.codes, key=lambda code: abs(code - middle))]
            axes.barh(
                y,
                segment.share,
                0.36,
                left,
                color=colour,
                edgecolor="white" if not segment.joined else theme.SOFT,
                linewidth=0.5,
                hatch="////" if segment.joined else None,
            )
            if segment.share >= 0.07:
                text = axes.text(
                    left + segment.share / 2,
                    y,
                    f"{100 * segment.share:.0f}",
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    color=theme.text_on(colour),
                )
                if segment.joined:
                    text.set_bbox({"facecolor": colour, "edgecolor": "none", "pad": 0.8})
            left += segment.share
        axes.text(1.01, y, f"{role.capitalize()}s, n = {numbers.count(n)}", va="center", fontsize=6.5, color=theme.INK)
    labels = [theme.wrapped(next(names.item(item, role) for it, role, _, _ in bars if it == item), 38) for item in shown]
    axes.set(yticks=range(len(shown)), yticklabels=labels, xlim=(0, 1), ylim=(len(shown) - 0.5, -0.5), xlabel="Share of answers (%)")
    axes.set_xticks(np.linspace(0, 1, 5), [f"{tick:.0f}" for tick in np.linspace(0, 100, 5)])
    theme.no_y(axes)


def _label(code: float, labels: dict[str, str]) -> str:
    number = f"{code:g}"
    words = labels.get(number) or labels.get(f"{code:.1f}")
    return f"{number} {words}" if words and words != number else number


def _alt(label: str, bars: list[tuple[str, str, list[Segment], int]], names: Names, labels: dict[str, str], codes: list[float]) -> str:
    middle = (codes[0] + codes[-1]) / 2
    lines = []
    for item, role, segments, _ in bars:
        above = sum(segment.share for segment in segments if min(segment.codes) > middle)
        lines.append(f"{names.item(item, role)} ({role}s): {numbers.percent(above)} above the middle")
    ends = f"from {_label(codes[0], labels)} to {_label(codes[-1], labels)}"
    return f"Stacked bars of the answers to {label}, {ends}. " + "; ".join(lines) + "."
