"""Which columns of a model matrix carry something new, kept in the order R keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# R's lm and lmer call a column aliased when less than this share of its length is new.
TOLERANCE = 1e-7
SOME_ROWS = 20_000


def independent_columns(X: np.ndarray, terms: Sequence[str]) -> np.ndarray:
    """Indices of columns that are not combinations of those before them.

    Columns are first centred (when there is an intercept) and scaled, so that a covariate of size 1e6 with a small
    spread is not mistaken for a constant.

    Notes
    -----
    R: ``which(!is.na(coef(lm(...))))``. A well-conditioned cross-product answers at once; only a doubtful one is
    worked through column by column with twice-repeated Gram–Schmidt.
    """
    if _new_in_some_rows(X) or _clearly_independent(X.T @ X):
        return np.arange(X.shape[1])
    unit = _unit_columns(X, list(terms))
    if _clearly_independent(unit.T @ unit):
        return np.arange(X.shape[1])
    basis: list[np.ndarray] = []
    kept = []
    for number in range(X.shape[1]):
        rest = unit[:, number].copy()
        if not rest.any():
            continue
        for _ in range(2):
            for direction in basis:
                rest -= direction * (direction @ rest)
        length = np.linalg.norm(rest)
        if length > TOLERANCE:
            basis.append(rest / length)
            kept.append(number)
    return np.array(kept, dtype=int)


def _new_in_some_rows(X: np.ndarray) -> bool:
    """True when columns are independent in the first rows alone, and not minute there beside the others: they then are in all."""
    some = X[:SOME_ROWS]
    if len(X) <= 2 * SOME_ROWS or not _clearly_independent(gram := some.T @ some):
        return False
    return bool((gram.diagonal() > 1e-4 * np.array([column @ column for column in X.T])).all())


def _clearly_independent(gram: np.ndarray) -> bool:
    """True when the cross-product, scaled to a unit diagonal, is far from singular."""
    length = np.sqrt(gram.diagonal())
    if not (length > 0).all():
        return False
    try:
        return bool(np.linalg.cholesky(gram / np.outer(length, length)).diagonal().min() > 1e-4)
    except np.linalg.LinAlgError:
        return False


def _unit_columns(X: np.ndarray, terms: list[str]) -> np.ndarray:
    unit = np.array(X, dtype=float)
    if "Intercept" in terms:
        others = [number for number, term in enumerate(terms) if term != "Intercept"]
        mean = unit[:, others].mean(axis=0)
        size = np.abs(unit[:, others]).max(axis=0)
        unit[:, others] -= mean
        # What is left of a constant after centring is rounding, not information.
        spread = np.abs(unit[:, others]).max(axis=0)
        unit[:, np.array(others, dtype=int)[spread <= 1e-13 * size]] = 0.0
    lengths = np.sqrt(np.einsum("ij,ij->j", unit, unit))
    return np.divide(unit, lengths, out=np.zeros_like(unit), where=lengths > 0)
