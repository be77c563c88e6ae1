"""What every chapter of the report draws on."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from mentoring.report import theme
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.inputs import Results
from mentoring.report.markup import figure
from mentoring.report.names import Names

PAGE_WIDTH = 165
DOTS_PER_MM = theme.DOTS_PER_INCH * theme.MM


@dataclass(frozen=True)
class Book:
    """What every section draws on: the tables, the gathered answers, the names and the figures that were drawn."""

    results: Results
    answers: list[Answer]
    names: Names
    figures: dict[str, dict[str, str]]

    def figure(self, name: str, absent: str) -> str:
        """A numbered figure, or the sentence saying why there is none."""
        entry = self.figures.get(name)
        return figure(f"../figures/{name}.svg", name, entry["caption"], entry["alt"], entry["width"]) if entry else absent


def read_figures(listing: Path) -> dict[str, dict[str, str]]:
    """The figures that were drawn, by name, with the `width` in millimetres they are to be printed at."""
    if not listing.is_file():
        return {}
    with listing.open(encoding="utf-8", newline="") as stream:
        return {row["name"]: {**row, "width": _width(listing.parent / f"{row['name']}.png")} for row in csv.DictReader(stream)}


def _width(picture: Path) -> str:
    """A picture's own width, at most that of the page; type then is on paper as large as it was drawn."""
    with picture.open("rb") as stream:
        pixels = int.from_bytes(stream.read(20)[16:20], "big")  # where every PNG says it
    return str(min(PAGE_WIDTH, round(pixels / DOTS_PER_MM)))


def table_or(table: ApaTable | None, absent: str) -> str:
    """A table, or the sentence saying why there is none."""
    return markdown(table) if table else absent
