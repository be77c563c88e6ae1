"""Split predictors into their within-group and between-group parts (Mundlak 1978; REWB, Bell, Fairbrother & Jones 2019)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.errors import did_you_mean

from .random_terms import refuse

# ASSUME: below this reliability a group mean is too noisy to stand for the group (methods note 3.7).
LEAST_RELIABILITY = 0.7


def within_between(data: pd.DataFrame, columns: str | Sequence[str], group: str | Sequence[str]) -> pd.DataFrame:
    """A copy of the data with ``x_within`` = x − mean of its group and ``x_between`` = that mean.

    Parameters
    ----------
    columns : str or list of str
        Numeric columns to split.
    group : str or list of str
        Grouping column(s).

    Notes
    -----
    With both in a model, ``fit.test("x_between = x_within")`` asks whether there is a contextual effect. Rows whose x is blank stay blank, and the
    mean is over the others. R: ``datawizard::demean``.
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    groups = [group] if isinstance(group, str) else list(group)
    for name in [*names, *groups]:
        if name not in data.columns:
            raise refuse(f"there is no column “{name}”", did_you_mean(name, map(str, data.columns)), place="within_between")
    out = data.copy()
    for name in names:
        if not pd.api.types.is_numeric_dtype(data[name]):
            raise refuse(f"“{name}” is not a number", "numeric columns (turn categories into 0/1 first)", place="within_between")
        mean = data.groupby(groups, observed=True)[name].transform("mean")
        out[f"{name}_within"], out[f"{name}_between"] = data[name] - mean, mean.where(data[name].notna())
    return out


def mean_reliability(data: pd.DataFrame, column: str, group: str) -> float:
    """How reliably a group's mean of `column` tells groups apart: τ²/(τ² + σ²/n̄) with n̄ the harmonic mean group size.

    Notes
    -----
    τ² and σ² by REML from ``column ~ 1 + (1 | group)``; ICC(2) of Bliese (2000). Below 0.7 a between-group slope is biased towards the within one.
    """
    from .model import lmm

    fit = lmm(f"{column} ~ 1 + (1 | {group})", data, inference="satterthwaite")
    sizes = np.bincount(fit.design.levels[0].codes)
    tau2 = fit.variance_components["variance"].iloc[0]
    return float(tau2 / (tau2 + fit.sigma**2 * np.mean(1 / sizes)))
