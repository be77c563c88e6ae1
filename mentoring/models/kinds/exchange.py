"""Question kind `exchange`: do costs and benefits, seen together as a surface, go with an outcome?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.surfaces import answer_surface, cell, plan_surface, shape_rows, standardising, why_not
from mentoring.models.load import load_curve, load_of
from mentoring.models.outcomes import with_ending
from mentoring.models.surface.geometry import TO_SHAPES
from mentoring.models.surface.response import ResponseSurface, linear
from mentoring.models.verdicts import About, TermAnswer, answer_term, signed
from mentoring.models.words import Words, in_sentence
from mentoring.settings import ExchangeQuestion, Scale
from mentoring.settings.questions import ENDED
from mentoring.tables import QUANTITIES

# a1 to a5 around the average relationship: total and balance of costs and benefits, their squares, and their product.
TERMS = ("exchange_total", "exchange_total_squared", "exchange_balance", "exchange_balance_squared", "exchange_turn")
FOCUS = TERMS[2]
# Where along the balance the slope is looked at besides the average: quantiles over relationships.
ENDS = (0.10, 0.90)
PLACES = ("where benefits prevail", "at the average relationship", "where costs weigh most")
RARE = 0.10


def same_range(question: ExchangeQuestion, scales: Sequence[Scale], items: pd.DataFrame) -> str:
    """Why costs and benefits cannot be set against each other ("" when they can): other items, but the same answers."""
    ranges = []
    for name in (question.costs, question.benefits):
        scale = next((scale for scale in scales if scale.name == name), None)
        wanted = list(scale.items) if scale else [name]
        own = items[(items["role"] == question.side) & items["item"].isin(wanted)]
        ranges.append({(row.low, row.high) for row in own[["low", "high"]].astype("float64").itertuples()})
    if all(len(found) == 1 for found in ranges) and ranges[0] != ranges[1] and not any(np.isnan(next(iter(found))).any() for found in ranges):
        return "costs and benefits were answered on different ranges, so that one more of either is not the same step"
    return ""


def _answer(question: ExchangeQuestion, data: StudyData) -> Answered:
    x, y = f"{question.side}_{question.costs}", f"{question.side}_{question.benefits}"
    analysis = with_ending(data.analysis, data.dyads) if question.outcome == ENDED else data.analysis
    plan, sides = plan_surface(question, analysis, x, y, TERMS, FOCUS, at_means=True, problem=same_range(question, data.scales, data.codebook_items))
    outcome = plan.rows[plan.outcome]
    if not plan.problem and set(outcome.unique()) <= {0, 1}:
        note = "the outcome is yes or no, and modelled as a share (a linear probability model)"
        plan = type(plan)(**{**plan.__dict__, "notes": (*plan.notes, note)})
    fitted, surface, tables = answer_surface(question, plan, sides, x, y, TERMS, data.seed)
    further = []
    if surface is not None and fitted.fit is not None:
        further.append(_balance(question.name, surface, plan.rows, x, y, fitted.fit.design.y))
    if question.side == "mentor":
        load = load_of(data.dyads)
        for name in (x, y):
            further.append(load_curve(data.analysis, name, load).assign(question=question.name, topic="load", quantity=name))
    tables["quantities"] = QUANTITIES.frame(pd.concat([tables["quantities"], *further], ignore_index=True))
    return Answered(plan, fitted, tables)


def _balance(question: str, surface: ResponseSurface, rows: pd.DataFrame, x: str, y: str, outcome: np.ndarray) -> pd.DataFrame:
    """The slope along the balance at three places, and of costs and benefits singly at the average relationship."""
    means = rows.groupby("dyad")[[x, y]].mean()
    half = (means[x] - means[y]) / 2
    shapes = TO_SHAPES @ surface.matrix[1:]
    at = [half.quantile(ENDS[0]), (surface.sides.x_mean - surface.sides.y_mean) / 2, half.quantile(ENDS[1])]
    slopes = [shapes[2] + 2 * place * shapes[3] for place in at]
    u, v = surface.sides.x_mean - surface.sides.centre, surface.sides.y_mean - surface.sides.centre
    b = surface.matrix
    slopes += [b[1] + 2 * u * b[3] + v * b[4], b[2] + 2 * v * b[5] + u * b[4]]
    table = linear(surface.fit, ("balance",) * 3 + ("costs alone", "benefits alone"), np.array(slopes))
    of = [*PLACES, PLACES[1], PLACES[1]]
    factor = standardising(surface.sides, outcome)[2]
    return table.assign(
        question=question, topic="balance", of=of, n=len(means), method=f"slope in the outcome’s unit; times {factor:.6g} for standard deviations"
    )


def _focus(question: ExchangeQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """The slope along the balance at the average relationship."""
    return [(FOCUS, f"{question.side}_{question.costs}")]


def exchange_code(average: str, ends: Sequence[str]) -> str:
    """The verdict from the slope at the average relationship and at both ends of the balance.

    `positive`, `negative`: the average slope is shown, and no end is shown to slope the other way. `negligible`: all three are small. `mixed`: two of
    them are shown to slope in different directions. Else `inconclusive`.
    """
    seen = [average, *ends]
    if "not estimated" in seen:
        return "not estimated"
    if {"positive", "negative"} <= set(seen):
        return "mixed"
    if average in ("positive", "negative"):
        return average
    return "negligible" if set(seen) == {"negligible"} else "inconclusive"


def _judge(question: ExchangeQuestion, tables: Tables, words: Words) -> Judgement:
    row = shape_rows(tables, TERMS)["a3"]
    factor = row["std_estimate"] / row["estimate"] if row["estimate"] else float("nan")
    step = About("balance", "", "per step")
    average = answer_term(row, step, question.sesoi)
    singly = {name: _slope(tables, name, PLACES[1], factor, question.sesoi) for name in ("costs alone", "benefits alone")}
    ends = [_slope(tables, "balance", of, factor, question.sesoi) for of in (PLACES[0], PLACES[2])]
    code = exchange_code(average.code, [end.code for end in ends]) if np.isfinite(factor) else "not estimated"
    return Judgement(code, _sentence(code, average, ends, singly, question, tables, words), (FOCUS,), average.df)


def _slope(tables: Tables, quantity: str, of: str, factor: float, sesoi: float | None) -> TermAnswer:
    rows = tables["quantities"]
    rows = rows[(rows["topic"] == "balance") & (rows["quantity"] == quantity) & (rows["of"] == of)]
    row = {name: cell(rows, name) for name in ("estimate", "se", "df", "p")}
    return answer_term({**row, "p_adjusted": float("nan"), "std_estimate": row["estimate"] * factor}, About(quantity, "", "per step"), sesoi)


def _sentence(
    code: str, average: TermAnswer, ends: Sequence[TermAnswer], singly: dict[str, TermAnswer], question: ExchangeQuestion, tables: Tables, words: Words
) -> str:
    costs, benefits = (in_sentence(words.scales.get(name, name.replace("_", " "))) for name in (question.costs, question.benefits))
    outcome = "share of relationships that ended" if question.outcome == ENDED else words.column(question.outcome_column)
    whose = f"{question.side}s"
    tilt = f"more {costs} and as much fewer {benefits}"
    if code == "not estimated":
        return f"Costs and benefits could not be set beside {outcome}: {why_not(tables)}."
    alone = "; ".join(f"{name} {_numbers(answer)}" for name, answer in singly.items())
    if code in ("positive", "negative"):
        text = f"Where {whose} reported {tilt}, {outcome} was {'higher' if code == 'positive' else 'lower'}: {_numbers(average)}. Taken singly: {alone}."
    elif code == "negligible":
        text = (f"With {tilt}, as {whose} report them, {outcome} differs by less than {question.sesoi or 0:g} SD, the smallest that would matter, all along the "
                f"balance ({_numbers(average)}).")
    elif code == "mixed":
        both = "; ".join(f"{place} {_numbers(end)}" for place, end in zip((PLACES[0], PLACES[2]), ends))
        text = f"Along the balance of {costs} and {benefits}, as {whose} report them, {outcome} turns round: {both}."
    else:
        text = f"This study cannot tell whether {outcome} differs where {whose} reported {tilt} ({_numbers(average)}). Taken singly: {alone}."
    share = cell(tables["quantities"], "estimate", quantity="share clearly higher", of=f"{question.side}_{question.costs}")
    if share < RARE:
        text += (f" {costs[:1].upper()}{costs[1:]} clearly above {benefits} are rare here ({100 * share:.0f} % of relationships), so this is about how the balance tilts, not about "
                 "costs that outweigh benefits.")
    return text


def _numbers(answer: TermAnswer) -> str:
    if not np.isfinite([answer.estimate, answer.low, answer.high]).all():
        return "no estimate"
    corrected = ", not told from zero once corrected for the number of questions" if answer.code == "inconclusive" and answer.corrected_away else ""
    return f"{signed(answer.estimate)} SD per SD, {answer.shown} % interval {signed(answer.low)} to {signed(answer.high)}{corrected}"


def _single_source(question: ExchangeQuestion, words: Words) -> bool:
    """Costs, benefits and outcome may all be one person's word."""
    return question.outcome != ENDED and question.side == question.reporter


KIND = Kind(_answer, _focus, _judge, _single_source)
