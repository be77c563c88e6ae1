"""Tables in APA form: a number, a title, horizontal rules only, and a general note. Cells are plain text and escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mentoring.report import numbers
from mentoring.report.markup import cell, md

# In print a table of more rows is named with its file instead of shown.
LONG = 40


@dataclass(frozen=True)
class Links:
    """A cell that leads to parts of the report: words and the identifiers of their headings."""

    to: Sequence[tuple[str, str]]

    def html(self) -> str:
        """The links, one after the other."""
        return "; ".join(f'<a href="#{cell(target)}">{cell(text)}</a>' for text, target in self.to)


@dataclass(frozen=True)
class ApaTable:
    """A table ready to print.

    Attributes
    ----------
    identifier : str
        For cross-references: ``@tbl:<identifier>``.
    title : str
    head : list of str
    rows : sequence of rows
        The first cell of each row names it; a row of one cell is a heading over those that follow.
    note : str
        General note; printed below.
    text : int
        How many columns from the left hold words (left-aligned); the others hold numbers (right-aligned).
    """

    identifier: str
    title: str
    head: list[str]
    rows: Sequence[Sequence[str | Links]]
    note: str = ""
    text: int = 1


def markdown(table: ApaTable) -> str:
    """The table as a fenced HTML block (every output format makes a real table of it) with its note."""

    def style(column: int) -> str:
        return "left" if column < table.text else "right"

    head = "".join(f'<th style="text-align:{style(n)}">{cell(word)}</th>' for n, word in enumerate(table.head))
    body = []
    for row in table.rows:
        if len(row) == 1 and len(table.head) > 1:
            body.append(f'<tr class="part"><th colspan="{len(table.head)}" style="text-align:left"><b>{_shown(row[0])}</b></th></tr>')
            continue
        cells = [f'<td style="text-align:{style(n)}">{_shown(word)}</td>' for n, word in enumerate(row)]
        cells[0] = cells[0].replace("<td", "<th", 1).replace("</td>", "</th>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    html = (
        f"````{{=html}}\n<table "
        f'id="tbl:{table.identifier}">\n<caption>{cell(table.title)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(body)
        + "\n</tbody>\n</table>\n````"
    )
    return html + (f"\n\n::: {{.note}}\n*Note.* {md(table.note)}\n:::" if table.note else "")


def _shown(word: str | Links) -> str:
    return word.html() if isinstance(word, Links) else cell(word) or numbers.MISSING


def by_reference(table: ApaTable, file: str) -> str:
    """A table that is shown on the screen; in print one of many rows is named with the file that holds it."""
    rows = sum(len(row) > 1 for row in table.rows)
    text = markdown(table)
    return f'::: {{.long rows="{rows}" file="results/tables/{file}.csv"}}\n{text}\n:::' if rows > LONG else text


def hidden_rows(count: int, smallest: int) -> str:
    """A remark on how many rows were left out because too few people stand behind them."""
    return f" {numbers.counted(count, 'row')} left out: fewer than {smallest} mentors or mentees." if count > 0 else ""


def notes_of(table: pd.DataFrame) -> str:
    """The different remarks in a table’s column `note`, as sentences."""
    said = [str(note).strip().rstrip(".") for note in table["note"].dropna().unique()] if "note" in table else []
    return f" {'; '.join(said)}." if said else ""
