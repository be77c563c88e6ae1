"""One answer counts once: rows that repeat an outcome are found before a model takes them for independent evidence."""

from __future__ import annotations

import pandas as pd


def each_answer_once(rows: pd.DataFrame, outcome: str, reporter: str) -> tuple[pd.DataFrame, list[str], str]:
    """Leave out rows that repeat an answer that stands elsewhere.

    An outcome asked in one wave stands in the rows of every wave; an outcome about oneself stands in the rows of all of the person's
    relationships. Taken as they stand, one answer would count several times, and its test would reject far too often.

    Parameters
    ----------
    rows : DataFrame
        Complete rows with `dyad`, `wave`, `mentor`, `mentee` and the outcome.
    outcome, reporter : str
        The outcome's column and the role whose answer it is.

    Returns
    -------
    rows, notes, problem
        The rows to use; what was left out, in words; and why the question cannot be answered at all ("" when it can).
    """
    notes = []
    if asked_once(rows, outcome):
        kept = rows.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index()
        notes.append(f"the outcome was asked once, so one row per relationship is used ({len(rows) - len(kept)} repeats left out)")
        rows = kept
    if about_the_person(rows, outcome, reporter):
        if reporter == "mentor":
            return rows, notes, ("the outcome is about the mentor and the same in all of a mentor's relationships, so it cannot differ "
                                 "with how alike the partners are; ask a question of kind model")
        kept = rows.drop_duplicates(["mentee", "wave"])
        notes.append(f"the outcome is about the mentee, so mentees with several mentors count once, with the first "
                     f"({len(rows) - len(kept)} repeats left out)")
        rows = kept
    return rows.reset_index(drop=True), notes, ""


def one_row_each(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """A relationship's first row, for outcomes that are a fact of the relationship; and what was left out, in words."""
    kept = rows.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index()
    note = f"the outcome is a fact of the relationship, so each counts once, as at its first complete wave ({len(rows) - len(kept)} repeats left out)"
    return kept.reset_index(drop=True), note


def asked_once(rows: pd.DataFrame, outcome: str) -> bool:
    """Whether relationships have several rows and the outcome never differs between them."""
    return bool(rows["dyad"].duplicated().any() and (rows.groupby("dyad")[outcome].nunique() <= 1).all())


def about_the_person(rows: pd.DataFrame, outcome: str, reporter: str) -> bool:
    """Whether people have several relationships at one wave and the outcome is always the same in all of them."""
    groups = rows.groupby([reporter, "wave"])[outcome]
    return bool((groups.size() > 1).any() and (groups.nunique() <= 1).all())
