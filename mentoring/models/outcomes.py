"""Outcomes that are not a number on an even scale: yes or no, and single ratings. What fits, and how answers become codes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError, listed
from mentoring.ingest import Ingested
from mentoring.models.lmm.random_terms import split_formula
from mentoring.settings import ModelQuestion, QuestionBase, Scale
from mentoring.settings.questions import ENDED
from mentoring.study import CONFIG
from mentoring.tables import ROLES

YES = ("yes", "true")
MOST_CATEGORIES = 12
# A rating with so few answers is far from a number on an even scale.
FEW_CATEGORIES = 5


def with_ending(analysis: pd.DataFrame, dyads: pd.DataFrame) -> pd.DataFrame:
    """The analysis table with `ended`: 1 where the list of pairs has an end for the relationship, else 0."""
    ends = dyads.set_index("dyad")["end"].notna()
    return analysis.assign(**{ENDED: analysis["dyad"].map(ends).astype("float64")})


def distribution_of(question: QuestionBase) -> str:
    """`normal`, `binary` or `ordered`; kinds that do not ask are `normal`."""
    return str(getattr(question, "distribution", "normal"))


def coded(question: QuestionBase, analysis: pd.DataFrame, dyads: pd.DataFrame) -> pd.DataFrame:
    """The analysis table with the question's outcome as a number: 0 and 1 for `binary`, the codes themselves for `ordered`.

    Raises
    ------
    StudyError
        When the outcome's values do not fit what the question says it is.
    """
    outcome = question.outcome_column
    if outcome == ENDED or (isinstance(question, ModelQuestion) and re.search(rf"\b{ENDED}\b", question.formula)):
        analysis = with_ending(analysis, dyads)
    if distribution_of(question) == "normal" or outcome not in analysis:
        return analysis
    values = analysis[outcome]
    found = value_problems(question, values, f"question “{question.name}”")
    if found:
        raise StudyError(found)
    if distribution_of(question) == "ordered":
        return analysis.assign(**{outcome: values.astype("float64")})
    yes = _yes(question, _seen(values))
    return analysis.assign(**{outcome: np.where(values.isna(), np.nan, (values.map(_spelled) == yes).astype(float))})


def value_problems(question: QuestionBase, values: pd.Series, place: str) -> list[Problem]:
    """What is wrong with the values seen, given what the question says they are.

    Values that are all the same are told where the model is fitted: which rows are complete is known only there.
    """
    seen, kind = _seen(values), distribution_of(question)
    outcome = question.outcome_column
    if kind == "ordered":
        if not pd.api.types.is_numeric_dtype(values):
            return [
                _problem(
                    place,
                    f"the outcome “{outcome}” holds words, whose order is not known",
                    "a single rating item with codes",
                    "distribution: binary",
                )
            ]
        if any(float(value) % 1 for value in seen):
            return [
                _problem(
                    place, f"the outcome “{outcome}” has values between whole codes", "the codes of a single item", "distribution: normal"
                )
            ]
        if len(seen) > MOST_CATEGORIES:
            return [
                _problem(
                    place,
                    f"the outcome “{outcome}” has {len(seen)} different values",
                    f"at most {MOST_CATEGORIES} codes",
                    "distribution: normal",
                )
            ]
    if kind == "binary":
        if len(seen) > 2:
            return [
                _problem(
                    place,
                    f"the outcome “{outcome}” has {len(seen)} different values: {listed(seen[:4])} …",
                    "two, such as no and yes",
                    "distribution: ordered   # or normal",
                )
            ]
        event = str(getattr(question, "event", ""))
        if event and seen and event.casefold() not in [value.casefold() for value in seen]:
            return [
                _problem(
                    place,
                    f"nobody answered “{event}” (seen: {listed(seen)})",
                    "one of the answers as the data call them",
                    f"event: {seen[-1]}",
                    "event",
                )
            ]
        if len(seen) == 2 and not _yes(question, seen):
            return [
                _problem(place, f"it does not say which of {listed(seen)} counts as yes", "one of the two", f"event: {seen[-1]}", "event")
            ]
    return []


def outcome_problems(question: QuestionBase, scales: Sequence[Scale], read: Ingested, place: str) -> list[Problem]:
    """What does not fit between a question's `distribution` and its outcome, as far as config, codebook and answers tell before anything is fitted."""
    kind, outcome = distribution_of(question), question.outcome_column
    if kind == "normal":
        return (
            [
                _problem(
                    place,
                    "it names an `event`, which only a yes/no outcome has",
                    "an outcome that is yes or no",
                    "distribution: binary",
                    "event",
                )
            ]
            if getattr(question, "event", "")
            else []
        )
    found = _formula_problems(question, place) if isinstance(question, ModelQuestion) else []
    if outcome == ENDED:
        if kind == "ordered":
            return [*found, _problem(place, "`ended` is yes or no", "a single rating item", "distribution: binary")]
        ends = int(read.dyads["end"].notna().sum())
        if ends in (0, len(read.dyads)):
            found.append(
                _problem(
                    place,
                    f"{'none' if not ends else 'all'} of the relationships in the list of pairs have an end",
                    "some with and some without",
                    "name another outcome",
                    "outcome",
                )
            )
        return found
    role, _, name = outcome.partition("_")
    if name in {scale.name for scale in scales}:
        return [*found, _problem(place, f"“{name}” is a scale, a mean of several items", "a single item", "distribution: normal")]
    items, answers = read.codebook_items, read.responses
    own = items[(items["item"] == name) & (items["role"] == role)]
    if own.empty:
        return found
    if kind == "ordered" and (own["kind"] != "likert").any():
        return [
            *found,
            _problem(
                place,
                f"“{name}” is a {own['kind'].iloc[0]}, not a rating",
                "a single item of kind likert",
                "distribution: normal   # or binary",
            ),
        ]
    given = answers[(answers["item"] == name) & (answers["role"] == role)]
    if len(given):
        values = given["label"] if own["kind"].iloc[0] == "category" else given["value"]
    else:
        values = read.people.loc[read.people["role"] == role].get(name, pd.Series(dtype=float))
    values = values.dropna()
    if values.nunique() == 1:
        return [
            *found,
            _problem(
                place,
                f"all answers to “{name}” are the same ({_spelled(values.iloc[0])})",
                "an outcome that differs",
                "name another outcome",
                "outcome",
            ),
        ]
    return [*found, *value_problems(question, values, place)]


def _formula_problems(question: ModelQuestion, place: str) -> list[Problem]:
    try:
        response, _, terms = split_formula(question.formula)
    except StudyError:
        return []  # told by the check of formulas
    found = []
    if response != ENDED and not re.fullmatch(rf"({'|'.join(ROLES)})_\w+", response):
        found.append(
            _problem(
                place,
                f"the outcome “{response}” is not a column of one side",
                "mentor_<item> or mentee_<item>, as it stands, or `ended`",
                "",
                "formula",
            )
        )
    for term in terms:
        if term.effects.strip() != "1" or term.members:
            found.append(
                _problem(
                    place,
                    f"the random part of “{term.group}” holds more than an intercept",
                    "random intercepts only, for a yes/no or ordered outcome",
                    f"(1 | {'/'.join(term.columns)})",
                    "formula",
                )
            )
    return found


def coarse(values: pd.Series) -> str:
    """A warning where an outcome with very few values is modelled as a number ("" where it has more)."""
    count = values.nunique()
    if count == 2:
        return "the outcome has two values, and is modelled as a share (a linear probability model); `distribution: binary` models it as yes or no"
    if 2 < count <= FEW_CATEGORIES:
        return f"the outcome has only {count} different values, and is modelled as if they were even steps; `distribution: ordered` does without that"
    return ""


def _seen(values: pd.Series) -> list[str]:
    known = sorted(values.dropna().unique())
    return [_spelled(value) for value in known]


def _spelled(value: object) -> str:
    """A value as the data call it; whole numbers without a decimal point."""
    return f"{value:g}" if isinstance(value, float | int | np.number) and not isinstance(value, bool) else str(value)


def _yes(question: QuestionBase, seen: Sequence[str]) -> str:
    """Which of the values counts as yes ("" when nothing says)."""
    event = str(getattr(question, "event", "")).casefold()
    for value in seen:
        if (event and value.casefold() == event) or (not event and value.casefold() in YES):
            return value
    numbers = all(re.fullmatch(r"-?[\d.]+", value) for value in seen)
    return seen[-1] if seen and numbers and not event else ""


def _problem(place: str, found: str, expected: str, fix: str, key: str = "distribution") -> Problem:
    return Problem(CONFIG, f"{place}.{key}", found, expected, fix)
