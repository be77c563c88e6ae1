"""Both sides at once: actor and partner effects of each, and the outcome the model predicts along one's own and the other's standing."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.theme import Drawn

ROLES = ("mentee", "mentor")
OTHER = {"mentor": "mentee", "mentee": "mentor"}
# Whose standing it is gives the colour, as everywhere; the other's line is dashed, so that it can be told apart in grey.
DASHES: dict[str, Any] = {"actor": "-", "partner": (0, (4, 2))}
# Numbers above a marker stay legible where they cross the zero line.
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85}


def draw(answer: Answer, effects: pd.DataFrame, lines: pd.DataFrame, outcome: str, predictor: str) -> Drawn | None:
    """Left: four effects with intervals. Right: each side's predicted outcome. None when nothing was estimated.

    Parameters
    ----------
    effects, lines : DataFrame
        This question's rows of `actor_partner` and `effect_lines`.
    outcome, predictor : str
        What they are called.
    """
    shown = effects[effects["effect"].isin(["actor", "partner"]) & effects["ci_low"].notna()]
    if shown.empty:
        return None
    figure, axes = theme.canvas(66, rows=1, columns=3, gridspec_kw={"width_ratios": [1.25, 1, 1]})
    said = _forest(axes[0, 0], shown)
    unit = answer.question.unit or "points"
    axes[0, 0].set_xlabel(theme.wrapped(f"Outcome, {unit} per point of standing", 42, 2) + "\n[95 % interval]")
    for place, (axis, role) in enumerate(zip(axes[0, 1:], ROLES)):
        _panel(axis, lines, role)
        axis.set_title(f"The {role}’s outcome", fontsize=8)
        axis.set_xlabel(theme.wrapped(predictor, 30, 2))
        if place == 0:
            axis.set_ylabel(theme.wrapped(f"Predicted {outcome.lower()}", 30, 2))
    _same_range(axes[0, 1], axes[0, 2])
    figure.legend(
        handles=[
            *(Line2D([], [], color=theme.ROLE_COLOURS[role], label=f"Along the {role}’s standing") for role in ROLES),
            Line2D([], [], color=theme.SOFT, linestyle=DASHES["actor"], label="Own (actor)"),
            Line2D([], [], color=theme.SOFT, linestyle=DASHES["partner"], label="The other’s (partner)"),
        ],
        loc="outside lower center", ncols=4,
    )  # fmt: skip
    sizes = [
        numbers.counted(size, one)
        for what, one in (("mentors", "mentor"), ("mentees", "mentee"), ("obs", "answer"))
        for size in [answer.size(what)]
        if size
    ]
    caption = (
        f"Own and other’s {predictor.lower()} with {outcome.lower()} ({', '.join(sizes)}). Left: actor effects (filled), in which one person "
        "reports both, and partner effects (open), in which two people do; an interval across zero is compatible with either direction. Right: "
        "the outcome the model predicts along each, with 95 % bands, all else at its mean. A level line means that the outcome hardly differs along it."
    )
    return Drawn(
        f"both_sides_{answer.question.name}", figure, caption, "Actor and partner effects. " + "; ".join(said) + ".", answer.question.name
    )


def _forest(axis: Axes, shown: pd.DataFrame) -> list[str]:
    rows = shown.set_index(["role", "effect"])
    order = [key for role in ROLES for effect in ("actor", "partner") if (key := (role, effect)) in rows.index]
    labels, said = [], []
    for y, (role, effect) in enumerate(order):
        row = rows.loc[(role, effect)]
        standing = role if effect == "actor" else OTHER[role]
        colour = theme.ROLE_COLOURS[standing]
        axis.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, solid_capstyle="butt")
        axis.plot(
            row["estimate"],
            y,
            theme.ROLE_MARKERS[standing],
            color=colour,
            markerfacecolor=colour if effect == "actor" else "white",
            markersize=5,
        )
        label = f"{standing.capitalize()}’s standing,\n{role}’s outcome"
        digits = numbers.digits_for(row["estimate"], row["ci_low"], row["ci_high"])
        size = numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], digits)
        axis.annotate(size, (row["estimate"], y), (0, 5), textcoords="offset points", ha="center", fontsize=6.3, bbox=BEHIND)
        labels.append(label)
        said.append(f"{effect}: {label} {size}".replace("\n", " "))
    theme.zero_line(axis)
    axis.set(ylim=(len(order) - 0.5, -0.7), yticks=range(len(order)))
    axis.margins(x=0.18)
    axis.set_yticklabels(labels, fontsize=6.6)
    axis.set_title("Actor and partner effects", fontsize=8)
    theme.no_y(axis)
    return said


def _panel(axis: Axes, lines: pd.DataFrame, role: str) -> None:
    for effect in ("actor", "partner"):
        line = lines[lines["term"] == f"{effect}_{role}"].sort_values("x")
        colour = theme.ROLE_COLOURS[role if effect == "actor" else OTHER[role]]
        axis.fill_between(line["x"], line["ci_low"], line["ci_high"], color=colour, alpha=0.15, linewidth=0)
        axis.plot(line["x"], line["predicted"], color=colour, linestyle=DASHES[effect])


def _same_range(*axes: Axes) -> None:
    """One scale for both sides, so that slopes can be compared by eye."""
    for get, put in (("get_ylim", "set_ylim"), ("get_xlim", "set_xlim")):
        ends = [getattr(axis, get)() for axis in axes]
        for axis in axes:
            getattr(axis, put)(min(low for low, _ in ends), max(high for _, high in ends))
