"""Every question answered again without the answer sheets that look careless: beside the answer from all sheets, never instead of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from mentoring.dyads import add_similarity, pair_dyads
from mentoring.errors import StudyError
from mentoring.measure import keyed_answers
from mentoring.measure.careless import without_sheets
from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.kinds import Answered, StudyData, kind_of
from mentoring.models.questions import answer_question, tables_of
from mentoring.models.words import Words
from mentoring.settings import QuestionBase
from mentoring.tables import PER_QUESTION, WITHOUT_CARELESS

# Kinds whose answer rests on several models, each with resampling of its own: twice the time of all others together.
NOT_DONE = ("actor_partner", "reciprocity", "influence")
NUMBERS = ("estimate", "se", "df", "p", "p_adjusted", "ci_low", "ci_high")
Tables = Mapping[str, pd.DataFrame]


def careful_analysis(data: StudyData, responses: pd.DataFrame, scores: pd.DataFrame, sheets: pd.DataFrame) -> pd.DataFrame:
    """Table `analysis` as it would be had the flagged sheets not been handed in: paired, and similarities computed, anew.

    Parameters
    ----------
    data : StudyData
    responses, scores : DataFrame
        The tables of those names.
    sheets : DataFrame
        From `careless_sheets`.
    """
    keyed = without_sheets(keyed_answers(responses, data.codebook_items), sheets)
    paired = pair_dyads(data.dyads, data.people, keyed, without_sheets(scores, sheets), data.codebook_items, data.scales)
    return add_similarity(paired, data.similarity, data.codebook_items)


def without_careless(
    questions: Sequence[QuestionBase],
    data: StudyData,
    tables: Tables,
    careful: Callable[[], pd.DataFrame] | None,
    progress: Callable[[str], None] = lambda name: None,
) -> pd.DataFrame:
    """Table `without_careless`: the terms each question is about and its verdict, with and without the flagged sheets.

    p values are corrected, and verdicts judged, as those of all sheets are, each question that was not answered again standing as it is.

    Parameters
    ----------
    questions : sequence of questions
    data : StudyData
        With all sheets.
    tables : dict of DataFrame
        The tables of all sheets over all questions, `verdicts` among them.
    careful : callable or None
        Gives the analysis table without the flagged sheets; None when no sheet is flagged.
    progress : callable
        Called with each question's name before it is answered again.
    """
    if careful is None:
        return _rows(
            questions, tables, {}, dict.fromkeys((one.name for one in questions), "no answer sheet looks careless, so nothing would change")
        )
    try:
        again = replace(data, analysis=careful())
    except StudyError as error:
        return _rows(questions, tables, {}, dict.fromkeys((one.name for one in questions), f"not estimated: {_told(error)}"))
    found, why = {}, {}
    for question in questions:
        if question.kind in NOT_DONE:
            why[question.name] = "not done for this kind of question, whose answer rests on several models"
            continue
        progress(question.name)
        try:
            answered = answer_question(question, again)
        except StudyError as error:
            why[question.name] = f"not estimated: {_told(error)}"
            continue
        problem = _problem(answered)
        if problem:
            why[question.name] = problem
        else:
            found[question.name] = tables_of(answered)
    return _judged(questions, data, tables, found, why)


def _told(error: StudyError) -> str:
    return "; ".join(problem.found for problem in error.problems)


def _problem(answered: Answered) -> str:
    if answered.plan is not None and (answered.fitted is None or answered.fitted.fit is None):
        return f"not estimated: {answered.fitted.problem if answered.fitted and answered.fitted.problem else 'no model could be fitted'}"
    return ""


def _judged(
    questions: Sequence[QuestionBase], data: StudyData, tables: Tables, found: Mapping[str, Tables], why: dict[str, str]
) -> pd.DataFrame:
    """The branch's own tables: questions answered again with their new rows, all others with their old ones."""
    branch = {
        table.name: table.frame(_together(
            [tables[table.name][~tables[table.name]["question"].isin(list(found))], *(own[table.name] for own in found.values())]
        ))
        for table in PER_QUESTION
    }  # fmt: skip
    branch["fixed_effects"] = adjusted(branch["fixed_effects"], questions)
    # What is no question's own stays as it is.
    shared = {"invariance": tables["invariance"]} if "invariance" in tables else {}
    words = Words.of(data.scales, data.similarity, data.smallest)
    judged = verdicts(branch | shared, [one for one in questions if one.name in found], words)
    return _rows(questions, tables, branch | {"verdicts": judged}, why)


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _rows(questions: Sequence[QuestionBase], tables: Tables, branch: Tables, why: Mapping[str, str]) -> pd.DataFrame:
    """One row per term a question is about; one without a term where it has none."""
    rows: list[dict[str, object]] = []
    for question in questions:
        full, code = _effects(tables, question), _verdict(tables, question.name)
        terms: list[str | None] = [term for term, _ in kind_of(question).focus(question, tables["fixed_effects"])] or [None]
        own = _effects(branch, question) if question.name not in why else full.iloc[:0]
        for term in terms:
            row: dict[str, object] = {"question": question.name, "term": term, "full_verdict": code, "full_rows": _size(tables, question.name),
                                      "note": why.get(question.name)}  # fmt: skip
            if term in full.index:
                row |= {"full_estimate": full.loc[term, "estimate"], "full_se": full.loc[term, "se"]}
            if question.name not in why:
                row |= {"verdict": _verdict(branch, question.name), "rows": _size(branch, question.name)}
                if term in own.index:
                    row |= {name: own.loc[term, name] for name in NUMBERS}
                    row["change"] = (own.loc[term, "estimate"] - row["full_estimate"]) / row["full_se"] if "full_se" in row else None  # type: ignore[operator]
                elif term is not None:
                    row["note"] = "the term cannot be estimated without these sheets"
            rows.append(row)
    return WITHOUT_CARELESS.frame(rows)


def _effects(tables: Tables, question: QuestionBase) -> pd.DataFrame:
    table = tables["fixed_effects"]
    return table[table["question"] == question.name].drop_duplicates("term").set_index("term")


def _verdict(tables: Tables, name: str) -> str | None:
    own = tables["verdicts"].loc[tables["verdicts"]["question"] == name, "verdict"]
    return own.iloc[0] if len(own) else None


def _size(tables: Tables, name: str) -> object:
    own = tables["fits"].loc[tables["fits"]["question"] == name, "n_obs"]
    return own.iloc[0] if len(own) else None
