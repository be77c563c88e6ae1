"""What the report says of questions of kind `functions`."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mentoring.report import disclosure, methods_text, numbers, question_tables
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import functions as figures
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import FunctionsQuestion


def _question(answer: Answer) -> FunctionsQuestion:
    assert isinstance(answer.question, FunctionsQuestion)
    return answer.question


def _labels(question: FunctionsQuestion, names: Names) -> dict[str, str]:
    return {"psychosocial": names.scale(question.psychosocial), "career": names.scale(question.career)}


def _about(answer: Answer, names: Names) -> str:
    question = _question(answer)
    first, second = (md(lower_first(label)) for label in _labels(question, names).values())
    similar = (
        f" It also asks whether {md(lower_first(names.similarity(question.similarity)))} matters more among peers."
        if question.similarity
        else ""
    )
    return f"The outcomes are {first} and {second}, as {question.reporter}s report them, in one model; they are set beside the form of mentoring.{similar}"


def _done(answer: Answer, results: Results, names: Names) -> str:
    text = (
        "Each answer sheet gives two rows, one per function. The term of both functions × form says whether forms differ in which function they serve more. A "
        "mentor, a relationship and an answer sheet each have a level of their own; a mentor and a relationship also a difference between functions of their own. "
        "Functions are coded plus and minus one half, so other terms are averages over both functions. Shares covered are counted over relationships, with intervals "
        "by mentor [@korn1998]."
    )
    return f"{methods_text.what_was_done(answer, results, names)}\n\n{text}"


def shown(answer: Answer, results: Results) -> pd.DataFrame:
    """This question's quantities; of forms with too few people, nothing (with one form too small, the other could be found by subtraction)."""
    question, table, analysis = _question(answer), results["quantities"], results["analysis"]
    own = table[table["question"] == question.name]
    if not {"form", question.outcome_column} <= set(analysis.columns) or analysis.empty:
        return own.iloc[:0]
    scores = [f"{question.reporter}_{name}" for name in (question.psychosocial, question.career)]
    known = analysis[analysis["form"].notna() & analysis[scores].notna().any(axis=1)]
    _, hidden = disclosure.large_cells(known.assign(cell=known["form"] == question.peer), results.smallest)
    return own.iloc[:0] if hidden else own


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    own, labels = shown(answer, results), _labels(_question(answer), names)
    drawn = [figures.draw_crossover(answer, own, labels), figures.draw_coverage(answer, own, labels)]
    return [one for one in drawn if one]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    question = _question(answer)
    own, labels = shown(answer, results), _labels(question, names)
    effects = question_tables.effects(replace(answer, outcome_label=numbers.listed(list(labels.values()))))
    tables = [_simple(question.name, own, labels), _slopes(question, own, names), _coverage(question.name, own, labels)]
    blocks = [
        figure(
            f"crossover_{question.name}",
            "No figure of means by form: a form has too few people to be shown, or a mean could not be estimated.",
        ),
        *(markdown(table) for table in tables if table),
        figure(f"coverage_{question.name}", ""),
        markdown(effects) if effects else "The table of effects is empty.",
    ]
    return [block for block in blocks if block]


def _simple(name: str, own: pd.DataFrame, labels: dict[str, str]) -> ApaTable | None:
    part = own[own["topic"] == "simple effects"]
    rows = []
    for row in part[~part["quantity"].str.endswith("(SD)")].itertuples():
        standard = part[(part["quantity"] == f"{row.quantity} (SD)") & (part["of"] == row.of)].iloc[0]
        parity = part[(part["quantity"] == f"equivalence test of {row.quantity} (SD)") & (part["of"] == row.of)].iloc[0]
        rows.append(
            [
                str(row.quantity),
                labels.get(str(row.of), str(row.of)),
                numbers.estimate(row.estimate, row.ci_low, row.ci_high),
                numbers.df(row.df),
                numbers.p_value(row.p),
                numbers.estimate(standard["estimate"], standard["ci_low"], standard["ci_high"], 2),
                numbers.p_value(parity["p"]),
            ]
        )
    head = ["Difference", "In", "b [95 % CI]", "df", "p", "SD [95 % CI]", "p equiv."]
    note = "p: is it told from zero? (Not corrected.) p equiv.: is it shown to be smaller than what would matter? Both large: the study cannot tell."
    return ApaTable(f"simple-{name}", "Differences between forms and between functions", head, rows, note, 2) if rows else None


def _slopes(question: FunctionsQuestion, own: pd.DataFrame, names: Names) -> ApaTable | None:
    part = own[own["topic"] == "similarity"]
    if part.empty or question.similarity is None:
        return None
    rows = [
        [
            "" if numbers.is_missing(row.of) else str(row.of),
            str(row.quantity),
            numbers.estimate(row.estimate, row.ci_low, row.ci_high),
            numbers.df(row.df),
            numbers.p_value(row.p),
        ]
        for row in part.itertuples()
    ]
    said = "; ".join(str(note) for note in part["note"].dropna().unique())
    note = f"Support per unit of the similarity, averaged over both functions.{' ' + said[:1].upper() + said[1:] + '.' if said else ''}"
    title = f"Support along similarity, by form ({lower_first(names.similarity(question.similarity))})"
    return ApaTable(f"slopes-{question.name}", title, ["Form", "What", "b [95 % CI]", "df", "p"], rows, note, 2)


def _coverage(name: str, own: pd.DataFrame, labels: dict[str, str]) -> ApaTable | None:
    part = own[own["topic"] == "coverage"]
    rows, notes = [], []
    for row in part.itertuples():
        what, _, form = str(row.of).rpartition(", ") if not numbers.is_missing(row.of) else ("", "", "")
        value, low, high = (100 * float(one) if not numbers.is_missing(one) else None for one in (row.estimate, row.ci_low, row.ci_high))
        rows.append([form, labels.get(what, what), numbers.count(row.n), numbers.estimate(value, low, high, 1)])
        notes += [] if numbers.is_missing(row.note) else str(row.note).split("; ")
    said = "; ".join(dict.fromkeys(note.rstrip(".") for note in notes))
    return (
        ApaTable(
            f"coverage-{name}",
            "Functions covered, by form",
            ["Form", "Function", "n", "% [95 % CI]"],
            rows,
            f"{said[:1].upper()}{said[1:]}. n: relationships.",
            2,
        )
        if rows
        else None
    )


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
