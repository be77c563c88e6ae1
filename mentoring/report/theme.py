"""One look for every figure: colours that colour-blind readers tell apart, type that stays legible at journal width, fixed bytes.

Figures are 85 to 180 mm wide and are drawn at that size, so 7-point type in the file is 7-point type on the page.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from mentoring.report.slim_svg import slim

MM = 1 / 25.4
FULL_WIDTH, HALF_WIDTH = 174, 85
DOTS_PER_INCH = 200

INK, SOFT, LINE, PALE = "#1f2328", "#57606a", "#c9d1d9", "#eef1f4"
# Okabe and Ito's blue and vermilion: told apart under all common kinds of colour blindness, and in grey by their lightness.
MENTOR, MENTEE = "#0072b2", "#d55e00"
ROLE_COLOURS = {"mentor": MENTOR, "mentee": MENTEE}
ROLE_MARKERS = {"mentor": "s", "mentee": "o"}
ACCENT = "#1b5e7b"
WITHIN, BETWEEN = "#1b5e7b", "#a2497a"
LEVEL_COLOURS = {"within mentor": WITHIN, "between mentors": BETWEEN, "all": ACCENT}
WAVE_COLOURS = ("#0072b2", "#b87a00", "#a2497a", "#2c7c58", "#57606a")

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.title_fontsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.grid": False,
    "grid.color": LINE,
    "grid.linewidth": 0.4,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": DOTS_PER_INCH,
    "figure.dpi": 100,
    # Same input, same bytes: matplotlib otherwise salts SVG ids at random. Text as outlines looks the same on every machine.
    "svg.hashsalt": "mentoring",
    "svg.fonttype": "path",
    # Labels come from users: a dollar sign is a dollar sign.
    "text.parse_math": False,
    "text.usetex": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
}


@dataclass(frozen=True)
class Drawn:
    """A figure with the words that go with it.

    Attributes
    ----------
    name : str
        File name without ending.
    figure : Figure
    caption : str
        What to see, with n; printed below.
    alt : str
        The same for those who cannot see it.
    question : str
        The question it belongs to (empty: the whole study).
    tips : sequence of Tip
        What the page tells of single marks.
    surface : dict, optional
        A surface the page lets its readers turn: `x`, `y`, `z` (rows by y), `lines` and `labels`.
    """

    name: str
    figure: Figure
    caption: str
    alt: str
    question: str = ""
    tips: Sequence[Tip] = ()
    surface: dict[str, Any] | None = None


@dataclass(frozen=True)
class Tip:
    """Words shown on the screen where the pointer is over an interval.

    Attributes
    ----------
    axes : Axes
    low, high, y : float
        Where it is drawn, in the axes' units; it is half a unit high to both sides.
    text : str
    """

    axes: Axes
    low: float
    high: float
    y: float
    text: str

    def place(self) -> dict[str, Any]:
        """As shares of the figure's width and height, from the upper left; known once the figure has been drawn."""
        figure = self.axes.figure
        (x0, y0), (x1, y1) = figure.transFigure.inverted().transform(  # type: ignore[union-attr]
            self.axes.transData.transform([(self.low, self.y - 0.5), (self.high, self.y + 0.5)])
        )
        left, right = max(0.0, min(x0, x1)), min(1.0, max(x0, x1))
        share = {"x": left, "w": max(right - left, 0.01), "y": 1 - max(y0, y1), "h": abs(y1 - y0)}
        return {**{name: round(float(size), 4) for name, size in share.items()}, "text": self.text}


@contextmanager
def house() -> Iterator[None]:
    """The house settings, for drawing and for saving alike."""
    with mpl.rc_context():
        mpl.rcdefaults()
        seaborn.set_theme(context="paper", style="ticks", palette="colorblind", rc=_RC)
        yield


def canvas(height: float, width: float = FULL_WIDTH, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, np.ndarray]:
    """An empty figure of that size in millimetres with its axes (always an array of rows × columns).

    Built without pyplot, which keeps every figure open in memory.
    """
    figure = Figure(figsize=(width * MM, height * MM), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)  # type: ignore[union-attr, call-arg]
    return figure, axes


def stamp(figure: Figure) -> None:
    """Write SYNTHETIC into the corner, in a strip of its own above everything else."""
    height = figure.get_figheight() / MM
    top = 1 - 4.5 / height
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, top))
    figure.text(
        1 - 1 / (figure.get_figwidth() / MM),
        1 - 1 / height,
        "SYNTHETIC DATA",
        ha="right",
        va="top",
        fontsize=6.5,
        weight="bold",
        color="#9a3412",
    )


def save(drawn: Drawn, folder: Path) -> list[Path]:
    """Write the SVG and the PNG (200 dots per inch) of a figure, and what the page tells of it (JSON), where there is such."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{drawn.name}.svg", folder / f"{drawn.name}.png"]
    # Each canvas prints by itself: `savefig` would draw everything twice, once for the layout alone.
    with house():
        FigureCanvasSVG(drawn.figure).print_svg(files[0], metadata={"Date": None, "Creator": "mentoring"})
        drawn.figure.set_layout_engine("none")  # laid out by the first drawing; doing it again would only take time
        drawn.figure.set_dpi(DOTS_PER_INCH)
        # Packed a little less tightly than usual, in half the time.
        FigureCanvasAgg(drawn.figure).print_png(files[1], metadata={"Software": "mentoring"}, pil_kwargs={"compress_level": 4})
    told = {"tips": [tip.place() for tip in drawn.tips], "surface": drawn.surface}
    if any(told.values()):
        files.append(folder / f"{drawn.name}.json")
        files[2].write_text(json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False, allow_nan=False), encoding="utf-8", newline="\n")
    files[0].write_text(slim(files[0].read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return files


def diverging(count: int) -> list[str]:
    """Colours from disagreement to agreement: brown to teal through light grey, safe for colour-blind readers."""
    if count == 1:
        return ["#d9dee3"]
    ramp = LinearSegmentedColormap.from_list("answers", ["#8c510a", "#d8a55c", "#e3e3e0", "#6fb5ac", "#01665e"])
    return [to_hex(ramp(place)) for place in np.linspace(0, 1, count)]


def text_on(colour: str) -> str:
    """Black or white, whichever can be read on that colour."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """A label over several lines."""
    parts = textwrap.wrap(text, width) or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], textwrap.shorten(" ".join(parts[lines - 1 :]), width, placeholder="…")]
    return "\n".join(parts)


def zero_line(axes: Axes) -> None:
    """A vertical line where there is no association."""
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=1)


def no_y(axes: Axes) -> None:
    """Take away the y axis's line and ticks where labels alone say it."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
