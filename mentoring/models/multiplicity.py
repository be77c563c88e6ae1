"""Correct p values for the number of things asked: Holm within primary, Benjamini-Hochberg within secondary, none for exploratory."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from statsmodels.stats.multitest import multipletests

CORRECTIONS = {"primary": "holm", "secondary": "fdr_bh"}


def adjust(p: pd.Series, family: str) -> pd.Series:
    """Adjusted p values of one family; missing ones stay missing and do not count.

    R: ``p.adjust(p, "holm")``, ``p.adjust(p, "BH")``.
    """
    adjusted = pd.Series(float("nan"), index=p.index)
    known = p.notna()
    if family in CORRECTIONS and known.any():
        adjusted[known] = multipletests(p[known].to_numpy(), method=CORRECTIONS[family])[1]
    return adjusted


def adjust_by_family(p: pd.Series, families: pd.Series, corrections: Mapping[str, str] = CORRECTIONS) -> pd.Series:
    """Adjusted p values where each row names its family."""
    adjusted = pd.Series(float("nan"), index=p.index)
    for family in corrections:
        rows = families == family
        adjusted[rows] = adjust(p[rows], family)
    return adjusted
