"""Answer sheets that look careless: long runs of one answer, too even or too uneven, inconsistent, far from everyone's, too fast. Never deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import Problems, did_you_mean
from mentoring.settings import Careless, Scale
from mentoring.tables import CARELESS

SHEET = ["dyad", "person", "role", "wave"]
# Fewer answers than this are no pattern, and so are fewer scales for the even-odd correlation.
FEWEST_ITEMS, FEWEST_SCALES = 10, 5
# ASSUME: a run of one answer over half of the sheet or more is long (Curran 2016).
LONG_RUN = 0.5
# ASSUME: answers are too even or too uneven when their spread is so many robust standard deviations from the usual one.
SPREAD_OFF = 2.5
# ASSUME: even and odd items of a careful sheet correlate at least this (Spearman-Brown corrected; Jackson 1977).
CONSISTENT = 0.3
# ASSUME: the probability below which a sheet's distance from everyone's is large.
FAR_P = 0.001
# ASSUME: nobody reads an item and answers it in less than two seconds (Huang et al. 2012).
FAST = 2.0
INDICES = ("long_run", "spread", "even_odd", "far", "fast", "attention")


def careless_sheets(
    keyed: pd.DataFrame, codebook_items: pd.DataFrame, scales: Sequence[Scale], more: Careless | None = None
) -> pd.DataFrame:
    """Every answer sheet with its indices of careless answering: for `results/private`, since it names people.

    A sheet is what one person answered about one relationship at one wave, with what they answered about themselves then, over all items
    with ordered answers, in the order of the codebook. It is flagged when at least two indices stand out, one of them `even_odd`: alone,
    long runs and an even spread are hardly better than chance, and a contented person may honestly give one answer throughout
    (Goldammer et al. 2024).

    - `longest_run`: answers in a row that are the same (as ticked, not keyed), as a share of those given.
    - `spread`: standard deviation over the answers as ticked (intra-individual response variability; Dunn et al. 2018).
    - `even_odd`: correlation over scales of the means of their even and odd items (keyed), Spearman-Brown corrected.
    - `distance`, `distance_p`: Mahalanobis distance of the answered items from their means at that wave, with the role's covariances over all
      waves, and its p from chi-squared with as many degrees of freedom. R: ``mahalanobis``.
    - `seconds`: time for each answer, where the survey told it; a time told once for several sheets is divided by the answers on all of them.
    - `attention`: share of attention items answered otherwise than they asked; these items enter no other index.

    Parameters
    ----------
    keyed : DataFrame
        From `keyed_answers`.
    codebook_items : DataFrame
        Table `codebook_items`.
    scales : sequence of Scale
    more : Careless, optional
        Section `credibility.careless`: the items of response time and attention.

    Returns
    -------
    DataFrame
        `dyad, person, role, wave, answered, longest_run, spread, even_odd, distance, distance_p, seconds, attention`, one yes/no column per index in
        `INDICES` (empty where it cannot be told) and `flagged`.

    Raises
    ------
    StudyError
        When an item of `more` is not in the codebook, or is none of the kind.
    """
    more = more or Careless()
    _check(more, codebook_items)
    checks = {entry.item: entry.answer for entry in more.attention}
    parts = []
    likert = codebook_items[(codebook_items["kind"] == "likert") & (codebook_items["about"] != "person") & ~codebook_items["item"].isin(list(checks))]
    for role, own in likert.groupby("role", sort=True):
        names, besides = own["item"].tolist(), [name for name in (more.seconds, *checks) if name]
        sheets = _sheets(keyed[(keyed["role"] == role) & keyed["item"].isin([*names, *besides])], [*names, *besides])
        sheets = sheets[sheets[names].notna().any(axis=1)].reset_index(drop=True)
        if sheets.empty:
            continue
        turned = own.set_index("item").loc[names, "reverse"].fillna(False).to_numpy(dtype=bool)
        ends = (own.set_index("item")[["low", "high"]].loc[names].sum(axis=1, min_count=2)).to_numpy(dtype=float)
        values = sheets[names].to_numpy(dtype=float)
        ticked = np.where(turned, ends - values, values)
        facts = codebook_items[codebook_items["role"] == role].drop_duplicates("item").set_index("item")
        seconds, failed = _seconds(sheets, names, more.seconds, facts), _failed(sheets, checks, facts)
        parts.append(sheets[SHEET].assign(**_indices(values, ticked, sheets["wave"].to_numpy(), names, scales, seconds, failed)))
    if not parts:
        measured = ("answered", "longest_run", "spread", "even_odd", "distance", "distance_p", "seconds", "attention")
        return pd.DataFrame(columns=[*SHEET, *measured, *_FLAGS, "flagged"])
    return pd.concat(parts, ignore_index=True)


_FLAGS = tuple(f"{name}_off" for name in INDICES)


def _check(more: Careless, codebook_items: pd.DataFrame) -> None:
    """Refuse items of response time and attention that the codebook does not know or that are of another kind."""
    problems = Problems("config.yaml")
    kinds = codebook_items.drop_duplicates("item").set_index("item")[["kind", "about"]]
    wanted = [("seconds", more.seconds, ("number",)), *(("attention", entry.item, ("likert", "number", "category")) for entry in more.attention)]
    for key, name, allowed in wanted:
        if name is None:
            continue
        place, expected = f"credibility: careless: {key}", f"an item of kind {' or '.join(allowed)}, about dyad or self"
        if name not in kinds.index:
            problems.add(place, f"the codebook has no item “{name}”", expected=expected, fix=did_you_mean(name, list(kinds.index)))
        elif kinds.loc[name, "kind"] not in allowed or kinds.loc[name, "about"] == "person":
            problems.add(place, f"“{name}” is of kind {kinds.loc[name, 'kind']}, about {kinds.loc[name, 'about']}", expected=expected)
    problems.raise_if_any()


def _seconds(sheets: pd.DataFrame, names: Sequence[str], item: str | None, facts: pd.DataFrame) -> np.ndarray:
    """Seconds for each answer of each sheet; NaN where they are not known."""
    if item is None or item not in facts.index:
        return np.full(len(sheets), np.nan)
    answers = sheets[list(names)].notna().sum(axis=1)
    if facts.loc[item, "about"] == "self":
        answers = answers.groupby([sheets["person"], sheets["wave"]]).transform("sum")
    taken = sheets[item].astype(float)
    return (taken.where(taken > 0) / answers).to_numpy()


def _failed(sheets: pd.DataFrame, checks: Mapping[str, float], facts: pd.DataFrame) -> np.ndarray:
    """Share of the attention items that were answered otherwise than they asked; NaN where none was answered."""
    shares = []
    for item, asked in checks.items():
        if item in facts.index:
            turned = pd.notna(facts.loc[item, "reverse"]) and bool(facts.loc[item, "reverse"])
            wanted = facts.loc[item, "low"] + facts.loc[item, "high"] - asked if turned else asked
            own = sheets[item].astype(float).to_numpy()
            shares.append(np.where(np.isfinite(own), own != wanted, np.nan))
    if not shares:
        return np.full(len(sheets), np.nan)
    stacked = np.stack(shares)
    known = np.isfinite(stacked).sum(axis=0)
    return np.where(known > 0, np.nansum(stacked, axis=0) / np.maximum(known, 1), np.nan)


def careless_table(sheets: pd.DataFrame) -> pd.DataFrame:
    """Table `careless`: how many sheets of each role and wave stand out, by which index."""
    rows = []
    for (role, wave), part in sheets.groupby(["role", "wave"], sort=True):
        enough = part["answered"] >= FEWEST_ITEMS
        row: dict[str, object] = {"role": role, "wave": wave, "sheets": len(part), "judged": int(enough.sum())}
        row |= {name: int(part[f"{name}_off"].fillna(False).sum()) if part[f"{name}_off"].notna().any() else None for name in INDICES}
        # Time and attention items are few surveys' own: where they are missing, nothing is wrong.
        notes = [f"`{name}` could not be computed" for name in INDICES[:4] if row[name] is None]
        rows.append({**row, "flagged": int(part["flagged"].sum()), "note": "; ".join(notes) or None})
    return CARELESS.frame(rows)


def read_sheets(path: str | Path) -> pd.DataFrame:
    """What the rule `screen_answers` has written of `careless_sheets`: dyad, person, role, wave and `flagged`."""
    sheets = pd.read_csv(
        path, dtype={name: "str" for name in SHEET if name != "wave"} | {"wave": "int64"}, keep_default_na=False, encoding="utf-8"
    )
    return sheets[SHEET].assign(flagged=sheets["flagged"].astype(str).eq("True"))


def without_sheets(rows: pd.DataFrame, sheets: pd.DataFrame) -> pd.DataFrame:
    """Answers or scores without those of flagged sheets.

    Answers about oneself stand on every sheet the person filled in at that wave; they go when all of these are flagged.

    Parameters
    ----------
    rows : DataFrame
        With `dyad` (empty where the answer is about the person), `person`, `role` and `wave`.
    sheets : DataFrame
        With the same columns and `flagged`.
    """
    flagged = sheets[sheets["flagged"].astype(bool)]
    whole = sheets.groupby(["person", "role", "wave"])["flagged"].all()
    people = set(whole[whole].index)
    gone = set(flagged[SHEET].itertuples(index=False, name=None))
    place = rows[SHEET].assign(dyad=rows["dyad"].astype("object").where(rows["dyad"].notna(), ""))
    drop = [key in gone if key[0] else key[1:] in people for key in place.itertuples(index=False, name=None)]
    return rows[~pd.Series(drop, index=rows.index, dtype=bool)]


def _sheets(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Answers side by side; those about oneself stand on each of the person's sheets of that wave."""
    about_self = rows["dyad"].isna()
    wide = [
        part.assign(dyad=part["dyad"].fillna("")).pivot(index=SHEET, columns="item", values="value").reset_index()
        for part in (rows[~about_self], rows[about_self])
    ]
    told, own = wide
    if told.empty:
        found = own
    else:
        found = (
            told.merge(own.drop(columns="dyad"), on=["person", "role", "wave"], how="left", validate="many_to_one") if len(own) else told
        )
    found = found.reindex(columns=[*SHEET, *names])
    found.columns.name = None
    return found[found[list(names)].notna().any(axis=1)].reset_index(drop=True)


def _indices(
    values: np.ndarray, ticked: np.ndarray, waves: np.ndarray, names: Sequence[str], scales: Sequence[Scale], seconds: np.ndarray, failed: np.ndarray
) -> dict[str, object]:
    answered = np.isfinite(values).sum(axis=1)
    enough = answered >= FEWEST_ITEMS
    run = np.where(enough, [longest_run(row) for row in ticked], np.nan) / np.maximum(answered, 1)
    spread = np.full(len(values), np.nan)
    spread[enough] = np.nanstd(ticked[enough], axis=1, ddof=1)
    consistent = np.where(enough, even_odd(values, names, scales), np.nan)
    distance, p = distances(values, waves)
    usual = np.median(spread[enough]) if enough.any() else np.nan
    off = 1.4826 * np.median(np.abs(spread[enough] - usual)) if enough.any() else np.nan
    flags = {
        "long_run": (run >= LONG_RUN, run),
        "spread": (np.abs(spread - usual) > SPREAD_OFF * off, spread),
        "even_odd": (consistent < CONSISTENT, consistent),
        "far": (p < FAR_P, np.where(enough, p, np.nan)),
        "fast": (seconds < FAST, np.where(enough, seconds, np.nan)),
        "attention": (failed > 0, np.where(enough, failed, np.nan)),
    }
    told = {f"{name}_off": pd.array(np.where(np.isfinite(known), hit, None), dtype="boolean") for name, (hit, known) in flags.items()}
    count = sum(np.where(np.isfinite(known), hit, False).astype(int) for hit, known in flags.values())
    flagged = (count >= 2) & flags["even_odd"][0] & np.isfinite(consistent)
    return {
        "answered": answered,
        "longest_run": run,
        "spread": spread,
        "even_odd": consistent,
        "distance": distance,
        "distance_p": p,
        "seconds": seconds,
        "attention": failed,
        **told,
        "flagged": flagged,
    }


def longest_run(answers: np.ndarray) -> int:
    """Longest run of the same answer, missing answers skipped.

    Examples
    --------
    >>> longest_run(np.array([3.0, 3, np.nan, 3, 2, 2]))
    3
    """
    given = answers[np.isfinite(answers)]
    if not len(given):
        return 0
    breaks = np.flatnonzero(np.diff(given) != 0)
    return int(np.diff(np.concatenate([[-1], breaks, [len(given) - 1]])).max())


def even_odd(values: np.ndarray, names: Sequence[str], scales: Sequence[Scale]) -> np.ndarray:
    """``2r / (1 + r)``, r the correlation over scales of the means of even and odd items of one sheet; not below −1.

    NaN with fewer than `FEWEST_SCALES` scales of which both halves were answered, or when a half does not vary.
    """
    place = {name: number for number, name in enumerate(names)}
    halves = []
    for scale in scales:
        own = [place[item] for item in scale.items if item in place]
        if len(own) > 1:
            halves.append((_mean(values[:, own[0::2]]), _mean(values[:, own[1::2]])))
    result = np.full(len(values), np.nan)
    if len(halves) < FEWEST_SCALES:
        return result
    odd, even = (np.stack(side, axis=1) for side in zip(*halves))
    for row, (first, second) in enumerate(zip(odd, even)):
        both = np.isfinite(first) & np.isfinite(second)
        if both.sum() >= FEWEST_SCALES and first[both].std() > 1e-12 and second[both].std() > 1e-12:
            r = float(np.corrcoef(first[both], second[both])[0, 1])
            result[row] = max(2 * r / (1 + r), -1.0) if r > -1 + 1e-12 else -1.0
    return result


def _mean(block: np.ndarray) -> np.ndarray:
    count = np.isfinite(block).sum(axis=1)
    return np.where(count > 0, np.nansum(block, axis=1) / np.maximum(count, 1), np.nan)


def distances(values: np.ndarray, waves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squared Mahalanobis distance of each sheet's answered items from their wave's means, and its p.

    The covariances (pairwise, over all waves) must be positive definite and rest on at least twice as many sheets as items; else all NaN.
    """
    centred = np.full(values.shape, np.nan)
    for wave in np.unique(waves):
        rows = waves == wave
        count = np.isfinite(values[rows]).sum(axis=0)
        centred[rows] = values[rows] - np.where(count > 0, np.nansum(values[rows], axis=0) / np.maximum(count, 1), np.nan)
    known = np.isfinite(centred)
    filled = np.where(known, centred, 0.0)
    pairs = known.T.astype(float) @ known
    result, p = np.full(len(values), np.nan), np.full(len(values), np.nan)
    if not len(values) or pairs.min() < 2 * values.shape[1]:
        return result, p
    covariance = filled.T @ filled / (pairs - 1)
    sd = np.sqrt(np.diag(covariance))
    if (sd <= 0).any() or np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0] < 1e-6:
        return result, p
    for row in range(len(values)):
        own = np.flatnonzero(known[row])
        if len(own) >= FEWEST_ITEMS:
            x = filled[row, own]
            result[row] = x @ np.linalg.solve(covariance[np.ix_(own, own)], x)
            p[row] = stats.chi2.sf(result[row], len(own))
    return result, p
