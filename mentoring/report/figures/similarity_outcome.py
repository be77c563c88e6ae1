"""Similarity against outcome: the model's lines within and between mentors over plain means of bins, never a point per person."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from mentoring.report import disclosure, numbers, theme
from mentoring.report.answers import Answer, base_name
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

_TITLES = {"within mentor": "Within a mentor’s mentees", "between mentors": "Between mentors", "all": "All relationships"}
MOST_PANELS = 6


def draw(answer: Answer, lines: pd.DataFrame, analysis: pd.DataFrame, names: Names, smallest: int) -> Drawn | None:
    """One panel per term with a predicted line; None when the table `effect_lines` holds none for the question.

    Parameters
    ----------
    lines, analysis : DataFrame
        Tables `effect_lines` and `analysis`.
    """
    own = lines[(lines["question"] == answer.question.name) & lines["predicted"].notna()]
    terms = list(dict.fromkeys(zip(own["term"], own["level"])))[:MOST_PANELS]
    if not terms:
        return None
    columns = 2 if len(terms) > 1 else 1
    height = -(-len(terms) // columns)
    figure, axes = theme.canvas(6 + 54 * height, theme.FULL_WIDTH if columns > 1 else 110, height, columns, sharey=True)
    notes, drawn_points = [], 0
    for place, axis in enumerate(axes.flat):
        if place >= len(terms):
            axis.set_axis_off()
            continue
        term, level = terms[place]
        part = own[(own["term"] == term) & (own["level"] == level)].sort_values("x")
        drawn_points += _panel(axis, part, term, level, answer, analysis, names, smallest)
        first, last = part.iloc[0], part.iloc[-1]
        notes.append(
            f"{names.similarity(base_name(term))}, {_TITLES[level].lower()}: the predicted outcome goes from "
            f"{numbers.number(first['predicted'])} "
            f"at {numbers.number(first['x'])} to {numbers.number(last['predicted'])} at {numbers.number(last['x'])}"
        )
        if place % columns == 0:
            axis.set_ylabel(theme.wrapped(_outcome(answer), 34, 2))
    bins = (
        f" Circles are plain means of groups of relationships (at least {smallest} mentors and {smallest} mentees in each; larger "
        "circle, more relationships), "
        "not adjusted for anything."
        if drawn_points
        else f" No circles are drawn: there are too few people to form two groups of {smallest} mentors and mentees."
    )
    caption = (
        f"{_outcome(answer)} along {'similarity' if answer.question.kind == 'similarity' else 'the terms in question'} (n = "
        f"{numbers.count(answer.size('obs'))} rows). Lines with 95 % bands (for two groups: diamonds with bars) are the "
        f"model’s prediction with the other terms at their mean.{bins} A level line means that the outcome hardly differs along it."
    )
    return Drawn(
        f"lines_{answer.question.name}",
        figure,
        caption,
        "Lines of the predicted outcome with 95 % bands. " + "; ".join(notes) + ".",
        answer.question.name,
    )


def _outcome(answer: Answer) -> str:
    return f"{answer.outcome_label} ({answer.question.unit})" if answer.question.unit else answer.outcome_label


def _panel(
    axis: Axes, part: pd.DataFrame, term: str, level: str, answer: Answer, analysis: pd.DataFrame, names: Names, smallest: int
) -> int:
    colour = theme.LEVEL_COLOURS[level]
    if len(part) == 2:
        # Two groups have no values in between, so nothing is drawn there but a thin guide for the eye.
        reach = [part["predicted"] - part["ci_low"], part["ci_high"] - part["predicted"]]
        axis.plot(part["x"], part["predicted"], color=colour, linewidth=0.7, linestyle=":")
        axis.errorbar(part["x"], part["predicted"], yerr=reach, fmt="D", color=colour, capsize=3)
        axis.set_xlim(part["x"].min() - 0.5, part["x"].max() + 0.5)
        axis.set_xticks(list(part["x"]), ["no", "yes"] if list(part["x"]) == [0, 1] else None)
    else:
        axis.fill_between(part["x"], part["ci_low"], part["ci_high"], color=colour, alpha=0.18, linewidth=0)
        axis.plot(part["x"], part["predicted"], color=colour)
    points = _points(part, term, level, answer, analysis, smallest)
    if len(points):
        size = 8 + 60 * points["rows"] / points["rows"].max()
        axis.scatter(points["x"], points["y"], s=size, facecolor="white", edgecolor=theme.INK, linewidth=0.8, zorder=4)
    axis.set_title(f"{_TITLES[level]}", fontsize=8)
    label = names.similarity(base_name(term))
    ends = {"within mentor": f"{label},\ndifference from the mentor’s mean", "between mentors": f"{label},\nmentor’s mean"}
    axis.set_xlabel(
        theme.wrapped(label, 48, 2) if level == "all" else "\n".join(theme.wrapped(line, 48, 2) for line in ends[level].split("\n"))
    )
    return len(points)


def _points(part: pd.DataFrame, term: str, level: str, answer: Answer, analysis: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Binned means of the outcome along what the panel's x axis shows."""
    index = base_name(term)
    if index not in analysis or answer.outcome not in analysis:
        return pd.DataFrame()
    data = analysis[["mentor", "mentee", "dyad"]].copy()
    data["x"] = pd.to_numeric(analysis[index], errors="coerce").astype(float)
    data["y"] = pd.to_numeric(analysis[answer.outcome], errors="coerce").astype(float)
    data = data.dropna()
    means = data.groupby("mentor")["x"].transform("mean")
    if level == "within mentor":
        # As in the model: a relationship's usual level against its mentor's mean; change over time is another term.
        data["x"] = data.groupby("dyad")["x"].transform("mean") - means
    elif level == "between mentors":
        data["x"] = means
    points = disclosure.binned(data, "x", "y", smallest)
    return points[(points["x"] >= part["x"].min() - 1e-9) & (points["x"] <= part["x"].max() + 1e-9)]
