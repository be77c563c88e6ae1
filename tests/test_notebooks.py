"""Notebooks in the repository hold no outputs, use public names only, and a cell that fails is told."""

import ast
import sys
from pathlib import Path

import nbformat
import pytest

import mentoring
from mentoring.errors import StudyError
from mentoring.notebook_files import find_notebooks
from mentoring.report.notebooks import run_notebook
from tests.small_study import write_small_study

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "examples").glob("*/notebooks/*.ipynb")])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped_and_ids_fixed(path):
    content = nbformat.read(path, as_version=4)
    nbformat.validate(content)
    for number, cell in enumerate(content.cells, 1):
        assert cell.id == f"{path.stem[:2]}-{number:02d}"
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_the_public_api_is_used(path):
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("mentoring")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "mt":
            assert node.attr in mentoring.__all__


def test_every_public_name_is_there_and_documented():
    for name in mentoring.__all__:
        assert getattr(mentoring, name).__doc__, name
    with pytest.raises(AttributeError, match="has no “lmmm”"):
        _ = mentoring.lmmm


def notebook(path: Path, code: str) -> Path:
    cell = nbformat.v4.new_code_cell(code, id="01-01")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_a_run_keeps_outputs_twice_alike_and_makes_a_page(tmp_path):
    study = write_small_study(tmp_path / "s", mentors=4)
    source = notebook(tmp_path / "01_x.ipynb", "import mentoring as mt\nmt.Study.load().about.title")
    for name in ("a", "b"):
        run_notebook(source, study, tmp_path / f"{name}.ipynb", tmp_path / f"{name}.html", sys.executable)
    assert (tmp_path / "a.ipynb").read_bytes() == (tmp_path / "b.ipynb").read_bytes()
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "A small study" in page and "SYNTHETIC" in page and str(tmp_path) not in page


def test_a_failing_cell_is_told_and_its_traceback_kept(tmp_path):
    study = write_small_study(tmp_path / "s", mentors=4)
    with pytest.raises(StudyError, match=r"01_x\.ipynb · cell 1: it failed with ZeroDivisionError"):
        run_notebook(notebook(tmp_path / "01_x.ipynb", "1 / 0"), study, tmp_path / "out.ipynb", tmp_path / "out.html", sys.executable)
    assert not (tmp_path / "out.ipynb").exists()
    assert "ZeroDivisionError" in (tmp_path / "out.failed.ipynb").read_text(encoding="utf-8")


def test_a_study_s_own_notebook_goes_before_the_project_s(tmp_path):
    study, shipped = tmp_path / "study", tmp_path / "shipped"
    for folder, names in ((study / "notebooks", ["04_one", "mine"]), (shipped, ["01_data", "04_one"])):
        folder.mkdir(parents=True)
        for name in names:
            (folder / f"{name}.ipynb").touch()
    found = find_notebooks(["01_data", "04_one", "mine"], study, shipped)
    assert [path.parent.parent.name for path in found.values()] == [tmp_path.name, "study", "study"]
    with pytest.raises(StudyError, match="there is no notebook “04_won”") as told:
        find_notebooks(["04_won", "nothing_like_it", "mine"], study, shipped)
    assert len(told.value.problems) == 2
    assert "did you mean “04_one”?" in str(told.value) and "one of: 01_data, 04_one, mine" in str(told.value)


def test_pages_lead_to_pages(tmp_path):
    study = write_small_study(tmp_path / "s", mentors=4)
    source = notebook(tmp_path / "01_x.ipynb", "1")
    content = nbformat.read(source, as_version=4)
    content.cells.append(nbformat.v4.new_markdown_cell("*Next: [02](02_y.ipynb)*", id="01-02"))
    nbformat.write(content, source)
    run_notebook(source, study, tmp_path / "a.ipynb", tmp_path / "a.html", sys.executable)
    assert 'href="02_y.html"' in (tmp_path / "a.html").read_text(encoding="utf-8")
