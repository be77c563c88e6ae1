"""Tables in APA form: a number, a title, horizontal rules only, and a general note. Cells are plain text and escaped here."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mentoring.report import numbers
from mentoring.report.markup import cell, md


@dataclass(frozen=True)
class ApaTable:
    """A table ready to print.

    Attributes
    ----------
    identifier : str
        For cross-references: ``@tbl:<identifier>``.
    title : str
    head : list of str
    rows : list of list of str
        The first cell of each row names it.
    note : str
        General note; printed below.
    text : int
        How many columns from the left hold words (left-aligned); the others hold numbers (right-aligned).
    """

    identifier: str
    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""
    text: int = 1


def markdown(table: ApaTable) -> str:
    """The table as a fenced HTML block (every output format makes a real table of it) with its note."""

    def style(column: int) -> str:
        return "left" if column < table.text else "right"

    head = "".join(f'<th style="text-align:{style(n)}">{cell(word)}</th>' for n, word in enumerate(table.head))
    body = []
    for row in table.rows:
        cells = [f'<td style="text-align:{style(n)}">{cell(word) or numbers.MISSING}</td>' for n, word in enumerate(row)]
        cells[0] = cells[0].replace("<td", "<th", 1).replace("</td>", "</th>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    html = (
        f"````{{=html}}\n<table "
        f'id="tbl:{table.identifier}">\n<caption>{cell(table.title)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(body)
        + "\n</tbody>\n</table>\n````"
    )
    return html + (f"\n\n::: {{.note}}\n*Note.* {md(table.note)}\n:::" if table.note else "")


def hidden_rows(count: int, smallest: int) -> str:
    """A remark on how many rows were left out because too few people stand behind them."""
    return f" {numbers.counted(count, 'row')} left out: fewer than {smallest} mentors or mentees." if count > 0 else ""


def notes_of(table: pd.DataFrame) -> str:
    """The different remarks in a table’s column `note`, as sentences."""
    said = [str(note).strip().rstrip(".") for note in table["note"].dropna().unique()] if "note" in table else []
    return f" {'; '.join(said)}." if said else ""
