"""Each item of each scale: how it was answered, and whether it goes with the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.measure.reliability import alphas, reliability
from mentoring.measure.scoring import by_role_and_wave, scale_answers
from mentoring.settings import Scale
from mentoring.tables import ITEMS

NUMBERS = ("mean", "sd", "item_rest_r", "alpha_if_dropped", "floor", "ceiling")


def item_statistics(keyed: pd.DataFrame, scales: Sequence[Scale]) -> pd.DataFrame:
    """Table `items`: one row per item of a scale, role and wave.

    Mean, sd, floor and ceiling use every answer there is; the correlation with the rest of the scale and alpha without the item
    use the people who answered every item (R: ``psych::alpha(na.omit(items))$item.stats$r.drop`` and ``$alpha.drop``).
    """
    limits = keyed.drop_duplicates(["item", "role"]).set_index(["item", "role"])[["low", "high"]]
    rows = []
    for scale in scales:
        for role, wave, answers in by_role_and_wave(scale_answers(keyed, scale), scale.items):
            for item in scale.items:
                if (item, role) in limits.index:
                    low, high = limits.loc[(item, role)]
                    rows.append({"scale": scale.name, "item": item, "role": role, "wave": wave, **_describe(answers, item, low, high)})
    return ITEMS.frame(rows)


def _describe(answers: pd.DataFrame, item: str, low: float, high: float) -> dict[str, object]:
    values = answers[item].dropna()
    result: dict[str, object] = {"n": len(values), "missing": int(answers[item].isna().sum()), **dict.fromkeys(NUMBERS, np.nan)}
    if values.empty:
        return result | {"note": "nobody answered it"}
    result |= {"mean": values.mean(), "sd": values.std() if len(values) > 1 else np.nan}
    if np.isfinite(low) and np.isfinite(high):
        result |= {"floor": (values == low).mean(), "ceiling": (values == high).mean()}
    complete = answers.dropna()
    rest = complete.drop(columns=item)
    notes = []
    if len(complete) > 2 and complete[item].std() > 0 and rest.sum(axis=1).std() > 0:
        correlation = float(np.corrcoef(complete[item], rest.sum(axis=1))[0, 1])
        result["item_rest_r"] = correlation
        result["suspect_key"] = keyed_wrongly(complete, item, correlation)
        if result["suspect_key"]:
            notes.append("it runs clearly against the other items, and alpha rises when it is turned round: its reverse flag is probably wrong")
        elif correlation < 0:
            notes.append("it runs against the other items: is its reverse flag right?")
    else:
        notes.append("no correlation with the rest: too few complete answers, or no differences between them")
    dropped = reliability(rest)
    result["alpha_if_dropped"] = dropped["alpha"]
    if pd.isna(dropped["alpha"]):
        notes.append(f"no alpha without it: {dropped['note']}")
    return result | {"note": "; ".join(notes) or None}


def keyed_wrongly(complete: pd.DataFrame, item: str, correlation: float) -> bool:
    """Whether an item's reverse flag is evidently wrong: its correlation with the rest is negative beyond chance (the 99 % interval by Fisher's
    z ends below zero), and alpha rises when the item is turned round.
    """
    n = len(complete)
    if n < 10 or correlation >= 0 or np.arctanh(max(correlation, -1 + 1e-12)) + 2.576 / np.sqrt(n - 3) >= 0:
        return False
    covariance = np.cov(complete.to_numpy(dtype=float), rowvar=False)
    sign = np.where(complete.columns == item, -1.0, 1.0)
    now, turned = alphas(np.stack([covariance, covariance * np.outer(sign, sign)]))
    return bool(turned > now or (np.isnan(now) and np.isfinite(turned)))
