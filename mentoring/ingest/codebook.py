"""The codebook: what was asked of whom, and what each code means. Two CSVs, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mentoring import tables
from mentoring.errors import Problems, StudyError, did_you_mean, listed, nearest
from mentoring.ingest.files import read_file
from mentoring.ingest.raw import NUMBER, RawTable, code_text, listed_rows, suggested
from mentoring.study import Study

ITEM_COLUMNS = ("item", "role", "column", "text", "kind", "about", "low", "high", "reverse", "labels")
LABEL_COLUMNS = ("labels", "value", "label", "missing")
CHOICES = {
    "role": (*tables.ROLES, "both"), "kind": ("likert", "number", "category", "text"), "about": ("dyad", "self", "person"),
    "reverse": ("yes", "no"),
}
YES_NO = {"": "no", "1": "yes", "true": "yes", "y": "yes", "0": "no", "false": "no", "n": "no"}


@dataclass(frozen=True)
class Codebook:
    """What was asked and what the codes mean.

    Attributes
    ----------
    items : DataFrame
        As `tables.CODEBOOK_ITEMS`; free-text items are not in it, because they are never read.
    labels : DataFrame
        As `tables.CODEBOOK_LABELS`.
    free_text : frozenset of str
        Names of the free-text items.
    closed : frozenset of (item, role)
        Items whose range follows from their labels alone: a code without a label is then no possible answer.
    files : tuple of RawTable
        The files read.
    """

    items: pd.DataFrame
    labels: pd.DataFrame
    free_text: frozenset[str] = frozenset()
    closed: frozenset[tuple[str, str]] = frozenset()
    files: tuple[RawTable, ...] = field(default=(), repr=False)

    def asked_of(self, role: str) -> pd.DataFrame:
        """The items one role was asked."""
        return self.items[self.items["role"] == role]


def read_codebook(study: Study) -> Codebook:
    """Read and check the codebook that a study names.

    Raises
    ------
    StudyError
        With every problem of both files.
    """
    problems = Problems()
    names = study.data.codebook
    items_file = _open(study, names.items, ("item", "role", "kind", "about"), ITEM_COLUMNS, problems)
    labels_file = _open(study, names.labels, ("labels", "value", "label"), LABEL_COLUMNS, problems) if names.labels else None
    labels = _labels(labels_file, problems) if labels_file else tables.CODEBOOK_LABELS.frame([])
    if items_file is None:
        raise StudyError(list(problems))
    sets_known = labels_file is not None or not names.labels
    items = _items(items_file, problems)
    closed = _check_items(items, labels, items_file.file, problems, sets_known=sets_known)
    problems.raise_if_any()
    free = frozenset(items.loc[items["kind"] == "text", "item"])
    kept = items[items["kind"] != "text"].drop(columns="line")
    return Codebook(tables.CODEBOOK_ITEMS.frame(kept), labels, free, closed, tuple(part for part in (items_file, labels_file) if part))


def _open(study: Study, file: str, required: tuple[str, ...], known: tuple[str, ...], problems: Problems) -> RawTable | None:
    """One of the two files with tidy cells, or None with the reasons noted."""
    try:
        table = read_file(study.folder, file)
    except StudyError as error:
        problems.extend(error.problems)
        return None
    table.cells.columns = [str(name).strip().lower() for name in table.columns]
    good = True
    for name in required:
        if name not in table.cells:
            good = False
            problems.add("header", f"the column “{name}” is missing", expected=suggested(name, table.columns),
                         fix=f"name a column “{name}”; the columns are {', '.join(known)}", file=file)
    for name in table.columns:
        # A misspelt optional column would be ignored in silence; columns for the user's own notes may stay.
        meant = nearest(name, [column for column in known if column not in required and column not in table.cells])
        if name not in known and meant and good:
            problems.add(f"column {name}", f"“{name}” is not a column of the codebook", expected=f"did you mean “{meant}”?",
                         fix=f"rename it to “{meant}”, or to something else if it is a note of your own", file=file)
    if good and table.cells.empty:
        problems.add("", "it has a header and no rows", expected="one row per item or label", file=file)
        good = False
    if not good:
        return None
    table.cells = pd.DataFrame({name: table.column(name) if name in table.cells else None for name in known}, index=table.cells.index)
    return table


def _items(table: RawTable, problems: Problems) -> pd.DataFrame:
    """Typed rows, `both` as two rows, faults of single cells noted."""
    rows: list[dict[str, Any]] = []
    for line, given in _records(table):
        row: dict[str, Any] = {**given, "line": line}
        if not given["item"]:
            problems.add(f"row {line}", "the item has no name", expected="a short name in the column “item”", file=table.file)
        elif not (given["item"].isidentifier() and given["item"].isascii()) or given["item"] in ("person", "role", "key"):
            problems.add(f"row {line}, column item", f"“{given['item']}” cannot be an item's name",
                         expected="letters, digits and underscores, starting with a letter; not “person”, “role” or “key”",
                         fix="give it another name, and the export's name in the column “column”", file=table.file)
        for name, choices in CHOICES.items():
            word = given[name].lower()
            row[name] = word = YES_NO.get(word, word) if name == "reverse" else word
            if word not in choices:
                problems.add(f"row {line}, column {name}", f"“{given[name]}” is not possible here" if given[name] else "it is blank",
                             expected=did_you_mean(word, choices), fix=f"one of: {', '.join(choices)}", file=table.file)
        for name in ("low", "high"):
            row[name] = float(given[name]) if NUMBER.fullmatch(given[name]) and np.isfinite(float(given[name])) else np.nan
            if given[name] and np.isnan(row[name]):
                problems.add(f"row {line}, column {name}", f"“{given[name]}” is not a number", expected="a number with a decimal point",
                             file=table.file)
        row |= {"reverse": row["reverse"] == "yes", "column": given["column"] or given["item"]}
        rows += [{**row, "role": role} for role in (tables.ROLES if row["role"] == "both" else (row["role"],))]
    items = pd.DataFrame(rows)
    for name in ("text", "labels"):
        items[name] = items[name].where(items[name] != "", None)
    return items.astype({"low": "float64", "high": "float64"})


def _records(table: RawTable) -> list[tuple[int, dict[str, str]]]:
    """Rows as dictionaries of text, "" for a blank cell, with their row numbers."""
    cells = table.cells.astype("object").where(table.cells.notna(), "")
    return [(int(line), {str(name): str(cell) for name, cell in row.items()}) for line, row in zip(cells.index, cells.to_dict("records"))]


def _labels(table: RawTable, problems: Problems) -> pd.DataFrame:
    """The label sets, faults noted."""
    cells = table.cells.astype("object").where(table.cells.notna(), "")
    cells["missing"] = cells["missing"].str.lower()
    reasons = tables.WHY_MISSING[1:]
    for line, row in _records(table):
        row["missing"] = row["missing"].lower()
        for name in ("labels", "value", "label"):
            if not row[name]:
                problems.add(f"row {line}, column {name}", "it is blank", expected="the set's name, the code, and what it means", file=table.file)
        if row["missing"] and row["missing"] not in reasons:
            problems.add(f"row {line}, column missing", f"“{row['missing']}” is no reason for a missing answer",
                         expected=did_you_mean(row["missing"], reasons), fix=f"leave it blank, or one of: {', '.join(reasons)}", file=table.file)
    for name in ("value", "label"):
        # Two codes for one kind of missing answer may share their label; anything else could not be told apart.
        ambiguous = cells if name == "value" else cells[cells["missing"] == ""]
        keys = ambiguous["labels"] + "\0" + ambiguous[name].map(code_text)
        for _, same in ambiguous[ambiguous[name] != ""].groupby(keys):
            if len(same) > 1:
                problems.add(f"{listed_rows(same.index)}, column {name}", f"the set “{same['labels'].iloc[0]}” has “{same[name].iloc[0]}” twice",
                             expected=f"each {name} once per set", file=table.file)
    cells["value"] = cells["value"].map(lambda word: code_text(word) if NUMBER.fullmatch(word) else word)
    cells = cells.drop_duplicates(["labels", "value"])
    return tables.CODEBOOK_LABELS.frame(cells.assign(missing=cells["missing"].where(cells["missing"].isin(reasons), None)))


def _check_items(items: pd.DataFrame, labels: pd.DataFrame, file: str, problems: Problems, *, sets_known: bool) -> frozenset[tuple[str, str]]:
    """Check rows against each other and the label sets; ranges that follow from labels are filled in place."""
    for (name, role), same in items[items["item"] != ""].groupby(["item", "role"], sort=False):
        if len(same) > 1:
            problems.add(f"{listed_rows(same['line'])}", f"the item “{name!s}” stands there twice for the role {role!s}",
                         expected="each item once per role", fix="rename one, or take one row out", file=file)
    for name, same in items[items["item"] != ""].groupby("item", sort=False):
        if same["kind"].nunique() > 1:
            problems.add(listed_rows(same["line"].unique()), f"the item “{name!s}” is of kind {' and '.join(same['kind'].unique())}",
                         expected="one kind for both roles", fix="give the two roles' items different names", file=file)
    lasting = items["about"] == "person"
    for (column, role, _), same in items.groupby(["column", "role", lasting], sort=False):
        if same["item"].nunique() > 1:
            problems.add(f"{listed_rows(same['line'])}, column column", f"the items {', '.join(same['item'])} of the role {role} "
                         f"all read the column “{column}”", expected="a column of its own for each item", file=file)
    closed = set()
    for position in items.index:
        if _check_item(items, position, labels, file, problems, sets_known=sets_known):
            closed.add((str(items.at[position, "item"]), str(items.at[position, "role"])))
    return frozenset(closed)


def _check_item(items: pd.DataFrame, position: int, labels: pd.DataFrame, file: str, problems: Problems, *, sets_known: bool) -> bool:
    """Check one item's range and label set; True when its range was filled from its labels."""
    row: dict[str, Any] = dict(items.loc[position])
    place, kind, low, high = f"row {row['line']}", row["kind"], row["low"], row["high"]
    first_of_both = not (items["line"].iloc[: list(items.index).index(position)] == row["line"]).any()

    def note(column: str, found: str, expected: str, fix: str = "") -> None:
        if first_of_both:  # a row for both roles is two rows here, and one in the file
            problems.add(f"{place}, column {column}", found, expected=expected, fix=fix, file=file)

    if low > high:
        note("low", f"low ({low:g}) is above high ({high:g}) for “{row['item']}”", "low ≤ high", f"low {high:g}, high {low:g}")
    known = list(dict.fromkeys(labels["labels"]))
    named = isinstance(row["labels"], str) and bool(row["labels"])
    if named and row["labels"] not in known and sets_known:
        note("labels", f"there is no label set “{row['labels']}”", did_you_mean(row["labels"], known) if known else "a label set in the labels CSV",
             "add the set to the codebook's labels CSV, or correct the name")
        return False
    answers = labels[(labels["labels"] == row["labels"]) & labels["missing"].isna()] if named else labels.iloc[:0]
    if kind == "category":
        if row["about"] != "person" and answers.empty and sets_known:
            note("labels", f"the category “{row['item']}” has no label set", "the name of a set that lists the possible answers")
        if row["reverse"]:
            note("reverse", f"the category “{row['item']}” cannot be reversed", "no")
        return False
    if not answers["value"].map(lambda word: bool(NUMBER.fullmatch(word))).all():
        note("labels", f"the set “{row['labels']}” of “{row['item']}” has codes that are not numbers", "numbers as codes", "kind: category")
        return False
    beyond = answers.loc[(answers["value"].astype(float) < low) | (answers["value"].astype(float) > high), "value"]
    if len(beyond):
        note("labels", f"the set “{row['labels']}” of “{row['item']}” has codes outside the item's range: {listed(beyond)}",
             f"codes from {low:g} to {high:g}", "correct low and high, or give the code a reason in the labels' column “missing”")
        return False
    filled = bool(kind == "likert" and len(answers) and (np.isnan(low) or np.isnan(high)))
    if filled:
        codes = answers["value"].astype(float)
        items.loc[position, ["low", "high"]] = [codes.min(), codes.max()]
    elif kind == "likert" and (np.isnan(low) or np.isnan(high)) and sets_known:
        note("low", f"the item “{row['item']}” has no range", "low and high, or a label set that lists the possible answers")
    elif row["reverse"] and (np.isnan(low) or np.isnan(high)) and sets_known:
        note("reverse", f"the item “{row['item']}” is to be reversed but has no range", "low and high, e.g. 1 and 5")
    return filled
