"""How much does the answer hang on one mentor or one programme? Refit without each and see."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring.models.lmm import LinearMixedModelFit
from mentoring.models.lmm.influence import seconds_per_refit
from mentoring.models.plan import ModelPlan
from mentoring.tables import INFLUENCE

# Beyond this (by `seconds_per_refit`, on one core) the table would cost more than the rest of the study. Project STAR's 1,300 teachers
# with 23,700 rows take less than half of it.
MOST_SECONDS = 120


def influence_table(plan: ModelPlan, fit: LinearMixedModelFit | None, seed: int) -> pd.DataFrame:
    """Table `influence`: each focus term's estimate with one mentor (or programme) left out, variances estimated anew.

    ``dfbetas = (b - b_without) / se_without``. The running numbers are drawn at random, so that they name nobody.
    """
    terms = [focus.term for focus in plan.focus if fit is not None and focus.term in fit.terms]
    if fit is None or not terms:
        return INFLUENCE.frame([])
    rows = plan.rows.iloc[fit.design.rows]
    generator = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    parts = []
    for group in ("mentor", "program"):
        names = rows[group].dropna().unique()
        if len(names) < 3 or rows[group].isna().any() or len(names) * seconds_per_refit(fit) > MOST_SECONDS:
            continue
        without = fit.influence(group)
        numbers = dict(zip(names, generator.permutation(len(names)) + 1))
        without = without[without["term"].isin(terms)].assign(question=plan.question, group=group, number=without["level"].map(numbers))
        # A group without which the term cannot be estimated has an empty row.
        estimated = np.isfinite(without["estimate"])
        without["se"] = (without["change"] / without["dfbetas"]).where(estimated)
        without["changes_sign"] = without["sign_changed"].astype("object").where(estimated, None)
        parts.append(without.assign(left_out=without["number"].astype(str)).sort_values(["term", "number"]))
    return INFLUENCE.frame(pd.concat(parts, ignore_index=True)[INFLUENCE.names] if parts else [])
