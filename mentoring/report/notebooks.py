"""Worked notebooks: run from clean, kept with their outputs, and turned into a page that needs no network."""

from __future__ import annotations

import html
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pypandoc
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from mentoring.errors import Problem, StudyError
from mentoring.study import Study

SECONDS_PER_CELL = 600


def run_notebook(notebook: Path, study: Path, executed: Path, page: Path, python: str) -> None:
    """Execute a notebook in a study's folder.

    Parameters
    ----------
    notebook : Path
        The notebook, without outputs.
    study : Path
        Folder it works in: `config.yaml` and `results/` are found there.
    executed, page : Path
        Where the executed notebook and its HTML page go. A run that fails writes the notebook as far as it came, with the error in
        its cell, beside `executed` under the name `<name>.failed.ipynb`.
    python : str
        The interpreter of the kernel.

    Raises
    ------
    StudyError
        When a cell fails: which notebook, which cell, what the error was.
    """
    content = nbformat.read(notebook, as_version=4)
    # The kernel is this very interpreter: a kernel specification of the machine might belong to another environment.
    client = NotebookClient(
        content, timeout=SECONDS_PER_CELL, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(study)}},
    )
    manager: Any = client.create_kernel_manager()
    manager._kernel_cmd = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    # One thread for algebra and a fixed hash seed: the executed copy is the same on every run.
    environment = os.environ | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        failed = executed.with_suffix(".failed.ipynb")
        nbformat.write(content, failed)
        number = next(index for index, cell in enumerate(content.cells, 1)
                      if any(output.get("output_type") == "error" for output in cell.get("outputs", [])))
        raise StudyError(Problem(notebook.name, f"cell {number}", f"it failed with {error.ename}: {error.evalue}", "a cell that runs",
                                 f"the notebook as far as it came: {failed}")) from None
    _strip_machine(content)
    nbformat.write(content, executed)
    page.write_text(_page(executed, Study.load(study).about.synthetic), encoding="utf-8")


def _strip_machine(content: nbformat.NotebookNode) -> None:
    """Take out what differs between machines and says nothing about the study."""
    content.metadata = nbformat.NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"}, language_info={"name": "python"}
    )
    for cell in content.cells:
        cell.metadata = nbformat.NotebookNode({key: value for key, value in cell.metadata.items() if key == "tags"})


def _page(executed: Path, synthetic: bool) -> str:
    """The executed notebook as one self-contained HTML page."""
    css = (Path(__file__).parent / "templates" / "notebook.css").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        header, banner = Path(folder) / "header.html", Path(folder) / "banner.html"
        header.write_text(f"<style>\n{css}</style>\n", encoding="utf-8")
        footer = Path(folder) / "footer.html"
        banner.write_text("<main>\n" + ('<p class="synthetic">SYNTHETIC DATA: made up, about nobody.</p>\n' if synthetic else ""), encoding="utf-8")
        footer.write_text("</main>\n", encoding="utf-8")
        page = str(pypandoc.convert_file(
            str(executed), "html5", format="ipynb",
            extra_args=["--standalone", "--embed-resources", "--metadata", f"pagetitle={executed.stem.replace('_', ' ')}",
                        "--metadata", "lang=en", "--metadata", "document-css=false", "--syntax-highlighting", "monochrome",
                        "--include-in-header", str(header), "--include-before-body", str(banner), "--include-after-body", str(footer)],
        ))
    return _accessible(page, figure_words(nbformat.read(executed, as_version=4)))


def figure_words(content: nbformat.NotebookNode) -> list[str]:
    """For each picture a notebook draws, words for those who cannot see it: under which heading it stands."""
    words, about = [], ""
    for cell in content.cells:
        if cell.cell_type == "markdown":
            headings = [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
            about = re.sub(r"[*`]", "", headings[-1]) if headings else about
        drawn = sum("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        words += [f"Figure drawn by the code above it. It belongs to: {about}"] * drawn
    return words


def _accessible(page: str, alts: list[str]) -> str:
    """What pandoc leaves out of a notebook's page: words for pictures, tables that the keyboard can scroll, no heads without words."""
    waiting = iter(alts)
    page = re.sub(r"<img (?![^>]*\balt=)", lambda _: f'<img alt="{html.escape(next(waiting, "Figure drawn by the code above it."), quote=True)}" ', page)
    page = re.sub(r'(<div class="output [^"]*")', r'\1 tabindex="0" role="group" aria-label="Output of the code above"', page)
    page = re.sub(r"<th></th>", "<td></td>", page)
    # “Next: …” leads from page to page, as it does from notebook to notebook.
    return re.sub(r'href="(\w+)\.ipynb"', r'href="\1.html"', page)
