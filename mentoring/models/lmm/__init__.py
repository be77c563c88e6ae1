"""Gaussian linear mixed models that are right for few mentors and fast on dyads."""

from __future__ import annotations

from .compare import LikelihoodRatio, lrt
from .cr2 import cr2
from .explained import DesignEffect, RSquared
from .fit import LinearMixedModelFit, TestResult
from .ladder import fit_ladder
from .model import lmm
from .refit import Refits
from .simulate import Bootstrap
from .within_between import mean_reliability, within_between

__all__ = [
    "Bootstrap", "DesignEffect", "LikelihoodRatio", "LinearMixedModelFit", "RSquared", "Refits", "TestResult", "cr2", "fit_ladder", "lmm", "lrt",
    "mean_reliability", "within_between",
]  # fmt: skip
