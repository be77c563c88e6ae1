"""Simpler surfaces beside the full one, in the same mixed model: which of them describe the data nearly as well?"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import optimize

from mentoring.errors import StudyError
from mentoring.models.lmm import LinearMixedModelFit, lmm
from mentoring.models.surface.geometry import polynomial_columns

Columns = Callable[[np.ndarray, np.ndarray], list[np.ndarray]]
Turned = Callable[[float, float], list[list[float]]]
Fitting = Callable[[list[np.ndarray]], LinearMixedModelFit]

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
# Ridges in any direction: given the angle they are linear, in the distance w = cos·Y − sin·X from a line through the centre (and its square),
# SRRR in x and y besides. A row holds b1 to b5 of each of these columns.
TURNED: dict[str, Turned] = {
    "SRSQD": lambda c, s: [[-s, c, 0, 0, 0], [0, 0, s * s, -2 * c * s, c * c]],
    "SRRR": lambda c, s: [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, s * s, -2 * c * s, c * c]],
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
_ANGLES = np.pi * np.arange(180) / 180
_TRIES = 4


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
                found = _best_turn(TURNED[model], fitted, x, y)
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


def _best_turn(build: Turned, fitted: Fitting, x: np.ndarray, y: np.ndarray) -> LinearMixedModelFit:
    """The best of the ridges in any direction.

    For given variances the loss of any surface is that of the full one plus ``(b − b̂)ᵀ P (b − b̂)``, P the full surface's precision; so the best
    direction costs no fit. Direction and variances are improved in turn; they hardly depend on each other (the information between means
    and variances is zero).
    """
    columns = polynomial_columns(x, y)
    full = fitted(list(columns.T))
    scale, theta, best, last = np.std(columns, axis=0), full.theta, None, np.nan
    at = [full.terms.index(f"part_{number}") for number in range(5)]
    for _ in range(_TRIES):
        solved = full.problem.solve(theta)
        back = full.scaled.back[at] / scale[:, None]
        b = back @ (solved.beta * full.scaled.y_scale + full.scaled.start)
        angle = _best_angle(build, b, np.linalg.inv(back @ solved.phi @ back.T))
        if abs(angle - last) < 1e-7:
            break
        one = fitted([columns @ np.array(row, dtype=float) for row in build(np.cos(angle), np.sin(angle))])
        best = one if best is None or one.deviance < best.deviance else best
        theta, last = one.theta, angle
    assert best is not None
    return best


def _best_angle(build: Turned, b: np.ndarray, precision: np.ndarray) -> float:
    """The direction whose ridge lies nearest to the full surface."""

    def loss(angle: float) -> float:
        held = np.array(build(np.cos(angle), np.sin(angle)), dtype=float).T
        projected = held.T @ precision
        rest = b - held @ np.linalg.solve(projected @ held, projected @ b)
        return float(rest @ precision @ rest)

    start = _ANGLES[int(np.argmin([loss(angle) for angle in _ANGLES]))]
    step = _ANGLES[1]
    found = optimize.minimize_scalar(loss, bounds=(start - step, start + step), method="bounded", options={"xatol": 1e-9})
    return float(found.x)


def random_part(formula: str) -> list[str]:
    """The random terms of a formula, as written.

    Examples
    --------
    >>> random_part("y ~ x + I(x ** 2) + (1 + x || mentor) + (1 | program)")
    ['(1 + x || mentor)', '(1 | program)']
    """
    inside = r"(?:[^()]|\([^()]*\))*"
    return re.findall(rf"\({inside}\|{inside}\)", formula)
