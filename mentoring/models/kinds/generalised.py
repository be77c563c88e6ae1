"""Questions about a yes/no or an ordered outcome: the same plan as for a number, another model, and another way to say what came out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.generalised import marginal, mixed
from mentoring.models.generalised.mixed import MOST_GROUPS, MixedFit
from mentoring.models.generalised.prepare import Prepared, prepare
from mentoring.models.kinds import generalised_rows as rows_of
from mentoring.models.kinds.by_terms import judge_terms
from mentoring.models.kinds.generalised_checks import FEWEST_CLUSTERS, MOST_LEFT_OUT, by_cut, influence, second_opinion
from mentoring.models.kinds.generalised_rows import Model
from mentoring.models.kinds.kind import Answered, Judgement, Tables
from mentoring.models.outcomes import distribution_of
from mentoring.models.plan import ModelPlan
from mentoring.models.words import Words
from mentoring.settings import QuestionBase
from mentoring.settings.questions import ENDED
from mentoring.tables import EFFECT_LINES, FITS, FIXED_EFFECTS, QUANTITIES, ROLES, VARIANCE_COMPONENTS

# Random intercepts that spread this far (log-odds) put nearly every group at 0 or 100 %.
MOST_SD = 10.0
# CR2 takes the root of a matrix of this size; a cluster as large would leave too few others anyway.
MOST_IN_A_CLUSTER = 3000
NOT_DONE = "missing values are not imputed for an outcome that is yes/no or a rating"


def answer_generalised(question: QuestionBase, plan: ModelPlan, seed: int) -> Answered:
    """Answer a planned question whose `distribution` is `binary` or `ordered`.

    The marginal model answers (its standard errors hold for few mentors whatever the correlation, see `docs/methods/binary-and-ordered.md`); the mixed model stands
    beside it in `variance_components` and `quantities`.
    """
    random = f" + {plan.structure.terms}" if plan.structure.random else ""
    formula = plan.fixed + random
    try:
        if plan.problem:
            return Answered(None, None, _nothing(plan, plan.problem))
        rows = plan.rows.dropna(subset=["mentor", "mentee"]).reset_index(drop=True)
        plan = replace(plan, rows=rows, dropped=plan.dropped + len(plan.rows) - len(rows))
        known = rows[plan.outcome].dropna() if plan.outcome in rows else pd.Series(dtype=float)
        if known.nunique() < 2:
            return Answered(None, None, _nothing(plan, "the outcome is the same in every complete row"))
        data = prepare(formula, rows, plan.outcome)
    except StudyError as error:
        return Answered(None, None, _nothing(plan, "; ".join(f"{problem.place}: {problem.found}" for problem in error.problems)))
    count = len(np.unique(data.cluster))
    if count < FEWEST_CLUSTERS:
        return Answered(
            None,
            None,
            _nothing(plan, f"mentors form only {count} groups that share no mentee; standard errors need at least {FEWEST_CLUSTERS}"),
        )
    largest = int(np.bincount(data.cluster).max())
    if largest * (len(data.codes) - 1) > MOST_IN_A_CLUSTER:
        return Answered(
            None, None, _nothing(plan, f"mentees tie mentors into a cluster of {largest} rows, and clusters must be many and small")
        )
    fit = marginal(data.X, data.y, data.cluster)
    if not fit.converged:
        return Answered(None, None, _nothing(plan, "the search for the estimates did not settle"))
    if fit.decided:
        return Answered(
            None,
            None,
            _nothing(plan, "the predictors all but decide some answers (fitted shares of 0 or 100 %), so no finite number can be trusted"),
        )
    beside, why = _beside(data)
    model = Model(plan, distribution_of(question), data, fit, beside, why, formula)
    return Answered(None, None, {
        "fixed_effects": rows_of.fixed_effects(model), "variance_components": rows_of.variance_components(model), "fits": rows_of.fits(model, _notes(model)),
        "effect_lines": rows_of.effect_lines(model), "quantities": QUANTITIES.frame(pd.concat([rows_of.quantities(model), by_cut(model)], ignore_index=True)), "influence": influence(model, seed), "second_opinion": second_opinion(model),
    })  # fmt: skip


def _nothing(plan: ModelPlan, why: str) -> dict[str, pd.DataFrame]:
    base = {"question": plan.question, "outcome": plan.outcome, "reporter": plan.reporter}
    return {
        "fixed_effects": FIXED_EFFECTS.frame([{**base, "term": focus.term, "method": "not estimated"} for focus in plan.focus]),
        "variance_components": VARIANCE_COMPONENTS.frame([]), "effect_lines": EFFECT_LINES.frame([]), "quantities": QUANTITIES.frame([]),
        "fits": FITS.frame([{"question": plan.question, "dropped": plan.dropped, "note": "; ".join([f"not estimated: {why}", *plan.notes])}]),
    }  # fmt: skip


def _beside(data: Prepared) -> tuple[MixedFit | None, str]:
    """The mixed model, or why there is none."""
    if not data.groups:
        return None, "no grouping has several rows in some of its groups, so there is no random part"
    groups = list(data.groups.values())
    if sum(int(codes.max()) + 1 for codes in groups) > MOST_GROUPS:
        return None, f"more than {MOST_GROUPS} groups"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = mixed(data.X, data.y, groups)
        except np.linalg.LinAlgError:
            return None, "the search for its estimates broke down"
    if fit.sd.max() > MOST_SD:
        return None, "answers hardly ever differ within the groups of a random intercept, so that its variance has no finite estimate"
    return (fit, "") if fit.converged else (None, "the search for its estimates did not settle")


def _notes(model: Model) -> list[str]:
    plan, fit = model.plan, model.mixed
    notes = [*plan.notes, *model.data.notes, NOT_DONE]
    notes += [f"{term} has no estimate: {why}" for term, why in model.data.lost.items()]
    if any(name == "program" for name in model.data.groups):
        notes.append(
            "answers from different mentors of one programme are taken to be independent in the standard errors (the mixed model has the programmes)"
        )
    if fit is None:
        notes.append(f"there is no mixed model beside it: {model.why}")
    else:
        if fit.singular:
            notes.append("singular: a random intercept of the mixed model has no variance that can be told from zero")
    if len(np.unique(model.data.cluster)) > MOST_LEFT_OUT:
        notes.append(f"single mentors were not left out: there are more than {MOST_LEFT_OUT}")
    return notes


def judge_generalised(question: QuestionBase, tables: Tables, words: Words, focus: Sequence[tuple[str, str]]) -> Judgement:
    """The answer by terms, in standard deviations of the outcome behind yes/no or the rating, and in relationships of 100."""
    # Log-odds have no unit a reader knows.
    judged = judge_terms(question.model_copy(update={"unit": ""}), tables, words, focus, outcome_words(question, words))
    spoken = [text for term, name in focus if (text := of_hundred(question, tables, words, term, name))]
    return replace(judged, sentence=" ".join([judged.sentence, *spoken]))


def outcome_words(question: QuestionBase, words: Words) -> str:
    """What is higher or lower."""
    if question.outcome_column == ENDED:
        return "odds that the relationship ended"
    if distribution_of(question) == "ordered":
        role, _, item = question.outcome_column.partition("_")
        return f"answers on “{item.replace('_', ' ')}” ({role}s)" if role in ROLES else f"answers on “{question.outcome_column.replace('_', ' ')}”"
    event = str(getattr(question, "event", "")) or "yes"
    return f"odds of “{event}” ({words.column(question.outcome_column)})"


def happened(question: QuestionBase, cut: str) -> str:
    """What of 100 relationships a number did."""
    if question.outcome_column == ENDED:
        return "ended"
    return f"had “{str(getattr(question, 'event', '')) or 'yes'}”" if distribution_of(question) == "binary" else f"had an answer of {cut}"


def of_hundred(question: QuestionBase, tables: Tables, words: Words, term: str, name: str) -> str:
    """“Of 100 relationships little alike, about 22 ended; of 100 much alike, about 11.”"""
    own = tables["quantities"]
    share = own[(own["topic"] == "shares") & ~own["quantity"].str.startswith("answer", na=False)].set_index("of")
    points = own[(own["topic"] == "percentage points") & (own["of"] == term) & (own["quantity"] == "difference between low and high")]
    if not {f"{term}: {rows_of.LOW}", f"{term}: {rows_of.HIGH}"} <= set(share.index) or points.empty:
        return ""
    about = words.about(term, name)
    entry = words.similarity.get(name)
    match = entry is not None and entry.kind == "match"
    turned = about.sign < 0
    first, second = (rows_of.HIGH, rows_of.LOW) if turned else (rows_of.LOW, rows_of.HIGH)
    sides = (
        ("where the two differ", "where they match") if match else ("little alike", "much alike") if entry else ("low on it", "high on it")
    )
    low, high = (share.loc[f"{term}: {end}"] for end in (first, second))
    did = happened(question, str(low["quantity"]))
    row = points.iloc[0]
    sign = -1 if turned else 1
    interval = sorted((sign * row["ci_low"], sign * row["ci_high"]))
    points = "point" if abs(round(row["estimate"])) == 1 else "points"
    known = f", 95 % interval {_whole(interval[0])} to {_whole(interval[1])}" if np.isfinite(interval).all() else ""
    return (
        f"In terms of 100 relationships ({about.label}): of those {sides[0]} about {100 * low['estimate']:.0f} {did}, of those {sides[1]} about "
        f"{100 * high['estimate']:.0f} (difference {_whole(sign * row['estimate'])} percentage {points}{known})."
    )


def _whole(value: float) -> str:
    """A whole number with a proper minus sign and never a negative zero."""
    return f"{round(value) + 0:d}".replace("-", "\N{MINUS SIGN}")
