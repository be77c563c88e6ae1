"""Shares of answers along a term: a line for yes/no, stacked areas for ratings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from mentoring.report import numbers, theme
from mentoring.report.answers import Answer, base_name, level_of
from mentoring.report.figures import similarity_outcome
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

MOST_PANELS = 4
TITLES = {"within mentor": "Within a mentor’s mentees", "between mentors": "Between mentors", "all": "All relationships"}


def draw_yes(answer: Answer, lines: pd.DataFrame, analysis: pd.DataFrame, names: Names, smallest: int) -> Drawn | None:
    """The predicted share of yes along each term, over plain shares of groups of relationships; None where there is no line.

    Parameters
    ----------
    analysis : DataFrame
        Table `analysis` with the outcome as 0 and 1, on the rows that the question uses.
    """
    plain = replace(answer, question=answer.question.model_copy(update={"unit": ""}))
    drawn = similarity_outcome.draw(plain, lines, analysis, names, smallest)
    if drawn is None:
        return None
    axes = [axis for axis in drawn.figure.axes if axis.axison]
    top = max(axis.get_ylim()[1] for axis in axes)
    for axis in axes:
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        axis.set_ylim(0, min(1.0, max(top, 0.1)))
    circles = (
        f" Circles are plain shares in groups of relationships (at least {smallest} mentors and {smallest} mentees in each; larger circle, more relationships), not adjusted for anything."
        if any(len(axis.collections) > 1 for axis in axes) or any(axis.collections and len(axis.lines) > 1 for axis in axes)
        else ""
    )
    caption = (
        f"{answer.outcome_label} (n = {numbers.count(answer.size('obs'))} rows). Lines with 95 % bands (for two groups: diamonds with bars) are the share the model predicts if all "
        f"relationships stood there, everything else as it is.{circles} A level line means that the share hardly differs along it."
    )
    return replace(drawn, caption=caption)


def draw_ordered(answer: Answer, own: pd.DataFrame, labels: dict[str, str], names: Names) -> Drawn | None:
    """Predicted shares of every answer, stacked, along each focus term; None when there are none.

    Parameters
    ----------
    own : DataFrame
        The question's rows of `quantities`.
    labels : dict
        Meaning of each code ("" where the codebook has none).
    """
    parts = own[own["topic"].str.startswith("along ", na=False)]
    terms = list(dict.fromkeys(parts["topic"]))[:MOST_PANELS]
    if not terms:
        return None
    columns = 2 if len(terms) > 1 else 1
    height = -(-len(terms) // columns)
    figure, axes = theme.canvas(16 + 60 * height, theme.FULL_WIDTH if columns > 1 else 120, height, columns, sharey=True)
    said: list[str] = []
    codes: list[str] = []
    cut = ""
    for place, axis in enumerate(axes.flat):
        if place >= len(terms):
            axis.set_axis_off()
            continue
        term = terms[place].removeprefix("along ")
        part = parts[parts["topic"] == terms[place]].assign(x=lambda rows: rows["of"].astype(float))
        wide = part.pivot(index="x", columns="quantity", values="estimate")
        codes = [name.removeprefix("answer ") for name in part["quantity"].unique() if name.startswith("answer ")]
        cut = next(name for name in wide.columns if name.endswith(" or above"))
        _panel(axis, part, wide, codes, cut)
        label, level = names.similarity(base_name(term)), level_of(term)
        axis.set_title(TITLES[level], fontsize=8)
        below = {"within mentor": ",\ndifference from the mentor’s mean", "between mentors": ",\nmentor’s mean"}.get(level, "")
        axis.set_xlabel("\n".join(theme.wrapped(line, 38, 2) for line in f"{label}{below}".split("\n")))
        if place % columns == 0:
            axis.set_ylabel(theme.wrapped(f"Share of answers: {answer.outcome_label}", 40, 2))
        first, last = wide[cut].iloc[0], wide[cut].iloc[-1]
        said.append(f"{label}: {cut} goes from {numbers.percent(first)} to {numbers.percent(last)}")
    colours = theme.diverging(len(codes))
    handles = [Patch(facecolor=colour, label=f"{code} {labels.get(code, '')}".strip()) for code, colour in zip(codes, colours)]
    figure.legend(handles=handles[::-1], loc="outside right center", title="Answer", fontsize=6.6)
    caption = (
        f"Predicted answers (n = {numbers.count(answer.size('obs'))} rows). At each place the colours divide 100 relationships by their answer, if all stood there and everything else were as it is. "
        f"The black line is the border of answers of {cut}, with its 95 % interval (broken lines). Where borders run level, the answers hardly differ along it."
    )
    return Drawn(f"shares_{answer.question.name}", figure, caption, f"Stacked shares of answers. {'; '.join(said)}.", answer.question.name)


def _panel(axis: Axes, part: pd.DataFrame, wide: pd.DataFrame, codes: list[str], cut: str) -> None:
    colours = theme.diverging(len(codes))
    x = wide.index.to_numpy(float)
    shares = np.array([wide[f"answer {code}"].to_numpy(float) for code in codes])
    border = part[part["quantity"] == cut].sort_values("x")
    lines = [1 - border[name].to_numpy(float) for name in ("estimate", "ci_low", "ci_high")]
    if len(x) == 2:
        foot = np.zeros(2)
        for share, colour in zip(shares, colours):
            axis.bar(x, share, bottom=foot, width=0.55 * np.ptp(x), color=colour, edgecolor="white", linewidth=0.5)
            foot += share
        reach = np.abs(np.array([lines[0] - lines[2], lines[1] - lines[0]]))
        axis.errorbar(x, lines[0], yerr=np.where(np.isfinite(reach), reach, 0), fmt="_", color=theme.INK, capsize=4, markersize=12)
        axis.set_xlim(x.min() - 0.5 * np.ptp(x), x.max() + 0.5 * np.ptp(x))
        axis.set_xticks(list(x), ["no", "yes"] if list(x) == [0, 1] else [numbers.number(value) for value in x])
    else:
        axis.stackplot(x, shares, colors=colours, edgecolor="white", linewidth=0.4)
        axis.plot(x, lines[0], color=theme.INK, linewidth=1.4)
        for line in lines[1:]:
            axis.plot(x, line, color=theme.INK, linewidth=0.8, linestyle=(0, (3, 2)))
        axis.set_xlim(x.min(), x.max())
    axis.set_ylim(0, 1)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
