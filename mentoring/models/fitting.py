"""Fit a question's model: the richest random part first, stepping down by a stated ladder."""

from __future__ import annotations

from dataclasses import dataclass

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm
from mentoring.models.lmm.fit import LinearMixedModelFit
from mentoring.models.plan import ModelPlan

# Above this many rows a slope per mentor in a crossed design takes minutes and changes nothing that could be seen.
LARGEST_WITH_SLOPES = 100_000
LAST = "intercepts only"
NOTHING = 1e-3


@dataclass(frozen=True)
class Fitted:
    """A fitted model and how it was arrived at.

    Attributes
    ----------
    fit : LinearMixedModelFit or None
        None when no model could be fitted.
    steps : tuple of str
        Every model tried before, and why it was left.
    problem : str
        Why there is no fit ("" when there is one).
    """

    fit: LinearMixedModelFit | None
    steps: tuple[str, ...] = ()
    problem: str = ""


def fit_plan(plan: ModelPlan) -> Fitted:
    """Fit a plan: correlated slopes, then uncorrelated slopes, then intercepts only.

    A step is left when the model cannot be fitted, does not converge, or its slopes are degenerate: one that varies by nothing, or
    is bound to the intercept or another slope. A zero variance elsewhere is no reason to drop a slope. With fewer than 30 mentors
    the ladder starts at uncorrelated slopes.

    References
    ----------
    Barr, Levy, Scheepers & Tily (2013); Bates, Kliegl, Vasishth & Baayen (2015); Heisig & Schaeffer (2019).
    """
    steps: list[str] = []
    problem = "no model was tried"
    for name, formula in _ladder(plan):
        last = name == LAST
        try:
            fit = lmm(formula, plan.rows)
        except StudyError as error:
            problem = "; ".join(f"{entry.place}: {entry.found}" for entry in error.problems)
            steps.append(f"{name}: {problem}")
            continue
        reason = "" if last else _why_not(fit, plan)
        if not reason:
            return Fitted(fit, tuple(steps))
        steps.append(f"{name}: {reason}")
    return Fitted(None, tuple(steps), problem)


def _why_not(fit: LinearMixedModelFit, plan: ModelPlan) -> str:
    """Why a model with slopes is left, or nothing."""
    if not fit.converged:
        return "it did not converge"
    own = fit.variance_components[fit.variance_components["group"] == plan.slope_group]
    for term in plan.slopes:
        sd = own.loc[(own["term"] == term) & own["term2"].isna(), "sd"]
        # A slope's sd is judged by what it moves: one standard deviation of its variable, beside the residual.
        if sd.empty or sd.iloc[0] * plan.rows[term].std() < NOTHING * fit.sigma:
            return f"the effect of {term} was estimated not to vary between {plan.slope_group}s"
    if (own["correlation"].abs() > 1 - NOTHING).any():
        return "random effects were estimated to be perfectly correlated"
    return ""


def _ladder(plan: ModelPlan) -> list[tuple[str, str]]:
    if not plan.structure.random and not plan.slopes:
        return [(LAST, plan.fixed)]
    intercepts = f"{plan.fixed} + {plan.structure.terms}"
    if not plan.slopes or len(plan.rows) > LARGEST_WITH_SLOPES:
        return [(LAST, intercepts)]
    slopes, group = " + ".join(plan.slopes), plan.slope_group
    own = f"(1 | {group})"
    richest = [("correlated slopes", intercepts.replace(own, f"(1 + {slopes} | {group})"))] if plan.correlated else []
    return [*richest, ("uncorrelated slopes", intercepts.replace(own, f"(1 + {slopes} || {group})")), (LAST, intercepts)]
