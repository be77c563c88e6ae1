"""Does a model suit its data? Mentors in order of size (never named), residuals beside a normal distribution, residuals along the fitted values."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.theme import Drawn

UNSUITED = 0.5  # how far a group may lie from the line, in standard deviations, before the alternative text says so


def draw(answer: Answer, table: pd.DataFrame, smallest: int) -> Drawn | None:
    """Up to three panels; None when the model left nothing to look at.

    Parameters
    ----------
    table : DataFrame
        `diagnostics`.
    """
    own = table[table["question"] == answer.question.name]
    parts = {topic: part.sort_values("x") for topic, part in own.groupby("topic")}
    # A point of residuals stands for ten rows or more; a study that shows no fewer than, say, twenty people draws none of fewer rows.
    parts = {topic: part for topic, part in parts.items() if (len(part) if topic == "mentor" else part["n"].min()) >= smallest}
    panels = [(drawer, parts[topic]) for topic, drawer in (("mentor", _mentors), ("quantile", _quantiles), ("fitted", _fitted)) if topic in parts]
    if not panels:
        return None
    figure, axes = theme.canvas(58, theme.FULL_WIDTH if len(panels) > 1 else theme.HALF_WIDTH, 1, len(panels))
    said = [drawer(axis, part, answer) for axis, (drawer, part) in zip(axes[0], panels)]
    caption = f"Does the model suit its data? (n = {numbers.count(answer.size('obs'))} rows) " + " ".join(text for text, _ in said)
    return Drawn(f"diagnostics_{answer.question.name}", figure, caption, " ".join(alt for _, alt in said), answer.question.name)


def _mentors(axis: Axes, part: pd.DataFrame, answer: Answer) -> tuple[str, str]:
    axis.vlines(part["x"], part["low"], part["high"], color=theme.LINE, linewidth=1.0)
    axis.plot(part["x"], part["value"], "s", color=theme.MENTOR, markersize=2.2)
    axis.axhline(0, color=theme.SOFT, linewidth=0.8, zorder=0)
    axis.set(title="Mentors", xlabel="Mentors, in order of size", xticks=[])
    axis.set_ylabel(theme.wrapped("Above or below the average mentor (points)", 28, 2))
    clear = int(((part["low"] > 0) | (part["high"] < 0)).sum())
    low, high = numbers.number(part["value"].min()), numbers.number(part["value"].max())
    return (
        f"Mentors: how far each of {numbers.count(len(part))} stands from the average, in order of size, with 95 % intervals; nobody is named.",
        f"Mentors run from {low} to {high} points; the intervals of {numbers.count(clear)} leave out zero.",
    )


def _quantiles(axis: Axes, part: pd.DataFrame, answer: Answer) -> tuple[str, str]:
    reach = 1.08 * float(part[["x", "value"]].abs().to_numpy().max())
    axis.plot([-reach, reach], [-reach, reach], color=theme.SOFT, linewidth=0.8)
    axis.plot(part["x"], part["value"], "o", color=theme.ACCENT, markersize=2.8)
    axis.set(title="Residuals: normal?", xlabel="Normal distribution (SD)", ylabel="Residuals (SD)", xlim=(-reach, reach), ylim=(-reach, reach))
    far = float((part["value"] - part["x"]).abs().max())
    return (
        "Residuals: means of groups in order of size, beside those of a normal distribution; on the line is well.",
        f"Residuals lie at most {numbers.number(far)} standard deviations from the line of a normal distribution"
        + (", so they are not normal." if far > UNSUITED else "."),
    )


def _fitted(axis: Axes, part: pd.DataFrame, answer: Answer) -> tuple[str, str]:
    axis.fill_between(part["x"], part["low"], part["high"], color=theme.ACCENT, alpha=0.16, linewidth=0)
    axis.plot(part["x"], part["value"], "o-", color=theme.ACCENT, markersize=2.8, linewidth=0.8)
    axis.axhline(0, color=theme.SOFT, linewidth=0.8, zorder=0)
    axis.set(title="Residuals: even?", xlabel="Fitted value", ylabel="Residual (points)")
    axis.xaxis.set_major_locator(MaxNLocator(5))
    spread = (part["high"] - part["low"]) / 2
    return (
        "Along the fitted values: group means with one standard deviation to both sides; a level band of even width is well.",
        f"The standard deviation of the residuals runs from {numbers.number(spread.min())} to {numbers.number(spread.max())} along the fitted values.",
    )
