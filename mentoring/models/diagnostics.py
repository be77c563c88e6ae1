"""What one looks at to see whether a mixed model suits its data, as groups of rows and of nobody's name."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.models.lmm.fit import LinearMixedModelFit
from mentoring.tables import DIAGNOSTICS

# A point stands for no fewer rows than this, and mentors are listed only where there are so many.
LEAST = 10
MOST_POINTS, MOST_BANDS = 40, 12
Z95 = float(stats.norm.ppf(0.975))


def diagnostics(question: str, fit: LinearMixedModelFit) -> pd.DataFrame:
    """Table `diagnostics` of one model.

    Three topics, each of whose points stands for a group:

    * `mentor`: the conditional mode of every mentor's intercept with estimate ± 1.96 conditional standard errors, in the order of their size (the
      caterpillar plot). Nothing where there are fewer than ten mentors.
    * `quantile`: residuals divided by their standard deviation against those of a normal distribution, as means of groups of ten or more in order of
      size. Ideal points are Φ⁻¹((i − ½)/n), averaged over the same groups.
    * `fitted`: residuals against fitted values, as means of groups of ten or more in order of the fitted values; the interval is mean ± one
      standard deviation of the group, so that both a bend and a change of spread are seen.

    Parameters
    ----------
    question : str
    fit : LinearMixedModelFit

    Notes
    -----
    R: ``as.data.frame(lme4::ranef(m))`` for `mentor`; ``residuals(m) / sd(residuals(m))`` and ``fitted(m)`` for the others.
    """
    residuals, fitted = fit.residuals.to_numpy(float), fit.fitted.to_numpy(float)
    parts = [_mentors(fit), _quantiles(residuals), _fitted(fitted, residuals)]
    found = [part for part in parts if len(part)]
    return DIAGNOSTICS.frame(pd.concat(found, ignore_index=True).assign(question=question) if found else [])


def _mentors(fit: LinearMixedModelFit) -> pd.DataFrame:
    effects = fit.random_effects
    own = effects[(effects["group"].str.split(":").str[0] == "mentor") & (effects["term"] == "Intercept")]
    if len(own) < LEAST or not own["estimate"].abs().max() > 0:
        return pd.DataFrame()
    own = own.sort_values("estimate", kind="stable").reset_index(drop=True)
    return pd.DataFrame(
        {
            "topic": "mentor", "x": own.index + 1.0, "value": own["estimate"], "low": own["estimate"] - Z95 * own["se"],
            "high": own["estimate"] + Z95 * own["se"], "n": 1,
        }
    )  # fmt: skip


def _groups(rows: int, most: int) -> np.ndarray:
    """Group numbers of rows in order: as many groups as there may be points, none smaller than the least."""
    count = min(most, rows // LEAST)
    return np.arange(rows) * count // rows if count else np.zeros(0, dtype=int)


def _quantiles(residuals: np.ndarray) -> pd.DataFrame:
    rows, spread = len(residuals), residuals.std(ddof=1) if len(residuals) > 1 else 0.0
    groups = _groups(rows, MOST_POINTS)
    if not len(groups) or not spread > 0:
        return pd.DataFrame()
    ideal = stats.norm.ppf((np.arange(rows) + 0.5) / rows)
    table = pd.DataFrame({"x": ideal, "value": np.sort(residuals) / spread}).groupby(groups)
    return table.mean().assign(topic="quantile", n=table.size()).reset_index(drop=True)


def _fitted(fitted: np.ndarray, residuals: np.ndarray) -> pd.DataFrame:
    groups, order = _groups(len(fitted), MOST_BANDS), np.argsort(fitted, kind="stable")
    if not len(groups):
        return pd.DataFrame()
    table = pd.DataFrame({"x": fitted[order], "value": residuals[order]}).groupby(groups)
    middle, spread = table.mean(), table["value"].std()
    return middle.assign(topic="fitted", low=middle["value"] - spread, high=middle["value"] + spread, n=table.size()).reset_index(drop=True)
