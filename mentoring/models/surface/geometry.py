"""The shape of a surface of second degree: its course along two lines, its stationary point and its axes.

``Z = b0 + b1 X + b2 Y + b3 X² + b4 XY + b5 Y²``. The same surface, written by the two sides' mean and half their difference,
``M = (X + Y)/2`` and ``D = (X − Y)/2``, is ``b0 + a1 M + a2 M² + a3 D + a4 D² + 2 a5 MD``: a1 and a2 are slope and curve along the line
of congruence (Y = X), a3 and a4 along the line of incongruence (Y = −X), and a5 turns the one into the other.
"""

from __future__ import annotations

import numpy as np

COEFFICIENTS = ("b0", "b1", "b2", "b3", "b4", "b5")
SHAPES = ("a1", "a2", "a3", "a4", "a5")
POINTS = ("x0", "y0", "p10", "p11", "p20", "p21")
# Rows: a1 to a5; columns: b1 to b5.
TO_SHAPES = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [1, -1, 0, 0, 0], [0, 0, 1, -1, 1], [0, 0, 1, 0, -1]], dtype=float)
FROM_SHAPES = np.linalg.inv(TO_SHAPES)
# What each point or axis divides by: where that can be zero, it is not defined.
DIVIDES_BY = {
    "x0": ("determinant",),
    "y0": ("determinant",),
    "p11": ("b4",),
    "p21": ("b4",),
    "p10": ("b4", "curve across the first axis"),
    "p20": ("b4", "curve across the second axis"),
}
NEARLY_ZERO = 1e-9


def shape_columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Columns whose coefficients are a1 to a5, shape (rows, 5)."""
    mean, half = (x + y) / 2, (x - y) / 2
    return np.column_stack([mean, mean**2, half, half**2, 2 * mean * half])


def polynomial_columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Columns whose coefficients are b1 to b5, shape (rows, 5)."""
    return np.column_stack([x, y, x * x, x * y, y * y])


def height(b: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The surface at some places; `b` holds b0 to b5."""
    return b[0] + b[1] * x + b[2] * y + b[3] * x * x + b[4] * x * y + b[5] * y * y


def points(b: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Stationary point and principal axes.

    ``x0 = (b2 b4 − 2 b1 b5)/(4 b3 b5 − b4²)``, ``y0 = (b1 b4 − 2 b2 b3)/(4 b3 b5 − b4²)``; axes ``Y = p10 + p11 X`` (along which the
    surface bends most upwards, or least downwards) and ``Y = p20 + p21 X``, with ``p11 = [b5 − b3 + √((b3 − b5)² + b4²)]/b4`` and the
    other sign of the root in p21. The intercepts are computed as ``p10 = (p11 b1 − b2)/(2 λ2)`` and ``p20 = (p21 b1 − b2)/(2 λ1)`` with λ the
    curvatures along the two axes. That equals ``y0 − p11 x0``, and still stands on a ridge, where x0 and y0 do not.

    Parameters
    ----------
    b : ndarray, shape (..., 5)
        b1 to b5.

    Returns
    -------
    dict, dict
        The six values, NaN where they are not defined; and what each divides by (`DIVIDES_BY`).

    Notes
    -----
    R: parameters X0, Y0, p10, p11, p20, p21 of ``RSA::RSA(..., model = "full")``. Its PA1.curv is not used: two of its functions scale it
    differently. Edwards & Parry (1993).
    """
    b1, b2, b3, b4, b5 = np.moveaxis(np.asarray(b, dtype=float), -1, 0)
    root = np.hypot(b3 - b5, b4)
    determinant = 4 * b3 * b5 - b4**2
    first, second = (b3 + b5 + root) / 2, (b3 + b5 - root) / 2
    size = np.maximum(np.abs(b3) + np.abs(b5) + np.abs(b4), np.finfo(float).tiny)
    with np.errstate(divide="ignore", invalid="ignore"):
        p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
        found = {
            "x0": (b2 * b4 - 2 * b1 * b5) / determinant,
            "y0": (b1 * b4 - 2 * b2 * b3) / determinant,
            "p10": (p11 * b1 - b2) / (2 * second),
            "p11": p11,
            "p20": (p21 * b1 - b2) / (2 * first),
            "p21": p21,
        }
    divisors = {
        "determinant": determinant / size,
        "b4": b4,
        "curve across the first axis": second,
        "curve across the second axis": first,
    }
    for name, by in DIVIDES_BY.items():
        defined = np.all([np.abs(divisors[what]) > NEARLY_ZERO * size for what in by], axis=0)
        found[name] = np.where(defined, found[name], np.nan)
    return found, divisors
