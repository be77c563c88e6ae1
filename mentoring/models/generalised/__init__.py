"""Yes/no and ordered outcomes: logistic and cumulative logit models, marginal and mixed."""

from mentoring.models.generalised.marginal import MarginalFit, marginal
from mentoring.models.generalised.mixed import MixedFit, mixed

__all__ = ["MarginalFit", "MixedFit", "marginal", "mixed"]
