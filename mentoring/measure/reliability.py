"""How far a scale's items hang together: Cronbach's alpha with Feldt's interval, McDonald's omega with one by resampling mentors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from mentoring.measure.clusters import DRAWS, FEWEST, Clusters, percentiles, stream
from mentoring.measure.one_factor import DRAW_TOLERANCE, OneFactor, one_factor
from mentoring.measure.scoring import scale_answers, with_mentor
from mentoring.measure.tabular import numeric, same_length
from mentoring.settings import Scale
from mentoring.tables import RELIABILITY

NUMBERS = ("alpha", "alpha_low", "alpha_high", "omega", "omega_low", "omega_high")


def reliability(
    items: pd.DataFrame | ArrayLike,
    level: float = 0.95,
    *,
    clusters: Sequence[object] | None = None,
    draws: int = 0,
    rng: np.random.Generator | None = None,
) -> dict[str, object]:
    """Internal consistency of one set of keyed items.

    ``alpha = k/(k-1) * (1 - sum(var_i) / var(sum))`` over the rows with every item answered; Feldt's interval
    ``1 - (1 - alpha) * F(1 - a/2 | a/2; n - 1, (n - 1)(k - 1))``, which takes rows as independent;
    ``omega = (sum lambda)^2 / ((sum lambda)^2 + sum theta)`` of the maximum-likelihood one-factor model of the covariances, with the
    percentiles of `draws` resamples of whole clusters.

    Parameters
    ----------
    items : DataFrame or array, shape (people, items)
        Keyed answers, NaN where missing.
    level : float
        Coverage of the intervals.
    clusters : sequence, optional
        What each row belongs to (the mentor); without it every row is drawn by itself.
    draws : int
        Bootstrap draws for omega's interval; 0 for none.
    rng : numpy.random.Generator, optional
        Needed for draws.

    Returns
    -------
    dict
        `items, n, alpha, alpha_low, alpha_high, omega, omega_low, omega_high, note`; NaN where it cannot be estimated, and then
        `note` says why.

    Raises
    ------
    StudyError
        Answers that are no numbers, or not one cluster per row.

    References
    ----------
    Cronbach (1951); Feldt (1965); McDonald (1999); Kelley & Pornprasertmanit (2016). R: ``psych::alpha(na.omit(items))$total$raw_alpha``,
    ``$feldt``; omega as ``semTools::compRelSEM(lavaan::cfa(...))``.
    """
    items = numeric(items, "reliability")
    same_length(clusters, len(items), "clusters", "reliability")
    answered = items.notna().all(axis=1).to_numpy()
    complete = items[answered].to_numpy(dtype=float)
    n, k = complete.shape
    result: dict[str, object] = {"items": k, "n": n, **dict.fromkeys(NUMBERS, np.nan), "note": None}
    reason = why_not(complete, items.columns)
    if reason:
        return result | {"note": reason}
    covariance = np.cov(complete, rowvar=False)
    alpha = float(alphas(covariance[None])[0])
    tail = (1 - level) / 2
    low, high = (1 - (1 - alpha) * stats.f.isf(side, n - 1, (n - 1) * (k - 1)) for side in (tail, 1 - tail))
    result |= {"alpha": alpha, "alpha_low": low, "alpha_high": high}
    fit, note = factor_of(covariance)
    if fit is None:
        return result | {"note": note}
    result["omega"] = float(fit.omega[0])
    if draws and rng is not None:
        labels = None if clusters is None else [label for label, use in zip(clusters, answered) if use]
        ends, note = omega_interval(Clusters.of(complete, labels), fit, draws, rng, level)
        result |= {"omega_low": ends[0], "omega_high": ends[1], "note": note or None}
    return result


def reliability_table(keyed: pd.DataFrame, scales: Sequence[Scale], dyads: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Table `reliability`: every scale as each role answered it at each wave."""
    rows = []
    for scale in scales:
        answers = with_mentor(scale_answers(keyed, scale), dyads)
        for (role, wave), part in answers.groupby(["role", "wave"], sort=True):
            found = reliability(
                part[scale.items], clusters=part["mentor"].tolist(), draws=DRAWS, rng=stream(seed, "omega", scale.name, role, wave)
            )
            rows.append({"scale": scale.name, "role": role, "wave": wave, **found})
    return RELIABILITY.frame(rows)


def alphas(covariances: np.ndarray) -> np.ndarray:
    """Cronbach's alpha of each covariance matrix, shape (B, k, k); NaN where the total does not vary."""
    k = covariances.shape[-1]
    total, trace = covariances.sum(axis=(-2, -1)), np.einsum("...ii->...", covariances)
    return k / (k - 1) * (1 - trace / np.where(total > 1e-12 * trace, total, np.nan))


def why_not(complete: np.ndarray, names: Sequence[str]) -> str | None:
    """Why these complete answers allow no internal consistency, if so."""
    n, k = complete.shape
    if k < 2:
        return "a single item has no internal consistency"
    if n < 3:
        return f"only {n} answer sheet{'s' if n > 1 else ''} with every item answered" if n else "nobody answered every item"
    if n <= k:
        return f"fewer people ({n}) than would be needed for {k} items"
    constant = [str(name) for name, spread in zip(names, complete.std(axis=0)) if spread == 0]
    if constant:
        return f"everyone gave the same answer to {', '.join(constant)}"
    covariance = np.cov(complete, rowvar=False)
    if covariance.sum() <= 1e-12 * np.trace(covariance):
        # Rankings and other answers with a fixed sum: the total does not vary, so alpha would print as a huge nonsense number.
        return "the items add up to the same total for everyone (a ranking?), so alpha is not defined"
    return None


def factor_of(covariance: np.ndarray) -> tuple[OneFactor | None, str]:
    """The one-factor model of one covariance matrix, or why there is none to be used."""
    if len(covariance) < 3:
        return None, "two items do not determine a factor, so there is no omega"
    sd = np.sqrt(np.diag(covariance))
    if np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0] < 1e-8:
        return None, "the one-factor model could not be fitted, so there is no omega (one item follows from the others)"
    fit = one_factor(covariance[None])
    if not fit.converged[0]:
        return None, "the one-factor model could not be fitted, so there is no omega (no optimum was reached)"
    if fit.heywood[0]:
        return None, "an item's unique variance was estimated as zero (a Heywood case), so there is no omega"
    return fit, ""


def omega_interval(
    data: Clusters, fit: OneFactor, draws: int, rng: np.random.Generator, level: float = 0.95
) -> tuple[tuple[float, float], str]:
    """Percentile interval of omega from resampled clusters, and a note on why there is none.

    Draws whose unique variances reach their lower bound are kept: leaving them out would leave out the draws with the largest loadings.
    """
    none = (np.nan, np.nan)
    if len(data.n) < FEWEST:
        return none, f"no interval for omega: {len(data.n)} mentors are too few to resample (it needs {FEWEST})"
    covariances = data.covariances(data.draws(draws, rng))
    sd = np.sqrt(np.maximum(np.einsum("bii->bi", covariances), 0))
    usable = (sd > 0).all(axis=1)
    usable[usable] = np.linalg.eigvalsh(covariances[usable] / (sd[usable][:, :, None] * sd[usable][:, None, :]))[:, 0] > 1e-8
    omegas = np.full(draws, np.nan)
    omegas[usable] = one_factor(covariances[usable], fit, tolerance=DRAW_TOLERANCE).omega
    ends = percentiles(omegas, level)
    return (ends, "") if ends else (none, "no interval for omega: too many resamples of mentors allow no one-factor model")
