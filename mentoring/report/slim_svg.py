"""SVG pictures made small: the same lines and letters in about half as many characters."""

from __future__ import annotations

import re
from functools import lru_cache

# Letters are drawn at a hundred points and 64 steps a point, and then shrunk: far finer than anybody can see.
_GLYPH_STEP, _GLYPH_SCALE = 10, 'transform="scale(0.015625)"'
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PLACED = re.compile(r'\b(?:x|y|points)="[^"]*"|translate\([^)]*\)')
_PATH = re.compile(rf'\bd="([^"]*)"(\s+{re.escape(_GLYPH_SCALE)})?')
_TOKEN = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:e-?\d+)?")
_USED = re.compile(r'(?<=href="#)[^"]+|(?<=url\(#)[^)]+')
_LETTER = re.compile(r'(<use [^>]*?)transform="translate\((-?[\d.]+)(?: (-?[\d.]+))?\)"/>')


def slim(svg: str) -> str:
    """A picture of matplotlib's without remarks and unused names, with places to a hundredth of a point and paths step by step.

    Examples
    --------
    >>> slim('<path id="no" d="M 1.23456 2.0004 \\nL 3 4 \\nz"/> <!-- a remark -->')
    '<path d="M1.23 2l1.77 2z"/> '
    """
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = _PLACED.sub(lambda found: _NUMBER.sub(lambda number: _short(round(100 * float(number[0])), 100), found[0]), svg)
    svg = _PATH.sub(_drawn, svg)
    svg = _LETTER.sub(_letter, svg)
    names = {name: f"i{number}" for number, name in enumerate(dict.fromkeys(_USED.findall(svg)))}
    svg = re.sub(r' id="([^"]*)"', lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", svg)
    svg = _USED.sub(lambda found: names[found[0]], svg)
    return re.sub(r"\n\s+", "\n", svg)


def _drawn(found: re.Match[str]) -> str:
    """A path, and the scale of one that is a letter."""
    if found[2]:
        return f'd="{path(found[1], 1 / _GLYPH_STEP, 1)}" transform="scale({0.015625 * _GLYPH_STEP:g})"'
    return f'd="{path(found[1])}"'


def _letter(found: re.Match[str]) -> str:
    """A letter’s place in its line, in hundredths of the type’s size."""
    across, up = (_short(round(10 * float(place or 0)), 10) for place in (found[2], found[3]))
    return f"{found[1]}" + (f'x="{across}"' if across != "0" else "") + (f' y="{up}"' if up != "0" else "") + "/>"


@lru_cache(maxsize=4096)
def path(text: str, scale: float = 1, places: int = 100) -> str:
    """A path of absolute M, L, Q, C and Z as relative steps, in whole parts of a unit.

    Each step is taken from the rounded place before, so that errors never add up.

    Examples
    --------
    >>> path("M 10 10 L 20.5 10 Q 21 11 22 12 z")
    'M10 10l10.5 0q.5 1 1.5 2z'
    """
    out, x, y, start, command, pairs = [], 0, 0, (0, 0), "", []
    known = {"M": 1, "L": 1, "Q": 2, "C": 3}
    tokens = _TOKEN.findall(text)
    if any(token.isalpha() and token not in "MLQCZz" for token in tokens):
        return text
    numbers: list[int] = []
    for token in tokens:
        if token in "Zz":
            out.append("z")
            x, y = start
        elif token.isalpha():
            command, numbers = token, []
        else:
            numbers.append(round(float(token) * scale * places))
            if len(numbers) < 2 * known[command]:
                continue
            pairs, numbers = list(zip(numbers[::2], numbers[1::2], strict=True)), []
            if command == "M":
                start = pairs[0]
                out.append("M" + _joined(start, places))
                command, after = "M", start
            else:
                out.append(command.lower() + _joined([part for a, b in pairs for part in (a - x, b - y)], places))
                after = pairs[-1]
            x, y = after
    return "".join(out)


def _joined(parts: tuple[int, ...] | list[int], places: int) -> str:
    """Numbers one after the other; a minus sign needs no space before it."""
    return re.sub(r" -", "-", " ".join(_short(part, places) for part in parts))


def _short(parts: int, places: int) -> str:
    """So many hundredths (or other parts) as a number without needless characters."""
    if places == 1 or not parts:
        return str(parts)
    sign, digits = "-" if parts < 0 else "", len(str(places)) - 1
    whole, rest = divmod(abs(parts), places)
    text = f"{rest:0{digits}d}".rstrip("0")
    return f"{sign}{whole or ('' if text else 0)}{'.' + text if text else ''}"
