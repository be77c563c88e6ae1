"""Two one-sided tests: is an estimate shown to be smaller than what would matter, whichever way it points?"""

from __future__ import annotations

import numpy as np
from scipy import stats


def equivalence_p(estimate: float, se: float, df: float, bound: float | None) -> float:
    """The larger p of the two one-sided tests of |estimate| ≥ bound; NaN where there is no bound or no standard error.

    ``p = max(P(T > (b + Δ)/se), P(T < (b − Δ)/se))`` with df degrees of freedom (Schuirmann 1987). p < .05 is the same as a 90 % interval
    inside ±Δ. R: ``TOSTER::tsum_TOST``; ``emmeans::test(m, delta = bound, side = "equivalence")``.
    """
    if bound is None or not (np.isfinite(estimate) and np.isfinite(se) and se > 0):
        return float("nan")
    spread = stats.t(df) if np.isfinite(df) else stats.norm
    return float(max(spread.sf((estimate + bound) / se), spread.cdf((estimate - bound) / se)))
