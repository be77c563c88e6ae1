"""Where a notebook that a config lists is found: with the study first, then among those that come with the project."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mentoring.errors import Problem, StudyError, did_you_mean


def find_notebooks(names: Iterable[str], study: Path, shipped: Path) -> dict[str, Path]:
    """The file of each notebook.

    Parameters
    ----------
    names : iterable of str
        As in `report.notebooks`: file names without ending.
    study : Path
        The study's folder; its own `notebooks/` goes first, so that a changed copy replaces the one it was made from.
    shipped : Path
        The folder of the project's notebooks.

    Raises
    ------
    StudyError
        For every name that is in neither, with the nearest there is.
    """
    folders = (study / "notebooks", shipped)
    there = {path.stem: path for folder in reversed(folders) for path in sorted(folder.glob("*.ipynb"))}
    problems = [
        Problem("config.yaml", "report.notebooks", f"there is no notebook “{name}”", did_you_mean(name, sorted(there)),
                "the file's name without “.ipynb”; your own stand in the folder notebooks/ of the study")
        for name in names if name not in there
    ]
    if problems:
        raise StudyError(problems)
    return {name: there[name] for name in names}
