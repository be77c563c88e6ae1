"""A programme's mean scores beside those of all others, with intervals."""

from __future__ import annotations

import pandas as pd

from mentoring.report import numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn


def draw(table: pd.DataFrame, program: str, names: Names) -> Drawn | None:
    """One panel per role, one line per scale; None when there is nothing to show.

    Parameters
    ----------
    table : DataFrame
        From `programs.means`.
    """
    roles = [role for role in ("mentor", "mentee") if (table["role"] == role).any()]
    if not roles:
        return None
    scales = list(dict.fromkeys(table["scale"]))
    figure, axes = theme.canvas(20 + 6.5 * len(scales), theme.FULL_WIDTH, 1, len(roles), sharey=True, sharex=True)
    said = []
    for axis, role in zip(axes[0], roles):
        for row in table[table["role"] == role].itertuples():
            y = scales.index(row.scale)
            for shift, mean, colour, fill in (
                (-0.14, row.here, theme.ROLE_COLOURS[role], theme.ROLE_COLOURS[role]),
                (0.14, row.others, theme.SOFT, "white"),
            ):
                axis.plot([mean.low, mean.high], [y + shift] * 2, color=colour, linewidth=1.5)
                axis.plot(mean.value, y + shift, theme.ROLE_MARKERS[role], color=colour, markerfacecolor=fill, markersize=4.2)
            here, others = (numbers.estimate(mean.value, mean.low, mean.high, 2) for mean in (row.here, row.others))
            said.append(f"{names.scale(row.scale)}, {role}s: {here}, all others {others}")
        axis.set(title=f"{role.capitalize()}s", xlabel="Mean score", yticks=range(len(scales)), ylim=(len(scales) - 0.5, -0.5))
        axis.set_yticklabels([theme.wrapped(names.scale(scale), 26, 2) for scale in scales])
        axis.grid(axis="x")
    sizes = [mean.relationships for mean in table["here"]]
    caption = f"Mean scores in {program} (filled; n = {numbers.span(min(sizes), max(sizes))} relationships) and in all other programmes (open), with 95 % intervals."
    return Drawn("means", figure, caption, f"Means with 95 % intervals. {'; '.join(said)}.")
