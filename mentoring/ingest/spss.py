"""SPSS files (.sav, .zsav, .por): codes as text, value labels, and the codes declared missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from mentoring.ingest.raw import RawTable, number_text, refuse


def read_spss(path: Path, file: str, encoding: str | None = None) -> RawTable:
    """An SPSS file. Codes declared missing stay in the cells and are listed in `declared`.

    Raises
    ------
    StudyError
        When it is not an SPSS file.
    """
    try:
        if path.suffix.lower() == ".por":
            frame, meta = pyreadstat.read_por(str(path))
        else:
            # Without user_missing every declared code (99 = refused) would silently become a blank.
            frame, meta = pyreadstat.read_sav(str(path), user_missing=True, encoding=encoding)
    except (pyreadstat.ReadstatError, UnicodeError, ValueError) as error:
        raise refuse(file, f"it cannot be read as an SPSS file ({error})", "a .sav file", "export it again, or correct `format`") from None
    declared = {
        name: frozenset(codes for codes in (_in_ranges(frame[name], ranges)) if codes)
        for name, ranges in meta.missing_ranges.items() if name in frame
    }
    return RawTable(file, cells_as_text(frame), labels=labels_as_text(meta.variable_value_labels), declared=declared)


def _in_ranges(cells: pd.Series, ranges: Sequence[Any]) -> list[str]:
    """The codes in the data that lie in a declared range."""
    found = []
    for value in cells.dropna().unique():
        for span in ranges:
            low, high = span["lo"], span["hi"]
            if isinstance(value, str) == isinstance(low, str) and low <= value <= high:
                found.append(cell_as_text(value))
    return [code for code in found if code is not None]


def cells_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Typed cells as text or missing, rows numbered as cases from 1; also for Stata."""
    texts = {}
    for name in frame.columns:
        codes, values = pd.factorize(frame[name])
        words = pd.array([cell_as_text(value) for value in values], dtype="str")
        texts[name] = words.take(codes, allow_fill=True) if len(words) else pd.array([None] * len(codes), dtype="str")
    return pd.DataFrame(texts, index=pd.RangeIndex(1, len(frame) + 1)).dropna(how="all")


def cell_as_text(value: object) -> str | None:
    """One typed cell as one would type it, or None when it is empty."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).upper()
    if isinstance(value, int | float | np.integer | np.floating):
        return number_text(float(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value) or None


def labels_as_text(labels: dict[str, dict[Any, str]]) -> dict[str, dict[str, str]]:
    """Value labels with their codes as they stand in the cells."""
    return {column: {str(cell_as_text(code)): label for code, label in values.items()} for column, values in labels.items()}
