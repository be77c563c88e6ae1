"""Factor models of questionnaires: which items measure what, for whom, and whether it is the same for both sides."""

from mentoring.measure.factors.fit import FactorFit, confirm
from mentoring.measure.factors.hints import modification_indices
from mentoring.measure.factors.invariance import Step, steps_of_invariance
from mentoring.measure.factors.ordered import confirm_ordered
from mentoring.measure.factors.parameters import Equal, Structure
from mentoring.measure.factors.polychoric import Polychoric, polychoric

__all__ = ["Equal", "FactorFit", "Polychoric", "Step", "Structure", "confirm", "confirm_ordered", "modification_indices", "polychoric", "steps_of_invariance"]
