"""Simpler surfaces beside the full one, in the same mixed model: which of them describe the data nearly as well?"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import optimize

from mentoring.errors import StudyError
from mentoring.models.lmm import LinearMixedModelFit, lmm

Columns = Callable[[np.ndarray, np.ndarray], list[np.ndarray]]

# From the plainest on. SQD ⊂ RR ⊂ SRR ⊂ SRRR ⊂ full, and SQD ⊂ SSQD ⊂ SRSQD ⊂ SRRR.
LINEAR: dict[str, Columns] = {
    "null": lambda x, y: [],
    "onlyx": lambda x, y: [x],
    "onlyy": lambda x, y: [y],
    "onlyx2": lambda x, y: [x, x * x],
    "onlyy2": lambda x, y: [y, y * y],
    "additive": lambda x, y: [x, y],
    "IA": lambda x, y: [x, y, x * y],
    "SQD": lambda x, y: [(x - y) ** 2],
    "SSQD": lambda x, y: [x - y, (x - y) ** 2],
    "RR": lambda x, y: [x + y, (x - y) ** 2],
    "SRR": lambda x, y: [x, y, (x - y) ** 2],
    "full": lambda x, y: [x, y, x * x, x * y, y * y],
}
# Ridges turned by an angle: given the angle they are linear. `w` is the distance from a line through the centre in that direction.
TURNED: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], list[np.ndarray]]] = {
    "SRSQD": lambda x, y, w: [w, w * w],
    "SRRR": lambda x, y, w: [x, y, w * w],
}
MODELS = (*list(LINEAR)[:-1], *TURNED, "full")
# What each says, for readers; X is the first side, Y the second.
MEANINGS = {
    "null": "a level plane",
    "onlyx": "X alone, straight",
    "onlyy": "Y alone, straight",
    "onlyx2": "X alone, curved",
    "onlyy2": "Y alone, curved",
    "additive": "X and Y, straight",
    "IA": "X, Y and their product",
    "SQD": "a level ridge where X = Y",
    "SSQD": "a level ridge beside X = Y",
    "SRSQD": "a level ridge in any direction",
    "RR": "a rising ridge where X = Y",
    "SRR": "a rising ridge beside X = Y",
    "SRRR": "a rising ridge in any direction",
    "full": "any surface of second degree",
}
_ANGLES = np.pi * np.arange(12) / 12


def surface_family(fit: LinearMixedModelFit, others: np.ndarray, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Fit every simpler surface by maximum likelihood, with the covariates and the random part of the full model.

    Parameters
    ----------
    fit : LinearMixedModelFit
        The full model.
    others : ndarray, shape (rows used, covariates)
        Its columns beside the surface and the intercept.
    x, y : ndarray, shape (rows used,)
        Both sides, centred alike.

    Returns
    -------
    DataFrame
        model, k (fixed effects, variances, covariances, residual variance), loglik, aicc, delta, weight, note.

    Notes
    -----
    ``AICc = −2ℓ + 2k + 2k(k + 1)/(n − k − 1)`` with n rows; weights ``exp(−Δ/2)/Σ``. SRRR holds 4 b3 b5 = b4², SRSQD also 2 b1 b5 = b2 b4: both
    are linear once the ridge's direction is given, so one angle is searched and the rest is a mixed model.

    R: ``RSA::RSA(..., models = ...)`` and ``aictab()`` (one level); ``lme4::lmer(..., REML = FALSE)`` with the same columns. Schönbrodt
    (2016); Burnham & Anderson (2002).
    """
    base = fit.data.iloc[fit.design.rows].reset_index(drop=True)
    names = [f"other_{number}" for number in range(others.shape[1])]
    base = base.assign(surface_outcome=fit.design.y - fit.design.offset, **dict(zip(names, others.T)))
    random = random_part(fit.formula)

    def fitted(columns: list[np.ndarray]) -> LinearMixedModelFit:
        own = {f"part_{number}": column / np.std(column) for number, column in enumerate(columns)}
        fixed = " + ".join([*own, *names, *random]) or "1"
        weights = None if fit.design.weights is None else list(fit.design.weights)
        return lmm(f"surface_outcome ~ 1 + {fixed}", base.assign(**own), reml=False, weights=weights, inference="satterthwaite")

    rows = []
    for model in MODELS:
        try:
            if model in LINEAR:
                found = fitted(LINEAR[model](x, y))
                k = found.n_parameters
            else:
                found = _best_turn(lambda w, build=TURNED[model]: fitted(build(x, y, w)), x, y)
                k = found.n_parameters + 1
            note = "a column says what others say already" if found.aliased else "" if found.converged else "the optimiser did not settle"
            rows.append({"model": model, "k": k, "loglik": found.loglik if not note else np.nan, "note": note or None})
        except StudyError as error:
            rows.append({"model": model, "k": None, "loglik": np.nan, "note": error.problems[0].found})
    return _weighed(pd.DataFrame(rows), fit.n_obs)


def _weighed(table: pd.DataFrame, n: int) -> pd.DataFrame:
    k = table["k"].astype("float64")
    room = n - k - 1
    table["aicc"] = (-2 * table["loglik"] + 2 * k + 2 * k * (k + 1) / room.where(room > 0)).astype("float64")
    table.loc[table["aicc"].isna() & table["note"].isna(), "note"] = "more parameters than the rows can tell apart"
    table["delta"] = table["aicc"] - table["aicc"].min()
    weight = np.exp(-table["delta"] / 2)
    table["weight"] = weight / weight.sum()
    return table[["model", "k", "loglik", "aicc", "delta", "weight", "note"]]


def _best_turn(fit_of: Callable[[np.ndarray], LinearMixedModelFit], x: np.ndarray, y: np.ndarray) -> LinearMixedModelFit:
    """The best of a one-parameter family of models: a grid of directions, then a closer look at the best ones."""
    tried: dict[float, LinearMixedModelFit] = {}

    def deviance(angle: float) -> float:
        if angle not in tried:
            tried[angle] = fit_of(np.cos(angle) * y - np.sin(angle) * x)
        return tried[angle].deviance

    grid = np.array([deviance(angle) for angle in _ANGLES])
    lows = [place for place in np.argsort(grid) if grid[place] <= min(grid[place - 1], grid[(place + 1) % len(grid)])]
    step = _ANGLES[1]
    for place in lows[:2]:
        optimize.minimize_scalar(deviance, bounds=(_ANGLES[place] - step, _ANGLES[place] + step), method="bounded", options={"xatol": 1e-6})
    return min(tried.values(), key=lambda one: one.deviance)


def random_part(formula: str) -> list[str]:
    """The random terms of a formula, as written.

    Examples
    --------
    >>> random_part("y ~ x + I(x ** 2) + (1 + x || mentor) + (1 | program)")
    ['(1 + x || mentor)', '(1 | program)']
    """
    inside = r"(?:[^()]|\([^()]*\))*"
    return re.findall(rf"\({inside}\|{inside}\)", formula)
