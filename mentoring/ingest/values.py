"""From a cell's text to an answer: its number, its label, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mentoring.errors import Problems
from mentoring.ingest.codebook import Codebook
from mentoring.ingest.raw import NUMBER, RawTable, code_text, tidy_word

LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Answer:
    """What one text means."""

    value: float = float("nan")
    label: str | None = None
    missing: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Item:
    """How to read one item's cells.

    Attributes
    ----------
    by_code, by_label : dict
        The label set, by code and by label, both without regard to case and spacing.
    closed : bool
        Only listed codes are answers.
    """

    name: str
    kind: str
    low: float
    high: float
    column: str
    by_code: dict[str, Answer] = field(default_factory=dict)
    by_label: dict[str, Answer] = field(default_factory=dict)
    closed: bool = False

    def read(self, word: str, raw: RawTable) -> Answer:
        """One tidy, non-empty text of a file."""
        key = code_text(word)
        listed = self.by_code.get(key) or self.by_label.get(key)
        if listed:
            return listed
        if word in raw.declared.get(self.column, ()):
            return Answer(missing="declared")
        if self.kind == "category":
            # ASSUME: a lasting fact without a label set (e.g. a field of study) is its own label, unless the file itself labels it.
            return Answer(fault="unknown") if self.by_code else Answer(label=raw.labels.get(self.column, {}).get(word, word))
        number = _number(word, raw.decimal)
        if number is None:
            return Answer(fault="unknown" if self.by_label and self.kind == "likert" else "no number")
        if self.kind == "likert" and number != int(number):
            return Answer(fault="not whole")
        # A comma as decimal mark may have hidden a listed code from the first look.
        listed = self.by_code.get(code_text(repr(number)))
        if listed:
            return listed
        if self.closed:
            return Answer(fault="unknown")
        return Answer(fault="out of range") if number < self.low or number > self.high else Answer(number)

    def expected(self) -> str:
        """What would have been right, in words."""
        answers = [f"{answer.label} ({code})" for code, answer in self.by_code.items() if answer.missing is None]
        span = f"{self.low:g} to {self.high:g}" if not np.isnan(self.low) and not np.isnan(self.high) else (
            f"{self.low:g} or more" if not np.isnan(self.low) else f"{self.high:g} or less" if not np.isnan(self.high) else "")
        if self.kind == "number" or not answers:
            return f"a {'whole ' if self.kind == 'likert' else ''}number{f' from {span}' if ' to ' in span else f', {span}' if span else ''}"
        head = ", ".join(answers[:10]) + (f" and {len(answers) - 10} more" if len(answers) > 10 else "")
        return f"one of: {head}" if self.closed or self.kind == "category" else f"a whole number from {span}, or one of: {head}"


@dataclass
class Decoded:
    """A column of answers: arrays of equal length."""

    value: np.ndarray
    label: pd.api.extensions.ExtensionArray
    missing: pd.api.extensions.ExtensionArray


def item_readers(codebook: Codebook, role: str) -> dict[str, Item]:
    """A reader for each item one role was asked, by item name."""
    readers = {}
    for row in codebook.asked_of(role).to_dict("records"):
        answers: dict[str, Answer] = {}
        by_label: dict[str, Answer] = {}
        if isinstance(row["labels"], str):
            rows = codebook.labels[codebook.labels["labels"] == row["labels"]]
            answers, by_label = _label_set(rows)
        readers[row["item"]] = Item(row["item"], row["kind"], row["low"], row["high"], row["column"], answers, by_label,
                                    (row["item"], role) in codebook.closed)
    return readers


def _label_set(rows: pd.DataFrame) -> tuple[dict[str, Answer], dict[str, Answer]]:
    given = rows.to_dict("records")
    answers = [row for row in given if not isinstance(row["missing"], str)]
    numeric = all(NUMBER.fullmatch(row["value"]) for row in answers)
    by_code: dict[str, Answer] = {}
    by_label: dict[str, Answer] = {}
    for row in given:
        if isinstance(row["missing"], str):
            answer = Answer(missing=row["missing"])
        else:
            # Codes that are not numbers (f, m) get their place in the set, so that every answer has a number.
            answer = Answer(float(row["value"]) if numeric else float(answers.index(row) + 1), row["label"])
        by_code[code_text(row["value"])] = answer
        by_label.setdefault(code_text(row["label"]), answer)
    return by_code, by_label


def _number(word: str, decimal: str) -> float | None:
    if decimal == "," and word.count(",") == 1:
        word = word.replace(",", ".")
    return float(word) if NUMBER.fullmatch(word) and np.isfinite(float(word)) else None


def decode(raw: RawTable, rows: pd.Index, item: Item, problems: Problems) -> Decoded:
    """An item's column for some rows; cells that are no possible answer are noted as problems.

    Texts are read once each, however often they occur, so that the time does not grow with the answers.
    """
    codes, words = pd.factorize(raw.cells.loc[rows, item.column])
    tidied = [tidy_word(word) for word in words]
    answers = [item.read(word, raw) if word else Answer(missing="blank") for word in tidied]
    answers.append(Answer(missing="blank"))  # what position -1, a missing cell, then finds
    faults = [position for position, answer in enumerate(answers) if answer.fault]
    if faults:
        _note_faults(raw, rows, item, codes, tidied, answers, problems)
    values = np.array([answer.value for answer in answers])[codes]
    labels = pd.array([answer.label for answer in answers], dtype="str").take(codes)
    missing = pd.array([answer.missing for answer in answers], dtype="str").take(codes)
    return Decoded(values, labels, missing)


FAULTS = {
    "unknown": ("answers the codebook does not know", "add them to the item's label set, or correct the cells in the survey tool"),
    "no number": ("cells that are not numbers", "declare the code in a label set with a reason in its column “missing”, or correct the cells"),
    "not whole": ("answers that are not whole numbers", "kind: number, if any number is a possible answer"),
    "out of range": ("answers outside the item's range",
                     "correct low and high in the codebook, or declare the code in a label set with a reason in its column “missing”"),
}


def _note_faults(raw: RawTable, rows: pd.Index, item: Item, codes: np.ndarray, words: list[str], answers: list[Answer],
                 problems: Problems) -> None:
    for fault, (found, fix) in FAULTS.items():
        wrong = np.flatnonzero(np.array([answer.fault == fault for answer in answers])[codes])
        if not len(wrong):
            continue
        shown = "; ".join(f"row {rows[at]}: {_shown(words[codes[at]])}" for at in wrong[:8])
        rest = f"; and {len(wrong) - 8} more rows" if len(wrong) > 8 else ""
        problems.add(f"column {item.column} (item {item.name})", f"{found}: {shown}{rest}", expected=item.expected(), fix=fix, file=raw.file)


def _shown(word: str) -> str:
    # A long text here is most likely someone's own words in the wrong column; those are never printed.
    return f"“{word}”" if len(word) <= LONGEST_SHOWN else "(a longer text, not shown)"
