"""What the report says of questions of kind `stages`."""

from __future__ import annotations

import pandas as pd

from mentoring.models.kinds.stages_parts import BY_STAGE, CAUSES, ENDING, LASTING, MOVES, STEPS
from mentoring.models.transitions import moves
from mentoring.report import disclosure, methods_text, numbers, question_tables
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, hidden_rows, markdown
from mentoring.report.figures import stages as figures
from mentoring.report.inputs import Results
from mentoring.report.kinds.page import FigureText, Page
from mentoring.report.markup import md
from mentoring.report.names import Names
from mentoring.report.theme import Drawn
from mentoring.settings import StagesQuestion


def _question(answer: Answer) -> StagesQuestion:
    assert isinstance(answer.question, StagesQuestion)
    return answer.question


def _about(answer: Answer, names: Names) -> str:
    question = _question(answer)
    order = md(numbers.listed(question.order))
    outcome = f" It also follows {md(answer.outcome_label)} over stages and waves." if question.outcome else ""
    return f"The stages, in the order expected: {order}.{outcome}"


def _done(answer: Answer, results: Results, names: Names) -> str:
    question = _question(answer)
    rule = numbers.percent(question.tolerance)
    text = (
        "A move is a relationship’s stage at one wave and at the next wave of the study. Shares of moves have intervals by mentor [@korn1998]. Stages count as in order "
        f"if the whole interval of moves back or past a stage lies below {rule}, as not in order if it lies above, else the study cannot tell. A stage passed over "
        "between two waves may have been there in between."
    )
    if not question.outcome:
        return text
    return (
        f"{text}\n\n{methods_text.what_was_done(answer, results, names)}\n\nStages enter in two parts: when a relationship is in a stage, against its own average (the part "
        "that answers the question), and how large a share of its waves it is in it."
    )


def shown(answer: Answer, results: Results) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Rows of `quantities` and (over all waves) of `stages` about enough people; how many stages of departure are left out."""
    question, analysis = _question(answer), results["analysis"]
    own = results["quantities"]
    own = own[own["question"] == question.name]
    cells = results["stages"]
    cells = cells[(cells["question"] == question.name) & cells["wave_from"].isna()]
    if analysis.empty or "stage" not in analysis:
        return own.iloc[:0], cells.iloc[:0], 0
    made = moves(analysis, question.order)
    if not disclosure.enough(made["mentor"].nunique(), made["mentee"].nunique(), results.smallest):
        own = own[own["topic"] != MOVES]
    starts, hidden = disclosure.large_cells(made.rename(columns={"from": "cell"}), results.smallest, adds_up=True)
    stages, _ = disclosure.large_cells(
        analysis.dropna(subset=["stage", question.outcome_column]).assign(cell=lambda rows: rows["stage"]), results.smallest
    )
    keep = [row.topic not in (BY_STAGE, STEPS) or set(str(row.of).split(" to ")) <= stages or row.of in stages for row in own.itertuples()]
    own = own[pd.Series(keep, index=own.index, dtype=bool)]
    return _without_few_ends(own, results), cells[cells["from"].isin(starts)], hidden


def _without_few_ends(own: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Without endings where fewer people than may be shown are behind them; of ways to end, none whose share subtraction would give back."""
    ended = results["dyads"][results["dyads"]["end"].notna()]
    if not disclosure.enough(ended["mentor"].nunique(), ended["mentee"].nunique(), results.smallest):
        return own[own["topic"] != ENDING]
    counts = {name: own.loc[own["quantity"] == f"relationships {name}", "estimate"].sum() for name in CAUSES.values()}
    there = sorted((count, name) for name, count in counts.items() if count > 0)
    hidden = [name for count, name in there if count < results.smallest]
    if len(hidden) == 1 and len(there) > 1:
        hidden.append(next(name for _, name in there if name not in hidden))
    return own[~own["quantity"].isin([*hidden, *(f"relationships {name}" for name in hidden)])]


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    own, cells, hidden = shown(answer, results)
    drawn = [
        figures.draw_transitions(answer, cells, _question(answer).order, hidden, results.smallest),
        figures.draw_trajectories(answer, own),
        figures.draw_ending(answer, own),
    ]
    return [one for one in drawn if one]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    question = _question(answer)
    own, _, hidden = shown(answer, results)
    effects = question_tables.effects(answer) if question.outcome else None
    tables = [_moves(question.name, own), _steps(question.name, own), _ending(question.name, own)]
    blocks = [
        figure(
            f"transitions_{question.name}",
            "No figure of moves: too few people have a stage at two neighbouring waves." + hidden_rows(hidden, results.smallest),
        ),
        *(markdown(table) for table in tables[:1] if table),
        figure(
            f"trajectories_{question.name}",
            "No means by stage are shown: too few people, or they could not be estimated." if question.outcome else "",
        ),
        *(markdown(table) for table in tables[1:2] if table),
        figure(
            f"ending_{question.name}", "How long relationships last is not shown: the list of pairs has no dates, or too few have ended."
        ),
        *(markdown(table) for table in tables[2:] if table),
        markdown(effects) if effects else "",
    ]
    return [block for block in blocks if block]


def _moves(name: str, own: pd.DataFrame) -> ApaTable | None:
    part = own[(own["topic"] == MOVES) & own["estimate"].notna()]
    rows = [[str(row.quantity)[:1].upper() + str(row.quantity)[1:], numbers.count(row.n), _percent(row)] for row in part.itertuples()]
    said = "; ".join(dict.fromkeys(str(note) for note in part["note"].dropna()))
    note = f"Moves between neighbouring waves; n: all moves. Intervals by mentor.{' ' + said[:1].upper() + said[1:] + '.' if said else ''}"
    return ApaTable(f"moves-{name}", "Moves between stages", ["Move", "n", "% [95 % CI]"], rows, note) if rows else None


def _steps(name: str, own: pd.DataFrame) -> ApaTable | None:
    part = own[own["topic"] == STEPS]
    raw, standard, parity = (
        part[part["quantity"] == kind].set_index("of") for kind in ("difference", "difference (SD)", "equivalence test (SD)")
    )
    rows = [
        [
            str(of),
            numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"]),
            numbers.df(row["df"]),
            numbers.p_value(row["p"]),
            numbers.estimate(standard.loc[of, "estimate"], standard.loc[of, "ci_low"], standard.loc[of, "ci_high"], 2),
            numbers.p_value(parity.loc[of, "p"]),
        ]
        for of, row in raw.iterrows()
    ]
    note = "Within relationships, waves held equal. p: is the step told from zero? (Not corrected.) p equiv.: is it shown to be smaller than what would matter?"
    return (
        ApaTable(
            f"steps-{name}",
            "From stage to stage: steps of the outcome",
            ["Step", "b [95 % CI]", "df", "p", "SD [95 % CI]", "p equiv."],
            rows,
            note,
        )
        if rows
        else None
    )


def _ending(name: str, own: pd.DataFrame) -> ApaTable | None:
    part = own[(own["topic"] == ENDING) & own["of"].notna() & own["estimate"].notna()]
    months = list(dict.fromkeys(part["of"]))
    if not months:
        return None
    # At most six points in time, the last among them.
    step = -(-len(months) // 6)
    chosen = months[::-1][::step][::-1]
    rows = [[str(row.of), str(row.quantity), numbers.count(row.n), _percent(row)] for row in part[part["of"].isin(chosen)].itertuples()]
    note = (
        "n: relationships watched that long. Shares by Kaplan and Meier, by way of ending by Aalen and Johansen; intervals by mentor, from five ends on. Ends were taken as "
        "recorded up to the latest date in the list of pairs."
    )
    title = "How long relationships last" if set(part["quantity"]) == {LASTING} else "How long relationships last, and how they end"
    return ApaTable(f"ending-{name}", title, ["After", "What", "n", "% [95 % CI]"], rows, note, 2)


def _percent(row: object) -> str:
    value, low, high = (
        None if numbers.is_missing(getattr(row, name)) else 100 * float(getattr(row, name)) for name in ("estimate", "ci_low", "ci_high")
    )
    return numbers.estimate(value, low, high, 1)


PAGE = Page(about=_about, done=_done, figures=_figures, result=_result)
