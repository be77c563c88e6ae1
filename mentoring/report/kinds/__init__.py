"""The pages of each kind of question; a kind without an entry has the pages of a mixed model."""

from __future__ import annotations

from mentoring.models.outcomes import distribution_of
from mentoring.report.answers import Answer
from mentoring.report.kinds import (
    actor_partner,
    congruence,
    equity,
    exchange,
    functions,
    generalised,
    influence,
    necessity,
    network,
    reciprocity,
    stages,
)
from mentoring.report.kinds.page import Page

PAGES: dict[str, Page] = {
    "stages": stages.PAGE,
    "functions": functions.PAGE,
    "congruence": congruence.PAGE,
    "exchange": exchange.PAGE,
    "equity": equity.PAGE,
    "necessity": necessity.PAGE,
    "network": network.PAGE,
    "influence": influence.PAGE,
    "actor_partner": actor_partner.PAGE,
    "reciprocity": reciprocity.PAGE,
}


def page_of(answer: Answer) -> Page:
    """How this question's pages are written."""
    if distribution_of(answer.question) != "normal":
        return generalised.PAGE
    return PAGES.get(answer.question.kind, Page())
