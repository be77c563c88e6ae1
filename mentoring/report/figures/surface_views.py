"""A surface in perspective, its course along two lines with intervals, and its five shapes against what would matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from mentoring.models.verdicts import About, answer_term
from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.figures.surface import Ground
from mentoring.report.names import lower_first
from mentoring.report.theme import Drawn


def draw_solid(answer: Answer, base: Ground) -> Drawn | None:
    """The surface in perspective."""
    if base.region is None:
        return None
    x, y, z = base.mesh
    figure, axes = theme.canvas(92, 110, 1, 1, subplot_kw={"projection": "3d", "computed_zorder": False})
    axis = axes[0, 0]
    axis.plot_surface(x, y, z, cmap=base.colours, rstride=1, cstride=1, linewidth=0, antialiased=False, shade=False, zorder=1, rasterized=True)
    handles = []
    for line, label, style in (("congruence", base.lines[0], "-"), ("incongruence", base.lines[1], "--")):
        along = base.along(line)
        if not len(along[0]):
            continue
        handles += axis.plot(*along, base.heights(*along) + 0.004 * np.ptp(z), style, color="#9a3412", linewidth=1.3, zorder=5, label=label)
    axis.set_xlabel(theme.wrapped(base.x_label, 26, 2), labelpad=4)
    axis.set_ylabel(theme.wrapped(base.y_label, 26, 2), labelpad=4)
    axis.set_zlabel(theme.wrapped(answer.outcome_label, 30, 2), labelpad=4)
    axis.tick_params(pad=-1, labelsize=6)
    for pane in (axis.xaxis, axis.yaxis, axis.zaxis):
        pane.set_pane_color((1, 1, 1, 0))
        pane.set_major_locator(MaxNLocator(5))
        pane._axinfo["grid"].update(color=theme.LINE, linewidth=0.3)
    axis.view_init(elev=26, azim=-122)
    # The layout engine does not see the labels of three axes, so the place is set by hand, with room for them.
    figure.set_layout_engine("none")
    axis.set_position((0.06, 0.1, 0.86, 0.86))
    axis.set_box_aspect((1, 1, 0.8), zoom=0.84)
    figure.legend(handles=handles, loc="lower center", ncols=2)
    caption = (
        f"The same surface in perspective (n = {numbers.count(answer.size('obs'))} rows). Its height is the predicted {lower_first(answer.outcome_label)}; "
        "it ends where the data become thin. The map shows the same numbers, and reads more exactly."
    )
    alt = f"Surface in perspective; heights run from {numbers.number(z.min())} to {numbers.number(z.max())}."
    return Drawn(f"solid_{answer.question.name}", figure, caption, alt, answer.question.name, surface=_turnable(answer, base))


def _turnable(answer: Answer, base: Ground) -> dict[str, object]:
    """The surface for a page that can turn it: rings of places from the middle to the edge, and the two lines."""

    def places(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> list[list[float]]:
        return [[round(float(number), 3) for number in place] for place in zip(x, y, z)]

    x, y, z = (part[::3, ::3] for part in base.mesh)
    lines = []
    for line in ("congruence", "incongruence"):
        along = base.along(line)
        if len(along[0]):
            here = [part[:: max(1, len(along[0]) // 24)] for part in (*along, base.heights(*along))]
            lines.append({"points": places(*here), "dashed": line == "incongruence"})
    return {
        "rings": [places(*ring) for ring in zip(x, y, z)],
        "lines": lines,
        "labels": [base.x_label, base.y_label, answer.outcome_label],
        "faded": base.faded,
    }


def draw_courses(answer: Answer, lines: pd.DataFrame, titles: tuple[str, str], labels: tuple[str, str], faded: bool = False) -> Drawn | None:
    """The predicted outcome along two lines across the surface, with 95 % bands; `faded`: in grey."""
    own = lines[(lines["question"] == answer.question.name) & lines["predicted"].notna()]
    colours = (theme.SOFT, theme.SOFT) if faded else (theme.ACCENT, theme.BETWEEN)
    terms = list(zip(dict.fromkeys(own["term"]), colours, ("-", "--")))
    if own.empty:
        return None
    figure, axes = theme.canvas(62, theme.FULL_WIDTH, 1, 2, sharey=True)
    said = []
    for axis, (term, colour, style), title, label in zip(axes[0], terms, titles, labels):
        part = own[own["term"] == term].sort_values("x")
        axis.fill_between(part["x"], part["ci_low"], part["ci_high"], color=colour, alpha=0.18, linewidth=0)
        axis.plot(part["x"], part["predicted"], style, color=colour)
        axis.set_title(theme.wrapped(title, 44, 2))
        axis.set_xlabel(theme.wrapped(label, 52, 2))
        if axis is axes[0, 1] and part["x"].min() < 0 < part["x"].max():
            axis.axvline(0, color=theme.LINE, linewidth=0.8, zorder=0)
        first, middle, last = (part.iloc[place] for place in (0, len(part) // 2, -1))
        said.append(
            f"{title}: {', '.join(numbers.estimate(row['predicted'], row['ci_low'], row['ci_high']) for row in (first, middle, last))} at the start, middle and end"
        )
    axes[0, 0].set_ylabel(theme.wrapped(answer.outcome_label + (f" ({answer.question.unit})" if answer.question.unit else ""), 34, 2))
    hint = (
        " Where the right-hand line has its top at zero, it is standing at the same place that goes with a higher outcome."
        if answer.question.kind == "congruence"
        else ""
    )
    caption = (
        f"Predicted outcome with 95 % bands along two lines across the surface (n = {numbers.count(answer.size('obs'))} rows), over the middle nine "
        f"tenths of the relationships.{hint}"
    )
    return Drawn(f"courses_{answer.question.name}", figure, caption, f"Two lines with 95 % bands. {'; '.join(said)}.", answer.question.name)


def draw_shapes(answer: Answer, shapes: pd.DataFrame, meanings: dict[str, str], faded: bool = False) -> Drawn | None:
    """a1 to a5 in standard deviations of the outcome, with 90 % and 95 % intervals, against the smallest effect that would matter.

    Parameters
    ----------
    shapes : DataFrame
        Their rows of `fixed_effects`, in order, with `name`.
    faded : bool
        Whether to draw in grey.
    """
    colour = theme.SOFT if faded else theme.ACCENT
    sesoi, rows = answer.question.sesoi, []
    for row in shapes.to_dict("records"):
        wide = answer_term({**row, "p": 1.0, "p_adjusted": np.nan}, About("", "", ""), None)
        # An infinite margin makes the 90 % interval the one that is shown.
        narrow = answer_term({**row, "p": 1.0, "p_adjusted": np.nan}, About("", "", ""), np.inf)
        rows.append((row["name"], wide, narrow))
    if not rows or not np.isfinite([wide.estimate for _, wide, _ in rows]).any():
        return None
    labels = [theme.wrapped(f"{name}  {meanings[name]}", 44, 2) for name, _, _ in rows]
    figure, axes = theme.canvas(24 + 8.5 * len(rows))
    axis = axes[0, 0]
    if sesoi:
        axis.add_patch(Rectangle((-sesoi, -0.6), 2 * sesoi, len(rows) + 0.2, facecolor="#dfe4e9", edgecolor="none", zorder=0))
    said = []
    for y, (name, wide, narrow) in enumerate(rows):
        axis.plot([wide.low, wide.high], [y, y], color=colour, linewidth=1.0, zorder=3)
        axis.plot([narrow.low, narrow.high], [y, y], color=colour, linewidth=3.0, solid_capstyle="butt", zorder=3)
        axis.plot(wide.estimate, y, "s", color=colour, markerfacecolor="white", zorder=4)
        text = numbers.estimate(wide.estimate, wide.low, wide.high, 2)
        axis.text(1.02, y, text, transform=axis.get_yaxis_transform(), fontsize=6.8, va="center")
        said.append(f"{name} {text}")
    theme.zero_line(axis)
    axis.set(
        ylim=(len(rows) - 0.4, -0.6),
        yticks=range(len(rows)),
        xlabel="Standard deviations of the outcome, one standard deviation along the line",
    )
    axis.set_yticklabels(labels)
    axis.xaxis.set_major_locator(MaxNLocator(6, symmetric=True))
    theme.no_y(axis)
    handles: list[object] = [
        Line2D([], [], color=colour, linewidth=3, label="90 % interval"),
        Line2D([], [], color=colour, linewidth=1, label="95 % interval"),
    ]
    handles += [Rectangle((0, 0), 1, 1, facecolor="#dfe4e9", label="Declared too small to matter")] if sesoi else []
    figure.legend(handles=handles, loc="outside lower center", ncols=3)  # type: ignore[arg-type]
    caption = (
        f"The surface’s five shapes (n = {numbers.count(answer.size('obs'))} rows). A shape counts as practically zero only where its 90 % interval lies within the grey band"
        + ("." if sesoi else "; no such band was declared, so none does.")
    )
    return Drawn(
        f"shapes_{answer.question.name}", figure, caption, f"Estimates with 95 % intervals. {'; '.join(said)}.", answer.question.name
    )
