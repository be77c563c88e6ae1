"""From exports to answers in long form: one row per item that was asked, answered or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring import tables
from mentoring.errors import Problems, listed
from mentoring.ingest.codebook import Codebook
from mentoring.ingest.flow import Flow
from mentoring.ingest.raw import MOST_ROWS, RawTable, suggested
from mentoring.ingest.roster import fact
from mentoring.ingest.values import Item, decode, item_readers
from mentoring.settings import Survey
from mentoring.study import CONFIG

Opened = dict[str, tuple[Survey, RawTable]]


@dataclass(frozen=True)
class Plan:
    """Which items are read from where.

    Attributes
    ----------
    roster : dict
        Role → item → reader, for lasting facts that the roster has.
    answers, facts : dict
        Survey → item → reader, for answers and for lasting facts that only the survey has.
    about_dyads : dict
        Survey → its items about the relationship.
    """

    roster: dict[str, dict[str, Item]]
    answers: dict[str, dict[str, Item]]
    facts: dict[str, dict[str, Item]]
    about_dyads: dict[str, set[str]]


def plan(codebook: Codebook, opened: Opened, roster: RawTable | None, flow: Flow, problems: Problems, *, complete: bool) -> Plan:
    """Find every item's column; one that is nowhere is a problem.

    Parameters
    ----------
    complete : bool
        Whether all files could be opened (else a missing column may stand in one that could not).
    """
    result = Plan({}, {name: {} for name in opened}, {name: {} for name in opened}, {name: set() for name in opened})
    for role in tables.ROLES:
        readers = item_readers(codebook, role)
        surveys = {name: raw for name, (survey, raw) in opened.items() if survey.role == role}
        result.roster[role] = {}
        absent: dict[str, list[str]] = {name: [] for name in surveys}
        nowhere: dict[bool, list[Item]] = {False: [], True: []}
        for row in codebook.asked_of(role).itertuples():
            item, reader = str(row.item), readers[str(row.item)]
            if row.about == "person" and roster is not None and reader.column in roster.cells:
                result.roster[role][item] = reader
                continue
            holders = [name for name, raw in surveys.items() if reader.column in raw.cells]
            for name in holders:
                (result.facts if row.about == "person" else result.answers)[name][item] = reader
                if row.about == "dyad":
                    result.about_dyads[name].add(item)
                if reader.column in surveys[name].doubled:
                    surveys[name].check_columns({"column": reader.column}, problems)
            for name in set(surveys) - set(holders) if row.about != "person" else ():
                absent[name].append(reader.column)
            if not holders:
                nowhere[row.about == "person"].append(reader)
        for lasting, items in nowhere.items() if complete else ():
            _note_absent(role, items, surveys, roster if lasting else None, problems)
        for name in surveys if complete else ():
            if not (result.answers[name] or result.facts[name] or any(nowhere.values())):
                problems.add("", f"it has no column for any item of the {role}s", expected="at least one column that the codebook names",
                             fix=f"take the survey “{name}” out of data.surveys, or correct the codebook's column “column”",
                             file=surveys[name].file)
        for name, columns in absent.items():
            _note_respelled(columns, surveys[name], problems)
            if columns and len(columns) < len(result.answers[name]) + len(columns):
                flow.add(name, f"items this export does not ask about: {', '.join(columns[:12])}", len(surveys[name].cells))
    return result


def _note_absent(role: str, items: list[Item], surveys: dict[str, RawTable], roster: RawTable | None, problems: Problems) -> None:
    """Items whose column is in none of the files that could hold it."""
    files = {raw.file: raw for raw in [*surveys.values(), *([roster] if roster is not None else [])]}
    fix = "write the export's name in the codebook's column “column”"
    if items and not files:
        problems.add("items", f"{listed(item.name for item in items)}: asked of the {role}s, but no survey holds their answers",
                     expected="a survey of that role in `data.surveys`", fix=f"add the survey, or take the {role}s' rows out of the codebook",
                     file=CONFIG)
    for file, raw in files.items():
        if len(items) > MOST_ROWS:
            problems.add("header", f"{len(items)} columns of the {role}s' items are not there: {listed(item.column for item in items)}",
                         expected=f"the columns that the codebook names; there are {listed(raw.columns, most=12)}", fix=fix, file=file)
            continue
        for item in items:
            problems.add(f"column {item.column}", f"there is no column “{item.column}” for the item “{item.name}” of the {role}s",
                         expected=suggested(item.column, raw.columns), fix=fix, file=file)


def _note_respelled(columns: list[str], raw: RawTable, problems: Problems) -> None:
    """An item that another export has, and that this one has under a name that differs in case or spacing only."""
    there = {"".join(name.split()).casefold(): name for name in raw.columns}
    for column in columns:
        found = there.get("".join(column.split()).casefold())
        if found and found != column:
            problems.add(f"column {found}", f"it is spelled unlike “{column}” in the codebook", expected=f"“{column}”",
                         fix="one spelling in all exports", file=raw.file)


def read_answers(survey: Survey, raw: RawTable, rows: pd.DataFrame, chosen: Plan, problems: Problems) -> pd.DataFrame:
    """One survey's answers in long form.

    Parameters
    ----------
    rows : DataFrame
        `person` and `dyad` (codes) and `wave` of the rows that count, by row number.

    Returns
    -------
    DataFrame
        `person`, `dyad`, `role`, `wave`, `item`, `value`, `label`, `missing`.
    """
    about_dyads = chosen.about_dyads[survey.name]
    linked = np.flatnonzero(rows["dyad"].notna())
    everyone = np.arange(len(rows))
    parts, positions, items = [], [], []
    names = list(chosen.answers[survey.name])
    for number, item in enumerate(names):
        at = linked if item in about_dyads else everyone
        answers = decode(raw, rows.index[at], chosen.answers[survey.name][item], problems)
        parts.append(pd.DataFrame({"value": answers.value, "label": answers.label, "missing": answers.missing}))
        positions.append(at)
        items.append(np.full(len(at), number))
    if not parts:
        return pd.DataFrame(columns=tables.RESPONSES.names)
    at, asked = np.concatenate(positions), np.concatenate(items)
    long = pd.concat(parts, ignore_index=True)
    long["item"] = pd.array(names, dtype="str").take(asked)
    long["role"] = pd.array([survey.role], dtype="str").take(np.zeros(len(at), dtype=int))
    for name in ("person", "wave", "dyad"):
        long[name] = rows[name].array.take(at)
    of_self = np.array([name not in about_dyads for name in names])[asked]
    long.loc[of_self, "dyad"] = None
    return long


def read_facts(survey: Survey, raw: RawTable, rows: pd.DataFrame, chosen: Plan, flow: Flow, problems: Problems) -> pd.DataFrame:
    """Lasting facts that only the survey has: each person's first answer. Returns `key`, `role` and one column per item."""
    rows = rows.sort_values("wave", kind="stable")
    people = pd.DataFrame({"key": rows["person"].unique()}, dtype="str")
    people["role"] = pd.Series(survey.role, index=people.index, dtype="str")
    for name, item in chosen.facts[survey.name].items():
        told = pd.Series(fact(item, decode(raw, rows.index, item, problems)), index=rows["person"])
        grouped = told.groupby(level=0)
        changed = int((grouped.nunique() > 1).sum())
        flow.add(survey.name, f"{name} was answered differently at different times (first kept)", None, changed)
        people[name] = people["key"].map(grouped.first())
    return people


def one_answer_each(long: pd.DataFrame, codebook: Codebook, flow: Flow) -> pd.DataFrame:
    """Each answer once, ordered by person, relationship, role, wave and codebook.

    Several answers to one item arise where people answer about themselves on each partner's sheet, or where exports overlap: the
    first one that is an answer is kept.
    """
    order = {item: number for number, item in enumerate(dict.fromkeys(codebook.items["item"]))}
    key = np.zeros(len(long), dtype="int64")
    for name in ("person", "role", "dyad", "wave"):
        codes, found = pd.factorize(long[name], sort=True)
        # Answers about oneself, which have no relationship, come last.
        key = key * (len(found) + 1) + np.where(codes < 0, len(found), codes)
    key = key * len(order) + long["item"].map(order).to_numpy(dtype="int64", na_value=0)
    answered = long["missing"].isna().to_numpy()
    at = np.lexsort((~answered, key))
    key, answered, values = key[at], answered[at], long["value"].to_numpy()[at]
    first = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0)) if len(key) else np.zeros(0, dtype=int)
    extra = ~first & answered
    differs = extra & (values != values[start])
    flow.add("responses", "answers given again (first kept)", int((extra & ~differs).sum()))
    flow.add("responses", "answers given again differently (first kept)", int(differs.sum()))
    return long.iloc[at[first]].reset_index(drop=True)
