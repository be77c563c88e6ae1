"""The pages for users hold true: their example files make a study that reads."""

from __future__ import annotations

import re
from pathlib import Path

from mentoring.ingest import read_codebook, read_study
from mentoring.study import Study

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of_how_to(folder: Path) -> None:
    """Write the how-to's files into a folder."""
    for name, text in BLOCK.findall((DOCS / "how-to/bring-your-own-survey.md").read_text(encoding="utf-8")):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_the_how_to_is_a_study(tmp_path: Path) -> None:
    files_of_how_to(tmp_path)
    got = read_study(Study.load(tmp_path))
    assert len(got.dyads) == 3 and len(got.people) == 5
    assert len(got.responses) == 5 * 3 + 4 * 2 + 3
    assert set(got.responses["missing"].dropna()) == {"declared", "blank"}


def test_the_reference_is_a_codebook(tmp_path: Path) -> None:
    files_of_how_to(tmp_path)
    items, labels = re.findall(r"```csv\n(.*?)```", (DOCS / "reference/codebook.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "data/items.csv").write_text(items, encoding="utf-8")
    (tmp_path / "data/labels.csv").write_text(labels, encoding="utf-8")
    codebook = read_codebook(Study.load(tmp_path))
    assert len(codebook.items) == 8 and codebook.free_text == {"comment"}
