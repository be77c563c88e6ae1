"""What the report says of questions of kind `equity`."""

from __future__ import annotations

import pandas as pd

from mentoring.models.kinds.equity_parts import CLOSING, GAP, GAP_OTHER, PARITY, RETURN_GAP, VERSUS, as_groups, group_side
from mentoring.models.strata import strata_of
from mentoring.report import disclosure, methods_text, numbers, question_tables
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, hidden_rows, markdown
from mentoring.report.figures import equity as figures
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.report.theme import Drawn
from mentoring.settings import EquityQuestion


def _question(answer: Answer) -> EquityQuestion:
    assert isinstance(answer.question, EquityQuestion)
    return answer.question


def _about(answer: Answer, names: Names) -> str:
    question = _question(answer)
    group = md(lower_first(names.variable(question.group)))
    parts = [f"The outcome is {md(answer.outcome_label)}; the groups are those of {group}."]
    if question.support:
        parts.append(f"Return: does the outcome rise as much with {md(lower_first(names.variable(question.support)))} in every group?")
    if question.similarity:
        parts.append(f"Match: is the gap another where the two are alike ({md(lower_first(names.similarity(question.similarity)))})?")
    if question.strata:
        parts.append(f"Strata: the combinations of {md(numbers.listed([lower_first(names.variable(name)) for name in question.strata]))}.")
    return " ".join(parts)


def _done(answer: Answer, results: Results, names: Names) -> str:
    text = (
        "Gaps are differences of adjusted means: every group’s mean is predicted for the same rows. Parity is tested by two one-sided tests against the smallest "
        "gap that would matter; it is shown only if every pair of groups passes. A large p of the ordinary test never counts as parity. Shares of answers not "
        "given are counted over all relationships on the list, with intervals by mentor [@korn1998]."
    )
    return f"{methods_text.what_was_done(answer, results, names)}\n\n{text}"


def shown(answer: Answer, results: Results) -> tuple[pd.DataFrame, int, int]:
    """This question's quantities about groups and strata of enough people; how many groups and strata are left out."""
    question, table = _question(answer), results["quantities"]
    own = table[table["question"] == question.name].copy()
    analysis = results["analysis"]
    wanted = [question.outcome_column, question.group]
    if own.empty or not set(wanted) <= set(analysis.columns):
        return own.iloc[:0], 0, 0
    known = analysis.dropna(subset=wanted)
    cells = known.assign(cell=as_groups(known[question.group]))
    groups, hidden = disclosure.large_cells(cells, results.smallest)
    # Shares of answers add up over groups to shares that stand elsewhere in the report; means and gaps do not.
    heard, _ = disclosure.large_cells(cells, results.smallest, adds_up=True)
    strata: set[object] = set()
    hidden_strata = 0
    if question.strata and set(question.strata) <= set(known.columns):
        named = strata_of(known.assign(**{name: as_groups(known[name]) for name in question.strata}), question.strata)
        strata, hidden_strata = disclosure.large_cells(known.assign(cell=named).dropna(subset=["cell"]), results.smallest)
    keep = [_may_show(row.of, strata if row.topic == "strata" else heard if row.topic == "voice" else groups) for row in own.itertuples()]
    return own[pd.Series(keep, index=own.index, dtype=bool)], hidden, hidden_strata


def _may_show(of: object, cells: set[object]) -> bool:
    """Whether a row about a cell, or about two of them, may be shown."""
    if numbers.is_missing(of):
        return True
    name = str(of).removeprefix("mentors: ").removeprefix("mentees: ")
    return set(name.split(VERSUS)) <= cells


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    own, _, hidden = shown(answer, results)
    side = group_side(_question(answer).group) or "mentee"
    group = lower_first(names.variable(_question(answer).group))
    drawn = [
        figures.draw_gaps(answer, own, group),
        figures.draw_means(answer, own, side, group),
        figures.draw_strata(answer, own, hidden, results.smallest),
    ]
    return [one for one in drawn if one]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    question = _question(answer)
    own, hidden, hidden_strata = shown(answer, results)
    effects = question_tables.effects(answer)
    too_few = hidden_rows(hidden, results.smallest)
    tables = [
        _means(question.name, own, names.variable(question.group), too_few),
        _gaps(question.name, own),
        _further(question.name, own, question.sesoi),
        _voice(question.name, own, too_few),
        _strata(question.name, own, hidden_strata, results.smallest),
    ]
    blocks = [
        figure(f"gaps_{question.name}", "No figure of gaps: fewer than two groups are large enough to be shown."),
        figure(f"means_{question.name}", ""),
        *(markdown(table) for table in tables[:2] if table),
        _within(own),
        *(markdown(table) for table in tables[2:] if table),
        figure(f"strata_{question.name}", ""),
        markdown(effects) if effects else "",
    ]
    return [block for block in blocks if block]


def _means(name: str, own: pd.DataFrame, group: str, too_few: str) -> ApaTable | None:
    part = own[own["quantity"] == "adjusted mean"]
    rows = [
        [row.of, numbers.count(row.n), numbers.estimate(row.estimate, row.ci_low, row.ci_high), numbers.number(row.se), numbers.df(row.df)]
        for row in part.itertuples()
    ]
    note = f"Adjusted for the other terms of the model. n: people of the group.{too_few}"
    return (
        ApaTable(
            f"means-{name}", f"Adjusted means by group ({lower_first(group)})", ["Group", "n", "Mean [95 % CI]", "SE", "df"], rows, note
        )
        if rows
        else None
    )


def _gaps(name: str, own: pd.DataFrame) -> ApaTable | None:
    part = own[own["topic"] == "gap"]
    raw = part[part["quantity"].isin(["gap", "gap between other groups"])].set_index("of")
    standard = part[part["quantity"].isin([GAP, GAP_OTHER])].set_index("of")
    parity = part[part["quantity"] == PARITY].set_index("of")
    rows = [
        [
            of,
            numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"]),
            numbers.df(row["df"]),
            numbers.p_value(row["p"]),
            numbers.estimate(standard.loc[of, "estimate"], standard.loc[of, "ci_low"], standard.loc[of, "ci_high"], 2),
            numbers.interval(parity.loc[of, "ci_low"], parity.loc[of, "ci_high"]),
            numbers.p_value(parity.loc[of, "p"]),
        ]
        for of, row in raw.iterrows()
    ]
    head = ["Gap", "b [95 % CI]", "df", "p", "SD [95 % CI]", "90 % CI", "p parity"]
    note = "p: is the gap told from zero? (Not corrected here.) p parity: is it shown to be smaller than what would matter? Both large: the study cannot tell."
    return ApaTable(f"gaps-{name}", "Gaps between groups", head, [[str(cell) for cell in row] for row in rows], note) if rows else None


def _further(name: str, own: pd.DataFrame, sesoi: float | None) -> ApaTable | None:
    """Return and match."""
    part = own[own["topic"].isin(["return", "match"])]
    part = part[
        part["quantity"].isin([RETURN_GAP, CLOSING, "gap where alike", "gap where unlike"]) | part["quantity"].str.startswith("slope")
    ]
    rows, notes = [], []
    for row in part.itertuples():
        rows.append(
            [
                _capital(row.quantity),
                "" if numbers.is_missing(row.of) else row.of,
                numbers.estimate(row.estimate, row.ci_low, row.ci_high),
                numbers.df(row.df),
                numbers.p_value(row.p),
            ]
        )
        notes.append("" if numbers.is_missing(row.note) else str(row.note).rstrip("."))
    said = "; ".join(dict.fromkeys(note for note in notes if note))
    note = "In the outcome’s unit where not said otherwise; not corrected for the number of comparisons." + (
        f" {said[:1].upper()}{said[1:]}." if said else ""
    )
    return (
        ApaTable(
            f"return-{name}",
            "Return on support, and the gap where the two are alike",
            ["What", "Group", "Estimate [95 % CI]", "df", "p"],
            rows,
            note,
            2,
        )
        if rows
        else None
    )


def _voice(name: str, own: pd.DataFrame, too_few: str) -> ApaTable | None:
    part = own[own["topic"] == "voice"]
    rows = [
        [
            _capital(row.quantity),
            row.of,
            numbers.count(row.n),
            "—" if numbers.is_missing(row.estimate) else _share(row),
            numbers.p_value(row.p),
        ]
        for row in part.itertuples()
    ]
    note = (
        "Shares in per cent, gaps in percentage points, with 95 % intervals by mentor. n: relationships × waves (endings: relationships). A relationship that has "
        f"ended counts until somebody last answered.{too_few}"
    )
    return (
        ApaTable(f"voice-{name}", "Voice: whose answers are missing", ["What", "Group", "n", "% [95 % CI]", "p"], rows, note, 2)
        if rows
        else None
    )


def _share(row: object) -> str:
    value, low, high = (100 * float(getattr(row, name)) for name in ("estimate", "ci_low", "ci_high"))
    return numbers.estimate(value, low, high, 1)


def _within(own: pd.DataFrame) -> str:
    """Inequality among one mentor's mentees, in sentences."""
    part = own[own["topic"] == "within mentors"]
    if part.empty:
        return ""
    count = part[part["quantity"] == "mentors with several groups"].iloc[0]
    text = f"Of {numbers.counted(int(count['n']), 'mentor')}, {numbers.count(count['estimate'])} had mentees of more than one group."
    for row in part[part["quantity"] == "gap within a mentor's mentees"].dropna(subset=["estimate"]).itertuples():
        text += f" Among mentees of the same mentor the gap {md(row.of)} is {numbers.estimate(row.estimate, row.ci_low, row.ci_high)}."
    spread = part[part["quantity"] == "SD of the gap between mentors"].iloc[0]
    if numbers.is_missing(spread["estimate"]):
        return f"{text} How much the gap differs between mentors is {md(spread['note'])}."
    text += f" Between mentors the gap differs with a standard deviation of {numbers.estimate(spread['estimate'], spread['ci_low'], spread['ci_high'])}"
    if numbers.is_missing(spread["ci_low"]):
        return f"{text}."
    return text + (
        "; an interval from zero means that mentors may all be alike in this."
        if spread["ci_low"] <= 0
        else "; so the gap is wider among some mentors’ mentees than among others’."
    )


def _strata(name: str, own: pd.DataFrame, hidden: int, smallest: int) -> ApaTable | None:
    part = own[own["topic"] == "strata"]
    head = part[part["of"].isna()]
    rows = []
    for row in head.itertuples():
        counted = row.quantity == "strata"
        rows.append(
            [
                _capital(row.quantity) if counted else row.quantity,
                numbers.count(row.n),
                numbers.count(row.estimate) if counted else numbers.estimate(row.estimate, row.ci_low, row.ci_high, bounded=True),
            ]
        )
    sizes = part[part["quantity"] == "mentees in stratum"]
    rows += [[f"Mentees: {row.of}", numbers.count(row.n), "—"] for row in sizes.itertuples()]
    warned = [str(note) for note in head["note"].dropna().unique() if "strata" in str(note)]
    note = (
        "VPC: share of all variance that lies between strata. PCV: share of that which the groups’ own means take away; it may be negative, and is no causal share."
        f"{hidden_rows(hidden, smallest)}" + (f" To mind: {warned[0]}." if warned else "")
    )
    return ApaTable(f"strata-{name}", "Intersectional strata (MAIHDA)", ["What", "n", "Value [95 % CI]"], rows, note) if rows else None


def _capital(text: object) -> str:
    return str(text)[:1].upper() + str(text)[1:]


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
