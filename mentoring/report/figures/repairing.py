"""Are partners more alike than chance pairing would make them? Observed similarity beside the re-pairing null."""

from __future__ import annotations

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mentoring.dyads.similarity import DISTANCES
from mentoring.report import numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn


def draw(similarity: pd.DataFrame, names: Names, repairings: int) -> Drawn | None:
    """One row per similarity, chance set to zero, in standard deviations of that similarity; None without a null."""
    rows = similarity[similarity["mean"].notna() & similarity["null_mean"].notna() & (similarity["sd"] > 0)].rename(
        columns={"index": "similarity"}
    )
    if rows.empty:
        return None
    figure, axes = theme.canvas(22 + 8.5 * len(rows))
    axis = axes[0, 0]
    notes = []
    for y, row in enumerate(rows.itertuples()):
        shift = (row.mean - row.null_mean) / row.sd
        axis.plot([0, shift], [y, y], color=theme.LINE, linewidth=2.5, solid_capstyle="butt", zorder=2)
        axis.plot(0, y, marker="o", markerfacecolor="white", color=theme.SOFT, zorder=3)
        axis.plot(shift, y, marker="o", color=theme.ACCENT, zorder=4)
        digits = numbers.digits_for(row.mean, row.null_mean)
        said = (
            f"{numbers.number(row.mean, digits)} beside {numbers.number(row.null_mean, digits)} by chance, "
            f"{numbers.p_phrase(row.null_p)}, n = {numbers.count(row.dyads)}"
        )
        axis.text(1.02, y, said.replace(", p", ",\np"), transform=axis.get_yaxis_transform(), fontsize=6.5, va="center")
        notes.append(f"{names.similarity(row.similarity)}: {said}")
    labels = [
        theme.wrapped(names.similarity(name) + (" (a distance: left of zero is more alike)" if kind in DISTANCES else ""), 42, 3)
        for name, kind in zip(rows["similarity"], rows["kind"])
    ]
    theme.zero_line(axis)
    reach = max(0.1, max(abs(tick) for tick in axis.get_xlim()))
    axis.set(
        xlim=(-1.08 * reach, 1.08 * reach),
        ylim=(len(rows) - 0.4, -0.6),
        yticks=range(len(rows)),
        xlabel="Observed minus chance, standard deviations of the similarity",
    )
    axis.set_yticklabels(labels)
    axis.xaxis.set_major_locator(MaxNLocator(5, symmetric=True))
    theme.no_y(axis)
    handles = [
        Line2D([], [], marker="o", linestyle="none", color=theme.ACCENT, label="Observed pairs"),
        Line2D(
            [], [], marker="o", linestyle="none", markerfacecolor="white", color=theme.SOFT, label="Mean of random pairs within programme"
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    caption = (
        f"Similarity of the actual pairs beside {numbers.count(repairings)} random re-pairings within programme. Where the two lie "
        "apart, pairs were chosen or "
        "matched for this, or grew alike; it says nothing yet about outcomes."
    )
    return Drawn("repairing", figure, caption, "Observed similarity beside chance. " + "; ".join(notes) + ".")
