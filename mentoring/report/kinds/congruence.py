"""What the report says of questions of kind `congruence`."""

from __future__ import annotations

from dataclasses import replace

from mentoring.models.kinds.congruence import MEANING
from mentoring.models.surface.geometry import SHAPES
from mentoring.models.surface.response import TERMS
from mentoring.report import methods_text, numbers, question_tables
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import markdown
from mentoring.report.figures.surface import Ground
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.kinds.surfaces import base_of, figures, models_table, one, own_rows, quantities_table
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.structure_tables import incomparable
from mentoring.report.theme import Drawn

LINES = ("Both at the same place", "Apart, one up and one down")
HINT = f"If the outcome goes with standing at the same place, the surface is darkest along the line “{LINES[0].lower()}” and pales to both sides of it."


def _sides(answer: Answer) -> tuple[str, str]:
    of = answer.question.of  # type: ignore[attr-defined]
    return f"mentor_{of}", f"mentee_{of}"


def _about(answer: Answer, names: Names) -> str:
    of = md(lower_first(names.scale(answer.question.of)))  # type: ignore[attr-defined]
    return (
        f"The outcome is {md(answer.outcome_label)}. The question is whether it goes with mentor and mentee standing at the same place on {of}, over and above "
        "where each of them stands. The distance between two answers cannot tell this: it also grows when only one of them moves. So the outcome "
        "is drawn as a surface over both."
    )


def _done(answer: Answer, results: Results, names: Names) -> str:
    own, surface = own_rows(results, "quantities", answer), own_rows(results, "response_surface", answer)
    x, y = (lower_first(names.variable(name)) for name in _sides(answer))
    if surface.empty or surface["estimate"].isna().all():
        return methods_text.what_was_done(answer, results, names)
    sides, tests = own[own["topic"] == "sides"], own[own["topic"] == "joint test"]
    higher = [numbers.percent(one(sides, quantity="share clearly higher", of=name)) for name in _sides(answer)]
    centre = "the middle of the response range" if answer.question.centre == "midpoint" else "their common mean"  # type: ignore[attr-defined]

    def tested(name: str) -> str:
        row = tests[tests["quantity"] == name].iloc[0]
        return f"F({numbers.count(row['n'])}, {numbers.df(row['df'])}) = {numbers.number(row['estimate'])}, {numbers.p_phrase(row['p'])}"

    text = (
        f"The outcome was modelled as a response surface [@edwards1993; @nestler2019]: {md(x)} (X), {md(y)} (Y), their squares and their product, in a linear mixed model. Both were centred at "
        f"{centre} ({numbers.number(one(sides, quantity='centre'))}), never each at its own. X was clearly higher than Y (by half a standard deviation) in {higher[0]} of relationships, "
        f"Y than X in {higher[1]}. The model is written in the surface’s shapes: a1 and a2 are slope and curve where both stand at the same place, a3 and a4 across mismatch, a5 the turn of the ridge. "
        f"A side that differs between one mentor’s mentees also enters by its mentor mean. The answer follows a joint rule [after @humberg2019]: some surface at all ({tested('whole surface')}), "
        f"a bend across mismatch ({tested('bend')}), and a ridge that is shown, by 90 % intervals within what was declared too small to matter, to lie where both stand at the same place "
        f"(against a ridge there: {tested('ridge')}). No single number decides, and an estimate that cannot be told from zero is no evidence that there is nothing."
    )
    return f"{text}\n\n{methods_text.what_was_done(answer, results, names)}"


def _base(answer: Answer, results: Results, names: Names) -> Ground | None:
    x, y = _sides(answer)
    base = base_of(answer, results, x, y, (names.variable(x), names.variable(y)), LINES, HINT)
    doubt = _in_doubt(answer, results)
    return replace(base, faded=True, hint=f"Drawn in grey because {doubt}.") if base and doubt else base


def _in_doubt(answer: Answer, results: Results) -> str:
    """Why “the same place” may not be the same place ("" when nothing speaks against it)."""
    return incomparable(results).get(answer.question.of, "")  # type: ignore[attr-defined]


def _warning(answer: Answer, results: Results, names: Names) -> str:
    doubt, of = _in_doubt(answer, results), md(names.scale(answer.question.of))  # type: ignore[attr-defined]
    return (
        f"**Not to be relied on: {of} was not shown to be comparable between the two sides** ({doubt}: scalar invariance). The same number may then not be the same "
        "place: a ridge beside the line where both are alike can come from the items, not from the people. All figures of this question are drawn in grey for that."
    ) if doubt else ""


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    of = lower_first(names.scale(answer.question.of))  # type: ignore[attr-defined]
    axes = (f"Where both stand on {of}", f"By how much the mentor stands higher than the mentee on {of}")
    return figures(answer, results, _base(answer, results, names), LINES, axes, dict(zip(TERMS, SHAPES)), MEANING)


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    name = answer.question.name
    x, y = (names.variable(side) for side in _sides(answer))
    note = f"X: {x}; Y: {y}. b0 holds the covariates at their mean. SE, df and p: {numbers.listed(sorted(set(answer.effects['method'].dropna())))}."
    tables = [quantities_table(answer, results, MEANING, note), models_table(answer, results, x, y), question_tables.effects(answer)]
    return [
        _warning(answer, results, names),
        figure(f"surface_{name}", "The surface is not drawn: there is no part of it with enough people all around."),
        figure(f"courses_{name}", ""),
        figure(f"shapes_{name}", ""),
        _how_to_read(),
        figure(f"solid_{name}", ""),
        *(markdown(table) for table in tables if table),
    ]


def _how_to_read() -> str:
    return (
        "A surface speaks for standing at the same place when it bends down to both sides of the line where the two are alike (a4 below zero), and its ridge lies "
        "on that line (a3 and a5 practically zero). It is strict when the ridge is level as well (a1 and a2 practically zero), broad when it may rise or bend "
        "with the level. Which direction of mismatch goes with less cannot be read from a3 once this holds. And where the surface bends says nothing of what would happen if people were paired otherwise."
    )


PAGE = Page(_about, _done, _figures, _result)
