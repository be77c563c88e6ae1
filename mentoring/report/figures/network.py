"""The outcome predicted for one, two and more mentors, and which functions at least one mentor covers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mentoring.report import numbers, theme
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

COLOURS = {"one mentor": theme.SOFT, "several mentors": theme.ACCENT}


def draw(question: str, outcome: str, curve: pd.DataFrame, coverage: pd.DataFrame, names: Names) -> Drawn | None:
    """Left: predictions by number of mentors. Right: shares of mentees for whom a function is covered. None when there is neither.

    Parameters
    ----------
    curve, coverage : DataFrame
        Rows of `quantities` that may be shown: `of`, `n`, `estimate`, `ci_low`, `ci_high` (coverage: also `topic`).
    """
    panels = int(len(curve) > 1) + int(len(coverage) > 0)
    if not panels:
        return None
    figure, axes = theme.canvas(72, theme.FULL_WIDTH if panels == 2 else 100, 1, panels)
    said, alt = [], []
    if len(curve) > 1:
        axis = axes[0, 0]
        value, low, high = (curve[name].to_numpy(float) for name in ("estimate", "ci_low", "ci_high"))
        places = np.arange(len(curve))
        axis.errorbar(places, value, yerr=[value - low, high - value], fmt="o", color=theme.ACCENT, capsize=3)
        axis.set(xlim=(-0.5, len(curve) - 0.5), xticks=places, xlabel="Number of mentors", title="By number of mentors")
        axis.set_ylabel(theme.wrapped(outcome, 36, 2))
        axis.set_xticklabels([f"{row.of}\n(n = {numbers.count(row.n)})" for row in curve.itertuples()])
        said.append("Left: the outcome" if panels == 2 else "The outcome")
        said[-1] += " the model predicts by number of mentors, all else at its mean, with 95 % intervals (n: mentees)."
        alt.append("; ".join(f"{row.of} mentors: {numbers.estimate(row.estimate, row.ci_low, row.ci_high)}" for row in curve.itertuples()))
    if len(coverage):
        _coverage(axes[0, panels - 1], coverage, names)
        said.append(
            ("Right: share" if panels == 2 else "Share")
            + " of mentees for whom at least one mentor covers a function, with 95 % intervals."
        )
        alt.append(
            "; ".join(
                f"{names.scale(row.of)}, {row.topic.split(', ')[1]}: {numbers.percent(row.estimate)}" for row in coverage.itertuples()
            )
        )
    return Drawn(f"network_{question}", figure, " ".join(said), ". ".join(alt) + ".", question)


def _coverage(axis: Axes, coverage: pd.DataFrame, names: Names) -> None:
    functions = list(dict.fromkeys(coverage["of"]))
    for shift, (label, colour) in zip((-0.13, 0.13), COLOURS.items()):
        part = coverage[coverage["topic"] == f"coverage, {label}"]
        if part.empty:
            continue
        x = np.array([functions.index(name) for name in part["of"]]) + shift
        value, low, high = (100 * part[name].to_numpy(float) for name in ("estimate", "ci_low", "ci_high"))
        axis.errorbar(x, value, yerr=[value - low, high - value], fmt="o" if shift > 0 else "s", color=colour, capsize=3, label=label)
    axis.set(
        xlim=(-0.5, len(functions) - 0.5), ylim=(0, 104), xticks=range(len(functions)), ylabel="Mentees (%)", title="Functions covered"
    )
    axis.set_xticklabels([theme.wrapped(names.scale(name), 18, 2) for name in functions])
    # Below both panels: inside, it would lie over an interval.
    axis.figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
