"""Question kind `functions`: psychosocial and career support by mentoring form, in one model of both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.fitting import Fitted, fit_plan
from mentoring.models.functions import CONTRAST, GROUPINGS, HALVES, SUPPORT, coverage, middle, stacked
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.quantity_rows import estimates, nothing, parity_row, share
from mentoring.models.kinds.similarity import check_columns, main_effects, split_levels, varying, wave_term
from mentoring.models.lmm import LinearMixedModelFit
from mentoring.models.marginal_means import linear, marginal_means, marginal_slopes, unexplained_sd
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.results import METHODS, result_tables
from mentoring.models.structure import diagnose
from mentoring.models.verdicts import About, answer_term, sentence
from mentoring.models.words import Words, in_sentence
from mentoring.settings import FunctionsQuestion, Similarity
from mentoring.tables import FIXED_EFFECTS, QUANTITIES

HIERARCHICAL, PEER = "hierarchical", "peer"
INTERACTION = f"{CONTRAST}:form[T.{PEER}]"
Row = dict[str, Any]


def plan_functions(question: FunctionsQuestion, data: StudyData) -> ModelPlan:
    """The model of both functions: support on function × form, with the answer sheet, the relationship and the mentor as random intercepts.

    Functions are coded ±½. Relationships and mentors get a difference between functions of their own. A similarity enters within and
    between mentors, each × form, with both parties' own standing.
    """
    entry = next((one for one in data.similarity if one.name == question.similarity), None)
    columns = _columns(question)
    mains = main_effects(entry, data.analysis) if entry else []
    wanted = [*columns.values(), *question.covariates, *([entry.name] if entry else [])]
    check_columns(wanted, question, data.analysis)  # type: ignore[arg-type]
    needed = ["form", *question.covariates, *mains, *([entry.name] if entry else [])]
    rows = data.analysis[list(dict.fromkeys(["program", "mentor", "mentee", "dyad", "wave", *columns.values(), *needed]))].copy()
    problem = _ranges_differ(question, data)
    if not problem and rows["form"].isna().all():
        problem = "the pairs do not say the form of mentoring (key `form` of `data.pairs`)"
    if not problem:
        _check_peer(question, rows["form"])
    complete = rows[list(columns.values())].notna().any(axis=1) & rows[needed].notna().all(axis=1)
    dropped = int((~complete).sum())
    rows = rows[complete].reset_index(drop=True)
    rows["form"] = pd.Categorical(np.where(rows["form"] == question.peer, PEER, HIERARCHICAL), categories=[HIERARCHICAL, PEER])
    both, notes, why = stacked(rows, columns, question.reporter)
    problem = problem or why
    if not problem and (len(both) == 0 or both["function"].nunique() < 2):
        problem = "one of the two functions was not scored in any usable row"
    if not problem and both["form"].nunique() < 2:
        problem = "all usable relationships have one form of mentoring, so forms cannot be compared"
    structure = diagnose(both, GROUPINGS if not problem else ())
    terms, focus = [CONTRAST, "form", f"{CONTRAST}:form"], [Focus(INTERACTION, question.psychosocial, "all", per_unit=True)]
    slopes: list[str] = []
    if entry and not problem:
        both, more, slopes, about = _with_similarity(both, entry)
        terms += more
        focus += about
    extra = varying([*mains, *question.covariates, *structure.fixed], both) if not problem else []
    return ModelPlan(
        question=question.name,
        outcome=SUPPORT,
        reporter=question.reporter,
        rows=both,
        dropped=dropped,
        fixed=f"{SUPPORT} ~ " + " + ".join([*terms, *extra, *wave_term(both)]),
        structure=structure,
        slopes=tuple(slopes) if "mentor" in structure.random else (),
        slope_group="mentor",
        focus=tuple(focus),
        notes=(*notes, *structure.notes),
        problem=problem,
    )


def _columns(question: FunctionsQuestion) -> dict[str, str]:
    return {"psychosocial": f"{question.reporter}_{question.psychosocial}", "career": f"{question.reporter}_{question.career}"}


def _with_similarity(rows: pd.DataFrame, entry: Similarity) -> tuple[pd.DataFrame, list[str], list[str], list[Focus]]:
    """The similarity's parts, each × form; slopes; what the question is about."""
    rows = split_levels(rows, entry.name)
    parts = [f"{entry.name}_{part}" for part in ("within", "over_time", "between") if np.ptp(rows[f"{entry.name}_{part}"]) > 1e-9]
    # Both forms must show the part, or its interaction with form is another name for something else.
    lead = next((part for part in parts if (rows.groupby("form", observed=True)[part].agg(np.ptp) > 1e-9).all()), None)
    terms = [*parts, *(f"{part}:form" for part in parts)]
    slopes = [f"{entry.name}_within"] if f"{entry.name}_within" in parts else []
    focus = (
        [
            Focus(
                f"{lead}:form[T.{PEER}]", entry.name, "within mentor" if lead.endswith("_within") else "all", per_unit=entry.kind == "match"
            )
        ]
        if lead
        else []
    )
    return rows, terms, slopes, focus


def _check_peer(question: FunctionsQuestion, form: pd.Series) -> None:
    known = sorted(form.dropna().astype(str).unique())
    if question.peer not in known:
        raise StudyError(
            Problem(
                "config.yaml",
                f"question “{question.name}”",
                f"no relationship has the form “{question.peer}”",
                did_you_mean(question.peer, known),
                "peer: " + (known[0] if known else "…"),
            )
        )


def _range(scale: str, question: FunctionsQuestion, data: StudyData) -> tuple[float, float]:
    items = next((list(entry.items) for entry in data.scales if entry.name == scale), [scale])
    own = data.codebook_items[data.codebook_items["item"].isin(items) & (data.codebook_items["role"] == question.reporter)]
    return (
        (float(own["low"].min()), float(own["high"].max()))
        if len(own) and own[["low", "high"]].notna().all(axis=None)
        else (np.nan, np.nan)
    )


def _ranges_differ(question: FunctionsQuestion, data: StudyData) -> str:
    """Why the two scales cannot stand in one model ("" when they can).

    # ASSUME: psychosocial and career support were asked with the same answer scale and a point on one is worth a point on the other.
    """
    first, second = (_range(scale, question, data) for scale in (question.psychosocial, question.career))
    if np.isfinite([*first, *second]).all() and first != second:
        return f"the two scales have different response ranges ({first[0]:g} to {first[1]:g}, {second[0]:g} to {second[1]:g}), so their levels cannot be compared"
    return ""


def _answer(question: FunctionsQuestion, data: StudyData) -> Answered:
    plan = plan_functions(question, data)
    fitted = fit_plan(plan)
    tables = result_tables(plan, fitted)
    rows: list[Row] = []
    if fitted.fit is not None:
        tables["fixed_effects"] = _standardise_focus(tables["fixed_effects"], plan, fitted.fit)
        rows += _means(question, plan, fitted.fit)
        rows += _similarity(question, plan, fitted)
    rows += _coverage(question, data)
    return Answered(plan, fitted, {**tables, "quantities": QUANTITIES.frame([{"question": question.name, **row} for row in rows])})


def _standardise_focus(effects: pd.DataFrame, plan: ModelPlan, fit: LinearMixedModelFit) -> pd.DataFrame:
    """`std_estimate` of the terms in question: per unit of function × form; per SD (matches: per unit) of the similarity × form."""
    spread, out = unexplained_sd(fit), effects.copy()
    for focus in plan.focus:
        column = focus.term.split(":")[0]
        step = 1.0 if focus.per_unit or column == CONTRAST else float(np.std(plan.rows[column], ddof=1))
        out.loc[out["term"] == focus.term, "std_estimate"] = out.loc[out["term"] == focus.term, "estimate"] * step / spread
    return FIXED_EFFECTS.frame(out)


def _means(question: FunctionsQuestion, plan: ModelPlan, fit: LinearMixedModelFit) -> list[Row]:
    """The four means, and the simple effects: form within a function, function within a form."""
    grid = marginal_means(fit, {CONTRAST: list(HALVES.values()), "form": [HIERARCHICAL, PEER]})
    sizes = plan.rows.groupby(["function", "form"], observed=True)["dyad"].nunique()
    names = {half: name for name, half in HALVES.items()}
    cells = [(names[half], form) for half, form in grid.cells.itertuples(index=False)]
    method, spread = METHODS[fit.method], unexplained_sd(fit)
    rows = estimates(
        "means",
        "adjusted mean",
        [f"{function}, {form}" for function, form in cells],
        grid.table().assign(p=np.nan),
        [int(sizes.get(cell, 0)) for cell in cells],
        method=method,
    )
    at = dict(zip(cells, grid.contrasts))
    pairs = [(f"{PEER} − {HIERARCHICAL}", function, at[function, PEER] - at[function, HIERARCHICAL]) for function in HALVES]
    pairs += [("psychosocial − career", form, at["psychosocial", form] - at["career", form]) for form in (HIERARCHICAL, PEER)]
    for name, of, contrast in pairs:
        effect = linear(fit, contrast)
        rows += estimates("simple effects", name, [of], effect, method=method)
        rows += estimates("simple effects", f"{name} (SD)", [of], effect, factor=1 / spread, method=method)
        rows += [parity_row("simple effects", f"equivalence test of {name} (SD)", of, effect.iloc[0], 1 / spread, question.sesoi)]
    return rows


def _similarity(question: FunctionsQuestion, plan: ModelPlan, fitted: Fitted) -> list[Row]:
    """The slope of support on similarity in each form."""
    fit = fitted.fit
    if question.similarity is None or fit is None:
        return []
    focus = next((one for one in plan.focus if one.about == question.similarity), None)
    if focus is None or focus.term not in fit.terms:
        return [nothing("similarity", "slope", "similarity does not vary in both forms, or cannot be told from other terms")]
    lead = focus.term.split(":")[0]
    slopes = marginal_slopes(fit, lead, "form")
    where = {"within": "slope within a mentor's mentees", "over_time": "slope over time", "between": "slope between mentors"}[
        lead.removeprefix(f"{question.similarity}_")
    ]
    return estimates("similarity", where, list(slopes.cells["form"]), slopes.table(), method=METHODS[fit.method])


def _coverage(question: FunctionsQuestion, data: StudyData) -> list[Row]:
    columns = _columns(question)
    limits = [middle(*_range(scale, question, data)) for scale in (question.psychosocial, question.career)]
    covered = question.covered if question.covered is not None else limits[0]
    if not np.isfinite(covered) or (question.covered is None and limits[0] != limits[1]):
        return [
            nothing(
                "coverage",
                "share covered",
                "the codebook gives no common response range; say from which score a function counts as covered (covered: …)",
            )
        ]
    rows = data.analysis
    form = pd.Series(np.where(rows["form"] == question.peer, PEER, HIERARCHICAL), index=rows.index).where(rows["form"].notna(), None)
    rows = rows.assign(form=pd.Categorical(form, categories=[HIERARCHICAL, PEER]))
    note = f"covered: a mean over waves of at least {covered:g}"
    return [
        share("coverage", "share covered", rate, f"{what}, {group}", [note])
        for what, group, rate in coverage(rows, columns, covered, "form")
    ]


def _focus(question: FunctionsQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    own = fixed_effects.loc[fixed_effects["question"] == question.name, "term"]
    found = [(INTERACTION, question.psychosocial)]
    if question.similarity:
        parts = [f"{question.similarity}_{part}:form[T.{PEER}]" for part in ("within", "over_time", "between")]
        found += [(part, question.similarity) for part in parts if part in set(own)][:1]
    return found


def _judge(question: FunctionsQuestion, tables: Tables, words: Words) -> Judgement:
    """The code is the function × form interaction's; what similarity does by form is said beside it."""
    effects = tables["fixed_effects"].set_index("term")
    empty = dict.fromkeys(("estimate", "se", "df", "p", "p_adjusted", "std_estimate"), float("nan"))

    def row(term: str) -> dict[str, float]:
        return effects.loc[term, list(empty)].to_dict() if term in effects.index else empty  # type: ignore[return-value]

    labels = [in_sentence(words.scales.get(name, name)) for name in (question.psychosocial, question.career)]
    main = About(
        f"form of mentoring, in {labels[0]} relative to {labels[1]}",
        "Peer relationships, compared with hierarchical ones,",
        "between forms",
    )
    answer = answer_term(row(INTERACTION), main, question.sesoi, question.unit)
    said = sentence([answer], f"{labels[0]} relative to {labels[1]} as {question.reporter}s report them", question.sesoi)
    terms = [INTERACTION]
    for term, name in _focus(question, tables["fixed_effects"])[1:]:
        entry = words.about(term.split(":")[0], name)
        about = replace(
            entry,
            label=f"similarity × form ({entry.label})",
            subject=f"Among peers, compared with hierarchical relationships, more likeness ({entry.label})",
            where="",
        )
        similar = answer_term(row(term), about, question.sesoi)
        said += " " + _similarity_sentence(
            similar.code, entry.label, similar.estimate, similar.low, similar.high, similar.shown, question.sesoi
        )
    return Judgement(answer.code, said, tuple(terms), answer.df)


def _similarity_sentence(code: str, label: str, estimate: float, low: float, high: float, level: int, sesoi: float | None) -> str:
    numbers = f"difference between the forms {estimate:.2f} SD, {level} % interval {low:.2f} to {high:.2f}".replace("-", "−")
    return {
        "positive": f"More likeness ({label}) goes with more support among peers than in hierarchical relationships ({numbers}).",
        "negative": f"More likeness ({label}) goes with less support among peers than in hierarchical relationships, relative to each other ({numbers}).",
        "negligible": f"Likeness ({label}) matters about as much among peers as in hierarchical relationships: the difference is smaller than {sesoi or 0:g} SD ({numbers}).",
        "inconclusive": f"Whether likeness ({label}) matters more among peers, this study cannot tell ({numbers}).",
    }.get(code, f"Whether likeness ({label}) matters more among peers could not be estimated.")


def _single_source(question: FunctionsQuestion, words: Words) -> bool:
    return question.similarity is not None and words.perceived_by(question.similarity, question.reporter)


KIND = Kind(_answer, _focus, _judge, _single_source)
