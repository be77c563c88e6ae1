"""Who was asked, who answered, who could be linked, who is in the analysis: the flow diagram."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mentoring.report import disclosure, numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.markup import clean
from mentoring.report.theme import Drawn

# Reasons that say what was there, not what was set aside.
TOTALS = ("read", "relationships", "answer sheets kept", "rows kept")
# What is counted after the tables are made: it is told where it matters, and in the appendix.
LATER = ("pairing", "scale ", "similarity ", "question ")


@dataclass(frozen=True)
class Stage:
    """One box of the flow: what it is, its counts, and what left before it."""

    title: str
    counts: list[tuple[str, int]]
    left: list[str] = field(default_factory=list)


def stages(
    people: pd.DataFrame, dyads: pd.DataFrame, responses: pd.DataFrame, analysis: pd.DataFrame, answers: list[Answer]
) -> list[Stage]:
    """The boxes, from those asked to those in the models, with exact totals."""
    result = []
    if len(people):
        result.append(
            Stage(
                "On the lists",
                [(f"{role}s", people.loc[people["role"] == role, "person"].nunique()) for role in ("mentor", "mentee")]
                + ([("relationships", len(dyads))] if len(dyads) else []),
            )
        )
    given = responses[responses["value"].notna() | responses["label"].notna()]
    if len(given):
        result.append(
            Stage(
                "Answered at least once",
                [
                    (f"{role}s", given.loc[given["role"] == role, "person"].nunique())
                    for role in ("mentor", "mentee")
                    if (given["role"] == role).any()
                ],
            )
        )
    if len(given) and given["dyad"].notna().any():
        told = given[given["dyad"].notna()]
        sides = told.groupby("dyad")["role"].nunique()
        both = int((sides == 2).sum())
        counts = [("relationships", len(sides)), *([("with answers of both sides", both)] if both else [])]
        result.append(Stage("Linked in a relationship", counts))
    elif len(analysis):
        result.append(Stage("Linked in a relationship", [("relationships", analysis["dyad"].nunique())]))
    sizes = [answer for answer in answers if answer.size("obs")]
    if sizes:
        low, high = (pick(int(answer.size("obs") or 0) for answer in sizes) for pick in (min, max))
        most = max(sizes, key=lambda answer: answer.size("obs") or 0)
        counts = [("rows" if low == high else f"rows (smallest model: {numbers.count(low)})", high)]
        counts += [(what, size) for what in ("mentors", "mentees") for size in [most.size(what)] if size]
        result.append(Stage("In the largest model", counts))
    return result


def left_out(exclusions: pd.DataFrame, smallest: int) -> list[str]:
    """What was set aside or mended on the way, in words; everything that concerns few people is named without counts."""
    lines, few = [], []
    for row in exclusions.itertuples():
        step, reason = clean(row.step), clean(row.reason)
        if reason in TOTALS or step.startswith(LATER):
            continue
        counts = [
            (int(value), word)
            for value, word in ((row.people, "people"), (row.dyads, "relationships"), (row.rows, "rows"))
            if not numbers.is_missing(value)
        ]
        where = f"{step.split(': ')[-1].capitalize()}: {reason}"
        if counts and max(size for size, _ in counts) >= smallest:
            lines.append(f"{where}: {', '.join(f'{disclosure.handled(size, smallest)} {word}' for size, word in counts)}")
        elif counts and any(size for size, _ in counts):
            few.append(f"– {where}")
    return [*lines, *([f"Each fewer than {smallest}:", *few] if few else [])]


def draw(found: list[Stage], exclusions: pd.DataFrame, smallest: int) -> Drawn | None:
    """Boxes downwards on the left, what was left out at the right; None when nothing was counted."""
    if not found:
        return None
    beside = left_out(exclusions, smallest)
    notes = [theme.wrapped(words, 66, 4) for words in beside]
    lines = sum(note.count("\n") + 1.35 for note in notes)
    height = max(14 * len(found) + 9.5 * (len(found) - 1), 3.5 * lines + 12)
    width = theme.FULL_WIDTH if beside else theme.HALF_WIDTH
    figure, axes = theme.canvas(height, width)
    axis = axes[0, 0]
    axis.set(xlim=(0, width), ylim=(height, 0))
    axis.set_axis_off()
    gap = (height - 14 * len(found)) / max(1, len(found) - 1) if len(found) > 1 else 0
    gap = min(gap, 14)
    for number, stage in enumerate(found):
        top = number * (14 + gap)
        axis.add_patch(
            FancyBboxPatch(
                (1, top + 0.6),
                78,
                12.8,
                boxstyle="round,pad=0,rounding_size=1.6",
                facecolor=theme.PALE,
                edgecolor=theme.ACCENT,
                linewidth=0.9,
            )
        )
        axis.text(40, top + 4, stage.title, ha="center", va="center", weight="bold", fontsize=8)
        axis.text(
            40,
            top + 9.2,
            theme.wrapped(", ".join(f"{numbers.count(size)} {what}" for what, size in stage.counts), 60, 2),
            ha="center",
            va="center",
            fontsize=6.5,
            linespacing=1.15,
        )
        if number:
            axis.add_patch(
                FancyArrowPatch((40, top - gap + 0.2), (40, top + 0.4), arrowstyle="-|>", mutation_scale=8, color=theme.SOFT, linewidth=0.9)
            )
    if beside:
        axis.text(90, 3, "Set aside or mended on the way", weight="bold", fontsize=8, va="center")
        axis.plot([86, 86], [1, height - 1], color=theme.LINE, linewidth=0.8)
        y = 7.5
        for note in notes:
            axis.text(90, y, note, fontsize=6.6, va="top", linespacing=1.25)
            y += 3.5 * (note.count("\n") + 1.35)
    spoken = "; ".join(beside).replace(":; – ", ": ").replace("; – ", "; ")
    said = "; then ".join(
        f"{stage.title.lower()}: {', '.join(f'{numbers.count(size)} {what}' for what, size in stage.counts)}" for stage in found
    )
    caption = (
        "From the lists to the models: who was asked, who answered, who could be linked to a partner"
        + (f", and what was set aside or mended on the way (counts below {smallest} are not given)" if beside else "")
        + ". A row is one relationship at one wave, or one side of it where both sides’ outcomes are in one model."
    )
    return Drawn("flow", figure, caption, f"Flow diagram. {said}." + (f" Set aside or mended: {spoken}." if beside else ""))
