"""A fitted question as rows of the result tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.models.diagnostics import diagnostics
from mentoring.models.fitting import Fitted
from mentoring.models.lmm.confint import variance_intervals
from mentoring.models.lmm.explained import moves_with_others, standardized
from mentoring.models.lmm.fit import LinearMixedModelFit
from mentoring.models.lmm.influence import seconds_per_refit
from mentoring.models.plan import Focus, ModelPlan
from mentoring.tables import DIAGNOSTICS, EFFECT_LINES, FITS, FIXED_EFFECTS, VARIANCE_COMPONENTS

METHODS = {"kenward-roger": "Kenward-Roger", "satterthwaite": "Satterthwaite", "wald": "Wald"}
LINE_POINTS = 21
# Profile intervals take some hundred likelihoods per variance. Project STAR (23,700 rows, crossed) needs 0.15 of this.
MOST_SECONDS_PER_STEP = 0.5


def result_tables(plan: ModelPlan, fitted: Fitted) -> dict[str, pd.DataFrame]:
    """Tables `fixed_effects`, `variance_components`, `fits`, `effect_lines` and `diagnostics` of one question."""
    if fitted.fit is None:
        return {
            "fixed_effects": FIXED_EFFECTS.frame([
                {"question": plan.question, "outcome": plan.outcome, "reporter": plan.reporter, "term": focus.term, "method": "not estimated"}
                for focus in plan.focus
            ]),
            "variance_components": VARIANCE_COMPONENTS.frame([]),
            "fits": FITS.frame([{"question": plan.question, "dropped": plan.dropped, "steps": "\n".join(fitted.steps) or None,
                                 "note": f"not estimated: {fitted.problem}"}]),
            "effect_lines": EFFECT_LINES.frame([]),
            "diagnostics": DIAGNOSTICS.frame([]),
        }
    return {
        "fixed_effects": _fixed_effects(plan, fitted.fit), "variance_components": _variance_components(plan, fitted.fit),
        "fits": _fits(plan, fitted), "effect_lines": _effect_lines(plan, fitted.fit), "diagnostics": diagnostics(plan.question, fitted.fit),
    }


def _fixed_effects(plan: ModelPlan, fit: LinearMixedModelFit) -> pd.DataFrame:
    table = fit.fixed_effects.assign(
        question=plan.question, outcome=plan.outcome, reporter=plan.reporter, p_adjusted=np.nan, method=METHODS[fit.method],
        std_estimate=_standardised(plan, fit),
    )
    # With less than one degree of freedom there is no information to speak of; printed, it would be an interval of any width.
    nothing = ~(table["df"] >= 1)
    table.loc[nothing, ["se", "df", "t", "p", "ci_low", "ci_high"]] = np.nan
    # A focus term the model could not hold (it says what others already say) stands as an empty row, not as nothing.
    lost = [focus.term for focus in plan.focus if focus.term not in fit.terms]
    empty = [{"question": plan.question, "outcome": plan.outcome, "reporter": plan.reporter, "term": term, "method": "not estimated"}
             for term in lost]
    return FIXED_EFFECTS.frame(pd.concat([table, pd.DataFrame(empty)], ignore_index=True) if empty else table)


def _standardised(plan: ModelPlan, fit: LinearMixedModelFit) -> pd.Series:
    """Estimates in standard deviations of the outcome (`fit.standardized`); per unit for groups and matches, deviations of matches included."""
    about = {focus.term: focus.per_unit for focus in plan.focus}
    per_unit = {term for term in fit.terms if about.get(term) or (term.endswith("_between") and _is_match(plan, term))}
    return standardized(fit, per_unit)["std_estimate"]


def _is_match(plan: ModelPlan, term: str) -> bool:
    about = term.removesuffix("_between")
    return any(focus.about == about and focus.per_unit for focus in plan.focus)


def _variance_components(plan: ModelPlan, fit: LinearMixedModelFit) -> pd.DataFrame:
    table = fit.variance_components.assign(question=plan.question)
    share = _average_shares(fit)
    variances = table["term2"].isna()
    table["share"] = np.where(variances, [share.get((group, term if isinstance(term, str) else None), np.nan) for group, term in zip(table["group"], table["term"])], np.nan)
    # In another scale than the search's: a variance's ends are its standard deviation's, squared.
    if intervals_affordable(fit):
        table[["ci_low", "ci_high"]] = variance_intervals(fit)
    return VARIANCE_COMPONENTS.frame(table)


def intervals_affordable(fit: LinearMixedModelFit) -> bool:
    """Whether the profile intervals of the variances take seconds, not minutes; counted, so the same on every machine."""
    return seconds_per_refit(fit) * len(fit.variance_components) <= MOST_SECONDS_PER_STEP


def _average_shares(fit: LinearMixedModelFit) -> dict[tuple[str, object], float]:
    """Share of each variance in the variance of an average row (a slope's variance counts times the mean square of its variable).

    Where a slope's variable is not centred, intercept and slope cannot be told apart in this way, and the group has no shares.
    """
    parts: dict[tuple[str, object], float] = {("Residual", None): fit.sigma**2}
    total = fit.sigma**2
    for level, covariance in zip(fit.design.levels, fit.covariances, strict=True):
        moments = level.z.T @ level.z / len(level.z)
        total += float(np.sum(covariance * moments))
        mixed = np.abs(covariance * (moments - np.diag(np.diag(moments)))).sum()
        for place, effect in enumerate(level.effects):
            own = float(covariance[place, place] * moments[place, place])
            parts[(level.name, effect)] = own if mixed < 1e-6 * total else np.nan
    return {key: part / total for key, part in parts.items()}


def _fits(plan: ModelPlan, fitted: Fitted) -> pd.DataFrame:
    fit = fitted.fit
    assert fit is not None
    used = plan.rows.iloc[fit.design.rows]
    counts = {f"n_{column}s": int(used[column].nunique()) if used[column].notna().any() else None
              for column in ("mentor", "mentee", "dyad", "program")}
    r2 = fit.r_squared
    notes = [note for note in (*plan.notes, *fit.notes) if not note.startswith("rows left out")]
    if not intervals_affordable(fit):
        notes.append("no intervals for the variances: with so many groups their profile would take too long")
    return FITS.frame([{
        "question": plan.question, "formula": fit.formula, "n_obs": fit.n_obs, **counts,
        "dropped": plan.dropped + sum(fit.dropped.values()), "reml": fit.reml, "loglik": fit.loglik, "aic": fit.aic, "bic": fit.bic,
        "r2_marginal": r2.marginal, "r2_conditional": r2.conditional, "icc": fit.icc, "singular": fit.singular,
        "converged": fit.converged, "steps": "\n".join(fitted.steps) or None, "note": "; ".join(notes) or None,
    }])


def _effect_lines(plan: ModelPlan, fit: LinearMixedModelFit) -> pd.DataFrame:
    """The model's prediction along each term the question is about, every other column at its mean."""
    lines = []
    mean = fit.design.X.mean(axis=0)
    for focus in _lines(plan, fit):
        at = fit.terms.index(focus.term)
        column = fit.design.X[:, at]
        grid = np.unique(column) if len(np.unique(column)) <= 2 else np.linspace(np.quantile(column, 0.02), np.quantile(column, 0.98), LINE_POINTS)
        rows = np.tile(mean, (len(grid), 1))
        rows[:, at] = grid
        predicted, low, high = predicted_at(fit, rows)
        lines.append(pd.DataFrame({
            "question": plan.question, "term": focus.term, "level": focus.level, "x": grid, "predicted": predicted,
            "ci_low": low, "ci_high": high,
        }))
    return EFFECT_LINES.frame(pd.concat(lines, ignore_index=True) if lines else [])


def predicted_at(fit: LinearMixedModelFit, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predicted outcome (random effects at zero) with 95 % interval for rows of the model matrix, shape (k, terms), by the fit's own method."""
    vcov = fit.vcov_adjusted if fit.method == "kenward-roger" else fit.vcov
    se = np.sqrt(np.einsum("ij,jk,ik->i", rows, vcov.to_numpy(), rows))
    predicted = rows @ fit.coefficients
    df = np.array([fit.contrast_df(row) for row in rows])
    reach = np.where(np.isfinite(df), stats.t.isf(0.025, np.where(np.isfinite(df), df, 1)), stats.norm.isf(0.025)) * se
    return predicted, predicted - reach, predicted + reach


def _lines(plan: ModelPlan, fit: LinearMixedModelFit) -> list[Focus]:
    """The focus terms, and beside each within-mentor term its between-mentors counterpart."""
    wanted = []
    for focus in plan.focus:
        wanted.append(focus)
        if focus.level == "within mentor":
            wanted.append(Focus(f"{focus.about}_between", focus.about, "between mentors", focus.sign, focus.per_unit))
    return [focus for focus in wanted if focus.term in fit.terms and not moves_with_others(focus.term, fit.terms)]
