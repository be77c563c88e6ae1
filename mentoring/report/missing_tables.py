"""What missing values may have done to the answers: complete rows beside imputed ones, and how wrong the imputations may be."""

from __future__ import annotations

import pandas as pd

from mentoring.report import numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable
from mentoring.report.inputs import Results
from mentoring.report.markup import md


def imputed(answer: Answer, pooled: pd.DataFrame, tipping: pd.DataFrame) -> str:
    """Complete rows beside imputed ones, in words; nothing where no imputation was asked for."""
    own = pooled[pooled["question"] == answer.question.name]
    labels = dict(zip(answer.effects["term"], answer.effects["label"]))
    lines = []
    for row in own.itertuples():
        label = md(labels.get(str(row.term), str(row.term)))
        if numbers.is_missing(row.estimate):
            lines.append(f"{label}: no estimate over imputed tables ({md(str(row.note))}).")
            continue
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        line = (
            f"{label}: b = {numbers.number(row.complete_estimate, digits)} from the {numbers.count(row.complete_rows)} complete rows, "
            f"{numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits)} over {numbers.count(row.m)} tables of "
            f"{numbers.count(row.rows)} rows whose missing values were drawn; {numbers.percent(row.fmi, 1)} of what could be known is missing."
        )
        lines.append(line + " " + _tipping_sentence(tipping[(tipping["question"] == row.question) & (tipping["term"] == row.term)]))
    if not lines:
        return ""
    notes = sorted({str(note) for note in own["note"].dropna() if own["estimate"].notna().any()})
    minded = f" To be minded: {md('; '.join(notes))}." if notes else ""
    return (
        "**Missing answers.** Drawn as if they depended on nothing but what is known, which cannot be tested."
        + minded
        + "\n\n"
        + "\n".join(f"- {line.strip()}" for line in lines)
    )


def _tipping_sentence(rows: pd.DataFrame) -> str:
    shifted = rows[rows["same"].notna()]
    if shifted.empty:
        return ""
    changed = shifted.loc[~shifted["same"].astype(bool), "delta"]
    if changed.empty:
        return (
            f"Shifting the drawn outcomes by {numbers.number(shifted['delta'].min())} to {numbers.number(shifted['delta'].max())} "
            "standard deviations leaves the interval on the same side of zero, or holding it."
        )
    nearest = changed.loc[changed.abs().idxmin()]
    return f"The conclusion changes when the drawn outcomes are shifted by {numbers.number(nearest)} standard deviations."


def pooled(results: Results, answers: list[Answer]) -> ApaTable | None:
    """Every pooled term beside its estimate from complete rows."""
    table, rows = results["pooled_effects"], []
    for answer in answers:
        labels = dict(zip(answer.effects["term"], answer.effects["label"]))
        for row in table[(table["question"] == answer.question.name) & table["estimate"].notna()].itertuples():
            digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
            rows.append([
                answer.question.ask, labels.get(str(row.term), str(row.term)), numbers.number(row.complete_estimate, digits),
                numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits), numbers.number(row.df, 1), numbers.p_value(row.p),
                numbers.percent(row.fmi, 1), numbers.count(row.m),
            ])  # fmt: skip
    note = (
        "Complete: estimate from complete rows. Imputed: estimate and 95 % interval over imputed tables (Rubin’s rules, degrees of freedom of "
        "Barnard and Rubin). Missing: fraction of missing information."
    )
    head = ["Question", "Term", "Complete", "Imputed", "df", "p", "Missing", "Tables"]
    return ApaTable("pooled", "Complete rows and imputed tables", head, rows, note, 2) if rows else None


def tipping(results: Results, answers: list[Answer]) -> ApaTable | None:
    """Estimates with imputed outcomes shifted, at whole and half standard deviations and where the conclusion changes."""
    table, rows = results["tipping_point"], []
    table = table[table["estimate"].notna()]
    for answer in answers:
        labels = dict(zip(answer.effects["term"], answer.effects["label"]))
        own = table[table["question"] == answer.question.name]
        for row in own[(own["delta"] % 0.5 == 0) | ~own["same"].fillna(True).astype(bool)].itertuples():
            digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
            rows.append([
                answer.question.ask, labels.get(str(row.term), str(row.term)), numbers.number(row.delta),
                numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits), "yes" if row.same else "no",
            ])  # fmt: skip
    note = "Shift: added to every drawn outcome, in standard deviations. Same: the interval lies on the same side of zero, or holds it, as without."
    return (
        ApaTable("tipping", "Imputed outcomes shifted", ["Question", "Term", "Shift", "Estimate", "Same"], rows, note, 2) if rows else None
    )
