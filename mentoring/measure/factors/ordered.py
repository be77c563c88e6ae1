"""Factor models of ordered answers of few categories: polychoric correlations, fitted by diagonally weighted least squares.

Answers are taken as cut from normal leanings. The model is one of the leanings' correlations; thresholds fit exactly and play no further part. The
weights are the correlations' own variances; standard errors and chi-squared are corrected for what the weights leave out (Muthén, du Toit &
Spisic 1997; Asparouhov & Muthén 2010), and for answers that share a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from mentoring.measure.factors.answers import SINGULAR, Answers, prepare, refused
from mentoring.measure.factors.estimate import start_values
from mentoring.measure.factors.fit import FEW_PEOPLE, FactorFit, latent_covariance
from mentoring.measure.factors.indices import Indices, fit_indices
from mentoring.measure.factors.parameters import COVARIANCE, MEAN, Equal, Parameters, Structure, cells_of, structured
from mentoring.measure.factors.polychoric import cell_probabilities, polychoric
from mentoring.measure.tabular import same_length


def confirm_ordered(
    data: pd.DataFrame, structure: Structure | Mapping[str, Sequence[str]], *, clusters: Sequence[object] | None = None
) -> FactorFit:
    """Fit a measurement model to ordered answers of few categories.

    Minimises ``Σ w_ij (r_ij - σ_ij(θ))²`` over pairs of items, r the polychoric correlations and 1/w their variances. With Γ the covariance of
    ``√n r`` (from the scores of both steps), Δ the derivatives of σ and ``U = W - WΔ(ΔᵀWΔ)⁻¹ΔᵀW``: standard errors from
    ``(ΔᵀWΔ)⁻¹ ΔᵀWΓWΔ (ΔᵀWΔ)⁻¹ / n``; ``χ² = aT + b`` with ``a = √(df / tr(UΓ)²)`` of the squared matrix and
    ``b = df - √(df tr(UΓ)² / tr((UΓ)²))``, so that mean and variance are those of chi-squared.

    Parameters
    ----------
    data : DataFrame, shape (rows, …)
        Keyed answers; rows with a missing answer are left out.
    structure : Structure, or dict of factor to items
        Of one form.
    clusters : sequence, optional
        The cluster of each row: scores are summed by it before Γ is formed. The weights do not depend on it.

    Returns
    -------
    FactorFit
        `indices` of T, `scaled` of the corrected chi-squared (CFI, TLI and RMSEA computed from it), no log-likelihood.

    Raises
    ------
    StudyError
        When the model cannot be fitted.

    References
    ----------
    Muthén (1984); Asparouhov & Muthén (2010). R: ``lavaan::cfa(model, data, ordered = TRUE, estimator = "WLSMV")`` (without clusters).
    """
    structure = structured(structure)
    columns = structure.columns
    unanswered = [name for name in columns if name in data and data[name].isna().all()]
    if unanswered:
        raise refused(f"nobody answered {', '.join(unanswered)}", "items that people answered")
    complete = data[columns].notna().all(axis=1).to_numpy() if set(columns) <= set(data) else np.ones(len(data), dtype=bool)
    same_length(clusters, len(data), "clusters", "factor analysis")
    labels = None if clusters is None else [label for label, use in zip(clusters, complete, strict=True) if use]
    answers = prepare(data[complete], columns, None, labels)
    r, gamma, plain = correlations(answers)
    return _fitted(structure, answers, r, gamma, np.diag(plain))


def correlations(answers: Answers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Polychoric correlations, the covariance of √n times their lower triangle, and the same were no answers clustered.

    Raises
    ------
    StudyError
        Where a correlation is at the edge, or they contradict each other.
    """
    values, names = answers.patterns.values, list(answers.columns)
    found = polychoric(pd.DataFrame(values, columns=names))
    edge = [note for note in found.notes if "edge" in note]
    if edge:
        raise refused("; ".join(edge), "items that each say something of their own")
    r = found.r.to_numpy()
    if np.linalg.eigvalsh(r)[0] < SINGULAR:
        raise refused("the polychoric correlations contradict each other (no answers could have them all)", "more people, or other items")
    codes = [np.unique(column, return_inverse=True)[1].reshape(-1) for column in values.T]
    cuts = [found.thresholds[name] for name in names]
    scores, bread = _scores(codes, cuts, r)
    inverse = np.linalg.inv(bread)
    pairs = slice(scores.shape[1] - len(names) * (len(names) - 1) // 2, None)
    n = len(values)
    plain = (inverse @ (scores.T @ scores) @ inverse.T)[pairs, pairs] * n
    if answers.cluster is None:
        return r, plain, plain
    _, which = np.unique(answers.cluster, return_inverse=True)
    summed = np.zeros((which.max() + 1, scores.shape[1]))
    np.add.at(summed, which.reshape(-1), scores)
    count = len(summed)
    return r, (inverse @ (summed.T @ summed) @ inverse.T)[pairs, pairs] * n * count / (count - 1), plain


def _scores(codes: list[np.ndarray], cuts: list[np.ndarray], r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row's scores of the thresholds (from each item alone) and correlations (from each pair), and the derivatives' estimate (Muthén 1984)."""
    starts = np.cumsum([0, *(len(cut) for cut in cuts)])
    pairs = [(first, second) for first in range(len(cuts)) for second in range(first + 1, len(cuts))]
    pairs.sort(key=lambda pair: (pair[1], pair[0]))  # the lower triangle, row by row
    size = int(starts[-1]) + len(pairs)
    scores, bread = np.zeros((len(codes[0]), size)), np.zeros((size, size))
    for item, (code, cut) in enumerate(zip(codes, cuts, strict=True)):
        own = slice(starts[item], starts[item + 1])
        shares = np.bincount(code) / len(code)
        scores[:, own] = _by_category(stats.norm.pdf(cut), shares)[code]
        bread[own, own] = scores[:, own].T @ scores[:, own]
    for at, (first, second) in enumerate(pairs, int(starts[-1])):
        to_r, to_first, to_second = _pair_scores(codes[first], codes[second], cuts[first], cuts[second], float(r[first, second]))
        scores[:, at] = to_r
        bread[at, at] = to_r @ to_r
        bread[at, starts[first] : starts[first + 1]] = to_r @ to_first
        bread[at, starts[second] : starts[second + 1]] = to_r @ to_second
    return scores, bread


def _by_category(density: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Derivatives of each category's log probability with respect to each threshold, shape (categories, thresholds)."""
    table = np.zeros((len(shares), len(density)))
    at = np.arange(len(density))
    table[at, at], table[at + 1, at] = density, -density
    return table / shares[:, None]


def _pair_scores(
    first: np.ndarray, second: np.ndarray, a: np.ndarray, b: np.ndarray, r: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each row's derivatives of the log probability of its two answers: by the correlation, and by the thresholds of each item."""
    probability = np.maximum(cell_probabilities(r, a, b), 1e-12)
    wide_a, wide_b = np.concatenate([[-np.inf], a, [np.inf]]), np.concatenate([[-np.inf], b, [np.inf]])
    rest = 1 - r**2
    with np.errstate(invalid="ignore"):
        density = np.exp(-(wide_a[:, None] ** 2 - 2 * r * wide_a[:, None] * wide_b + wide_b**2) / (2 * rest)) / (2 * np.pi * np.sqrt(rest))
    density = np.where(np.isfinite(wide_a)[:, None] & np.isfinite(wide_b), density, 0.0)
    by_r = np.diff(np.diff(density, axis=0), axis=1) / probability

    def by_threshold(own: np.ndarray, other: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Shape (own categories, other categories, own thresholds)."""
        edge = stats.norm.pdf(own)[:, None] * np.diff(special.ndtr((other[None, :] - r * own[:, None]) / np.sqrt(rest)), axis=1)
        table = np.zeros((*probability.shape, len(own)))
        for at in range(len(own)):
            table[at, :, at], table[at + 1, :, at] = edge[at], -edge[at]
        return table / probability[:, :, None]

    return by_r[first, second], by_threshold(a, wide_b, probability)[first, second], by_threshold(b, wide_a, probability.T)[second, first]


def _fitted(structure: Structure, answers: Answers, r: np.ndarray, gamma: np.ndarray, variances: np.ndarray) -> FactorFit:
    items = answers.items
    # Thresholds stand for means, and a leaning's variance is one, so neither means nor residual variances are parameters.
    cells = [
        cell for cell in cells_of(structure) if cell.matrix != MEAN and not (cell.matrix == COVARIANCE and cell.row == cell.column < items)
    ]
    parameters = Parameters(cells, items, len(structure.latent), 1)
    low = np.tril_indices(items, -1)
    target, weight, n = r[low], 1 / variances, int(answers.patterns.n.sum())
    df = len(target) - len(parameters)
    if df < 0:
        raise refused(f"{len(parameters)} parameters cannot be told from {items} items", "at least three items per factor")

    def away(theta: np.ndarray) -> np.ndarray:
        return (parameters.moments(theta, 0)[0][low] - target) * np.sqrt(weight)

    def slope(theta: np.ndarray) -> np.ndarray:
        return parameters.derivatives(theta, 0)[0][:, low[0], low[1]].T * np.sqrt(weight)[:, None]

    start = start_values(parameters, [(r, np.zeros(items))])
    found = optimize.least_squares(away, start, jac=slope, method="lm", xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=2000)
    delta = parameters.derivatives(found.x, 0)[0][:, low[0], low[1]].T
    information = delta.T @ (weight[:, None] * delta)
    scale = np.sqrt(np.diag(information))
    if not found.success or (scale <= 0).any() or np.linalg.eigvalsh(information / np.outer(scale, scale))[0] < 1e-9:
        raise refused("the parameters cannot all be determined by the data (the model is not identified)", "items that share something")
    inverse = np.linalg.inv(information)
    weighted = weight[:, None] * delta
    # n - 1 (in RMSEA, too) and, in SRMR, the diagonal (which fits exactly): as lavaan and Mplus do.
    vcov = inverse @ weighted.T @ gamma @ weighted @ inverse / (n - 1)
    statistic, baseline = (n - 1) * float(np.sum(away(found.x) ** 2)), (n - 1) * float(weight @ target**2)
    scaled, scaling = _corrected(statistic, np.diag(weight) - weighted @ inverse @ weighted.T, gamma, df)
    scaled_baseline, _ = _corrected(baseline, np.diag(weight), gamma, len(target))
    implied = parameters.moments(found.x, 0)[0]
    srmr = float(np.sqrt(np.sum((implied[low] - target) ** 2) / (items * (items + 1) / 2)))
    return FactorFit(
        structure, Equal(), parameters, found.x, vcov, np.nan, fit_indices(statistic, df, baseline, len(target), n - 1),
        fit_indices(scaled, df, scaled_baseline, len(target), n - 1) if df else Indices(np.nan, 0, *(np.nan,) * 6), scaling, srmr, n,
        len(np.unique(answers.cluster)) if answers.cluster is not None else 0, answers.groups, _notes(parameters, found.x, implied, n), unit=True,
    )


def _corrected(statistic: float, u: np.ndarray, gamma: np.ndarray, df: int) -> tuple[float, float]:
    """Chi-squared scaled and shifted to the mean and variance of its distribution (Asparouhov & Muthén 2010), and what it was divided by."""
    if df <= 0:
        return np.nan, np.nan
    product = u @ gamma
    trace, square = float(np.trace(product)), float(np.sum(product * product.T))
    scale = np.sqrt(df / square)
    return float(statistic * scale + df - scale * trace), float(1 / scale)


def _notes(parameters: Parameters, theta: np.ndarray, implied: np.ndarray, n: int) -> tuple[str, ...]:
    notes = []
    if (np.diag(implied) > 1).any():
        notes.append("an item's residual variance was estimated below zero (a Heywood case): the structure does not hold, or there are too few people")
    latent = latent_covariance(parameters, theta, 0)
    if np.linalg.eigvalsh(latent)[0] < -1e-8 * np.trace(np.abs(latent)):
        notes.append("factors correlate beyond 1: they cannot be told apart")
    if n < FEW_PEOPLE:
        notes.append(f"{n} answer sheets are few for a factor model; fit indices then reject good models too often")
    return tuple(notes)
