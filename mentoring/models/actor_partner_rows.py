"""The rows behind actor and partner effects: each person's own standing, the partner's, the outcome; each answer once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.models.answer_rows import about_the_person, asked_once
from mentoring.models.lmm.random_terms import refuse
from mentoring.models.structure import diagnose

GROUPS = ("program", "mentor", "mentee")
FEWEST_PAIRS = 3


@dataclass(frozen=True)
class PairedRows:
    """What an actor–partner model is fitted to.

    Attributes
    ----------
    frame : DataFrame
        Columns `pair` (dyad, or dyad and wave), `dyad`, `role`, `wave`, `outcome`, `own`, `other`; for each role `actor_<role>`, `partner_<role>`
        (and `before_<role>`), which are 0 in the other role's rows; `side` (±1), `only_<role>` (1 or 0); groups and covariates.
    roles : tuple of str
        In the order of the model.
    random : dict of str to tuple
        The roles that get a random effect in each group.
    fixed : tuple of str
        Groups too few for a random effect.
    dropped : int
        Rows left out because a value is missing.
    notes : tuple of str
    """

    frame: pd.DataFrame
    roles: tuple[str, ...]
    random: dict[str, tuple[str, ...]]
    fixed: tuple[str, ...]
    dropped: int
    notes: tuple[str, ...]


def paired_rows(
    data: pd.DataFrame, outcome: str, predictor: str, dyad: str, role: str, person: str | None, wave: str | None,
    groups: Sequence[str], lagged: bool, covariates: Sequence[str],
) -> PairedRows:  # fmt: skip
    """Bring both sides' standing into each row; parameters as of `actor_partner`.

    Raises
    ------
    StudyError
        When there are not two roles, or a dyad has two rows in one role (at one wave).
    """
    rows = pd.DataFrame({"dyad": data[dyad], "role": data[role].astype("str"), "wave": data[wave] if wave else 1})
    rows["person"] = data[person] if person else data[dyad].astype("str") + " " + rows["role"]
    rows = rows.assign(own=data[predictor].astype("float64"), outcome=data[outcome].astype("float64"))
    for name in dict.fromkeys([*groups, *covariates]):
        rows[name] = data[name]
    rows = rows.dropna(subset=["dyad", "wave"])[rows["role"].notna() & data[role].notna()]
    rows["role"] = [re.sub(r"\W+", "_", name) for name in rows["role"]]
    roles = tuple(sorted(rows["role"].unique()))
    _check(rows, roles, role)
    keys = ["dyad", "wave"]
    partner = rows[[*keys, "role", "own"]].assign(role=rows["role"].map(dict(zip(roles, roles[::-1])))).rename(columns={"own": "other"})
    rows = rows.merge(partner, on=[*keys, "role"], how="left", validate="one_to_one")
    if lagged:
        rows = _next_wave(rows)
    needed = ["outcome", "own", "other", *(["before"] if lagged else []), *covariates]
    complete = rows[rows[needed].notna().all(axis=1)]
    once, notes = _each_answer_once(complete, roles)
    pairs = int((once.groupby(["dyad", "wave"])["role"].nunique() == 2).sum())
    if pairs < FEWEST_PAIRS:
        raise refuse(
            f"only {pairs} dyads have both reports", f"{FEWEST_PAIRS} or more, with outcome and both sides’ standing", place="actor_partner"
        )
    random, fixed, told = groups_of(once, roles, groups)
    frame = _by_role(once.reset_index(drop=True), roles, lagged)
    return PairedRows(frame, roles, random, fixed, len(rows) - len(complete), tuple(dict.fromkeys([*notes, *told])))


def _check(rows: pd.DataFrame, roles: Sequence[str], role: str) -> None:
    if len(roles) != 2:
        raise refuse(f"“{role}” has {len(roles)} values", "two roles, such as mentor and mentee", place="actor_partner")
    twice = rows.duplicated(["dyad", "wave", "role"])
    if twice.any():
        first = rows.loc[twice].iloc[0]
        raise refuse(
            f"dyad “{first['dyad']}” has two rows in role “{first['role']}”", "one row per person and dyad (and wave)",
            "name the column with the wave", place="actor_partner",
        )  # fmt: skip


def _next_wave(rows: pd.DataFrame) -> pd.DataFrame:
    """Standing and outcome of one wave beside the outcome of the next; the study's last wave has none."""
    waves = sorted(rows["wave"].unique())
    after = dict(zip(waves[1:], waves))
    later = rows[rows["wave"].isin(after)].assign(wave=rows["wave"].map(after))[["dyad", "wave", "role", "outcome"]]
    now = rows[rows["wave"] != waves[-1]].rename(columns={"outcome": "before"})
    return now.merge(later, on=["dyad", "wave", "role"], how="left", validate="one_to_one")


def _each_answer_once(rows: pd.DataFrame, roles: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Keep an answer once where it repeats over waves or over a person's dyads.

    # ASSUME: an answer about oneself belongs to all of a person's relationships alike, so it is set beside the mean of their standings.
    """
    parts, notes = [], []
    for role in roles:
        own = rows[rows["role"] == role]
        if asked_once(own, "outcome"):
            kept = own.sort_values("wave", kind="stable").drop_duplicates("dyad").sort_index()
            notes.append(
                f"the {role}’s outcome was asked once, so one row per relationship is used ({len(own) - len(kept)} repeats left out)"
            )
            own = kept
        if about_oneself(own):
            means = own.groupby(["person", "wave"])[["own", "other"]].transform("mean")
            kept = own.assign(**{name: means[name] for name in means}).drop_duplicates(["person", "wave"])
            notes.append(
                f"the outcome is about the {role}, so it counts once per person, beside the mean standing in that person’s relationships "
                f"({len(own) - len(kept)} repeats left out)"
            )
            own = kept
        parts.append(own)
    return pd.concat(parts), notes


def about_oneself(rows: pd.DataFrame) -> bool:
    """Whether an outcome is the same in all relationships of a person (columns `person`, `wave`, `outcome`)."""
    return about_the_person(rows, "outcome", "person")


def groups_of(
    rows: pd.DataFrame, roles: Sequence[str], groups: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...], list[str]]:
    """Which roles get a random effect in which groups, the groups too few for one, and why, in words."""
    found = {role: diagnose(rows[rows["role"] == role], [*groups, "dyad"]) for role in roles}
    random = {group: tuple(role for role in roles if group in found[role].random) for group in [*groups, "dyad"]}
    fixed = [group for structure in found.values() for group in structure.fixed]
    every = {role: set(structure.notes) for role, structure in found.items()}
    shared = set.intersection(*every.values())
    notes = [note if note in shared else f"{role}s’ rows: {note}" for role, structure in found.items() for note in structure.notes]
    return {group: with_it for group, with_it in random.items() if with_it}, tuple(dict.fromkeys(fixed)), notes


def _by_role(rows: pd.DataFrame, roles: Sequence[str], lagged: bool) -> pd.DataFrame:
    several = rows["wave"].nunique() > 1
    rows["pair"] = rows["dyad"].astype("str") + (" at " + rows["wave"].astype("str") if several else "")
    rows["wave"] = "wave " + rows["wave"].astype("str")
    rows["side"] = np.where(rows["role"] == roles[0], -1.0, 1.0)
    rows = rows.rename(columns={"own": "actor", "other": "partner"})
    for role in roles:
        rows[f"only_{role}"] = (rows["role"] == role).astype(float)
        for effect in ("actor", "partner", *(["before"] if lagged else [])):
            rows[f"{effect}_{role}"] = rows[effect] * rows[f"only_{role}"]
    return rows
