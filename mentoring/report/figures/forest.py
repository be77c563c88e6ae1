"""Estimates with intervals: one overview of all questions in standard deviations, one figure per question in its own unit."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.theme import Drawn, Tip

STRIP_ROWS = 5
# A question's name takes as much room as two lines and a bit.
HEAD_LINES, OVERVIEW_LINES, TALL = 2.1, 40, 0.2


def draw_overview(answers: list[Answer]) -> list[Drawn]:
    """Every focus term of every question, in standard deviations of its outcome: as many figures as it takes for none to be taller than a page."""
    shown = [(answer, answer.towards_alike.dropna(subset=["std_estimate", "std_low", "std_high"])) for answer in answers]
    parts = _pages([(answer, rows) for answer, rows in shown if len(rows)])
    return [_overview(part, "forest" if number == 1 else f"forest_{number}") for number, part in enumerate(parts, 1)]


def _pages(shown: list[tuple[Answer, pd.DataFrame]]) -> list[list[tuple[Answer, pd.DataFrame]]]:
    """Questions in their order on as few pages as hold them, about evenly: a last page with one question alone looks forgotten."""
    sizes = [_lines(rows) for _, rows in shown]
    for count in range(max(1, math.ceil(sum(sizes) / OVERVIEW_LINES)), len(shown) + 1):
        parts: list[list[int]] = [[] for _ in range(count)]
        before = 0.0
        for place, size in enumerate(sizes):
            # A question goes where its middle lies.
            parts[min(count - 1, int((before + size / 2) * count / sum(sizes)))].append(place)
            before += size
        if all(sum(sizes[place] for place in part) <= OVERVIEW_LINES for part in parts):
            break
    return [[shown[place] for place in part] for part in parts if part] if shown else []


def _lines(rows: pd.DataFrame) -> float:
    """How many lines a question takes: its head, its terms, and more where a term's name needs two."""
    return HEAD_LINES + len(rows) + 2 * TALL * sum("\n" in _label(label) for label in rows["label"])


def _label(label: str) -> str:
    """A term's name in the overview."""
    return theme.wrapped(_short(label), 48, 2)


def _overview(shown: list[tuple[Answer, pd.DataFrame]], name: str) -> Drawn:
    """One page of the overview."""
    figure, axes = theme.canvas(16 + 5 * sum(_lines(rows) for _, rows in shown))
    axis, y, ticks, labels, tips = axes[0, 0], 0.0, [], [], []
    for answer, rows in shown:
        _question_head(axis, answer, y)
        y += 1.7
        for row in rows.itertuples():
            label = _label(row.label)
            y += TALL * ("\n" in label)
            _sesoi(axis, answer.question.sesoi, y)
            _interval(axis, row.std_estimate, row.std_low, row.std_high, y, row.level)
            axis.text(
                1.02,
                y,
                numbers.estimate(row.std_estimate, row.std_low, row.std_high, 2),
                transform=axis.get_yaxis_transform(),
                fontsize=6.8,
                va="center",
            )
            tips.append(Tip(axis, row.std_low, row.std_high, y, _told(row, row.std_estimate, row.std_low, row.std_high, "SD")))
            ticks.append(y)
            labels.append(label)
            y += 1 + TALL * ("\n" in label)
        y += 0.4
    theme.zero_line(axis)
    axis.set(ylim=(y - 0.4, -0.7), yticks=ticks, xlabel="Association, standard deviations of the outcome [95 % interval]")
    axis.set_yticklabels(labels, fontsize=6.8)
    theme.no_y(axis)
    bands = any(answer.question.sesoi for answer, _ in shown)
    _legend(figure, [level for _, rows in shown for level in rows["level"]], bands)
    caption = (
        ("" if name == "forest" else "Continued. ") + "Estimates for every question with 95 % intervals, in standard deviations of the outcome: per standard deviation of the "
        "similarity, or between "
        "match and no match. An interval that reaches across zero is compatible with either direction. "
        + ("Distances are turned round, so that right always means more alike. " if any(rows["turned"].any() for _, rows in shown) else "")
        + ("The grey band holds associations the study’s authors declared too small to matter." if bands else "")
    )
    lines = [
        f"{answer.question.ask} "
        + "; ".join(f"{row.label} {numbers.estimate(row.std_estimate, row.std_low, row.std_high, 2)}" for row in rows.itertuples())
        for answer, rows in shown
    ]
    return Drawn(name, figure, caption.strip(), "Forest plot of standardised estimates with 95 % intervals. " + ". ".join(lines) + ".", tips=tips)


def _told(row: Any, value: float, low: float, high: float, unit: str) -> str:
    """What a pointer over an interval is told."""
    words = f"{row.label}: {numbers.estimate(value, low, high)}{' ' + unit if unit else ''}"
    words += f", t({numbers.df(row.df)}) = {numbers.number(row.t)}" if not (numbers.is_missing(row.t) or numbers.is_missing(row.df)) else ""
    return words + (f", {numbers.p_phrase(row.p)}" if not numbers.is_missing(row.p) else "")


def _question_head(axes: Axes, answer: Answer, y: float) -> None:
    """The question over the whole width, and how many people stand behind its answer."""
    sizes = [
        numbers.counted(size, one)
        for what, one in (("mentors", "mentor"), ("mentees", "mentee"), ("obs", "row"))
        for size in [answer.size(what)]
        if size
    ]
    for words, shift, size, weight, colour in (
        (theme.wrapped(answer.question.ask, 100, 1), 0.0, 7.5, "bold", theme.INK),
        (", ".join(sizes), 0.75, 6.5, "normal", theme.SOFT),
    ):
        note = axes.annotate(
            words,
            (0, y + shift),
            (3, 0),
            xycoords=("figure fraction", "data"),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            fontsize=size,
            weight=weight,
            color=colour,
        )
        note.set_in_layout(False)  # it may run over the whole figure; the layout would make room for it in the margin


def draw_question(answer: Answer) -> Drawn | None:
    """All terms of one question's model but the intercept, in the outcome's unit; what the question is about comes first."""
    rows = answer.effects[answer.effects["estimate"].notna() & (answer.effects["label"] != "Intercept")]
    rows = rows.sort_values("focus", ascending=False, kind="stable")
    if rows.empty or not rows["focus"].any():
        return None
    labels = [theme.wrapped(_short(label), 38, 2) for label in rows["label"]]
    figure, axes = theme.canvas(17 + (7.8 if any("\n" in label for label in labels) else 5.6) * len(rows))
    axis = axes[0, 0]
    tips = []
    for y, row in enumerate(rows.itertuples()):
        _interval(axis, row.estimate, row.ci_low, row.ci_high, y, row.level if row.focus else "other")
        known = not (numbers.is_missing(row.ci_low) or numbers.is_missing(row.ci_high))
        reach = (row.ci_low, row.ci_high) if known else (row.estimate, row.estimate)
        tips.append(Tip(axis, *reach, y, _told(row, row.estimate, row.ci_low, row.ci_high, "")))
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        axis.text(
            1.02,
            y,
            numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits),
            transform=axis.get_yaxis_transform(),
            fontsize=6.8,
            va="center",
        )
    theme.zero_line(axis)
    unit = answer.question.unit or "points"
    axis.set(
        ylim=(len(rows) - 0.4, -0.6),
        yticks=range(len(rows)),
        xlabel=f"Estimate in {unit} of the outcome per unit of the term [95 % interval]",
    )
    axis.set_yticklabels(labels, fontsize=6.8)
    for tick, focus in zip(axis.get_yticklabels(), rows["focus"]):
        tick.set_fontweight("bold" if focus else "normal")
    theme.no_y(axis)
    _legend(figure, [level for level, focus in zip(rows["level"], rows["focus"]) if focus], False, other=not rows["focus"].all())
    n = numbers.count(answer.size("obs"))
    caption = (
        f"All terms of the model for “{answer.question.ask}” (n = {n} rows). Bold: what the question is about. The outcome is "
        f"{answer.outcome_label}. "
        "Terms have different units, so lengths compare only within a term."
    )
    if rows[["ci_low", "ci_high"]].isna().any(axis=None):
        caption += " A point without a line has no interval that could be given."
    alt = (
        "Forest plot. "
        + "; ".join(f"{row.label}: {numbers.estimate(row.estimate, row.ci_low, row.ci_high)}" for row in rows.itertuples())
        + "."
    )
    return Drawn(f"effects_{answer.question.name}", figure, caption, alt, answer.question.name, tips=tips)


def draw_strip(answer: Answer) -> Drawn | None:
    """The small picture of page one: the question's estimates against zero and against the smallest effect that would matter.

    Where a similarity is split, only what lies within a mentor's mentees is shown: that is what the answer is about.
    """
    focus = answer.towards_alike
    focus = focus[focus["level"] != "between mentors"] if (focus["level"] != "between mentors").any() else focus
    standard = focus["std_low"].notna().any()
    columns = ["std_estimate", "std_low", "std_high"] if standard else ["estimate", "ci_low", "ci_high"]
    rows = focus.dropna(subset=columns).head(STRIP_ROWS)
    if rows.empty:
        return None
    labels = [label.replace(", within a mentor’s mentees", "") for label in rows["label"]]
    labels = [theme.wrapped(label, 22, 3) for label in labels]
    deepest = 1 + max(label.count("\n") for label in labels)
    figure, axes = theme.canvas(13 + (2.6 + 2.5 * deepest) * len(rows), theme.HALF_WIDTH)
    axis = axes[0, 0]
    values = rows[columns].to_numpy(float)
    digits = 2 if standard else numbers.digits_for(*values.ravel())
    for y, (level, (value, low, high)) in enumerate(zip(rows["level"], values)):
        if standard:
            _sesoi(axis, answer.question.sesoi, y)
        _interval(axis, value, low, high, y, level)
        axis.text(
            1.03,
            y,
            numbers.estimate(value, low, high, digits),
            transform=axis.get_yaxis_transform(),
            fontsize=6.5,
            va="center",
        )
    theme.zero_line(axis)
    reach = 1.1 * max(abs(values).max(), answer.question.sesoi or 0)
    unit = "SD of the outcome" if standard else answer.question.unit or "the outcome’s unit"
    axis.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6), yticks=range(len(rows)), xlabel=f"lower ← 0 → higher ({unit})")
    axis.set_yticklabels(labels, fontsize=6.3)
    axis.xaxis.set_major_locator(MaxNLocator(4, symmetric=True))
    theme.no_y(axis)
    said = "; ".join(
        f"{label}: {numbers.estimate(value, low, high, digits)}".replace("\n", " ") for label, (value, low, high) in zip(labels, values)
    )
    unit = unit.replace("SD", "standard deviations")
    return Drawn(
        f"strip_{answer.question.name}",
        figure,
        f"Estimates with 95 % intervals, in {unit}.",
        f"Estimates with 95 % intervals, in {unit}. {said}.",
        answer.question.name,
    )


def _short(label: str) -> str:
    """Colour and legend say what is within and what between, so the label need not in full."""
    return label.replace(", within a mentor’s mentees", ", within").replace(", between mentors", ", between")


def _interval(axes: Axes, value: float, low: float, high: float, y: float, level: str) -> None:
    colour = theme.LEVEL_COLOURS.get(level, theme.SOFT)
    if not (numbers.is_missing(low) or numbers.is_missing(high)):
        axes.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt", zorder=3)
    marker = {"within mentor": "o", "between mentors": "D"}.get(level, "s")
    axes.plot(
        value, y, marker=marker, color=colour, markerfacecolor="white" if level == "between mentors" else colour, markersize=4.6, zorder=4
    )


def _sesoi(axes: Axes, sesoi: float | None, y: float) -> None:
    if sesoi:
        axes.add_patch(Rectangle((-sesoi, y - 0.5), 2 * sesoi, 1, facecolor=theme.PALE, edgecolor="none", zorder=0))


def _legend(figure: object, levels: list[str], sesoi: bool, *, other: bool = False) -> None:
    words = {
        "within mentor": ("o", theme.WITHIN, theme.WITHIN, "Within a mentor’s mentees"),
        "between mentors": ("D", theme.BETWEEN, "white", "Between mentors"),
        "all": ("s", theme.ACCENT, theme.ACCENT, "All in one"),
    }
    present = [level for level in words if level in levels]
    handles: list[object] = [
        Line2D([], [], marker=words[level][0], color=words[level][1], markerfacecolor=words[level][2], label=words[level][3])
        for level in present
        if len(present) > 1 or level != "all"
    ]
    if other:
        handles.append(Line2D([], [], marker="s", color=theme.SOFT, label="Other terms of the model"))
    if sesoi:
        handles.append(Rectangle((0, 0), 1, 1, facecolor="#dfe4e9", label="Declared too small to matter"))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=4)  # type: ignore[attr-defined]
