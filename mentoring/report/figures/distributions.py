"""How scale scores are spread, by role and wave: half violins with quantiles, without a point for any person."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mentoring.report import disclosure, numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

Group = tuple[str, int, str]


def draw(scores: pd.DataFrame, dyads: pd.DataFrame, ranges: dict[str, tuple[float, float]], names: Names, smallest: int) -> Drawn | None:
    """One panel per scale, one row per wave, mentors and mentees in two colours; None when nothing may be shown.

    Parameters
    ----------
    scores, dyads : DataFrame
        Tables of those names.
    ranges : dict
        Lowest and highest possible score of each scale.
    """
    rows = disclosure.with_partners(scores[scores["score"].notna()], dyads)
    allowed = disclosure.allowed(rows, ["scale", "wave", "role"], smallest)
    groups: dict[Group, np.ndarray] = {
        (str(scale), int(wave), str(role)): part["score"].to_numpy(float)
        for (scale, wave, role), part in rows.groupby(["scale", "wave", "role"], sort=True)
        if (scale, wave, role) in allowed
    }
    if not groups:
        return None
    scales = [scale for scale in dict.fromkeys(names.scales) if any(key[0] == scale for key in groups)]
    waves = sorted({key[1] for key in groups})
    columns = min(4 if len(scales) > 9 else 3, len(scales))
    lines = -(-len(scales) // columns)
    figure, axes = theme.canvas(16 + lines * (11 + (9 if lines > 3 else 12) * len(waves)), rows=lines, columns=columns, sharey=True)
    for place, axis in enumerate(axes.flat):
        if place < len(scales):
            _panel(axis, scales[place], groups, waves, ranges, names)
        else:
            axis.set_axis_off()
    handles = [
        Line2D([], [], color=theme.ROLE_COLOURS[role], linewidth=5, alpha=0.6, label=f"{role.capitalize()}s")
        for role in ("mentor", "mentee")
    ]
    handles.append(Line2D([], [], color=theme.INK, marker="|", linestyle="none", markersize=7, label="Median"))
    handles.append(Line2D([], [], color=theme.SOFT, linewidth=2.5, label="Middle half"))
    handles.append(Line2D([], [], color=theme.SOFT, linewidth=0.9, label="10th to 90th percentile"))
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    for place in range(max(0, len(scales) - columns), len(scales)):
        axes.flat[place].set_xlabel("Score (mean of items)")
    sizes = [len(values) for values in groups.values()]
    caption = (
        f"Scores by scale, role and wave (n = {numbers.span(min(sizes), max(sizes))} scores per curve). Curves are smoothed; below each, "
        "the bar holds the middle half and the thin line the middle 80 %. Look for curves pressed against an end of the scale, and for "
        f"mentors and mentees who stand apart. Groups with fewer than {smallest} mentors or mentees are not drawn."
    )
    return Drawn("distributions", figure, caption, _alt(groups, names))


def _panel(
    axes: Axes, scale: str, groups: dict[Group, np.ndarray], waves: list[int], ranges: dict[str, tuple[float, float]], names: Names
) -> None:
    here = {key: values for key, values in groups.items() if key[0] == scale}
    low, high = ranges.get(scale) or (float(min(v.min() for v in here.values())), float(max(v.max() for v in here.values())))
    grid = np.linspace(low, high, 81)
    for (_, wave, role), values in here.items():
        y, colour, side = waves.index(wave), theme.ROLE_COLOURS[role], -1 if role == "mentor" else 1
        density = _density(values, grid)
        base = y + side * 0.14
        axes.fill_between(grid, base, base + side * 0.34 * density, color=colour, alpha=0.45, linewidth=0)
        axes.plot(grid, base + side * 0.34 * density, color=colour, linewidth=0.8)
        p10, p25, p50, p75, p90 = np.quantile(values, [0.1, 0.25, 0.5, 0.75, 0.9])
        line = y + side * 0.06
        axes.plot([p10, p90], [line, line], color=colour, linewidth=0.9)
        axes.plot([p25, p75], [line, line], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot(p50, line, marker="|", color=theme.INK, markersize=6, markeredgewidth=1.2)
    margin = 0.03 * (high - low)
    axes.set(
        xlim=(low - margin, high + margin),
        ylim=(len(waves) - 0.45, -0.55),
        yticks=range(len(waves)),
        yticklabels=[f"Wave {wave}" for wave in waves],
    )
    if float(low).is_integer() and float(high).is_integer() and high - low <= 10:
        axes.set_xticks(np.arange(low, high + 1))
    axes.set_title(theme.wrapped(names.scale(scale), 24, 2), fontsize=7.8)
    theme.no_y(axes)


def _density(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """A smooth curve of height one, mirrored at the ends so that it does not promise impossible scores."""
    if np.ptp(values) < 1e-9:
        return np.where(np.abs(grid - values[0]) <= (grid[1] - grid[0]), 1.0, 0.0)
    low, high = grid[0], grid[-1]
    mirrored = np.concatenate([values, 2 * low - values, 2 * high - values])
    width = max(0.9 * float(np.std(values)) * len(values) ** -0.2, 0.02 * float(high - low))  # Silverman's rule on the values themselves
    height = np.exp(-0.5 * ((grid[:, None] - mirrored[None, :]) / width) ** 2).sum(axis=1)
    return height / height.max()


def _alt(groups: dict[Group, np.ndarray], names: Names) -> str:
    lines = []
    for scale in dict.fromkeys(key[0] for key in groups):
        parts = [f"{role}s wave {wave} {np.median(values):.1f}" for (name, wave, role), values in groups.items() if name == scale]
        lines.append(f"{names.scale(scale)}: {', '.join(parts)}")
    return "Smoothed distributions of scale scores by role and wave. Medians: " + "; ".join(lines) + "."
