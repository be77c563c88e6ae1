"""Stata files (.dta): codes as text, value labels, and the extended missing values .a to .z."""

from __future__ import annotations

from pathlib import Path

import pyreadstat

from mentoring.ingest.raw import RawTable, refuse
from mentoring.ingest.spss import cells_as_text, labels_as_text


def read_stata(path: Path, file: str, encoding: str | None = None) -> RawTable:
    """A Stata file. Extended missing values stay in the cells as `.a` to `.z` and are listed in `declared`.

    Raises
    ------
    StudyError
        When it is not a Stata file.
    """
    try:
        frame, meta = pyreadstat.read_dta(str(path), user_missing=True, encoding=encoding)
        # pyreadstat 1.3 gives Stata's plain missing value as 0 in columns that also hold .a to .z; read without them it is missing.
        plain = pyreadstat.read_dta(str(path), encoding=encoding)[0] if meta.missing_user_values else frame
    except (pyreadstat.ReadstatError, UnicodeError, ValueError) as error:
        raise refuse(file, f"it cannot be read as a Stata file ({error})", "a .dta file", "export it again, or correct `format`") from None
    labels = labels_as_text(meta.variable_value_labels)
    declared = {}
    for name, letters in meta.missing_user_values.items():
        # pyreadstat gives the bare letter; with its point it cannot be taken for an answer.
        dotted = {letter: f".{letter}" for letter in letters}
        extended = frame[name].where(frame[name].isin(letters)).map(dotted)
        frame[name] = plain[name].astype("object").where(plain[name].notna(), extended)
        declared[name] = frozenset(dotted.values())
        labels[name] = {dotted.get(code, code): label for code, label in labels.get(name, {}).items()}
    return RawTable(file, cells_as_text(frame), labels=labels, declared=declared)
