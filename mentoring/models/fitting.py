"""Fit a question's model: the richest random part first, stepping down by the engine's ladder."""

from __future__ import annotations

from dataclasses import dataclass

from mentoring.errors import StudyError
from mentoring.models.lmm import LinearMixedModelFit, fit_ladder, lmm
from mentoring.models.plan import ModelPlan


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
    """Fit a plan; where an effect may differ between mentors, its slope is tried first (`mentoring.models.lmm.fit_ladder`).

    References
    ----------
    Barr, Levy, Scheepers & Tily (2013); Bates, Kliegl, Vasishth & Baayen (2015); Heisig & Schaeffer (2019).
    """
    if plan.problem:
        return Fitted(None, problem=plan.problem)
    try:
        if plan.slopes:
            fit = fit_ladder(richest_formula(plan), plan.rows)
            return Fitted(fit, tuple(_in_words(step) for step in fit.steps if step["decision"] != "kept"))
        random = f" + {plan.structure.terms}" if plan.structure.random else ""
        return Fitted(lmm(plan.fixed + random, plan.rows))
    except StudyError as error:
        return Fitted(None, problem="; ".join(f"{entry.place}: {entry.found}" for entry in error.problems))


def richest_formula(plan: ModelPlan) -> str:
    """The formula the ladder starts from: every slope, correlated."""
    group = plan.slope_group
    return f"{plan.fixed} + {plan.structure.terms}".replace(f"(1 | {group})", f"(1 + {' + '.join(plan.slopes)} | {group})")


def _in_words(step: dict[str, str]) -> str:
    name = "uncorrelated slopes" if "||" in step["formula"] else "correlated slopes"
    return f"{name}: " + (f"not tried, {step['reason']}" if step["decision"] == "not tried" else step["reason"])
