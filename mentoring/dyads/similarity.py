"""How alike a mentor and a mentee are: every index by its formula, from both sides' values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    return dealt_similarity(mentor, mentee, kind, ranges=ranges, typical=typical)(np.arange(len(mentee)))


def dealt_similarity(
    mentor: pd.DataFrame, mentee: pd.DataFrame, kind: str, *, ranges: Mapping[str, float] | None = None,
    typical: tuple[np.ndarray, np.ndarray] | None = None,
) -> Callable[[np.ndarray], np.ndarray]:
    """`similarity` as a function of who is dealt to whom: everything that does not change is done once.

    Returns
    -------
    callable
        Takes, for each mentor's row, the row of the mentee dealt to it; gives the index of every such pair.
    """
    if list(mentor.columns) != list(mentee.columns) or len(mentor) != len(mentee):
        raise StudyError(Problem("", "similarity", "the two sides do not have the same columns and rows", "one row per relationship"))
    if kind not in KINDS:
        raise StudyError(Problem("", "kind", f"no similarity is called “{kind}”", did_you_mean(kind, KINDS)))
    if kind in ("match", "gower"):
        return _shared_parts(mentor, mentee, kind, ranges or {})
    x, y = (_numbers(side, kind) for side in (mentor, mentee))
    if kind == "profile_correlation":
        return _distinctive_correlation(x, y, typical)
    power = 1 if kind == "absolute_difference" else 2
    return lambda dealt: (np.abs(x - y[dealt]) ** power).sum(axis=1)


def add_similarity(paired: Paired, wanted: Sequence[Similarity], codebook_items: pd.DataFrame) -> pd.DataFrame:
    """The analysis table with one more column per entry of the config's section `similarity`."""
    analysis = paired.analysis.copy()
    for entry in wanted:
        if entry.kind == "perceived":
            analysis[entry.name] = _side(paired, str(entry.reporter), entry)[entry.of[0]].astype("float64")
        else:
            mentor, mentee = sides(paired, entry)
            # The models need to know where each side stands; items that live inside a scale are not in the table yet.
            for role, values in (("mentor", mentor), ("mentee", mentee)):
                for name in entry.of:
                    if f"{role}_{name}" not in analysis:
                        analysis[f"{role}_{name}"] = values[name].to_numpy()
            analysis[entry.name] = similarity(
                mentor, mentee, entry.kind, ranges=possible_ranges(codebook_items, entry.of), typical=typical_answers(paired, entry),
            )
            if len(entry.of) > 1 and all(pd.api.types.is_numeric_dtype(mentor[name]) for name in entry.of):
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


def _shared_parts(
    mentor: pd.DataFrame, mentee: pd.DataFrame, kind: str, ranges: Mapping[str, float]
) -> Callable[[np.ndarray], np.ndarray]:
    """Match (all parts the same) and Gower (mean likeness of the parts known on both sides)."""
    parts = [_coded(mentor[name], mentee[name], ranges.get(str(name)), kind) for name in mentor.columns]

    def index(dealt: np.ndarray) -> np.ndarray:
        alike = np.column_stack([1 - np.minimum(np.abs(x - y[dealt]) / span, 1.0) for x, y, span in parts])
        known = np.isfinite(alike)
        if kind == "match":
            return np.where(known.all(axis=1), np.all(alike == 1, axis=1), np.nan)
        # A part that is missing on either side is left out of that pair's mean, as Gower does.
        total = np.where(known, alike, 0).sum(axis=1)
        return np.divide(total, known.sum(axis=1), out=np.full(len(alike), np.nan), where=known.any(axis=1))

    return index


def _coded(x: pd.Series, y: pd.Series, possible: float | None, kind: str) -> tuple[np.ndarray, np.ndarray, float]:
    """One part as two columns of numbers and the distance at which they are not alike at all (for groups: any)."""
    if kind == "gower" and pd.api.types.is_numeric_dtype(x) and pd.api.types.is_numeric_dtype(y):
        numbers = [side.to_numpy(dtype="float64", na_value=np.nan) for side in (x, y)]
        span = possible or float(np.nanmax(np.concatenate(numbers), initial=-np.inf) - np.nanmin(np.concatenate(numbers), initial=np.inf))
        # Everyone the same leaves nothing to tell apart: the part is not known, rather than perfectly alike.
        return numbers[0], numbers[1], span if span > 0 else np.nan
    if pd.api.types.is_numeric_dtype(x) != pd.api.types.is_numeric_dtype(y) and x.notna().any() and y.notna().any():
        raise StudyError(Problem("codebook", f"“{x.name}”", "one side has numbers and the other words, so nothing could ever match",
                                 "the same kind of answer on both sides", "give both roles the same kind and label set in the codebook"))
    codes, _ = pd.factorize(pd.concat([x, y]).astype("object"))
    both = np.where(codes < 0, np.nan, codes.astype(float))
    return both[: len(x)], both[len(x):], 0.5


def _distinctive_correlation(
    x: np.ndarray, y: np.ndarray, typical: tuple[np.ndarray, np.ndarray] | None
) -> Callable[[np.ndarray], np.ndarray]:
    means = typical or (_column_means(x), _column_means(y))
    x, y = (side - mean for side, mean in zip((x, y), means))
    x, y = (side - side.mean(axis=1, keepdims=True) for side in (x, y))
    lengths = [np.sqrt((side**2).sum(axis=1)) for side in (x, y)]
    # A profile that is flat once the typical answers are taken out has no shape to correlate.
    long_x, long_y = (np.where(length > 1e-6, length, np.nan) for length in lengths)
    return lambda dealt: (x * y[dealt]).sum(axis=1) / (long_x * long_y[dealt])


def _column_means(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.divide(np.where(known, values, 0).sum(axis=0), count, out=np.full(values.shape[1], np.nan), where=count > 0)
