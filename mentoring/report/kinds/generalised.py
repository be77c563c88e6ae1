"""What the report says of questions whose outcome is yes/no or a single rating, whatever their kind."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.answer_rows import one_row_each
from mentoring.models.outcomes import coded, distribution_of
from mentoring.report import methods_text, numbers, words
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import answer_shares, forest
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import clean, md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings.questions import ENDED


def _own(answer: Answer, results: Results) -> pd.DataFrame:
    table = results["quantities"]
    return table[table["question"] == answer.question.name]


def _binary(answer: Answer) -> bool:
    return distribution_of(answer.question) == "binary"


def _about(answer: Answer, names: Names) -> str:
    what = "It is yes or no." if _binary(answer) else "It is a single rating, whose answers have an order but no even steps."
    named = replace(answer, outcome_label=f"the {lower_first(answer.outcome_label)}") if _binary(answer) else answer
    return f"{words.about_terms(named, names)} {what}"


def _done(answer: Answer, results: Results, names: Names) -> str:
    fit = answer.fit
    if not fit or numbers.is_missing(fit.get("formula")):
        return methods_text.what_was_done(answer, results, names)
    sizes = [
        numbers.counted(size, one)
        for what, one in (("mentors", "mentor"), ("mentees", "mentee"), ("programs", "programme"))
        for size in [answer.size(what)]
        if size
    ]
    model = "logistic regression" if _binary(answer) else "cumulative logit regression (proportional odds) [@mccullagh1980]"
    variances = results["variance_components"]
    beside = variances[(variances["question"] == answer.question.name) & (variances["group"] != "Residual")]
    kinds = _own(answer, results)
    method = kinds.loc[kinds["topic"] == "mixed model", "method"].dropna().str.partition(";")[0]
    mixed = (
        f" Beside it stands a mixed model of the same terms with random intercepts, by maximum likelihood ({method.iloc[0].replace('Laplace', 'Laplace’s approximation')}); "
        "its log-odds are those for one and the same mentor and relationship, so they are farther from zero."
        if len(beside) and len(method)
        else ""
    )
    text = (
        f"We fitted a {model} to {numbers.counted(answer.size('obs') or 0, 'row')}, from {numbers.listed(sizes)}, by generalised estimating equations with working independence "
        "[@liang1986]. Standard errors keep the rows of a mentor together, whatever their correlation, with the CR2 correction and Satterthwaite degrees of freedom, which hold when "
        f"mentors are few [@pustejovsky2018].{mixed} Standardised estimates are log-odds times √3/π: standard deviations of the tendency that lies behind the answers. "
        f"{_supposed(answer, bool(mixed))} Shares are averaged over all rows, with the term in question set to one value and everything else as it is."
    )
    parts = [text, methods_text.rows_left_out(fit), methods_text.to_mind(fit), methods_text.family(answer)]
    return f"{' '.join(part for part in parts if part)}\n\n::: {{.formula}}\n`{clean(str(fit['formula']), 400).replace('`', '')}`\n:::"


def _supposed(answer: Answer, mixed: bool) -> str:
    """What the models take for granted, in a few sentences."""
    parts = ["Clusters also allow for associations that differ between mentors, so no random slopes are tried."]
    if not _binary(answer):
        parts.append("Each step from one answer to the next is supposed to go with the terms alike.")
    if mixed:
        parts.append(
            "Variances of the mixed model are of log-odds, where the residual is π²/3 by definition; with yes/no answers in small groups Laplace’s approximation makes them too small."
        )
    return " ".join(parts)


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    if _binary(answer):
        first = answer_shares.draw_yes(answer, results["effect_lines"], _coded(answer, results), names, results.smallest)
    else:
        labels = names.labels_of(answer.outcome.partition("_")[2])
        first = answer_shares.draw_ordered(answer, _own(answer, results), labels, names)
    # Where one answer ends and the next begins is no association.
    terms = replace(
        answer,
        question=answer.question.model_copy(update={"unit": "log-odds"}),
        effects=answer.effects[~answer.effects["term"].str.startswith("threshold ")],
    )
    return [one for one in (first, forest.draw_question(terms)) if one]


def _coded(answer: Answer, results: Results) -> pd.DataFrame:
    """The analysis table with the outcome as 0 and 1; one row per relationship where it is a fact of the relationship."""
    try:
        rows = coded(answer.question, results["analysis"], results["dyads"])
    except StudyError:
        return results["analysis"]
    return one_row_each(rows)[0] if answer.outcome == ENDED else rows


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    own, name = _own(answer, results), answer.question.name
    first = f"lines_{name}" if _binary(answer) else f"shares_{name}"
    tables = [_shares(answer, own, names), _effects(answer, own), _cuts(answer, own, names)]
    return [
        figure(first, "No shares are drawn: no term could be moved alone."),
        *(markdown(table) for table in tables if table),
        _how_to_read(answer, own),
        figure(f"effects_{name}", ""),
    ]


def _effects(answer: Answer, own: pd.DataFrame) -> ApaTable | None:
    """Log-odds, odds ratios, and the mixed model's log-odds, term by term."""
    if answer.effects.empty:
        return None
    odds, mixed = (own[own["topic"] == topic].set_index("quantity") for topic in ("odds ratios", "mixed model"))
    adjusted = answer.effects["p_adjusted"].notna().any()
    rows = []
    for row in answer.effects.itertuples():
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        rows.append([
            row.label, numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits), numbers.number(row.se, digits), numbers.df(row.df), numbers.p_value(row.p),
            *([numbers.p_value(row.p_adjusted)] if adjusted else []), _beside(odds, row.term), numbers.estimate(row.std_estimate, row.std_low, row.std_high, 2),
            _beside(mixed, row.term),
        ])  # fmt: skip
    head = [
        "Term",
        "Log-odds [95 % CI]",
        "SE",
        "df",
        "p",
        *(["p adj."] if adjusted else []),
        "Odds ratio [95 % CI]",
        "Std. [95 % CI]",
        "Mixed model [95 % CI]",
    ]
    methods = numbers.listed(sorted(set(answer.effects["method"].dropna())))
    note = (
        f"Log-odds per unit of the term, averaged over relationships ({methods}); Std.: in standard deviations of the tendency behind the answers (per standard deviation of the term, or per step "
        "of a yes/no or group term). Mixed model: log-odds for one and the same mentor and relationship; its interval (Wald z) supposes many mentors."
        + (" Thresholds divide one answer from the next." if not _binary(answer) else "")
        + (" p adj.: corrected within the question’s family." if adjusted else "")
        + (f" Left out, because too few people stand behind them: {numbers.listed(answer.withheld)}." if answer.withheld else "")
        + (" A dash: not defined or not estimated." if any(numbers.MISSING in row for row in rows) else "")
    )
    return ApaTable(f"effects-{answer.question.name}", f"Model: {answer.outcome_label}", head, rows, note)


def _cuts(answer: Answer, own: pd.DataFrame, names: Names) -> ApaTable | None:
    """Log-odds of each focus term with the answers divided at one cut alone."""
    part = own[own["topic"] == "cut by cut"]
    if part["estimate"].isna().all():
        return None
    rows = []
    for term, cuts in part.groupby("of", sort=False):
        rows.append([names.term(str(term))])
        for row in cuts.itertuples():
            digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
            shown = numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits)
            rows.append([str(row.quantity), shown, numbers.number(row.se, digits), numbers.df(row.df), numbers.p_value(row.p)])
    note = (
        "Logistic regressions of the same terms, one for each way to divide the answers in two. The model above supposes that these log-odds are the same but for chance; where they run apart, "
        "it gives an average of them."
    )
    return ApaTable(
        f"cuts-{answer.question.name}",
        f"One cut at a time: {answer.outcome_label}",
        ["Answer", "Log-odds [95 % CI]", "SE", "df", "p"],
        rows,
        note,
    )


def _beside(table: pd.DataFrame, term: str) -> str:
    if term not in table.index:
        return numbers.MISSING
    row = table.loc[term]
    return numbers.estimate(
        row["estimate"], row["ci_low"], row["ci_high"], numbers.digits_for(row["estimate"], row["ci_low"], row["ci_high"])
    )


def _shares(answer: Answer, own: pd.DataFrame, names: Names) -> ApaTable | None:
    """What is predicted where each focus term is low and high, and the difference in percentage points."""
    part = own[own["topic"] == "shares"]
    if part.empty:
        return None
    labels = names.labels_of(answer.outcome.partition("_")[2])
    rows: list[list[str]] = []
    for term in dict.fromkeys(part["of"].str.rpartition(": ")[0]):
        low, high = (part[part["of"] == f"{term}: {end}"].set_index("quantity") for end in ("low", "high"))
        at = [str(side["note"].iloc[0]).removeprefix("at ") for side in (low, high)]
        wanted = [name for name in low.index if not (_binary(answer) and name.startswith("answer"))]
        rows.append([f"{names.term(term)}: low is {_minus(at[0])}, high is {_minus(at[1])}"])
        for name in wanted:
            code = name.removeprefix("answer ")
            said = f"{code} {labels.get(code, '')}".strip() if name.startswith("answer ") else "Yes" if name == "yes" else name
            rows.append(
                [said, *(_percent(side.loc[name]) for side in (low, high)), _points(own, term) if not name.startswith("answer ") else ""]
            )
    note = (
        "Of 100 relationships, if all stood low or high on the term and everything else were as it is (low and high: the 10th and the 90th percentile, or the two groups). "
        f"Difference: high minus low, in percentage points. n = {numbers.count(answer.size('obs'))} rows."
    )
    return ApaTable(
        f"shares-{answer.question.name}",
        f"Predicted shares: {answer.outcome_label}",
        ["Answer", "Low [95 % CI]", "High [95 % CI]", "Difference [95 % CI]"],
        rows,
        note,
    )


def _percent(row: pd.Series) -> str:
    return f"{numbers.number(100 * row['estimate'], 1)} % {numbers.interval(100 * row['ci_low'], 100 * row['ci_high'], 1)}"


def _points(own: pd.DataFrame, term: str) -> str:
    found = own[(own["topic"] == "percentage points") & (own["quantity"] == "difference between low and high") & (own["of"] == term)]
    return (
        numbers.estimate(found["estimate"].iloc[0], found["ci_low"].iloc[0], found["ci_high"].iloc[0], 1) if len(found) else numbers.MISSING
    )


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def _how_to_read(answer: Answer, own: pd.DataFrame) -> str:
    """One row of the table in a sentence, and what odds are."""
    rows = answer.focus.dropna(subset=["estimate", "ci_low", "ci_high"])
    odds = own[own["topic"] == "odds ratios"].set_index("quantity")
    if rows.empty or rows.iloc[0]["term"] not in odds.index:
        return ""
    row = rows.iloc[0]
    found = odds.loc[row["term"]]
    event = "yes" if _binary(answer) else "a higher answer"
    text = (
        f"The row “{md(row['label'])}” reads: with one unit more of it, the odds of {event} are {numbers.number(found['estimate'])} times as high, all other terms being equal; factors from "
        f"{numbers.number(found['ci_low'])} to {numbers.number(found['ci_high'])} are compatible with these data (95 % interval). Odds are the share of {event} over the rest: "
        "25 of 100 are odds of one to three. A factor of 1 is no association."
    )
    if found["ci_low"] <= 1 <= found["ci_high"]:
        text += " The interval holds 1, so the direction is not settled."
    if row["turned"]:
        text += " It is a distance, so a higher value means less alike."
    return (
        text
        + " A p value says how surprising so large an estimate would be if there were no association; a large p does not show that there is none."
    )


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
