"""Two support functions in one model: scores stacked under each other, and who gets enough of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mentoring.models.answer_rows import each_answer_once
from mentoring.models.rates import Rate, clustered_rate

SUPPORT, CONTRAST = "support", "psychosocial_over_career"
HALVES = {"psychosocial": 0.5, "career": -0.5}
# Whatever makes one person give much of one function and little of the other must be in the model: without a mentor's and a
# relationship's own difference between functions, waves of one relationship would count as independent evidence.
GROUPINGS = ("program", "mentor", "mentor_by_function", "mentee", "dyad", "dyad_by_function", "sheet")


def stacked(rows: pd.DataFrame, columns: Mapping[str, str], reporter: str) -> tuple[pd.DataFrame, list[str], str]:
    """One row per answer sheet and function.

    Parameters
    ----------
    rows : DataFrame
        Relationships at waves, with dyad, mentor, mentee, wave and the two scores.
    columns : mapping
        ``{"psychosocial": column, "career": column}``.
    reporter : str
        Whose answers they are.

    Returns
    -------
    rows, notes, problem
        With `support` (the score), `psychosocial_over_career` (+½ and −½, so that its coefficient is the difference of the two functions and other
        coefficients are averages over both), `function`, `sheet` (relationship × wave), `mentor_by_function`, `dyad_by_function`.
    """
    parts, notes, problem = [], [], ""
    for function, column in columns.items():
        part = rows.assign(**{SUPPORT: rows[column].astype(float), "function": function, CONTRAST: HALVES[function]})
        part, said, why = each_answer_once(part[part[SUPPORT].notna()].reset_index(drop=True), SUPPORT, reporter)
        parts.append(part)
        notes += said
        problem = problem or why
    both = pd.concat(parts, ignore_index=True)
    both["sheet"] = both["dyad"] + " at wave " + both["wave"].astype(str)
    for group in ("mentor", "dyad"):
        both[f"{group}_by_function"] = both[group] + " " + both["function"]
    return both, list(dict.fromkeys(notes)), problem


def coverage(rows: pd.DataFrame, columns: Mapping[str, str], covered: float, by: str) -> list[tuple[str, str, Rate]]:
    """Shares of relationships in which a function is covered, with intervals by mentor.

    A relationship's score is its mean over its waves; it is covered from `covered` on. Also both functions, and neither, among relationships with
    both scores.

    Returns
    -------
    list of (what, group, Rate)
        `what`: a function, ``"both"`` or ``"neither"``.
    """
    means = rows.groupby("dyad").agg(
        mentor=("mentor", "first"), group=(by, "first"), **{name: (column, "mean") for name, column in columns.items()}
    )
    out = []
    for group in _present(means["group"]):
        own = means[means["group"] == group]
        for name in columns:
            known = own[own[name].notna()]
            out.append((name, group, clustered_rate(known[name] >= covered, known["mentor"])))
        known = own.dropna(subset=list(columns))
        enough = (known[list(columns)] >= covered).to_numpy()
        for what, hits in (("both", enough.all(axis=1)), ("neither", ~enough.any(axis=1))):
            out.append((what, group, clustered_rate(hits, known["mentor"])))
    return out


def _present(groups: pd.Series) -> Sequence[str]:
    found = set(groups.dropna())
    return [level for level in groups.cat.categories if level in found] if isinstance(groups.dtype, pd.CategoricalDtype) else sorted(found)


def middle(low: float, high: float) -> float:
    """The middle of a response range; NaN where it has no limits."""
    return float((low + high) / 2) if np.isfinite(low) and np.isfinite(high) else float("nan")
