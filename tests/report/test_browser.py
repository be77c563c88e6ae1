"""The HTML report in a real browser: accessible, quiet, offline, and readable at three widths in light and dark."""

import json
import math
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mentoring.report import render_programs
from mentoring.study import Study, parse
from tests.report.report_factory import CONFIG, PLAIN, full_study

ROOT = Path(__file__).resolve().parents[2]
# What a run of the example study and of STAR has written, where there was one (the gate runs the example before the tests).
RUN = [folder for folder in (ROOT / "results/report", ROOT / "examples/star/results/report") if (folder / "report.html").is_file()]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not installed (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Debian's chromium, driven by playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM)
        yield running
        running.close()


@dataclass(frozen=True)
class Copy:
    """A report in a folder of its own."""

    folder: Path


@pytest.fixture(scope="module")
def turnable(bare, tmp_path_factory) -> Copy:
    """A page with a surface in it, which stands for the figure of the estimates."""
    folder = tmp_path_factory.mktemp("turnable")
    ring = [(math.cos(n), math.sin(n)) for n in range(6)]
    rings = [[[3 + r * x, 4 + r * y, 5 + r * x] for x, y in ring] for r in (0, 1, 2)]
    surface = {"rings": rings, "lines": [{"points": [[2, 3, 4], [4, 5, 6]], "dashed": True}], "labels": ["X", "Y", "Z"], "faded": False}
    data = json.dumps({"effects_race": {"surface": surface}})
    page = re.sub(r'(id="figure-data">).*?(</script>)', rf"\1{data}\2", bare.text("report.html"), count=1, flags=re.DOTALL)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return Copy(folder)


@pytest.fixture(scope="module")
def by_program(tmp_path_factory) -> Copy:
    """Pages by programme, of a study that shows groups of five."""
    folder = tmp_path_factory.mktemp("by_program")
    full_study(folder)
    config = CONFIG.format(**PLAIN).replace("  synthetic:", "  privacy: {smallest_cell: 5}\n  synthetic:")
    study = Study(folder, parse(config + "report: {by: program, formats: [html]}\n"))
    render_programs(study, folder / "results")
    return Copy(folder / "results/report/programs")


def opened(browser, rendered, width=1280, scheme="light", name="report.html"):
    """A page with what it said and asked for."""
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((rendered.folder / name).as_uri())
    page.wait_for_load_state("load")
    return page, said, [url for url in asked if not url.startswith(("file:", "data:"))]


@pytest.mark.parametrize("which", ["full", "bare"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser, request, which, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = opened(browser, request.getfixturevalue(which), 390 if scheme == "dark" else 1280, scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("which", ["full", "bare", "hostile"])
def test_no_error_no_request_and_no_dialog(browser, request, which):
    page, said, asked = opened(browser, request.getfixturevalue(which))
    assert (said, asked) == ([], [])
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_runs_over_the_edge(browser, full, width):
    page, _, _ = opened(browser, full, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(box => getComputedStyle(box).overflowX === 'auto')")


def test_contents_stand_open_where_there_is_room(browser, full):
    wide, _, _ = opened(browser, full, 1280)
    narrow, _, _ = opened(browser, full, 390)
    assert wide.evaluate("document.getElementById('toc').open") is True
    assert narrow.evaluate("document.getElementById('toc').open") is False
    narrow.click("#toc summary")
    narrow.click("#toc a >> nth=1")
    assert narrow.evaluate("location.hash.length") > 1


def test_the_skip_link_comes_first_and_leads_to_the_report(browser, full):
    page, _, _ = opened(browser, full)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.querySelector(document.activeElement.getAttribute('href')).tagName") == "MAIN"


def test_every_picture_has_words(browser, full):
    page, _, _ = opened(browser, full)
    assert page.evaluate("[...document.images].every(i => i.alt.length > 40)")
    assert page.evaluate("[...document.querySelectorAll('figure')].every(f => f.querySelector('figcaption'))")


def test_a_press_on_a_head_sorts_and_the_third_gives_the_old_order_back(browser, full):
    page, said, _ = opened(browser, full)
    column = "[...document.querySelector('.scroll:has(button.sort) table').tBodies[0].rows].map(row => row.cells[{}].textContent.trim())"
    head = page.locator(".scroll:has(button.sort) table").first.locator("th button.sort").nth(1)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    before = page.evaluate(column.format(1))
    head.focus()
    page.keyboard.press("Enter")
    rising = [number(text) for text in page.evaluate(column.format(1)) if number(text) is not None]
    assert len(rising) > 4 and rising == sorted(rising)
    assert head.evaluate("button => button.closest('th').getAttribute('aria-sort')") == "ascending"
    page.keyboard.press("Enter")
    falling = [number(text) for text in page.evaluate(column.format(1)) if number(text) is not None]
    assert falling == rising[::-1]
    page.keyboard.press("Enter")
    assert page.evaluate(column.format(1)) == before
    assert said == []


def number(text: str) -> float | None:
    """The number a cell begins with."""
    found = re.match(r"[−-]?[\d,]*\.?\d+", text)
    return float(found[0].replace("−", "-").replace(",", "")) if found else None


def test_intervals_tell_their_numbers_by_keyboard_where_they_are_drawn(browser, full):
    page, _, _ = opened(browser, full)
    mark = page.locator("#fig\\:effects_gender_quality .mark").first
    mark.focus()
    tip = page.locator("#fig\\:effects_gender_quality .tip")
    assert tip.is_visible() and tip.text_content() == mark.get_attribute("aria-label")
    assert "0.21 [0.02, 0.40]" in tip.text_content()
    assert "p = .032" in tip.text_content()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    frame, image = mark.evaluate("mark => [mark.parentElement.offsetWidth, mark.parentElement.querySelector('img').offsetWidth]")
    assert frame == image


def test_links_open_the_fold_they_lead_into_and_print_opens_all(browser, full):
    page, _, _ = opened(browser, full)
    assert page.evaluate("[...document.querySelectorAll('details.fold')].every(fold => !fold.open)")
    page.evaluate("location.hash = document.querySelector('details.fold table[id]').id")
    page.wait_for_function("document.querySelector('details.fold:has(table[id])').open")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details.fold')].every(fold => fold.open)")


@pytest.mark.parametrize("which", ["full", "bare"])
def test_every_link_leads_somewhere(browser, request, which):
    page, _, _ = opened(browser, request.getfixturevalue(which))
    lost = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash)"
    assert page.evaluate(lost) == []


def test_a_surface_turns_by_keyboard_and_its_picture_is_printed(browser, turnable):
    page, said, _ = opened(browser, turnable)
    canvas = page.locator("canvas").first
    seen = [canvas.evaluate("c => c.toDataURL()")]
    canvas.focus()
    for key in ("ArrowRight", "ArrowUp", "Home"):
        page.keyboard.press(key)
        seen.append(canvas.evaluate("c => c.toDataURL()"))
    assert seen[0] == seen[3] and len(set(seen)) == 3
    assert not page.locator("img.twin").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator("img.twin").first.is_visible() and not canvas.is_visible()
    assert said == []


@pytest.mark.parametrize("folder", RUN, ids=lambda folder: folder.parent.parent.name)
def test_the_report_of_a_whole_run(browser, folder):
    from axe_playwright_python.sync_playwright import Axe

    page, said, asked = opened(browser, Copy(folder))
    assert (said, asked) == ([], [])
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0 && i.alt.length > 40)")
    surfaces = page.evaluate("Object.values(JSON.parse(document.getElementById('figure-data').textContent)).filter(one => one.surface).length")
    assert page.locator("canvas").count() == surfaces
    assert page.locator(".mark").count() > 0
    assert (folder / "report.html").stat().st_size < 8e6
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    for width in (390, 820):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


NOTEBOOKS = sorted((ROOT / "results/notebooks").glob("*.html"))


@pytest.mark.skipif(not NOTEBOOKS, reason="no run has executed the notebooks")
def test_notebook_pages_of_a_run(browser):
    from axe_playwright_python.sync_playwright import Axe

    # They share one style, so half of them are looked at in the dark on a phone.
    for number, file in enumerate(NOTEBOOKS):
        page, said, asked = opened(browser, Copy(file.parent), *((1280, "light"), (390, "dark"))[number % 2], file.name)
        assert (said, asked) == ([], []), file.name
        found = Axe().run(page)
        assert found.violations_count == 0, f"{file.name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], file.name
        page.context.close()


def test_programme_pages(browser, by_program):
    from axe_playwright_python.sync_playwright import Axe

    for file in sorted(by_program.folder.glob("*.html"))[:3]:
        page, said, asked = opened(browser, by_program, 390, "dark", file.name)
        assert (said, asked) == ([], []), file.name
        found = Axe().run(page)
        assert found.violations_count == 0, f"{file.name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, file.name
