"""Two views of one relationship: what the answers' differences are made of, and how far apart the two sides are."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mentoring.report import disclosure, numbers, theme
from mentoring.report.answers import Answer
from mentoring.report.theme import Drawn

PARTS = {
    "programme": ("#b9c3cc", "Programme"), "mentor": ("#1b5e7b", "Mentor"), "relationship": ("#d8a55c", "Relationship"),
    "moment and error": ("#eef1f4", "Moment and error"),
}  # fmt: skip
WHERE = (
    ("generalised reciprocity", "between mentors"),
    ("dyadic reciprocity", "within mentors"),
    ("reciprocity of the moment", "from wave to wave"),
)
# Numbers above a marker stay legible where they cross the zero line.
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85}


def draw_parts(answer: Answer, quantities: pd.DataFrame, label: str) -> Drawn | None:
    """A stacked bar per role, and beside it the correlations of the two sides' parts; None when no share was estimated."""
    shares = quantities[(quantities["topic"] == "variance") & quantities["estimate"].notna()]
    if shares.empty:
        return None
    figure, axes = theme.canvas(52, rows=1, columns=2, gridspec_kw={"width_ratios": [1.5, 1]})
    several = "relationship" in set(shares["quantity"])
    said = _bars(axes[0, 0], shares, several)
    told = _correlations(axes[0, 1], quantities)
    ends = [numbers.counted(int(shares["n"].max()), "pair") + " of answers"]
    caption = (
        f"Left: where differences in {label.lower()} lie, as shares of each side’s variance (n = {', '.join(ends)}). Mentor: what a mentor says "
        "of all mentees alike, and what all mentees of a mentor say alike. "
        + ("Relationship: what is lasting and this pair’s own. Moment and error: what changes from wave to wave. " if several else
           "Relationship and moment cannot be told apart with one wave. ")
        + "Right: how the two sides’ parts go together, with 95 % intervals."
    )  # fmt: skip
    return Drawn(
        f"parts_{answer.question.name}",
        figure,
        caption,
        f"Shares of variance: {'; '.join(said)}. Correlations: {'; '.join(told)}.",
        answer.question.name,
    )


def _bars(axis: Axes, shares: pd.DataFrame, several: bool) -> list[str]:
    said = []
    for y, role in enumerate(("mentee", "mentor")):
        left = 0.0
        own = shares[shares["of"] == role].set_index("quantity")["estimate"]
        for part, (colour, _) in PARTS.items():
            if part not in own or not own[part] > 0:
                continue
            axis.barh(y, own[part], left=left, color=colour, edgecolor=theme.SOFT, linewidth=0.5, height=0.6)
            if own[part] >= 0.06:
                axis.text(
                    left + own[part] / 2, y, numbers.percent(own[part]), ha="center", va="center", fontsize=6.8, color=theme.text_on(colour)
                )
            left += own[part]
        said.append(f"{role}s’ answers: " + ", ".join(f"{part} {numbers.percent(own[part])}" for part in PARTS if part in own))
    axis.set(yticks=[0, 1], xlim=(0, 1), ylim=(1.5, -0.6), xlabel="Share of the variance", title="Where differences lie")
    axis.set_yticklabels(["Mentees’\nanswers", "Mentors’\nanswers"])
    axis.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    names = {
        part: "Relationship, moment and error" if part == "moment and error" and not several else words
        for part, (_, words) in PARTS.items()
    }
    present = [part for part in PARTS if part in set(shares["quantity"])]
    handles = [Patch(facecolor=PARTS[part][0], edgecolor=theme.SOFT, linewidth=0.5, label=names[part]) for part in present]
    axis.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.45, -0.28), ncols=len(present), columnspacing=1, handlelength=1.2)
    theme.no_y(axis)
    return said


def _correlations(axis: Axes, quantities: pd.DataFrame) -> list[str]:
    rows = quantities[quantities["topic"] == "reciprocity"].set_index("quantity")
    present = [(name, where) for name, where in WHERE if name in rows.index and pd.notna(rows.loc[name, "ci_low"])]
    said, labels = [], []
    for y, (name, where) in enumerate(present):
        row = rows.loc[name]
        axis.plot([row["ci_low"], row["ci_high"]], [y, y], color=theme.ACCENT, solid_capstyle="butt")
        axis.plot(row["estimate"], y, "o", color=theme.ACCENT)
        size = numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], bounded=True)
        side, at = ("right", 1.0) if row["estimate"] > 0.4 else ("left", -1.0) if row["estimate"] < -0.4 else ("center", row["estimate"])
        axis.annotate(size, (at, y), (0, 5), textcoords="offset points", ha=side, fontsize=6.3, bbox=BEHIND)
        labels.append(where.capitalize())
        said.append(f"{name} {size}")
    theme.zero_line(axis)
    axis.set(
        xlim=(-1.05, 1.05),
        ylim=(max(len(present), 1) - 0.4, -0.8),
        yticks=range(len(present)),
        xlabel="Correlation of the two sides",
        title="Reciprocity",
    )
    axis.set_yticklabels([theme.wrapped(label, 14, 2) for label in labels], fontsize=6.8)
    theme.no_y(axis)
    return said


def draw_gap(answer: Answer, quantities: pd.DataFrame, analysis: pd.DataFrame, of: str, label: str, smallest: int) -> Drawn | None:
    """Difference of the two sides against their mean (Bland–Altman), as means of bins; None with too few people or no model.

    Parameters
    ----------
    quantities, analysis : DataFrame
        This question's rows of `quantities`; the table `analysis`.
    of, label : str
        The scale's name, and what it is called.
    """
    rows = quantities[quantities["topic"] == "agreement"].set_index("quantity")
    sides = [f"{role}_{of}" for role in ("mentor", "mentee")]
    if "mean gap" not in rows.index or pd.isna(rows.loc["mean gap", "ci_low"]) or not set(sides) <= set(analysis.columns):
        return None
    known = analysis.dropna(subset=sides)
    mentor, mentee = (known[side].astype(float) for side in sides)
    points = disclosure.binned(known.assign(x=(mentor + mentee) / 2, y=mentee - mentor), "x", "y", smallest)
    if points.empty:
        return None
    figure, axes = theme.canvas(66, 110)
    axis = axes[0, 0]
    named = (
        ("upper limit of agreement", "Upper limit", theme.SOFT, "--"),
        ("mean gap", "Mean gap", theme.ACCENT, "-"),
        ("lower limit of agreement", "Lower limit", theme.SOFT, "--"),
    )
    said = []
    for name, short, colour, dash in named:
        row = rows.loc[name]
        axis.axhspan(row["ci_low"], row["ci_high"], color=colour, alpha=0.14, linewidth=0)
        axis.axhline(row["estimate"], color=colour, linestyle=dash, linewidth=1.1)
        size = numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], 2)
        axis.text(1.01, row["estimate"], f"{short}\n{size}", transform=axis.get_yaxis_transform(), va="center", fontsize=6.5)
        said.append(f"{short.lower()} {size}")
    axis.axhline(0, color=theme.INK, linewidth=0.7, linestyle=":")
    size = 10 + 50 * points["rows"] / points["rows"].max()
    axis.scatter(points["x"], points["y"], s=size, facecolor="white", edgecolor=theme.INK, linewidth=0.8, zorder=4)
    axis.set_xlabel(theme.wrapped(f"Mean of both sides’ answers, {label.lower()}", 60, 2))
    axis.set_ylabel("Mentee minus mentor (points)")
    axis.margins(x=0.08, y=0.1)
    caption = (
        f"How far apart the two sides are on {label.lower()} (n = {numbers.count(rows.loc['mean gap', 'n'])} pairs of answers). Above the dotted line mentees answer higher. "
        "Between the dashed lines lie about 95 % of differences, by the mixed model; shaded: 95 % intervals. Circles are means of groups of "
        f"pairs (at least {smallest} mentors and {smallest} mentees in each; larger circle, more pairs): where they slope, the gap differs with the level."
    )
    return Drawn(
        f"gap_{answer.question.name}",
        figure,
        caption,
        "Differences of the two sides’ answers: " + "; ".join(said) + ".",
        answer.question.name,
    )
