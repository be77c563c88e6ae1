"""Mixed logit models from a formula and a table: what `glmer` and `clmm` are in R."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy import stats

from mentoring.models.generalised.mixed import MixedFit, mixed
from mentoring.models.generalised.prepare import prepare
from mentoring.models.lmm.random_terms import refuse, split_formula

COLUMNS = ["term", "estimate", "se", "z", "p", "ci_low", "ci_high"]


@dataclass(frozen=True)
class MixedLogit:
    """What `mixed_logit` gives.

    Attributes
    ----------
    fixed_effects : DataFrame
        term, estimate (log-odds), se, z, p, ci_low, ci_high. With two values of the outcome an `Intercept` first, as in a logistic model; with more the
        thresholds, such as ``3|4``.
    variance_components : DataFrame
        group, term, variance, sd of the random intercepts, in log-odds.
    fit : MixedFit
    codes : tuple
        Values of the outcome, from lowest to highest.
    n_obs : int
    notes : tuple of str
        Terms and rows that had to be left out, and why.
    """

    fixed_effects: pd.DataFrame
    variance_components: pd.DataFrame
    fit: MixedFit
    codes: tuple[float, ...]
    n_obs: int
    notes: tuple[str, ...]

    @property
    def loglik(self) -> float:
        """Log-likelihood."""
        return self.fit.loglik

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * (len(self.fixed_effects) + len(self.variance_components)) - 2 * self.loglik

    @property
    def converged(self) -> bool:
        """Whether the search settled."""
        return self.fit.converged

    @property
    def singular(self) -> bool:
        """Whether a random intercept's standard deviation is zero."""
        return self.fit.singular

    def __repr__(self) -> str:
        notes = "".join(f"\nNote: {note}." for note in self.notes)
        return (
            f"Mixed {'logistic' if len(self.codes) == 2 else 'cumulative logit'} model ({self.n_obs} rows, {self.fit.method})\n"
            f"{self.fixed_effects.round(3).to_string(index=False)}\n{self.variance_components.round(3).to_string(index=False)}{notes}"
        )


def mixed_logit(formula: str, data: pd.DataFrame, nodes: int | None = None) -> MixedLogit:
    """A logistic (two values) or cumulative logit (more) model with random intercepts, by maximum likelihood.

    ``log odds(y > c) = xβ + u − α_c``: positive coefficients go with higher answers.

    Parameters
    ----------
    formula : str
        lme4's notation, random intercepts only: ``"stay ~ similarity + (1 | program/mentor)"``.
    data : DataFrame
        The outcome holds numbers (or true and false); rows with a missing value are left out.
    nodes : int, optional
        Nodes of adaptive quadrature for one grouping (1: Laplace's approximation). Left out: 15 for one grouping, Laplace for several.

    Returns
    -------
    MixedLogit
        z and p are those of large samples; for few mentors questions with `distribution` rest on a marginal model with small-sample degrees of freedom.

    Raises
    ------
    StudyError
        When formula or data cannot carry such a model.

    Notes
    -----
    R: ``ordinal::clmm(factor(y) ~ x + (1 | g), nAGQ = 15)``; ``lme4::glmer(y ~ x + (1 | g), binomial, nAGQ = 15)``.
    """
    outcome = split_formula(formula)[0].strip()
    known = prepare(formula, data, outcome, alone=True)
    if not known.groups:
        raise refuse("there is no random part", "random intercepts, such as (1 | mentor)", place="mixed_logit")
    if nodes is not None and (nodes < 1 or (nodes > 1 and len(known.groups) > 1)):
        raise refuse(f"{nodes} nodes for {len(known.groups)} groupings", "1 or more; 1 where there are several groupings", place="mixed_logit")
    fit = mixed(known.X, known.y, list(known.groups.values()), nodes)
    cuts = len(known.codes) - 1
    thresholds = ["Intercept"] if cuts == 1 else [f"{low:g}|{high:g}" for low, high in zip(known.codes[:-1], known.codes[1:])]
    estimate = fit.delta.copy()
    if cuts == 1:
        estimate[0] = -estimate[0]
    z, reach = estimate / fit.se, stats.norm.isf(0.025) * fit.se
    rows = zip([*thresholds, *known.terms], estimate, fit.se, z, 2 * stats.norm.sf(abs(z)), estimate - reach, estimate + reach)
    spread = pd.DataFrame({"group": list(known.groups), "term": "Intercept", "variance": fit.sd**2, "sd": fit.sd})
    lost = [f"{term} has no estimate: {why}" for term, why in known.lost.items()]
    return MixedLogit(pd.DataFrame(rows, columns=COLUMNS), spread, fit, tuple(map(float, known.codes)), len(known.y), (*lost, *known.notes))
