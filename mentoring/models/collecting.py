"""All questions together: p values corrected within families, and an answer to each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.models.multiplicity import adjust_by_family
from mentoring.models.verdicts import About, answer_term, certainty, combine, sentence
from mentoring.settings import ModelQuestion, Scale, Similarity, SimilarityQuestion
from mentoring.tables import FIXED_EFFECTS, ROLES, VERDICTS

Question = SimilarityQuestion | ModelQuestion
SAME_MENTOR, MENTORS = "comparing relationships of the same mentor", "comparing mentors"


@dataclass(frozen=True)
class Words:
    """How things are called in sentences."""

    scales: Mapping[str, str]
    similarity: Mapping[str, Similarity]

    @classmethod
    def of(cls, scales: Sequence[Scale], similarity: Sequence[Similarity]) -> Words:
        """From the config's sections."""
        return cls({scale.name: scale.label or scale.name for scale in scales}, {entry.name: entry for entry in similarity})

    def column(self, name: str) -> str:
        """A column of the analysis table in words: ``mentee_quality`` → “relationship quality as mentees report it”."""
        role, _, rest = name.partition("_")
        if role in ROLES and rest in self.scales:
            return f"{in_sentence(self.scales[rest])} as {role}s report it"
        # A single item may be a test score or a fact: nobody's opinion, so only whose it is is said.
        return f"{rest.replace('_', ' ')} of {role}s" if role in ROLES else name.replace("_", " ")

    def about(self, term: str, name: str) -> About:
        """A term a question is about, in words."""
        entry = self.similarity.get(name)
        if entry is None:
            label = self.column(name)
            return About(label, f"Relationships with higher {label}", "per SD (per step, for groups)")
        sign = -1 if entry.kind in DISTANCES else 1
        label = in_sentence(entry.label or entry.name.replace("_", " "))
        step = "between same and different" if entry.kind == "match" else "per SD"
        if term.endswith("_within"):
            return About(label, f"Comparing relationships of the same mentor, those more alike ({label})", step, sign, SAME_MENTOR)
        if term.endswith("_between"):
            return About(label, f"Comparing mentors, those whose relationships were more alike ({label})", step, sign, MENTORS)
        return About(label, f"Relationships that were more alike ({label})", step, sign)


def in_sentence(label: str) -> str:
    """A label as it stands inside a sentence: lower case at the start, unless it is an abbreviation."""
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label


def outcome_column(question: Question) -> str:
    """The analysis column that is the outcome."""
    if isinstance(question, ModelQuestion):
        return question.formula.split("~")[0].strip()
    return f"{question.reporter}_{question.outcome}"


def focus_terms(question: Question, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """The terms a question is about, as (term, similarity or term): within mentors where that exists, else between."""
    if isinstance(question, ModelQuestion):
        return [(term, term) for term in question.focus]
    terms = set(fixed_effects.loc[fixed_effects["question"] == question.name, "term"])
    chosen = []
    for name in question.similarity:
        within, between = f"{name}_within", f"{name}_between"
        chosen.append((within if within in terms or between not in terms else between, name))
    return chosen


def adjusted(fixed_effects: pd.DataFrame, questions: Sequence[Question]) -> pd.DataFrame:
    """Table `fixed_effects` with `p_adjusted` filled for the terms the questions are about."""
    family = {(question.name, term): question.family for question in questions for term, _ in focus_terms(question, fixed_effects)}
    families = pd.Series([family.get(key, "") for key in zip(fixed_effects["question"], fixed_effects["term"])], index=fixed_effects.index)
    return FIXED_EFFECTS.frame(fixed_effects.assign(p_adjusted=adjust_by_family(fixed_effects["p"], families)))


def verdicts(
    fixed_effects: pd.DataFrame, influence: pd.DataFrame, second_opinion: pd.DataFrame, questions: Sequence[Question], words: Words
) -> pd.DataFrame:
    """Table `verdicts`: one answer per question.

    Parameters
    ----------
    fixed_effects : DataFrame
        From `adjusted`.
    influence, second_opinion : DataFrame
        The tables of those names; they can only make an answer less certain.
    """
    rows = []
    indexed = fixed_effects.set_index(["question", "term"])
    for question in questions:
        answers, terms = [], []
        for term, name in focus_terms(question, fixed_effects):
            key = (question.name, term)
            empty = dict.fromkeys(("estimate", "se", "df", "p", "p_adjusted", "std_estimate"), float("nan"))
            row = indexed.loc[key, list(empty)].to_dict() if key in indexed.index else empty
            answers.append(answer_term(row, words.about(term, name), question.sesoi, question.unit))
            terms.append(term)
        code = combine(answers)
        decisive = [term for term, answer in zip(terms, answers) if answer.code == code]
        rows.append({
            "question": question.name, "verdict": code,
            "certainty": certainty(code, answers, warnings_of(question, code, decisive, influence, second_opinion, words)),
            "sentence": sentence(answers, words.column(outcome_column(question)), question.sesoi),
        })
    return VERDICTS.frame(rows)


def is_single_source(question: Question, words: Words) -> bool:
    """Whether the person whose answer is the outcome also gave what it is related to."""
    if isinstance(question, SimilarityQuestion):
        entries = [words.similarity[name] for name in question.similarity]
        return any(entry.kind == "perceived" and entry.reporter == question.reporter for entry in entries)
    role = outcome_column(question).partition("_")[0]
    named = [word for term in question.focus for word in re.findall(r"\w+", term)]
    felt = [words.similarity[name] for name in named if name in words.similarity]
    return role in ROLES and (
        any(entry.kind == "perceived" and entry.reporter == role for entry in felt)
        or any(name.removeprefix(f"{role}_") in words.scales for name in named if name.startswith(f"{role}_"))
    )


def warnings_of(question: Question, code: str, terms: Sequence[str], influence: pd.DataFrame, second_opinion: pd.DataFrame, words: Words) -> list[str]:
    """Why an answer is less than clear, in plain words."""
    found = []
    own = influence[(influence["question"] == question.name) & influence["term"].isin(terms)]
    if code in ("positive", "negative") and own.empty:
        found.append("it was not tried without single mentors or programmes")
    # An estimate that is practically zero changes its sign easily; that says nothing against it.
    if code in ("positive", "negative") and own["changes_sign"].fillna(False).any():
        found.append("leaving out a single mentor or programme turns the estimate's direction round")
    opinions = second_opinion[second_opinion["question"] == question.name]
    if (~opinions["agrees"].dropna().astype(bool)).any():
        found.append("independent software comes to another estimate")
    if is_single_source(question, words):
        found.append("the same person reported the similarity and the outcome (single source)")
    return found
