"""Excel workbooks (.xlsx, .xls, .xlsb, .ods): one sheet, its first filled row as header."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import python_calamine

from mentoring.errors import did_you_mean, nearest
from mentoring.ingest.raw import RawTable, from_grid, refuse
from mentoring.ingest.spss import cell_as_text


def read_excel(path: Path, file: str, sheet: str | None = None) -> RawTable:
    """One sheet of a workbook, the first when none is named.

    Raises
    ------
    StudyError
        Not a workbook, no sheet of that name, or an empty sheet.
    """
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        chosen = sheet if sheet is not None else names[0]
        rows = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False) if chosen in names else None
    except (python_calamine.CalamineError, IndexError, OSError) as error:
        raise refuse(file, f"it cannot be read as an Excel workbook ({error})", "an .xlsx or .xls file",
                     "save it again as .xlsx, or correct `format`") from None
    if rows is None:
        raise refuse(file, f"there is no sheet “{sheet}”", did_you_mean(str(sheet), names), f"sheet: {nearest(str(sheet), names) or names[0]}",
                     "sheet")
    texts = [[cell_as_text(cell) or "" for cell in row] for row in rows]
    start = next((number for number, row in enumerate(texts) if any(row)), None)
    if start is None:
        raise refuse(file, "the sheet is empty", "a header row and one row per answer sheet", "name the right sheet with `sheet`", chosen)
    return from_grid(file, pd.DataFrame(texts[start:], dtype="str").fillna(""), first_row=start + 1)
