"""Does a scale measure the same on both sides, or at every wave? Ever stricter equalities, and where each stops holding.

Steps: *configural* (same structure), *metric* (same loadings: associations may be compared), *scalar* (same intercepts: means may be
compared), *strict* (same residual variances: sum scores are equally reliable). The two sides of a relationship, and one person's waves, are
not independent groups: their items stand in one covariance matrix, the residuals of the same item correlated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import StudyError
from mentoring.measure.factors.answers import Answers, prepare, refused
from mentoring.measure.factors.fit import FactorFit, fit_answers
from mentoring.measure.factors.parameters import Equal, Structure, structured

STEPS = {
    "configural": Equal(), "metric": Equal(loadings=True), "scalar": Equal(loadings=True, intercepts=True),
    "strict": Equal(loadings=True, intercepts=True, residuals=True),
}
WHAT = {"metric": "loading", "scalar": "intercept", "strict": "residual"}
FEW = 300
# Worsening of CFI that speaks against a step, together with that of RMSEA or SRMR (metric, scalar and strict): Chen (2007), N of 300 or more; fewer.
# ASSUME: the cut-offs of Chen (2007), which were found for two groups of equal size, hold for the two sides of a relationship as well.
LIMITS = {False: (0.010, 0.015, 0.030, 0.010), True: (0.005, 0.010, 0.025, 0.005)}


@dataclass(frozen=True)
class Step:
    """One step of invariance.

    Attributes
    ----------
    name : str
        The step; ``"partial metric"`` and so on where items were let off.
    fit : FactorFit or None
    holds : bool or None
        None when the step was not reached or could not be fitted.
    against : FactorFit or None
        The step before, that it is compared with.
    note : str
    """

    name: str
    fit: FactorFit | None
    holds: bool | None
    against: FactorFit | None = None
    note: str = ""


def steps_of_invariance(
    data: pd.DataFrame, structure: Structure | Mapping[str, Sequence[str]], *, groups: Sequence[object] | None = None, clusters: Sequence[object] | None = None
) -> list[Step]:
    """Every step until one does not hold; then the same with single items let off (partial invariance).

    A step fails when CFI worsens by .010 or more, and RMSEA by .015 or SRMR by .030 (metric) or .010 (scalar, strict); with fewer than 300 rows
    by .005, .010, .025 and .005 (Chen 2007). Items are let off one at a time, the one whose release gains most likelihood first, as long as at
    least two items of every factor stay equal.

    Parameters
    ----------
    data, groups, clusters
        As in `mentoring.measure.factors.confirm`.
    structure : Structure, or dict of factor to items
        With several forms, or with `groups`.

    Returns
    -------
    list of Step

    Raises
    ------
    StudyError
        When there is nothing to compare: a single form and no groups.
    """
    structure = structured(structure)
    if len(structure.forms) < 2 and groups is None:
        raise refused("one form and no groups, so there is nothing to compare", "groups, or a structure of several forms")
    try:
        answers = prepare(data, structure.columns, groups, clusters)
        last = fit_answers(answers, structure)
    except StudyError as error:
        return [Step("configural", None, None, note=error.problems[0].found)]
    steps = [Step("configural", last, True)]
    freed: frozenset[tuple[str, str]] = frozenset()
    for name in ("metric", "scalar", "strict"):
        equal = replace(STEPS[name], freed=freed)
        try:
            fit = fit_answers(answers, structure, equal)
        except StudyError as error:
            return [*steps, Step(name, None, None, note=error.problems[0].found)]
        before = ", ".join(sorted({item for item, _ in freed}))
        step = Step(name, fit, holds(fit, last, name), last, f"let off before: {before}" if before else "")
        steps.append(step)
        if not step.holds:
            partial = _partial(answers, structure, name, freed, last)
            steps.append(partial)
            if not partial.holds or partial.fit is None:
                return steps
            # An item that loads differently has another origin, too: its intercept goes with its loading (Byrne, Shavelson & Muthén 1989).
            freed = partial.fit.equal.freed | {(item, "intercept") for item, kind in partial.fit.equal.freed if kind == "loading"}
            fit, structure = partial.fit, partial.fit.structure
        last = fit
    return steps


def holds(fit: FactorFit, before: FactorFit, step: str) -> bool:
    """Whether a step fits hardly worse than the one before."""
    cfi, rmsea, metric, other = LIMITS[fit.n < FEW]
    worse_cfi, worse_rmsea, worse_srmr = worsening(fit, before)
    return not (worse_cfi >= cfi and (worse_rmsea >= rmsea or worse_srmr >= (metric if step == "metric" else other)))


def worsening(fit: FactorFit, before: FactorFit) -> tuple[float, float, float]:
    """By how much CFI, RMSEA and SRMR are worse (positive: worse); CFI and RMSEA robust where both models have them so."""
    scaled = np.isfinite(fit.scaled.cfi) and np.isfinite(before.scaled.cfi)
    now, then = (fit.scaled, before.scaled) if scaled else (fit.indices, before.indices)
    return then.cfi - now.cfi, now.rmsea - then.rmsea, fit.srmr - before.srmr


def likelihood_ratio(fit: FactorFit, before: FactorFit) -> tuple[float, int, float]:
    """Difference in chi-squared from the step before, its degrees of freedom and p.

    Scaled, since answers are not normal and share mentors: the plain difference over ``(df c - df₀ c₀)/(df - df₀)``, c the models' scaling factors
    (Satorra & Bentler 2001); NaN where that is not positive. Plain where a model has no scaling factor.
    R: ``lavaan::lavTestLRT(before, fit, method = "satorra.bentler.2001")``.
    """
    chisq, df = 2 * (before.loglik - fit.loglik), fit.indices.df - before.indices.df
    if df <= 0:
        return chisq, df, np.nan
    factors = (fit.scaling, before.scaling if before.indices.df else 0.0)
    if np.isfinite(factors).all():
        factor = (fit.indices.df * factors[0] - before.indices.df * factors[1]) / df
        chisq = chisq / factor if factor > 0 else np.nan
    return chisq, df, float(stats.chi2.sf(chisq, df))


def _partial(answers: Answers, structure: Structure, name: str, freed: frozenset[tuple[str, str]], last: FactorFit) -> Step:
    """Let items off one at a time until the step holds."""
    what = WHAT[name]
    while True:
        candidates = []
        for factor, item in _releasable(structure, what, freed):
            try:
                candidates.append(fit_answers(answers, _unit_from(structure, factor, item, what, freed), replace(STEPS[name], freed=freed | {(item, what)})))
            except StudyError:
                continue
        if not candidates:
            kept = "no further item can be let off: at least two items of each factor must stay equal"
            return Step(f"partial {name}", None, False, last, kept)
        best = max(candidates, key=lambda fit: fit.loglik)
        freed, structure = best.equal.freed, best.structure
        if holds(best, last, name):
            listed = ", ".join(sorted(item for item, kind in freed if kind == what))
            return Step(f"partial {name}", best, True, last, f"differs between them: {listed}")


def _releasable(structure: Structure, what: str, freed: frozenset[tuple[str, str]]) -> list[tuple[str, str]]:
    found = []
    for factor, items in structure.factors.items():
        held = [item for item in items if (item, what) not in freed]
        found += [(factor, item) for item in held if len(held) > 2]
    return found


def _unit_from(structure: Structure, factor: str, item: str, what: str, freed: frozenset[tuple[str, str]]) -> Structure:
    """The same structure, with another marker where `item` is to load differently: the marker's loading is 1 on all sides, whatever it is."""
    if what != "loading" or item != structure.marker(factor):
        return structure
    other = next(one for one in structure.factors[factor] if one != item and (one, what) not in freed)
    return replace(structure, markers={**structure.markers, factor: other})
