"""Mentees with several mentors: how many, how mixed, which functions they cover together, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd


def blau(groups: Iterable[object]) -> float:
    """Blau's index of diversity, ``1 - Σ p_g²``: the chance that two drawn (with replacement) are of different groups.

    NaN when nobody's group is known. 0 when all are of one group; 1 - 1/k when k groups are equally large.

    References
    ----------
    Blau (1977). R: ``1 - sum(prop.table(table(x))^2)``.

    Examples
    --------
    >>> blau(["art", "law"]), blau(["art", "art"]), round(blau(["art", "law", "law"]), 3)
    (0.5, 0.0, 0.444)
    """
    known = pd.Series(list(groups), dtype="object").dropna()
    return float(1 - (known.value_counts(normalize=True) ** 2).sum()) if len(known) else np.nan


def networks(dyads: pd.DataFrame, diversity: str = "", of_mentor: Mapping[str, object] | None = None) -> pd.DataFrame:
    """One row per mentee (the index): `number_of_mentors`, `further_mentors` (less one), `mentors` (a tuple), and `mentor_diversity` if asked.

    # ASSUME: a mentee's mentors are those on the list of pairs, all at the same time.

    Parameters
    ----------
    dyads : DataFrame
        `mentor`, `mentee`.
    diversity : str
        Name of the demographic ("" for none).
    of_mentor : mapping
        Each mentor's group.
    """
    mentors = dyads.drop_duplicates(["mentor", "mentee"]).sort_values("mentor").groupby("mentee")["mentor"].agg(tuple)
    out = pd.DataFrame({"mentors": mentors, "number_of_mentors": mentors.map(len).astype("int64")})
    out["further_mentors"] = (out["number_of_mentors"] - 1).astype("float64")
    if diversity:
        known = of_mentor or {}
        out["mentor_diversity"] = [blau(known.get(one) for one in own) for own in mentors]
    return out


def memberships(mentors: pd.Series) -> tuple[pd.DataFrame, str]:
    """Member and weight columns of a multiple-membership term, and the term itself.

    # ASSUME: hours are not known, so a mentee's mentors share the mentee equally (weights 1/k).

    Parameters
    ----------
    mentors : Series of tuple
        Each row's mentors.

    Returns
    -------
    DataFrame, str
        Columns `member_1` … and `share_1` …; ``"mm(member_1, member_2, weights = share_1 + share_2)"``, or ``"member_1"`` when nobody has two.
    """
    most = int(mentors.map(len).max())
    columns = {}
    for place in range(most):
        columns[f"member_{place + 1}"] = [own[place] if place < len(own) else None for own in mentors]
        columns[f"share_{place + 1}"] = [1 / len(own) if place < len(own) else 0.0 for own in mentors]
    if most == 1:
        return pd.DataFrame(columns, index=mentors.index), "member_1"
    names = [", ".join(f"member_{k + 1}" for k in range(most)), " + ".join(f"share_{k + 1}" for k in range(most))]
    return pd.DataFrame(columns, index=mentors.index), f"mm({names[0]}, weights = {names[1]})"


def functions_covered(rows: pd.DataFrame, columns: Mapping[str, str], covered: float) -> pd.DataFrame:
    """For each mentee: whether at least one mentor covers each function, and `functions_covered`, how many are.

    A relationship's score is its mean over waves. Mentees with no score on some function have no `functions_covered`.

    Parameters
    ----------
    rows : DataFrame
        `mentee`, `dyad` and the functions' columns.
    columns : mapping of function to column
    covered : float
        Score from which a function counts as covered.
    """
    scores = rows.groupby(["mentee", "dyad"])[list(columns.values())].mean().groupby("mentee").max()
    out = pd.DataFrame(
        {name: (scores[column] >= covered).astype("float64").where(scores[column].notna()) for name, column in columns.items()}
    )
    return out.assign(functions_covered=out.sum(axis=1, skipna=False))
