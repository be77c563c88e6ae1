"""The pairing list: who mentors whom, one row per relationship."""

from __future__ import annotations

import re

import pandas as pd

from mentoring.errors import Problems, listed
from mentoring.ingest.flow import Flow
from mentoring.ingest.ids import Ids, id_keys
from mentoring.ingest.raw import RawTable, check_one_spelling, listed_rows, tidy_word
from mentoring.settings import Pairs

FACTS = ("program", "form", "start", "end")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?")


def read_pairs(raw: RawTable, settings: Pairs, ids: Ids, flow: Flow, problems: Problems) -> pd.DataFrame:
    """Relationships with their keys and facts; ids are taken up in `ids`.

    Rules: a row with a blank id and a person paired with themselves are left out and counted. A pair given several times is one
    relationship if the rows agree (a blank agrees with anything); if they contradict each other it is an error.

    Returns
    -------
    DataFrame
        `mentor`, `mentee` (keys), `program`, `form`, `start`, `end`.
    """
    keys = pd.DataFrame({"mentor": id_keys(raw.cells[settings.mentor]), "mentee": id_keys(raw.cells[settings.mentee])})
    for fact in FACTS:
        column = getattr(settings, fact)
        keys[fact] = raw.column(column) if column else pd.Series(None, index=keys.index, dtype="str")
        if column and fact in ("start", "end"):
            keys[fact] = _dates(keys[fact], column, raw.file, problems)
    flow.add("pairs", "read", len(keys))
    blank = keys["mentor"].isna() | keys["mentee"].isna()
    flow.add("pairs", "mentor or mentee is blank", int(blank.sum()))
    own = (keys["mentor"] == keys["mentee"]) & ~blank
    flow.add("pairs", "a person paired with themselves", int(own.sum()), keys.loc[own, "mentor"].nunique())
    keys = keys[~blank & ~own]
    if keys.empty:
        problems.add("", "it names no pair", expected="at least one row with a mentor's and a mentee's id", file=raw.file)
    for role, column in (("mentor", settings.mentor), ("mentee", settings.mentee)):
        ids.add(keys[role], raw.cells.loc[keys.index, column], role)
        flow.add("pairs", f"{role} ids spelled in another way (repaired)", ids.repaired(keys[role], raw.cells.loc[keys.index, column]))
    both = [key for key, roles in ids.roles.items() if len(roles) == 2]
    # ASSUME: one id is one person, whatever the role (peers); mentors and mentees numbered separately need a letter before the number.
    flow.add("pairs", "people who are mentor in one pair and mentee in another (kept)", None, len(both))
    for fact in ("program", "form"):
        check_one_spelling(keys[fact], f"column {getattr(settings, fact)}", "in this file", raw.file, problems)
    dyads = _one_row_each(keys, raw.file, flow, problems)
    # A list may have one of the two dates and not the other, whose column is then empty text.
    late = (pd.to_datetime(dyads["start"]) > pd.to_datetime(dyads["end"])).fillna(False)
    if late.any():
        problems.add(listed_rows(keys.index[keys.set_index(["mentor", "mentee"]).index.isin(dyads[late].set_index(["mentor", "mentee"]).index)]),
                     "the end is before the start", expected="start ≤ end", file=raw.file)
    flow.add("pairs", "relationships", None, len(ids.roles), len(dyads))
    return dyads


def _dates(cells: pd.Series, column: str, file: str, problems: Problems) -> pd.Series:
    """Dates as datetimes; what is no date is noted."""
    def day(word: str) -> str:
        match = _DATE.fullmatch(word)
        return match.group(1) if match else word

    days = cells.map(day, na_action="ignore")
    dates = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    # Databases write 9999-12-31 for “no end”, which would count as an end.
    strange = dates.notna() & ~dates.dt.year.between(1900, 2100)
    if strange.any():
        problems.add(f"{listed_rows(cells.index[strange])}, column {column}", f"no likely date: {listed(f'“{word}”' for word in cells[strange].unique()[:3])}",
                     expected="a date from 1900 to 2100", fix="leave it blank while the relationship lasts, or where the date is not known", file=file)
    wrong = days.notna() & dates.isna()
    if wrong.any():
        shown = ", ".join(f"“{tidy_word(word)[:20]}”" for word in cells[wrong].unique()[:3])
        problems.add(f"{listed_rows(cells.index[wrong])}, column {column}", f"not a date: {shown}", expected="YYYY-MM-DD",
                     fix="2025-09-01", file=file)
    return dates


def _one_row_each(keys: pd.DataFrame, file: str, flow: Flow, problems: Problems) -> pd.DataFrame:
    grouped = keys.groupby(["mentor", "mentee"], sort=False)
    dyads = grouped[list(FACTS)].first().reset_index()
    flow.add("pairs", "rows that only repeat a pair", len(keys) - len(dyads), None, int((grouped.size() > 1).sum()))
    for fact in FACTS:
        # nunique leaves blanks out, so a blank contradicts nothing.
        different = grouped[fact].transform("nunique") > 1
        if different.any():
            for _, rows in list(keys[different].groupby(["mentor", "mentee"], sort=False))[:8]:
                shown = " and ".join(f"“{str(value)[:40]}”" for value in rows[fact].dropna().unique()[:3])
                problems.add(listed_rows(rows.index), f"the same pair has different {fact}s: {shown}",
                             expected=f"one {fact} per pair", fix="correct the rows, or keep the one that holds", file=file)
    return dyads
