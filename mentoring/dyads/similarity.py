"""How alike a mentor and a mentee are: every index by its formula, from both sides' values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mentoring.dyads.pairing import Paired
from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.settings import Similarity

# For these a high value means *unlike*; words and verdicts turn them round, tables do not.
DISTANCES = (
    "absolute_difference", "squared_difference", "squared_distance", "elevation_distance", "scatter_distance", "shape_distance", "mahalanobis",
)
# How a part of `asymmetric` says no.
NOES = ("no", "false", "0", "0.0")
KINDS = ("match", *DISTANCES, "profile_correlation", "double_entry_icc", "gower")
# Below this share of its largest, an eigenvalue of a covariance is zero: the answers say the same thing twice.
_SINGULAR = 1e-10


def similarity(
    mentor: pd.DataFrame | pd.Series | np.ndarray, mentee: pd.DataFrame | pd.Series | np.ndarray, kind: str, *, ranges: Mapping[str, float] | None = None,
    typical: tuple[np.ndarray, np.ndarray] | None = None, within: np.ndarray | None = None, weights: Mapping[str, float] | None = None,
    asymmetric: Collection[str] = (),
) -> np.ndarray:
    """One similarity index for each pair of rows.

    ============================ ==================================================================================
    ``match``                    1 if all values are the same, else 0
    ``absolute_difference``      ``|x - y|``
    ``squared_difference``       ``(x - y)**2``
    ``squared_distance``         ``sum_k (x_k - y_k)**2``, the sum of the next three:
    ``elevation_distance``       ``k (mean(x) - mean(y))**2``
    ``scatter_distance``         ``(S_x - S_y)**2``, S the root of a profile's sum of squares around its own mean
    ``shape_distance``           ``2 S_x S_y (1 - r)``, r the correlation of the two profiles
    ``mahalanobis``              ``(x - y)' W^-1 (x - y)``, W the covariance of the answers, pooled within role
    ``profile_correlation``      correlation over k of ``x_k - mean_k(mentors)`` and ``y_k - mean_k(mentees)``: the *distinctive*
                                 profile. The raw profile correlation of strangers is far above 0 (people agree on what is usual).
    ``double_entry_icc``         correlation of (x, y) with (y, x): 1 only where elevation, scatter and shape are the same
    ``gower``                    mean over k of ``1 - |x_k - y_k| / range_k`` for numbers, of a match for groups; with weights
                                 ``sum_k w_k s_k / sum_k w_k`` over the parts that count
    ============================ ==================================================================================

    Parameters
    ----------
    mentor, mentee : DataFrame or array, shape (relationships, k), or Series, shape (relationships,)
        Values of the two sides, row by row and with the same columns (of arrays and Series: in the same order).
    kind : str
        As above.
    ranges : mapping of str to float, optional
        Possible range of each number for ``gower``; the observed range when not given.
    typical : pair of arrays of shape (k,), optional
        The mentors' and the mentees' mean answers for ``profile_correlation``; taken from the rows when not given.
    within : ndarray of shape (k, k), optional
        Covariance of the answers within role for ``mahalanobis``; taken from the rows when not given.
    weights : mapping of str to float, optional
        How much each part counts in ``gower``; one where not given.
    asymmetric : collection of str
        Yes/no parts of ``gower`` of which only a yes says something: where both sides say no (0, false), the part does not count for that pair.

    Returns
    -------
    ndarray of float, shape (relationships,)
        NaN where a value is missing, where a profile is flat (it has no shape to correlate), or where answers say the same thing twice
        (``mahalanobis``).

    References
    ----------
    Cronbach & Gleser (1953); Furr (2008); Gower (1971); McCrae (2008). R: ``cor(x - colMeans(X), y - colMeans(Y))``;
    ``1 - mean(abs(x - y) / range)``; ``cor(c(x, y), c(y, x))``; ``mahalanobis(x - y, 0, W)``.
    """
    one, other = (side if isinstance(side, pd.DataFrame) else pd.DataFrame(np.asarray(side)) for side in (mentor, mentee))
    return dealt_similarity(one, other, kind, ranges=ranges, typical=typical, within=within, weights=weights, asymmetric=asymmetric)(
        np.arange(len(other))
    )


def dealt_similarity(
    mentor: pd.DataFrame, mentee: pd.DataFrame, kind: str, *, ranges: Mapping[str, float] | None = None,
    typical: tuple[np.ndarray, np.ndarray] | None = None, within: np.ndarray | None = None, weights: Mapping[str, float] | None = None,
    asymmetric: Collection[str] = (),
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
    names = list(mentor.columns)
    if not names or len(set(names)) < len(names):
        raise StudyError(Problem("", "similarity", "the same column stands there twice" if names else "there is no column", "one column or more, each with a name of its own"))
    for side in (mentor, mentee):
        infinite = [str(name) for name in names if pd.api.types.is_numeric_dtype(side[name]) and np.isinf(side[name].to_numpy(dtype="float64", na_value=np.nan)).any()]
        if infinite:
            raise StudyError(Problem("", "similarity", f"{', '.join(infinite)} holds infinite values", "finite numbers, or nothing where there is no answer"))
    if kind in ("match", "gower"):
        return _shared_parts(mentor, mentee, kind, ranges or {}, weights or {}, asymmetric)
    return similarity_of_numbers(_numbers(mentor, kind), _numbers(mentee, kind), kind, typical=typical, within=within)


def similarity_of_numbers(
    x: np.ndarray, y: np.ndarray, kind: str, *, typical: tuple[np.ndarray, np.ndarray] | None = None, within: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """`dealt_similarity` of the mentors' (x) and the mentees' (y) values, for every kind over numbers (not `match`, `gower`)."""
    if kind == "profile_correlation":
        return _distinctive_correlation(x, y, typical)
    if kind in ("elevation_distance", "scatter_distance", "shape_distance", "double_entry_icc"):
        return _profile_parts(x, y, kind)
    if kind == "mahalanobis":
        return _mahalanobis(x, y, within if within is not None else _pooled([x, y]))
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
                mentor, mentee, entry.kind, **standards(paired, entry, codebook_items),
            )
            if len(entry.of) > 1 and all(pd.api.types.is_numeric_dtype(mentor[name]) for name in entry.of):
                for role, values in (("mentor", mentor), ("mentee", mentee)):
                    analysis[f"{role}_{entry.name}_level"] = values.astype("float64").mean(axis=1, skipna=False).to_numpy()
    return analysis


def standards(paired: Paired, entry: Similarity, codebook_items: pd.DataFrame) -> dict[str, Any]:
    """What an index is measured against, from all people once: possible ranges, each role's mean answers, covariance within role.

    A mentor with five mentees counts once per wave, not five times.
    """
    found: dict[str, Any] = {"ranges": possible_ranges(codebook_items, entry.of)}
    if entry.kind == "gower":
        found |= {"weights": dict(zip(entry.of, entry.weights)), "asymmetric": entry.asymmetric}
    if entry.kind in ("profile_correlation", "mahalanobis"):
        once = []
        for role, values in zip(("mentor", "mentee"), sides(paired, entry)):
            people = values.assign(_person=paired.analysis[role].to_numpy(), _wave=paired.analysis["wave"].to_numpy()).drop_duplicates()
            once.append(_numbers(people[entry.of], entry.kind))
        if entry.kind == "mahalanobis":
            found["within"] = _pooled(once)
        else:
            found["typical"] = (_column_means(once[0]), _column_means(once[1]))
    return found


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
    mentor: pd.DataFrame, mentee: pd.DataFrame, kind: str, ranges: Mapping[str, float], weights: Mapping[str, float], asymmetric: Collection[str]
) -> Callable[[np.ndarray], np.ndarray]:
    """Match (all parts the same) and Gower (weighted mean likeness of the parts that count: known on both sides, and not a shared no)."""
    parts = [_coded(mentor[name], mentee[name], ranges.get(str(name)), kind) for name in mentor.columns]
    counts = np.array([float(weights.get(str(name), 1.0)) for name in mentor.columns])
    noes = [(_is_no(mentor[name]), _is_no(mentee[name])) if str(name) in asymmetric else None for name in mentor.columns]

    def index(dealt: np.ndarray) -> np.ndarray:
        alike = np.column_stack([1 - np.minimum(np.abs(x - y[dealt]) / span, 1.0) for x, y, span in parts])
        known = np.isfinite(alike)
        if kind == "match":
            return np.where(known.all(axis=1), np.all(alike == 1, axis=1), np.nan)
        # A part that is missing on either side is left out of that pair's mean, as Gower does; so is one that both do not have.
        counted = known & ~np.column_stack([no[0] & no[1][dealt] if no else np.zeros(len(alike), dtype=bool) for no in noes])
        shares = counted * counts
        total = (np.where(counted, alike, 0) * shares).sum(axis=1)
        return np.divide(total, shares.sum(axis=1), out=np.full(len(alike), np.nan), where=shares.sum(axis=1) > 0)

    return index


def _is_no(side: pd.Series) -> np.ndarray:
    """Where a yes/no part is a no."""
    values = side.dropna()
    noes = {value for value in values.unique() if str(value).lower() in NOES}
    if len(set(values.unique()) - noes) > 1:
        raise StudyError(Problem("config.yaml", f"`asymmetric`: “{side.name}”", "it has more than a no and one other answer", "a yes/no part, no being 0, false or no"))
    return side.isin(noes).to_numpy(dtype=bool)


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


def _profile_parts(x: np.ndarray, y: np.ndarray, kind: str) -> Callable[[np.ndarray], np.ndarray]:
    """The parts of a squared distance between profiles (Cronbach & Gleser 1953), and the double-entry correlation of both."""
    k = x.shape[1]
    mean_x, mean_y = x.mean(axis=1), y.mean(axis=1)
    away_x, away_y = x - mean_x[:, None], y - mean_y[:, None]
    square_x, square_y = (away_x**2).sum(axis=1), (away_y**2).sum(axis=1)

    def index(dealt: np.ndarray) -> np.ndarray:
        elevation = k * (mean_x - mean_y[dealt]) ** 2
        product = (away_x * away_y[dealt]).sum(axis=1)
        if kind == "elevation_distance":
            return elevation
        if kind == "scatter_distance":
            return (np.sqrt(square_x) - np.sqrt(square_y[dealt])) ** 2
        if kind == "shape_distance":
            return 2 * (np.sqrt(square_x * square_y[dealt]) - product)
        # Both profiles entered twice have one mean and one variance, in which their difference in elevation counts.
        spread = square_x + square_y[dealt] + elevation / 2
        return (2 * product - elevation / 2) / np.where(spread > 1e-12, spread, np.nan)

    return index


def _mahalanobis(x: np.ndarray, y: np.ndarray, within: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    values, vectors = np.linalg.eigh(within) if np.isfinite(within).all() else (np.zeros(1), np.zeros((1, 1)))
    if values[0] <= _SINGULAR * max(values[-1], 0.0):
        return lambda dealt: np.full(len(x), np.nan)
    white_x, white_y = (side @ vectors / np.sqrt(values) for side in (x, y))
    return lambda dealt: ((white_x - white_y[dealt]) ** 2).sum(axis=1)


def _pooled(sides: Sequence[np.ndarray]) -> np.ndarray:
    """Covariance within role, over people who gave every answer."""
    complete = [side[np.isfinite(side).all(axis=1)] for side in sides]
    away = np.vstack([side - side.mean(axis=0) for side in complete if len(side)]) if any(len(side) for side in complete) else np.zeros((0, sides[0].shape[1]))
    freedom = len(away) - sum(len(side) > 0 for side in complete)
    return away.T @ away / freedom if freedom > 0 else np.full((away.shape[1],) * 2, np.nan)


def _column_means(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.divide(np.where(known, values, 0).sum(axis=0), count, out=np.full(values.shape[1], np.nan), where=count > 0)
