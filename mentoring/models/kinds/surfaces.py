"""What the kinds `congruence` and `exchange` share: the model of an outcome over two scores, and the tables it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.answer_rows import each_answer_once
from mentoring.models.fitting import Fitted, fit_plan
from mentoring.models.kinds.kind import Tables
from mentoring.models.kinds.similarity import check_columns, varying, wave_term
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.results import LINE_POINTS, result_tables
from mentoring.models.structure import diagnose
from mentoring.models.surface.geometry import COEFFICIENTS, POINTS, SHAPES, shape_columns
from mentoring.models.surface.response import JointF, ResponseSurface, course, surface_of
from mentoring.models.surface.sides import Sides, compare_sides
from mentoring.settings.questions import CongruenceQuestion, ExchangeQuestion
from mentoring.tables import EFFECT_LINES, FIXED_EFFECTS, QUANTITIES, RESPONSE_SURFACE, SURFACE_MODELS

GROUPS = ["program", "mentor", "mentee", "dyad"]
# ASSUME: where less than this share of a side's variance lies within mentors, its mentor mean is left out of the model: it would be nearly the
# same column twice.
LEAST_WITHIN = 0.2
SurfaceQuestion = CongruenceQuestion | ExchangeQuestion


def plan_surface(
    question: SurfaceQuestion, analysis: pd.DataFrame, x: str, y: str, terms: Sequence[str], focus: str, *,
    centre: float | None = None, at_means: bool = False, problem: str = "",
) -> tuple[ModelPlan, Sides | None]:
    """The model of an outcome over two scores, written in its shapes (the coefficients of `terms` are a1 to a5).

    Both scores are centred at one place. The outcome may go with a score differently between mentors, so each score that differs within
    mentors gets a random slope, tried first and only dropped by the stated ladder; and its mean over the mentor's relationships enters as
    a term, so that the surface does not mix what lies within mentors with what lies between them (Mundlak 1978).

    # ASSUME: the curved terms hold within and between mentors alike; only the straight ones are split.

    Parameters
    ----------
    x, y : str
        Columns of the scores.
    terms : sequence of str
        Names of the five terms.
    focus : str
        The one the question is about.
    centre : float, optional
        Where both are zero; their common mean when left out.
    at_means : bool
        Whether the terms describe the surface around the average relationship, rather than around the centre of both scores.
    problem : str
        Why the question cannot be answered ("" when nothing speaks against it so far).

    Returns
    -------
    ModelPlan, Sides or None
    """
    outcome = question.outcome_column
    check_columns([outcome, *question.covariates, x, y], question, analysis)
    needed = [outcome, *question.covariates, x, y]
    rows = analysis[list(dict.fromkeys([*GROUPS, "wave", *needed]))].copy()
    complete = rows[needed].notna().all(axis=1)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    rows, notes, told = each_answer_once(rows, outcome, question.reporter)
    problem = problem or told or ("" if len(rows) else "no row has outcome and both scores")
    structure = diagnose(rows, GROUPS)
    if problem:
        empty = ModelPlan(question.name, outcome, question.reporter, rows, dropped, outcome, structure, (), "mentor",
                          (Focus(focus, focus, "all", per_unit=True),), tuple(notes), problem)
        return empty, compare_sides(rows[x], rows[y], rows["dyad"], centre) if len(rows) else None
    sides = compare_sides(rows[x], rows[y], rows["dyad"], centre)
    origin = (sides.x_mean, sides.y_mean) if at_means else (sides.centre, sides.centre)
    columns = shape_columns(rows[x].to_numpy(float) - origin[0], rows[y].to_numpy(float) - origin[1])
    rows = rows.assign(**dict(zip(terms, columns.T)))
    means, slopes = [], []
    for name in (x, y):
        centred = rows[name].astype("float64") - sides.centre
        mean = _mentor_mean(centred, rows)
        share = float(np.var(centred - mean) / np.var(centred)) if np.ptp(centred) > 0 else 0.0
        if share < 1e-9:
            role = name.partition("_")[0]
            notes.append(f"the {role}'s score is the same in all of a mentor's relationships, so mismatch within a mentor differs through the other score alone")
            continue
        rows[f"{name}_centred"] = centred
        slopes.append(f"{name}_centred")
        if share >= LEAST_WITHIN:
            rows[f"{name}_mean"] = mean
            means.append(f"{name}_mean")
    extra = varying([*means, *question.covariates, *structure.fixed], rows)
    fixed = " + ".join([*terms, *extra, *wave_term(rows)])
    plan = ModelPlan(
        question.name, outcome, question.reporter, rows, dropped, f"{outcome} ~ {fixed}", structure,
        tuple(slopes) if "mentor" in structure.random else (), "mentor", (Focus(focus, focus, "all", per_unit=True),),
        (*notes, *structure.notes), _too_few_places(rows, x, y),
    )
    return plan, sides


def _mentor_mean(values: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Each mentor's mean over relationships, on every row."""
    usual = values.groupby(rows["dyad"].to_numpy()).transform("mean")
    once = ~rows["dyad"].duplicated()
    return rows["mentor"].map(usual[once].groupby(rows.loc[once, "mentor"]).mean())


def _too_few_places(rows: pd.DataFrame, x: str, y: str) -> str:
    places = np.column_stack([np.ones(len(rows)), shape_columns(rows[x].to_numpy(float), rows[y].to_numpy(float))])
    scaled = places / np.maximum(np.abs(places).max(axis=0), 1e-300)
    return "" if np.linalg.matrix_rank(scaled, tol=1e-9 * len(rows)) == places.shape[1] else \
        "the two scores take too few different values for a curved surface"


def answer_surface(
    question: SurfaceQuestion, plan: ModelPlan, sides: Sides | None, x: str, y: str, terms: Sequence[str], seed: int
) -> tuple[Fitted, ResponseSurface | None, dict[str, pd.DataFrame]]:
    """Fit a planned surface and write its tables."""
    fitted = fit_plan(plan)
    surface = None
    if fitted.fit is not None and sides is not None:
        rows = plan.rows.iloc[fitted.fit.design.rows]
        try:
            surface = surface_of(fitted.fit, rows[x].to_numpy(float), rows[y].to_numpy(float), sides, rows["mentor"], question.bootstraps, seed)
        except StudyError as error:
            fitted = replace(fitted, fit=None, problem=error.problems[0].found)
    tables = result_tables(plan, fitted)
    # A line along one term with the others held still is nowhere on a surface: two lines across it are written instead.
    tables["effect_lines"] = EFFECT_LINES.frame([])
    tables["quantities"] = QUANTITIES.frame(_sides_rows(question.name, sides, x, y))
    if surface is None or fitted.fit is None or sides is None:
        why = f"not estimated: {fitted.problem}"
        tables["response_surface"] = RESPONSE_SURFACE.frame(
            [{"question": question.name, "quantity": name, "note": why} for name in (*COEFFICIENTS, *SHAPES, *POINTS)])
        tables["surface_models"] = SURFACE_MODELS.frame([])
        return fitted, None, tables
    factors = standardising(sides, fitted.fit.design.y)
    effects = tables["fixed_effects"]
    own = effects["term"].isin(terms)
    effects.loc[own, "std_estimate"] = effects["estimate"] * effects["term"].map(dict(zip(terms, factors)))
    tables["fixed_effects"] = FIXED_EFFECTS.frame(effects)
    tables["response_surface"] = RESPONSE_SURFACE.frame(surface.quantities.assign(question=question.name))
    tables["surface_models"] = SURFACE_MODELS.frame(surface.models.assign(question=question.name))
    tables["effect_lines"] = EFFECT_LINES.frame(_lines(question.name, surface, plan.rows, x, y, question.kind == "exchange"))
    joint = [_joint_row(question.name, name, test) for name, test in (("whole surface", surface.whole), ("bend", surface.bend), ("ridge", surface.ridge))]
    spread = {"topic": "sides", "quantity": "standard deviation", "of": plan.outcome, "n": fitted.fit.n_obs, "estimate": np.std(fitted.fit.design.y, ddof=1)}
    tables["quantities"] = QUANTITIES.frame([*_sides_rows(question.name, sides, x, y), {"question": question.name, **spread}, *joint])
    return fitted, surface, tables


def _lines(question: str, surface: ResponseSurface, rows: pd.DataFrame, x: str, y: str, at_means: bool) -> pd.DataFrame:
    """The predicted outcome along two lines across the surface.

    `line of congruence`: both at the same place (x: where); `line of incongruence`: as far above the centre with one as below it with the other
    (x: the first side's lead). `at_means`: `line of the total`, both up and down together from the average relationship (x: their mean),
    and `line of the balance`, which is the line of incongruence.
    """
    means = rows.groupby("dyad")[[x, y]].mean()
    both, lead = (means[x] + means[y]) / 2, means[x] - means[y]
    level, gap = (np.linspace(values.quantile(0.05), values.quantile(0.95), LINE_POINTS) for values in (both, lead))
    half = (surface.sides.x_mean - surface.sides.y_mean) / 2 if at_means else 0.0
    middle = surface.sides.centre
    names = ("line of the total", "line of the balance") if at_means else ("line of congruence", "line of incongruence")
    lines = [
        course(surface, level + half, level - half).assign(term=names[0], x=level),
        course(surface, middle + gap / 2, middle - gap / 2).assign(term=names[1], x=gap),
    ]
    return pd.concat(lines, ignore_index=True).assign(question=question, level="all")


def standardising(sides: Sides, outcome: np.ndarray) -> list[float]:
    """What turns a1 to a5 into standard deviations of the outcome at one standard deviation of the scores along each line."""
    step, spread = sides.step, float(np.std(outcome, ddof=1))
    return [step / spread, step**2 / spread, step / spread, step**2 / spread, step**2 / spread]


def _sides_rows(question: str, sides: Sides | None, x: str, y: str) -> list[dict[str, object]]:
    if sides is None:
        return []
    found = [
        ("centre", None, sides.centre), ("standard deviation", "both together", sides.sd), ("standard deviation", "each about its own mean", sides.step),
        ("mean", x, sides.x_mean), ("mean", y, sides.y_mean), ("share clearly higher", x, sides.x_higher), ("share clearly higher", y, sides.y_higher),
        ("correlation", None, sides.r),
    ]
    return [{"question": question, "topic": "sides", "quantity": quantity, "of": of, "n": sides.relationships, "estimate": value,
             "note": None if np.isfinite(value) else "one side does not vary"} for quantity, of, value in found]


def _joint_row(question: str, name: str, test: JointF) -> dict[str, object]:
    return {"question": question, "topic": "joint test", "quantity": name, "n": test.df1, "estimate": test.statistic, "df": test.df2, "p": test.p,
            "method": "F test; n: numerator degrees of freedom"}


def cell(table: pd.DataFrame, column: str, **where: str) -> float:
    """One number of a table, NaN where it is not there."""
    rows = table
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return float(rows[column].iloc[0]) if len(rows) else float("nan")


def shape_rows(tables: Tables, terms: Sequence[str]) -> dict[str, dict[str, float]]:
    """The rows of `fixed_effects` that are a1 to a5, by that name."""
    wanted = ("estimate", "se", "df", "p", "p_adjusted", "std_estimate")
    rows = tables["fixed_effects"].set_index("term")
    nothing = dict.fromkeys(wanted, float("nan"))
    return {name: rows.loc[term, list(wanted)].to_dict() if term in rows.index else nothing for name, term in zip(SHAPES, terms)}


def why_not(tables: Tables) -> str:
    """The reason no model was fitted, from the table of fits."""
    notes = tables["fits"]["note"].dropna() if "fits" in tables else pd.Series(dtype=str)
    return str(notes.iloc[0]).removeprefix("not estimated: ") if len(notes) else "the table of models says why"
