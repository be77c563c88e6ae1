"""Yes/no and ordered outcomes as rows of the result tables."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.models.generalised.marginal import MarginalFit
from mentoring.models.generalised.mixed import MixedFit
from mentoring.models.generalised.predictions import Share, at_least, average_slope, difference, shares
from mentoring.models.generalised.prepare import Prepared
from mentoring.models.lmm.cr2 import FEWEST_DF
from mentoring.models.lmm.explained import moves_with_others
from mentoring.models.plan import Focus, ModelPlan
from mentoring.tables import EFFECT_LINES, FITS, FIXED_EFFECTS, QUANTITIES, VARIANCE_COMPONENTS

# Standard deviation of the logistic distribution: log-odds over this are standard deviations of the outcome that lies behind yes/no or the rating.
LATENT_SD = float(np.pi / np.sqrt(3))
LINE_POINTS = 21
METHODS = {"binary": "marginal logit, CR2 by mentor", "ordered": "marginal cumulative logit, CR2 by mentor"}
DELTA = "marginal model, averaged over rows; delta method, CR2 by mentor"
LOW, HIGH = "low", "high"


@dataclass(frozen=True)
class Model:
    """A question's two models: the marginal one that answers, and the mixed one beside it (None where there is none, with `why`)."""

    plan: ModelPlan
    kind: str
    data: Prepared
    marginal: MarginalFit
    mixed: MixedFit | None
    why: str
    formula: str

    @property
    def cut(self) -> int:
        """The category from which an answer counts as high: yes, or the cut that divides all answers most evenly."""
        above = 1 - np.cumsum(np.bincount(self.data.y))[:-1] / len(self.data.y)
        return int(np.argmin(np.abs(above - 0.5))) + 1

    def column(self, term: str) -> int:
        """Where a term stands in X."""
        return self.data.terms.index(term)

    def place(self, term: str) -> np.ndarray:
        """δ's unit vector of a term."""
        unit = np.zeros(len(self.marginal.delta))
        unit[len(self.marginal.thresholds) + self.column(term)] = 1.0
        return unit


def code_name(code: float) -> str:
    """An answer's code as it is called in tables."""
    return f"{code:g}"


def fixed_effects(model: Model) -> pd.DataFrame:
    """Table `fixed_effects`: log-odds with CR2 standard errors; terms without an estimate as empty rows."""
    fit, codes = model.marginal, model.data.codes
    base = {"question": model.plan.question, "outcome": model.plan.outcome, "reporter": model.plan.reporter}
    rows: list[dict[str, Any]] = []
    for at, threshold in enumerate(fit.thresholds):
        unit = np.zeros(len(fit.delta))
        unit[at] = -1.0 if model.kind == "binary" else 1.0
        name = "Intercept" if model.kind == "binary" else f"threshold {code_name(codes[at])}|{code_name(codes[at + 1])}"
        rows.append({**base, "term": name, **estimate(fit, float(unit[at] * threshold), unit), "method": METHODS[model.kind]})
    matches = [focus for focus in model.plan.focus if focus.per_unit]
    per_unit = {name for focus in matches for name in (focus.term, f"{focus.about}_between")}
    for term in model.data.terms:
        found = estimate(fit, float(fit.beta[model.column(term)]), model.place(term))
        # As for a number: a term that moves with others has no effect of its own.
        step = np.nan if moves_with_others(term, list(model.data.terms)) else _step(model, per_unit, term)
        rows.append({**base, "term": term, **found, "std_estimate": found["estimate"] * step / LATENT_SD, "method": METHODS[model.kind]})
    lost = [*model.data.lost, *(focus.term for focus in model.plan.focus if focus.term not in model.data.terms)]
    rows += [{**base, "term": term, "method": "not estimated"} for term in dict.fromkeys(lost)]
    return FIXED_EFFECTS.frame(rows)


def estimate(fit: MarginalFit, value: float, weights: np.ndarray) -> dict[str, float]:
    """An estimate with se, df, t, p and interval; with fewer than four df no approximation holds, and only the estimate stands."""
    se, df = fit.contrast(weights)
    if not df >= FEWEST_DF or not se > 0:
        return {"estimate": value}
    reach = float(stats.t.ppf(0.975, df)) * se
    return {
        "estimate": value, "se": se, "df": df, "t": value / se, "p": float(2 * stats.t.sf(abs(value / se), df)), "ci_low": value - reach, "ci_high": value + reach,
    }  # fmt: skip


def variance_components(model: Model) -> pd.DataFrame:
    """Table `variance_components` of the mixed model, on the scale of log-odds, where the residual is π²/3 by definition."""
    if model.mixed is None:
        return VARIANCE_COMPONENTS.frame([])
    variances = model.mixed.sd**2
    total = float(variances.sum()) + LATENT_SD**2
    rows: list[dict[str, Any]] = [
        {"group": name, "term": "Intercept", "variance": variance, "sd": np.sqrt(variance), "share": variance / total}
        for name, variance in zip(model.data.groups, variances)
    ]
    rows.append({"group": "Residual", "variance": LATENT_SD**2, "sd": LATENT_SD, "share": LATENT_SD**2 / total})
    return VARIANCE_COMPONENTS.frame([{"question": model.plan.question, **row} for row in rows])


def fits(model: Model, notes: Sequence[str]) -> pd.DataFrame:
    """Table `fits`: the mixed model's likelihood where there is one, else that of independent rows."""
    used = model.plan.rows.iloc[model.data.rows]
    counts = {
        f"n_{column}s": int(used[column].nunique()) if used[column].notna().any() else None
        for column in ("mentor", "mentee", "dyad", "program")
    }
    loglik, k = model.marginal.loglik, len(model.marginal.delta)
    row: dict[str, Any] = {"r2_marginal": None}
    if model.mixed is not None:
        loglik, k = model.mixed.loglik, k + len(model.mixed.sd)
        variances, beta = float((model.mixed.sd**2).sum()), model.mixed.delta[len(model.marginal.thresholds) :]
        explained = float((model.data.X @ beta).var(ddof=1)) if len(beta) else 0.0
        total = explained + variances + LATENT_SD**2
        row = {
            "r2_marginal": explained / total, "r2_conditional": (explained + variances) / total, "icc": variances / (variances + LATENT_SD**2),
            "singular": model.mixed.singular,
        }  # fmt: skip
    return FITS.frame([{
        "question": model.plan.question, "formula": model.formula, "n_obs": len(used), **counts, "reml": False, "loglik": loglik,
        "dropped": model.plan.dropped + len(model.plan.rows) - len(used), "aic": 2 * k - 2 * loglik, "bic": k * np.log(len(used)) - 2 * loglik,
        "converged": model.marginal.converged, **row, "note": "; ".join(notes) or None,
    }])  # fmt: skip


def ends(model: Model, focus: Focus) -> tuple[float, float]:
    """Where a term is low and high: the two groups of a match, else the 10th and the 90th percentile over rows."""
    column = model.data.X[:, model.column(focus.term)]
    if focus.per_unit and focus.about in model.plan.rows:
        mean = float(model.plan.rows[focus.about].iloc[model.data.rows].mean()) if focus.level == "within mentor" else 0.0
        return 0.0 - mean, 1.0 - mean
    if len(np.unique(column)) == 2:
        return float(column.min()), float(column.max())
    return float(np.quantile(column, 0.1)), float(np.quantile(column, 0.9))


def quantities(model: Model) -> pd.DataFrame:
    """Table `quantities`: odds ratios, percentage points, shares at low and high, and the mixed model's estimates."""
    rows = [row for term in model.data.terms for row in _odds(model, term)]
    for focus in model.plan.focus:
        if focus.term in model.data.terms:
            rows += _points(model, focus) + _shares(model, focus)
    return QUANTITIES.frame([{"question": model.plan.question, "n": len(model.data.y), **row} for row in rows])


def _odds(model: Model, term: str) -> list[dict[str, Any]]:
    """A term's odds ratio, and its log-odds by the mixed model."""
    at = model.column(term)
    own = estimate(model.marginal, float(model.marginal.beta[at]), model.place(term))
    short = None if "se" in own else f"no interval: fewer than {FEWEST_DF:g} degrees of freedom"
    rows = [{
        "topic": "odds ratios", "quantity": term, "estimate": np.exp(own["estimate"]), "df": own.get("df"), "p": own.get("p"),
        "ci_low": np.exp(own.get("ci_low", np.nan)), "ci_high": np.exp(own.get("ci_high", np.nan)), "method": METHODS[model.kind], "note": short,
    }]  # fmt: skip
    if model.mixed is None:
        return [*rows, {"topic": "mixed model", "quantity": term, "note": f"not estimated: {model.why}"}]
    place = len(model.marginal.thresholds) + at
    value, se = float(model.mixed.delta[place]), float(model.mixed.se[place])
    found = {"topic": "mixed model", "quantity": term, "estimate": value, "method": f"{model.mixed.method}; Wald z"}
    reach = float(stats.norm.ppf(0.975)) * se
    return [*rows, {
        **found, "se": se, "p": float(2 * stats.norm.sf(abs(value / se))), "ci_low": value - reach, "ci_high": value + reach,
        "note": "log-odds for one and the same mentor and relationship, so farther from zero; its z test supposes many mentors, and an association that is the same for all",
    }]  # fmt: skip


def _points(model: Model, focus: Focus) -> list[dict[str, Any]]:
    """By how many percentage points the share of yes (or of high answers) differs."""
    base = {"topic": "percentage points", "of": focus.term, "method": DELTA}
    if moves_with_others(focus.term, list(model.data.terms)):
        return [
            {**base, "quantity": "difference between low and high", "note": "not computed: the term is part of an interaction or a curve"}
        ]
    at, (low, high) = model.column(focus.term), ends(model, focus)
    step = _step(model, (focus.term,) if focus.per_unit else (), focus.term)
    two = focus.per_unit or len(np.unique(model.data.X[:, at])) == 2
    what = "yes" if model.kind == "binary" else f"answers of {code_name(model.data.codes[model.cut])} or above"
    return [
        {**base, "quantity": "difference between low and high", **_share(difference(model.marginal, at, low, high, model.cut), 100),
         "note": f"share of {what} at {high:.3g} minus at {low:.3g}"},
        {**base, "quantity": "average marginal effect", **_share(average_slope(model.marginal, at, step, model.cut), 100),
         "note": f"share of {what}, per {'step' if two else 'SD'}"},
    ]  # fmt: skip


def _shares(model: Model, focus: Focus) -> list[dict[str, Any]]:
    """Shares of the answers where the term is low and high, and (ordered outcomes) along it for the figure."""
    if moves_with_others(focus.term, list(model.data.terms)):
        return []
    rows = []
    for name, value in zip((LOW, HIGH), ends(model, focus)):
        base = {"topic": "shares", "of": f"{focus.term}: {name}", "method": DELTA, "note": f"at {value:.3g}"}
        rows += _at_one_value(model, focus, value, base)
    if model.kind == "ordered":
        for value in _grid(model, focus):
            rows += _at_one_value(model, focus, value, {"topic": f"along {focus.term}", "of": f"{value:.6g}", "method": DELTA})
    return rows


def _at_one_value(model: Model, focus: Focus, value: float, base: dict[str, Any]) -> list[dict[str, Any]]:
    """Share of every answer, and of yes or of high answers together, where a term has this value."""
    at, codes = model.column(focus.term), model.data.codes
    together = "yes" if model.kind == "binary" else f"{code_name(codes[model.cut])} or above"
    rows = [
        {**base, "quantity": f"answer {code_name(code)}", **_share(share)} for code, share in zip(codes, shares(model.marginal, at, value))
    ]
    return [*rows, {**base, "quantity": together, **_share(at_least(model.marginal, at, value, model.cut))}]


def effect_lines(model: Model) -> pd.DataFrame:
    """Table `effect_lines`: the share of yes along each focus term (nothing for ordered outcomes: `quantities` has all their shares)."""
    rows = []
    for focus in model.plan.focus:
        if model.kind != "binary" or focus.term not in model.data.terms or moves_with_others(focus.term, list(model.data.terms)):
            continue
        for value in _grid(model, focus):
            found = at_least(model.marginal, model.column(focus.term), value, 1)
            rows.append({
                "question": model.plan.question, "term": focus.term, "level": focus.level, "x": value, "predicted": found.estimate, "ci_low": found.low, "ci_high": found.high,
            })  # fmt: skip
    return EFFECT_LINES.frame(rows)


def _step(model: Model, matches: Container[str], term: str) -> float:
    """What a standardised estimate is per: one unit of a match, from one of two values to the other, else one standard deviation."""
    column = model.data.X[:, model.column(term)]
    if term in matches:
        return 1.0
    return float(np.ptp(column) if len(np.unique(column)) == 2 else column.std(ddof=1))


def _grid(model: Model, focus: Focus) -> np.ndarray:
    column = model.data.X[:, model.column(focus.term)]
    if len(np.unique(column)) == 2:
        return np.unique(column)
    return np.linspace(np.quantile(column, 0.02), np.quantile(column, 0.98), LINE_POINTS)


def _share(found: Share, factor: float = 1.0) -> dict[str, float]:
    usable = found.df >= FEWEST_DF
    return {
        "estimate": found.estimate * factor, "se": found.se * factor if usable else np.nan, "df": found.df if usable else np.nan,
        "ci_low": found.low * factor if usable else np.nan, "ci_high": found.high * factor if usable else np.nan,
    }  # fmt: skip
