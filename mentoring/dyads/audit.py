"""What cannot be used for what, counted: mentors with one mentee, scales one side left empty, pairs without an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mentoring.dyads.pairing import Paired
from mentoring.dyads.similarity import sides
from mentoring.settings import Scale, Similarity
from mentoring.tables import EXCLUSIONS, ROLES


def audit(
    paired: Paired,
    analysis: pd.DataFrame,
    codebook_items: pd.DataFrame,
    scales: Sequence[Scale],
    similarity: Sequence[Similarity],
) -> pd.DataFrame:
    """Rows of the table `exclusions` about relationships that are kept, but cannot serve every question.

    Parameters
    ----------
    paired, analysis
        What pairing gave, and the same with similarities.
    codebook_items : DataFrame
    scales, similarity : sequence
        Sections of the config.
    """
    rows = [*_single(analysis), *_empty_sides(analysis, codebook_items, scales)]
    rows += [row for entry in similarity if entry.kind != "perceived" for row in _without_index(paired, analysis, entry)]
    return EXCLUSIONS.frame([row for row in rows if row["people"] or row["dyads"]])


def _single(analysis: pd.DataFrame) -> list[Mapping[str, object]]:
    mentees = analysis.groupby("mentor")["mentee"].nunique()
    mentors = analysis.groupby("mentee")["mentor"].nunique()
    return [
        {
            "step": "pairing",
            "reason": "mentors with one mentee (kept; they say nothing of differences between one mentor's mentees)",
            "people": int((mentees == 1).sum()),
            "dyads": int((mentees == 1).sum()),
        },
        {
            "step": "pairing",
            "reason": "mentees with several mentors (kept)",
            "people": int((mentors > 1).sum()),
            "dyads": int(mentors[mentors > 1].sum()),
        },
    ]


def _empty_sides(analysis: pd.DataFrame, codebook_items: pd.DataFrame, scales: Sequence[Scale]) -> list[Mapping[str, object]]:
    """Scales that both sides were asked and only one answered."""
    rows: list[Mapping[str, object]] = []
    for scale in scales:
        asked = codebook_items[codebook_items["item"].isin(scale.items)].groupby("role")["item"].nunique()
        if not all(asked.get(role, 0) == len(scale.items) for role in ROLES):
            continue
        given = {
            role: analysis[f"{role}_{scale.name}"].notna() if f"{role}_{scale.name}" in analysis else pd.Series(False, index=analysis.index)
            for role in ROLES
        }
        for role, other in (ROLES, ROLES[::-1]):
            if given[role].any() and not given[other].any():
                reason = f"only {role}s answered it, though both were asked (questions about both sides have no rows)"
                rows.append(
                    {"step": f"scale {scale.name}", "reason": reason, "people": None, "dyads": analysis.loc[given[role], "dyad"].nunique()}
                )
    return rows


def _without_index(paired: Paired, analysis: pd.DataFrame, entry: Similarity) -> list[Mapping[str, object]]:
    """Relationships that have no value of an index at any wave, and why."""
    complete = pd.concat([side.notna().all(axis=1) for side in sides(paired, entry)], axis=1).all(axis=1).to_numpy()
    state = pd.DataFrame({"dyad": analysis["dyad"], "known": analysis[entry.name].notna(), "complete": complete}).groupby("dyad").any()
    lost = state[~state["known"]]
    flat = int(lost["complete"].sum())
    return [
        {
            "step": f"similarity {entry.name}",
            "reason": "no value: an answer it is made of is missing on a side",
            "people": None,
            "dyads": len(lost) - flat,
        },
        {
            "step": f"similarity {entry.name}",
            "reason": "no value: a profile is flat, so that it has no shape to compare",
            "people": None,
            "dyads": flat,
        },
    ]
