"""Tables in APA form: a number, a title, horizontal rules only, and a general note. Cells are plain text and escaped here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mentoring.report import disclosure, numbers
from mentoring.report.answers import Answer
from mentoring.report.figures import shown_agreement, shown_reliability
from mentoring.report.inputs import Results
from mentoring.report.markup import cell, md
from mentoring.report.names import GROUPS, Names, names_of


@dataclass(frozen=True)
class ApaTable:
    """A table ready to print.

    Attributes
    ----------
    identifier : str
        For cross-references: ``@tbl:<identifier>``.
    title : str
    head : list of str
    rows : list of list of str
        The first cell of each row names it.
    note : str
        General note; printed below.
    text : int
        How many columns from the left hold words (left-aligned); the others hold numbers (right-aligned).
    """

    identifier: str
    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""
    text: int = 1


def markdown(table: ApaTable) -> str:
    """The table as a fenced HTML block (every output format makes a real table of it) with its note."""
    def style(column: int) -> str:
        return "left" if column < table.text else "right"

    head = "".join(f'<th style="text-align:{style(n)}">{cell(word)}</th>' for n, word in enumerate(table.head))
    body = []
    for row in table.rows:
        cells = [f'<td style="text-align:{style(n)}">{cell(word) or numbers.MISSING}</td>' for n, word in enumerate(row)]
        cells[0] = cells[0].replace("<td", "<th", 1).replace("</td>", "</th>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    html = (f'````{{=html}}\n<table id="tbl:{table.identifier}">\n<caption>{cell(table.title)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
            + "\n".join(body) + "\n</tbody>\n</table>\n````")
    return html + (f"\n\n::: {{.note}}\n*Note.* {md(table.note)}\n:::" if table.note else "")


def effects(answer: Answer) -> ApaTable | None:
    """All fixed effects of one question that may be shown."""
    if answer.effects.empty:
        return None
    with_adjusted = answer.effects["p_adjusted"].notna().any()
    head = ["Term", "b [95 % CI]", "SE", "t", "df", "p", *(["p adj."] if with_adjusted else []), "Std. b [95 % CI]"]
    rows = []
    for row in answer.effects.itertuples():
        digits = numbers.digits_for(row.estimate, row.ci_low, row.ci_high)
        rows.append([
            row.label, numbers.estimate(row.estimate, row.ci_low, row.ci_high, digits), numbers.number(row.se, digits), numbers.number(row.t), numbers.df(row.df),
            numbers.p_value(row.p), *([numbers.p_value(row.p_adjusted)] if with_adjusted else []),
            numbers.estimate(row.std_estimate, row.std_low, row.std_high, 2),
        ])
    methods = numbers.listed(sorted(set(answer.effects["method"].dropna())))
    note = (f"b in {answer.question.unit or 'the outcome’s unit'} per unit of the term; Std. b in standard deviations of the outcome (per standard deviation of the term, or "
            f"per step of a yes/no or group term). SE and df: {methods}." + (" p adj.: corrected within the question’s family." if with_adjusted else "")
            + (f" Left out, because too few people stand behind them: {numbers.listed(answer.withheld)}." if answer.withheld else "")
            + (" A dash: not defined or not estimated." if any(numbers.MISSING in row for row in rows) else ""))
    return ApaTable(f"effects-{answer.question.name}", f"Fixed effects on {answer.outcome_label}", head, rows, note)


def variances(answer: Answer, table: pd.DataFrame, names: Names) -> ApaTable | None:
    """Variance components of one question."""
    own = table[table["question"] == answer.question.name]
    if own.empty:
        return None
    rows = []
    for row in own.itertuples():
        group = GROUPS.get(row.group) or " in ".join(names.variable(part).lower() for part in str(row.group).split(":")).capitalize()
        term = "" if numbers.is_missing(row.term) else names.term(row.term) + ("" if numbers.is_missing(row.term2) else f" with {names.term(row.term2)}")
        digits = numbers.digits_for(row.variance)
        rows.append([group, term, numbers.number(row.variance, digits), numbers.number(row.sd, digits), numbers.interval(row.ci_low, row.ci_high, digits),
                     numbers.number(row.correlation, bounded=True), numbers.percent(row.share)])
    kept = [n for n in range(7) if n < 4 or any(row[n] != numbers.MISSING for row in rows)]
    head = ["Group", "Term", "Variance", "SD", "95 % CI", "r", "Share"]
    note = "Share: part of the variance of an average row that the fixed effects leave." if 6 in kept else ""
    return ApaTable(f"variances-{answer.question.name}", f"Variance components: {answer.question.ask}", [head[n] for n in kept], [[row[n] for n in kept] for row in rows], note, 2)


def fits(results: Results, answers: Sequence[Answer]) -> ApaTable | None:
    """What each model used and how it fits."""
    rows = []
    for answer in answers:
        fit = answer.fit
        if not fit or numbers.is_missing(fit.get("formula")):
            continue
        rows.append([answer.question.ask, *(numbers.count(fit.get(f"n_{what}")) for what in ("obs", "mentors", "mentees", "programs")), numbers.count(fit.get("dropped")),
                     *(numbers.number(fit.get(name), bounded=True) for name in ("r2_marginal", "r2_conditional", "icc")), numbers.number(fit.get("loglik"), 1), numbers.number(fit.get("aic"), 1)])
    head = ["Question", "Rows", "Mentors", "Mentees", "Progr.", "Dropped", "R²m", "R²c", "ICC", "Log-lik.", "AIC"]
    note = ("Rows: relationships at a wave. Dropped: rows with a missing value. R²m, R²c: share of variance of the fixed effects, without and with the random effects; ICC: share of the "
            "remaining variance between groups. Log-likelihoods compare only between models of the same rows and outcome.")
    return ApaTable("fits", "Models: size and fit", head, rows, note) if rows else None


def reliability(results: Results) -> ApaTable | None:
    """Alpha and omega by scale, role and wave."""
    table, names = shown_reliability(results), names_of(results)
    rows = [[names.scale(row.scale), f"{row.role.capitalize()}s", str(row.wave), numbers.count(row.items), numbers.count(row.n),
             numbers.estimate(row.alpha, row.alpha_low, row.alpha_high, bounded=True), numbers.estimate(row.omega, row.omega_low, row.omega_high, bounded=True)]
            for row in table.itertuples()]
    hidden = len(results["reliability"]) - len(rows)
    note = "α: Cronbach’s alpha with Feldt’s interval. ω: McDonald’s omega of a one-factor model." + _hidden(hidden, results.smallest) + _notes(table)
    return ApaTable("reliability", "Reliability by scale, role and wave, in full", ["Scale", "Role", "Wave", "Items", "n", "α [95 % CI]", "ω [95 % CI]"], rows, note, 2) if rows else None


def reliability_by_wave(results: Results) -> ApaTable | None:
    """Alpha by scale and role, waves beside each other: the short form of `reliability`."""
    table, names = shown_reliability(results), names_of(results)
    waves = sorted(table["wave"].unique())
    rows = []
    for (scale, role), part in table.groupby(["scale", "role"], sort=False):
        by_wave = {row.wave: numbers.estimate(row.alpha, row.alpha_low, row.alpha_high, bounded=True) for row in part.itertuples()}
        n = [numbers.count(size) for size in dict.fromkeys((part["n"].min(), part["n"].max()))]
        rows.append([names.scale(str(scale)), f"{str(role).capitalize()}s", numbers.count(part["items"].max()), "–".join(n), *(by_wave.get(wave, numbers.MISSING) for wave in waves)])
    note = "α [95 % CI]: Cronbach’s alpha with Feldt’s interval. n: respondents with every item answered, fewest–most over the waves. The appendix gives n and ω for each wave."
    return ApaTable("alpha", "Reliability by scale and role", ["Scale", "Role", "Items", "n", *(f"α, wave {wave}" for wave in waves)], rows, note, 2) if rows else None


def items(results: Results, scale: str) -> ApaTable | None:
    """Item statistics of one scale, waves beside each other, groups of too few people left out."""
    names, table = names_of(results), results["items"]
    allowed = {(row.role, row.wave) for row in shown_reliability(results).itertuples() if row.scale == scale}
    keep = [row.scale == scale and (row.role, row.wave) in allowed and (row.n or 0) >= results.smallest for row in table.itertuples()]
    table = table[pd.Series(keep, index=table.index, dtype=bool)]
    waves = sorted(table["wave"].unique())
    rows = []
    for (item, role), part in table.groupby(["item", "role"], sort=False):
        by_wave = {row.wave: f"{numbers.number(row.mean)} ({numbers.number(row.sd)})" for row in part.itertuples()}
        rows.append([names.item(str(item), str(role)), f"{str(role).capitalize()}s", _range(part["n"], 0), *(by_wave.get(wave, numbers.MISSING) for wave in waves),
                     _range(part["item_rest_r"], 2), _share(part, "floor", results.smallest), _share(part, "ceiling", results.smallest)])
    note = ("M (SD) after keying. r rest: correlation with the mean of the scale’s other items. Low, High: share of answers at the ends of the answer scale. "
            "Where waves differ, the lowest and highest are given. All of it by wave: results/tables/items.csv.")
    head = ["Item", "Role", "n", *(f"Wave {wave}" for wave in waves), "r rest", "Low", "High"]
    return ApaTable(f"items-{scale}", f"{names.scale(scale)}: item statistics, M (SD) by wave", head, rows, note, 2) if rows else None


def _range(values: pd.Series, digits: int) -> str:
    known = values.dropna().astype(float)
    ends = dict.fromkeys(numbers.number(end, digits, bounded=digits > 0) for end in (known.min(), known.max())) if len(known) else {}
    return "–".join(ends) or numbers.MISSING


def _share(part: pd.DataFrame, column: str, smallest: int) -> str:
    """A range of shares; those of fewer people than may be shown only as “below”."""
    known = part.dropna(subset=[column]).to_dict("records")
    few = [math.ceil(100 * smallest / row["n"]) for row in known if 0 < row[column] * row["n"] < smallest - 1e-9]
    rest = sorted(row[column] for row in known if not 0 < row[column] * row["n"] < smallest - 1e-9)
    words = [*([f"< {max(few)} %"] if few else []), *(numbers.percent(share) for share in rest)]
    return " to ".join(dict.fromkeys([words[0], words[-1]])) if words else numbers.MISSING


def similarity(results: Results) -> ApaTable | None:
    """Each similarity beside chance."""
    table, names = results["similarity"], names_of(results)
    rows = [[names.similarity(row["index"]), str(row["kind"]).replace("_", " "), numbers.count(row["dyads"]), f"{numbers.number(row['mean'])} ({numbers.number(row['sd'])})",
             numbers.number(row["null_mean"]), numbers.p_value(row["null_p"])] for row in table.to_dict("records") if numbers.is_missing(row["dyads"]) or row["dyads"] >= results.smallest]
    note = (f"Chance: mean over {numbers.count(results.study.credibility.repairings)} random re-pairings within programme; p: two-sided, of the mean." + _notes(table)
            + _hidden(len(table) - len(rows), results.smallest))
    return ApaTable("similarity", "Similarity of mentors and mentees, beside chance", ["Similarity", "Kind", "n", "M (SD)", "Chance", "p"], rows, note, 2) if rows else None


def agreement(results: Results) -> ApaTable | None:
    """Agreement of both sides by scale and wave."""
    table, names = shown_agreement(results), names_of(results)
    rows = [[names.scale(row.scale), str(row.wave), numbers.count(row.n), numbers.estimate(row.r, row.r_low, row.r_high, bounded=True),
             numbers.estimate(row.gap, row.gap_low, row.gap_high, 2), numbers.estimate(row.icc, row.icc_low, row.icc_high, bounded=True)] for row in table.itertuples()]
    note = "n: relationships with both scores. Gap: mentee minus mentor. ICC(A,1): absolute agreement." + _hidden(len(results["agreement"]) - len(rows), results.smallest) + _notes(table)
    return ApaTable("agreement", "Agreement of the two sides", ["Scale", "Wave", "n", "r [95 % CI]", "Gap [95 % CI]", "ICC(A,1) [95 % CI]"], rows, note) if rows else None


def _hidden(count: int, smallest: int) -> str:
    return f" {numbers.counted(count, 'row')} left out: fewer than {smallest} mentors or mentees." if count > 0 else ""


def _notes(table: pd.DataFrame) -> str:
    said = [str(note).strip().rstrip(".") for note in table["note"].dropna().unique()] if "note" in table else []
    return f" {'; '.join(said)}." if said else ""
