"""Support functions by form: the crossover of means, the simple effects beside the band of what would not matter, and coverage."""

from __future__ import annotations

import pandas as pd

from mentoring.models.functions import HALVES
from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.figures.interval_rows import IntervalRow, draw_rows, height, spoken
from mentoring.report.theme import Drawn

FORMS = ("hierarchical", "peer")
COLOURS = {"psychosocial": theme.MENTEE, "career": theme.MENTOR, "both": theme.ACCENT, "neither": theme.SOFT}
MARKERS = {"psychosocial": "o", "career": "s", "both": "D", "neither": "v"}


def draw_crossover(answer: Answer, own: pd.DataFrame, labels: dict[str, str]) -> Drawn | None:
    """Left: the adjusted mean of each function by form. Right: differences between forms and between functions.

    Parameters
    ----------
    own : DataFrame
        This question's rows of `quantities` that may be shown.
    labels : dict
        What the two functions are called.
    """
    means = own[own["quantity"] == "adjusted mean"].dropna(subset=["ci_low"]).set_index("of")
    if len(means) < 4:
        return None
    effects = _effects(own, labels)
    figure, axes = theme.canvas(max(66.0, height(effects)), theme.FULL_WIDTH, 1, 2, width_ratios=[1, 1.15])
    left = axes[0, 0]
    for shift, function in zip((-0.04, 0.04), HALVES):
        rows = means.loc[[f"{function}, {form}" for form in FORMS]]
        x = [shift, 1 + shift]
        error = [rows["estimate"] - rows["ci_low"], rows["ci_high"] - rows["estimate"]]
        left.errorbar(x, rows["estimate"], yerr=error, marker=MARKERS[function], color=COLOURS[function], capsize=3, label=labels[function])
    sizes = [int(means.loc[[f"{function}, {form}" for function in HALVES], "n"].max()) for form in FORMS]
    left.set(xticks=[0, 1], xlim=(-0.35, 1.35), ylabel="Adjusted mean [95 % interval]", title="Means")
    left.set_xticklabels([f"{form}\n{numbers.counted(size, 'relationship')}" for form, size in zip(FORMS, sizes)])
    left.legend(loc="best")
    sesoi = answer.question.sesoi
    draw_rows(axes[0, 1], effects, "Difference, standard deviations of support", band=sesoi, zero=True, width=26)
    axes[0, 1].set_title("Differences")
    band = f" The grey band holds differences declared too small to matter ({numbers.number(sesoi)} SD)." if sesoi else ""
    caption = (
        f"Left: adjusted means of both functions by form of mentoring, with 95 % intervals (n = {numbers.count(answer.size('obs'))} scores of "
        f"{numbers.count(answer.size('dyads'))} relationships). Parallel lines mean that forms do not differ in what they serve more. Right: differences, with 95 % "
        f"(thin) and 90 % (thick) intervals.{band}"
    )
    alt = f"Means: {'; '.join(f'{of} {numbers.estimate(row.estimate, row.ci_low, row.ci_high)}' for of, row in means.iterrows())}. Differences: {spoken(effects)}."
    return Drawn(f"crossover_{answer.question.name}", figure, caption, alt, answer.question.name)


def _effects(own: pd.DataFrame, labels: dict[str, str]) -> list[IntervalRow]:
    rows = own[(own["topic"] == "simple effects") & own["quantity"].str.endswith("(SD)")]
    inner = rows[rows["quantity"].str.startswith("equivalence")]
    shown = []
    for row in rows[~rows["quantity"].str.startswith("equivalence")].dropna(subset=["ci_low"]).itertuples():
        name = str(row.quantity).removesuffix(" (SD)")
        part = inner[(inner["of"] == row.of) & (inner["quantity"] == f"equivalence test of {row.quantity}")].iloc[0]
        shown.append(
            IntervalRow(
                labels.get(str(row.of), str(row.of)), row.estimate, row.ci_low, row.ci_high, (part["ci_low"], part["ci_high"]), head=name
            )
        )
    previous = ""
    out = []
    for one in shown:
        out.append(one if one.head != previous else IntervalRow(one.label, one.value, one.low, one.high, one.inner))
        previous = one.head
    return out


def draw_coverage(answer: Answer, own: pd.DataFrame, labels: dict[str, str]) -> Drawn | None:
    """Shares of relationships in which each function is covered, by form."""
    shares = own[(own["topic"] == "coverage") & own["estimate"].notna()]
    rows, head = [], ""
    for form in FORMS:
        for row in shares.itertuples():
            what, _, where = str(row.of).rpartition(", ")
            if where == form:
                rows.append(
                    IntervalRow(
                        labels.get(what, f"{what} functions" if what == "both" else what),
                        row.estimate,
                        row.ci_low,
                        row.ci_high,
                        n=numbers.counted(int(row.n), "relationship"),
                        colour=COLOURS[what],
                        marker=MARKERS[what],
                        head=form if form != head else "",
                    )
                )
                head = form
    if not rows:
        return None
    figure, axes = theme.canvas(height(rows) + 3 * len(rows))
    draw_rows(axes[0, 0], rows, "Share of relationships in which it is covered [95 % interval]", percent=True)
    axes[0, 0].set_xlim(-0.02, 1.02)
    axes[0, 0].xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    note = str(shares["note"].iloc[0]).split(";")[0]
    caption = f"Which functions are covered ({note}), by form of mentoring; intervals take relationships of one mentor together."
    return Drawn(
        f"coverage_{answer.question.name}", figure, caption, f"Shares covered: {spoken(rows, percent=True)}.", answer.question.name
    )
