"""Stages: where relationships went between waves, how an outcome moves with stage and wave, and how long relationships last."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from mentoring.models.kinds.stages_parts import BY_STAGE, BY_WAVE, CAUSES, ENDING, LASTING
from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.theme import Drawn

RAMP = LinearSegmentedColormap.from_list("share", ["#f6f8fa", "#7fb2c8", "#1b5e7b"])
ENDS = {CAUSES[1]: (theme.MENTOR, "--"), CAUSES[2]: (theme.MENTEE, ":"), CAUSES[3]: (theme.SOFT, "-.")}


def draw_transitions(answer: Answer, cells: pd.DataFrame, order: list[str], hidden: int, smallest: int) -> Drawn | None:
    """Shares of relationships in each stage that were in each stage at the next wave.

    Parameters
    ----------
    cells : DataFrame
        Rows of the table `stages` over all waves that may be shown.
    """
    shown = [stage for stage in order if (cells["from"] == stage).any() and cells.loc[cells["from"] == stage, "rate"].notna().any()]
    if not shown:
        return None
    figure, axes = theme.canvas(20 + 15 * len(shown), 30 + 30 * len(order) if len(order) < 5 else theme.FULL_WIDTH)
    axis = axes[0, 0]
    lookup, few = cells.set_index(["from", "to"]), few_moves(cells, smallest)
    for y, start in enumerate(shown):
        total = int(cells.loc[cells["from"] == start, "n"].sum())
        for x, end in enumerate(order):
            row = lookup.loc[(start, end)]
            if (start, end) in few:
                axis.add_patch(_box(x, y, "white", order.index(start) == x))
                axis.text(x, y, "few", ha="center", va="center", fontsize=7, color=theme.SOFT)
                continue
            colour = to_hex(RAMP(float(row["rate"])))
            axis.add_patch(_box(x, y, colour, order.index(start) == x))
            axis.text(x, y - 0.12, numbers.percent(row["rate"]), ha="center", va="center", fontsize=8, color=theme.text_on(colour))
            ends = "" if numbers.is_missing(row["ci_low"]) else f"{100 * row['ci_low']:.0f} to {100 * row['ci_high']:.0f}"
            axis.text(x, y + 0.22, ends, ha="center", va="center", fontsize=6.2, color=theme.text_on(colour))
        axis.annotate(
            f"n = {numbers.count(total)}",
            (1.0, y),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=6.6,
        )
    axis.set(
        xlim=(-0.5, len(order) - 0.5),
        ylim=(len(shown) - 0.5, -0.5),
        xticks=range(len(order)),
        yticks=range(len(shown)),
        xlabel="Stage at the next wave",
        ylabel="Stage at a wave",
    )
    axis.set_xticklabels([theme.wrapped(stage, 16, 2) for stage in order])
    axis.set_yticklabels([theme.wrapped(stage, 16, 2) for stage in shown])
    for side in axis.spines.values():
        side.set_visible(False)
    axis.tick_params(length=0)
    left_out = f" {numbers.counted(hidden, 'stage')} left out: fewer than {smallest} mentors or mentees." if hidden else ""
    caption = (
        "Of the relationships in a stage (row), the share in each stage at the next wave, with 95 % intervals by mentor; rows add up to 100 %. Framed: stayed; right of "
        f"the frame: moved on; left of it: moved back.{left_out}"
        + (f" “few”: fewer than {smallest} relationships, or a cell that would give another’s number away." if few else "")
    )
    alt = "; ".join(
        f"from {row['from']} to {row['to']} {'few' if (row['from'], row['to']) in few else numbers.percent(row['rate'])}"
        for row in cells.to_dict("records") if row["from"] in shown
    )
    return Drawn(f"transitions_{answer.question.name}", figure, caption, f"Heat map of moves between stages: {alt}.", answer.question.name)


def few_moves(cells: pd.DataFrame, smallest: int) -> set[tuple[str, str]]:
    """Moves that fewer relationships made than may be shown, and, where there is one such in a row, the next rarest too."""
    found = set()
    for start, row in cells.groupby("from"):
        ranked = row[row["n"] > 0].sort_values("n", kind="stable")
        small = int((ranked["n"] < smallest).sum())
        hidden = ranked.head(2 if small == 1 else small)
        found |= {(str(start), str(end)) for end in hidden["to"]}
    return found


def _box(x: float, y: float, colour: str, framed: bool) -> Rectangle:
    return Rectangle(
        (x - 0.48, y - 0.48), 0.96, 0.96, facecolor=colour, edgecolor=theme.INK if framed else "white", linewidth=1.2 if framed else 0.5
    )


def draw_trajectories(answer: Answer, own: pd.DataFrame) -> Drawn | None:
    """Left: the outcome in each stage, within relationships. Right: at each wave, whatever the stage."""
    panels = [
        (topic, title, part)
        for topic, title in ((BY_STAGE, "By stage"), (BY_WAVE, "By wave"))
        for part in [own[(own["topic"] == topic) & own["ci_low"].notna()]]
        if len(part) > 1
    ]
    if not panels:
        return None
    figure, axes = theme.canvas(64, theme.FULL_WIDTH if len(panels) > 1 else 100, 1, len(panels), sharey=True)
    said = []
    for axis, (topic, title, part) in zip(axes.flat, panels):
        x = np.arange(len(part))
        error = [part["estimate"] - part["ci_low"], part["ci_high"] - part["estimate"]]
        axis.errorbar(
            x, part["estimate"], yerr=error, fmt="o-", color=theme.ACCENT if topic == BY_STAGE else theme.BETWEEN, capsize=3, linewidth=1.0
        )
        axis.set(xticks=x, xlim=(-0.4, len(part) - 0.6), title=title)
        axis.set_xticklabels(
            [f"{theme.wrapped(str(of), 14, 2)}\nn = {numbers.count(n)}" for of, n in zip(part["of"], part["n"])], fontsize=6.4
        )
        said.append(
            f"{title}: " + "; ".join(f"{row.of} {numbers.estimate(row.estimate, row.ci_low, row.ci_high)}" for row in part.itertuples())
        )
    unit = f" ({answer.question.unit})" if answer.question.unit else ""
    axes[0, 0].set_ylabel(theme.wrapped(f"{answer.outcome_label}{unit}", 34, 2))
    caption = (
        f"{answer.outcome_label}: adjusted means with 95 % intervals (n: rows). By stage: what changes within the same relationships when their stage changes, waves held "
        "equal. By wave: how it moves over time altogether."
    )
    return Drawn(f"trajectories_{answer.question.name}", figure, caption, f"Adjusted means. {'. '.join(said)}.", answer.question.name)


def draw_ending(answer: Answer, own: pd.DataFrame) -> Drawn | None:
    """The share of relationships that still last, month by month, and how many have ended in each way."""
    curve = own[(own["topic"] == ENDING) & (own["quantity"] == LASTING) & own["of"].notna()]
    if len(curve) < 2:
        return None
    figure, axes = theme.canvas(66, 120)
    axis = axes[0, 0]
    _steps(axis, curve, theme.ACCENT, "-", "still lasting", True)
    for name, (colour, style) in ENDS.items():
        part = own[(own["topic"] == ENDING) & (own["quantity"] == name) & own["of"].notna()]
        if len(part):
            _steps(axis, part, colour, style, name, False)
    axis.set(xlim=(0, None), ylim=(-0.02, 1.02), xlabel="Months since the relationship began", ylabel="Share of relationships")
    axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axis.legend(loc="center left")
    total = own[(own["topic"] == ENDING) & (own["quantity"] == "relationships ended")].iloc[0]
    last = curve.iloc[-1]
    caption = (
        f"How long relationships last: {numbers.count(total['estimate'])} of {numbers.count(total['n'])} ended. Band: 95 % interval, relationships of one mentor taken together; "
        "it begins where enough have ended. Relationships that were still lasting when last heard of count until then."
    )
    alt = f"Share still lasting after {last['of']}: {numbers.estimate(last['estimate'], last['ci_low'], last['ci_high'], bounded=True)}."
    return Drawn(f"ending_{answer.question.name}", figure, caption, alt, answer.question.name)


def _steps(axis: Axes, part: pd.DataFrame, colour: str, style: str, label: str, band: bool) -> None:
    month = part["of"].str.split().str[0].astype(float).to_numpy()
    start = 1.0 if band else 0.0
    axis.plot([0, *month], [start, *part["estimate"]], color=colour, linestyle=style, drawstyle="steps-post", label=label)
    known = part["ci_low"].notna().to_numpy()
    if band and known.any():
        axis.fill_between(month[known], part["ci_low"][known], part["ci_high"][known], color=colour, alpha=0.18, linewidth=0, step="post")
