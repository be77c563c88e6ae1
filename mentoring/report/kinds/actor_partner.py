"""What the report says of questions of kind `actor_partner`."""

from __future__ import annotations

import pandas as pd

from mentoring.report import numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import both_sides
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import clean, md
from mentoring.report.methods_text import inference
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import ActorPartnerQuestion

OTHER = {"mentor": "mentee", "mentee": "mentor"}


def _question(answer: Answer) -> ActorPartnerQuestion:
    assert isinstance(answer.question, ActorPartnerQuestion)
    return answer.question


def _called(answer: Answer, names: Names) -> tuple[str, str]:
    question = _question(answer)
    return names.variable(question.outcome), names.variable(question.predictor)


def _own(answer: Answer, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["question"] == answer.question.name]


def _about(answer: Answer, names: Names) -> str:
    outcome, predictor = (md(lower_first(name)) for name in _called(answer, names))
    later = " at the next wave, over and above its level before" if _question(answer).when == "next wave" else ""
    return (
        f"Both sides answered on {predictor} (their standing) and on {outcome} (the outcome{later}). The question is about *partner effects*: "
        "does one side’s standing go with the *other* side’s outcome? Two people stand behind each of these, so no shared habit of answering makes "
        "it. *Actor effects*, one’s own standing with one’s own outcome, are in the model so that they are not taken for the other’s; one person "
        "reports both (single source)."
    )


def _done(answer: Answer, results: Results, names: Names) -> str:
    fit = answer.fit
    if not fit or numbers.is_missing(fit.get("formula")):
        why = fit.get("note") if fit else None
        return "No model was fitted" + (f": {md(str(why).rstrip('.'))}." if not numbers.is_missing(why) else ".")
    sizes = [
        numbers.counted(size, one)
        for what, one in (("mentors", "mentor"), ("mentees", "mentee"), ("dyads", "relationship"))
        for size in [answer.size(what)]
        if size
    ]
    dropped = int(fit.get("dropped") or 0)  # type: ignore[call-overload]
    note = "" if numbers.is_missing(fit.get("note")) else f" To mind: {md(names.in_text(str(fit['note'])))}."
    return (
        f"We fitted an actor–partner interdependence model [@kenny2006] to {numbers.counted(answer.size('obs') or 0, 'answer')} of {numbers.listed(sizes)}, one row "
        "being one person’s answers about one relationship at one wave. Each side has its own intercept, actor effect, partner effect and residual "
        "variance; the two residuals of a relationship are correlated. Groups whose rows repeat (mentors, relationships over waves, programmes) have "
        "a random effect per side, correlated across sides. Estimates are by restricted maximum likelihood. "
        f"{inference(answer)} k is the partner effect over the actor effect, its interval from {numbers.count(_question(answer).bootstraps)} outcomes simulated from the "
        "model with its variances held [@kenny2010]; it is left out where the actor effect cannot be told from zero. "
        f"{numbers.counted(dropped, 'row')} {'was' if dropped == 1 else 'were'} left out because the outcome, either side’s standing or a covariate is missing.{note}"
        f"\n\n::: {{.formula}}\n`{clean(str(fit['formula']), 500).replace('`', '')}`\n:::"
    )


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    outcome, predictor = _called(answer, names)
    drawn = both_sides.draw(answer, _own(answer, results["actor_partner"]), _own(answer, results["effect_lines"]), outcome, predictor)
    return [drawn] if drawn else []


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    return [
        figure(f"both_sides_{answer.question.name}", "No figure is drawn: nothing was estimated."),
        markdown(_table(answer, results, names)),
        _told_apart(answer, results),
        *_levels(answer, results, names),
        _how_to_read(answer, results, names),
    ]


def _table(answer: Answer, results: Results, names: Names) -> ApaTable:
    own = _own(answer, results["actor_partner"])
    standard = answer.effects.set_index("term")
    rows = []
    for row in own.itertuples():
        whose = {
            "actor": f"{row.role.capitalize()}’s own standing",
            "partner": f"{OTHER.get(row.role, row.role).capitalize()}’s standing",
            "k": "k = partner / actor",
        }
        term = f"{row.effect}_{row.role}"
        std = standard.loc[term] if term in standard.index else None
        rows.append([
            f"{row.role.capitalize()}’s outcome", whose[row.effect], numbers.estimate(row.estimate, row.ci_low, row.ci_high, 2),
            numbers.number(row.se), numbers.df(row.df), numbers.p_value(row.p),
            numbers.p_value(std["p_adjusted"]) if std is not None else numbers.MISSING,
            numbers.estimate(std["std_estimate"], std["std_low"], std["std_high"], 2) if std is not None else numbers.MISSING,
        ])  # fmt: skip
    outcome, predictor = _called(answer, names)
    note = (
        f"b in {answer.question.unit or 'points'} of the outcome per point of standing; Std. b in standard deviations of that side’s outcome per standard deviation of standing. "
        f"SE and df: restricted maximum likelihood, {numbers.listed(sorted(set(answer.effects['method'].dropna())))}; k: percentile interval. p adj.: corrected within the question’s family (partner "
        f"effects). A dash: not defined, not corrected, or not estimated.{sentences(own)}"
    )
    head = ["Outcome", "Standing", "b [95 % CI]", "SE", "df", "p", "p adj.", "Std. b [95 % CI]"]
    return ApaTable(
        f"both-sides-{answer.question.name}", f"Actor and partner effects: {predictor} with {lower_first(outcome)}", head, rows, note, 2
    )


def sentences(table: pd.DataFrame) -> str:
    """The different remarks in a table's column `note`, each a sentence."""
    said = [str(note).strip().rstrip(".") for note in table["note"].dropna().unique()]
    return "".join(f" {note[:1].upper()}{note[1:]}." for note in said)


def _told_apart(answer: Answer, results: Results) -> str:
    """Whether the two sides' numbers can be told apart."""
    found = _own(answer, results["quantities"])
    found = found[found["topic"] == "distinguishability"].dropna(subset=["p"])
    if found.empty:
        return ""
    row = found.iloc[0]
    alike = (
        "The data do not tell the two sides’ numbers apart; they are shown by side all the same, because mentors and mentees are different people in different places."
        if row["p"] >= 0.05
        else "So the two sides’ numbers are not all the same."
    )
    note = f" ({md(row['note'])})" if isinstance(row["note"], str) else ""
    return (
        "A model in which intercept, actor effect, partner effect and variances are the same for both sides was set against this one: likelihood ratio "
        f"{numbers.number(row['estimate'])}, df = {numbers.df(row['df'])}, {numbers.p_phrase(row['p'])}{note}. {alike}"
    )


LEVELS = {
    "within mentor": "Among one mentor’s relationships",
    "over time": "From wave to wave in one relationship",
    "between mentors": "Between mentors",
    "between less within": "Difference: between mentors less among one mentor’s",
}


def _levels(answer: Answer, results: Results, names: Names) -> list[str]:
    """The effects taken apart, and whether they differ."""
    own = _own(answer, results["quantities"])
    own = own[own["topic"].isin(LEVELS)]
    if own.empty:
        return []
    rows = []
    for row in own.itertuples():
        standing = row.of if row.quantity == "actor effect" else OTHER[row.of]
        rows.append([
            f"{row.of.capitalize()}’s outcome, {standing}’s standing", LEVELS[row.topic], numbers.estimate(row.estimate, row.ci_low, row.ci_high, 2),
            numbers.number(row.se), numbers.df(row.df), numbers.p_value(row.p),
        ])  # fmt: skip
    outcome, predictor = _called(answer, names)
    note = (
        "The table above has one number for all of these. Standing is taken apart into the mentor’s mean, a relationship’s difference from it, and a wave’s "
        f"difference from the relationship’s; the model is otherwise the same. What does not vary is left out. Not corrected for the number of tests.{sentences(own)}"
    )
    head = ["Effect", "What is compared", "b [95 % CI]", "SE", "df", "p"]
    title = f"Within and between mentors: {predictor} with {lower_first(outcome)}"
    differ = own[(own["topic"] == "between less within") & (own["p"] < 0.05)]
    said = [f"the {OTHER[row.of] if row.quantity == 'partner effect' else row.of}’s standing with the {row.of}’s outcome" for row in differ.itertuples()]
    told = (
        f"Among one mentor’s relationships and between mentors the numbers differ for {numbers.listed(said)}: there, one number for both is a mixture, and the parts are to be read."
        if said
        else "That the numbers are other ones among one mentor’s relationships than between mentors is not shown; nor that they are the same."
    )
    return [markdown(ApaTable(f"levels-{answer.question.name}", title, head, rows, note, 2)), told]


def _how_to_read(answer: Answer, results: Results, names: Names) -> str:
    rows = _own(answer, results["actor_partner"]).set_index(["role", "effect"])
    outcome, predictor = (md(lower_first(name)) for name in _called(answer, names))
    said = []
    key = ("mentee", "partner")
    if key in rows.index and pd.notna(rows.loc[key, "ci_low"]):
        row = rows.loc[key]
        word = "higher" if row["estimate"] > 0 else "lower"
        said.append(
            f"The row of the mentor’s standing and the mentee’s outcome reads: between two mentees who gave the same answer on {predictor}, the one whose mentor "
            f"answered one point higher has {outcome} {numbers.number(abs(row['estimate']))} {word}, all else being equal. Values from "
            f"{numbers.number(row['ci_low'])} to {numbers.number(row['ci_high'])} are compatible with these data (95 % interval)."
        )
        if row["ci_low"] <= 0 <= row["ci_high"]:
            said.append("That includes zero, so the direction is not settled.")
    said.append(
        "k near 1: both count alike; near 0: one’s own standing alone; near −1: the contrast of the two. The numbers of the first table mix differences between mentors "
        "with differences among a mentor’s mentees. An association of the other’s standing with one’s own outcome is not yet influence: something both share "
        "may stand behind it."
    )
    return " ".join(said)


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
