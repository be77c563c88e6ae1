"""Read the random part of a formula: ``(1 | g)``, ``(x || g)``, ``(1 | a/b)`` and their mixtures."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mentoring.errors import Problem, StudyError

# A group is a column, or columns joined by ":" or "/"; lme4 users also wrap columns in factor(). Odd names stand in backticks.
_GROUP_NAME = re.compile(r"^(?:(?:factor|C)\(\s*([^()\s]+)\s*\)|([^\W\d][\w.]*)|`([^`:/+*()|~]+)`)$")
# Nobody writes more, and reading them is recursive.
_DEEPEST = 50
_MEMBERSHIP = re.compile(r"^mm\((?P<inside>.*)\)$", re.DOTALL)


@dataclass(frozen=True)
class RandomTerm:
    """One random term after expansion: effects `effects` that vary over the combinations of `columns`.

    Parameters
    ----------
    effects : str
        The left side of the bar as a formula: ``"1"``, ``"x"``, ``"0 + x"``.
    columns : tuple of str
        The grouping columns; more than one means their combinations (``a:b``).
    correlated : bool
        False for ``||``: the effects (factor levels of one effect excepted, as in lme4) have no covariances.
    weights : tuple of str
        Only for ``mm(...)``: one weight column per member column.
    members : bool
        True for multiple membership; `columns` are then alternative memberships, not a combination.
    """

    effects: str
    columns: tuple[str, ...]
    correlated: bool = True
    weights: tuple[str, ...] = ()
    members: bool = False

    @property
    def group(self) -> str:
        """The name of the grouping factor, inner column first as lme4 writes it (``mentor:program``)."""
        if self.members:
            return "mm(" + ", ".join(self.columns) + ")"
        return ":".join(self.columns)


def refuse(found: str, expected: str = "", fix: str = "", place: str = "formula") -> StudyError:
    """A `StudyError` with one problem about a formula."""
    return StudyError(Problem("", place, found, expected, fix))


def split_formula(formula: str) -> tuple[str, str, list[RandomTerm]]:
    """Cut a formula into response, fixed side and random terms.

    Examples
    --------
    >>> response, fixed, random = split_formula("y ~ x + (1 | a/b)")
    >>> response, fixed, [term.group for term in random]
    ('y', 'x', ['a', 'b:a'])
    """
    if not isinstance(formula, str):
        raise refuse(f"a formula must be text, not {type(formula).__name__}", 'such as "quality ~ similarity + (1 | mentor)"')
    sides = formula.split("~")
    if len(sides) != 2 or not sides[0].strip():
        raise refuse(f"“{formula}” does not have one outcome left of one “~”", 'such as "quality ~ similarity + (1 | mentor)"')
    _check_ends(sides[1])
    fixed, bars = _take_out_bars(sides[1])
    terms = [term for bar in bars for term in _expand(bar)]
    return sides[0].strip(), fixed, terms


def _check_ends(right: str) -> None:
    """Refuse a right side that is empty, ends in the air, or nests parentheses without end."""
    if not right.strip() or right.rstrip()[-1] in "+-*:/^":
        raise refuse(f"“{right.strip()}” right of “~” is not complete", "such as similarity + (1 | mentor); 1 for the intercept alone")
    depth = deepest = 0
    for char in right:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise refuse(f"the formula nests {deepest} parentheses", f"at most {_DEEPEST}")


def _take_out_bars(right: str) -> tuple[str, list[str]]:
    """Separate summands that hold a bar from the rest of the right side."""
    fixed, bars = [], []
    for sign, summand in _summands(right):
        inner = _unwrapped(summand)
        if _bar_position(inner) is not None:
            if sign == "-":
                raise refuse(f"a random term cannot be subtracted: “- {summand}”", fix=f"leave “{summand}” out")
            if inner == summand.strip():
                raise refuse(f"the random term “{summand}” stands without parentheses", fix=f"write “({summand.strip()})”")
            bars.append(inner)
        elif "|" in summand:
            raise refuse(f"“{summand.strip()}” holds a “|” where none can stand", "random terms added with “+”, such as (1 | mentor)")
        elif summand.strip():
            fixed.append(f"{sign} {summand.strip()}")
    text = " ".join(fixed).removeprefix("+ ")
    return text or "1", bars


def _summands(text: str) -> list[tuple[str, str]]:
    """Split at the plus and minus signs that stand outside every parenthesis."""
    parts: list[tuple[str, str]] = []
    depth, sign, current = 0, "+", ""
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            raise refuse(f"“{text.strip()}” closes a parenthesis that was never opened")
        if char in "+-" and depth == 0:
            parts.append((sign, current))
            sign, current = char, ""
        else:
            current += char
    if depth:
        raise refuse(f"“{text.strip()}” leaves a parenthesis open")
    return [part for part in [*parts, (sign, current)] if part[1].strip()]


def _unwrapped(text: str) -> str:
    """The text inside parentheses that enclose all of it, else the text itself."""
    text = text.strip()
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and position < len(text) - 1:
            return text
    return _unwrapped(text[1:-1])


def _bar_position(text: str) -> int | None:
    depth = 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            return position
    return None


def _expand(bar: str) -> list[RandomTerm]:
    """``effects | groups`` → one term per grouping factor."""
    position = _bar_position(bar)
    assert position is not None
    effects, groups = bar[:position].strip(), bar[position + 1 :]
    correlated = not groups.startswith("|")
    groups = groups.removeprefix("|").strip()
    if not effects or not groups or "|" in groups:
        raise refuse(f"the random term “({bar})” is not complete", "effects | group, such as (1 + similarity | mentor)")
    membership = _MEMBERSHIP.match(groups)
    if membership:
        return [_multiple_membership(effects, membership["inside"], correlated)]
    return [RandomTerm(effects, columns, correlated) for columns in _grouping_factors(groups)]


def _grouping_factors(groups: str) -> list[tuple[str, ...]]:
    """``a/b`` → a, b:a; ``a*b`` → a, b, a:b; ``a + b`` → a, b."""
    if "+" in groups:
        return [columns for part in groups.split("+") for columns in _grouping_factors(part)]
    if "*" in groups:
        parts = [_column(part) for part in groups.split("*")]
        if len(parts) != 2:
            raise refuse(
                f"“{groups}”: “*” between more than two grouping columns is not read", fix="write each term, such as (1 | a) + (1 | a:b)"
            )
        return [(parts[0],), (parts[1],), (parts[0], parts[1])]
    levels = [tuple(_column(part) for part in level.split(":")) for level in _unwrapped(groups).split("/")]
    nested: list[tuple[str, ...]] = []
    above: tuple[str, ...] = ()
    for level in levels:
        above = level + above
        nested.append(above)
    return nested


def _column(text: str) -> str:
    match = _GROUP_NAME.match(_unwrapped(text))
    if not match:
        raise refuse(f"“{text.strip()}” cannot be a grouping factor", "a column name, or columns joined by “:” or “/”")
    return match[1] or match[2] or match[3]


def _multiple_membership(effects: str, inside: str, correlated: bool) -> RandomTerm:
    """``mm(m1, m2, weights=w1 + w2)``: equal weights when none are named."""
    columns: list[str] = []
    weights: tuple[str, ...] = ()
    for part in inside.split(","):
        if "=" in part:
            key, value = (side.strip() for side in part.split("=", 1))
            if key != "weights":
                raise refuse(f"mm() does not know “{key}”", "mm(member1, member2, weights=w1 + w2)")
            weights = tuple(_column(name) for name in value.split("+"))
        else:
            columns.append(_column(part))
    if len(columns) < 2 or (weights and len(weights) != len(columns)):
        raise refuse(
            f"“mm({inside})” needs two or more member columns and one weight column for each", "mm(mentor1, mentor2, weights=w1 + w2)"
        )
    return RandomTerm(effects, tuple(columns), correlated, weights, members=True)
