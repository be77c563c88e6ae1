"""Where answers are missing: by scale, role and wave."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap

from mentoring.report import disclosure, numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn


def shares(responses: pd.DataFrame, dyads: pd.DataFrame, scales: dict[str, list[str]], smallest: int) -> pd.DataFrame:
    """Share of answers missing among those who were shown the item: one row per scale, role and wave that may be shown."""
    asked = responses[responses["missing"].fillna("") != "not shown"]
    scale_of = {item: scale for scale, items in scales.items() for item in items}
    rows = disclosure.with_partners(asked[asked["item"].isin(scale_of)].assign(scale=lambda d: d["item"].map(scale_of)), dyads)
    if rows.empty:
        return pd.DataFrame(columns=["scale", "role", "wave", "share", "n"])
    allowed = disclosure.allowed(rows, ["scale", "role", "wave"], smallest)
    counted = (
        rows.groupby(["scale", "role", "wave"]).agg(share=("value", lambda values: values.isna().mean()), n=("value", "size")).reset_index()
    )
    keep = [(row.scale, row.role, row.wave) in allowed for row in counted.itertuples()]
    return counted[pd.Series(keep, index=counted.index, dtype=bool)].reset_index(drop=True)


def draw(missing: pd.DataFrame, names: Names, smallest: int) -> Drawn | None:
    """A map of the shares; None when there is nothing to map."""
    if missing.empty:
        return None
    scales = [scale for scale in names.scales if scale in set(missing["scale"])]
    waves = sorted(missing["wave"].unique())
    roles = [role for role in ("mentor", "mentee") if role in set(missing["role"])]
    places = [(role, wave) for role in roles for wave in waves]
    grid = np.full((len(scales), len(places)), np.nan)
    for row in missing.itertuples():
        grid[scales.index(row.scale), places.index((row.role, row.wave))] = row.share
    figure, axes = theme.canvas(24 + 6.2 * len(scales), min(theme.FULL_WIDTH, 62 + 15 * len(places)))
    axis = axes[0, 0]
    top = max(0.2, float(np.nanmax(grid)))
    ramp = LinearSegmentedColormap.from_list("missing", ["#f4f6f8", "#8fb8cc", "#0b4f6c"])
    axis.pcolormesh(grid, cmap=ramp, vmin=0, vmax=top, edgecolors="white", linewidth=1.5)
    for (y, x), value in np.ndenumerate(grid):
        text = numbers.percent(value) if not np.isnan(value) else "–"
        axis.text(
            x + 0.5,
            y + 0.5,
            text,
            ha="center",
            va="center",
            fontsize=6.5,
            color=theme.INK if np.isnan(value) or value < 0.55 * top else "white",
        )
    axis.set(
        ylim=(len(scales), 0),
        yticks=np.arange(len(scales)) + 0.5,
        yticklabels=[theme.wrapped(names.scale(scale), 34, 2) for scale in scales],
    )
    axis.set_xticks(np.arange(len(places)) + 0.5, [f"Wave {wave}" for _, wave in places])
    axis.xaxis.tick_top()
    for number, role in enumerate(roles):
        axis.text(
            (number + 0.5) * len(waves),
            1.0 + 6.5 / (24 + 6.2 * len(scales)),
            f"{role.capitalize()}s",
            ha="center",
            va="bottom",
            fontsize=8,
            weight="bold",
            transform=axis.get_xaxis_transform(),
        )
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    worst = missing.sort_values(["share", "scale"], ascending=[False, True]).iloc[0]
    caption = (
        "Share of answers missing among items shown to those who took part at that wave (n = "
        f"{numbers.span(missing['n'].min(), missing['n'].max())} "
        "answers per cell). People who did not take part at all are counted in the flow diagram, not here. "
        f"A dash marks cells without data or with fewer than {smallest} mentors or mentees."
    )
    alt = (
        f"Table-like map of missing answers. Highest: {names.scale(worst['scale'])}, {worst['role']}s, wave {worst['wave']}, "
        f"{numbers.percent(worst['share'])}. "
        + "; ".join(f"{names.scale(row.scale)}, {row.role}s, wave {row.wave}: {numbers.percent(row.share)}" for row in missing.itertuples())
        + "."
    )
    return Drawn("missingness", figure, caption, alt)
