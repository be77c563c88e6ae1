"""Figures, tables, words and documents: what everyone outside the project sees of a study."""

from __future__ import annotations

import csv
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from mentoring.report.answers import Answer, gather
from mentoring.report.chapters import CHAPTERS, draw_chapter
from mentoring.report.inputs import Results
from mentoring.report.markup import spreadsheet
from mentoring.report.names import names_of
from mentoring.report.theme import Drawn, save
from mentoring.study import Study

__all__ = ["Drawn", "draw_figures", "render_programs", "render_report"]

FIGURE_COLUMNS = ("name", "question", "caption", "alt")


def draw_figures(study: Study, results: str | Path, processes: int = 1) -> list[Path]:
    """Draw every figure that makes sense for a study.

    Parameters
    ----------
    study : Study
    results : Path
        The folder with `tables/` and `data/`.
    processes : int
        How many to draw with side by side; the files are the same.

    Returns
    -------
    list of Path
        `figures/<name>.svg` and `.png`, and last `figures/figures.csv` with name, question, caption and alt text.
    """
    folder = Path(results) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    read = Results.read(study, Path(results))
    draw = partial(_draw_chapter, read, gather(read, names_of(read)))
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            chapters = list(pool.map(draw, CHAPTERS))
    else:
        chapters = [draw(chapter) for chapter in CHAPTERS]
    files = [file for saved, _ in chapters for file in saved]
    rows = [row for _, listed in chapters for row in listed]
    listing = folder / "figures.csv"
    with listing.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIGURE_COLUMNS)
        writer.writerows(rows)
    return [*files, listing]


def _draw_chapter(results: Results, answers: list[Answer], chapter: str) -> tuple[list[Path], list[tuple[str, str, str, str]]]:
    """Draw and save one chapter's figures; gives the files and their rows in the listing."""
    drawn = draw_chapter(results, answers, chapter)
    rows = [(one.name, one.question, spreadsheet(one.caption), spreadsheet(one.alt)) for one in drawn]
    return [file for one in drawn for file in save(one, results.folder / "figures")], rows


def render_report(study: Study, results: str | Path, processes: int = 1) -> list[Path]:
    """Write the report in the formats the config asks for, from the tables and the figures `draw_figures` has drawn.

    Parameters
    ----------
    study : Study
    results : Path
        The folder with `tables/` and `figures/`.
    processes : int
        How many formats to write side by side; the files are the same.

    Returns
    -------
    list of Path
        `report/report.md` (the one source), then the formats asked for.
    """
    from mentoring.report.document import render  # pandoc and typst are loaded only when a document is made

    return render(Results.read(study, Path(results)), processes)


def render_programs(study: Study, results: str | Path) -> list[Path]:
    """Write a page for each programme with enough people and one across, in the formats the config asks for.

    Returns
    -------
    list of Path
        `report/programs/index.*` first.
    """
    from mentoring.report import document

    return document.render_programs(Results.read(study, Path(results)))
