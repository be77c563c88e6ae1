"""Mentoring-outcomes research: surveys in, mixed models that are right for few mentors, a publishable report out.

The names below are the public API; notebooks and scripts use nothing else::

    import mentoring as mt
    study = mt.Study.load("config.yaml")
    fit = mt.lmm("quality ~ similarity + (1 | program/mentor)", data)
    fit.fixed_effects

They are loaded when first used, so that a step pays only for what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mentoring.dyads import agreement, icc, kappa, similarity
    from mentoring.errors import Problem, StudyError
    from mentoring.measure import reliability
    from mentoring.measure.factors import Equal, Structure, confirm, confirm_ordered, polychoric, steps_of_invariance
    from mentoring.measure.imputation import impute
    from mentoring.models.actor_partner import actor_partner
    from mentoring.models.generalised.formula import mixed_logit
    from mentoring.models.lmm import compare_engines, cr2, cr2_test, fit_ladder, lmm, lmm_dyads, lrt, mean_reliability, within_between
    from mentoring.models.marginal_means import marginal_means, marginal_slopes
    from mentoring.models.pooling import pool, rubin
    from mentoring.models.reciprocity import reciprocity
    from mentoring.models.surface import response_surface
    from mentoring.report.inputs import Results
    from mentoring.study import Study

__version__ = "0.1.0"

_HOMES = {
    "actor_partner": "mentoring.models.actor_partner",
    "Equal": "mentoring.measure.factors",
    "Problem": "mentoring.errors",
    "Results": "mentoring.report.inputs",
    "Structure": "mentoring.measure.factors",
    "Study": "mentoring.study",
    "StudyError": "mentoring.errors",
    "agreement": "mentoring.dyads",
    "compare_engines": "mentoring.models.lmm",
    "confirm": "mentoring.measure.factors",
    "confirm_ordered": "mentoring.measure.factors",
    "cr2": "mentoring.models.lmm",
    "cr2_test": "mentoring.models.lmm",
    "fit_ladder": "mentoring.models.lmm",
    "icc": "mentoring.dyads",
    "impute": "mentoring.measure.imputation",
    "kappa": "mentoring.dyads",
    "lmm": "mentoring.models.lmm",
    "lmm_dyads": "mentoring.models.lmm",
    "lrt": "mentoring.models.lmm",
    "marginal_means": "mentoring.models.marginal_means",
    "marginal_slopes": "mentoring.models.marginal_means",
    "mean_reliability": "mentoring.models.lmm",
    "mixed_logit": "mentoring.models.generalised.formula",
    "polychoric": "mentoring.measure.factors",
    "pool": "mentoring.models.pooling",
    "reciprocity": "mentoring.models.reciprocity",
    "reliability": "mentoring.measure",
    "response_surface": "mentoring.models.surface",
    "rubin": "mentoring.models.pooling",
    "similarity": "mentoring.dyads",
    "steps_of_invariance": "mentoring.measure.factors",
    "within_between": "mentoring.models.lmm",
}

__all__ = [
    "Equal", "Problem", "Results", "Structure", "Study", "StudyError", "actor_partner", "agreement", "compare_engines", "confirm",
    "confirm_ordered", "cr2", "cr2_test", "fit_ladder", "icc", "impute", "kappa", "lmm", "lmm_dyads", "lrt", "marginal_means", "marginal_slopes",
    "mean_reliability", "mixed_logit", "polychoric", "pool", "reciprocity", "reliability", "response_surface", "rubin", "similarity",
    "steps_of_invariance", "within_between",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module “mentoring” has no “{name}”")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
