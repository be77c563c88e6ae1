"""Qualtrics CSV and TSV exports: three header rows (names, wording, import ids) or the older two."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from mentoring.ingest.raw import RawTable, from_grid, refuse, tidy, tidy_word
from mentoring.ingest.text import finish, is_import_row, read_grid

# Response types that the survey's own makers leave behind, as exported by number or by label.
TRIALS = {"1", "2", "9", "17", "survey preview", "survey test", "preview spam", "offline preview"}
LEGACY_NAME = re.compile(r"V\d+")


def read_qualtrics(path: Path, file: str, encoding: str | None = None, delimiter: str | None = None) -> RawTable:
    """A Qualtrics export; answers given in preview are left out and counted.

    Raises
    ------
    StudyError
        Whatever `read_text` refuses, or a file without Qualtrics' header rows.
    """
    grid, encoding, delimiter, first_row = read_grid(path, file, encoding, delimiter)
    header_rows = _header_rows(grid, file)
    table = finish(from_grid(file, grid, header_rows=header_rows, first_row=first_row), encoding, delimiter)
    _leave_out_trials(table, grid)
    return table


def _header_rows(grid: pd.DataFrame, file: str) -> int:
    for row in (2, 1):
        if is_import_row(grid, row):
            return row + 1
    if len(grid) > 1 and LEGACY_NAME.fullmatch(tidy_word(grid.iloc[0, 0])):
        return 2
    raise refuse(file, "it has no Qualtrics header rows", "row 1 names, row 2 the questions, row 3 the import ids",
                 "format: csv   (if rows were deleted by hand, export it again)", "rows 1 to 3")


def _leave_out_trials(table: RawTable, grid: pd.DataFrame) -> None:
    # Legacy exports call the column V7 or so, and only their second row says what it is.
    second = {tidy_word(name): column for name, column in zip(grid.iloc[1], grid.iloc[0])}
    column = "Status" if "Status" in table.cells else tidy_word(second.get("Status", ""))
    if column not in table.cells:
        return
    trial = tidy(table.cells[column]).str.casefold().isin(TRIALS)
    table.cells = table.cells[~trial]
    if trial.any():
        table.left_out.append(("answered in the survey tool's preview", int(trial.sum())))
