"""Question kind `stages`: how relationships move through their stages, whether in order, and how an outcome moves with them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError, did_you_mean, nearest
from mentoring.models.answer_rows import each_answer_once
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.quantity_rows import Row, nothing, share
from mentoring.models.kinds.similarity import check_columns, varying, wave_term
from mentoring.models.kinds.stages_parts import MOVES, endings, trajectories
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.rates import Rate
from mentoring.models.structure import diagnose
from mentoring.models.transitions import BACK, OUT_OF_ORDER, SKIPPED, in_order, move_rates, moves, transition_rows
from mentoring.models.verdicts import About, answer_term, sentence
from mentoring.models.words import Words
from mentoring.settings import StagesQuestion
from mentoring.tables import FITS, QUANTITIES, STAGES

GROUPINGS = ("program", "mentor", "mentee", "dyad")
WHEN, SHARE = "when_in_", "share_in_"


def column_names(order: list[str]) -> dict[str, str]:
    """Each stage as a part of a column's name, different for every stage."""
    out: dict[str, str] = {}
    for number, stage in enumerate(order):
        name = re.sub(r"\W+", "_", stage.lower()).strip("_") or f"stage_{number}"
        out[stage] = name if name not in out.values() else f"{name}_{number}"
    return out


def plan_stages(question: StagesQuestion, analysis: pd.DataFrame) -> ModelPlan:
    """The model of the outcome: what changes within a relationship when it is in a stage, apart from which relationships are how long in it.

    For every stage but the first, ``when_in_<stage>`` is 1 or 0 less the relationship's share of waves in it (change within the relationship), and
    ``share_in_<stage>`` that share (differences between relationships); Mundlak (1978). The change may differ between mentors (random slopes, by the ladder).
    """
    outcome = question.outcome_column
    check_columns([outcome, *question.covariates], question, analysis)  # type: ignore[arg-type]
    needed = [outcome, "stage", *question.covariates]
    rows = analysis[list(dict.fromkeys([*GROUPINGS, "wave", *needed]))].copy()
    complete = rows[needed].notna().all(axis=1) & rows["stage"].isin(question.order)
    rows, dropped = rows[complete].reset_index(drop=True), int((~complete).sum())
    rows, notes, problem = each_answer_once(rows, outcome, question.reporter)
    present = [stage for stage in question.order if (rows["stage"] == stage).any()]
    if not problem and len(present) < 2:
        problem = "fewer than two stages occur in usable rows"
    names = column_names(question.order)
    for stage in present[1:]:
        there = (rows["stage"] == stage).astype(float)
        rows[SHARE + names[stage]] = there.groupby(rows["dyad"]).transform("mean")
        rows[WHEN + names[stage]] = there - rows[SHARE + names[stage]]
    whens, shares = (
        [f"{kind}{names[stage]}" for stage in present[1:] if np.ptp(rows[f"{kind}{names[stage]}"]) > 1e-9] for kind in (WHEN, SHARE)
    )
    structure = diagnose(rows, GROUPINGS)
    lead = whens or shares
    fixed = " + ".join([*whens, *shares, *varying([*question.covariates, *structure.fixed], rows), *wave_term(rows)]) or "1"
    if present and not problem:
        notes = [*notes, f"stages are compared with {present[0]}"]
    return ModelPlan(
        question=question.name,
        outcome=outcome,
        reporter=question.reporter,
        rows=rows,
        dropped=dropped,
        fixed=f"{outcome} ~ {fixed}",
        structure=structure,
        slopes=tuple(whens) if "mentor" in structure.random else (),
        slope_group="mentor",
        focus=tuple(Focus(term, term, "all", per_unit=True) for term in lead),
        notes=(*notes, *structure.notes),
        problem=problem,
    )


def _check_order(question: StagesQuestion, stages: pd.Series) -> str:
    """Refuse stages that are not in the answers though a like-named one is; say which answers stand outside the order."""
    place, known = f"question “{question.name}”", sorted(stages.dropna().unique())
    problems = [
        Problem("config.yaml", place, f"“{name}” of `closing` is not in the order", did_you_mean(name, question.order))
        for name in question.closing
        if name not in question.order
    ]
    outside = [name for name in known if name not in question.order]
    absent = [name for name in question.order if name not in known]
    problems += [
        Problem("config.yaml", place, f"no answer is “{name}”", did_you_mean(name, outside), f"order: […, {nearest(name, outside)}, …]")
        for name in absent
        if nearest(name, outside)
    ]
    if not problems and known and len(absent) == len(question.order):
        problems.append(
            Problem(
                "config.yaml",
                place,
                f"none of the stages {', '.join(question.order)} occurs in the answers",
                "the answers as they stand: " + ", ".join(known),
                f"order: [{known[0]}, …]",
            )
        )
    if problems:
        raise StudyError(list(dict.fromkeys(problems)))
    count = int(stages.isin(outside).sum())
    return f"{count} answers name a stage outside the order ({', '.join(outside)}) and make no move" if outside else ""


def _answer(question: StagesQuestion, data: StudyData) -> Answered:
    analysis = data.analysis
    if "stage" not in analysis or analysis["stage"].isna().all():
        outside, made = "nobody was asked for the stage (an item called “stage”)", moves(analysis.iloc[:0], question.order)
    else:
        outside = _check_order(question, analysis["stage"])
        made = moves(analysis, question.order)
    rows = [*_move_rows(question, made, outside), *endings(question, data)]
    tables = {
        "stages": STAGES.frame([{"question": question.name, **row} for row in transition_rows(made, question.order)] if len(made) else [])
    }
    if question.outcome is None:
        people = {f"n_{who}s": int(made[who].nunique()) for who in ("mentor", "mentee", "dyad")} if len(made) else {}
        tables["fits"] = FITS.frame(
            [
                {
                    "question": question.name,
                    "n_obs": len(made) or None,
                    **people,
                    "dropped": 0,
                    "note": "no outcome was named, so there is no model; rows: moves",
                }
            ]
        )
        return Answered(None, None, {**tables, "quantities": _quantities(question, rows)})
    plan = plan_stages(question, analysis)
    fitted = fit_plan(plan)
    if fitted.fit is not None:
        names = column_names(question.order)
        columns = {stage: (WHEN + names[stage], SHARE + names[stage]) for stage in question.order if (plan.rows["stage"] == stage).any()}
        rows = [*trajectories(question, plan, fitted.fit, columns), *rows]
    return Answered(plan, fitted, {**tables, "quantities": _quantities(question, rows)})


def _quantities(question: StagesQuestion, rows: list[Row]) -> pd.DataFrame:
    return QUANTITIES.frame([{"question": question.name, **row} for row in rows])


def _move_rows(question: StagesQuestion, made: pd.DataFrame, outside: str) -> list[Row]:
    if made.empty:
        return [nothing(MOVES, OUT_OF_ORDER, outside or "no relationship has a stage at two neighbouring waves")]
    rates: dict[str, Rate] = move_rates(made)
    return [share(MOVES, name, rate, notes=[outside if name == OUT_OF_ORDER else ""]) for name, rate in rates.items()]


def _focus(question: StagesQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    terms = [str(term) for term in fixed_effects.loc[fixed_effects["question"] == question.name, "term"]]
    names = set(column_names(question.order).values())
    for kind in (WHEN, SHARE):
        found = [term for term in terms if term.startswith(kind) and term.removeprefix(kind) in names]
        if found:
            return [(term, term) for term in found]
    return []


def _judge(question: StagesQuestion, tables: Tables, words: Words) -> Judgement:
    """In order when the whole interval of moves back or past a stage lies below the tolerance, not in order when above, else inconclusive."""
    own = tables["quantities"]
    rates = own[own["topic"] == MOVES].set_index("quantity")
    row = rates.loc[OUT_OF_ORDER]
    code = in_order(Rate(0, 0, low=row["ci_low"], high=row["ci_high"]), question.tolerance)
    outcome = _outcome_sentence(question, tables, words)
    if code == "not estimated":
        return Judgement(
            code, f"How relationships move between stages could not be estimated: {row['note'].removeprefix('not estimated: ')}.{outcome}"
        )
    numbers = f"{100 * row['estimate']:.0f} % of {int(row['n'])} moves between neighbouring waves, 95 % interval {100 * row['ci_low']:.0f} to {100 * row['ci_high']:.0f} %"
    parts = f"{100 * rates.loc[BACK, 'estimate']:.0f} % went back, {100 * rates.loc[SKIPPED, 'estimate']:.0f} % passed over a stage"
    said = {
        "not in order": f"Relationships do not keep to the order of stages: more than {100 * question.tolerance:g} % went back or passed over a stage ({numbers}; {parts}).",
        "in order": f"Relationships keep to the order of stages: fewer than {100 * question.tolerance:g} % went back or passed over a stage ({numbers}).",
        "inconclusive": f"This study cannot tell whether more than {100 * question.tolerance:g} % of moves go back or pass over a stage ({numbers}).",
    }[code]
    return Judgement(code, said + outcome, (), float(row["df"]))


def _outcome_sentence(question: StagesQuestion, tables: Tables, words: Words) -> str:
    """What the outcome does with the stage, where a question follows one."""
    if question.outcome is None:
        return ""
    effects = tables["fixed_effects"].set_index("term")
    fits = tables["fits"]
    reference = re.search(r"stages are compared with ([^;]+)", str(fits["note"].iloc[0])) if len(fits) else None
    first = reference[1].strip() if reference else question.order[0]
    stage_of = {name: stage for stage, name in column_names(question.order).items()}
    answers = []
    for term, _ in _focus(question, tables["fixed_effects"]):
        stage = stage_of[term.removeprefix(WHEN).removeprefix(SHARE)]
        within = term.startswith(WHEN)
        subject = (
            f"Relationships, when in {stage} rather than in {first},"
            if within
            else f"Relationships in {stage}, compared with those in {first},"
        )
        row = effects.loc[term, ["estimate", "se", "df", "p", "p_adjusted", "std_estimate"]].to_dict()
        answers.append(answer_term(row, About(f"{stage} against {first}", subject, "between stages"), question.sesoi, question.unit))
    return " " + sentence(answers, words.column(question.outcome_column), question.sesoi) if answers else ""


KIND = Kind(_answer, _focus, _judge, lambda question, words: False)
