"""Which scales may be compared in height between the two sides: from the table of invariance to a yes, or a why not."""

from __future__ import annotations

import pandas as pd

# Steps that let means be compared; each may hold for all items or, with single items let off, in part.
MEANS = ("scalar", "strict")


def held(steps: pd.DataFrame, name: str) -> str:
    """Whether a step of invariance holds: "yes", "in part" (single items let off), "no", or "" where it was not reached.

    Parameters
    ----------
    steps : DataFrame
        Rows of table `invariance` of one scale, compared between one kind of group in one place.
    name : str
        configural, metric, scalar or strict.
    """
    said = dict(zip(steps["step"], steps["holds"]))
    for step, word in ((name, "yes"), (f"partial {name}", "in part")):
        if pd.notna(said.get(step)) and said[step]:
            return word
    return "no" if name in said and pd.notna(said[name]) else ""


def incomparable(invariance: pd.DataFrame) -> dict[str, str]:
    """Scales whose means may not be compared between the sides, and why; a scale without any test is not among them.

    Parameters
    ----------
    invariance : DataFrame
        Table `invariance`. A scale that was compared at several waves must hold at each.
    """
    found = {}
    roles = invariance[invariance["between"] == "roles"]
    for (scale, _), steps in roles.groupby(["scale", "of"], sort=False):
        if not any(held(steps, name) in ("yes", "in part") for name in MEANS):
            untested = steps["holds"].isna().any()
            found[str(scale)] = "it could not be tested whether it means the same to both sides" if untested else "it does not mean the same to both sides"
    return found


def incomparable_groups(invariance: pd.DataFrame, scale: str, role: str, group: str) -> str:
    """Why means of a scale may not be compared between groups of people ("" where they may, or where it was not tested at all).

    Parameters
    ----------
    invariance : DataFrame
        Table `invariance`.
    scale, role, group : str
        The scale, who answered it, and the grouping.
    """
    rows = invariance[(invariance["between"] == "groups") & (invariance["scale"] == scale)]
    steps = rows[rows["of"].str.startswith(f"{group}, {role}s’")]
    if steps.empty or any(held(steps, name) in ("yes", "in part") for name in MEANS):
        return ""
    untested = steps["holds"].isna().any()
    return "it could not be tested whether it means the same to all groups" if untested else "it does not mean the same to all groups"
