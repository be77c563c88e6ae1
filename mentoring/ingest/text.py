"""Comma-, semicolon- and tab-separated text: finds encoding and separator by itself, and reads every cell as text."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

import pandas as pd

from mentoring.ingest.raw import RawTable, from_grid, refuse

DELIMITERS = (",", ";", "\t")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# First bytes of files that are no text, whatever their name says.
WEB_PAGE = re.compile(rb"\s*(\xef\xbb\xbf)?<(!doctype html|html)", re.IGNORECASE)
OTHER_FORMATS = ((b"PK\x03\x04", "an Excel workbook", "excel"), (b"\xd0\xcf\x11\xe0", "an Excel workbook", "excel"),
                 (b"$FL2", "an SPSS file", "spss"), (b"$FL3", "an SPSS file", "spss"), (b"<stata_dta>", "a Stata file", "stata"))
IMPORT_ID = re.compile(r"""^\s*\{\s*["']ImportId["']""")


def read_text(path: Path, file: str, encoding: str | None = None, delimiter: str | None = None) -> RawTable:
    """A text file with one header row.

    Raises
    ------
    StudyError
        Not text, another encoding than said, a row longer than the header, a file cut off in its last row, a quote that is never closed, or a
        Qualtrics header.
    """
    grid, encoding, delimiter, first_row = read_grid(path, file, encoding, delimiter)
    if any(is_import_row(grid, row) for row in (1, 2)):
        raise refuse(file, "it is a Qualtrics export with more than one header row", "one header row", "format: qualtrics", "rows 1 to 3")
    return finish(from_grid(file, grid, first_row=first_row), encoding, delimiter)


def finish(table: RawTable, encoding: str, delimiter: str) -> RawTable:
    """Note how the text was read."""
    table.encoding = encoding
    # Where the semicolon separates cells, the comma is the decimal mark (continental spreadsheets write both together).
    table.decimal = "," if delimiter == ";" else "."
    return table


def is_import_row(grid: pd.DataFrame, row: int) -> bool:
    """Whether this row (from 0) holds Qualtrics' import ids."""
    return len(grid) > row and any(IMPORT_ID.match(str(cell)) for cell in grid.iloc[row])


def read_grid(path: Path, file: str, encoding: str | None, delimiter: str | None) -> tuple[pd.DataFrame, str, str, int]:
    """All cells as text with "" for empty ones, the encoding, the separator, and the first row's number."""
    text, encoding = decode(path.read_bytes(), file, encoding)
    first_row = 1
    if text[:4].lower() == "sep=":  # Excel's own note to itself about the separator
        line, _, text = text.partition("\n")
        delimiter, first_row = delimiter or line.rstrip("\r")[4:5], 2
    first_row += text[: len(text) - len(text.lstrip("\r\n"))].count("\n")
    text = text.lstrip("\r\n")
    if not text.strip():
        raise refuse(file, "it is empty", "a header row and one row per answer sheet", "export it again")
    delimiter = delimiter or find_delimiter(text)
    if len(delimiter) != 1 or not delimiter.isascii() or not (delimiter.isprintable() or delimiter == "\t") or delimiter.isalnum() or delimiter == '"':
        raise refuse(file, f"“{delimiter}” cannot separate cells", "one sign, such as a comma, a semicolon or a “|”",
                     "take the key `delimiter` out: comma, semicolon and tab are found by themselves")
    try:
        grid = pd.read_csv(io.StringIO(text), sep=delimiter, header=None, dtype="str", na_filter=False, skip_blank_lines=False)
    except pd.errors.ParserError as error:
        raise refuse(file, *_explain(str(error))) from None
    # Excel leaves out empty cells at the end of a row, so short rows are whole; one without an end of line was cut off.
    last = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]
    cells = last.count(delimiter) + 1
    if last and '"' not in last and cells < grid.shape[1]:
        raise refuse(file, f"the file breaks off in its last row, after {cells} of {grid.shape[1]} cells", "a whole file",
                     "download or export it again", f"row {first_row + len(grid) - 1}")
    return grid.fillna(""), encoding, delimiter, first_row


def decode(content: bytes, file: str, encoding: str | None = None) -> tuple[str, str]:
    """A file's text and its encoding.

    Without a byte order mark it is UTF-8 if it can be, else cp1252, which is what Windows programs write.
    """
    for start, what, name in OTHER_FORMATS:
        if content.startswith(start):
            raise refuse(file, f"it is {what}, not text", "comma-, semicolon- or tab-separated text",
                         f"format: {name}   (or save it as CSV UTF-8)")
    if WEB_PAGE.match(content) or content.startswith(b"%PDF"):
        what = "a PDF" if content.startswith(b"%PDF") else "a web page"
        raise refuse(file, f"it is {what}, not an export", "comma-, semicolon- or tab-separated text",
                     "download the export again; a web page is often what comes when one is not logged in")
    if encoding is None:
        encoding = next((name for bom, name in BOMS if content.startswith(bom)), None)
    for name in [encoding] if encoding else [_wide(content) or "utf-8", "cp1252"]:
        try:
            text = content.decode(name)
        except (LookupError, ValueError) as error:
            if isinstance(error, UnicodeError):
                place = f"line {content[: getattr(error, 'start', 0)].count(10) + 1}"
                continue
            raise refuse(file, f"no encoding is called “{name}”", "utf-8, utf-16 or cp1252", "take the key `encoding` out",
                         "encoding") from None
        if "\0" in text:
            raise refuse(file, "it is not text (it holds zero bytes)", "comma-, semicolon- or tab-separated text",
                         "export it again as CSV UTF-8")
        return text.removeprefix("\ufeff"), name.removesuffix("-sig")
    raise refuse(file, f"it is not {encoding or 'UTF-8, UTF-16 or cp1252'} text", "the encoding it was saved in",
                 "take the key `encoding` out, or save the file again as CSV UTF-8", place)


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark shows in zeros at every other byte."""
    head = content[:2000]
    zeros = [head[start::2].count(0) for start in (0, 1)]
    if max(zeros) < len(head) / 4:
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def find_delimiter(text: str) -> str:
    """The separator by which the header has most cells that the first rows have too."""
    # Quoted cells may hold any separator, and are taken out before counting.
    lines = [line for line in re.sub(r'"[^"]*"', "", text[:100_000]).splitlines() if line.strip()][:50]

    def score(delimiter: str) -> float:
        widths = [line.count(delimiter) for line in lines]
        return sum(width == widths[0] for width in widths) / len(widths) + widths[0] / 1e4 if widths and widths[0] else 0.0

    return max(DELIMITERS, key=score)


def _explain(message: str) -> tuple[str, str, str, str]:
    """pandas' parser error as found, expected, fix and place."""
    widths = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message)
    if widths:
        wanted, line, seen = widths.groups()
        return (f"the row has {seen} cells, the header {wanted}", "as many cells in every row as in the header",
                "put cells that hold the separator in quotes, or export it again", f"line {line}")
    quote = re.search(r"EOF inside string starting at row (\d+)", message)
    if quote:
        return ("a quotation mark is opened there and never closed", "quotation marks in pairs", "export it again",
                f"row {int(quote.group(1)) + 1}")
    return ("it cannot be split into cells", "comma-, semicolon- or tab-separated text", 'name the separator: delimiter: ";"', "")
