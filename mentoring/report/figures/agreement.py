"""Do the two sides see the same relationship? Correlation, gap and absolute agreement, each with its interval."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import pandas as pd
from matplotlib.lines import Line2D

from mentoring.report import numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

_PANELS = (
    ("r", "Same order?\nCorrelation", True),
    ("gap", "Same height?\nMentee minus mentor (points)", False),
    ("icc", "Same answer?\nICC(A,1)", True),
)


def draw(agreement: pd.DataFrame, names: Names, grey: AbstractSet[str] = frozenset()) -> Drawn | None:
    """Three panels, one row per scale and wave; None when nothing was computed.

    `grey`: scales whose means are not comparable between the sides; their gaps are greyed out.
    """
    rows = agreement[agreement[["r", "gap", "icc"]].notna().any(axis=1)]
    if rows.empty:
        return None
    scales = [scale for scale in names.scales if scale in set(rows["scale"])] or list(dict.fromkeys(rows["scale"]))
    waves = sorted(rows["wave"].unique())
    step = 0.32 * len(waves) + 0.4
    figure, axes = theme.canvas(24 + (6.6 if len(scales) > 8 else 8.5) * step * len(scales), columns=3, sharey=True)
    for axis, (name, title, bounded) in zip(axes[0], _PANELS):
        for row in rows[rows[name].notna()].to_dict("records"):
            y = scales.index(row["scale"]) * step + waves.index(row["wave"]) * 0.32
            faded = name == "gap" and row["scale"] in grey
            colour = theme.LINE if faded else theme.WAVE_COLOURS[waves.index(row["wave"]) % len(theme.WAVE_COLOURS)]
            if not numbers.is_missing(row[f"{name}_low"]):
                axis.plot([row[f"{name}_low"], row[f"{name}_high"]], [y, y], color=colour, solid_capstyle="butt")
            axis.plot(row[name], y, marker="o", color=colour, markersize=4)
        theme.zero_line(axis)
        axis.set(ylim=(step * len(scales) - 0.25, -0.4))
        head, label = title.split("\n")
        axis.set_title(head, fontsize=8)
        axis.set_xlabel(label)
        if bounded:
            low = float(rows[f"{name}_low"].fillna(rows[name]).min())
            axis.set_xlim(min(0.0, low) - 0.05, 1)
        axis.set_yticks(
            [place * step + 0.16 * (len(waves) - 1) for place in range(len(scales))],
            [theme.wrapped(names.scale(scale), 28, 2) for scale in scales],
        )
        axis.grid(axis="x")
        theme.no_y(axis)
    if len(waves) > 1:
        figure.legend(
            handles=[
                Line2D([], [], marker="o", color=theme.WAVE_COLOURS[place % 5], label=f"Wave {wave}") for place, wave in enumerate(waves)
            ],
            loc="outside lower center",
            ncols=len(waves),
        )
    caption = (
        f"Agreement of the two sides of a relationship (n = {numbers.span(rows['n'].min(), rows['n'].max())} relationships with both "
        "answers), "
        "with 95 % intervals. Three different things: whether the same relationships stand high for both (left), whether one side "
        "answers higher on "
        "average (middle; above zero, mentees do), and whether the two give the same answer (right)."
        + (" Gaps in grey are not comparable: it was not shown that both sides understand the items in the same way." if grey & set(scales) else "")
    )
    lines = [
        f"{names.scale(row.scale)}, wave {row.wave}: r {numbers.estimate(row.r, row.r_low, row.r_high, bounded=True)}, "
        f"gap {numbers.estimate(row.gap, row.gap_low, row.gap_high, 2)}, ICC "
        f"{numbers.estimate(row.icc, row.icc_low, row.icc_high, bounded=True)}"
        for row in rows.itertuples()
    ]
    return Drawn("agreement", figure, caption, "Agreement of mentor and mentee. " + "; ".join(lines) + ".")
