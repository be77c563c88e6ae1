"""Scores to relationships: both sides in one row, how alike they are, and how far they agree."""

from mentoring.dyads.agreement import agreement, agreement_table, kappa
from mentoring.dyads.audit import audit
from mentoring.dyads.icc import icc
from mentoring.dyads.pairing import Paired, pair_dyads
from mentoring.dyads.repairing import similarity_table
from mentoring.dyads.similarity import DISTANCES, add_similarity, similarity

__all__ = [
    "DISTANCES", "Paired", "add_similarity", "agreement", "agreement_table", "audit", "icc", "kappa", "pair_dyads", "similarity", "similarity_table",
]
