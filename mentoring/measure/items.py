"""Each item of each scale: how it was answered, and whether it goes with the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.errors import Problems
from mentoring.measure.reliability import alphas, reliability
from mentoring.measure.scoring import by_role_and_wave, scale_answers
from mentoring.settings import Scale
from mentoring.tables import ITEMS

# ASSUME: an item that correlates -.2 or lower with the others of its scale is keyed wrongly, where that is beyond chance and alpha rises when it is turned.
EVIDENT = -0.2
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


def refuse_wrong_keys(keyed: pd.DataFrame, codebook_items: pd.DataFrame, scales: Sequence[Scale]) -> None:
    """Refuse scales in which a reverse flag is evidently wrong.

    Over all waves of a role, an item correlates `EVIDENT` or lower with the sum of the others, and `keyed_wrongly`. What is less clear is told in
    table `items` and in the report. A scale with ``keying_checked: true`` is left alone.

    Raises
    ------
    StudyError
        All such items, with what their flag says now.
    """
    problems = Problems("config.yaml")
    turned = {(row.item, row.role) for row in codebook_items.itertuples() if pd.notna(row.reverse) and row.reverse}
    for scale in scales:
        answers = scale_answers(keyed, scale)
        for role, rows in answers.groupby("role", sort=True):
            against = {} if scale.keying_checked else _against(rows[scale.items].dropna())
            for item, r in against.items():
                now, instead = ("yes", "no") if (item, role) in turned else ("no", "yes")
                problems.add(
                    f"scales: {scale.name}", f"as {role}s answered, `{item}` runs against the other items (r = {r:.2f} with their sum), and alpha rises when it is "
                    f"turned round: its reverse flag is evidently wrong (reverse: {now})", expected="items that go together after keying",
                    fix=f"write reverse: {instead} for `{item}` ({role}) in the codebook; or, if the flag is right, keying_checked: true at the scale",
                )  # fmt: skip
    problems.raise_if_any()


def _against(complete: pd.DataFrame) -> dict[str, float]:
    """Items that evidently run against the others, and their correlation with the others' sum."""
    found = {}
    for item in complete.columns:
        rest = complete.drop(columns=item).sum(axis=1)
        if len(complete) > 2 and complete[item].std() > 0 and rest.std() > 0:
            r = float(np.corrcoef(complete[item], rest)[0, 1])
            if r <= EVIDENT and keyed_wrongly(complete, item, r):
                found[str(item)] = r
    return found
