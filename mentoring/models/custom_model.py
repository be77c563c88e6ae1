"""Question kind `model`: any mixed model a researcher writes, in lme4's notation."""

from __future__ import annotations

import pandas as pd

from mentoring.dyads.pairing import STAGE
from mentoring.models.plan import Focus, ModelPlan
from mentoring.models.structure import Structure
from mentoring.settings import ModelQuestion
from mentoring.tables import ROLES


def plan_custom(question: ModelQuestion, analysis: pd.DataFrame) -> ModelPlan:
    """The model of one question of kind `model`: fitted as written, nothing added and nothing taken away.

    Waves are groups, not a number, unless the formula says otherwise: `wave` stands in the data as a number.
    """
    outcome = question.formula.split("~")[0].strip()
    role = outcome.split("_")[0]
    return ModelPlan(
        question=question.name, outcome=outcome, reporter=role if role in ROLES else None,
        rows=analysis.assign(wave=analysis["wave"].astype("int64"), **{STAGE: analysis[STAGE]}), dropped=0, fixed=question.formula,
        structure=Structure((), (), ()), slopes=(), slope_group="mentor",
        focus=tuple(Focus(term, term, "all") for term in question.focus),
    )
