"""Further coefficients of reliability: with mentors resampled, from ordered answers, at each level, and over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.measure.clusters import DRAWS, FEWEST, Clusters, percentiles, stream
from mentoring.measure.one_factor import DRAW_TOLERANCE, one_factor
from mentoring.measure.ordinal import ordinal_reliability
from mentoring.measure.reliability import alphas, factor_of, why_not
from mentoring.measure.scoring import scale_answers, score_answers, with_mentor
from mentoring.settings import Scale
from mentoring.tables import RELIABILITY_MORE

Row = dict[str, object]


def more_reliability(keyed: pd.DataFrame, scales: Sequence[Scale], dyads: pd.DataFrame, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Table `reliability_more`.

    # ASSUME: mentors are a sample of mentors like them, so that drawing whole mentors again shows how far a reliability could have come out otherwise.

    Parameters
    ----------
    keyed : DataFrame
        From `keyed_answers`.
    scales : sequence of Scale
    dyads : DataFrame
        Table `dyads`.
    seed : int
        The study's seed.
    draws : int
        Bootstrap draws of each interval.
    """
    rows: list[Row] = []
    for scale in scales:
        answers = with_mentor(scale_answers(keyed, scale), dyads)
        for (role, wave), part in answers.groupby(["role", "wave"], sort=True):
            key = {"scale": scale.name, "role": role, "wave": wave}
            found = coefficients(part[scale.items], part["mentor"].tolist(), stream(seed, "reliability", scale.name, role, wave), draws)
            rows += [{**key, **row} for row in found]
            rows += [
                {**key, **row}
                for row in _retest(answers, scale, str(role), int(wave), stream(seed, "retest", scale.name, role, wave), draws)
            ]
    return RELIABILITY_MORE.frame(rows)


def coefficients(items: pd.DataFrame, mentors: Sequence[object], rng: np.random.Generator, draws: int = DRAWS) -> list[Row]:
    """All coefficients of one set of keyed items that one wave can give.

    ``spearman-brown``: 2r/(1 + r) of two items. With S_W and S_B the covariances within and between mentors (`Clusters.two_level`), alpha and
    omega within are those of S_W, alpha between that of S_B (Geldhof et al. 2014). With 1'S1 the variance of the total, ``icc = b / (b + w)``
    and ``mentor mean = b / (b + w/ñ)`` (Raudenbush & Bryk 2002), b and w between and within, ñ the usual number of sheets per mentor.

    Parameters
    ----------
    items : DataFrame, shape (sheets, items)
        Keyed answers; sheets with a missing answer are left out.
    mentors : sequence
        The mentor of each sheet.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    list of dict
        `coefficient, n, mentors, value, ci_low, ci_high, note`.
    """
    answered = items.notna().all(axis=1).to_numpy()
    complete = items[answered].to_numpy(dtype=float)
    labels = [label for label, use in zip(mentors, answered) if use]
    if why_not(complete, items.columns):
        return []  # table `reliability` says why
    data = Clusters.of(complete, labels)
    count, k = len(data.n), items.shape[1]
    base: Row = {"n": len(complete), "mentors": count}
    weights = np.concatenate([np.ones((1, count)), data.draws(draws, rng)])
    covariances = data.covariances(weights)
    rows = [{**base, "coefficient": "alpha by mentor", **_with_ends(alphas(covariances), count)}]
    if k == 2:
        rows.append({**base, "coefficient": "spearman-brown", **_with_ends(_spearman_brown(covariances), count)})
    for name, (value, note) in ordinal_reliability(items[answered]).items():
        rows.append({**base, "coefficient": name, "value": value, "note": note or None})
    return [*rows, *_levels(data, weights, base)]


def _with_ends(values: np.ndarray, mentors: int, why: str = "it could not be computed") -> Row:
    """The first value with the percentiles of the others."""
    if not np.isfinite(values[0]):
        return {"value": np.nan, "note": why}
    if mentors < FEWEST:
        return {"value": values[0], "note": f"no interval: {mentors} mentors are too few to resample (it needs {FEWEST})"}
    ends = percentiles(values[1:], 0.95)
    if ends is None:
        return {"value": values[0], "note": "no interval: it cannot be computed in too many resamples of mentors"}
    return {"value": values[0], "ci_low": ends[0], "ci_high": ends[1]}


def _spearman_brown(covariances: np.ndarray) -> np.ndarray:
    r = _correlation(covariances)
    return np.where(1 + r > 1e-12, 2 * r / np.where(1 + r > 1e-12, 1 + r, 1), np.nan)


def _correlation(covariances: np.ndarray) -> np.ndarray:
    """Of two variables, in each draw; NaN where one does not vary."""
    product = covariances[:, 0, 0] * covariances[:, 1, 1]
    return covariances[:, 0, 1] / np.sqrt(np.where(product > 1e-24, product, np.nan))


def _levels(data: Clusters, weights: np.ndarray, base: Row) -> list[Row]:
    """Coefficients within and between mentors; none where hardly a mentor has several sheets."""
    several = int((data.n > 1).sum())
    if several < 2 or data.n.sum() - len(data.n) <= data.total.shape[1]:
        return []
    with np.errstate(invalid="ignore", divide="ignore"):
        within, between, size = data.two_level(weights)
        inside, outside = within.sum(axis=(1, 2)), between.sum(axis=(1, 2))
        icc = np.maximum(outside, 0) / (np.maximum(outside, 0) + inside)
        mean = np.maximum(outside, 0) / (np.maximum(outside, 0) + inside / size)
    # Only where the levels differ at all is there something whose reliability could be asked for.
    diagonal = np.einsum("bii->bi", between)
    alpha_between = np.where((outside > 0) & (diagonal > 0).all(axis=1), alphas(between), np.nan)
    alpha_between = np.where(alpha_between <= 1, alpha_between, np.nan)
    rows = [{"coefficient": "alpha within mentor", **_with_ends(alphas(within), len(data.n))}]
    if within.shape[1] > 2:
        rows.append({"coefficient": "omega within mentor", **_omega_within(within, len(data.n))})
    none_between = "mentors differ too little: their estimated variances and covariances are none that real differences could have"
    rows += [
        {"coefficient": "alpha between mentors", **_with_ends(alpha_between, len(data.n), none_between)},
        {"coefficient": "icc", **_with_ends(icc, len(data.n))},
        {"coefficient": "mentor mean", **_with_ends(mean, len(data.n))},
    ]
    return [{**base, **row} for row in rows]


def _omega_within(within: np.ndarray, mentors: int) -> Row:
    if not np.isfinite(within[0]).all() or not (np.diag(within[0]) > 0).all():
        return {"value": np.nan, "note": "an item does not vary within mentors"}
    fit, why = factor_of(within[0])
    if fit is None:
        return {"value": np.nan, "note": why}
    usable = np.isfinite(within).all(axis=(1, 2)) & (np.einsum("bii->bi", within) > 0).all(axis=1)
    sd = np.sqrt(np.einsum("bii->bi", within[usable]))
    usable[usable] = np.linalg.eigvalsh(within[usable] / (sd[:, :, None] * sd[:, None, :]))[:, 0] > 1e-8
    omegas = np.full(len(within), np.nan)
    omegas[usable] = one_factor(within[usable], fit, tolerance=DRAW_TOLERANCE).omega
    omegas[0] = fit.omega[0]
    return _with_ends(omegas, mentors)


def _retest(answers: pd.DataFrame, scale: Scale, role: str, wave: int, rng: np.random.Generator, draws: int) -> list[Row]:
    """Correlation of the scores of a wave with those of the wave before, of the same people about the same relationships."""
    own = score_answers(answers[answers["role"] == role], scale).assign(dyad=lambda rows: rows["dyad"].fillna(""))
    before = sorted(value for value in own["wave"].unique() if value < wave)
    if not before:
        return []
    sides = [own.loc[own["wave"] == each, ["dyad", "person", "mentor", "score"]].dropna(subset=["score"]) for each in (before[-1], wave)]
    both = sides[0].merge(sides[1].drop(columns="mentor"), on=["dyad", "person"], suffixes=("", "_later"))
    if len(both) < 3:
        return [
            {"coefficient": "retest", "n": len(both), "mentors": both["mentor"].nunique(), "note": "fewer than three scores at both waves"}
        ]
    data = Clusters.of(both[["score", "score_later"]].to_numpy(dtype=float), both["mentor"].tolist())
    base: Row = {"coefficient": "retest", "n": len(both), "mentors": len(data.n)}
    covariances = data.covariances(np.concatenate([np.ones((1, len(data.n))), data.draws(draws, rng)]))
    return [{**base, **_with_ends(_correlation(covariances), len(data.n), "the scores of one wave do not vary")}]
