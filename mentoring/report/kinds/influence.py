"""What the report says of questions of kind `influence`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mentoring.models.kinds.influence import INDIRECT
from mentoring.models.kinds.influence_equations import PARTS
from mentoring.report import methods_text, numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown, notes_of
from mentoring.report.figures import paths
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import InfluenceQuestion


def _asked(answer: Answer) -> InfluenceQuestion:
    assert isinstance(answer.question, InfluenceQuestion)
    return answer.question


def _labels(answer: Answer, names: Names) -> dict[str, str]:
    return {column: names.variable(column) for column in _asked(answer).through}


def _predictor(answer: Answer, names: Names) -> str:
    return names.variable(_asked(answer).predictor)


def _outcome(answer: Answer, names: Names) -> str:
    return names.variable(answer.question.outcome_column)


def _own(answer: Answer, results: Results) -> pd.DataFrame:
    table = results["quantities"]
    return table[table["question"] == answer.question.name]


def _levels(own: pd.DataFrame) -> list[str]:
    """The levels that were looked at; the first is what the question is about."""
    found = set(own["topic"])
    return [level for level in PARTS.values() if f"paths, {level}" in found]


def _about(answer: Answer, names: Names) -> str:
    through = numbers.listed([lower_first(label) for label in _labels(answer, names).values()])
    return (
        f"Does the association of {md(lower_first(_predictor(answer, names)))} with {md(lower_first(_outcome(answer, names)))} run by way of "
        f"{md(through)}? That order is an assumption of whoever asked; the data are observational."
    )


def _done(answer: Answer, results: Results, names: Names) -> str:
    rest = replace(answer, effects=answer.effects[~answer.effects["term"].str.startswith(INDIRECT)])
    levels = _levels(_own(answer, results))
    model = methods_text.what_was_done(rest, results, names)
    if not levels:
        return model
    compared = {
        "within mentor": "how relationships of the same mentor differ",
        "over time": "how waves of the same relationship differ",
        "between mentors": "how mentors differ",
    }[levels[0]]
    lag = (
        " Mediators and outcome are those of the next wave, and each stands over its own level before (the half-longitudinal design of "
        "Cole & Maxwell 2003)."
        if _asked(answer).when == "next wave"
        else " Everything was reported at the same wave."
    )
    return (
        "Each mediator has a mixed model on the predictor (path a), and the outcome one on the predictor and all mediators together (paths b, and the "
        "direct path), all on the same rows. Every variable is split, and the "
        f"paths in question are about {compared}.{lag} An indirect association is the product a × b. Its interval is taken from "
        f"{numbers.count(_asked(answer).draws)} random draws of both paths (Monte Carlo); its p is the larger of the two paths’ (joint test)."
        f"\n\n{model}"
    )


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    levels = _levels(_own(answer, results))
    drawn = paths.draw(
        answer.question.name,
        answer.effects,
        _labels(answer, names),
        _predictor(answer, names),
        _outcome(answer, names),
        levels[0] if levels else "",
        answer.size("obs"),
    )
    return [drawn] if drawn else []


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    own, labels = _own(answer, results), _labels(answer, names)
    levels = _levels(own)
    tables = (
        [
            _paths_table(answer, own, labels, levels[0]),
            _sensitivity(answer, own, labels, levels[0]),
            _other_levels(answer, own, labels, levels[1:]),
        ]
        if levels
        else []
    )
    return [
        figure(f"paths_{answer.question.name}", ""),
        *(markdown(table) for table in tables if table),
        "An indirect association says that predictor, mediator and outcome go together in the way the arrows assume. They would also do so if the arrows "
        "ran the other way, or if something left out moved all three. "
        + ("With everything asked at the same wave, the order in time is an assumption too. " if _asked(answer).when == "same wave" else "")
        + "Two indirect associations can be told from each other only as far as their mediators differ.",
    ]


def _estimate(row: pd.Series) -> str:
    return numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"])


def _pick(own: pd.DataFrame, topic: str, quantity: str, of: str | None = None) -> pd.Series | None:
    found = own[(own["topic"] == topic) & (own["quantity"] == quantity) & ((own["of"] == of) if of else own["of"].isna())]
    return found.iloc[0] if len(found) else None


def _paths_table(answer: Answer, own: pd.DataFrame, labels: dict[str, str], level: str) -> ApaTable:
    effects = answer.effects.set_index("term")
    rows = []
    for column, label in labels.items():
        for kind, word in (("a_", "predictor to mediator (a)"), ("b_", "mediator to outcome (b)"), (INDIRECT, "indirect (a × b)")):
            if f"{kind}{column}" in effects.index:
                row = effects.loc[f"{kind}{column}"]
                rows.append(
                    [
                        f"{label}: {word}",
                        _estimate(row),
                        numbers.p_value(row["p"]),
                        numbers.p_value(row["p_adjusted"]),
                        numbers.estimate(row["std_estimate"], row["std_low"], row["std_high"], 2),
                    ]
                )
        jack = _pick(own, f"indirect, {level}", "jackknife over mentors", column)
        if jack is not None and pd.notna(jack["ci_low"]):
            rows.append([f"{label}: indirect, by leaving out mentors", _estimate(jack), numbers.MISSING, numbers.MISSING, numbers.MISSING])
    if "direct" in effects.index:
        row = effects.loc["direct"]
        rows.append(
            [
                "Direct",
                _estimate(row),
                numbers.p_value(row["p"]),
                numbers.MISSING,
                numbers.estimate(row["std_estimate"], row["std_low"], row["std_high"], 2),
            ]
        )
    for quantity, word in (("total indirect", "All indirect together"), ("total", "Total")):
        found = _pick(own, f"paths, {level}", quantity)
        if found is not None:
            rows.append([word, _estimate(found), numbers.p_value(found["p"]), numbers.MISSING, numbers.MISSING])
    return ApaTable(
        f"paths-{answer.question.name}",
        f"Paths to {answer.outcome_label}, {level}",
        ["Path", "b [95 % CI]", "p", "p adj.", "Std. b [95 % CI]"],
        rows,
        "p of an indirect association: the larger of its two paths’. By leaving out mentors: interval of the jackknife, which does not assume that paths "
        "are the same for all mentors. Total: the outcome’s model without mediators; with mixed models it is not exactly the sum. Std. b: in standard "
        "deviations. A dash: not tested, or not defined.",
    )


def _sensitivity(answer: Answer, own: pd.DataFrame, labels: dict[str, str], level: str) -> ApaTable | None:
    rows = []
    for column, label in labels.items():
        rho = _pick(own, f"sensitivity, {level}", "correlation of errors that would leave nothing", column)
        value = _pick(own, f"sensitivity, {level}", "robustness value", column)
        if rho is not None and value is not None and pd.notna(rho["estimate"]):
            rows.append([label, numbers.number(rho["estimate"], bounded=True), numbers.percent(value["estimate"])])
    if not rows:
        return None
    return ApaTable(
        f"sensitivity-{answer.question.name}",
        "What something left out would have to be",
        ["Mediator", "Correlation", "Robustness value"],
        rows,
        "Correlation: if the errors of mediator and outcome correlated this much (through something left out), nothing would be left of the indirect association "
        "(Imai, Keele & Tingley 2010). Robustness value: something left out would have to explain that share of what is left of the mediator, and as much "
        "of the outcome, to leave nothing (Cinelli & Hazlett 2020). Small values mean: easily explained otherwise.",
    )


def _other_levels(answer: Answer, own: pd.DataFrame, labels: dict[str, str], levels: Sequence[str]) -> ApaTable | None:
    rows = []
    for level in levels:
        for column, label in labels.items():
            cells = [_pick(own, f"paths, {level}", f"{kind}{column}") for kind in ("a_", "b_", INDIRECT)]
            if all(cell is not None for cell in cells):
                rows.append([f"{level[:1].upper()}{level[1:]}: {label}", *(_estimate(cell) for cell in cells if cell is not None)])
    if not rows:
        return None
    hidden = notes_of(own[own["topic"].isin([f"paths, {level}" for level in levels])])
    return ApaTable(
        f"levels-{answer.question.name}",
        "The same paths at the other levels",
        ["Level and mediator", "a [95 % CI]", "b [95 % CI]", "a × b [95 % CI]"],
        rows,
        f"Means of few mentees are unreliable, so paths between mentors are drawn towards those within.{hidden}",
    )


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
