"""Voice: whose answers are missing. Silence and endings by group, over every relationship on the list and not only over those that answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.kinds.kind import StudyData
from mentoring.models.kinds.quantity_rows import share
from mentoring.models.lmm import cr2, lmm
from mentoring.models.rates import clustered_rate
from mentoring.tables import ROLES

SILENCE, SILENCE_GAP, ENDED, ENDED_GAP = "share of answers not given", "gap in silence", "share of relationships ended", "gap in endings"
FEWEST_DF, FEWEST_COUNTS = 4, 5
Row = dict[str, Any]


def voice(group: str, levels: Sequence[str], data: StudyData) -> list[Row]:
    """How often each side stayed silent about relationships of each group, how often they ended, and the gaps, as rows of topic `voice`.

    Each relationship counts at each wave of the study. One that has ended counts until the last wave at which either side answered.

    # ASSUME: whoever is on the list of pairs was asked at every wave while the relationship lasted; an answer is any score or rating about it.
    """
    table, note = known_groups(group, data)
    table = table[table["group"].isin(levels)]
    rows: list[Row] = []
    for side in ROLES:
        silent = silence(side, data)
        if silent.empty:
            continue
        rows += _by_group(silent.merge(table[["dyad", "group"]], on="dyad"), levels, f"{SILENCE}, {side}s", SILENCE_GAP, f"{side}s: ", note)
    if data.dyads["end"].notna().any():
        ended = table.assign(silent=table["end"].notna())
        rows += _by_group(ended, levels, ENDED, ENDED_GAP, "", note)
    return rows


def known_groups(group: str, data: StudyData) -> tuple[pd.DataFrame, str]:
    """Table `dyads` with each relationship's group (also of those who never answered, where the list says it), and a remark."""
    role, _, name = group.partition("_")
    dyads = data.dyads
    if group in dyads:
        return dyads.assign(group=as_groups(dyads[group])), ""
    if role in ROLES and name in data.people and data.people.loc[data.people["role"] == role, name].notna().any():
        own = data.people[data.people["role"] == role].drop_duplicates("person").set_index("person")[name]
        return dyads.assign(group=as_groups(dyads[role].map(own))), ""
    first = data.analysis.dropna(subset=[group]).drop_duplicates("dyad").set_index("dyad")[group]
    return dyads.assign(
        group=as_groups(dyads["dyad"].map(first))
    ), "only relationships whose group was answered: whoever never answered is not in it"


def as_groups(values: pd.Series) -> pd.Series:
    """Values as the names of groups: whole numbers without their “.0”; missing stays missing."""
    return values.astype("object").map(lambda value: None if pd.isna(value) else str(value).removesuffix(".0"))


def group_side(group: str) -> str:
    """Whose trait a group is: ``"mentor"``, ``"mentee"``, or "" for the relationship's."""
    role = group.partition("_")[0]
    return role if role in ROLES else ""


def silence(side: str, data: StudyData) -> pd.DataFrame:
    """One row per relationship and wave it should have been answered about: dyad, mentor, wave, `silent`. Empty where the side was asked nothing."""
    about = data.codebook_items[
        (data.codebook_items["about"] == "dyad") & (data.codebook_items["role"] == side) & (data.codebook_items["kind"] == "likert")
    ]
    items = set(about["item"])
    names = [*items, *(scale.name for scale in data.scales if set(scale.items) & items)]
    columns = [f"{side}_{name}" for name in names if f"{side}_{name}" in data.analysis]
    if not columns or data.analysis.empty:
        return pd.DataFrame(columns=["dyad", "mentor", "wave", "silent"])
    spoke = data.analysis.loc[data.analysis[columns].notna().any(axis=1), ["dyad", "wave"]].assign(silent=False)
    last = data.analysis.groupby("dyad")["wave"].max()
    waves = pd.DataFrame({"wave": sorted(data.analysis["wave"].dropna().unique())})
    expected = data.dyads[["dyad", "mentor", "end"]].merge(waves, how="cross")
    alive = expected["end"].isna() | (expected["wave"] <= expected["dyad"].map(last).fillna(0))
    merged = expected[alive].merge(spoke, on=["dyad", "wave"], how="left")
    return merged.assign(silent=merged["silent"].isna())[["dyad", "mentor", "wave", "silent"]]


def _by_group(rows: pd.DataFrame, levels: Sequence[str], quantity: str, gap: str, prefix: str, note: str) -> list[Row]:
    out: list[Row] = []
    for level in levels:
        own = rows[rows["group"] == level]
        rate = clustered_rate(own["silent"], own["mentor"])
        out.append(share("voice", quantity, rate, level, [note]))
    data = pd.DataFrame(
        {"silent": rows["silent"].astype(float), "mentor": rows["mentor"], "group": pd.Categorical(rows["group"], categories=list(levels))}
    )
    table, why = _differences(data)
    for level in levels[1:]:
        name = f"{prefix}{level} − {levels[0]}"
        if f"group[T.{level}]" not in table.index:
            out.append({"topic": "voice", "quantity": gap, "of": name, "note": f"not estimated: {why or 'nobody in one of the groups'}"})
            continue
        row = table.loc[f"group[T.{level}]"]
        # Where nearly all or nearly none of a group say yes, its own part of the standard error is far too small.
        counts = [
            [int(own.sum()), int((~own).sum())]
            for own in (rows.loc[rows["group"] == one, "silent"].astype(bool) for one in (level, levels[0]))
        ]
        usable = row["df"] >= FEWEST_DF and min(map(min, counts)) >= FEWEST_COUNTS
        out.append(
            {
                "topic": "voice",
                "quantity": gap,
                "of": name,
                "n": len(rows),
                "estimate": row["estimate"],
                **({name: row[name] for name in ("se", "df", "p", "ci_low", "ci_high")} if usable else {}),
                "method": "CR2, clustered by mentor",
                "note": note or None
                if usable
                else f"no interval: fewer than {FEWEST_DF} degrees of freedom, or fewer than {FEWEST_COUNTS} on either side in a group",
            }
        )
    return out


def _differences(data: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Differences of shares with CR2 standard errors."""
    if data["silent"].nunique() < 2:
        return pd.DataFrame(), "it is the same for all"
    if data["mentor"].nunique() < 2:
        return pd.DataFrame(), "there is one mentor only"
    try:
        return cr2(lmm("silent ~ group", data), "mentor").set_index("term").replace([np.inf], np.nan), ""
    except StudyError as error:
        return pd.DataFrame(), "; ".join(problem.found for problem in error.problems)
