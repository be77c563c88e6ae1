"""Confirmatory factor analysis: a structure fitted to answers by (full-information) maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.measure.factors import robust
from mentoring.measure.factors.answers import Answers, prepare, refused
from mentoring.measure.factors.estimate import Estimate, maximise, start_values
from mentoring.measure.factors.indices import Indices, fit_indices, srmr
from mentoring.measure.factors.parameters import COVARIANCE, MEAN, PATH, Equal, Parameters, Structure, cells_of, named, structured

FEW_PEOPLE = 200


@dataclass(frozen=True, eq=False)
class FactorFit:
    """A fitted measurement model.

    Attributes
    ----------
    structure : Structure
    equal : Equal
    parameters : Parameters
    theta : ndarray
        Estimates, in the order of ``parameters.labels``.
    vcov : ndarray
        Their covariance: robust, clustered where clusters were given.
    loglik : float
    indices : Indices
        Normal-theory fit.
    scaled : Indices
        Fit with the scaled chi-squared (Yuan & Bentler 2000), CFI and RMSEA in their robust form (Brosseau-Liard & Savalei 2014).
    scaling : float
        The factor chi-squared was divided by.
    srmr : float
    n, clusters : int
        Rows used; clusters (0 when there are none).
    notes : tuple of str
        What to mind: a Heywood case, few people, items nobody answered together.
    unit : bool
        The items are leanings behind ordered answers, of variance one.
    sample : tuple
        Unrestricted covariance and mean of the items of each group (none for ordered answers).
    """

    structure: Structure
    equal: Equal
    parameters: Parameters
    theta: np.ndarray
    vcov: np.ndarray
    loglik: float
    indices: Indices
    scaled: Indices
    scaling: float
    srmr: float
    n: int
    clusters: int
    groups: tuple[str, ...]
    notes: tuple[str, ...]
    unit: bool = False
    sample: tuple[tuple[np.ndarray, np.ndarray], ...] = ()

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * len(self.theta) - 2 * self.loglik

    @property
    def bic(self) -> float:
        """Bayesian criterion."""
        return float(np.log(self.n) * len(self.theta) - 2 * self.loglik)

    @cached_property
    def loadings(self) -> pd.DataFrame:
        """Loadings: group, factor, item, loading, se, ci_low, ci_high, and the same standardised (`std_…`).

        Standardised: by the model's standard deviations of factor and item; standard errors by the delta method.
        """
        cells = [cell for cell in self.parameters.cells if cell.matrix == PATH]
        standard, jacobian = _standardised(self.parameters, self.theta, cells, self.unit)
        std_se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", jacobian, self.vcov, jacobian), 0))
        names = [*self.structure.columns, *self.structure.latent]
        reach = stats.norm.isf(0.025)
        rows = []
        for cell, value, error in zip(cells, standard, std_se):
            at = self.parameters.labels.index(cell.label) if cell.label else None
            raw = self.theta[at] if at is not None else cell.value
            se = float(np.sqrt(self.vcov[at, at])) if at is not None else np.nan
            rows.append({
                "group": self.groups[cell.group], "factor": names[cell.column], "item": names[cell.row], "loading": raw, "se": se,
                "ci_low": raw - reach * se, "ci_high": raw + reach * se, "std_loading": value, "std_se": error,
                "std_ci_low": value - reach * error, "std_ci_high": value + reach * error,
            })
        return pd.DataFrame(rows)

    def estimate(self, label: str) -> tuple[float, float]:
        """A parameter and its standard error, by label."""
        at = self.parameters.labels.index(label)
        return float(self.theta[at]), float(np.sqrt(self.vcov[at, at]))

    def omega(self) -> pd.DataFrame:
        """Reliability of the sum of each factor's items: group, factor, omega, omega_observed.

        ``(Σλ)² ψ`` over the variance of the sum, as the model has it (`omega`) or as it was observed (`omega_observed`).
        R: ``semTools::compRelSEM(fit, obs.var = FALSE)``; ``compRelSEM(fit)``.

        Raises
        ------
        StudyError
            For ordered answers, whose sum is none of leanings (`mentoring.measure.ordinal` has theirs).
        """
        if not self.sample:
            raise refused("omega of leanings is none of the sum of answers", "answers fitted as numbers")
        place = {name: at for at, name in enumerate([*self.structure.columns, *self.structure.latent])}
        rows = []
        for group, (name, (observed, _)) in enumerate(zip(self.groups, self.sample, strict=True)):
            a, _, _ = self.parameters.matrices(self.theta, group)
            implied, latent = self.parameters.moments(self.theta, group)[0], np.diag(latent_covariance(self.parameters, self.theta, group))
            for form in self.structure.forms:
                for factor, items in self.structure.factors.items():
                    own, at = [place[named(form, item)] for item in items], place[named(form, factor)]
                    true = a[own, at].sum() ** 2 * latent[at - self.parameters.items]
                    block = np.ix_(own, own)
                    rows.append({"group": name, "factor": named(form, factor), "omega": true / implied[block].sum(), "omega_observed": true / observed[block].sum()})
        return pd.DataFrame(rows)

    def factor_correlations(self) -> pd.DataFrame:
        """Correlations of the factors: group, first, second, r, se, ci_low, ci_high; those that a general factor implies where there is one.

        Standard errors by the delta method. R: ``lavaan::standardizedSolution(fit)``, rows ``~~`` of factors.
        """
        names = [named(form, factor) for form in self.structure.forms for factor in self.structure.factors]
        pairs = [(first, second) for second in range(len(names)) for first in range(second)]

        def correlations(at: np.ndarray) -> np.ndarray:
            found = []
            for group in range(len(self.groups)):
                cov = latent_covariance(self.parameters, at, group)
                spread = np.sqrt(np.maximum(np.diag(cov), 0))
                found += [cov[pair] / (spread[pair[0]] * spread[pair[1]]) for pair in pairs]
            return np.array(found)

        with np.errstate(divide="ignore", invalid="ignore"):
            r, jacobian = correlations(self.theta), _jacobian(correlations, self.theta)
        errors = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", jacobian, self.vcov, jacobian), 0))
        reach = stats.norm.isf(0.025)
        keys = [(group, names[first], names[second]) for group in self.groups for first, second in pairs]
        rows = [
            {"group": group, "first": first, "second": second, "r": value, "se": error, "ci_low": value - reach * error, "ci_high": value + reach * error}
            for (group, first, second), value, error in zip(keys, r, errors, strict=True)
        ]
        return pd.DataFrame(rows, columns=["group", "first", "second", "r", "se", "ci_low", "ci_high"])


def confirm(
    data: pd.DataFrame, structure: Structure | Mapping[str, Sequence[str]], *, groups: Sequence[object] | None = None, equal: Equal | None = None,
    clusters: Sequence[object] | None = None, errors: Literal["robust", "normal"] = "robust",
) -> FactorFit:
    """Fit a measurement model to answers.

    Maximum likelihood; where answers are missing, full-information maximum likelihood (sound when missingness depends on nothing but the
    answers that are there). Standard errors and the scaled fit are robust to non-normal answers and to clusters.

    AIC and BIC count the items' means among the parameters, always.

    Parameters
    ----------
    data : DataFrame, shape (rows, …)
        Keyed answers, NaN where missing; the columns the structure names.
    structure : Structure, or dict of factor to items
    groups : sequence, optional
        The group of each row, for models of independent groups.
    equal : Equal, optional
        What is held equal between forms and groups.
    clusters : sequence, optional
        The cluster of each row, such as its mentor.
    errors : {"robust", "normal"}
        Standard errors: robust, or those of normal answers of independent rows (from the expected information; the observed one where answers
        are missing).

    Returns
    -------
    FactorFit

    Raises
    ------
    StudyError
        When the model cannot be fitted: constant or unanswered items, fewer people than items, a model that is not identified.

    References
    ----------
    Jöreskog (1969); Arbuckle (1996); Yuan & Bentler (2000). R: ``lavaan::cfa(model, data, estimator = "MLR", missing = "fiml")``; without
    missing answers ``missing`` makes no difference. ``errors = "normal"``: ``estimator = "ML"``.
    """
    structure = structured(structure)
    if errors not in ("robust", "normal") or (errors == "normal" and clusters is not None):
        raise refused(f"errors = “{errors}”{' with clusters' if clusters is not None else ''}", '"robust"; or "normal", without clusters')
    return fit_answers(prepare(data, structure.columns, groups, clusters), structure, equal, errors)


def fit_answers(
    answers: Answers, structure: Structure, equal: Equal | None = None, errors: Literal["robust", "normal"] = "robust"
) -> FactorFit:
    """The same for answers made ready once: several models of them cost less (`mentoring.measure.factors.answers.prepare`)."""
    groups = len(answers.groups)
    parameters = Parameters(cells_of(structure, groups, equal), answers.items, len(structure.latent), groups)
    df = groups * answers.items * (answers.items + 3) // 2 - len(parameters)
    if df < 0:
        raise refused(f"{len(parameters)} parameters cannot be told from {answers.items} items", "at least three items per factor")
    answers.check()
    found = maximise(parameters, answers.patterns, start_values(parameters, answers.full.moments))
    if found.problem:
        raise refused(found.problem, "items that share something, answered by enough people")
    try:
        if errors == "normal":
            vcov = robust.of_information(parameters, found.theta, answers.patterns)
        else:
            vcov = robust.sandwich(parameters, found.theta, answers.patterns, answers.cluster)
    except np.linalg.LinAlgError:
        raise refused("the estimates have no standard errors", "items that share something, answered by enough people") from None
    return _measured(structure, equal or Equal(), parameters, found, vcov, df, answers)


def _measured(structure: Structure, equal: Equal, parameters: Parameters, found: Estimate, vcov: np.ndarray, df: int, answers: Answers) -> FactorFit:
    theta, full, patterns, groups = found.theta, answers.full, answers.patterns, len(answers.groups)
    n = int(patterns.n.sum())
    chisq = max(2 * (full.loglik - found.loglik), 0.0)
    baseline, baseline_df = answers.baseline
    factor = robust.scaling(parameters, theta, patterns, answers.cluster, full, df)
    # As lavaan does unasked: means count where they are modelled, as for groups, clusters, restrictions and missing answers.
    free_means = any(cell.matrix == MEAN and cell.row >= answers.items and cell.label for cell in parameters.cells)
    means = groups > 1 or answers.cluster is not None or answers.incomplete or free_means
    return FactorFit(
        structure, equal, parameters, theta, vcov, found.loglik, fit_indices(chisq, df, baseline, baseline_df, n, groups),
        _robust_indices(chisq / factor, answers.scaled(parameters, theta, chisq, df), df, answers.robust_baseline, baseline_df, n, groups), factor,
        srmr(full.moments, parameters.all_moments(theta), patterns.sizes.tolist(), means), n,
        len(np.unique(answers.cluster)) if answers.cluster is not None else 0, answers.groups, _notes(parameters, theta, n, groups),
        sample=tuple(full.moments),
    )


def _robust_indices(
    chisq: float, own: tuple[float, float], df: int, base: tuple[float, float], baseline_df: int, n: int, groups: int
) -> Indices:
    """Scaled chi-squared, and the robust CFI, TLI and RMSEA of Brosseau-Liard and Savalei (2012; 2014).

    `own` and `base` are chi-squared and scaling factor of the model and of the baseline (`Answers.scaled`).
    """
    if df <= 0 or not np.isfinite([chisq, *own, *base]).all():
        return Indices(np.nan, df, *(np.nan,) * 6)
    scaled = fit_indices(own[0] / own[1], df, base[0] / base[1], baseline_df, n, groups)
    over, baseline_over = own[0] - own[1] * df, base[0] - base[1] * baseline_df
    worst = max(over, baseline_over, 0.0)
    cfi = 1 - max(over, 0.0) / worst if worst > 0 else 1.0
    tli = 1 - (over / df) * (baseline_df / baseline_over) if baseline_over > 0 else np.nan
    low, high = (bound * np.sqrt(own[1]) for bound in (scaled.rmsea_low, scaled.rmsea_high))
    rmsea = float(np.sqrt(max(over, 0.0) / (df * n)) * np.sqrt(groups))
    return Indices(chisq, df, float(stats.chi2.sf(chisq, df)), cfi, tli, rmsea, low, high)


def _notes(parameters: Parameters, theta: np.ndarray, n: int, groups: int) -> tuple[str, ...]:
    notes = []
    value = dict(zip(parameters.labels, theta))
    if any(cell.matrix == COVARIANCE and cell.row == cell.column < parameters.items and value[cell.label] < 0
           for cell in parameters.cells if cell.label):
        notes.append("an item's residual variance was estimated below zero (a Heywood case): the structure does not hold, or there are too few people")
    for group in range(groups):
        latent = latent_covariance(parameters, theta, group)
        if np.linalg.eigvalsh(latent)[0] < -1e-8 * np.trace(np.abs(latent)):
            notes.append("factors correlate beyond 1: they cannot be told apart")
            break
    if n < FEW_PEOPLE:
        notes.append(f"{n} answer sheets are few for a factor model; fit indices then reject good models too often")
    return tuple(notes)


def latent_covariance(parameters: Parameters, theta: np.ndarray, group: int) -> np.ndarray:
    """Covariance of the factors of a group."""
    a, s, _ = parameters.matrices(theta, group)
    full = np.linalg.inv(np.eye(parameters.size) - a)
    return (full @ s @ full.T)[parameters.items :, parameters.items :]


def _standardised(parameters: Parameters, theta: np.ndarray, cells: Sequence, unit: bool) -> tuple[np.ndarray, np.ndarray]:
    """Standardised paths and their derivatives."""
    def standard(at: np.ndarray) -> np.ndarray:
        found = []
        for group in range(parameters.groups):
            a, s, _ = parameters.matrices(at, group)
            full = np.linalg.inv(np.eye(parameters.size) - a)
            spread = np.sqrt(np.maximum(np.diag(full @ s @ full.T), 0))
            if unit:
                spread[: parameters.items] = 1.0
            found.append(a * spread / np.where(spread > 0, spread, np.nan)[:, None])
        return np.array([found[cell.group][cell.row, cell.column] for cell in cells])

    return standard(theta), _jacobian(standard, theta)


def _jacobian(function: Callable[[np.ndarray], np.ndarray], theta: np.ndarray) -> np.ndarray:
    """Derivatives of a function of the parameters by central differences."""
    columns = []
    for at in range(len(theta)):
        step = np.zeros(len(theta))
        step[at] = 1e-5 * max(abs(theta[at]), 0.1)
        columns.append((function(theta + step) - function(theta - step)) / (2 * step[at]))
    return np.stack(columns, axis=-1)
