"""Actor and partner effects taken apart: among one mentor's relationships, over time in one, and between mentors.

A slope over all rows mixes these; they may differ in size and even in direction (Mundlak 1978; Bell, Fairbrother & Jones 2019).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.models.lmm import lmm_dyads
from mentoring.models.lmm.random_terms import refuse

EFFECTS = ("actor", "partner")
COLUMNS = ["role", "effect", "level", "estimate", "se", "df", "p", "ci_low", "ci_high", "note"]
OVER_TIME = "over time"
# Standing that moves by less than this share of its spread stands still.
STILL = 1e-9


def by_level(rows: pd.DataFrame, formula: str, roles: Sequence[str], group: str = "mentor") -> pd.DataFrame:
    """Each role's actor and partner effect at each level, and how the levels differ.

    With m the mean standing of a group's rows (of one role) and r that of a relationship's, standing is (x − r) + (r − m) + m: over time, within
    groups, between groups. A part that does not vary is left out. ``between less within`` is the coefficient of m beside x − r and r (the contextual
    effect), with degrees of freedom of its own.

    Parameters
    ----------
    rows : DataFrame
        `ActorPartner.rows`, with the column `group`.
    formula : str
        The role-specific model.
    roles : sequence of str
    group : str

    Returns
    -------
    DataFrame
        role, effect, level, estimate, se, df, p, ci_low, ci_high, note.

    Raises
    ------
    StudyError
        When there is no such column, or a row's group is not known.

    Notes
    -----
    R: the model of `mentoring.actor_partner` with ``own - ave(own, mentor)`` and ``ave(own, mentor)`` in place of ``own``, by role.
    """
    if group not in rows or rows[group].isna().any():
        raise refuse(f"“{group}” is not known for every row", "a column that names each row’s group", place="actor_partner")
    rows, apart, beside, shown = rows.copy(), formula, formula, []
    for role in roles:
        for effect in EFFECTS:
            parts, contextual = _split(rows, role, effect, group)
            shown.append((role, effect, parts, contextual))
            apart, beside = (
                re.sub(rf"\b{effect}_{role}\b", " + ".join(terms) or "0", text) for text, terms in ((apart, parts.values()), (beside, contextual))
            )
    fits = [lmm_dyads(text, rows, dyad="pair", role="role").fixed_effects.set_index("term") for text in (apart, beside)]
    out: list[dict[str, object]] = []
    for role, effect, parts, contextual in shown:
        for level, term in parts.items():
            out.append({"role": role, "effect": effect, "level": level, **_row(fits[0], term)})
        if len(contextual) > 1 and f"within {group}" in parts:
            out.append({"role": role, "effect": effect, "level": "between less within", **_row(fits[1], contextual[-1])})
    return pd.DataFrame(out, columns=COLUMNS)


def _split(rows: pd.DataFrame, role: str, effect: str, group: str) -> tuple[dict[str, str], list[str]]:
    """Put a standing's parts into the rows; the terms of each level, and those of the contextual model (the group's mean last)."""
    own = rows["role"] == role
    x = rows.loc[own, effect].astype("float64")
    usual = x.groupby(rows.loc[own, "dyad"]).transform("mean")
    mean = usual.groupby(rows.loc[own, group]).transform("mean")
    spread = float(np.ptp(x)) if len(x) else 0.0

    def put(name: str, part: pd.Series) -> str:
        column = f"{effect}_{name}_{role}"
        rows[column] = part.reindex(rows.index).fillna(0.0)
        return column if np.ptp(part) > STILL * max(spread, 1e-300) else ""

    levels = {f"within {group}": ("within", usual - mean), OVER_TIME: ("over_time", x - usual), f"between {group}s": ("between", mean)}
    parts = {level: term for level, (name, part) in levels.items() if (term := put(name, part))}
    contextual = [term for term in (parts.get(OVER_TIME, ""), put("usual", usual), parts.get(f"between {group}s", "")) if term]
    # Without a within part a relationship's mean is its group's, and only one of the two can stand.
    return parts, contextual if f"within {group}" in parts else list(parts.values())


def _row(table: pd.DataFrame, term: str) -> dict[str, object]:
    if term not in table.index:
        return {"note": "it says what other columns already say"}
    return {**table.loc[term, ["estimate", "se", "df", "p", "ci_low", "ci_high"]].to_dict(), "note": None}
