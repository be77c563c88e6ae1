"""Numbers as APA style wants them: exact p, no leading zero where a statistic cannot exceed one, intervals in brackets.

Nothing here ever returns an empty text, "nan" or "None": what is missing becomes a dash, and the table's note says why.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

MISSING = "—"
MINUS = "\u2212"


def is_missing(value: Any) -> bool:
    """Whether there is no number (or text) here."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) or bool(pd.isna(value))


def number(value: Any, digits: int = 2, *, bounded: bool = False) -> str:
    """A number with a fixed count of decimals.

    Parameters
    ----------
    value : number or missing
    digits : int
        Decimals.
    bounded : bool
        True when the statistic cannot exceed 1 in size by definition (r, p, alpha, R²): then without the leading zero.

    Examples
    --------
    >>> number(-0.456), number(0.456, bounded=True), number(None)
    ('−0.46', '.46', '—')
    """
    if is_missing(value):
        return MISSING
    size = float(value)
    if math.isinf(size):
        return "∞" if size > 0 else MINUS + "∞"
    text = f"{abs(size):.{digits}f}"
    sign = MINUS if size < 0 and float(text) != 0 else ""
    if bounded and text.startswith("0."):
        text = text[1:]
    return sign + text


def digits_for(*values: Any) -> int:
    """Decimals that keep about two significant figures of the smallest number that matters, between 2 and 4."""
    sizes = [abs(float(value)) for value in values if not is_missing(value) and float(value) != 0]
    if not sizes:
        return 2
    return min(4, max(2, 1 - math.floor(math.log10(max(sizes)))))


def p_value(p: Any) -> str:
    """Exact to three decimals; smaller ones as ``< .001``.

    Examples
    --------
    >>> p_value(0.0234), p_value(0.00001), p_value(1.0)
    ('.023', '< .001', '> .999')
    """
    if is_missing(p):
        return MISSING
    if p < 0.001:
        return "< .001"
    return "> .999" if p > 0.9995 else number(p, 3, bounded=True)


def p_phrase(p: Any) -> str:
    """For running text: ``p = .023`` or ``p < .001``."""
    text = p_value(p)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"


def df(value: Any) -> str:
    """Degrees of freedom: whole when whole, else one decimal (two below ten)."""
    if is_missing(value):
        return MISSING
    size = float(value)
    if math.isinf(size):
        return "∞"
    if abs(size - round(size)) < 1e-6:
        return count(round(size))
    return number(size, 2 if abs(size) < 10 else 1)


def interval(low: Any, high: Any, digits: int = 2, *, bounded: bool = False) -> str:
    """``[0.12, 0.40]``, or a dash when an end is missing."""
    if is_missing(low) or is_missing(high):
        return MISSING
    return f"[{number(low, digits, bounded=bounded)}, {number(high, digits, bounded=bounded)}]"


def estimate(value: Any, low: Any, high: Any, digits: int | None = None, *, bounded: bool = False) -> str:
    """An estimate with its interval: ``0.26 [0.12, 0.40]``."""
    if is_missing(value):
        return MISSING
    places = (2 if bounded else digits_for(value, low, high)) if digits is None else digits
    shown = number(value, places, bounded=bounded)
    ends = interval(low, high, places, bounded=bounded)
    return shown if ends == MISSING else f"{shown} {ends}"


def count(value: Any) -> str:
    """A whole number, with commas from a thousand."""
    return MISSING if is_missing(value) else f"{round(float(value)):,}".replace("-", MINUS)


def percent(part: Any, whole: Any = 1) -> str:
    """A share as a whole percentage; never rounded to 0 or 100 unless it is exactly that."""
    if is_missing(part) or is_missing(whole) or float(whole) == 0:
        return MISSING
    share = 100 * float(part) / float(whole)
    shown = round(share)
    if shown == 0 and share > 0:
        return "< 1 %"
    if shown == 100 and share < 100:
        return "> 99 %"
    return f"{shown} %"


def span(low: Any, high: Any) -> str:
    """``49 to 166``, or one number when both are the same."""
    return " to ".join(dict.fromkeys([count(low), count(high)]))


def listed(words: list[str], last: str = "and") -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(size: int, one: str, many: str = "") -> str:
    """``1 mentor``, ``12 mentors``."""
    return f"{count(size)} {one if size == 1 else many or one + 's'}"
