"""What the report says of questions of kind `necessity`."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.models.ceiling import CEILINGS, SMALLEST_D
from mentoring.models.kinds.necessity import CEILING_TERM, deciding_ceiling, one_per_relationship
from mentoring.report import disclosure, methods_text, numbers, question_tables, words
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import ceiling
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import NecessityQuestion


def _asked(answer: Answer) -> NecessityQuestion:
    assert isinstance(answer.question, NecessityQuestion)
    return answer.question


def _association(answer: Answer) -> Answer:
    """The answer without the ceiling's row, which is no term of the mixed model."""
    return replace(answer, effects=answer.effects[answer.effects["term"] != CEILING_TERM])


def _condition(answer: Answer, names: Names) -> str:
    return names.variable(_asked(answer).condition)


def _about(answer: Answer, names: Names) -> str:
    return (
        f"The outcome is {md(answer.outcome_label)}; the condition is {md(lower_first(_condition(answer, names)))}. A condition is "
        "necessary when a high outcome is not found without it, whatever else there is. That is another question than whether the "
        "outcome is higher on average where there is more of it; both are answered."
    )


def _own(answer: Answer, results: Results) -> pd.DataFrame:
    table = results["quantities"]
    return table[table["question"] == answer.question.name]


def _points(answer: Answer, results: Results) -> tuple[pd.DataFrame, bool]:
    """The relationships with both values, and whether the condition is a distance."""
    condition = _asked(answer).condition
    turned = any(entry.name == condition and entry.kind in DISTANCES for entry in results.study.similarity)
    analysis = results["analysis"]
    if condition not in analysis or answer.outcome not in analysis:
        return pd.DataFrame(columns=["dyad", "x", "y", "mentor", "mentee"]), turned
    rows = analysis[analysis[[condition, answer.outcome]].notna().all(axis=1)].astype({condition: "float64", answer.outcome: "float64"})
    points = one_per_relationship(rows, condition, answer.outcome, turned)
    return points.assign(mentee=points["dyad"].map(rows.drop_duplicates("dyad").set_index("dyad")["mentee"])), turned


def _done(answer: Answer, results: Results, names: Names) -> str:
    own = _own(answer, results)
    d = own[(own["topic"] == "ceiling") & (own["quantity"] == "d")]
    if d["estimate"].notna().any():
        deciding = deciding_ceiling(_points(answer, results)[0]["x"])
        text = (
            f"Necessary condition analysis [@dul2016] asks how much of the field of {numbers.counted(int(d['n'].iloc[0]), 'relationship')} (each with "
            "its mean over its waves) is empty above a ceiling, in the corner of low condition and high outcome. CE-FDH is the ceiling in steps over "
            "the highest points; CR-FDH is the straight line through its corners. d is the empty part of the observed field. p is the share of "
            f"{numbers.count(_asked(answer).permutations)} random dealings of the conditions within programmes, the mentees of one mentor kept together, "
            f"that leave as much empty. {deciding} decides (the straight line, unless the condition has fewer than five values): d of at "
            f"least {SMALLEST_D:.1f} and p below .05. A mere association leaves an empty corner too. So d is also set beside outcomes drawn from "
            "the mixed model below, in which the outcome follows a straight line and nothing is necessary"
            + (
                ", and the answer is “necessary” only if such outcomes rarely leave as much empty."
                if _asked(answer).beyond_a_line
                else "; the study’s authors chose to go by the published rule alone."
            )
        )
    else:
        why = d["note"].dropna()
        text = f"No ceiling was drawn{': ' + md(why.iloc[0]) if len(why) else ''}."
    return f"{text}\n\n{methods_text.what_was_done(_association(answer), results, names)}"


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    points, turned = _points(answer, results)
    drawn = ceiling.draw(answer, _own(answer, results), points, _asked(answer).condition, turned, names, results.smallest)
    return [*([drawn] if drawn else []), *Page().figures(_association(answer), results, names)]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    own, name = _own(answer, results), answer.question.name
    rest = _association(answer)
    effects = question_tables.effects(rest)
    tables = [_ceilings(name, own), _bottleneck(name, own, deciding_ceiling(_points(answer, results)[0]["x"]), results.smallest)]
    return [
        figure(f"ceiling_{name}", "No figure of the corner is drawn: too few people, or too few different values."),
        *(markdown(table) for table in tables if table),
        _limits(),
        markdown(effects) if effects else "The table of effects is empty.",
        words.how_to_read(rest, results),
        figure(f"lines_{name}", ""),
        figure(f"effects_{name}", ""),
    ]


def _limits() -> str:
    return (
        "An empty corner can have other reasons than necessity. d grows with any association, with fewer relationships, and with a narrow "
        "range of answers; one relationship in the corner can take it away, and one far to the left can make it. In simulated studies of 60 "
        "mentors without any necessity, a straight-line association of r = .35 met the published rule (d of at least 0.1, p below .05) in "
        "about half of them. And a necessary condition in these data says nothing of what would happen if somebody were given more of it."
    )


def _ceilings(name: str, own: pd.DataFrame) -> ApaTable | None:
    part = own[own["topic"] == "ceiling"]
    if not part["estimate"].notna().any():
        return None

    def value(quantity: str, of: str, column: str = "estimate", topic: str = "ceiling") -> object:
        found = own[(own["topic"] == topic) & (own["quantity"] == quantity) & (own["of"] == of)][column]
        return found.iloc[0] if len(found) else None

    rows = [
        [
            of,
            numbers.number(value("d", of), bounded=True),
            numbers.p_value(value("d", of, "p")),
            numbers.number(value("mean d when dealt anew", of), bounded=True),
            numbers.number(value("mean d", of, topic="straight line"), bounded=True),
            numbers.p_value(value("mean d", of, "p", "straight line")),
            numbers.number(value("lowest d without one mentor", of), bounded=True),
        ]
        for of in CEILINGS
    ]
    n = int(part["n"].iloc[0])
    return ApaTable(
        f"ceiling-{name}",
        "How much the ceilings leave empty",
        ["Ceiling", "d", "p", "d, dealt anew", "d, straight line", "p, straight line", "Lowest d"],
        rows,
        f"n = {numbers.count(n)} relationships. Dealt anew: mean d when conditions are dealt at random within programmes; p is the share that "
        "leaves as much empty. Straight line: mean d when outcomes follow the mixed model and nothing is necessary, with the share that leaves as "
        "much empty (computed for the ceiling that decides). Lowest d: with any one mentor left out.",
    )


def _bottleneck(name: str, own: pd.DataFrame, deciding: str, smallest: int) -> ApaTable | None:
    part = own[(own["topic"] == "bottleneck") & (own["of"] == deciding)]
    if part.empty or not part["estimate"].notna().any():
        return None
    rows = [
        [
            row.quantity.split(" of ")[0],
            numbers.percent(row.estimate, 100) if pd.notna(row.estimate) else str(row.note).split(":")[0],
            disclosure.handled(row.n, smallest),
        ]
        for row in part.itertuples()
    ]
    return ApaTable(
        f"bottleneck-{name}",
        f"What each level of the outcome asks of the condition ({deciding})",
        ["Outcome", "Condition needed", "Relationships with less"],
        rows,
        "Both in per cent of their observed range, from the lowest (0 %) to the highest (100 %) value. Not necessary: the lowest condition is enough.",
    )


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
