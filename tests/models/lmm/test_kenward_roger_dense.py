"""Kenward–Roger from its definition, with n×n matrices, against the component-wise form — weights included.

pbkrtest takes the residual covariance for σ²I even when the model has weights, so it cannot be the oracle there; the definition can.
"""

from __future__ import annotations

import numpy as np
import pytest

from mentoring.models.lmm import lmm


def directions(fit) -> list[np.ndarray]:
    """∂V/∂(variance or covariance) for each parameter, the residual last."""
    out = []
    for level in fit.design.levels:
        same = level.codes[:, None] == level.codes
        for i, j in level.free:
            outer = np.outer(level.z[:, i], level.z[:, j])
            out.append((outer if i == j else outer + outer.T) * same)
    weights = np.ones(fit.n_obs) if fit.design.weights is None else fit.design.weights
    return [*out, np.diag(1 / weights)]


def dense_kenward_roger(fit) -> tuple[np.ndarray, np.ndarray]:
    """Adjusted standard errors and df of every coefficient (methods note 3.3, term by term)."""
    X, G = fit.design.X, directions(fit)
    V = fit.sigma**2 * G[-1]
    for level, matrix in zip(fit.design.levels, fit.covariances, strict=True):
        V = V + (level.z @ matrix @ level.z.T) * (level.codes[:, None] == level.codes)
    inverse = np.linalg.inv(V)
    phi = np.linalg.inv(X.T @ inverse @ X)
    half = [inverse @ g for g in G]
    P = [-X.T @ h @ inverse @ X for h in half]
    count = len(G)
    Q = [[X.T @ half[k] @ half[m] @ inverse @ X for m in range(count)] for k in range(count)]
    information = np.array([[np.trace(half[k] @ half[m]) - 2 * np.trace(phi @ Q[k][m]) + np.trace(phi @ P[k] @ phi @ P[m]) for m in range(count)] for k in range(count)])
    W = 2 * np.linalg.inv(information)
    middle = sum(W[k, m] * (Q[k][m] - P[k] @ phi @ P[m]) for k in range(count) for m in range(count))
    adjusted = phi + 2 * phi @ middle @ phi
    df = []
    for row in np.eye(len(phi)):
        theta = np.outer(row, row) / phi[row.argmax(), row.argmax()]
        a2 = sum(W[k, m] * np.trace(theta @ phi @ P[k] @ phi @ theta @ phi @ P[m] @ phi) for k in range(count) for m in range(count))
        df.append(2 / a2)  # for one contrast the formulas of the paper reduce to this
    return np.sqrt(np.diag(adjusted)), np.array(df)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "formula",
    [
        "q ~ simw + simb + (1 + simw | mentor)",
        "q3 ~ simw + simb + (1 | mentor) + (1 | peer)",
        "q ~ simw + wave + (1 | program/mentor)",
        "q3 ~ simw + (wave || mentor) + (1 | peer)",
        "q ~ simw",
    ],
)
def test_components_equal_the_definition(formula, weighted, dyads):
    fit = lmm(formula, dyads, weights=0.5 + np.arange(len(dyads)) % 3 if weighted else None)
    se, df = dense_kenward_roger(fit)
    table = fit.inference("kenward-roger")
    np.testing.assert_allclose(table["se"], se, rtol=1e-7)
    np.testing.assert_allclose(table["df"], df, rtol=1e-6)
