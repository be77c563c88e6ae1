"""The ladder of random structures: start rich, step down only for a stated reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from formulaic import Formula

from mentoring.errors import StudyError

from .compare import lrt
from .fit import LinearMixedModelFit
from .model import lmm
from .optimise import singular_levels
from .random_terms import RandomTerm, refuse, split_formula

# ASSUME: with fewer groups a correlation between random effects cannot be estimated, so the ladder starts uncorrelated.
CORRELATED_FROM = 30
# ASSUME: a variance whose likelihood-ratio p lies above this is stepped over (methods note 3.5).
KEEP_UP_TO = 0.20


def fit_ladder(
    formula: str,
    data: pd.DataFrame,
    *,
    reml: bool = True,
    weights: str | Sequence[float] | None = None,
    offset: str | Sequence[float] | None = None,
    inference: str = "auto",
) -> LinearMixedModelFit:
    """Fit the richest of correlated slopes → uncorrelated slopes → intercepts that the data carry.

    Returns
    -------
    LinearMixedModelFit
        The fit kept; ``fit.steps`` lists every rung: formula, decision, reason.

    Notes
    -----
    A rung is left when it cannot be fitted, when the fit did not converge, when a grouping factor is singular that is not so on the last rung (a
    variance that is zero there too is no reason to drop a slope), or when the likelihood-ratio test (boundary-corrected) against the next
    rung gives p > .20. With fewer than 30 groups the ladder starts uncorrelated. See ``docs/methods/mixed-models.md``.
    """
    response, fixed, terms = split_formula(formula)
    if not terms:
        raise refuse("the formula has no random term", "such as (1 + similarity | mentor)")
    steps: list[dict[str, str]] = []
    rungs = _rungs(terms)
    fits: dict[int, LinearMixedModelFit] = {}

    def fit_of(number: int) -> LinearMixedModelFit:
        if number not in fits:
            text = f"{response} ~ {fixed} + " + " + ".join(map(_written, rungs[number]))
            fits[number] = lmm(text, data, reml=reml, weights=weights, offset=offset, inference=inference)
        return fits[number]

    current = _start(fit_of, rungs, terms, steps)
    while current < len(rungs) - 1:
        try:
            richer = fit_of(current)
        except StudyError as error:
            steps.append({"formula": " + ".join(map(_written, rungs[current])), "decision": "left", "reason": error.problems[0].found})
            current += 1
            continue
        reason = _reason_to_leave(richer, fit_of(current + 1), fit_of(len(rungs) - 1))
        if not reason:
            break
        steps.append({"formula": richer.formula, "decision": "left", "reason": reason})
        current += 1
    fit = fit_of(current)
    last = "nothing simpler stands on the ladder" if current == len(rungs) - 1 else "converged, and better than the next rung"
    if fit.singular:
        last += "; singular: a variance is estimated as zero"
    fit.steps = [*steps, {"formula": fit.formula, "decision": "kept", "reason": last}]
    return fit


def _singular_groups(fit: LinearMixedModelFit) -> set[str]:
    """Grouping factors with a random effect of no variance of its own."""
    levels = fit.design.levels
    return {level.name for level, singular in zip(levels, singular_levels(fit.theta[None], levels), strict=True) if singular[0]}


def _rungs(terms: list[RandomTerm]) -> list[list[RandomTerm]]:
    """The structures from richest to plainest, each one once."""
    uncorrelated = [replace(term, correlated=False) if _has_slopes(term) else term for term in terms]
    plain = list(dict.fromkeys(replace(term, effects="1", correlated=True) for term in terms))
    out: list[list[RandomTerm]] = []
    for rung in (list(terms), uncorrelated, plain):
        if rung not in out:
            out.append(rung)
    return out


def _has_slopes(term: RandomTerm) -> bool:
    return term.effects.strip() != "1" and len(list(Formula(term.effects))) > 1


def _written(term: RandomTerm) -> str:
    group = term.group
    if term.weights:
        group = f"mm({', '.join(term.columns)}, weights={' + '.join(term.weights)})"
    return f"({term.effects} {'|' if term.correlated else '||'} {group})"


def _start(fit_of, rungs: list[list[RandomTerm]], terms: list[RandomTerm], steps: list[dict[str, str]]) -> int:
    """Skip the correlated rung when a factor with slopes has too few groups for a correlation."""
    if len(rungs) < 2 or rungs[1] == rungs[-1] or not any(term.correlated and _has_slopes(term) for term in terms):
        return 0
    plain = fit_of(len(rungs) - 1)
    few = min(plain.n_groups[term.group] for term in terms if _has_slopes(term))
    if few >= CORRELATED_FROM:
        return 0
    steps.append(
        {
            "formula": " + ".join(map(_written, rungs[0])),
            "decision": "not tried",
            "reason": f"{few} groups are too few to estimate a correlation (fewer than {CORRELATED_FROM})",
        }
    )
    return 1


def _reason_to_leave(fit: LinearMixedModelFit, simpler: LinearMixedModelFit, plainest: LinearMixedModelFit) -> str:
    if not fit.converged:
        return "it did not converge"
    cured = _singular_groups(fit) - _singular_groups(plainest)
    if cured:
        return f"it is singular for {' and '.join(sorted(cured))}: an effect varies by nothing, or is bound to another"
    if fit.n_parameters <= simpler.n_parameters:
        return ""
    test = lrt(fit, simpler)
    return f"the simpler one fits as well (likelihood ratio {test.statistic:.2f}, p = {test.p:.2f})" if test.p > KEEP_UP_TO else ""
