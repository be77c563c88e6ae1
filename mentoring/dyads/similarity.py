"""How alike a mentor and a mentee are: every index by its formula, from both sides' values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mentoring.dyads.pairing import Paired
from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.settings import Similarity

# For these a high value means *unlike*; words and verdicts turn them round, tables do not.
DISTANCES = ("absolute_difference", "squared_difference", "squared_distance")
KINDS = ("match", *DISTANCES, "profile_correlation", "gower")


def similarity(
    mentor: pd.DataFrame, mentee: pd.DataFrame, kind: str, *, ranges: Mapping[str, float] | None = None,
    typical: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """One similarity index for each pair of rows.

    ============================ ==================================================================================
    ``match``                    1 if all values are the same, else 0
    ``absolute_difference``      ``|x - y|``
    ``squared_difference``       ``(x - y)**2``
    ``squared_distance``         ``sum_k (x_k - y_k)**2``
    ``profile_correlation``      correlation over k of ``x_k - mean_k(mentors)`` and ``y_k - mean_k(mentees)``: the *distinctive*
                                 profile. The raw profile correlation of strangers is far above 0 (people agree on what is usual).
    ``gower``                    mean over k of ``1 - |x_k - y_k| / range_k`` for numbers, of a match for groups
    ============================ ==================================================================================

    Parameters
    ----------
    mentor, mentee : DataFrame, shape (relationships, k)
        Values of the two sides, row by row and with the same columns.
    kind : str
        As above.
    ranges : mapping of str to float, optional
        Possible range of each number for ``gower``; the observed range when not given.
    typical : pair of arrays of shape (k,), optional
        The mentors' and the mentees' mean answers for ``profile_correlation``; taken from the rows when not given.

    Returns
    -------
    ndarray of float, shape (relationships,)
        NaN where a value is missing, or where a profile is flat (it has no shape to correlate).

    References
    ----------
    Cronbach & Gleser (1953); Furr (2008); Gower (1971). R: ``cor(x - colMeans(X), y - colMeans(Y))``; ``1 - mean(abs(x - y) / range)``.
    """
    if list(mentor.columns) != list(mentee.columns) or len(mentor) != len(mentee):
        raise StudyError(Problem("", "similarity", "the two sides do not have the same columns and rows", "one row per relationship"))
    if kind not in KINDS:
        raise StudyError(Problem("", "kind", f"no similarity is called “{kind}”", did_you_mean(kind, KINDS)))
    if kind == "gower":
        return _gower(mentor, mentee, ranges or {})
    if kind == "match":
        return _match(mentor, mentee)
    x, y = (_numbers(side, kind) for side in (mentor, mentee))
    if kind == "profile_correlation":
        return _distinctive_correlation(x, y, typical)
    difference = np.abs(x - y) if kind == "absolute_difference" else (x - y) ** 2
    return difference.sum(axis=1)


def add_similarity(paired: Paired, wanted: Sequence[Similarity], codebook_items: pd.DataFrame) -> pd.DataFrame:
    """The analysis table with one more column per entry of the config's section `similarity`."""
    analysis = paired.analysis.copy()
    for entry in wanted:
        if entry.kind == "perceived":
            analysis[entry.name] = _side(paired, str(entry.reporter), entry)[entry.of[0]].astype("float64")
        else:
            mentor, mentee = sides(paired, entry)
            analysis[entry.name] = similarity(
                mentor, mentee, entry.kind, ranges=possible_ranges(codebook_items, entry.of), typical=typical_answers(paired, entry),
            )
            if len(entry.of) > 1 and all(pd.api.types.is_numeric_dtype(mentor[name]) for name in entry.of):
                # Where each side stands: the models need it beside an index over several answers.
                for role, values in (("mentor", mentor), ("mentee", mentee)):
                    analysis[f"{role}_{entry.name}_level"] = values.astype("float64").mean(axis=1, skipna=False).to_numpy()
    return analysis


def typical_answers(paired: Paired, entry: Similarity) -> tuple[np.ndarray, np.ndarray] | None:
    """Each role's mean answers, for profile correlations; a mentor with five mentees counts once per wave, not five times."""
    if entry.kind != "profile_correlation":
        return None
    means = []
    for role, values in zip(("mentor", "mentee"), sides(paired, entry)):
        once = values.assign(_person=paired.analysis[role].to_numpy(), _wave=paired.analysis["wave"].to_numpy()).drop_duplicates()
        means.append(_column_means(_numbers(once[entry.of], entry.kind)))
    return means[0], means[1]


def sides(paired: Paired, entry: Similarity) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides' values that an index is computed from, named as in the config."""
    return _side(paired, "mentor", entry), _side(paired, "mentee", entry)


def possible_ranges(codebook_items: pd.DataFrame, names: Sequence[str]) -> dict[str, float]:
    """The possible range of each item that has one."""
    known = codebook_items[codebook_items["item"].isin(names)].dropna(subset=["low", "high"])
    return {item: float(rows["high"].max() - rows["low"].min()) for item, rows in known.groupby("item")}


def _side(paired: Paired, role: str, entry: Similarity) -> pd.DataFrame:
    columns = {}
    for name in entry.of:
        column = f"{role}_{name}"
        source = paired.analysis if column in paired.analysis else paired.items
        if column not in source:
            fix = "ask both sides, or choose a scale, item or demographic that both have"
            raise StudyError(Problem("config.yaml", f"similarity “{entry.name}”", f"the {role}s have no “{name}”", "a value on that side", fix))
        columns[name] = source[column].to_numpy()
    return pd.DataFrame(columns)


def _numbers(side: pd.DataFrame, kind: str) -> np.ndarray:
    words = [str(name) for name in side.columns if not pd.api.types.is_numeric_dtype(side[name])]
    if words:
        raise StudyError(Problem("config.yaml", f"similarity of kind {kind}", f"{', '.join(words)} holds words, not numbers",
                                 "numbers", "use kind: match or kind: gower"))
    return side.to_numpy(dtype="float64", na_value=np.nan)


def _match(mentor: pd.DataFrame, mentee: pd.DataFrame) -> np.ndarray:
    known = (mentor.notna() & mentee.notna()).all(axis=1)
    same = pd.DataFrame({name: mentor[name].astype("object") == mentee[name].astype("object") for name in mentor.columns}).all(axis=1)
    return same.astype("float64").where(known, np.nan).to_numpy()


def _gower(mentor: pd.DataFrame, mentee: pd.DataFrame, ranges: Mapping[str, float]) -> np.ndarray:
    parts = []
    for name in mentor.columns:
        x, y = mentor[name], mentee[name]
        if pd.api.types.is_numeric_dtype(x) and pd.api.types.is_numeric_dtype(y):
            span = ranges.get(str(name)) or float(np.nanmax([x.max(), y.max()]) - np.nanmin([x.min(), y.min()]))
            parts.append(1 - (x - y).abs().to_numpy(dtype="float64", na_value=np.nan) / span if span > 0 else np.full(len(x), np.nan))
        else:
            parts.append(_match(mentor[[name]], mentee[[name]]))
    values = np.column_stack(parts)
    known = np.isfinite(values)
    # A part that is missing on either side is left out of that pair's mean, as Gower does.
    total = np.where(known, values, 0).sum(axis=1)
    return np.divide(total, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))


def _distinctive_correlation(x: np.ndarray, y: np.ndarray, typical: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    means = typical or (_column_means(x), _column_means(y))
    x, y = x - means[0], y - means[1]
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    flat = ~(spread > 1e-12)
    return np.where(flat, np.nan, (x * y).sum(axis=1) / np.where(flat, 1.0, spread))


def _column_means(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.divide(np.where(known, values, 0).sum(axis=0), count, out=np.full(values.shape[1], np.nan), where=count > 0)
