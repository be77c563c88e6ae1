"""Hypotheses in words: ``"similarity = 0"``, ``"a = b"``, ``"2*a - b = 1"`` → rows of a contrast matrix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from mentoring.errors import did_you_mean

from .random_terms import refuse

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def contrast_matrix(hypotheses: str | Sequence[str], terms: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Rows L and values c of the hypotheses Lβ = c."""
    sentences = [hypotheses] if isinstance(hypotheses, str) else list(hypotheses) if isinstance(hypotheses, Iterable) else []
    if not sentences or not all(isinstance(sentence, str) for sentence in sentences):
        raise refuse("no hypothesis was given in words", 'such as ["similarity = 0"]', place="test")
    rows, values = [], []
    for sentence in sentences:
        sides = re.split(r"(?<![<>=!])=(?!=)", _outside_terms(sentence, terms))
        if len(sides) > 2:
            raise refuse(f"“{sentence}” has more than one “=”", '"a = 0"', place="test")
        left, left_value = _linear(sides[0], terms, sentence)
        right, right_value = _linear(sides[1], terms, sentence) if len(sides) == 2 else (np.zeros(len(terms)), 0.0)
        rows.append(left - right)
        values.append(right_value - left_value)
    matrix = np.array(rows)
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise refuse("the hypotheses repeat or contradict each other, or name no term", "independent hypotheses", place="test")
    return matrix, np.array(values)


def _outside_terms(sentence: str, terms: Sequence[str]) -> str:
    """Replace term names by «number», so that what they are spelled with (=, *, spaces) no longer matters."""
    ordered = sorted(range(len(terms)), key=lambda number: -len(terms[number]))
    pattern = "|".join(
        rf"(?<![\w.]){re.escape(terms[number])}(?![\w.])" if terms[number][-1].isalnum() else rf"(?<![\w.]){re.escape(terms[number])}"
        for number in ordered
    )
    lookup = {terms[number]: f"«{number}»" for number in ordered}
    return re.sub(pattern, lambda match: lookup[match[0]], sentence)


def _linear(side: str, terms: Sequence[str], sentence: str) -> tuple[np.ndarray, float]:
    coefficients, constant = np.zeros(len(terms)), 0.0
    compact = re.sub(r"\s+", "", side)
    # The sign of an exponent (1e-3) does not separate two pieces.
    pieces = re.findall(r"[+-]?(?:[\d.]+[eE][+-]?\d+|[^+-])+", compact)
    if not compact or "".join(pieces) != compact:
        raise refuse(f"“{sentence}” cannot be read", 'sums of terms, such as "a - b = 0"', place="test")
    for piece in pieces:
        match = re.fullmatch(rf"([+-]?)(?:({_NUMBER})\*?)?(?:«(\d+)»)?(?:/({_NUMBER}))?", piece)
        if not match or not (match[2] or match[3]) or float(match[4] or 1) == 0:
            unknown = re.sub(r"«(\d+)»", lambda found: terms[int(found[1])], piece.strip("+-").split("*")[-1])
            raise refuse(f"“{unknown}” in “{sentence}” is not a term of the model", did_you_mean(unknown, terms), place="test")
        amount = float(match[2] or 1) * (-1 if match[1] == "-" else 1) / float(match[4] or 1)
        if match[3] is None:
            constant += amount
        else:
            coefficients[int(match[3])] += amount
    return coefficients, constant
