"""What the report says of questions of kind `exchange`."""

from __future__ import annotations

from dataclasses import replace

from mentoring.models.kinds.exchange import PLACES, TERMS
from mentoring.models.outcomes import with_ending
from mentoring.models.surface.geometry import SHAPES
from mentoring.report import methods_text, numbers, question_tables
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import load
from mentoring.report.figures.surface import Ground
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.kinds.surfaces import base_of, figures, models_table, one, own_rows, quantities_table
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings.questions import ENDED

LINES = ("Costs equal to benefits", "Costs up, benefits down")
TITLES = ("Both up together", "Costs up, benefits down")
HINT = "The answer is about the slope along the broken line, where people stand."
MEANING = {
    "a1": "slope with the total", "a2": "curve with the total", "a3": "slope along the balance (costs up, benefits down)",
    "a4": "curve along the balance", "a5": "turn between the two",
}


def _sides(answer: Answer) -> tuple[str, str]:
    question = answer.question
    return f"{question.side}_{question.costs}", f"{question.side}_{question.benefits}"  # type: ignore[attr-defined]


def _named(answer: Answer) -> Answer:
    """The answer with a name for what nobody answers."""
    return replace(answer, outcome_label="Share of relationships that ended") if answer.outcome == ENDED else answer


def _about(answer: Answer, names: Names) -> str:
    costs, benefits = (md(lower_first(names.variable(name))) for name in _sides(answer))
    return (
        f"The outcome is {md(lower_first(_named(answer).outcome_label))}. The question is how it goes with {costs} and {benefits} together. Benefits minus costs would take for "
        "granted that one more of either weighs the same; so the outcome is drawn as a surface over both, and the balance is a direction on it."
    )


def _done(answer: Answer, results: Results, names: Names) -> str:
    own = own_rows(results, "quantities", answer)
    x, y = (lower_first(names.variable(name)) for name in _sides(answer))
    if not (own["topic"] == "balance").any():
        return methods_text.what_was_done(answer, results, names)
    share = numbers.percent(one(own, topic="sides", quantity="share clearly higher", of=_sides(answer)[0]))
    text = (
        f"The outcome was modelled as a response surface [@edwards1993; @nestler2019] of {md(x)} (X), {md(y)} (Y), their squares and their product, in a linear mixed model. It is written "
        "around the average relationship: slope and curve with the total of both, slope and curve along the balance (X up by as much as Y goes down), and a turn between the two. "
        "Each mentor’s mean of both enters too, so that the surface compares relationships of the same mentor. The answer is the slope along the balance at the average relationship, "
        "provided that it is not shown to slope the other way at the 10th or the 90th percentile of the balance; it is called negligible only if all three are. "
        f"X was clearly higher than Y (by half a standard deviation) in {share} of relationships."
    )
    return f"{text}\n\n{methods_text.what_was_done(answer, results, names)}"


def _base(answer: Answer, results: Results, names: Names) -> Ground | None:
    x, y = _sides(answer)
    if answer.outcome == ENDED:
        results = replace(results, _tables={**results._tables, "analysis": with_ending(results["analysis"], results["dyads"])})
    return base_of(answer, results, x, y, (names.variable(x), names.variable(y)), LINES, HINT)


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    shown, own = _named(answer), own_rows(results, "quantities", answer)
    axes = ("Mean of costs and benefits", "By how much costs stand above benefits")
    drawn = figures(shown, results, _base(answer, results, names), TITLES, axes, dict(zip(TERMS, SHAPES)), MEANING)
    curve = load.draw(shown, own, _sides(answer), names, results.smallest) if (own["topic"] == "load").any() else None
    return [*drawn, *([curve] if curve else [])]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    name, shown = answer.question.name, _named(answer)
    x, y = (names.variable(side) for side in _sides(answer))
    note = f"X: {x}; Y: {y}. Shapes about the common mean of both. b0 holds the covariates at their mean. SE, df and p: {numbers.listed(sorted(set(answer.effects['method'].dropna())))}."
    tables = [
        _balance(shown, results), quantities_table(shown, results, MEANING, note), models_table(shown, results, x, y), question_tables.effects(shown),
        _load(shown, results, names),
    ]
    return [
        figure(f"surface_{name}", "The surface is not drawn: there is no part of it with enough people all around."),
        figure(f"courses_{name}", ""),
        figure(f"shapes_{name}", ""),
        _how_to_read(),
        figure(f"solid_{name}", ""),
        *(markdown(table) for table in tables if table),
        figure(f"load_{name}", ""),
    ]


def _how_to_read() -> str:
    return (
        "A slope along the balance can come from the costs, from the benefits, or from both: the table gives each singly. Costs and benefits are one person’s "
        "judgement at the same time as, often, the outcome; whoever means to leave may also come to see more costs. So the surface shows what goes together, and not which came first."
    )


def _balance(answer: Answer, results: Results) -> ApaTable | None:
    own = own_rows(results, "quantities", answer)
    own = own[(own["topic"] == "balance") & own["estimate"].notna()]
    if own.empty:
        return None
    labels = {"balance": "Along the balance", "costs alone": "Costs alone", "benefits alone": "Benefits alone"}
    rows = []
    for row in own.itertuples():
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        cells = [numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits), numbers.number(row.se, digits), numbers.df(row.df), numbers.p_value(row.p)]
        rows.append([f"{labels[row.quantity]}, {row.of}", *cells])
    note = (
        f"In {answer.question.unit or 'the outcome’s unit'}, per unit of the scale: costs one up and benefits one down, or one of the two one up. "
        f"{PLACES[0].capitalize()}, {PLACES[2]}: 10th and 90th percentile of the balance."
    )
    return ApaTable(f"balance-{answer.question.name}", f"Slopes of {answer.outcome_label} at places on the surface", ["Slope", "b [95 % CI]", "SE", "df", "p"], rows, note)


def _load(answer: Answer, results: Results, names: Names) -> ApaTable | None:
    own = own_rows(results, "quantities", answer)
    own = own[(own["topic"] == "load") & ~own["of"].fillna("").str.fullmatch(r"\d+") & own["estimate"].notna()]
    if own.empty:
        return None
    rows = [
        [names.variable(row.quantity), numbers.estimate(row.estimate, row.ci_low, row.ci_high), numbers.number(row.se), numbers.df(row.df), numbers.p_value(row.p), numbers.count(row.n)]
        for row in own.itertuples()
    ]
    return ApaTable(
        f"load-{answer.question.name}", "What goes with one more mentee, at the average load", ["Report", "b [95 % CI]", "SE", "df", "p", "Mentors"], rows,
        "Linear mixed model of the report on the mentor’s number of mentees, its square and the wave. Mentors choose, or are given, their load, so this compares different mentors.",
    )


PAGE = Page(_about, _done, _figures, _result)
