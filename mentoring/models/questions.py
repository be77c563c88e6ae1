"""From a question of any kind to the model that answers it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mentoring.models.custom_model import plan_custom
from mentoring.models.plan import ModelPlan
from mentoring.models.similarity_question import plan_similarity
from mentoring.settings import ModelQuestion, Similarity, SimilarityQuestion


def plan_question(question: SimilarityQuestion | ModelQuestion, analysis: pd.DataFrame, similarity: Sequence[Similarity]) -> ModelPlan:
    """The model of a question; one branch per kind."""
    if isinstance(question, ModelQuestion):
        return plan_custom(question, analysis)
    entries = {entry.name: entry for entry in similarity}
    return plan_similarity(question, analysis, [entries[name] for name in question.similarity])
