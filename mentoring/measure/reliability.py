"""How far a scale's items hang together: Cronbach's alpha with Feldt's interval, McDonald's omega."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.measure.scoring import by_role_and_wave, scale_answers
from mentoring.settings import Scale
from mentoring.tables import RELIABILITY

NUMBERS = ("alpha", "alpha_low", "alpha_high", "omega", "omega_low", "omega_high")
OMEGA_INTERVAL = "no interval for omega: it needs the mentor-cluster bootstrap, which is not part of this version"


def reliability(items: pd.DataFrame, level: float = 0.95) -> dict[str, object]:
    """Internal consistency of one set of keyed items.

    ``alpha = k/(k-1) * (1 - sum(var_i) / var(sum))`` over the rows with every item answered; Feldt's interval
    ``1 - (1 - alpha) * F(1 - a/2 | a/2; n - 1, (n - 1)(k - 1))``; ``omega = (sum lambda)^2 / ((sum lambda)^2 + sum theta)`` of the
    maximum-likelihood one-factor model of the covariances.

    Parameters
    ----------
    items : DataFrame, shape (people, items)
        Keyed answers, NaN where missing.
    level : float
        Coverage of the interval.

    Returns
    -------
    dict
        `items, n, alpha, alpha_low, alpha_high, omega, omega_low, omega_high, note`; NaN where it cannot be estimated, and then
        `note` says why.

    References
    ----------
    Cronbach (1951); Feldt (1965); McDonald (1999). R: ``psych::alpha(na.omit(items))$total$raw_alpha``, ``$feldt``; omega as
    ``semTools::compRelSEM(lavaan::cfa(...))``.
    """
    complete = items.dropna().to_numpy(dtype=float)
    n, k = len(complete), items.shape[1]
    result: dict[str, object] = {"items": k, "n": n, **dict.fromkeys(NUMBERS, np.nan), "note": None}
    reason = _why_not(complete, items.columns)
    if reason:
        return result | {"note": reason}
    covariance = np.cov(complete, rowvar=False)
    if covariance.sum() <= 1e-12 * np.trace(covariance):
        # Rankings and other answers with a fixed sum: the total does not vary, so alpha would print as a huge nonsense number.
        return result | {"note": "the items add up to the same total for everyone (a ranking?), so alpha is not defined"}
    # Imported here because it is slow to load. Its own interval is rounded to three decimals, so Feldt's is computed below.
    from pingouin import cronbach_alpha

    alpha = cronbach_alpha(pd.DataFrame(complete))[0]
    tail = (1 - level) / 2
    low, high = (1 - (1 - alpha) * stats.f.isf(side, n - 1, (n - 1) * (k - 1)) for side in (tail, 1 - tail))
    omega, note = _omega(covariance, n)
    return result | {"alpha": alpha, "alpha_low": low, "alpha_high": high, "omega": omega, "note": note}


def reliability_table(keyed: pd.DataFrame, scales: Sequence[Scale]) -> pd.DataFrame:
    """Table `reliability`: every scale as each role answered it at each wave."""
    rows = [
        {"scale": scale.name, "role": role, "wave": wave, **reliability(items)}
        for scale in scales
        for role, wave, items in by_role_and_wave(scale_answers(keyed, scale), scale.items)
    ]
    return RELIABILITY.frame(rows)


def _why_not(complete: np.ndarray, names: Sequence[str]) -> str | None:
    n, k = complete.shape
    if k < 2:
        return "a single item has no internal consistency"
    if n < 3:
        return f"only {n} people answered every item"
    if n <= k:
        return f"fewer people ({n}) than would be needed for {k} items"
    constant = [str(name) for name, spread in zip(names, complete.std(axis=0)) if spread == 0]
    return f"everyone gave the same answer to {', '.join(constant)}" if constant else None


def _omega(covariance: np.ndarray, n: int) -> tuple[float, str]:
    """Omega of the one-factor model, and a note on what could not be had."""
    k = len(covariance)
    if k < 3:
        return np.nan, "two items do not determine a factor, so there is no omega"
    # Imported here because it is slow to load and nothing else in this room needs it.
    from statsmodels.multivariate.factor import Factor

    sd = np.sqrt(np.diag(covariance))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = Factor(corr=covariance / np.outer(sd, sd), n_factor=1, method="ml", nobs=n).fit(rng=0)
    except (np.linalg.LinAlgError, ValueError, Warning) as error:
        return np.nan, f"the one-factor model could not be fitted, so there is no omega ({str(error).splitlines()[0]})"
    # Maximum-likelihood loadings are scale-free, so those of the covariances are those of the correlations times the sd.
    loadings, unique = model.loadings[:, 0] * sd, model.uniqueness * sd**2
    if np.any(model.uniqueness < 1e-3):
        return np.nan, "an item's unique variance was estimated as zero (a Heywood case), so there is no omega"
    common = loadings.sum() ** 2
    return common / (common + unique.sum()), OMEGA_INTERVAL
