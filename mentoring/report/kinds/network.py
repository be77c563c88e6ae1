"""What the report says of questions of kind `network`."""

from __future__ import annotations

import pandas as pd

from mentoring.models.network import networks
from mentoring.report import disclosure, methods_text, numbers, question_tables, words
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import forest, network
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import NetworkQuestion


def _asked(answer: Answer) -> NetworkQuestion:
    assert isinstance(answer.question, NetworkQuestion)
    return answer.question


def _about(answer: Answer, names: Names) -> str:
    return (
        f"The outcome is {md(answer.outcome_label)}. It is set beside how many mentors a mentee has, and beside "
        f"{md(lower_first(names.variable(_asked(answer).predictor)))}, averaged over these mentors."
    )


def _done(answer: Answer, results: Results, names: Names) -> str:
    formula = str(answer.fit.get("formula", ""))
    shape = (
        "The outcome is about the mentee, so rows are mentees, and each of a mentee’s mentors has an equal share in one random effect (multiple "
        "membership; Browne, Goldstein & Rasbash 2001). "
        if "mm(" in formula
        else "Rows are relationships, crossed between mentors and mentees. "
        if not numbers.is_missing(answer.fit.get("formula"))
        else ""
    )
    return shape + methods_text.what_was_done(answer, results, names)


def _shown(answer: Answer, results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the curve and of the coverage behind which enough mentors and mentees stand."""
    table = results["quantities"]
    own = table[(table["question"] == answer.question.name) & table["estimate"].notna()]
    known = networks(results["dyads"]) if len(results["dyads"]) else pd.DataFrame(columns=["mentors", "number_of_mentors"])

    def enough(chosen: pd.Series, n: object) -> bool:
        mentors = {mentor for group in known.loc[chosen, "mentors"] for mentor in group}
        return disclosure.enough(len(mentors), min(int(chosen.sum()), 0 if numbers.is_missing(n) else int(n)), results.smallest) and bool(n)  # type: ignore[call-overload]

    count = known["number_of_mentors"]
    curve = own[(own["topic"] == "curve") & (own["quantity"] == "predicted outcome")]
    curve = curve[
        [
            enough(count >= int(str(row.of).split()[0]) if "more" in str(row.of) else count == int(str(row.of)), row.n)
            for row in curve.itertuples()
        ]
    ]
    covered = own[own["topic"].str.startswith("coverage")]
    covered = covered[[enough(count == 1 if "one" in row.topic else count > 1, row.n) for row in covered.itertuples()]]
    return curve, covered


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    curve, covered = _shown(answer, results)
    drawn = network.draw(answer.question.name, answer.outcome_label, curve, covered, names)
    return [one for one in (drawn, forest.draw_question(answer)) if one]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    name = answer.question.name
    effects = question_tables.effects(answer)
    curve, covered = _shown(answer, results)
    step = results["quantities"]
    step = step[(step["question"] == name) & (step["quantity"] == "what the further one adds") & step["estimate"].notna()]
    step = step[[str(row.of).split(" against ")[0] in set(curve["of"]) for row in step.itertuples()]]
    return [
        figure(f"network_{name}", "No figure by number of mentors: too few people have several mentors to show them as a group."),
        *([markdown(_steps(name, curve, step))] if len(step) else []),
        *([markdown(_coverage(name, covered, names))] if len(covered) else []),
        markdown(effects) if effects else "The table of effects is empty.",
        words.how_to_read(answer, results),
        figure(f"effects_{name}", ""),
        (
            "Mentees with several mentors may differ from others in many ways: they may have looked for more, or been given more. Comparing them says what goes "
            "with a further mentor, not what would come of giving one. More mentors also cover more functions, and are more mixed, by chance alone."
        ),
    ]


def _steps(name: str, curve: pd.DataFrame, step: pd.DataFrame) -> ApaTable:
    rows = [
        [f"{row.of} (n = {numbers.count(row.n)} mentees)", numbers.estimate(row.estimate, row.ci_low, row.ci_high)]
        for row in (*curve.itertuples(), *step.itertuples())
    ]
    return ApaTable(
        f"curve-{name}",
        "Predicted outcome by number of mentors, and each step",
        ["Mentors", "Estimate [95 % CI]"],
        rows,
        "All other terms at their mean. Numbers of mentors that few mentees have are joined.",
    )


def _coverage(name: str, covered: pd.DataFrame, names: Names) -> ApaTable:
    rows = [
        [
            f"{names.scale(row.of)}, {row.topic.split(', ')[1]}",
            numbers.count(row.n),
            numbers.percent(row.estimate),
            f"{numbers.percent(row.ci_low)} to {numbers.percent(row.ci_high)}",
        ]
        for row in covered.itertuples()
    ]
    return ApaTable(
        f"coverage-{name}",
        "Mentees for whom at least one mentor covers a function",
        ["Function", "Mentees", "Covered", "95 % CI"],
        rows,
        str(covered["note"].dropna().iloc[0]).capitalize() + "." if covered["note"].notna().any() else "",
    )


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
