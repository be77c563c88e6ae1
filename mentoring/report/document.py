"""From the one Markdown source to HTML, Word and PDF, with the same bytes whenever the same tables come in."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import pypandoc
import typst

from mentoring.report import programs
from mentoring.report.book import read_figures
from mentoring.report.inputs import Results
from mentoring.report.source import report_source
from mentoring.report.word_style import write_reference
from mentoring.report.words import REFERENCES

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Pandoc stamps Word files with the time; the project's first day stands in for it (also in zip entries, which begin in 1980).
EPOCH = "1763683200"
# Escapes stay escapes, and nothing a user typed can become raw HTML, TeX or Typst.
READER = "markdown-smart-raw_tex-tex_math_dollars-raw_html-markdown_in_html_blocks-latex_macros"


def render(results: Results, processes: int = 1) -> list[Path]:
    """Write `report/report.md` and the formats the config asks for, `processes` of them side by side.

    Raises
    ------
    RuntimeError
        When pandoc or Typst refuse the source, with what they said. That is a mistake in our code, not in a user's data.
    """
    folder = results.folder / "report"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "report.md"
    source.write_text(report_source(results), encoding="utf-8", newline="\n")
    made = {"html": _html, "docx": _docx, "pdf": _pdf}
    # Threads do: the work is in pandoc and Typst.
    with ThreadPoolExecutor(processes) as pool:
        return [source, *pool.map(lambda form: made[form](results, folder, source), results.study.report.formats)]


def render_programs(results: Results) -> list[Path]:
    """Write `report/programs/`: a page for each programme with enough people and one across, in the formats the config asks for."""
    folder = results.folder / "report" / programs.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()  # a programme that has become too small must not keep its page
    made, files = {"html": _html, "docx": _docx, "pdf": _pdf}, []
    for name, text in programs.write(results, folder).items():
        source = folder / f"{name}.md"
        source.write_text(text, encoding="utf-8", newline="\n")
        files += [made[form](results, folder, source) for form in results.study.report.formats]
        source.unlink()
    return files


def _html(results: Results, folder: Path, source: Path) -> Path:
    target = folder / f"{source.stem}.html"
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch) / "report.html"
        page = (TEMPLATES / "report.html").read_text(encoding="utf-8")
        # A dollar sign would begin a variable of pandoc's template.
        for place, text in (("STYLE", "report.css"), ("SCRIPT", "report.js")):
            page = page.replace(f"/*{place}*/", (TEMPLATES / text).read_text(encoding="utf-8").replace("$", "$$"))
        data = _figure_data(results.folder / "figures") if source.stem == "report" else "{}"
        template.write_text(page.replace("/*DATA*/", data.replace("$", "$$")), encoding="utf-8")
        _pandoc(source, target, "html5", "--template", str(template), "--toc", "--toc-depth=3", "--embed-resources", "--section-divs")
    target.write_text(_unpacked(target.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return target


def _figure_data(folder: Path) -> str:
    """What figures tell the page's script, by name, fit to stand inside a script element."""
    files = [folder / f"{name}.json" for name in read_figures(folder / "figures.csv")]
    found = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _unpacked(page: str) -> str:
    """A page whose SVG pictures are written as text instead of base64, which makes it a fifth smaller."""

    def plain(found: re.Match[str]) -> str:
        svg = " ".join(base64.b64decode(found[1]).decode("utf-8").replace('"', "'").split())
        for char in "%#<>":
            svg = svg.replace(char, f"%{ord(char):02X}")
        return f"data:image/svg+xml,{svg}"

    return re.sub(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", plain, page)


def _docx(results: Results, folder: Path, source: Path) -> Path:
    target = folder / f"{source.stem}.docx"
    with tempfile.TemporaryDirectory() as scratch:
        reference = write_reference(Path(scratch) / "reference.docx", pandoc_path(), synthetic=results.study.about.synthetic)
        _pandoc(source, target, "docx", "--reference-doc", str(reference))
    return target


def _pdf(results: Results, folder: Path, source: Path) -> Path:
    target, page = folder / f"{source.stem}.pdf", folder / f"{source.stem}.typ"
    try:
        _pandoc(source, page, "typst", "--template", str(TEMPLATES / "report.typ"))
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        typst.compile(
            str(page),
            output=str(target),
            root=str(results.folder),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=int(EPOCH),
        )
    except typst.TypstError as error:
        raise RuntimeError(f"Typst could not set the report: {error}") from error
    finally:
        page.unlink(missing_ok=True)
    return target


def pandoc_path() -> str:
    """The pandoc that comes with pypandoc-binary."""
    return str(pypandoc.get_pandoc_path())


def _pandoc(source: Path, target: Path, form: str, *options: str) -> None:
    command = [
        pandoc_path(),
        source.name,
        "--from",
        READER,
        "--to",
        form,
        "--output",
        target.name,
        "--standalone",
        "--wrap=none",
        "--lua-filter",
        str(TEMPLATES / "filter.lua"),
        "--citeproc",
        "--bibliography",
        str(REFERENCES),
        "--csl",
        str(TEMPLATES / "references.csl"),
        "--metadata",
        "link-citations=true",
        *options,
    ]
    done = subprocess.run(
        command, cwd=source.parent, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, capture_output=True, text=True, check=False
    )
    if done.returncode or "[WARNING]" in done.stderr:
        raise RuntimeError(f"pandoc could not write {target.name}: {done.stderr.strip()}")
