"""The tables of one question's model: effects, variances, and all models' size and fit."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mentoring.report import numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable
from mentoring.report.names import GROUPS, Names


def effects(answer: Answer) -> ApaTable | None:
    """All fixed effects of one question that may be shown."""
    if answer.effects.empty:
        return None
    with_adjusted = answer.effects["p_adjusted"].notna().any()
    head = ["Term", "b [95 % CI]", "SE", "t", "df", "p", *(["p adj."] if with_adjusted else []), "Std. b [95 % CI]"]
    rows = []
    for row in answer.effects.itertuples():
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        rows.append(
            [
                row.label,
                numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits),
                numbers.number(row.se, digits),
                numbers.number(row.t),
                numbers.df(row.df),
                numbers.p_value(row.p),
                *([numbers.p_value(row.p_adjusted)] if with_adjusted else []),
                numbers.estimate(row.std_estimate, row.std_low, row.std_high, 2),
            ]
        )
    methods = numbers.listed(sorted(set(answer.effects["method"].dropna())))
    note = (
        f"b in {answer.question.unit or 'the outcome’s unit'} per unit of the term; Std. b in standard deviations of the outcome (per "
        "standard deviation of the term, or "
        f"per step of a yes/no or group term). SE and df: {methods}."
        + (" p adj.: corrected within the question’s family." if with_adjusted else "")
        + (f" Left out, because too few people stand behind them: {numbers.listed(answer.withheld)}." if answer.withheld else "")
        + (" A dash: not defined or not estimated." if any(numbers.MISSING in row for row in rows) else "")
    )
    return ApaTable(f"effects-{answer.question.name}", f"Fixed effects on {answer.outcome_label}", head, rows, note)


def variances(answers: Sequence[Answer], table: pd.DataFrame, names: Names) -> ApaTable | None:
    """Variance components of all models, question by question."""
    rows: list[list[str]] = []
    for answer in answers:
        own = table[table["question"] == answer.question.name]
        rows += [[answer.question.ask]] if len(own) else []
        for row in own.itertuples():
            group = GROUPS.get(row.group) or " in ".join(names.variable(part).lower() for part in str(row.group).split(":")).capitalize()
            term = (
                ""
                if numbers.is_missing(row.term)
                else names.term(row.term) + ("" if numbers.is_missing(row.term2) else f" with {names.term(row.term2)}")
            )
            digits = numbers.digits_for(row.variance)
            rows.append(
                [
                    group,
                    term,
                    numbers.number(row.variance, digits),
                    numbers.number(row.sd, digits),
                    numbers.interval(row.ci_low, row.ci_high, digits),
                    numbers.number(row.correlation, bounded=True),
                    numbers.percent(row.share),
                ]
            )
    head = ["Group", "Term", "Variance", "SD", "95 % CI", "r", "Share"]
    note = (
        "95 % CI: of the variance, in a row of two terms of r; by profile likelihood. Share: part of the variance of an average row that the fixed effects leave. "
        "A dash: not defined for this row, or not computed."
    )
    return ApaTable("variances", "Variance components", head, rows, note, 2) if rows else None


def fits(answers: Sequence[Answer]) -> ApaTable | None:
    """What each model used and how it fits."""
    rows = []
    for answer in answers:
        fit = answer.fit
        if not fit or numbers.is_missing(fit.get("formula")):
            continue
        rows.append(
            [
                answer.question.ask,
                *(numbers.count(fit.get(f"n_{what}")) for what in ("obs", "mentors", "mentees", "programs")),
                numbers.count(fit.get("dropped")),
                *(numbers.number(fit.get(name), bounded=True) for name in ("r2_marginal", "r2_conditional", "icc")),
                numbers.number(fit.get("loglik"), 1),
                numbers.number(fit.get("aic"), 1),
            ]
        )
    head = ["Question", "Rows", "Mentors", "Mentees", "Progr.", "Dropped", "R²m", "R²c", "ICC", "Log-lik.", "AIC"]
    note = (
        "Rows: relationships at a wave; where both sides’ outcomes are in one model, one side’s answers about one. Dropped: rows with a missing value. R²m, R²c: share of variance of the fixed effects, without "
        "and with the random effects; ICC: share of the "
        "remaining variance between groups. Log-likelihoods compare only between models of the same rows and outcome."
    )
    return ApaTable("fits", "Models: size and fit", head, rows, note) if rows else None
