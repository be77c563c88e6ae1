"""One question with everything that is known of its answer, gathered from the tables once and used by figures and words alike."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mentoring.dyads.similarity import DISTANCES
from mentoring.models.kinds import kind_of
from mentoring.models.outcomes import distribution_of
from mentoring.report import disclosure
from mentoring.report.inputs import Results
from mentoring.report.names import Names, lower_first
from mentoring.report.numbers import is_missing
from mentoring.settings import ModelQuestion, QuestionBase, SimilarityQuestion
from mentoring.settings.questions import ENDED


@dataclass(frozen=True)
class Answer:
    """A question and its rows in the result tables.

    Attributes
    ----------
    question : QuestionBase
    verdict, certainty, sentence : str
        From `verdicts`; “not estimated” when there is none.
    effects : DataFrame
        Its rows of `fixed_effects` that may be shown, with `label`, `focus`, `level`, `turned` (high values mean
        unlike) and the standardised interval `std_low`, `std_high`.
    fit : dict
        Its row of `fits` (empty when there is none).
    withheld : list of str
        Labels of terms that rest on too few people to be shown.
    outcome : str
        Column of the analysis table.
    outcome_label : str
        What it is called.
    wording : str
        How the codebook puts it, where it is a single item.
    """

    question: QuestionBase
    verdict: str
    certainty: str
    sentence: str
    effects: pd.DataFrame
    fit: dict[str, object]
    withheld: list[str]
    outcome: str
    outcome_label: str
    wording: str = ""

    @property
    def focus(self) -> pd.DataFrame:
        """The rows the question is about."""
        return self.effects[self.effects["focus"]]

    @property
    def towards_alike(self) -> pd.DataFrame:
        """The focus rows with distances turned round, so that right always means: more alike, higher outcome."""
        rows = self.focus.copy()
        turned = rows["turned"].to_numpy(bool)
        for value, low, high in (("estimate", "ci_low", "ci_high"), ("std_estimate", "std_low", "std_high")):
            rows.loc[turned, [value, low, high]] = -rows.loc[turned, [value, high, low]].to_numpy(float)
        rows.loc[turned, "label"] = [f"{label} (turned round)" for label in rows.loc[turned, "label"]]
        return rows

    @property
    def estimated(self) -> bool:
        """Whether there is any number to show."""
        return self.verdict != "not estimated"

    def size(self, what: str) -> int | None:
        """`obs`, `mentors`, `mentees`, `dyads` or `programs` of the fit."""
        value = self.fit.get(f"n_{what}")
        return None if is_missing(value) else int(value)  # type: ignore[call-overload]


def gather(results: Results, names: Names) -> list[Answer]:
    """All questions in the config's order."""
    return [_answer(question, results, names) for question in results.study.questions]


def base_name(term: str) -> str:
    """The similarity or column a term is about."""
    return term.split("[")[0].removesuffix("_within").removesuffix("_between")


def level_of(term: str) -> str:
    """Whether a term lies within a mentor's mentees, between mentors, or is both in one."""
    if term.endswith("_within"):
        return "within mentor"
    return "between mentors" if term.endswith("_between") else "all"


def _wanted(question: QuestionBase, fixed_effects: pd.DataFrame) -> list[str]:
    """Terms the question is about, and for similarities every part they enter in."""
    if isinstance(question, SimilarityQuestion):
        return list(question.similarity)
    if isinstance(question, ModelQuestion):
        return [term.strip() for term in question.focus]
    return [term for term, _ in kind_of(question).focus(question, fixed_effects)]


def _is_focus(term: str, wanted: list[str]) -> bool:
    return term in wanted or base_name(term) in wanted or term.split("[")[0] in wanted


def _answer(question: QuestionBase, results: Results, names: Names) -> Answer:
    effects = results["fixed_effects"]
    effects = effects[effects["question"] == question.name].copy()
    wanted = _wanted(question, effects)
    distances = {entry.name for entry in results.study.similarity if entry.kind in DISTANCES}
    effects["label"] = [names.term(term) for term in effects["term"]]
    effects["turned"] = [base_name(term) in distances for term in effects["term"]]
    effects["focus"] = pd.Series([_is_focus(term, wanted) for term in effects["term"]], index=effects.index, dtype=bool)
    effects["level"] = [level_of(term) for term in effects["term"]]
    # The standardised estimate is the estimate times a constant, so its interval is the interval times the same constant.
    factor = (effects["std_estimate"] / effects["estimate"]).where(effects["estimate"] != 0)
    effects["std_low"], effects["std_high"] = effects["ci_low"] * factor, effects["ci_high"] * factor
    small = pd.Series(
        [_few_people(term, results["analysis"], results.smallest) for term in effects["term"]], index=effects.index, dtype=bool
    )
    fits = results["fits"]
    fit = fits[fits["question"] == question.name].to_dict("records")
    verdicts = results["verdicts"]
    verdict = verdicts[verdicts["question"] == question.name].to_dict("records")
    said = verdict[0] if verdict else {"verdict": "not estimated", "certainty": "none", "sentence": "This question has not been answered."}
    return Answer(
        question,
        said["verdict"],
        said["certainty"],
        said["sentence"],
        effects[~small].reset_index(drop=True),
        fit[0] if fit else {},
        list(effects.loc[small, "label"]),
        question.outcome_column,
        _outcome_label(question, names),
        names.wording(question.outcome_column),
    )


def _outcome_label(question: QuestionBase, names: Names) -> str:
    """What the outcome is called; for yes/no, what share it is."""
    column = question.outcome_column
    if column == ENDED:
        return "Share of relationships that ended"
    label = names.outcome(column, getattr(question, "reporter", None))
    if distribution_of(question) == "binary":
        return f"Share of “{getattr(question, 'event', '') or 'yes'}” ({lower_first(label)})"
    return label


def _few_people(term: str, analysis: pd.DataFrame, smallest: int) -> bool:
    """Whether a group's coefficient rests on fewer people than may be shown."""
    if "[" not in term or ":" in term:
        return False
    name, level = term.split("[", 1)
    column, value = name.removeprefix("C(").removesuffix(")"), level.removesuffix("]").removeprefix("T.")
    # Everybody is in the same waves, so a wave's coefficient says nothing of a group of people.
    if column == "wave" or column not in analysis or not len(analysis):
        return False
    held = analysis[
        analysis[column].astype("object").map(lambda cell: not is_missing(cell) and value in (str(cell), str(cell).removesuffix(".0")))
    ]
    return not disclosure.enough(held["mentor"].nunique(), held["mentee"].nunique(), smallest)
