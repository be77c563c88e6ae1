"""Multiple imputation that respects the nesting: relationships within mentors, waves within relationships, both sides in one row."""

from mentoring.measure.imputation.compatible import Curved
from mentoring.measure.imputation.impute import Imputed, impute

__all__ = ["Curved", "Imputed", "impute"]
