"""Every table that crosses from one step to the next, declared once: what each step checks, what each reader gets, what the docs say."""

from __future__ import annotations

from mentoring.tables.answers import (
    EFFECT_LINES,
    FITS,
    FIXED_EFFECTS,
    INFLUENCE,
    SECOND_OPINION,
    VARIANCE_COMPONENTS,
    VERDICTS,
)
from mentoring.tables.data import (
    ANALYSIS,
    CODEBOOK_ITEMS,
    CODEBOOK_LABELS,
    DYADS,
    EXCLUSIONS,
    PEOPLE,
    RESPONSES,
    SCORES,
    SOURCES,
)
from mentoring.tables.declare import NOTE, QUESTION, ROLES, WHY_MISSING, Column, Table
from mentoring.tables.kinds import ACTOR_PARTNER, QUANTITIES, RESPONSE_SURFACE, STAGES, SURFACE_MODELS
from mentoring.tables.measures import AGREEMENT, FACTOR_FIT, INVARIANCE, ITEMS, LOADINGS, RELIABILITY, SIMILARITY

# What the model of one question writes; a table its kind does not use stays empty.
PER_QUESTION = (
    FIXED_EFFECTS, VARIANCE_COMPONENTS, FITS, EFFECT_LINES, RESPONSE_SURFACE, SURFACE_MODELS, ACTOR_PARTNER, STAGES, QUANTITIES,
    INFLUENCE, SECOND_OPINION,
)
ALL = (
    CODEBOOK_ITEMS, CODEBOOK_LABELS, RESPONSES, PEOPLE, DYADS, SCORES, ANALYSIS, *PER_QUESTION, RELIABILITY, ITEMS, FACTOR_FIT, LOADINGS, INVARIANCE, SIMILARITY,
    AGREEMENT, VERDICTS, EXCLUSIONS, SOURCES,
)
BY_NAME = {table.name: table for table in ALL}

__all__ = [
    "ACTOR_PARTNER", "AGREEMENT", "ALL", "ANALYSIS", "BY_NAME", "CODEBOOK_ITEMS", "CODEBOOK_LABELS", "DYADS", "EFFECT_LINES",
    "EXCLUSIONS", "FACTOR_FIT", "FITS", "FIXED_EFFECTS", "INFLUENCE", "INVARIANCE", "ITEMS", "LOADINGS", "NOTE", "PEOPLE", "PER_QUESTION", "QUANTITIES", "QUESTION",
    "RELIABILITY", "RESPONSES", "RESPONSE_SURFACE", "ROLES", "SCORES", "SECOND_OPINION", "SIMILARITY", "SOURCES", "STAGES",
    "SURFACE_MODELS", "VARIANCE_COMPONENTS", "VERDICTS", "WHY_MISSING", "Column", "Table",
]
