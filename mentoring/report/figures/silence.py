"""Who fell silent: the course over waves, what a side's silence goes with, and who left."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from mentoring.report import numbers, theme
from mentoring.report.figures.interval_rows import IntervalRow, draw_rows, height, spoken
from mentoring.report.names import Names
from mentoring.report.silence import label
from mentoring.report.theme import Drawn
from mentoring.tables import ROLES

# Drawn per side: those furthest from zero, by their standard errors.
MOST_ROWS = 8
SEGMENTS = {
    "answered": ("Answered", theme.ACCENT), "back": ("Answered again after a silence", "#7fa9bb"), "later": ("Silent, first answers later", "#d9dee3"),
    "paused": ("Silent between two answers", "#b9c1c9"), "lost": ("Silent after earlier answers", "#d58a4e"), "never": ("Silent throughout", "#8c510a"),
    "other": ("Silent, small groups together", "#eadfd2"),
}  # fmt: skip


def segments(row: dict[str, int], smallest: int) -> dict[str, int]:
    """One bar's parts: small ones are not shown by themselves, nor a single one that subtraction would give."""
    silent = {name: int(row[name]) for name in ("later", "paused", "lost", "never") if row[name]}
    small = [name for name, size in silent.items() if size < smallest]
    if small and sum(silent[name] for name in small) < smallest and len(small) < len(silent):
        small.append(min((name for name in silent if name not in small), key=lambda name: silent[name]))
    other = sum(silent[name] for name in small)
    back = int(row["back"]) if int(row["back"]) >= smallest and int(row["answered"]) - int(row["back"]) >= smallest else 0
    parts = {
        "answered": int(row["answered"]) - back,
        "back": back,
        **{name: size for name, size in silent.items() if name not in small},
        "other": other,
    }
    return {name: size for name, size in parts.items() if size}


def draw_attrition(table: pd.DataFrame, smallest: int) -> Drawn | None:
    """A bar per side and wave; None with a single wave, whose numbers the table says as well."""
    if table.empty or table["wave"].nunique() < 2 or table["asked"].max() < smallest:
        return None
    bars = [(row, segments(row, smallest)) for row in table.to_dict("records")]
    roles = [role for role in ROLES if role in set(table["role"])]
    figure, axes = theme.canvas(26 + 8.5 * len(bars) + 5 * len(roles))
    axis, y, ticks, words, told = axes[0, 0], 0.0, [], [], []
    for role in roles:
        axis.annotate(
            f"{role.capitalize()}s",
            (0, y),
            (2, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            weight="bold",
            fontsize=7.5,
        )
        y += 0.75
        for row, parts in (bar for bar in bars if bar[0]["role"] == role):
            left = 0
            for name, size in parts.items():
                axis.barh(y, size, left=left, height=0.72, color=SEGMENTS[name][1], edgecolor="white", linewidth=0.8)
                if size > 0.045 * table["asked"].max():
                    axis.text(
                        left + size / 2,
                        y,
                        numbers.count(size),
                        ha="center",
                        va="center",
                        fontsize=6.5,
                        color=theme.text_on(SEGMENTS[name][1]),
                    )
                left += size
            ticks.append(y)
            words.append(f"Wave {row['wave']}")
            told.append(f"{role}s, wave {row['wave']}: " + ", ".join(f"{SEGMENTS[name][0].lower()} {size}" for name, size in parts.items()))
            y += 1
    axis.set(
        yticks=ticks,
        yticklabels=words,
        ylim=(y - 0.4, -0.5),
        xlabel="Relationships the side could answer about",
        xlim=(0, 1.01 * table["asked"].max()),
    )
    theme.no_y(axis)
    drawn = [name for name in SEGMENTS if any(name in parts for _, parts in bars)]
    handles = [axis.barh([np.nan], [1], color=SEGMENTS[name][1], label=SEGMENTS[name][0]) for name in drawn]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    caption = (
        "Who answered and who fell silent. Each bar holds the relationships a side could answer about at that wave (n at its end of the scale: "
        f"{numbers.span(table['asked'].min(), table['asked'].max())}); one that ended counts until it was last heard of. Whoever is silent at the last wave may still come "
        f"back. Groups of fewer than {smallest} are not shown by themselves."
    )
    return Drawn("attrition", figure, caption, f"Stacked bars of relationships by side and wave. {'; '.join(told)}.")


def draw_voice(shown: pd.DataFrame, names: Names, smallest: int) -> Drawn | None:
    """What each side's silence goes with, in percentage points; None when nothing may be shown."""
    rows = shown[shown["ci_low"].notna() & shown["p"].notna() & shown["role"].isin(ROLES)]
    caption = (
        "What a side’s silence goes with, where the other side answered: difference of the share that is silent, in percentage points, per standard deviation of a "
        "number or of a group against all others, waves held, with 95 % intervals robust to clustering by mentor."
    )
    return _panels(
        "lost_voice", rows, names, "Silent more often →\n(percentage points)", caption, "n", smallest, "Silence of {}s", percent=True
    )


def draw_leavers(shown: pd.DataFrame, names: Names, smallest: int) -> Drawn | None:
    """Standardised differences between who left and who stayed; None when nothing may be shown."""
    rows = shown[shown["ci_low"].notna() & shown["p"].notna()]
    caption = (
        "Who left against who stayed, at the first wave: difference in standard deviations within the two, with 95 % intervals robust to clustering by mentor. Who left answered at "
        "the first wave and not at the last (n: those who left)."
    )
    return _panels(
        "leavers", rows, names, "Higher among those who left →\n(standard deviations)", caption, "left", smallest, "{}s who left"
    )


def _panels(
    name: str, rows: pd.DataFrame, names: Names, xlabel: str, caption: str, count: str, smallest: int, title: str, percent: bool = False
) -> Drawn | None:
    roles = [role for role in ROLES if role in set(rows["role"])]
    if not roles:
        return None
    lines: dict[str, list[IntervalRow]] = {}
    counts: dict[str, int] = {}
    for role in roles:
        own = rows[rows["role"] == role]
        far = own.loc[(own["estimate"] / own["se"]).abs().sort_values(ascending=False, kind="stable").index[:MOST_ROWS]]
        lines[role] = [
            IntervalRow(label(row, names), row["estimate"], row["ci_low"], row["ci_high"], n=f"n = {numbers.count(row[count])}", colour=theme.ROLE_COLOURS[role],
                        marker=theme.ROLE_MARKERS[role])
            for _, row in far.sort_values("estimate", ascending=False, kind="stable").iterrows()
        ]  # fmt: skip
        counts[role] = len(own)
    figure, axes = theme.canvas(sum(height(own) + 10 for own in lines.values()), 130, len(roles), 1, sharex=True)
    for axis, role in zip(axes[:, 0], roles, strict=True):
        last = role == roles[-1]
        draw_rows(axis, lines[role], "", zero=True, width=44, percent=percent, sign="")
        if percent:
            axis.xaxis.set_major_formatter(lambda value, _: numbers.number(100 * value, 0))
        axis.xaxis.set_major_locator(MaxNLocator(6))
        axis.set_xlabel(xlabel if last else "")
        axis.set_title(title.format(role).capitalize())
    alt = ". ".join(f"{title.format(role).capitalize()}: {spoken(lines[role], percent, ' points')}" for role in roles)
    if max(counts.values()) > MOST_ROWS:
        looked = numbers.listed([f"{numbers.count(size)} ({role}s)" for role, size in counts.items()])
        caption += f" Drawn are the {MOST_ROWS} furthest from zero (in standard errors) of {looked}; picked like that, some stand out by chance alone."
    caption += f" Groups with fewer than {smallest} mentors or mentees are left out."
    return Drawn(name, figure, caption, f"Estimates with intervals. {alt}.")
