"""Draw outcomes from a fitted model, and learn from refitting them: the parametric bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .prediction import random_part
from .refit import Refits, component_names, refit_many

if TYPE_CHECKING:
    from .fit import LinearMixedModelFit


def simulate(fit: LinearMixedModelFit, n: int = 1, seed: int | np.random.Generator | None = None) -> np.ndarray:
    """New outcomes from the fitted model, shape (rows used, n): new random effects, new residuals, same X.

    Notes
    -----
    R: ``simulate(m, nsim = n, seed = seed, use.u = FALSE)`` (another random stream).
    """
    rng = np.random.default_rng(seed)
    design = fit.design
    mean = design.X @ fit.coefficients + design.offset
    spread = fit.sigma if design.weights is None else fit.sigma / np.sqrt(design.weights)
    out = np.empty((design.n, n))
    roots = [back @ factor * fit.sigma for factor, back in zip(fit.solution.factors, fit.scaled.z_back, strict=True)]
    for draw in range(n):
        values = mean + spread * rng.standard_normal(design.n)
        for level, root in zip(design.levels, roots, strict=True):
            effects = rng.standard_normal((level.size, level.q)) @ root.T
            values = values + random_part(level, effects, level.codes, level.z, level.shares)
        out[:, draw] = values
    return out


@dataclass
class Bootstrap:
    """Parametric bootstrap of a fit.

    Parameters
    ----------
    refits : Refits
    intervals : DataFrame
        parameter, estimate, se, ci_low, ci_high (percentile); fixed effects, then variances as standard deviations.
    failed : int
        Refits that did not converge; they are left out of `intervals`.
    """

    refits: Refits
    intervals: pd.DataFrame
    failed: int


def bootstrap(fit: LinearMixedModelFit, n: int = 1000, seed: int | None = None, level: float = 0.95) -> Bootstrap:
    """Simulate `n` outcomes from the fit and refit each (R: ``lme4::bootMer(m, ..., use.u = FALSE)``)."""
    refits = refit_many(fit, simulate(fit, n, seed))
    good = refits.converged
    names = [*fit.terms, *component_names(fit)]
    draws = np.hstack([refits.estimates.to_numpy()[good], refits.components.to_numpy()[good]])
    estimate = np.concatenate([fit.coefficients, fit.variance_components["variance"].to_numpy()])
    # Variances are read as standard deviations; covariances stay covariances.
    is_sd = np.r_[np.zeros(len(fit.terms), bool), fit.variance_components["term2"].isna().to_numpy()]
    draws[:, is_sd] = np.sqrt(np.maximum(draws[:, is_sd], 0))
    estimate[is_sd] = np.sqrt(np.maximum(estimate[is_sd], 0))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    kind = np.where(is_sd, "sd", "")
    labels = [f"{mark} {name}".strip() for mark, name in zip(kind, names, strict=True)]
    table = pd.DataFrame({"parameter": labels, "estimate": estimate, "se": draws.std(axis=0, ddof=1), "ci_low": low, "ci_high": high})
    return Bootstrap(refits, table, int((~good).sum()))
