"""Cronbach’s alpha with Feldt's intervals (and omega beside it) by scale, role and wave."""

from __future__ import annotations

import pandas as pd
from matplotlib.lines import Line2D

from mentoring.report import numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn


def draw(reliability: pd.DataFrame, names: Names) -> Drawn | None:
    """One row per scale and wave; None when no alpha was computed. Rows of too few people must be taken out before."""
    rows = reliability[reliability["alpha"].notna()]
    if rows.empty:
        return None
    scales = [scale for scale in names.scales if scale in set(rows["scale"])] or list(dict.fromkeys(rows["scale"]))
    waves = sorted(rows["wave"].unique())
    step = 0.32 * len(waves) + 0.35
    figure, axes = theme.canvas(20 + (6.6 if len(scales) > 8 else 9) * step * len(scales), columns=2, sharey=True, sharex=True)
    for axis, role in zip(axes[0], ("mentor", "mentee")):
        for row in rows[rows["role"] == role].itertuples():
            y = scales.index(row.scale) * step + waves.index(row.wave) * 0.32
            colour = theme.WAVE_COLOURS[waves.index(row.wave) % len(theme.WAVE_COLOURS)]
            if not numbers.is_missing(row.alpha_low):
                axis.plot([max(row.alpha_low, 0), row.alpha_high], [y, y], color=colour, solid_capstyle="butt")
            axis.plot(max(row.alpha, 0), y, marker="o", color=colour, markersize=4)
            if not numbers.is_missing(row.omega):
                axis.plot(max(row.omega, 0), y, marker="x", color=theme.INK, markersize=4, markeredgewidth=1)
        axis.set(title=f"{role.capitalize()}s", xlabel="Reliability (0 to 1)", ylim=(step * len(scales) - 0.3, -0.4))
        axis.set_yticks(
            [place * step + 0.16 * (len(waves) - 1) for place in range(len(scales))],
            [theme.wrapped(names.scale(scale), 30, 2) for scale in scales],
        )
        for place in range(1, len(scales)):
            axis.axhline(place * step - (step - 0.32 * (len(waves) - 1)) / 2, color=theme.LINE, linewidth=0.4)
        axis.grid(axis="x")
        theme.no_y(axis)
    lowest = min(0.5, max(0.0, float(rows["alpha_low"].fillna(rows["alpha"]).min()) - 0.03))
    axes[0, 0].set_xlim(lowest, 1)
    axes[0, 0].xaxis.set_major_formatter(lambda value, _: numbers.number(value, 1, bounded=True) if value < 1 else "1")
    handles = [
        Line2D([], [], marker="o", color=theme.WAVE_COLOURS[place % 5], label=f"Alpha, wave {wave}") for place, wave in enumerate(waves)
    ]
    if rows["omega"].notna().any():
        handles.append(Line2D([], [], marker="x", color=theme.INK, linestyle="none", label="Omega"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(4, len(handles)))
    caption = (
        "Reliability of each scale by role and wave: Cronbach’s alpha with Feldt’s 95 % interval (n = "
        f"{numbers.span(rows['n'].min(), rows['n'].max())} answer sheets with every item answered). "
        "The lower it is, the more of a score is chance, and the more every association with it is understated."
    )
    lines = [
        f"{names.scale(row.scale)}, {row.role}s, wave {row.wave}: "
        f"{numbers.estimate(row.alpha, row.alpha_low, row.alpha_high, bounded=True)}"
        for row in rows.itertuples()
    ]
    return Drawn("reliability", figure, caption, "Alpha with 95 % intervals. " + "; ".join(lines) + ".")
