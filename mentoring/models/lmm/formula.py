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
# Only meaningful as the second argument of C().
_CONTRASTS = ("Treatment", "Sum", "Helmert", "Poly", "Diff")
_OPERATORS = {"+", "-", "*", "/", ":", "**", "^", "%in%"}
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
        raise refuse(f"“{side}” cannot be read as a formula: {error}", place=place) from error
    if "{" in side or "[" in side:
        raise refuse(
            f"“{side}” holds brackets that formulas here do not use", "column names, + - * : ^ and " + ", ".join(FUNCTIONS), place=place
        )
    for token in tokens:
        side = _check_token(token, side, known, used, place)
    return side, used


def _check_token(token: Token, side: str, known: list[str], used: list[str], place: str) -> str:
    """Look at one token; return the side, with R's ``^`` inside calls written as Python's ``**``."""
    text, kind = token.token, token.kind
    if kind is Token.Kind.NAME:
        _note_column(text, known, used, place)
    elif kind is Token.Kind.OPERATOR:
        # The tokenizer glues neighbours ("+-"), so each must be made of allowed pieces.
        if not all(piece in "+-*/:^" for piece in text) and text not in _OPERATORS:
            raise refuse(f"“{text}” is not an operator formulas here know", "+ - * / : ^", place=place)
    elif kind is Token.Kind.VALUE:
        if not text.isdigit():
            raise refuse(f"“{text}” cannot stand alone in a formula", "0, 1 or the power of ^", place=place)
    elif kind is Token.Kind.PYTHON:
        spelled = text.replace("^", "**")
        _check_call(spelled, known, used, place)
        side = side.replace(text, spelled)
    return side


def _note_column(name: str, known: list[str], used: list[str], place: str) -> None:
    if name not in known:
        raise refuse(f"there is no column “{name}”", did_you_mean(name, known), place=place)
    if name not in used:
        used.append(name)


def _check_call(text: str, known: list[str], used: list[str], place: str) -> None:
    allowed = "only these functions are read: " + ", ".join(FUNCTIONS)
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise refuse(f"“{text}” cannot be read", allowed, place=place) from error
    if not isinstance(tree, ast.Call):
        raise refuse(f"“{text}” is not a function of columns", allowed, place=place)
    _check_node(tree, text, known, used, place, inside_c=False)


def _check_node(node: ast.AST, text: str, known: list[str], used: list[str], place: str, inside_c: bool) -> None:
    """Walk an expression; everything not named here is refused."""

    def again(child: ast.AST, inside: bool = inside_c) -> None:
        _check_node(child, text, known, used, place, inside)

    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS or (inside_c and name in _CONTRASTS):
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
            again(left)
            return again(right)
        case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _ARITHMETIC):
            return again(operand)
        case ast.List(elts=items) | ast.Tuple(elts=items):
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
        raise refuse(f"“{side}” cannot be worked out on these data: {error}", place=place) from error
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
    """Text becomes a factor with sorted levels, levels nobody has are dropped, numbers of any type become float64.

    Integers that the formula turns into factors (`as_factors`) stay as they are, so that levels read "3" and not "3.0".
    """
    out = {}
    whole = set(as_factors)
    for name, column in columns.items():
        kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
        if kind == "f" and column.dtype == np.float64:
            out[name] = column
        elif isinstance(column.dtype, pd.CategoricalDtype):
            out[name] = column.cat.remove_unused_categories()
        elif kind in "iub" and kind and name in whole:
            out[name] = column
        elif pd.api.types.is_numeric_dtype(column):
            # R reads TRUE/FALSE as a factor; as 0/1 it gives the same model with a shorter name.
            out[name] = column.astype(float)
        else:
            text = column.astype(str)
            out[name] = pd.Series(pd.Categorical(text, categories=sorted(text.unique())), index=column.index)
    return out
