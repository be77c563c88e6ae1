"""Do the two sides see the same relationship? Three separate things: rank agreement, mean gap, absolute agreement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.settings import Scale
from mentoring.tables import AGREEMENT

NUMBERS = ("r", "gap", "icc")
RESAMPLES = 2000
FEWEST_MENTORS = 5


def agreement(
    mentor: ArrayLike, mentee: ArrayLike, clusters: ArrayLike | None = None, seed: int | np.random.SeedSequence = 1, resamples: int = RESAMPLES
) -> dict[str, object]:
    """Agreement of the two sides of relationships on one scale.

    ``r`` Pearson's correlation; ``gap`` mean of mentee minus mentor; ``icc`` absolute agreement of single ratings,
    ``ICC(A,1) = (MS_R - MS_E) / (MS_R + (k-1) MS_E + k (MS_C - MS_E) / n)`` with k = 2. Intervals (95 %, percentile) resample whole
    mentors, since a mentor's relationships are not independent.

    Parameters
    ----------
    mentor, mentee : array of numbers, shape (relationships,)
        Scores of the two sides; a relationship with a missing side is left out.
    clusters : array, shape (relationships,), optional
        The mentor of each relationship; left out: each has a mentor of its own.
    seed, resamples : int
        Of the intervals.

    Returns
    -------
    dict
        `n`, then `r`, `gap`, `icc` each with `_low` and `_high`, and `note`.

    Raises
    ------
    StudyError
        When a side holds words or infinite values, a cluster is missing, or the sides are not of one length.

    References
    ----------
    McGraw & Wong (1996). R: ``cor``, ``mean(y - x)``, ``psych::ICC(cbind(x, y))`` row ICC2.
    """
    one, other = _numbers(mentor, "mentor"), _numbers(mentee, "mentee")
    owners = np.arange(len(one)) if clusters is None else np.asarray(clusters)
    if not len(one) == len(other) == len(owners):
        raise StudyError(Problem("agreement", "mentor, mentee", f"{len(one)}, {len(other)} and {len(owners)} values", "one of each per relationship"))
    if np.isinf(one).any() or np.isinf(other).any():
        raise StudyError(Problem("agreement", "mentor, mentee", "there are infinite values", "finite numbers, or nothing where there is no answer"))
    if pd.isna(owners).any():
        raise StudyError(Problem("agreement", "clusters", f"the mentor is missing in {int(pd.isna(owners).sum())} rows", "the mentor of every relationship"))
    known = np.isfinite(one) & np.isfinite(other)
    x, y = one[known], other[known]
    result: dict[str, object] = {"n": len(x), **{f"{name}{end}": np.nan for name in NUMBERS for end in ("", "_low", "_high")}, "note": None}
    if len(x) < 3:
        return result | {"note": f"only {len(x)} relationships have both scores"}
    which = pd.factorize(owners[known])[0]
    # Everything the three numbers need, summed per mentor: resampling mentors is then one matrix product.
    sums = np.column_stack([np.bincount(which, weights=part) for part in (np.ones_like(x), x, y, x * x, y * y, x * y)])
    observed = {name: float(value[0]) for name, value in zip(NUMBERS, _from_sums(sums.sum(axis=0)[None]))}
    result |= observed
    if np.isnan(observed["r"]):
        result["note"] = "one side gave everyone the same score, so there is no correlation"
    if len(sums) < FEWEST_MENTORS:
        return result | {"note": f"no intervals: only {len(sums)} mentors to resample"}
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=resamples)
    for name, values in zip(NUMBERS, _from_sums(counts @ sums)):
        if np.isfinite(observed[name]) and np.isfinite(values).mean() > 0.95:
            result[f"{name}_low"], result[f"{name}_high"] = np.nanpercentile(values, [2.5, 97.5])
    return result


def kappa(mentor: Sequence[object], mentee: Sequence[object], order: Sequence[object] = (), power: int = 0) -> dict[str, float]:
    """Do both sides of relationships name the same category, beyond what chance would give?

    ``1 − Σ w o / Σ w e`` with o the shares of pairs of answers, e those expected from each side's own shares, and w 1 where the two differ; with an
    order, ``w = |i − j|**power`` of their places: 1 linear, 2 quadratic weights.

    Parameters
    ----------
    mentor, mentee : sequence
        Answers such as the stage of the relationship; a relationship with a missing side is left out.
    order : sequence, optional
        The categories from first to last; needed for weights.
    power : int
        0 for unweighted.

    Returns
    -------
    dict
        `n`, `same` (the share of relationships with the same answer) and `kappa`; NaN where only one category was named, or nothing is left.

    Raises
    ------
    StudyError
        When the sides are not of one length, weights are asked for without an order, or an answer is not in it.

    References
    ----------
    Cohen (1960, 1968). R: ``psych::cohen.kappa(cbind(x, y))``, whose ``weighted.kappa`` has quadratic weights.
    """
    mentor, mentee = list(mentor), list(mentee)
    if len(mentor) != len(mentee):
        raise StudyError(Problem("kappa", "mentor, mentee", f"{len(mentor)} and {len(mentee)} answers", "one of each per relationship"))
    pairs = pd.DataFrame({"mentor": pd.Series(list(mentor), dtype="object"), "mentee": pd.Series(list(mentee), dtype="object")}).dropna()
    found = pd.unique(pairs.to_numpy().ravel())
    if power and not len(order):
        raise StudyError(Problem("kappa", "order", "weights need the categories in order", "all categories from first to last"))
    if len(order) and (unknown := [one for one in found if one not in set(order)]):
        raise StudyError(Problem("kappa", "order", f"“{unknown[0]}” was answered and is not in the order", did_you_mean(str(unknown[0]), map(str, order))))
    places = {category: place for place, category in enumerate(order if len(order) else found)}
    x, y = (pairs[side].map(places).to_numpy(dtype=int) for side in ("mentor", "mentee"))
    if not len(pairs):
        return {"n": 0, "same": np.nan, "kappa": np.nan}
    counts = np.zeros((len(places), len(places)))
    np.add.at(counts, (x, y), 1 / len(pairs))
    apart = np.abs(np.subtract.outer(np.arange(len(places)), np.arange(len(places)))).astype(float)
    weights = apart**power if power else (apart > 0).astype(float)
    expected = float((weights * np.outer(counts.sum(axis=1), counts.sum(axis=0))).sum())
    value = 1 - float((weights * counts).sum()) / expected if expected > 0 else np.nan
    return {"n": len(pairs), "same": float(np.trace(counts)), "kappa": value}


def agreement_table(analysis: pd.DataFrame, scales: Sequence[Scale], codebook_items: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Table `agreement`: every scale about the relationship that both sides answered, at each wave.

    Scales about oneself are left out: two people who describe themselves alike are similar, they do not agree about anything.
    """
    about_self = set(codebook_items.loc[codebook_items["about"] != "dyad", "item"])
    both = [scale.name for scale in scales if not about_self & set(scale.items) and f"mentor_{scale.name}" in analysis and f"mentee_{scale.name}" in analysis]
    cells = [(name, wave) for name in both for wave in sorted(analysis["wave"].unique())]
    rows = []
    for (name, wave), stream in zip(cells, np.random.SeedSequence([seed, 3]).spawn(len(cells))):
        at = analysis[analysis["wave"] == wave]
        mentor, mentee = (at[f"{role}_{name}"].to_numpy(dtype=float) for role in ("mentor", "mentee"))
        rows.append({"scale": name, "wave": wave, **agreement(mentor, mentee, at["mentor"].to_numpy(), seed=stream)})
    return AGREEMENT.frame(rows)


def _numbers(side: ArrayLike, name: str) -> np.ndarray:
    try:
        return pd.Series(side).to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError):
        raise StudyError(Problem("agreement", name, "it holds words", "numbers; for categories there is `mentoring.kappa`")) from None


def _from_sums(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """r, gap and ICC(A,1) from n, sum x, sum y, sum xx, sum yy, sum xy; one row per sample."""
    n, sx, sy, sxx, syy, sxy = np.asarray(sums, dtype=float).T
    with np.errstate(divide="ignore", invalid="ignore"):
        vx, vy, cxy = sxx - sx**2 / n, syy - sy**2 / n, sxy - sx * sy / n
        floor = 1e-12 * (sxx + syy)
        r = np.where((vx > floor) & (vy > floor), cxy / np.sqrt(np.maximum(vx * vy, 0)), np.nan)
        gap = (sy - sx) / n
        between = (vx + vy + 2 * cxy) / 2  # sum of squares of rows, k = 2
        within_columns = n * gap**2 / 2
        error = (vx + vy - 2 * cxy) / 2
        ms_rows, ms_columns, ms_error = between / (n - 1), within_columns, error / (n - 1)
        icc = (ms_rows - ms_error) / (ms_rows + ms_error + 2 * (ms_columns - ms_error) / n)
        icc = np.where(ms_rows + ms_error > floor, icc, np.nan)
    return r, gap, icc
