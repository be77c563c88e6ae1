"""What the report says of questions of kind `reciprocity`."""

from __future__ import annotations

import pandas as pd

from mentoring.report import disclosure, numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import two_views
from mentoring.report.inputs import Results
from mentoring.report.kinds.actor_partner import sentences
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import clean, md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import ReciprocityQuestion

MEANINGS = {
    "consensus": "Consensus (mentees of one mentor answer alike)", "assimilation": "Assimilation (a mentor answers alike of all mentees)",
    "generalised reciprocity": "Generalised reciprocity, between mentors (r)", "dyadic reciprocity": "Dyadic reciprocity, within mentors (r)",
    "reciprocity of the moment": "Reciprocity of the moment, from wave to wave (r)",
}  # fmt: skip
JUDGES = {"b0 directional bias": "Higher or lower than the other on the whole (b0)", "b1 truth force": "Goes with the other’s answer (b1)",
          "b2 assumed similarity": "Goes with one’s own standing (b2)"}  # fmt: skip


def _question(answer: Answer) -> ReciprocityQuestion:
    assert isinstance(answer.question, ReciprocityQuestion)
    return answer.question


def _own(answer: Answer, results: Results) -> pd.DataFrame:
    table = results["quantities"]
    return table[table["question"] == answer.question.name]


def _called(answer: Answer, names: Names) -> str:
    return names.variable(_question(answer).of)


def _about(answer: Answer, names: Names) -> str:
    what = md(lower_first(_called(answer, names)))
    return (
        f"Both sides answered on {what}. The question is whether the two see the same relationship: whether, beyond what a mentor says of every mentee "
        "and every mentee says of the mentor, one side’s answer is high where the other’s is (*dyadic reciprocity*). Beside it stand what differs "
        "between mentors, how far apart the two sides are, and what an answer goes with."
    )


def _done(answer: Answer, results: Results, names: Names) -> str:
    fit, question = answer.fit, _question(answer)
    if not fit or numbers.is_missing(fit.get("formula")):
        why = fit.get("note") if fit else None
        return "No model was fitted" + (f": {md(str(why).rstrip('.'))}." if not numbers.is_missing(why) else ".")
    note = "" if numbers.is_missing(fit.get("note")) else f" To mind: {md(str(fit['note']))}."
    dropped = int(fit.get("dropped") or 0)  # type: ignore[call-overload]
    return (
        f"Both sides’ answers were stacked ({numbers.counted(answer.size('obs') or 0, 'answer')} on {numbers.counted(answer.size('dyads') or 0, 'relationship')} of "
        f"{numbers.counted(answer.size('mentors') or 0, 'mentor')}) and split, by a mixed model for one person with many partners [@kenny2006], into what is the "
        "mentor’s, the relationship’s and the moment’s, each with a variance per side and a correlation of the two sides. Restricted maximum likelihood; intervals and "
        f"p values from {numbers.count(question.bootstraps)} data sets simulated from the model and fitted anew. The mean gap, the limits of agreement [@bland1999] and the "
        "truth-and-bias models [@west2011] are mixed models of their own, with degrees of freedom after Kenward and Roger [@kenward1997]. "
        f"{numbers.counted(dropped, 'answer')} {'is' if dropped == 1 else 'are'} missing; where only one side answered, that answer still counts in the first model.{note}"
        f"\n\n::: {{.formula}}\n`{clean(str(fit['formula']), 500).replace('`', '')}`\n:::"
    )


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    own, what = _own(answer, results), _called(answer, names)
    drawn = [
        two_views.draw_parts(answer, own, what),
        two_views.draw_gap(answer, own, results["analysis"], _question(answer).of, what, results.smallest),
    ]
    return [one for one in drawn if one]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    own, name = _own(answer, results), answer.question.name
    first = [
        figure(f"parts_{name}", "No figure of the parts is drawn: no variance was estimated."),
        markdown(_reciprocity(name, own, _called(answer, names))),
        _how_to_read(own),
    ]
    if not disclosure.enough(answer.size("mentors") or 0, answer.size("mentees") or 0, results.smallest):
        return [*first, f"How far apart the two sides are is not shown: fewer than {results.smallest} mentors or mentees stand behind it."]
    return [
        *first,
        figure(f"gap_{name}", "The two sides’ differences are not drawn: there is no estimate, or too few people to form two groups."),
        markdown(_agreement(name, own, _called(answer, names))),
        markdown(_truth(name, own, _called(answer, names))),
        _limits(_question(answer)),
    ]


def _reciprocity(name: str, own: pd.DataFrame, what: str) -> ApaTable:
    part = own[(own["topic"] == "reciprocity") & own["quantity"].isin(list(MEANINGS))]
    rows = [
        [MEANINGS[row.quantity], numbers.estimate(row.estimate, row.ci_low, row.ci_high, bounded=True), numbers.number(row.se, bounded=True), numbers.p_value(row.p),
         numbers.count(row.n)]
        for row in part.itertuples()
    ]  # fmt: skip
    note = (
        "Consensus and assimilation are shares of the mentees’ and of the mentors’ variance. Intervals and p: parametric bootstrap. n: pairs of answers. "
        f"A dash: not tested or not estimated.{sentences(part)}"
    )
    return ApaTable(
        f"reciprocity-{name}", f"Reciprocity: {lower_first(what)}", ["Quantity", "Estimate [95 % CI]", "SE", "p", "n"], rows, note
    )


def _agreement(name: str, own: pd.DataFrame, what: str) -> ApaTable:
    part = own[own["topic"] == "agreement"]
    rows = []
    for row in part.itertuples():
        bounded = row.quantity.startswith(("rank", "absolute"))
        label = f"{row.quantity[:1].upper()}{row.quantity[1:]}" + (f", {row.of}" if bounded and row.of != "all relationships" else "")
        rows.append([label, numbers.estimate(row.estimate, row.ci_low, row.ci_high, 2, bounded=bounded), numbers.number(row.se, bounded=bounded), numbers.df(row.df),
                     numbers.p_value(row.p)])  # fmt: skip
    note = (
        "Three different things: whether the same relationships stand high for both (r), whether one side answers higher (gap: mentee minus mentor, in points), and whether both "
        f"give the same number (ICC). Gap: Kenward–Roger; other intervals: parametric bootstrap.{sentences(part)}"
    )
    return ApaTable(
        f"agreement-{name}",
        f"Agreement of the two sides: {lower_first(what)}",
        ["Quantity", "Estimate [95 % CI]", "SE", "df", "p"],
        rows,
        note,
    )


def _truth(name: str, own: pd.DataFrame, what: str) -> ApaTable:
    part = own[own["topic"] == "truth and bias"]
    rows = [
        [f"{str(row.of).capitalize()}", JUDGES[row.quantity], numbers.estimate(row.estimate, row.ci_low, row.ci_high, 2), numbers.number(row.se), numbers.df(row.df),
         numbers.p_value(row.p)]
        for row in part.itertuples()
    ]  # fmt: skip
    note = f"One model per judge; everything is centred at the other side’s mean, in points. Kenward–Roger.{sentences(part)}"
    return ApaTable(
        f"truth-{name}",
        f"What an answer goes with: {lower_first(what)}",
        ["Judge", "Quantity", "b [95 % CI]", "SE", "df", "p"],
        rows,
        note,
        2,
    )


def _how_to_read(own: pd.DataFrame) -> str:
    found = own[own["quantity"] == "dyadic reciprocity"]
    if found.empty or pd.isna(found.iloc[0]["ci_low"]):
        return ""
    row = found.iloc[0]
    open_end = " That includes zero, so the direction is not settled." if row["ci_low"] <= 0 <= row["ci_high"] else ""
    return (
        f"Dyadic reciprocity reads: among the relationships of one mentor, the two sides’ answers correlate at {numbers.number(row['estimate'], bounded=True)}. Values from "
        f"{numbers.number(row['ci_low'], bounded=True)} to {numbers.number(row['ci_high'], bounded=True)} are compatible with these data (95 % interval).{open_end}"
    )


def _limits(question: ReciprocityQuestion) -> str:
    own = "" if question.own else " Whether an answer is projected from one’s own standing (b2) was not asked: the question names no `own`."
    return (
        "The other side’s answer is called truth in that model for want of a better word: it is another view, no yardstick. b1 stays below one wherever answers hold "
        "error. Nobody is sorted into over- and under-raters: differences of two answers are too unreliable for that." + own
    )


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
