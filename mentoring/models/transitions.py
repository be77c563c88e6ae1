"""From stage to stage between neighbouring waves: how often relationships move on, stay, skip and go back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.models.rates import Rate, clustered_rate

STAYED, ON, SKIPPED, BACK, OUT_OF_ORDER = "stayed", "moved on one stage", "skipped a stage", "moved back", "moved back or skipped"


def moves(rows: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """One row per relationship and pair of neighbouring waves with a stage at both.

    Parameters
    ----------
    rows : DataFrame
        dyad, mentor, mentee, wave and stage; at most one row per dyad and wave.
    order : sequence of str
        The stages from first to last; answers outside it make no move.

    Returns
    -------
    DataFrame
        dyad, mentor, mentee, wave_from, from, to, steps (places moved in the order: 0 stayed, below 0 back, above 1 skipped).

    Notes
    -----
    Waves are neighbours when no other wave of the study lies between them: a relationship seen at waves 1 and 3 only makes no move, since nobody
    knows what it did in between.
    """
    place = {stage: number for number, stage in enumerate(order)}
    known = rows[rows["stage"].isin(place)][["dyad", "mentor", "mentee", "wave", "stage"]]
    waves = sorted(rows["wave"].dropna().unique())
    after = dict(itertools.pairwise(waves))
    now = known[known["wave"].isin(after)]
    now = now.assign(next_wave=[after[wave] for wave in now["wave"]])
    then = known[["dyad", "wave", "stage"]].rename(columns={"wave": "next_wave", "stage": "to"})
    paired = now.astype({"next_wave": "float64"}).merge(then.astype({"next_wave": "float64"}), on=["dyad", "next_wave"])
    paired = paired.rename(columns={"wave": "wave_from", "stage": "from"})
    steps = paired["to"].map(place).astype(float) - paired["from"].map(place).astype(float)
    return paired.assign(steps=steps)[["dyad", "mentor", "mentee", "wave_from", "from", "to", "steps"]].reset_index(drop=True)


def transition_rows(made: pd.DataFrame, order: Sequence[str]) -> list[dict[str, object]]:
    """Rows of the table `stages`: the share of relationships in `from` that were in `to` at the next wave; over all waves, and from each."""
    out: list[dict[str, object]] = []
    waves: list[object] = [None, *sorted(made["wave_from"].unique())]
    for wave in waves if len(waves) > 2 else waves[:1]:
        part = made if wave is None else made[made["wave_from"] == wave]
        for start in order:
            own = part[part["from"] == start]
            for end in order:
                rate = clustered_rate(own["to"] == end, own["mentor"])
                out.append(
                    {
                        "from": start,
                        "to": end,
                        "wave_from": wave,
                        "n": int((own["to"] == end).sum()),
                        "rate": rate.rate,
                        "ci_low": rate.low,
                        "ci_high": rate.high,
                        "note": rate.note or None,
                    }
                )
    return out


def move_rates(made: pd.DataFrame, level: float = 0.95) -> dict[str, Rate]:
    """Shares of all moves between neighbouring waves that stayed, went on by one, skipped, went back, and did one of the last two."""
    steps = made["steps"].to_numpy(float)
    kinds = {STAYED: steps == 0, ON: steps == 1, SKIPPED: steps > 1, BACK: steps < 0, OUT_OF_ORDER: (steps < 0) | (steps > 1)}
    return {name: clustered_rate(hits, made["mentor"], level) for name, hits in kinds.items()}


def in_order(rate: Rate, tolerance: float) -> str:
    """``"not in order"`` when the whole interval lies above the tolerance, ``"in order"`` when it lies below, else ``"inconclusive"``."""
    if not (np.isfinite(rate.low) and np.isfinite(rate.high)):
        return "not estimated"
    return "not in order" if rate.low > tolerance else "in order" if rate.high < tolerance else "inconclusive"
