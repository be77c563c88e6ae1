"""How much does the answer hang on one mentor or one programme? Refit without each and see."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm
from mentoring.models.lmm.fit import LinearMixedModelFit
from mentoring.models.plan import ModelPlan
from mentoring.tables import INFLUENCE

# Beyond this many rows times refits the table would cost more than the rest of the study, and no single mentor could matter.
MOST_ROWS_REFITTED = 500_000


def influence_table(plan: ModelPlan, fit: LinearMixedModelFit | None, seed: int) -> pd.DataFrame:
    """Table `influence`: each focus term's estimate with one mentor (or programme) left out, variances estimated anew.

    ``dfbetas = (b - b_without) / se_without``. The running numbers are drawn at random, so that they name nobody.
    """
    if fit is None:
        return INFLUENCE.frame([])
    rows = plan.rows.iloc[fit.design.rows]
    generator = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    parts = []
    for group in ("mentor", "program"):
        names = rows[group].dropna().unique()
        if len(names) < 3 or len(names) * len(rows) > MOST_ROWS_REFITTED:
            continue
        order = generator.permutation(len(names)) + 1
        for number, name in sorted(zip(order, names)):
            parts += _without(plan, fit, rows[rows[group] != name], group, f"{number}")
    return INFLUENCE.frame(parts)


def _without(plan: ModelPlan, fit: LinearMixedModelFit, rows: pd.DataFrame, group: str, number: str) -> list[dict[str, object]]:
    try:
        table = lmm(fit.formula, rows, reml=fit.reml, inference="wald").fixed_effects.set_index("term")
    except StudyError:
        table = pd.DataFrame(columns=["estimate", "se"])
    found: list[dict[str, object]] = []
    for focus in plan.focus:
        if focus.term not in fit.terms:
            continue
        row: dict[str, object] = {"question": plan.question, "term": focus.term, "group": group, "left_out": number}
        if focus.term in table.index:
            estimate, se = table.loc[focus.term, ["estimate", "se"]]
            full = fit.coefficients[fit.terms.index(focus.term)]
            row |= {"estimate": estimate, "se": se, "dfbetas": (full - estimate) / se, "changes_sign": bool(np.sign(full) != np.sign(estimate))}
        found.append(row)
    return found
