"""What may stand in a study's `config.yaml`: every section and key, with its meaning, type and default.

These classes are the single declaration. The JSON schema that Snakemake validates against and the reference page in the docs
are written from them (`mentoring.reference`); nothing else parses the config.
"""

from __future__ import annotations

from mentoring.settings.basics import Family, Name, NotebookName, ReportFormat, Role, Section, SimilarityKind, StructureKind, SurveyFormat
from mentoring.settings.questions import (
    ActorPartnerQuestion,
    CongruenceQuestion,
    EquityQuestion,
    ExchangeQuestion,
    FunctionsQuestion,
    InfluenceQuestion,
    ModelQuestion,
    NecessityQuestion,
    NetworkQuestion,
    Published,
    Question,
    QuestionBase,
    ReciprocityQuestion,
    SimilarityQuestion,
    StagesQuestion,
)
from mentoring.settings.sections import (
    About,
    AttentionItem,
    Careless,
    Codebook,
    Credibility,
    Data,
    FactorStructure,
    Pairs,
    Privacy,
    Report,
    Roster,
    Scale,
    Settings,
    Similarity,
    Survey,
    duplicate_names,
    is_reserved,
    names_alike,
)

__all__ = [
    "About", "ActorPartnerQuestion", "AttentionItem", "Careless", "Codebook", "CongruenceQuestion", "Credibility", "Data", "EquityQuestion", "ExchangeQuestion", "FactorStructure", "Family", "FunctionsQuestion", "InfluenceQuestion", "ModelQuestion", "Name", "NecessityQuestion", "NetworkQuestion", "NotebookName", "Pairs", "Privacy", "Published", "Question", "QuestionBase", "ReciprocityQuestion", "Report", "ReportFormat", "Role", "Roster", "Scale", "Section", "Settings", "Similarity", "SimilarityKind", "SimilarityQuestion", "StagesQuestion", "StructureKind", "Survey", "SurveyFormat", "duplicate_names", "is_reserved", "names_alike",
]
