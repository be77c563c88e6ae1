"""Conditional modes of the random effects, and predictions with and without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mentoring.errors import did_you_mean

from .formula import build
from .levels import Level
from .random_terms import refuse

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit


def conditional_modes(fit: LinearMixedModelFit) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """b̂ = ΣZᵀV⁻¹(y − Xβ̂) and the square roots of diag(Σ − ΣZᵀV⁻¹ZΣ), per level (G, q); β̂ taken as known, as in lme4."""
    solution, scaled = fit.solution, fit.scaled
    estimates, errors = [], []
    for number, (factor, back) in enumerate(zip(solution.factors, scaled.z_back, strict=True)):
        inner = factor @ factor.T
        modes = solution.residual_sums(number) @ inner * scaled.y_scale
        left = inner - inner @ solution.quadratic[number] @ inner
        spread = np.einsum("ai,gij,aj->ga", back, left, back) * fit.sigma**2
        estimates.append(modes @ back.T)
        errors.append(np.sqrt(np.maximum(spread, 0.0)))
    return estimates, errors


def random_part(level: Level, modes: np.ndarray, codes: np.ndarray, z: np.ndarray, shares: np.ndarray | None) -> np.ndarray:
    """Σ_effects z·b of each row; code −1 is a group without an estimate, which adds nothing."""
    if shares is None:
        effect = np.where((codes >= 0)[:, None], modes[np.maximum(codes, 0)], 0.0)
    else:
        effect = np.einsum("nm,nmq->nq", shares * (codes >= 0), modes[np.maximum(codes, 0)])
    return np.einsum("nq,nq->n", effect, z)


def predict(fit: LinearMixedModelFit, new: pd.DataFrame | None, random: bool) -> pd.Series:
    """See `LinearMixedModelFit.predict`."""
    design = fit.design
    if new is None:
        values = design.X @ fit.coefficients + design.offset
        if random:
            for level, modes in zip(design.levels, conditional_modes(fit)[0], strict=True):
                values = values + random_part(level, modes, level.codes, level.z, level.shares)
        return pd.Series(values, index=fit.index, name="prediction")
    if not isinstance(new, pd.DataFrame):
        raise refuse(f"the new data are a {type(new).__name__}", "a pandas DataFrame", place="predict")
    frame = _as_fitted(fit, new, random)
    X, _, _ = build(design.side, frame, design.spec, "predict")
    values = X[:, design.kept] @ fit.coefficients + _new_offset(fit, new)
    if random:
        for level, modes in zip(design.levels, conditional_modes(fit)[0], strict=True):
            codes, shares = _new_codes(fit, level, new)
            z = np.hstack([block.on(frame) for block in level.blocks])
            values = values + random_part(level, modes, codes, z, shares)
    return pd.Series(values, index=new.index, name="prediction")


def _as_fitted(fit: LinearMixedModelFit, new: pd.DataFrame, random: bool) -> pd.DataFrame:
    """New data with the columns and types the model was fitted with."""
    frame = {}
    needed = {str(name) for name in fit.design.spec.required_variables}
    if random:
        needed = needed.union(*(block.variables for level in fit.design.levels for block in level.blocks))
    for name in [name for name in fit.design.frame.columns if name in needed]:
        column, like = _new_column(new, name), fit.design.frame[name].dtype
        if isinstance(like, pd.CategoricalDtype):
            unknown = set(column.astype(str)) - set(map(str, like.categories))
            if unknown:
                raise refuse(
                    f"“{min(unknown)}” in column “{name}” was not seen when the model was fitted",
                    "one of: " + ", ".join(map(str, like.categories)),
                    place="predict",
                )
            lookup = {str(category): category for category in like.categories}
            frame[name] = pd.Series(pd.Categorical([lookup.get(str(value)) for value in column], dtype=like), index=new.index)
        else:
            frame[name] = _numbers(column, name)
    return pd.DataFrame(frame, index=new.index)


def _new_column(new: pd.DataFrame, name: str, fix: str = "") -> pd.Series:
    if name not in new.columns:
        raise refuse(f"the new data have no column “{name}”", did_you_mean(name, map(str, new.columns)), fix, place="predict")
    column = new[name]
    if isinstance(column, pd.DataFrame):
        raise refuse(f"the new data have more than one column named “{name}”", "names that differ", place="predict")
    return column


def _numbers(column: pd.Series, name: str) -> pd.Series:
    try:
        values = column.astype(float)
    except (TypeError, ValueError) as error:
        raise refuse(
            f"column “{name}” of the new data does not hold numbers throughout", "numbers in every row", place="predict"
        ) from error
    if not np.isfinite(values.to_numpy()).all():
        raise refuse(f"column “{name}” of the new data has missing or infinite values", "a number in every row", place="predict")
    return values


def _new_offset(fit: LinearMixedModelFit, new: pd.DataFrame) -> np.ndarray | float:
    """The offset of new rows: its column, when it was named."""
    design = fit.design
    if design.offset_column is not None:
        return _numbers(_new_column(new, design.offset_column), design.offset_column).to_numpy()
    if not design.offset.any():
        return 0.0
    raise refuse(
        "the model has an offset given as numbers, which new rows do not have",
        "an offset given as a column's name",
        "put the offset into a column and fit again with offset=its name",
        place="predict",
    )


def _label(value: object) -> str | None:
    """A group's label however its column is typed: 3, 3.0 and "3" are one mentor; None for a blank."""
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, (float, np.floating)) and value == np.floor(value):
        return str(int(value))
    return str(value)


def _new_codes(fit: LinearMixedModelFit, level: Level, new: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Group of each new row (−1: not in the fit), and membership shares."""
    own = [[_label(value) for value in _new_column(new, name, "add it, or predict with random=False")] for name in level.columns]
    if level.shares is None:
        first = np.unique(level.codes, return_index=True)[1]
        known = fit.data.iloc[fit.design.rows[first]]
        lookup = {
            key: number
            for number, key in enumerate(zip(*([_label(value) for value in known[name]] for name in level.columns), strict=True))
        }
        return np.array([lookup.get(key, -1) for key in zip(*own, strict=True)], dtype=int), None
    names = {_label(label): number for number, label in enumerate(level.labels)}
    codes = np.array([[names.get(label, -1) for label in column] for column in own], dtype=int).T.reshape(len(new), len(own))
    assert level.term is not None
    shares = (
        np.stack([_new_column(new, name).to_numpy(float) for name in level.term.weights], axis=1)
        if level.term.weights
        else np.ones(codes.shape)
    )
    shares = np.where(np.array([[label is None for label in column] for column in own]).T.reshape(codes.shape), 0.0, shares)
    total = shares.sum(axis=1, keepdims=True)
    return codes, np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
