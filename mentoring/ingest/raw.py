"""What every reader hands over: a file's cells as text or missing, with the row numbers a user sees, and nothing interpreted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pandas as pd

from mentoring.errors import Problem, Problems, StudyError, listed, nearest

# Characters that leave no mark on a screen but make two equal-looking cells different.
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MOST_ROWS = 8


@dataclass
class RawTable:
    """A file as it stands.

    Attributes
    ----------
    file : str
        The file as the config names it.
    cells : DataFrame
        Text or missing; the index holds the row numbers a spreadsheet shows (case numbers for SPSS and Stata).
    encoding : str
        Text encoding, empty when the file is not text.
    decimal : str
        The decimal mark: a comma in semicolon-separated text, else a point.
    labels : dict
        Value labels the file carries itself: column → code → label.
    declared : dict
        Codes the file itself declares to be missing: column → codes.
    left_out : list of (str, int)
        Reason and number of rows the reader left out.
    doubled : frozenset of str
        Column names that stand there more than once.
    """

    file: str
    cells: pd.DataFrame
    encoding: str = ""
    decimal: str = "."
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    declared: dict[str, frozenset[str]] = field(default_factory=dict)
    left_out: list[tuple[str, int]] = field(default_factory=list)
    doubled: frozenset[str] = frozenset()
    sha256: str = ""

    @property
    def columns(self) -> list[str]:
        """The column names."""
        return list(self.cells.columns)

    def column(self, name: str) -> pd.Series:
        """A column's cells without invisible characters and outer spaces; what is then empty is missing."""
        return tidy(self.cells[name])

    def check_columns(self, wanted: dict[str, str | None], problems: Problems) -> bool:
        """Whether the columns the config names are there, once each; a problem for each that is not.

        Parameters
        ----------
        wanted : dict
            Config key → column name (None: not named).
        """
        good = True
        for key, name in wanted.items():
            if name is None:
                continue
            if name not in self.cells:
                good = False
                problems.add(f"column {name}", f"there is no column “{name}”, which the config names as `{key}`",
                             expected=suggested(name, self.columns), fix=f"{key}: {nearest(name, self.columns) or 'the right column'}",
                             file=self.file)
            elif name in self.doubled:
                good = False
                problems.add(f"column {name}", f"several columns are called “{name}”", expected="each column name once",
                             fix="rename all but the right one in the survey tool and export again", file=self.file)
        return good


def from_grid(file: str, grid: pd.DataFrame, *, names_row: int = 0, header_rows: int = 1, first_row: int = 1) -> RawTable:
    """A table from cells that still hold their header.

    Parameters
    ----------
    grid : DataFrame
        All cells as text, "" when empty.
    names_row, header_rows : int
        Which row (from 0) holds the column names, and how many rows are not data.
    first_row : int
        Row number of the grid's first row in the file.
    """
    cells = grid.iloc[header_rows:].astype("str")
    cells.index = pd.RangeIndex(first_row + header_rows, first_row + len(grid))
    cells = cells.mask(cells == "")
    names = [tidy_word(name) for name in grid.iloc[names_row]]
    # A trailing separator makes a column without name and content: not a column.
    filled = [bool(name) or bool(cells.iloc[:, position].notna().any()) for position, name in enumerate(names)]
    cells = cells.loc[:, filled]
    names = [name or f"unnamed column {position + 1}" for position, name in enumerate(names) if filled[position]]
    cells.columns = pd.Index(_told_apart(names), dtype="object")
    cells = cells.dropna(how="all")
    return RawTable(file, cells, doubled=frozenset(name for name in names if names.count(name) > 1))


def _told_apart(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def tidy_word(word: object) -> str:
    """A cell without invisible characters and outer spaces; é is one character, however the computer wrote it."""
    return unicodedata.normalize("NFC", INVISIBLE.sub("", str(word)).strip())


def by_unique(cells: pd.Series, change: Callable[[str], str | None]) -> pd.Series:
    """Change each distinct text once; survey columns hold few distinct texts in many rows."""
    codes, words = pd.factorize(cells)
    changed = pd.array([change(str(word)) for word in words], dtype="str")
    return pd.Series(changed.take(codes, allow_fill=True), index=cells.index)


def tidy(cells: pd.Series) -> pd.Series:
    """Cells without invisible characters and outer spaces; what is then empty is missing."""
    return by_unique(cells, lambda word: tidy_word(word) or None)


def check_one_spelling(cells: pd.Series, place: str, fix: str, file: str, problems: Problems) -> None:
    """Note names that differ in capitals or spaces only: they would silently count as different groups."""
    spellings: dict[str, list[str]] = {}
    for word in cells.dropna().unique():
        spellings.setdefault(" ".join(str(word).split()).casefold(), []).append(str(word))
    for alike in [words for words in spellings.values() if len(words) > 1][:MOST_ROWS]:
        problems.add(place, f"spelled in several ways: {', '.join(f'“{word[:40]}”' for word in alike[:4])}", expected="one spelling",
                     fix=f"spell them alike, {fix}", file=file)


def code_text(word: str) -> str:
    """A code in its shortest form, so that 3, 3.0 and 03 are one code; other texts without regard to case and spacing.

    Examples
    --------
    >>> code_text("3.0"), code_text(" Agree  strongly ")
    ('3', 'agree strongly')
    """
    word = tidy_word(word)
    if NUMBER.fullmatch(word):
        return number_text(float(word))
    return " ".join(word.split()).casefold()


def number_text(number: float) -> str:
    """A number as one would type it: 3 for 3.0."""
    number = float(number)
    return str(int(number)) if abs(number) < 1e15 and number.is_integer() else repr(number)


def listed_rows(rows: Iterable[object], word: str = "row") -> str:
    """Row numbers for a message, at most eight."""
    numbers = list(rows)
    return f"{word}{'' if len(numbers) == 1 else 's'} {listed(numbers, MOST_ROWS)}"


def suggested(name: str, valid: list[str]) -> str:
    """A sentence naming the nearest valid name, else the first dozen."""
    match = nearest(name, valid)
    return f"did you mean “{match}”?" if match else f"one of: {listed(valid, most=12)}"


def refuse(file: str, found: str, expected: str = "", fix: str = "", place: str = "") -> StudyError:
    """A file that cannot be read at all."""
    return StudyError(Problem(file, place, found, expected, fix))
