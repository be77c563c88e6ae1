"""Who left, against who stayed: what the two had said and who they are at the first wave."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mentoring.credibility.differences import NUMBERS, Row, contrasts, corrected, difference, too_rare
from mentoring.credibility.lost_voice import MOST_GROUPS, Voices, first_answers
from mentoring.tables import ATTRITION_DIFFERENCES, ROLES

# Fewer than this on either side say nothing about who leaves.
FEWEST_LEAVERS = 5


def attrition_differences(voices: Voices) -> pd.DataFrame:
    """Table `attrition_differences`: standardised differences at the first wave between sides that left and sides that stayed.

    Left: answered at the role's first wave, not at its last, although the relationship had not ended by then. Stayed: answered at both.
    A difference is divided by the standard deviation within the two; standard errors are robust to clustering by mentor (CR2), the standard
    deviation being taken as known.

    # ASSUME: who did not answer at the last wave has left; silences between do not count.

    Parameters
    ----------
    voices : Voices
    """
    rows: list[Row] = []
    for role in (role for role in ROLES if role in set(voices.asked["role"])):
        own = voices.asked[voices.asked["role"] == role]
        first, last = int(own["wave"].min()), int(own["wave"].max())
        start = own[(own["wave"] == first) & own["answered"]]
        end = own[own["wave"] == last].set_index("dyad")["answered"]
        # A relationship that had ended by the last wave is in neither group.
        sides = start.assign(left=start["dyad"].map(end)).dropna(subset="left")[["dyad", "mentor", "mentee", "left"]]
        sides["left"] = 1.0 - sides["left"].astype(float)
        why = _problem(sides, first == last)
        if why:
            rows.append({"role": role, "column": f"{role}_all", "note": why})
            continue
        rows += corrected([{"role": role, **row} for row in _compared(sides, voices, role, first)])
    return ATTRITION_DIFFERENCES.frame(rows)


def _problem(sides: pd.DataFrame, single: bool) -> str:
    if single:
        return "there is a single wave"
    left = int(sides["left"].sum())
    if not left:
        return "nobody left"
    if min(left, len(sides) - left) < FEWEST_LEAVERS:
        return f"fewer than {FEWEST_LEAVERS} left, or fewer than {FEWEST_LEAVERS} stayed"
    return ""


def _compared(sides: pd.DataFrame, voices: Voices, role: str, first: int) -> Iterator[Row]:
    columns = [
        (f"{role}_{name}", sides["dyad"].map(values) if values.index.name == "dyad" else sides[role].map(values))
        for name, values in first_answers(voices.scores, role, first)
    ]
    people = voices.people[voices.people["role"] == role].drop_duplicates("person").set_index("person")
    columns += [
        (f"{role}_{name}", sides[role].map(people[name])) for name in sorted(set(people.columns) - {"role"}) if people[name].notna().any()
    ]
    for column, values in columns:
        for level, numbers, note in contrasts(values, MOST_GROUPS):
            place: Row = {"column": column, "level": level}
            yield place | (
                {"note": note} if note else _standardised(sides, values.astype(float) if level is None else numbers, level is not None)
            )


def _standardised(sides: pd.DataFrame, values: pd.Series, group: bool) -> Row:
    """Left minus stayed over the standard deviation within the two (divisor n − 2)."""
    rows = sides.assign(value=values)[values.notna()]
    left, stayed = rows[rows["left"] == 1], rows[rows["left"] == 0]
    smaller = left if len(left) <= len(stayed) else stayed
    counts: Row = {"stayed": len(stayed), "left": len(left), "mentors": smaller["mentor"].nunique(), "mentees": smaller["mentee"].nunique()}
    if min(len(left), len(stayed)) < FEWEST_LEAVERS:
        return counts | {"note": f"known of fewer than {FEWEST_LEAVERS} who left or who stayed"}
    within = rows["value"] - rows.groupby("left")["value"].transform("mean")
    sd = float(np.sqrt((within**2).sum() / (len(rows) - 2)))
    means: Row = {"mean_stayed": float(stayed["value"].mean()), "mean_left": float(left["value"].mean())}
    if not sd > 1e-12:
        return counts | means | {"note": "everyone who left, and everyone who stayed, is alike in this"}
    if group and too_rare(rows["value"], rows["left"]):
        return counts | means | {"note": "fewer than five of those who left, or of those who stayed, are (or are not) in this group"}
    found = difference(rows.assign(value=rows["value"] / sd), "value", "left")
    return counts | means | {name: found[name] for name in ("estimate", *NUMBERS, "note") if name in found}
