"""Equity: gaps beside the band of what would not matter, adjusted means by group, and strata where enough people stand."""

from __future__ import annotations

import pandas as pd

from mentoring.models.kinds.equity_parts import GAP, GAP_OTHER, PARITY
from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.figures.interval_rows import IntervalRow, draw_rows, height, spoken
from mentoring.report.theme import Drawn

MOST_STRATA = 30


def draw_gaps(answer: Answer, own: pd.DataFrame, group: str) -> Drawn | None:
    """Gaps in standard deviations with 95 % (thin) and 90 % (thick) intervals.

    Parameters
    ----------
    own : DataFrame
        This question's rows of `quantities` that may be shown.
    """
    gaps = own[(own["topic"] == "gap") & own["quantity"].isin([GAP, GAP_OTHER])].dropna(subset=["ci_low"])
    inner = own[(own["topic"] == "gap") & (own["quantity"] == PARITY)].set_index("of")
    if gaps.empty:
        return None
    rows = [
        IntervalRow(str(row.of), row.estimate, row.ci_low, row.ci_high, (inner.loc[row.of, "ci_low"], inner.loc[row.of, "ci_high"]))
        for row in gaps.itertuples()
    ]
    figure, axes = theme.canvas(height(rows))
    sesoi = answer.question.sesoi
    draw_rows(axes[0, 0], rows, f"Gap by {group}, standard deviations of the outcome", band=sesoi, zero=True, width=40)
    band = (
        f" The grey band holds gaps declared too small to matter ({numbers.number(sesoi)} SD either way). A 90 % interval (thick) inside the band shows parity; "
        "a 95 % interval (thin) beside zero shows a gap; anything else leaves it open."
        if sesoi
        else " Thick: 90 % interval; thin: 95 %. No smallest gap that would matter was declared, so there is no band to show parity by."
    )
    caption = f"Gaps in {answer.outcome_label} by {group}, adjusted (n = {numbers.count(answer.size('obs'))} rows).{band}"
    return Drawn(
        f"gaps_{answer.question.name}",
        figure,
        caption,
        f"Gaps with 95 % intervals in standard deviations: {spoken(rows)}.",
        answer.question.name,
    )


def draw_means(answer: Answer, own: pd.DataFrame, side: str, group: str) -> Drawn | None:
    """Adjusted means of the groups that may be shown."""
    means = own[(own["quantity"] == "adjusted mean") & own["ci_low"].notna()]
    if means.empty:
        return None
    rows = [
        IntervalRow(str(row.of), row.estimate, row.ci_low, row.ci_high, n=numbers.counted(int(row.n), side)) for row in means.itertuples()
    ]
    figure, axes = theme.canvas(height(rows) + 3 * len(rows))
    unit = f" ({answer.question.unit})" if answer.question.unit else ""
    draw_rows(axes[0, 0], rows, f"{answer.outcome_label}{unit}: adjusted mean [95 % interval]", width=40)
    caption = (
        f"{answer.outcome_label} by {group}: means adjusted for the other terms of the model, with 95 % intervals (n = {numbers.count(answer.size('obs'))} rows). "
        "Intervals of two groups may overlap though their gap is told from zero; the figure of gaps decides."
    )
    return Drawn(
        f"means_{answer.question.name}", figure, caption, f"Adjusted means with 95 % intervals: {spoken(rows)}.", answer.question.name
    )


def draw_strata(answer: Answer, own: pd.DataFrame, hidden: int, smallest: int) -> Drawn | None:
    """Strata means of the strata that may be shown, in their order."""
    means = own[(own["topic"] == "strata") & (own["quantity"] == "stratum mean")].dropna(subset=["estimate"]).sort_values("estimate")
    if len(means) < 2:
        return None
    means = means.tail(MOST_STRATA)
    sizes = own[(own["topic"] == "strata") & (own["quantity"] == "mentees in stratum")].set_index("of")["n"]
    rows = [
        IntervalRow(str(row.of), row.estimate, row.ci_low, row.ci_high, n=numbers.counted(int(sizes[row.of]), "mentee"))
        for row in means.itertuples()
    ]
    figure, axes = theme.canvas(height(rows) + 3 * len(rows))
    draw_rows(axes[0, 0], rows, f"{answer.outcome_label}: mean of the stratum, drawn towards the common mean [95 % interval]", width=44)
    left_out = f" {numbers.counted(hidden, 'stratum', 'strata')} left out: fewer than {smallest} mentors or mentees." if hidden else ""
    caption = (
        f"Strata: {answer.outcome_label} by combination of groups. Each mean is drawn towards the common mean, the more so the fewer people it rests on."
        + left_out
    )
    return Drawn(
        f"strata_{answer.question.name}", figure, caption, f"Means of strata with 95 % intervals: {spoken(rows)}.", answer.question.name
    )
