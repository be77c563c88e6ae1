"""Everything that comes from a user's files is made inert here before it enters the report.

A title may hold ``<script>``, ``$x$`` or ``[a](javascript:…)``, a label may be ``=cmd()``: readers see exactly those characters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

from mentoring.report.numbers import is_missing

# What means something to pandoc's Markdown anywhere in a line, and what only at its beginning (lists, headings, definitions, tables).
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~^<>$@&])")
_LEADING = re.compile(r"^(\(?\w{0,9}|Table)([.):])|^()([-+=:%!(])")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def clean(text: Any, most: int = 600) -> str:
    """One line of visible text: control characters (also those that turn the reading direction) out, white space single, shortened."""
    if is_missing(text):
        return ""
    kept = "".join(
        " " if char.isspace() else char for char in str(text) if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    line = " ".join(kept.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def md(text: Any) -> str:
    """Text that Markdown shows as it stands.

    Examples
    --------
    >>> print(md("a $x$ [b](c)"))
    a \\$x\\$ \\[b\\](c)
    """
    line = _SPECIAL.sub(r"\\\1", clean(text, 5000))
    return _LEADING.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[4]}", line)


def attribute(text: Any) -> str:
    """Text inside the double quotes of a Markdown attribute (alt text)."""
    return clean(text, 5000).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def cell(text: Any) -> str:
    """Text inside an HTML table; backticks too, because the table travels in a fenced block."""
    return html.escape(clean(text, 2000), quote=True).replace("`", "&#96;")


def spreadsheet(text: Any) -> str:
    """Text in a CSV that Excel may open: a leading formula sign is put behind an apostrophe (numbers stay numbers)."""
    line = clean(text, 5000)
    if line.startswith(_FORMULA_START) and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", line):
        return "'" + line
    return line


def heading(level: int, text: str, identifier: str = "", *, listed: bool = True) -> str:
    """A Markdown heading; `text` is plain and is escaped here. `listed=False` keeps it out of the table of contents."""
    classes = "" if listed else " .unlisted"
    mark = f" {{#{identifier}{classes}}}" if identifier else f" {{{classes.strip()}}}" if classes else ""
    return f"{'#' * level} {md(text)}{mark}"


def bullets(lines: list[str]) -> str:
    """A list; the lines are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)


def div(kind: str, *blocks: str) -> str:
    """Blocks in a container of that class."""
    return f"::: {{.{kind}}}\n" + "\n\n".join(block for block in blocks if block) + "\n:::"


def fold(summary: str, *blocks: str, kind: str = "fold") -> str:
    """Blocks that are folded on the screen (plain text says what is inside) and stand open in print; nothing when there are none."""
    kept = [block for block in blocks if block]
    return f':::: {{.{kind} summary="{attribute(summary)}"}}\n' + "\n\n".join(kept) + "\n::::" if kept else ""


def picture(path: str, alt: str, kind: str = "") -> str:
    """A picture without number or caption (page one's interval strips)."""
    return f'![]({path}){{{"." + kind + " " if kind else ""}alt="{attribute(alt)}"}}'


def figure(path: str, identifier: str, caption: str, alt: str, width: str = "") -> str:
    """A numbered figure; caption and alt are plain text, width is in millimetres."""
    wide = f' width="{width}mm"' if width else ""
    return f'![{md(caption)}]({path}){{#fig:{identifier}{wide} alt="{attribute(alt)}"}}'
