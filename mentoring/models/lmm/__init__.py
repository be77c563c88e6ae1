"""Gaussian linear mixed models that are right for few mentors and fast on dyads."""

from __future__ import annotations

from .fit import LinearMixedModelFit, TestResult
from .model import lmm

__all__ = ["LinearMixedModelFit", "TestResult", "lmm"]
