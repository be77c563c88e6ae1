"""Exports, roster, pairs and codebook in; typed tables without ids out."""

from mentoring.ingest.codebook import Codebook, read_codebook
from mentoring.ingest.ingested import Ingested
from mentoring.ingest.names import analysis_columns, check_names
from mentoring.ingest.reading import check_study, read_study

__all__ = ["Codebook", "Ingested", "analysis_columns", "check_names", "check_study", "read_codebook", "read_study"]
