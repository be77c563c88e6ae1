"""One row per relationship and wave, with what both sides said and who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mentoring.measure.missing import answered_about
from mentoring.settings import Scale
from mentoring.tables import ANALYSIS, ROLES

STAGE = "stage"


@dataclass(frozen=True)
class Paired:
    """What pairing gives.

    Attributes
    ----------
    analysis : DataFrame
        Table `analysis`, without similarities yet.
    items : DataFrame
        Columns `dyad, wave`, then `mentor_<item>` and `mentee_<item>` (keyed) for items that belong to a scale: similarity may be
        computed over them, but the analysis table does not carry them.
    audit : DataFrame
        Table `exclusions`: how many relationships have which sides at each wave.
    """

    analysis: pd.DataFrame
    items: pd.DataFrame
    audit: pd.DataFrame


def pair_dyads(
    dyads: pd.DataFrame, people: pd.DataFrame, keyed: pd.DataFrame, scores: pd.DataFrame, codebook_items: pd.DataFrame,
    scales: Sequence[Scale],
) -> Paired:
    """Bring the two sides of every relationship into one row per wave.

    A row exists for each relationship and wave in which either side gave at least one answer about it. People who only ever
    answer about themselves open the rows of all their relationships. Answers about oneself stand in the rows of all relationships
    the person has in that role.

    # ASSUME: what the whole study asked in one wave only is lasting, when it is a fact (a category or a number) or about oneself
    # (values, attitudes at the start): it stands in the rows of every wave. Ratings of the relationship stay in their wave.

    Parameters
    ----------
    dyads, people, scores, codebook_items : DataFrame
        The tables of those names.
    keyed : DataFrame
        Keyed responses, from `mentoring.measure.keyed_answers`.
    scales : sequence of Scale
        Section `scales` of the config.
    """
    in_scales = {item for scale in scales for item in scale.items}
    rows = _rows(dyads, keyed)
    scored = scores.rename(columns={"scale": "name", "score": "value"})[["dyad", "person", "role", "wave", "name", "value"]]
    single = _named(keyed[~keyed["item"].isin(in_scales)])
    inside = _named(keyed[keyed["item"].isin(in_scales)])
    facts = set(codebook_items.loc[codebook_items["kind"] != "likert", "item"])
    analysis = _beside(rows, pd.concat([scored, single], ignore_index=True), facts)
    for role in ROLES:
        analysis = analysis.merge(_facts(people, role), on=role, how="left", validate="many_to_one")
    analysis = _with_empty_columns(analysis, codebook_items, scales)
    analysis[STAGE] = _stage(analysis)
    extra = sorted(name for name in analysis.columns if name not in ANALYSIS.names and name not in ("start", "end"))
    analysis = ANALYSIS.frame(analysis[[*ANALYSIS.names, *extra]])
    items = _beside(rows, inside, facts).drop(columns=[c for c in rows.columns if c not in ("dyad", "wave")])
    return Paired(analysis, items, _audit(dyads, rows, keyed))


def _rows(dyads: pd.DataFrame, keyed: pd.DataFrame) -> pd.DataFrame:
    """Relationship and wave, wherever either side gave an answer."""
    seen = pd.concat([answered_about(dyads, keyed, role) for role in ROLES]).drop_duplicates().sort_values(["dyad", "wave"], ignore_index=True)
    return seen.merge(dyads, on="dyad", how="inner", validate="many_to_one")


def _named(keyed: pd.DataFrame) -> pd.DataFrame:
    """Answers under the item's name: the label where the item is a category, else the number."""
    value = keyed["value"].astype("object").where(keyed["label"].isna() | keyed["low"].notna(), keyed["label"])
    return keyed.assign(name=keyed["item"], value=value)[["dyad", "person", "role", "wave", "name", "value"]]


def _beside(rows: pd.DataFrame, values: pd.DataFrame, facts: set[str]) -> pd.DataFrame:
    """Hang values onto the rows, as `mentor_<name>` and `mentee_<name>`."""
    paired = rows
    for role in ROLES:
        of_role = values[(values["role"] == role) & values["value"].notna()]
        once = of_role.groupby("name")["wave"].transform("nunique") == 1
        about_self = of_role["dyad"].isna()
        lasting = once & (about_self | of_role["name"].isin(facts))
        for keys, which in ((["dyad"], lasting & ~about_self), (["dyad", "wave"], ~lasting & ~about_self),
                            ([role], lasting & about_self), ([role, "wave"], ~lasting & about_self)):
            part = of_role[which].drop(columns=[] if keys[0] == "dyad" else "dyad").rename(columns={"person": role})
            if len(part):
                paired = paired.merge(_wide(part, keys, role), on=keys, how="left", validate="many_to_one")
    return paired


def _wide(values: pd.DataFrame, keys: list[str], role: str) -> pd.DataFrame:
    wide = values.pivot(index=keys, columns="name", values="value")
    wide = wide.apply(_as_number_if_all_are).add_prefix(f"{role}_")
    wide.columns.name = None
    return wide.reset_index()


def _as_number_if_all_are(values: pd.Series) -> pd.Series:
    given = values.dropna()
    if given.map(lambda value: isinstance(value, str)).any():
        return values.astype("str")
    return values.astype("float64")


def _facts(people: pd.DataFrame, role: str) -> pd.DataFrame:
    own = people[people["role"] == role].drop(columns="role").dropna(axis=1, how="all")
    return own.rename(columns={name: f"{role}_{name}" for name in own.columns if name != "person"}).rename(columns={"person": role})


def _with_empty_columns(analysis: pd.DataFrame, codebook_items: pd.DataFrame, scales: Sequence[Scale]) -> pd.DataFrame:
    """What was asked and nobody answered stands as an empty column: a question about it then says that there are no answers."""
    in_scales = {item for scale in scales for item in scale.items}
    for role in ROLES:
        asked = codebook_items[codebook_items["role"] == role].set_index("item")["kind"]
        names = {scale.name: "likert" for scale in scales if asked.index.isin(scale.items).any()}
        names |= {str(item): kind for item, kind in asked.items() if item not in in_scales}
        empty = {name: kind for name, kind in names.items() if f"{role}_{name}" not in analysis}
        analysis = analysis.assign(**{
            f"{role}_{name}": pd.Series(None, index=analysis.index, dtype="str" if kind == "category" else "float64") for name, kind in empty.items()
        })
    return analysis


def _stage(analysis: pd.DataFrame) -> pd.Series:
    """The mentee's word for the stage, else the mentor's."""
    empty = pd.Series(None, index=analysis.index, dtype="str")
    mentee, mentor = (analysis.get(f"{role}_{STAGE}", empty) for role in ("mentee", "mentor"))
    return mentee.astype("str").where(mentee.notna(), mentor.astype("str"))


def _audit(dyads: pd.DataFrame, rows: pd.DataFrame, keyed: pd.DataFrame) -> pd.DataFrame:
    """Which sides answered, wave by wave: the numbers of the flow diagram."""
    answered = {role: answered_about(dyads, keyed, role) for role in ROLES}
    counted = []
    for wave in sorted(keyed["wave"].unique()):
        mentor, mentee = (set(answered[role].loc[answered[role]["wave"] == wave, "dyad"]) for role in ROLES)
        for reason, which in (("both sides answered", mentor & mentee), ("only the mentee answered", mentee - mentor),
                              ("only the mentor answered", mentor - mentee), ("neither side answered", set(dyads["dyad"]) - mentor - mentee)):
            counted.append({"step": f"pairing: wave {wave}", "reason": reason, "dyads": len(which)})
    counted.append({"step": "pairing", "reason": "relationships with at least one answer", "rows": len(rows),
                    "people": len(set(rows["mentor"]) | set(rows["mentee"])), "dyads": rows["dyad"].nunique()})
    return pd.DataFrame(counted)
