"""Texts of users stay texts."""

import subprocess

import pytest

from mentoring.report.document import READER, pandoc_path
from mentoring.report.markup import attribute, cell, clean, md, spreadsheet

NASTY = [
    "<script>alert(1)</script>",
    "=cmd()",
    "#let x = 1",
    "$x^2$",
    "[a](javascript:alert(1))",
    "*b* _c_ `d`{=html}",
    "@fig:x",
    "1. one",
    "- two",
    "# three",
    "> four",
    "a | b",
    "::: div",
    "\\input{x}",
    "https://example.org <https://example.org>",
    "a^b^ ~c~",
    "&lt;b&gt;",
    "![x](y.png)",
    "”quotes“ 'and' \"more\"",
    "x\\",
    "{#id .class}",
    "---",
]


@pytest.mark.parametrize("text", NASTY)
def test_markdown_shows_exactly_the_text(text):
    done = subprocess.run(
        [pandoc_path(), "--from", READER, "--to", "plain", "--wrap=none"],
        input=f"Before {md(text)} after\n\n{md(text)}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.strip().split("\n\n")
    assert first == f"Before {text} after"
    assert second == text


@pytest.mark.parametrize("text", NASTY)
def test_attributes_hold_the_text(text):
    done = subprocess.run(
        [pandoc_path(), "--from", READER, "--to", "native"],
        input=f'![](a.svg){{alt="{attribute(text)}"}}',
        capture_output=True,
        text=True,
        check=True,
    )
    value = text.replace("\\", "\\\\").replace('"', '\\"')
    assert f'( "alt" , "{value}" )' in " ".join(done.stdout.split()) or not value.isascii()


def test_table_cells_are_escaped():
    assert cell('<b>`x`</b> & "y"') == "&lt;b&gt;&#96;x&#96;&lt;/b&gt; &amp; &quot;y&quot;"


@pytest.mark.parametrize(
    ("text", "safe"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-3", "-3"), ("+4.5", "+4.5"), ("-cmd", "'-cmd"), ("plain", "plain")]
)
def test_spreadsheet_cells_are_no_formulas(text, safe):
    assert spreadsheet(text) == safe


def test_control_and_direction_characters_go():
    assert clean("a\u202eb\x00c\nd\te") == "abc d e"
    assert clean(None) == ""
    assert clean("x" * 1000).endswith("…")
