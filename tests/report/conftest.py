"""Reports drawn and rendered once per test process: a full study, one without scales, and one whose texts are hostile."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mentoring.report import draw_figures, render_report
from mentoring.study import Study
from tests.report.report_factory import bare_study, full_study

HOSTILE = {
    "title": '"<script>alert(1)</script> $x^2$ #let y = 1 [a](javascript:alert(2)) =cmd() `z`{=html} *b*"',
    "label": '"=cmd() <img src=x onerror=alert(3)> $\\\\alpha$ #text(red)[q] @fig:forest"',
    "ask": '"Does <b>this</b> | that [x](https://example.org) \\\\input{x} ::: ``` matter?"',
    "contact": "<script>x</script>",
}


@dataclass(frozen=True)
class Rendered:
    """A study with its finished report."""

    study: Study
    results: Path

    @property
    def folder(self) -> Path:
        """`results/report`."""
        return self.results / "report"

    def text(self, name: str) -> str:
        """A text file of the report."""
        return (self.folder / name).read_text(encoding="utf-8")


def _rendered(study: Study) -> Rendered:
    results = study.folder / "results"
    draw_figures(study, results)
    render_report(study, results)
    return Rendered(study, results)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Scales, three waves, both sides, synthetic, three questions of which one cannot be answered."""
    return _rendered(full_study(tmp_path_factory.mktemp("full")))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Like Project STAR: no scales, one side, one wave, not synthetic, several tables absent."""
    return _rendered(bare_study(tmp_path_factory.mktemp("bare")))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Titles and labels that try to be HTML, TeX, Typst, Markdown and formulas."""
    return _rendered(full_study(tmp_path_factory.mktemp("hostile"), **HOSTILE))
