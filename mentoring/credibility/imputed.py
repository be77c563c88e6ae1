"""A question answered again with missing values drawn, beside its answer from complete rows; and how wrong the draws may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.dyads import add_similarity
from mentoring.dyads.pairing import Paired
from mentoring.dyads.similarity import similarity_of_numbers, standards
from mentoring.errors import StudyError
from mentoring.measure.imputation import Curved, Imputed, impute
from mentoring.models.kinds import Answered, StudyData
from mentoring.models.kinds.custom import plan_custom
from mentoring.models.kinds.similarity import main_effects, plan_similarity
from mentoring.models.lmm import LinearMixedModelFit, lmm
from mentoring.models.plan import ModelPlan
from mentoring.models.pooling import pool, rubin
from mentoring.settings import ModelQuestion, QuestionBase, Similarity, SimilarityQuestion
from mentoring.tables import POOLED_EFFECTS, ROLES, TIPPING_POINT

GROUPS = ("dyad", "mentor", "mentee", "program", "form", "wave")
# Other columns that say most about the outcome and about who is silent join the imputation, so that "at random" is believable.
AUXILIARIES = 5
# How far imputed outcomes are moved, in standard deviations; beyond two, nobody would believe it.
SHIFTS = tuple(step / 4 for step in range(1, 9))


@dataclass(frozen=True)
class _Task:
    question: SimilarityQuestion | ModelQuestion
    data: StudyData
    entries: tuple[Similarity, ...]

    def derived(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The table with the similarities computed anew from what they are made of."""
        names = [name for entry in self.entries for name in (entry.name, *(f"{role}_{entry.name}_level" for role in ROLES))]
        bare = frame.drop(columns=[name for name in names if name in frame])
        return add_similarity(Paired(bare, pd.DataFrame(), pd.DataFrame()), self.entries, self.data.codebook_items)

    def plan(self, analysis: pd.DataFrame) -> ModelPlan:
        """The question's plan on a table."""
        if isinstance(self.question, SimilarityQuestion):
            return plan_similarity(self.question, analysis, self.entries)
        return plan_custom(self.question, analysis)


def imputed_tables(
    question: QuestionBase, data: StudyData, answered: Answered, m: int, progress: Callable[[int, int], None] | None = None
) -> dict[str, pd.DataFrame]:
    """Tables `pooled_effects` and `tipping_point` of a question of kind `similarity` or `model`; empty for other kinds.

    The model is the one that complete rows gave, with its random part. Outcome, predictors and everything similarities are made of are
    imputed; similarities, their squares and their within/between parts are computed from the completed tables.

    Parameters
    ----------
    question, data, answered
        The question, what it is answered from, and its answer from complete rows.
    m : int
        Number of imputations, at least.
    progress : callable, optional
        Called with (tables done, m).
    """
    empty = {"pooled_effects": POOLED_EFFECTS.frame([]), "tipping_point": TIPPING_POINT.frame([])}
    if not isinstance(question, SimilarityQuestion | ModelQuestion) or answered.plan is None:
        return empty
    fit = answered.fitted.fit if answered.fitted else None
    terms = [focus.term for focus in answered.plan.focus]
    if fit is None or not set(terms) <= set(fit.terms):
        why = "no model of complete rows could be fitted with this term, so none is pooled"
        return empty | {"pooled_effects": POOLED_EFFECTS.frame([{"question": question.name, "term": term, "note": why} for term in terms])}
    task = _task(question, data)
    try:
        imputed, notes = _impute(task, fit, m, progress)
        plans = [task.plan(task.derived(one)) for one in imputed.sets]
        fits = [lmm(fit.formula, plan.rows) for plan in plans]
        pooled = pool(fits)
    except StudyError as error:
        why = "; ".join(f"{problem.place}: {problem.found}" for problem in error.problems)
        return empty | {"pooled_effects": POOLED_EFFECTS.frame([
            {"question": question.name, "term": term, "complete_estimate": _estimate(fit, term), "note": f"not pooled: {why}"} for term in terms
        ])}  # fmt: skip
    effects = pooled.fixed_effects[pooled.fixed_effects["term"].isin(terms)].drop(columns="t")
    effects = effects.assign(
        question=question.name,
        complete_estimate=[_estimate(fit, term) for term in effects["term"]],
        rows=fits[0].n_obs,
        complete_rows=fit.n_obs,
        note="; ".join([*imputed.notes, *notes, *pooled.notes]) or None,
    )
    return {"pooled_effects": POOLED_EFFECTS.frame(effects[POOLED_EFFECTS.names]),
            "tipping_point": _tipping_point(task, answered.plan.outcome, imputed, fits, terms)}  # fmt: skip


def _task(question: SimilarityQuestion | ModelQuestion, data: StudyData) -> _Task:
    if isinstance(question, SimilarityQuestion):
        wanted = set(question.similarity)
    else:
        wanted = set(re.findall(r"\w+", question.formula))
    return _Task(question, data, tuple(entry for entry in data.similarity if entry.name in wanted))


def _estimate(fit: LinearMixedModelFit, term: str) -> float:
    return float(fit.coefficients[fit.terms.index(term)])


def _impute(task: _Task, fit: LinearMixedModelFit, m: int, progress: Callable[[int, int], None] | None) -> tuple[Imputed, list[str]]:
    """The tables with drawn values: rows of the waves in which everything was asked."""
    analysis, outcome = task.data.analysis, fit.formula.split("~")[0].strip()
    columns = [name for name in model_columns(task, outcome) if name in analysis and name not in GROUPS]
    asked = analysis.groupby("wave")[columns].transform(lambda column: column.notna().any()).all(axis=1)
    rows = analysis[asked & analysis["mentor"].notna()].reset_index(drop=True)
    notes = []
    if len(rows) < len(analysis):
        notes.append(f"{len(analysis) - len(rows)} rows stand in waves in which something was not asked at all; nothing is imputed there")
    in_step: list[Curved] = []
    straight: list[Similarity] = []
    for entry in (entry for entry in task.entries if entry.kind != "perceived"):
        index = _curved(task, entry, rows, outcome)
        if index is None:
            straight.append(entry)
        else:
            in_step.append(index)
    pulled = [entry.name for entry in straight if entry.kind != "match"]
    if pulled:
        notes.append(
            f"{', '.join(pulled)}: what it is made of is drawn without the full shape of its association, which pulls the estimate "
            "towards zero; lean on the complete rows"
        )
    products: dict[str, list[tuple[str, str]]] = {}
    for mentor, mentee in ([f"{role}_{name}" for role in ROLES] for entry in straight for name in entry.of):
        products.setdefault(mentor, []).append((outcome, mentee))
        products.setdefault(mentee, []).append((outcome, mentor))
    extra = auxiliaries(rows, outcome, columns, task)
    imputed = impute(
        rows,
        [*columns, *extra],
        m=max(m, 2),
        seed=task.data.seed,
        explained=(outcome, *(extra if in_step else ())),
        products=products,
        curved=in_step,
        progress=progress,
        passive=(lambda frame: task.derived(frame)[[entry.name for entry in straight]]) if straight else None,
    )
    # What only helped to impute must not replace a missing value that the analysis never used.
    restored = [one.assign(**{name: rows[name] for name in extra}) for one in imputed.sets]
    return Imputed(restored, imputed.report, imputed.notes), notes


def _is_scale(column: pd.Series) -> bool:
    """Whether a column is imputed as a number: one with two values is a yes/no."""
    return bool(pd.api.types.is_numeric_dtype(column)) and column.nunique() != 2


def _curved(task: _Task, entry: Similarity, rows: pd.DataFrame, outcome: str) -> Curved | None:
    """An index over numbers as what imputation draws in step with the outcome, a number too; None for any other."""
    names = [f"{role}_{name}" for role in ROLES for name in entry.of]
    if entry.kind in ("match", "gower") or not all(_is_scale(rows[name]) for name in [*names, outcome] if name in rows):
        return None
    against = standards(Paired(rows, pd.DataFrame(), pd.DataFrame()), entry, task.data.codebook_items)
    against.pop("ranges")
    k = len(entry.of)

    def compute(values: np.ndarray) -> np.ndarray:
        return similarity_of_numbers(values[:, :k], values[:, k:], entry.kind, **against)(np.arange(len(values)))

    return Curved(entry.name, tuple(names), compute)


def model_columns(task: _Task, outcome: str) -> list[str]:
    """What the model is made of, similarities resolved to what they are computed from."""
    made = [f"{role}_{name}" for entry in task.entries if entry.kind != "perceived" for name in entry.of for role in ROLES]
    made += [f"{entry.reporter}_{entry.of[0]}" for entry in task.entries if entry.kind == "perceived"]
    if isinstance(task.question, SimilarityQuestion):
        computed = {f"{role}_{entry.name}_level" for entry in task.entries for role in ROLES}
        mains = [name for entry in task.entries for name in main_effects(entry, task.data.analysis) if name not in computed]
        named = [outcome, *mains, *task.question.covariates]
    else:
        named = [outcome, *re.findall(r"\w+", task.question.formula)]
    derived = {entry.name for entry in task.entries}
    return list(dict.fromkeys(name for name in [*named, *made] if name not in derived))


def auxiliaries(rows: pd.DataFrame, outcome: str, columns: list[str], task: _Task) -> list[str]:
    """Numbers that are not in the model but go with its outcome most, the other side's word on it first.

    Scales made of items that are in the model are left out: they say the same again.
    """
    role, _, name = outcome.partition("_")
    other = f"{'mentor' if role == 'mentee' else 'mentee'}_{name}"
    same = {f"{side}_{scale.name}" for scale in task.data.scales for side in ROLES
            if any(f"{side}_{item}" in columns for item in scale.items)}  # fmt: skip
    inside = {f"{side}_{item}" for scale in task.data.scales for side in ROLES for item in scale.items}
    waves = rows["wave"].nunique()
    usable = [
        column for column in rows
        if column.startswith(("mentor_", "mentee_")) and column not in columns and column not in same and column not in inside
        and not column.endswith("_level") and pd.api.types.is_numeric_dtype(rows[column]) and rows[column].nunique() > 1
        and rows.loc[rows[column].notna(), "wave"].nunique() == waves
    ]  # fmt: skip
    strength = rows[usable].corrwith(rows[outcome]).abs().fillna(0.0)
    ranked = sorted(usable, key=lambda column: (column != other, -strength[column], column))
    return ranked[:AUXILIARIES]


def _tipping_point(task: _Task, outcome: str, imputed: Imputed, fits: list[LinearMixedModelFit], terms: list[str]) -> pd.DataFrame:
    """Shift imputed outcomes by δ standard deviations, both ways, until the conclusion changes.

    The conclusion is which side of zero the 95 % interval lies on, or that it holds zero. Standard errors are scaled and degrees of
    freedom taken as they are without shift (Kenward–Roger changes little with the outcome).
    """
    original = task.data.analysis
    spread = float(original[outcome].std())
    known = original.set_index(["dyad", "wave"])[outcome]
    shifts = []
    for one, fit in zip(imputed.sets, fits, strict=True):
        # The same plan on a moved outcome keeps the same rows, so the difference says which rows hold an imputed outcome.
        moved = one.assign(
            **{outcome: one[outcome] + spread * known.reindex(pd.MultiIndex.from_frame(one[["dyad", "wave"]])).isna().to_numpy()}
        )
        rows = task.plan(task.derived(moved)).rows
        shifts.append(rows[outcome].to_numpy(dtype=float)[fit.design.rows] - fit.design.y)
    found = []
    if not any(np.abs(shift).max() > 0 for shift in shifts):
        return TIPPING_POINT.frame([
            {"question": task.question.name, "term": term, "delta": 0.0, "note": "no outcome is imputed, so there is none to shift"} for term in terms
        ])  # fmt: skip
    at = [fits[0].terms.index(term) for term in terms]
    tables = [fit.inference(fit.method) for fit in fits]
    df = np.mean([table["df"].to_numpy()[at] for table in tables], axis=0)
    scale = [(table["se"].to_numpy() / np.sqrt(np.diag(fit.vcov)))[at] for table, fit in zip(tables, fits, strict=True)]

    def shifted(delta: float) -> pd.DataFrame:
        again = [fit.refit(fit.design.y + delta * shift) if delta else fit for fit, shift in zip(fits, shifts, strict=True)]
        estimates = np.array([fit.coefficients[at] for fit in again])
        errors = np.array([np.sqrt(np.diag(fit.vcov))[at] * factor for fit, factor in zip(again, scale, strict=True)])
        table = rubin(estimates, errors**2, df).assign(question=task.question.name, term=terms, delta=delta)
        return table.assign(side=np.sign(table["ci_low"]) + np.sign(table["ci_high"]))

    base = shifted(0.0)
    found.append(base.assign(same=True))
    for sign in (-1, 1):
        for size in SHIFTS:
            table = shifted(sign * size)
            found.append(table.assign(same=(table["side"] == base["side"]).to_numpy()))
            if not found[-1]["same"].any():
                break
    every = pd.concat(found, ignore_index=True).sort_values(["term", "delta"], kind="stable")
    return TIPPING_POINT.frame(every.assign(note=None)[TIPPING_POINT.names])
