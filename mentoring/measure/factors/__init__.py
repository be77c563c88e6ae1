"""Factor models of questionnaires: which items measure what, for whom, and whether it is the same for both sides."""

from mentoring.measure.factors.fit import FactorFit, confirm
from mentoring.measure.factors.parameters import Equal, Structure

__all__ = ["Equal", "FactorFit", "Structure", "confirm"]
