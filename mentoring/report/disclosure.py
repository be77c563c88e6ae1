"""What may be shown: no group of people smaller than the study's `privacy.smallest_cell`, and never a person's code.

The rule (methods, section 6: dyads are re-identifiable, since each member knows one of the two answers):

1. A *cell* is a group of people about whose answers or traits a figure or table says something. It is shown only when it holds
   at least `smallest_cell` distinct mentors **and** as many distinct mentees.
2. Where cells of one row add up to a shown total and exactly one was left out, subtraction would give it back; so the next
   smallest is left out too (complementary suppression).
3. Counts of what happened to files and rows (the flow diagram) tell nobody's answer. Those from one up to below `smallest_cell`
   are still written as “fewer than …”. Totals stay exact, because a model without its n could not be judged; what subtraction
   then gives is how many were left out, not who and not what they said.
4. No point stands for a person: distributions are smoothed curves and quantiles without extremes, relationships are means of bins.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mentoring.report.numbers import count, is_missing


def with_partners(rows: pd.DataFrame, dyads: pd.DataFrame) -> pd.DataFrame:
    """Rows of `responses` or `scores` with the columns `mentor` and `mentee`: who stands behind each.

    An answer about oneself belongs to no dyad; then only its own side is known, and the other side cannot be counted.
    """
    linked = rows.merge(dyads[["dyad", "mentor", "mentee"]], on="dyad", how="left") if len(dyads) else rows.assign(mentor=None, mentee=None)
    for role in ("mentor", "mentee"):
        own = (linked["role"] == role) & linked[role].isna()
        linked[role] = linked[role].astype("object").where(~own, linked["person"])
    return linked


def cell_sizes(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Distinct mentors and mentees in each group, as columns `mentors` and `mentees`.

    A side that is nowhere known in a group (people who answered about themselves only) does not count against it.
    """
    if not len(rows):
        return pd.DataFrame(columns=[*by, "mentors", "mentees"])
    grouped = rows.groupby(list(by), observed=True, dropna=False)
    sizes = grouped.agg(mentors=("mentor", "nunique"), mentees=("mentee", "nunique")).reset_index()
    return sizes


def enough(mentors: int, mentees: int, smallest: int) -> bool:
    """Whether a group of so many distinct mentors and mentees may be shown.

    Examples
    --------
    >>> enough(12, 40, 10), enough(9, 40, 10), enough(0, 40, 10)
    (True, False, True)
    """
    known = [size for size in (mentors, mentees) if size > 0]
    return bool(known) and min(known) >= smallest


def allowed(rows: pd.DataFrame, by: Sequence[str], smallest: int) -> set[tuple[object, ...]]:
    """The groups that may be shown, as tuples of the columns `by`."""
    sizes = cell_sizes(rows, by)
    return {
        tuple(row[name] for name in by) for row in sizes.to_dict("records") if enough(int(row["mentors"]), int(row["mentees"]), smallest)
    }


def complementary(sizes: pd.DataFrame, shown: pd.Series, row: Sequence[str], size: str) -> pd.Series:
    """Which cells may be shown once subtraction from the row's total is thought of.

    Parameters
    ----------
    sizes : DataFrame
        One row per cell.
    shown : Series of bool
        Whether each is large enough by itself.
    row : sequence of str
        Columns that name the row whose total is shown.
    size : str
        Column with the cell's size.
    """
    result = shown.copy()
    for index in sizes.groupby(list(row), observed=True, dropna=False).groups.values():
        hidden = [place for place in index if not result[place]]
        rest = [place for place in index if result[place]]
        if len(hidden) == 1 and rest:
            result[min(rest, key=lambda place: sizes.loc[place, size])] = False
    return result


def large_cells(rows: pd.DataFrame, smallest: int, adds_up: bool = False) -> tuple[set[object], int]:
    """Values of the column `cell` behind which enough people stand, and how many others there are.

    Parameters
    ----------
    rows : DataFrame
        With `cell`, `mentor` and `mentee`.
    smallest : int
    adds_up : bool
        What is shown of the cells adds up to something shown: where just one is too small, the next smallest is left out with it.
    """
    sizes = cell_sizes(rows, ["cell"]).assign(row="all")
    large = pd.Series([enough(int(m), int(e), smallest) for m, e in zip(sizes["mentors"], sizes["mentees"])], index=sizes.index, dtype=bool)
    if adds_up and len(large):
        large = complementary(sizes, large, ["row"], "mentees")
    return set(sizes.loc[large, "cell"]), int((~large).sum())


def handled(value: object, smallest: int) -> str:
    """A count of what happened to rows or people, small ones as “fewer than …”."""
    if is_missing(value):
        return "—"
    size = int(value)  # type: ignore[call-overload]
    return f"fewer than {smallest}" if 0 < size < smallest else count(size)


def binned(data: pd.DataFrame, x: str, y: str, smallest: int, most: int = 8) -> pd.DataFrame:
    """Means of `y` over bins of `x` in which at least `smallest` distinct mentors and mentees stand.

    Bins start as quantiles; one that is too small is joined with its smaller neighbour until all are large enough. One bin
    left means that nothing may be shown, and the result is empty.

    Returns
    -------
    DataFrame
        Columns `x`, `y` (means), `rows`, `mentors`, `mentees`; one row per bin, in order of x.
    """
    columns = ["x", "y", "rows", "mentors", "mentees"]
    known = data[[x, y, "mentor", "mentee"]].dropna(subset=[x, y]).copy()
    if known.empty:
        return pd.DataFrame(columns=columns)
    # Few values (a match is 0 or 1) are their own bins: quantiles would throw unequal ones together.
    ranks = known[x].rank(method="dense")
    known["bin"] = ranks if ranks.max() <= most else pd.qcut(ranks, most, labels=False, duplicates="drop")
    groups = [group for _, group in known.groupby("bin", sort=True)]

    def small(group: pd.DataFrame) -> bool:
        return not enough(group["mentor"].nunique(), group["mentee"].nunique(), smallest)

    while len(groups) > 1 and any(small(group) for group in groups):
        place = next(number for number, group in enumerate(groups) if small(group))
        beside = [near for near in (place - 1, place + 1) if 0 <= near < len(groups)]
        other = min(beside, key=lambda near: len(groups[near]))
        first, second = sorted((place, other))
        groups[first : second + 1] = [pd.concat(groups[first : second + 1])]
    if len(groups) < 2:
        return pd.DataFrame(columns=columns)
    return pd.DataFrame(
        [
            {
                "x": group[x].mean(),
                "y": group[y].mean(),
                "rows": len(group),
                "mentors": group["mentor"].nunique(),
                "mentees": group["mentee"].nunique(),
            }
            for group in groups
        ],
        columns=columns,
    )
