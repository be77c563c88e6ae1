"""The same model by independent software: where do they differ?"""

from __future__ import annotations

import math

from pandas import DataFrame

from mentoring.models.lmm import LinearMixedModelFit
from mentoring.models.lmm.second_opinion import ask_mixedlm
from mentoring.models.plan import ModelPlan
from mentoring.tables import SECOND_OPINION

# Estimates this close (in standard errors) are the same number for every purpose.
CLOSE = 0.01


def second_opinion(plan: ModelPlan, fit: LinearMixedModelFit | None) -> DataFrame:
    """Table `second_opinion`: the terms a question is about, by `mixedlm` (an independent engine written in Rust).

    Standard errors are compared before the small-sample adjustment, which the other engine does not have.

    # ASSUME: two independently written engines that agree to a hundredth of a standard error are both right.
    """
    if fit is None:
        return SECOND_OPINION.frame([])
    other = ask_mixedlm(fit)
    rows: list[dict[str, object]] = []
    for focus in plan.focus:
        row: dict[str, object] = {"question": plan.question, "engine": other.engine, "term": focus.term}
        if other.estimates is None or other.se is None:
            rows.append(row | {"note": other.problem})
        elif focus.term in fit.terms:
            at = fit.terms.index(focus.term)
            estimate, se, own_se = float(other.estimates[at]), float(other.se[at]), math.sqrt(fit.vcov.iloc[at, at])
            agrees = abs(estimate - fit.coefficients[at]) <= CLOSE * own_se and abs(se / own_se - 1) <= CLOSE
            rows.append(row | {"estimate": estimate, "se": se, "loglik": other.loglik, "agrees": agrees})
    return SECOND_OPINION.frame(rows)
