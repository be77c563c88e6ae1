"""Figures, tables, words and documents: what everyone outside the project sees of a study."""

from __future__ import annotations

import csv
from pathlib import Path

from mentoring.report.figures import draw_all
from mentoring.report.inputs import Results
from mentoring.report.markup import spreadsheet
from mentoring.report.theme import Drawn, save
from mentoring.study import Study

__all__ = ["Drawn", "draw_figures", "render_report"]

FIGURE_COLUMNS = ("name", "question", "caption", "alt")


def draw_figures(study: Study, results: str | Path) -> list[Path]:
    """Draw every figure that makes sense for a study.

    Parameters
    ----------
    study : Study
    results : Path
        The folder with `tables/` and `data/`.

    Returns
    -------
    list of Path
        `figures/<name>.svg` and `.png`, and last `figures/figures.csv` with name, question, caption and alt text.
    """
    folder = Path(results) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_all(Results.read(study, Path(results)))
    files = [file for one in drawn for file in save(one, folder)]
    listing = folder / "figures.csv"
    with listing.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIGURE_COLUMNS)
        writer.writerows([one.name, one.question, spreadsheet(one.caption), spreadsheet(one.alt)] for one in drawn)
    return [*files, listing]


def render_report(study: Study, results: str | Path) -> list[Path]:
    """Write the report in the formats the config asks for, from the tables and the figures `draw_figures` has drawn.

    Returns
    -------
    list of Path
        `report/report.md` (the one source), then the formats asked for.
    """
    from mentoring.report.document import render  # pandoc and typst are loaded only when a document is made

    return render(Results.read(study, Path(results)))
