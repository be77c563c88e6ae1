"""Gaussian linear mixed models that are right for few mentors and fast on dyads."""

from __future__ import annotations

from .compare import LikelihoodRatio, lrt
from .cr2 import cr2, cr2_test
from .dyadic import DyadicFit, lmm_dyads
from .explained import DesignEffect, RSquared
from .fit import JointTest, LinearMixedModelFit
from .ladder import fit_ladder
from .model import lmm
from .refit import Refits
from .second_opinion import compare_engines
from .simulate import Bootstrap
from .within_between import mean_reliability, within_between

__all__ = [
    "Bootstrap",
    "DesignEffect",
    "DyadicFit",
    "JointTest",
    "LikelihoodRatio",
    "LinearMixedModelFit",
    "RSquared",
    "Refits",
    "compare_engines",
    "cr2",
    "cr2_test",
    "fit_ladder",
    "lmm",
    "lmm_dyads",
    "lrt",
    "mean_reliability",
    "within_between",
]  # fmt: skip
