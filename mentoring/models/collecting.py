"""All questions together: p values corrected within families, and an answer to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mentoring.models.kinds import kind_of
from mentoring.models.multiplicity import adjust_by_family
from mentoring.models.verdicts import certainty
from mentoring.models.words import Words
from mentoring.settings import QuestionBase
from mentoring.tables import EXCLUSIONS, FIXED_EFFECTS, VERDICTS

# Answers that rest on the direction of a term.
POINTED = ("positive", "negative", "helpful", "gap shown")
# ASSUME: an answer that is another one without a few sheets that look careless is one word less certain.
LESS = {"clear": "moderate", "moderate": "low"}


def adjusted(fixed_effects: pd.DataFrame, questions: Sequence[QuestionBase]) -> pd.DataFrame:
    """Table `fixed_effects` with `p_adjusted` filled for the terms the questions are about."""
    family = {
        (question.name, term): question.family
        for question in questions for term, _ in kind_of(question).focus(question, fixed_effects)
    }
    families = pd.Series([family.get(key, "") for key in zip(fixed_effects["question"], fixed_effects["term"])], index=fixed_effects.index)
    return FIXED_EFFECTS.frame(fixed_effects.assign(p_adjusted=adjust_by_family(fixed_effects["p"], families)))


def set_aside(fits: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table `exclusions`: how many rows each question could not use, or all of them and why."""
    rows = []
    for row in fits.itertuples():
        why = str(row.note) if isinstance(row.note, str) and row.note.startswith("not estimated") else ""
        reason = why or "rows it could not use: a value missing, or set aside as its note in fits.csv says"
        if why or (pd.notna(row.dropped) and row.dropped > 0):
            rows.append({"step": f"question {row.question}", "reason": reason, "rows": row.dropped})
    return EXCLUSIONS.frame(rows)


def verdicts(tables: Mapping[str, pd.DataFrame], questions: Sequence[QuestionBase], words: Words) -> pd.DataFrame:
    """Table `verdicts`: one answer per question.

    Parameters
    ----------
    tables : dict of DataFrame
        All tables of `mentoring.tables.PER_QUESTION` by name; `fixed_effects` from `adjusted`; and `invariance` and `without_careless`, if there
        are. `influence`, `second_opinion`, `invariance` and `without_careless` can only make an answer less certain.
    questions : sequence of questions
    words : Words
    """
    rows = []
    for question in questions:
        own = {name: table[table["question"] == question.name] if "question" in table else table for name, table in tables.items()}
        judged = kind_of(question).judge(question, own, words)
        warnings = [*judged.warnings, *_warnings(question, judged.code, judged.terms, own, words)]
        word, said = certainty(judged.code, judged.df, warnings, judged.doubt), judged.sentence
        if "without_careless" in own and turns(own["without_careless"]) and word in LESS:
            word, said = LESS[word], f"{said} Without the answer sheets that look careless, the answer is another one."
        rows.append({"question": question.name, "verdict": judged.code, "certainty": word, "sentence": said})
    return VERDICTS.frame(rows)


def turns(without: pd.DataFrame) -> bool:
    """Whether a question has another answer without the sheets that look careless (rows of table `without_careless` of that question)."""
    again = without[without["verdict"].notna() & without["full_verdict"].notna()]
    return bool((again["verdict"] != again["full_verdict"]).any())


def is_single_source(question: QuestionBase, words: Words) -> bool:
    """Whether the person whose answer is the outcome also gave what it is related to."""
    return kind_of(question).single_source(question, words)


def _warnings(question: QuestionBase, code: str, terms: Sequence[str], own: Mapping[str, pd.DataFrame], words: Words) -> list[str]:
    """Why an answer is less than clear, in plain words; what holds for every kind."""
    found = []
    tried = own["influence"][own["influence"]["term"].isin(terms)]
    if code in POINTED and tried.empty:
        found.append("it was not tried without single mentors or programmes")
    # An estimate that is practically zero changes its sign easily; that says nothing against it.
    if code in POINTED and tried["changes_sign"].fillna(False).any():
        found.append("leaving out a single mentor or programme turns the estimate's direction round")
    if (~own["second_opinion"]["agrees"].dropna().astype(bool)).any():
        found.append("independent software comes to another estimate")
    if is_single_source(question, words):
        found.append("the same person reported the similarity and the outcome (single source)")
    return found
