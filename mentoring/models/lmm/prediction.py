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
    frame = _as_fitted(fit, new, random)
    X, _, _ = build(design.side, frame, design.spec, "predict")
    values = X[:, design.kept] @ fit.coefficients
    if random:
        for level, modes in zip(design.levels, conditional_modes(fit)[0], strict=True):
            codes, shares = _new_codes(level, new)
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
        if name not in new.columns:
            raise refuse(f"the new data have no column “{name}”", did_you_mean(name, map(str, new.columns)), place="predict")
        like = fit.design.frame[name].dtype
        if isinstance(like, pd.CategoricalDtype):
            unknown = set(new[name].astype(str)) - set(map(str, like.categories))
            if unknown:
                raise refuse(
                    f"“{min(unknown)}” in column “{name}” was not seen when the model was fitted",
                    "one of: " + ", ".join(map(str, like.categories)),
                    place="predict",
                )
            lookup = {str(category): category for category in like.categories}
            frame[name] = pd.Series(pd.Categorical([lookup.get(str(value)) for value in new[name]], dtype=like), index=new.index)
        else:
            frame[name] = new[name].astype(like)
    return pd.DataFrame(frame, index=new.index)


def _new_codes(level: Level, new: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    lookup = {str(label): number for number, label in enumerate(level.labels)}
    missing = [name for name in level.columns if name not in new.columns]
    if missing:
        raise refuse(
            f"the new data have no column “{missing[0]}”",
            did_you_mean(missing[0], map(str, new.columns)),
            "add it, or predict with random=False",
            place="predict",
        )
    if level.shares is None:
        text = new[level.columns[0]].astype(str)
        for name in level.columns[1:]:
            text = text + ":" + new[name].astype(str)
        return text.map(lookup).fillna(-1).astype(int).to_numpy(), None
    codes = np.stack([new[name].astype(str).map(lookup).fillna(-1).astype(int).to_numpy() for name in level.columns], axis=1)
    assert level.term is not None
    shares = new[list(level.term.weights)].to_numpy(float) if level.term.weights else (new[list(level.columns)].notna()).to_numpy(float)
    return codes, shares / shares.sum(axis=1, keepdims=True)
