"""The fixed side of a formula: checked as data, then built by formulaic.

A formula comes from a config file, so it is never trusted: only column names, a short list of functions and plain
arithmetic inside ``I()`` get through. formulaic would evaluate anything else as Python.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec
from formulaic.parser.algos.tokenize import tokenize
from formulaic.parser.types import Token
from formulaic.transforms import TRANSFORMS

from mentoring.errors import did_you_mean

from .random_terms import refuse
from .splines import ns

FUNCTIONS = ("I", "poly", "bs", "ns", "cr", "C", "factor", "log", "log2", "log10", "exp", "sqrt", "center", "scale")
# Those that make several columns of one, and how many they may make.
_BASES = ("poly", "bs", "ns", "cr")
MOST_COLUMNS = 500
# NumPy would take a second argument for the place to write to.
_ONE_ARGUMENT = ("I", "log", "log2", "log10", "exp", "sqrt", "center")
# More makes thousands of terms.
_HIGHEST_POWER = 6
# Only meaningful as the second argument of C().
_CONTRASTS = ("Treatment", "Sum", "Helmert", "Poly", "Diff")
_OPERATORS = {"+", "-", "*", "/", ":", "**", "^"}
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)
# formulaic looks functions up here after the data's columns; it has no sqrt, factor or ns of its own.
CONTEXT: dict[str, Any] = {"sqrt": np.sqrt, "factor": TRANSFORMS["C"], "ns": ns}


def checked(side: str, columns: Iterable[str], place: str = "formula") -> tuple[str, list[str]]:
    """Return one side of a formula in formulaic's spelling and the columns it uses; refuse anything else.

    Raises
    ------
    StudyError
        For unknown columns (with the nearest name), functions that are not in `FUNCTIONS`, attribute access, indexing,
        comparisons, lambdas, quoted code.
    """
    known = list(columns)
    used: list[str] = []
    try:
        tokens = list(tokenize(side))
    except Exception as error:
        raise refuse(f"“{side}” cannot be read as a formula: {_plain(error)}", place=place) from error
    if any(sign in side for sign in "{[%"):
        raise refuse(
            f"“{side}” holds signs that formulas here do not use", "column names, + - * : ^ and " + ", ".join(FUNCTIONS), place=place
        )
    before = ""
    for token in tokens:
        side = _check_token(token, before, side, known, used, place)
        before = token.token
    return side, used


def _plain(error: Exception) -> str:
    """formulaic's message without its colours."""
    return re.sub(r"\x1b?\[[0-9;]*m|[⧛⧚]", "", str(error))


def _check_token(token: Token, before: str, side: str, known: list[str], used: list[str], place: str) -> str:
    """Look at one token and the one `before` it; return the side, with R's spelling inside calls turned into Python's."""
    text, kind = token.token, token.kind
    if kind is Token.Kind.NAME:
        _note_column(text, known, used, place)
    elif kind is Token.Kind.OPERATOR:
        # The tokenizer glues neighbours ("+-"), so each must be made of allowed pieces.
        if not all(piece in "+-*/:^" for piece in text) and text not in _OPERATORS:
            raise refuse(f"“{text}” is not an operator formulas here know", "+ - * / : ^", place=place)
    elif kind is Token.Kind.VALUE:
        power = before in ("^", "**") and text in map(str, range(1, _HIGHEST_POWER + 1))
        if text not in ("0", "1") and not power:
            raise refuse(f"“{text}” cannot stand here in a formula", f"0, 1, or a power from 1 to {_HIGHEST_POWER} after ^", place=place)
    elif kind is Token.Kind.PYTHON:
        spelled = _as_python(text, known)
        _check_call(spelled, known, used, place)
        side = side.replace(text, spelled)
    return side


def _as_python(text: str, known: list[str]) -> str:
    """``^`` → ``**``, ``c(1, 2)`` → ``[1, 2]``, ``TRUE`` → ``True``."""
    text = re.sub(r"\bc\(([^()]*)\)", r"[\1]", text.replace("^", "**"))
    for word in ("TRUE", "FALSE"):
        if word not in known:
            text = re.sub(rf"\b{word}\b", word.capitalize(), text)
    return text


def _note_column(name: str, known: list[str], used: list[str], place: str) -> None:
    if name not in known:
        raise refuse(f"there is no column “{name}”", did_you_mean(name, known), place=place)
    if name == "Intercept":
        raise refuse("a column is named “Intercept”, as the intercept is", "another name", "rename the column", place=place)
    if name not in used:
        used.append(name)


def _is_wide(size: ast.expr) -> bool:
    """Whether it is a number above the most columns; knots, which are lists, may be any numbers."""
    return isinstance(size, ast.Constant) and isinstance(size.value, int | float) and size.value > MOST_COLUMNS


def _check_call(text: str, known: list[str], used: list[str], place: str) -> None:
    allowed = "only these functions are read: " + ", ".join(FUNCTIONS)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        fix = "inside functions, names hold letters, digits and _ only: rename the column" if "`" in text else ""
        raise refuse(f"“{text[:200]}” cannot be read", allowed, fix, place=place) from error
    if not isinstance(tree, ast.Call):
        raise refuse(f"“{text}” is not a function of columns", allowed, place=place)
    try:
        _check_node(tree, text, known, used, place, inside_c=False)
    except RecursionError as error:
        raise refuse(f"“{text[:200]}…” is too long", "a column made beforehand", place=place) from error


def _check_node(node: ast.AST, text: str, known: list[str], used: list[str], place: str, inside_c: bool) -> None:
    """Walk an expression; everything not named here is refused."""

    def again(child: ast.AST, inside: bool = inside_c) -> None:
        _check_node(child, text, known, used, place, inside)

    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS or (inside_c and name in _CONTRASTS):
            if name in _ONE_ARGUMENT and (len(node.args) != 1 or node.keywords):
                raise refuse(f"“{ast.unparse(node)}”: {name}() takes one argument", f"{name}(column)", place=place)
            sizes = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg in ("df", "degree"))]
            if name in _BASES and any(_is_wide(size) for size in sizes):
                # Its columns are made before anybody counts the rows: a slip of the key must not fill the memory.
                raise refuse(f"“{ast.unparse(node)}” would make more than {MOST_COLUMNS} columns", "a few", f"{name}(column, 3)", place=place)
            for child in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if any(keyword.arg is None for keyword in node.keywords):
                    break
                again(child, name in ("C", "factor") or inside_c)
            else:
                return
        case ast.Name(id=name):
            return _note_column(name, known, used, place)
        case ast.Constant(value=value) if isinstance(value, (int, float, bool)) or (isinstance(value, str) and inside_c):
            return None
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
            if isinstance(op, ast.Pow) and not any(isinstance(part, ast.Name) for part in ast.walk(node)):
                # Whole numbers have no largest size in Python: 9**9**9 would never end.
                raise refuse(f"“{ast.unparse(node)}” is a power of numbers alone", "the number itself", place=place)
            again(left)
            return again(right)
        case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _ARITHMETIC):
            return again(operand)
        case ast.List(elts=items) | ast.Tuple(elts=items) if not any(isinstance(part, ast.Name) for part in ast.walk(node)):
            for child in items:
                again(child)
            return None
    raise refuse(
        f"“{text}” holds something that is not read in formulas: “{ast.unparse(node)}”",
        "columns, numbers, + - * / ** and these functions: " + ", ".join(FUNCTIONS),
        place=place,
    )


def build(side: str, data: pd.DataFrame, spec: ModelSpec | None = None, place: str = "formula") -> tuple[np.ndarray, list[str], ModelSpec]:
    """Evaluate a checked side: the matrix (rows × terms, float64), its term names, and the spec that rebuilds it.

    `spec` carries the state of ``scale``, ``poly``, splines and factor levels over to new data.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if spec is None:
                matrix = Formula(side).get_model_matrix(data, context=CONTEXT, na_action="ignore")
            else:
                matrix = spec.get_model_matrix(data, context=CONTEXT, na_action="ignore")
    except Exception as error:
        raise refuse(f"“{side[:500]}” cannot be worked out on these data: {_plain(error)}", place=place) from error
    names = [str(name) for name in matrix.columns]
    values = np.asarray(matrix, dtype=float)
    bad = [name for name, fine in zip(names, np.isfinite(values).all(axis=0), strict=True) if not fine]
    if bad:
        raise refuse(
            f"“{bad[0]}” has values that are not finite in rows whose columns are complete",
            "finite numbers in every row used (log needs values above 0)",
            place=place,
        )
    return values, names, matrix.model_spec


def plain_sum(side: str, data: dict[str, pd.Series], rows: int) -> tuple[np.ndarray, list[str]] | None:
    """The matrix of a sum of numeric columns (``x + y``, ``0 + x``) without formulaic's machinery; None for anything else.

    formulaic needs some three milliseconds for what is one copy here; on thousands of fits that is most of the time.
    """
    parts = [part.strip() for part in side.split("+")]
    if not all(part in ("0", "1") or (part in data and data[part].dtype.kind == "f") for part in parts):
        return None
    names = list(dict.fromkeys(part for part in parts if part not in ("0", "1")))
    intercept = not [part for part in parts if part in ("0", "1")] or [part for part in parts if part in ("0", "1")][-1] == "1"
    values = np.empty((rows, len(names) + intercept), order="F")
    if intercept:
        values[:, 0] = 1.0
    for number, name in enumerate(names, start=int(intercept)):
        values[:, number] = data[name].to_numpy()
    return values, ["Intercept"] * intercept + names


def made_factors(side: str) -> list[str]:
    """Columns that stand in ``C(...)`` or ``factor(...)``."""
    return re.findall(r"\b(?:C|factor)\(\s*(\w+)", side)


def with_plain_types(columns: dict[str, pd.Series], as_factors: Iterable[str] = ()) -> dict[str, pd.Series]:
    """Text and yes/no become factors with sorted levels, levels nobody has are dropped, numbers of any type become float64.

    Integers that the formula turns into factors (`as_factors`) stay as they are, so that levels read "3" and not "3.0".

    Raises
    ------
    StudyError
        For dates, lengths of time and complex numbers.
    """
    whole = set(as_factors)
    return {name: _plain_type(name, column, name in whole) for name, column in columns.items()}


def _plain_type(name: str, column: pd.Series, whole: bool) -> pd.Series:
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind == "f" and column.dtype == np.float64:
        return column
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "c" or inferred in ("datetime", "datetime64", "date", "timedelta", "timedelta64", "time", "period", "interval", "complex"):
        raise refuse(
            f"column “{name}” holds {'complex numbers' if 'complex' in (inferred, column.dtype.name[:7]) else 'dates or times'}",
            "numbers or labels",
            f"make a number of it first, such as days since the first: (d.{name} - d.{name}.min()).dt.days",
            place="data",
        )
    if inferred == "boolean":
        # A factor as in R: with 0/1 in its place, models without an intercept, or with interactions alone, would be others.
        return pd.Series(pd.Categorical(column.astype(bool), categories=sorted(column.astype(bool).unique())), index=column.index)
    if kind in ("i", "u") and whole:
        return column
    if pd.api.types.is_numeric_dtype(column) or inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        return column.astype(float)
    text = column.astype(str)
    return pd.Series(pd.Categorical(text, categories=sorted(text.unique())), index=column.index)
