"""When relationships end: how many still last after a time, and how many have ended in which way, with intervals that keep a mentor's relationships together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

# With fewer ends by then an interval is a guess; with fewer mentors the t quantile cannot mend it.
FEWEST_ENDS, FEWEST_MENTORS = 5, 10


def lasting(time: ArrayLike, ended: ArrayLike, cluster: ArrayLike, at: Sequence[float], level: float = 0.95) -> pd.DataFrame:
    """Share of relationships that still last after each time (Kaplan–Meier), with cluster-robust intervals.

    Parameters
    ----------
    time : array of float, shape (n,)
        How long each was watched.
    ended : array of bool, shape (n,)
        Whether it then ended (else it was still lasting when last heard of).
    cluster : array, shape (n,)
        Its mentor.
    at : sequence of float
        Times asked for.

    Returns
    -------
    DataFrame
        time, at_risk, ends (up to then), estimate, se, ci_low, ci_high, note.

    Notes
    -----
    ``S(t) = Π (1 − dN/Y)``. Relationship i moves log S by ``−Σ (dN_i − Y_i dN/Y)/(Y − dN)``; these are summed by mentor, squared and summed, times G/(G − 1). With
    every relationship a cluster of its own this is Greenwood's formula times G/(G − 1). Intervals on log(−log S) with t of G − 1 df. R:
    ``survival::survfit(Surv(time, ended) ~ 1, cluster = mentor)`` (without the G/(G − 1)).
    """
    return ended_by(time, np.asarray(ended, int), cluster, at, cause=None, level=level)


def ended_by(
    time: ArrayLike, cause_of: ArrayLike, cluster: ArrayLike, at: Sequence[float], cause: int | None, level: float = 0.95
) -> pd.DataFrame:
    """Share that have ended by each time in one way (Aalen–Johansen's cumulative incidence); for `cause` None the share that still last.

    Parameters
    ----------
    cause_of : array of int
        0 where it still lasted, else the way in which it ended.

    Notes
    -----
    ``F_k(t) = Σ S(s−) dN_k(s)/Y(s)``, with the influence of each relationship by the product rule; intervals on the logit scale. R:
    ``s <- survival::survfit(Surv(time, factor(cause)) ~ 1, influence = TRUE)``, then ``sqrt(colSums(rowsum(s$influence.pstate[, i, ], mentor)^2))`` at
    its i-th time (without the G/(G − 1)); survival 3.5 overlooks `cluster` where there are several ways of ending.
    """
    time, causes = np.asarray(time, float), np.asarray(cause_of, int)
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
    clusters = int(codes.max() + 1) if len(codes) else 0
    moments = np.unique(time[causes > 0])
    at_risk = (time[:, None] >= moments).astype(float)
    any_end = ((time[:, None] == moments) & (causes[:, None] > 0)).astype(float)
    alive, ends = at_risk.sum(axis=0), any_end.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_step = -(any_end - at_risk * ends / alive) / (alive - ends)
    after = np.cumprod(1 - ends / alive) if len(moments) else np.zeros(0)
    before = np.concatenate([[1.0], after[:-1]]) if len(moments) else np.zeros(0)
    moved = np.cumsum(np.where(np.isfinite(log_step), log_step, 0.0), axis=1)
    moved_before = np.hstack([np.zeros((len(time), 1)), moved[:, :-1]]) if len(moments) else moved
    own = ((time[:, None] == moments) & (causes[:, None] == cause)).astype(float) if cause is not None else any_end
    hazard = own.sum(axis=0) / alive if len(moments) else np.zeros(0)
    shares = np.cumsum(before * hazard)
    share_moved = np.cumsum(before * (moved_before * hazard + (own - at_risk * hazard) / alive), axis=1) if len(moments) else moved
    rows = []
    for wanted in at:
        last = int(np.searchsorted(moments, wanted, side="right")) - 1
        count = int(((time <= wanted) & (causes == cause if cause is not None else causes > 0)).sum())
        if cause is None:
            value, influence = (after[last], moved[:, last] * after[last]) if last >= 0 else (1.0, np.zeros(len(time)))
        else:
            value, influence = (shares[last], share_moved[:, last]) if last >= 0 else (0.0, np.zeros(len(time)))
        rows.append(
            {
                "time": float(wanted),
                "at_risk": int((time >= wanted).sum()),
                "ends": count,
                **_interval(float(value), influence, codes, clusters, count, cause is None, level),
            }
        )
    return pd.DataFrame(rows)


def _interval(
    value: float, influence: np.ndarray, codes: np.ndarray, clusters: int, ends: int, log_log: bool, level: float
) -> dict[str, object]:
    nothing = {"estimate": value, "se": np.nan, "ci_low": np.nan, "ci_high": np.nan}
    if ends < FEWEST_ENDS or clusters < FEWEST_MENTORS or not 0 < value < 1:
        return {**nothing, "note": f"no interval: fewer than {FEWEST_ENDS} ends by then, or fewer than {FEWEST_MENTORS} mentors"}
    sums = np.bincount(codes, weights=influence)
    se = float(np.sqrt((sums**2).sum() * clusters / (clusters - 1)))
    reach = float(stats.t.ppf((1 + level) / 2, clusters - 1)) * se
    if log_log:
        centre, slope = np.log(-np.log(value)), 1 / abs(value * np.log(value))
        low, high = (float(np.exp(-np.exp(centre + side * reach * slope))) for side in (1, -1))
    else:
        centre, slope = np.log(value / (1 - value)), 1 / (value * (1 - value))
        low, high = (float(1 / (1 + np.exp(-(centre + side * reach * slope)))) for side in (-1, 1))
    return {"estimate": value, "se": se, "ci_low": low, "ci_high": high, "note": None}
