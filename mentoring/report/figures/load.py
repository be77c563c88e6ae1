"""What mentors report over their number of mentees: costs and benefits as curves with bands."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.ticker import MaxNLocator

from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

COLOURS = ("#d55e00", "#0072b2")
STYLES = ("-", "--")


def draw(answer: Answer, quantities: pd.DataFrame, columns: Sequence[str], names: Names, smallest: int) -> Drawn | None:
    """Both curves over the loads at whose ends enough mentors stand; None when fewer than two loads are left.

    Parameters
    ----------
    quantities : DataFrame
        The question's rows of `quantities`.
    columns : sequence of str
        Costs and benefits.
    """
    rows = quantities[(quantities["topic"] == "load") & quantities["estimate"].notna()]
    rows = rows[rows["of"].str.fullmatch(r"\d+")].assign(load=lambda part: part["of"].astype(float))
    shown = pd.concat([_well_covered(rows[rows["quantity"] == column], smallest) for column in columns])
    if shown["load"].nunique() < 2:
        return None
    figure, axes = theme.canvas(66, 120)
    axis, said = axes[0, 0], []
    for column, colour, style in zip(columns, COLOURS, STYLES):
        part = shown[shown["quantity"] == column].sort_values("load")
        if len(part) < 2:
            continue
        axis.fill_between(part["load"], part["ci_low"], part["ci_high"], color=colour, alpha=0.15, linewidth=0)
        axis.plot(part["load"], part["estimate"], style, color=colour, label=names.variable(column))
        first, last = part.iloc[0], part.iloc[-1]
        said.append(
            f"{names.variable(column)}: {numbers.estimate(first['estimate'], first['ci_low'], first['ci_high'])} with {numbers.count(first['load'])}, "
            f"{numbers.estimate(last['estimate'], last['ci_low'], last['ci_high'])} with {numbers.count(last['load'])} mentees"
        )
    axis.set_xlabel("Mentees per mentor")
    axis.set_ylabel("Mean score")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower center", ncols=2)
    mentors = int(rows[rows["quantity"] == columns[0]]["n"].sum())
    caption = (
        f"What mentors report over their number of mentees, with 95 % bands (n = {numbers.count(mentors)} mentors). Load differs between mentors only, and mentors who take on "
        f"many may differ in other ways. The curve ends where fewer than {smallest} mentors have as many (or as few) mentees."
    )
    return Drawn(f"load_{answer.question.name}", figure, caption, f"Two curves with 95 % bands. {'; '.join(said)}.", answer.question.name)


def _well_covered(rows: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Loads with enough mentors at or beyond them on either side."""
    rows = rows.sort_values("load")
    below, above = rows["n"].cumsum(), rows["n"][::-1].cumsum()[::-1]
    return rows[(below >= smallest) & (above >= smallest)]
