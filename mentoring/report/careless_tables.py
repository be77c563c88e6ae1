"""What answer sheets that look careless do to the answers: every question with and without them."""

from __future__ import annotations

import pandas as pd

from mentoring.report import disclosure, numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable
from mentoring.report.inputs import Results
from mentoring.report.markup import md


def without(answer: Answer, results: Results) -> str:
    """One question without careless sheets, in words; nothing where the branch is switched off."""
    own = _rows(results, answer.question.name)
    if own.empty:
        return ""
    known = own[own["estimate"].notna()]
    if known.empty:
        return f"**Careless answers.** Not answered again without careless sheets: {md(_notes(own))}."
    labels = dict(zip(answer.effects["term"], answer.effects["label"]))
    lines = []
    for row in known.itertuples():
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        moved = (
            ""
            if numbers.is_missing(row.change)
            else f", {numbers.number(abs(row.change))} standard errors {'higher' if row.change >= 0 else 'lower'}"
        )
        lines.append(
            f"- {md(labels.get(str(row.term), str(row.term)))}: {numbers.number(row.full_estimate, digits)} from all sheets, "
            f"{numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits)} without{moved}."
        )
    first = known.iloc[0]
    sheets = results["careless"]["flagged"].sum()
    start = f"Without the {disclosure.handled(sheets, results.smallest)} answer sheets of the study that look careless"
    if first["verdict"] == first["full_verdict"]:
        verdict = f"{start}, the answer is in the same class (“{md(first['verdict'])}”)."
    else:
        verdict = f"**{start}, the answer is in another class: “{md(first['verdict'])}” instead of “{md(first['full_verdict'])}”.** That makes it one word less certain."
    return f"**Careless answers.** {verdict}\n\n" + "\n".join(lines)


def table(results: Results, answers: list[Answer]) -> ApaTable | None:
    """Every question's terms and answer with and without careless sheets."""
    rows, said = [], []
    for answer in answers:
        labels = dict(zip(answer.effects["term"], answer.effects["label"]))
        own = _rows(results, answer.question.name)
        if len(own) and own["estimate"].isna().all():
            said.append(f"{answer.question.ask} {_notes(own)}")
        for row in own[own["estimate"].notna()].itertuples():
            digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
            rows.append([
                answer.question.ask, labels.get(str(row.term), str(row.term)),
                f"{numbers.number(row.full_estimate, digits)} ({numbers.count(row.full_rows)})",
                f"{numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits)} ({numbers.count(row.rows)})",
                numbers.number(row.change), row.full_verdict, row.verdict,
            ])  # fmt: skip
    if not rows:
        return None
    note = (
        "Estimates, in brackets the rows used. Without: flagged sheets taken as not handed in; scores, similarities and models computed anew. Change: in standard "
        "errors. The answers above rest on all sheets." + (f" Not answered again: {'; '.join(said)}." if said else "")
    )
    head = ["Question", "Term", "All sheets", "Without careless ones", "Change", "Answer", "Without"]
    return ApaTable("without-careless", "Answers with and without sheets that look careless", head, rows, note, 2)


def absent(results: Results) -> str:
    """Why there is no table."""
    if not results.study.credibility.without_careless:
        return "Questions were not answered again without careless sheets: it is switched off in config.yaml."
    notes = _notes(results["without_careless"])
    return f"Questions were not answered again without careless sheets: {md(notes)}." if notes else ""


def _rows(results: Results, question: str) -> pd.DataFrame:
    own = results["without_careless"]
    # A table of an earlier run may still be there after the branch was switched off.
    return own[(own["question"] == question) & results.study.credibility.without_careless]


def _notes(own: pd.DataFrame) -> str:
    return "; ".join(sorted({str(note).rstrip(".") for note in own["note"].dropna()}))
