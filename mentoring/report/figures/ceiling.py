"""The empty corner: where relationships lie, the straight ceiling over them, and the outcome predicted along the condition."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from mentoring.report import disclosure, numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

# Wide smoothing and no outer tenth, so that no patch of colour stands for one relationship.
SHARES = (0.9, 0.5)
TONES = ("#d5e3ea", "#94b8c8")
SMOOTHING = 1.5
EDGE = 0.02


def draw(
    answer: Answer, quantities: pd.DataFrame, points: pd.DataFrame, condition_column: str, turned: bool, names: Names, smallest: int
) -> Drawn | None:
    """Left: areas that hold half and nine tenths of relationships, under the straight ceiling. Right: predictions. None when there is neither.

    Parameters
    ----------
    quantities : DataFrame
        This question's rows of the table `quantities`.
    points : DataFrame
        One row per relationship: `x` (high: more alike), `y`, `mentor`, `mentee`.
    condition_column : str
    turned : bool
        The condition is a distance; its axis runs from far to near.
    """
    predicted = quantities[(quantities["topic"] == "predicted") & quantities["estimate"].notna()]
    line = quantities[(quantities["topic"] == "ceiling") & (quantities["of"] == "CR-FDH")].set_index("quantity")["estimate"]
    enough = disclosure.enough(points["mentor"].nunique(), points["mentee"].nunique(), max(smallest, 10))
    cloud = enough and "slope" in line and points["x"].nunique() >= 5 and points["y"].nunique() >= 5
    if not cloud and predicted.empty:
        return None
    panels = int(cloud) + int(len(predicted) > 0)
    figure, axes = theme.canvas(72, theme.FULL_WIDTH if panels == 2 else 95, 1, panels)
    condition = names.variable(condition_column)
    said, alt = [], []
    if cloud:
        _cloud(axes[0, 0], points, float(line["slope"]), float(line["intercept"]), turned)
        axes[0, 0].set(title="Is the upper left corner empty?", ylabel=theme.wrapped(answer.outcome_label, 40, 2))
        axes[0, 0].set_xlabel(theme.wrapped(condition, 44, 2) + ("\n(from far to near)" if turned else ""))
        d = line.get("d", np.nan)
        said.append(
            f"Left: areas that hold half and nine tenths of {numbers.count(len(points))} relationships (smoothed; no point stands for one of "
            f"them), the straight ceiling (CR-FDH) over them, and hatched what it leaves empty (d = {numbers.number(d)}, as part of the observed field; the axes leave out the outermost fiftieth)."
        )
        alt.append(f"Smoothed cloud of relationships under a straight ceiling that leaves {numbers.number(d)} of the field empty.")
    if len(predicted):
        axis = axes[0, panels - 1]
        _predictions(axis, predicted)
        axis.set(title="Predicted outcome", ylabel=theme.wrapped(answer.outcome_label, 40, 2))
        axis.set_xlabel(theme.wrapped(condition, 44, 2) + ("\n(turned round: high means near)" if turned else ""))
        said.append(
            f"{'Right: the' if cloud else 'The'} mixed model’s prediction with 95 % intervals where the condition is as low as in a tenth of "
            f"the {numbers.count(predicted['n'].iloc[0])} rows, in the middle, and as high as in a tenth; all else at its mean."
            if len(predicted) == 3
            else f"{'Right: the' if cloud else 'The'} mixed model’s prediction with 95 % intervals without and with a match "
            f"({numbers.count(predicted['n'].iloc[0])} rows); all else at its mean."
        )
        alt.append(
            "Predicted outcome: "
            + "; ".join(f"{row.of} {numbers.estimate(row.estimate, row.ci_low, row.ci_high)}" for row in predicted.itertuples())
            + "."
        )
    return Drawn(f"ceiling_{answer.question.name}", figure, " ".join(said), " ".join(alt), answer.question.name)


def _cloud(axis: Axes, points: pd.DataFrame, slope: float, intercept: float, turned: bool) -> None:
    x, y = points["x"].to_numpy(float), points["y"].to_numpy(float)
    grid_x, grid_y = (np.linspace(v.min() - 0.12 * np.ptp(v), v.max() + 0.12 * np.ptp(v), 80) for v in (x, y))
    smooth = stats.gaussian_kde(np.vstack([x, y]), bw_method=lambda kde: SMOOTHING * kde.scotts_factor())
    density = smooth(np.vstack([side.ravel() for side in np.meshgrid(grid_x, grid_y)])).reshape(80, 80)
    # The density at which an area holds that share of the relationships.
    cuts = np.quantile(smooth(np.vstack([x, y])), [1 - share for share in SHARES])
    shown = -grid_x if turned else grid_x
    axis.contourf(shown, grid_y, density, levels=[*cuts, density.max() * 1.01], colors=list(TONES))
    left, right = np.quantile(x, [EDGE, 1 - EDGE])
    along = np.linspace(left, right, 200)
    height = np.clip(intercept + slope * along, y.min(), y.max())
    place = -along if turned else along
    axis.fill_between(place, height, y.max(), facecolor="none", edgecolor=theme.SOFT, hatch="////", linewidth=0)
    axis.plot(place, height, color=theme.BETWEEN, linewidth=1.6)
    axis.set_ylim(np.quantile(y, EDGE), y.max() + 0.02 * np.ptp(y))
    axis.set_xlim(place[0], place[-1])


def _predictions(axis: Axes, predicted: pd.DataFrame) -> None:
    places = np.arange(len(predicted))
    value, low, high = (predicted[name].to_numpy(float) for name in ("estimate", "ci_low", "ci_high"))
    axis.errorbar(places, value, yerr=[value - low, high - value], fmt="o", color=theme.ACCENT, capsize=3)
    for place, number, top in zip(places, value, high):
        axis.annotate(numbers.number(number), (place, top), (0, 3), textcoords="offset points", ha="center", fontsize=6.8)
    axis.set(xlim=(-0.5, len(predicted) - 0.5), xticks=places)
    axis.set_xticklabels(list(predicted["of"]))
    axis.margins(y=0.15)
