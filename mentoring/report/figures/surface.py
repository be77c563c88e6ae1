"""An outcome over two sides' standing: the model's surface from above beside plain means of groups, the same in perspective, and its shapes."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, RegularPolygon

from mentoring.models.surface.geometry import COEFFICIENTS, height
from mentoring.report import numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.names import lower_first
from mentoring.report.regions import Hexagons, covered_region, hexagons
from mentoring.report.theme import Drawn

COLOURS = LinearSegmentedColormap.from_list("surface", ["#fbf7e9", "#cfe0c3", "#7fb5a8", "#33788f", "#173a5e"])
# For a surface over two sides that may not have understood the questions alike.
GREYS = LinearSegmentedColormap.from_list("surface in doubt", ["#f4f4f4", "#9b9b9b"])
EDGE = 145
RINGS = 40


@dataclass(frozen=True)
class Ground:
    """What the figures of one surface draw on.

    Attributes
    ----------
    x_label, y_label : str
    lines : tuple of str
        How the lines of congruence and incongruence are called.
    coefficients : ndarray
        b0 to b5 about `centre`.
    centre, step : float
        Where both sides are zero, and one standard deviation of theirs.
    ridge : tuple of float or None
        p10 and p11, where they are defined.
    region : ndarray or None
        Corners of the part that may be drawn.
    cells : Hexagons or None
    hint : str
        What to look for.
    faded : bool
        Whether it is drawn in grey, because the two sides are not shown to be comparable.
    """

    x_label: str
    y_label: str
    lines: tuple[str, str]
    coefficients: np.ndarray
    centre: float
    step: float
    ridge: tuple[float, float] | None
    region: np.ndarray | None
    cells: Hexagons | None
    hint: str = ""
    faded: bool = False

    @property
    def colours(self) -> LinearSegmentedColormap:
        """From low to high."""
        return GREYS if self.faded else COLOURS

    def heights(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The surface at places in the data's own units."""
        return height(self.coefficients, x - self.centre, y - self.centre)

    @property
    def mesh(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rings from the middle of the region to its edge, with the surface's height."""
        assert self.region is not None
        edge = _even(self.region, EDGE)
        middle = self.region.mean(axis=0)
        share = np.linspace(0, 1, RINGS)[:, None, None]
        places = middle + share * (edge - middle)
        return places[..., 0], places[..., 1], self.heights(places[..., 0], places[..., 1])

    def along(self, line: str) -> tuple[np.ndarray, np.ndarray]:
        """Places on a line, as far as it runs through the region: `congruence`, `incongruence` or `ridge`."""
        assert self.region is not None
        reach = np.abs(self.region - self.centre).max()
        t = np.linspace(-1.5 * reach, 1.5 * reach, 1201)
        if line == "ridge":
            assert self.ridge is not None
            slope = np.array([1.0, self.ridge[1]]) / np.hypot(1, self.ridge[1])
            x, y = t * slope[0], self.ridge[0] + t * slope[1]
        else:
            x, y = t, t if line == "congruence" else -t
        inside = mpl.path.Path(self.region).contains_points(np.column_stack([x, y]) + self.centre, radius=1e-9)
        return x[inside] + self.centre, y[inside] + self.centre


def ground(
    points: pd.DataFrame,
    surface: pd.DataFrame,
    sides: pd.DataFrame,
    labels: tuple[str, str],
    lines: tuple[str, str],
    hint: str,
    smallest: int,
) -> Ground | None:
    """Gather what the figures need; None when the surface was not estimated.

    Parameters
    ----------
    points : DataFrame
        x, y, z, mentor, mentee; one row per relationship.
    surface, sides : DataFrame
        The question's rows of `response_surface`, and those of `quantities` with topic `sides`.
    """
    found = surface.set_index("quantity")["estimate"]
    if found.reindex(COEFFICIENTS).isna().any():
        return None
    centre = float(sides.loc[sides["quantity"] == "centre", "estimate"].iloc[0])
    step = float(sides.loc[sides["of"] == "each about its own mean", "estimate"].iloc[0])
    ridge = None if found[["p10", "p11"]].isna().any() else (float(found["p10"]), float(found["p11"]))
    return Ground(
        *labels,
        lines,
        found[list(COEFFICIENTS)].to_numpy(float),
        centre,
        step,
        ridge,
        covered_region(points, smallest),
        hexagons(points, step, smallest),
        hint,
    )


def draw_map(answer: Answer, base: Ground, smallest: int) -> Drawn | None:
    """The surface from above, and beside it plain means of groups in the same colours."""
    if base.region is None:
        return None
    x, y, z = base.mesh
    means = base.cells.cells["z"] if base.cells is not None else pd.Series(dtype=float)
    low, high = min(z.min(), *means), max(z.max(), *means)
    norm, levels = Normalize(low, high), np.linspace(low, high, 13)
    figure, axes = theme.canvas(96, theme.FULL_WIDTH, 1, 2, sharex=True, sharey=True)
    left, right = axes[0]
    filled = left.contourf(x, y, z, levels=levels, cmap=base.colours, norm=norm)
    filled.set_edgecolor("face")
    left.contour(x, y, z, levels=levels, colors="white", linewidths=0.3)
    left.add_patch(Polygon(base.region, closed=True, fill=False, edgecolor=theme.SOFT, linewidth=0.6))
    handles = _lines(left, base)
    left.set_title("The model’s surface")
    shown = _hexes(right, base, norm)
    right.set_title("Plain means of groups")
    frame = np.vstack([base.region, base.cells.cells[["x", "y"]].to_numpy()]) if base.cells is not None else base.region
    room = 1.1 * base.cells.size if base.cells is not None else 0.1 * base.step
    # A square frame: one unit is as long to the right as upwards.
    middle, reach = (frame.max(axis=0) + frame.min(axis=0)) / 2, np.ptp(frame, axis=0).max() / 2 + room
    for axis in (left, right):
        axis.set(xlim=(middle[0] - reach, middle[0] + reach), ylim=(middle[1] - reach, middle[1] + reach), box_aspect=1)
        axis.set_xlabel(theme.wrapped(base.x_label, 40, 2))
    left.set_ylabel(theme.wrapped(base.y_label, 36, 2))
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, base.colours), ax=list(axes[0]), shrink=0.8, aspect=28, pad=0.01)
    bar.set_label(theme.wrapped(answer.outcome_label + (f" ({answer.question.unit})" if answer.question.unit else ""), 46, 2))
    bar.outline.set_visible(False)  # type: ignore[operator]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    least, most = _places(base, z, x, y)
    caption = (
        f"{answer.outcome_label} over {lower_first(base.x_label)} and {lower_first(base.y_label)} (n = {numbers.count(answer.size('obs'))} rows). Left: the model’s "
        f"surface with covariates at their mean; darker is higher. It is drawn only where at least {smallest} mentors and {smallest} mentees lie beyond its edge in every direction. "
        f"Right: {shown} {base.hint}"
    )
    alt = (
        f"Map of the predicted outcome. Within the region drawn it is lowest, {least}, and highest, {most}. "
        f"Plain means of groups: {numbers.number(means.min())} to {numbers.number(means.max())}."
    )
    return Drawn(f"surface_{answer.question.name}", figure, caption, alt, answer.question.name)


def _places(base: Ground, z: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[str, str]:
    said = []
    for at in (int(np.argmin(z)), int(np.argmax(z))):
        said.append(f"{numbers.number(z.flat[at])}, at {numbers.number(x.flat[at], 1)} and {numbers.number(y.flat[at], 1)}")
    return said[0], said[1]


def _lines(axis: Axes, base: Ground) -> list[Line2D]:
    """Lines of congruence and incongruence, and the ridge where it is defined."""
    styles = [("congruence", base.lines[0], "-", "#9a3412"), ("incongruence", base.lines[1], "--", "#9a3412")]
    styles += [("ridge", "First axis of the surface", ":", theme.INK)] if base.ridge is not None else []
    drawn = [(base.along(line), label, style, colour) for line, label, style, colour in styles]
    return [axis.plot(*at, style, color=colour, linewidth=1.1, label=label)[0] for at, label, style, colour in drawn if len(at[0])]


def _hexes(axis: Axes, base: Ground, norm: Normalize) -> str:
    """Groups of relationships as hexagons; returns what to say of them."""
    for line, style in (("congruence", "-"), ("incongruence", "--")):
        axis.plot(*base.along(line), style, color="#9a3412", linewidth=0.7, alpha=0.6)
    if base.cells is None:
        axis.text(0.5, 0.5, "Too few people\nto show groups", transform=axis.transAxes, ha="center", va="center", color=theme.SOFT)
        return "too few people to show groups."
    for cell in base.cells.cells.itertuples():
        colour = mpl.colors.to_hex(base.colours(norm(cell.z)))
        axis.add_patch(
            RegularPolygon((cell.x, cell.y), 6, radius=base.cells.size, facecolor=colour, edgecolor="white", linewidth=1, zorder=3)
        )
        axis.text(
            cell.x, cell.y, numbers.count(cell.relationships), ha="center", va="center", fontsize=6.3, color=theme.text_on(colour), zorder=4
        )
    left = base.cells.total - base.cells.shown
    return (
        f"plain means of {numbers.count(len(base.cells.cells))} groups of relationships (numbers: how many), not adjusted for anything; groups of too few people are left out"
        + (f" ({numbers.count(left)} of {numbers.count(base.cells.total)} relationships)." if left >= 10 else ".")
    )


def _even(corners: np.ndarray, count: int) -> np.ndarray:
    """Places spread evenly along a polygon's edge, the corners among them, closed."""
    ring = np.vstack([corners, corners[:1]])
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    at = np.unique(np.concatenate([np.linspace(0, far[-1], count), far]))
    return np.column_stack([np.interp(at, far, ring[:, 0]), np.interp(at, far, ring[:, 1])])
