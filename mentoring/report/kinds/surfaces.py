"""What the pages of congruence and exchange share: the figures and tables of a surface."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mentoring.models.surface.family import MEANINGS
from mentoring.models.surface.geometry import COEFFICIENTS, POINTS, SHAPES
from mentoring.report import numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable
from mentoring.report.figures import surface, surface_views
from mentoring.report.figures.surface import Ground
from mentoring.report.inputs import Results
from mentoring.report.theme import Drawn

LABELS = {
    "b0": "b0: height at the centre", "b1": "b1: X", "b2": "b2: Y", "b3": "b3: X²", "b4": "b4: X × Y", "b5": "b5: Y²",
    "x0": "X0: stationary point", "y0": "Y0: stationary point", "p10": "p10: first axis, intercept", "p11": "p11: first axis, slope",
    "p20": "p20: second axis, intercept", "p21": "p21: second axis, slope",
}


def own_rows(results: Results, table: str, answer: Answer) -> pd.DataFrame:
    """A question's rows of a table."""
    rows = results[table]
    return rows[rows["question"] == answer.question.name]


def one(rows: pd.DataFrame, column: str = "estimate", **where: str) -> float:
    """One number of a table, NaN where it is not there."""
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return float(rows[column].iloc[0]) if len(rows) else float("nan")


def points_of(results: Results, x: str, y: str, outcome: str) -> pd.DataFrame:
    """Relationships with outcome and both scores, each once by its means: x, y, z, mentor, mentee."""
    analysis = results["analysis"]
    if not {x, y, outcome} <= set(analysis.columns):
        return pd.DataFrame(columns=["x", "y", "z", "mentor", "mentee"])
    known = analysis[analysis[[x, y, outcome]].notna().all(axis=1)]
    named = {"x": (x, "mean"), "y": (y, "mean"), "z": (outcome, "mean"), "mentor": ("mentor", "first"), "mentee": ("mentee", "first")}
    return known.astype({x: "float64", y: "float64", outcome: "float64"}).groupby("dyad").agg(**named).reset_index()


def base_of(answer: Answer, results: Results, x: str, y: str, labels: tuple[str, str], lines: tuple[str, str], hint: str) -> Ground | None:
    """What the figures draw on; None when there is no surface."""
    found = own_rows(results, "response_surface", answer)
    sides = own_rows(results, "quantities", answer).query("topic == 'sides'")
    if found.empty or sides.empty:
        return None
    return surface.ground(points_of(results, x, y, answer.outcome), found, sides, labels, lines, hint, results.smallest)


def figures(
    answer: Answer, results: Results, base: Ground | None, titles: tuple[str, str], axes: tuple[str, str], terms: Mapping[str, str],
    meanings: dict[str, str],
) -> list[Drawn]:
    """Map, perspective, courses and shapes.

    Parameters
    ----------
    titles, axes : tuple of str
        The two lines across the surface, and what is set out along them.
    terms : dict
        Term of `fixed_effects` → name of the shape.
    """
    if base is None:
        return []
    shapes = answer.effects[answer.effects["term"].isin(terms)].assign(name=lambda rows: rows["term"].map(dict(terms)))
    drawn = [
        surface.draw_map(answer, base, results.smallest), surface_views.draw_courses(answer, results["effect_lines"], titles, axes, base.faded),
        surface_views.draw_solid(answer, base), surface_views.draw_shapes(answer, shapes, meanings, base.faded),
    ]
    return [figure for figure in drawn if figure]


def quantities_table(answer: Answer, results: Results, meanings: Mapping[str, str], note: str) -> ApaTable | None:
    """Coefficients, shapes, stationary point and axes of one surface."""
    own = own_rows(results, "response_surface", answer).set_index("quantity")
    if own.empty or own["estimate"].isna().all():
        return None
    rows, said = [], []
    labels = {**LABELS, **{name: f"{name}: {meanings[name]}" for name in SHAPES}}
    for name in (*COEFFICIENTS, *SHAPES, *POINTS):
        row = own.loc[name]
        digits = numbers.digits_for(row["estimate"], row["ci_low"], row["ci_high"])
        remark = "" if numbers.is_missing(row["note"]) else str(row["note"])
        if remark.startswith(("undefined", "not estimated", "fewer")):
            said.append(f"{name}: {remark}")
        rows.append([labels[name], "undefined" if remark.startswith("undefined") else numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], digits),
                     numbers.number(row["se"], digits), numbers.df(row["df"]), numbers.p_value(row["p"])])
    drawn = own.loc[list(POINTS), "note"].dropna()
    resampled = [str(text) for text in drawn if "resamples of mentors" in str(text)]
    note += f" Stationary point and axes: percentile intervals over {resampled[0]}, about the centre." if resampled else ""
    note += f" {'; '.join(said)}." if said else ""
    return ApaTable(f"surface-{answer.question.name}", f"Response surface of {answer.outcome_label}", ["Quantity", "Estimate [95 % CI]", "SE", "df", "p"], rows, note)


def models_table(answer: Answer, results: Results, x: str, y: str) -> ApaTable | None:
    """Simpler surfaces beside the full one, best first."""
    own = own_rows(results, "surface_models", answer)
    own = own[own["aicc"].notna()].sort_values(["delta", "k"], kind="stable")
    if own.empty:
        return None
    total, rows = 0.0, []
    for row in own.itertuples():
        total += row.weight
        cells = [numbers.count(row.k), numbers.number(row.loglik, 1), numbers.number(row.aicc, 1), numbers.number(row.delta, 2)]
        rows.append([row.model, MEANINGS[row.model], *cells, numbers.number(row.weight, bounded=True), numbers.number(total, bounded=True)])
    note = (
        f"X: {x}; Y: {y}. All with the same covariates and random part, by maximum likelihood; k counts variances. Models within 2 of the best (Δ) describe the data "
        "practically as well; the first ones with a cumulated weight (Cum.) up to .95 are those to reckon with. They support the answer; they do not decide it."
    )
    return ApaTable(f"models-{answer.question.name}", "Simpler surfaces beside the full one", ["Model", "Surface", "k", "Log-lik.", "AICc", "Δ", "Weight", "Cum."], rows, note, 2)
