"""The same model by independent software: where do they differ?"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd

from mentoring.models.lmm.fit import LinearMixedModelFit
from mentoring.models.plan import ModelPlan
from mentoring.tables import SECOND_OPINION

# Estimates this close (in standard errors) are the same number for every purpose.
CLOSE = 0.01


def second_opinion(plan: ModelPlan, fit: LinearMixedModelFit | None) -> pd.DataFrame:
    """Table `second_opinion`: the terms a question is about, by `mixedlm` (an independent engine written in Rust).

    # ASSUME: two independently written engines that agree to a hundredth of a standard error are both right.
    """
    if fit is None:
        return SECOND_OPINION.frame([])
    rows = []
    try:
        other = _mixedlm(fit, plan.rows.iloc[fit.design.rows])
    except Exception as error:  # noqa: BLE001
        # Whatever goes wrong inside another program must not stop ours; the table says so.
        note = f"it could not fit this model ({type(error).__name__})"
        return SECOND_OPINION.frame([{"question": plan.question, "engine": "mixedlm", "term": focus.term, "note": note} for focus in plan.focus])
    for focus in plan.focus:
        if focus.term not in fit.terms or focus.term not in other:
            continue
        estimate, se = other[focus.term]
        at = fit.terms.index(focus.term)
        own_se = math.sqrt(fit.vcov.iloc[at, at])
        agrees = abs(estimate - fit.coefficients[at]) <= CLOSE * own_se and abs(se / own_se - 1) <= CLOSE
        rows.append({"question": plan.question, "engine": "mixedlm", "term": focus.term, "estimate": estimate, "se": se, "loglik": other[""][0],
                     "agrees": agrees})
    return SECOND_OPINION.frame(rows)


def _mixedlm(fit: LinearMixedModelFit, rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Estimate and standard error by term; the log-likelihood under the empty name."""
    import mixedlm

    data = rows.copy()
    for column in data.columns:
        if not pd.api.types.is_numeric_dtype(data[column]):
            data[column] = pd.Categorical(data[column].astype("object"), categories=sorted(data[column].dropna().unique()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = mixedlm.lmer(fit.formula, data, REML=fit.reml)
        estimates, errors = result.fixef(), np.sqrt(np.diag(result.vcov()))
    value = float(result.logLik().value)
    return {"": (value, value), **{name: (float(estimates[name]), float(error)) for name, error in zip(estimates, errors)}}
