"""The kinds of question, by the name `config.yaml` gives them; adding one is adding a module here and a line to `KINDS`."""

from __future__ import annotations

from mentoring.models.kinds import (
    actor_partner,
    congruence,
    custom,
    equity,
    exchange,
    functions,
    influence,
    necessity,
    network,
    reciprocity,
    similarity,
    stages,
)
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData
from mentoring.settings import QuestionBase

KINDS: dict[str, Kind] = {
    "stages": stages.KIND,
    "functions": functions.KIND,
    "equity": equity.KIND,
    "similarity": similarity.KIND,
    "congruence": congruence.KIND,
    "exchange": exchange.KIND,
    "necessity": necessity.KIND,
    "network": network.KIND,
    "actor_partner": actor_partner.KIND,
    "reciprocity": reciprocity.KIND,
    "influence": influence.KIND,
    "model": custom.KIND,
}


def kind_of(question: QuestionBase) -> Kind:
    """The kind a question is of."""
    return KINDS[question.kind]


__all__ = ["KINDS", "Answered", "Judgement", "Kind", "StudyData", "kind_of"]
