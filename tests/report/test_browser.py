"""The HTML report in a real browser: accessible, quiet, offline, and readable at three widths in light and dark."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def opened(browser, rendered, width=1280, scheme="light"):
    """A page with what it said and asked for."""
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((rendered.folder / "report.html").as_uri())
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
