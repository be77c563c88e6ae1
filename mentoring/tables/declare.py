"""How a table is declared: its columns, their types, units and meaning.

One declaration serves three ends: each step checks what it writes against it, each reader gets the types it was promised, and
the data dictionary in the docs is written from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import pandera.pandas as pa

Kind = Literal["text", "whole", "number", "yes/no", "date"]
DTYPES: dict[Kind, str] = {"text": "str", "whole": "Int64", "number": "float64", "yes/no": "boolean", "date": "datetime64[us]"}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning, and whether a cell may be empty."""

    name: str
    kind: Kind
    meaning: str
    empty: str = ""  # why a cell may be empty; "" means that it may not
    choices: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    name, row, columns
        What it is called, what one row is, and its declared columns in order.
    open_ended : str
        What further columns the study itself adds (empty: none may be added).
    key : tuple of str
        Columns that together are different in every row (empty: no such promise).
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    open_ended: str = ""
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The declared columns, in order."""
        return [column.name for column in self.columns]

    def frame(self, rows: pd.DataFrame | Sequence[dict[str, object]]) -> pd.DataFrame:
        """Rows as this table: declared columns first and typed, checked.

        Raises
        ------
        pandera.errors.SchemaErrors
            When the rows break the declaration. That is a mistake in our code, not in a user's data.
        """
        data = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
        data = data.copy()
        for column in self.columns:
            if column.name not in data:
                data[column.name] = None
            data[column.name] = _typed(data[column.name], column.kind)
        rest = [name for name in data.columns if name not in self.names]
        return self.schema().validate(data[[*self.names, *rest]].reset_index(drop=True), lazy=True)

    def schema(self) -> pa.DataFrameSchema:
        """The declaration as a pandera schema."""
        columns = {
            column.name: pa.Column(
                DTYPES[column.kind] if column.kind != "text" else None, nullable=bool(column.empty),
                checks=pa.Check.isin(column.choices) if column.choices else None, description=column.meaning,
            )
            for column in self.columns
        }
        return pa.DataFrameSchema(columns, strict=not self.open_ended, unique=list(self.key) or None, name=self.name)

    def write(self, rows: pd.DataFrame | Sequence[dict[str, object]], path: str | Path) -> None:
        """Check the rows and write them: Parquet between steps, CSV (UTF-8, full precision) for results."""
        data = self.frame(rows)
        if Path(path).suffix == ".parquet":
            data.to_parquet(path, index=False)
        else:
            for column in data.columns[[isinstance(kind, pd.StringDtype) or kind == object for kind in data.dtypes]]:
                data[column] = guarded(data[column])
            data.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")

    def read(self, path: str | Path) -> pd.DataFrame:
        """Read what `write` wrote, with the same types."""
        if Path(path).suffix == ".parquet":
            return self.frame(pd.read_parquet(path))
        data = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
        return self.frame(data.apply(lambda cells: cells.str.replace(GUARDED, "", regex=True)) if len(data) else data)


# What a spreadsheet takes for a formula; a number such as -0.5, and a sign alone, are none. Apostrophes that stand there already get one more, so
# that reading takes off what writing put on.
_RUN = r"'*(?:[=@\t\r]|[-+](?![\d.,eE+\-\s]*$))"
FORMULA = re.compile(f"^(?={_RUN})")
GUARDED = re.compile(f"^'(?={_RUN})")


def guarded(cells: pd.Series) -> pd.Series:
    """Texts that a spreadsheet would run as a formula, with an apostrophe before them; anything else as it is."""
    return cells.map(lambda cell: FORMULA.sub("'", cell) if isinstance(cell, str) else cell)


def _typed(values: pd.Series, kind: Kind) -> pd.Series:
    if kind == "text":
        # A pandas `str` column keeps missing cells missing, where astype(str) would write the word "nan".
        return values.astype("object").where(values.notna(), None).astype("str")
    if kind == "yes/no":
        words = {"True": True, "False": False, True: True, False: False}
        return values.map(words).astype("boolean")
    if kind == "date":
        return pd.to_datetime(values).astype("datetime64[us]")
    if kind == "whole":
        return pd.to_numeric(values).astype("Float64").astype("Int64")
    return values.astype("object").where(values.notna(), float("nan")).astype("float64")


def estimate_columns(unit: str = "outcome's unit") -> tuple[Column, ...]:
    """The columns of an estimate with its standard error, degrees of freedom, t and p."""
    why = "it could not be estimated; `note` or `fits` says why"
    return (
        Column("estimate", "number", "Estimate.", why, unit=unit),
        Column("se", "number", "Standard error (small-sample adjusted where the method is Kenward-Roger).", why, unit=unit),
        Column("df", "number", "Denominator degrees of freedom.", "the method has none, or it could not be estimated"),
        Column("t", "number", "Estimate divided by its standard error.", why),
        Column("p", "number", "Two-sided p value.", why),
    )


ROLES = ("mentor", "mentee")
WHY_MISSING = ("blank", "declared", "not applicable", "not shown")
INTERVAL = (
    Column("ci_low", "number", "Lower end of the 95 % interval.", "not estimated"),
    Column("ci_high", "number", "Upper end of the 95 % interval.", "not estimated"),
)
QUESTION = Column("question", "text", "Name of the question in `config.yaml`.")
NOTE = Column("note", "text", "Why cells are empty, or what to mind.", "nothing to say")
SCALE_ROLE_WAVE = (
    Column("scale", "text", "Name of the scale."),
    Column("role", "text", "Who answered.", choices=ROLES),
    Column("wave", "whole", "Number of the wave, from 1."),
)
