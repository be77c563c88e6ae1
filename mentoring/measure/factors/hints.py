"""What would fit better: score tests of parameters that the model holds at zero. Hints to think about, never acted upon."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.measure.factors.answers import Answers
from mentoring.measure.factors.fit import FactorFit
from mentoring.measure.factors.likelihood import moment_information
from mentoring.measure.factors.model_likelihood import gradient, jacobians
from mentoring.measure.factors.parameters import COVARIANCE, PATH, Cell, Parameters

# Below this a single freed parameter would not improve the fit beyond chance (chi-squared, 1 df, p = .05).
LEAST = float(stats.chi2.isf(0.05, 1))
COLUMNS = ["kind", "first", "second", "index", "scaled", "change", "std_change"]


def modification_indices(fit: FactorFit, answers: Answers) -> pd.DataFrame:
    """Score test of every loading on another factor and every covariance of two items' residuals.

    With s the slope of the log-likelihood at a candidate c and I the expected information, ``V = I_cc - I_cp I_pp⁻¹ I_pc``, the index is
    ``s²/V`` (chi-squared with one degree of freedom: about how much the model's chi-squared would fall) and the expected parameter change
    ``s/V`` (Sörbom 1989). `scaled` is divided by the model's scaling factor, because of answers that are not normal or share a mentor.
    R: ``lavaan::modindices(fit)``: ``mi``, ``epc``, ``sepc.all``.

    Parameters
    ----------
    fit : FactorFit
        Of one form and one group.
    answers : Answers
        What it was fitted to.

    Returns
    -------
    DataFrame
        `kind` (`loading`: factor `first` on item `second`; `covariance`: residuals of two items), `first`, `second`, `index`, `scaled`, `change`,
        `std_change` (a straight line's guess, so it may exceed 1); the highest first, ties in the order of the items. Candidates that could not be told
        from what is free are left out.
    """
    parameters, items = fit.parameters, fit.structure.items
    factors = list(fit.structure.factors)
    candidates = [
        (Cell(0, PATH, items.index(item), len(items) + at, f"hint:{factor}:{item}"), ("loading", factor, item))
        for at, factor in enumerate(factors)
        for item in items
        if item not in fit.structure.factors[factor]
    ]
    candidates += [
        (Cell(0, COVARIANCE, second, first, f"hint:{first}:{second}"), ("covariance", items[first], items[second]))
        for second in range(len(items))
        for first in range(second)
    ]
    wider = Parameters([*parameters.cells, *(cell for cell, _ in candidates)], parameters.items, parameters.size - parameters.items, 1)
    theta = np.concatenate([fit.theta, np.zeros(len(candidates))])
    slope = gradient(wider, theta, answers.patterns)[len(fit.theta) :]
    information = sum(
        jacobian.T @ own @ jacobian
        for own, jacobian in zip(
            moment_information(answers.patterns, wider.all_moments(theta), observed=False), jacobians(wider, theta), strict=True
        )
    )
    free = slice(0, len(fit.theta))
    rest = slice(len(fit.theta), None)
    spread = np.diag(information)[rest] - np.sum(
        information[rest, free] * np.linalg.solve(information[free, free], information[free, rest]).T, axis=1
    )
    told = spread > 1e-8 * np.diag(information)[rest]
    spread = np.where(told, spread, np.nan)
    change = slope / spread
    cov, _ = parameters.moments(fit.theta, 0)
    latent = _factor_variances(fit)
    rows = []
    for (cell, words), index, raw, keep in zip(candidates, slope**2 / spread, change, told, strict=True):
        if keep:
            if cell.matrix == PATH:
                unit = np.sqrt(latent[cell.column - len(items)] / cov[cell.row, cell.row])
            else:
                residual = _residuals(fit)
                product = residual[cell.row] * residual[cell.column]
                unit = 1 / np.sqrt(product) if product > 0 else np.nan
            rows.append((*words, index, index / fit.scaling if np.isfinite(fit.scaling) else np.nan, raw, raw * unit))
    # Ties (two items of a pair and the other two of four have one index) part at the last digits, by the processor's rounding: keep the candidates' order.
    ranked = pd.DataFrame(rows, columns=COLUMNS)
    order = ranked["index"].map(lambda value: float(f"{value:.6g}")).sort_values(ascending=False, kind="stable").index
    return ranked.loc[order].reset_index(drop=True)


def _factor_variances(fit: FactorFit) -> np.ndarray:
    a, s, _ = fit.parameters.matrices(fit.theta, 0)
    full = np.linalg.inv(np.eye(fit.parameters.size) - a)
    return np.diag(full @ s @ full.T)[fit.parameters.items :]


def _residuals(fit: FactorFit) -> np.ndarray:
    _, s, _ = fit.parameters.matrices(fit.theta, 0)
    return np.diag(s)[: fit.parameters.items]
