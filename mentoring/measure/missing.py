"""Who was asked, who answered and who fell silent: the two sides of every relationship over the waves, counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mentoring.tables import ATTRITION, MISSING_PATTERNS, ROLES

# One side of one relationship at one wave.
SIDE = ["dyad", "mentor", "mentee", "role", "wave", "answered"]
ONE_WAVE_EACH = "each relationship was heard of at one wave only: people change partners, and who left the study is not told here"
STATES = ("first", "stayed", "back", "later", "paused", "lost", "never")


def answered_about(dyads: pd.DataFrame, responses: pd.DataFrame, role: str) -> pd.DataFrame:
    """Relationships and waves that one side answered about: `dyad, wave`, each pair once.

    Whoever answers about relationships says by that which ones are alive; their answers about themselves open no others. Of whoever only
    ever answers about themselves, an answer counts for all their relationships.

    Parameters
    ----------
    dyads, responses : DataFrame
        The tables of those names.
    role : str
    """
    given = responses[responses["missing"].isna() & (responses["role"] == role)]
    about_dyad = given.loc[given["dyad"].notna(), ["person", "dyad", "wave"]]
    only_self = given.loc[given["dyad"].isna() & ~given["person"].isin(about_dyad["person"]), ["person", "wave"]].drop_duplicates()
    through = dyads[["dyad", role]].merge(only_self, left_on=role, right_on="person")
    return pd.concat([about_dyad[["dyad", "wave"]], through[["dyad", "wave"]]]).drop_duplicates()


def sides_asked(dyads: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """One row per relationship, side and wave that could have been answered about: `dyad, mentor, mentee, role, wave, answered`.

    A side was asked at a wave when anybody in that role answered then. A relationship with an end date counts until the last wave at
    which either side answered about it (the dates of the waves are not known). Where people change partners from wave to wave, as pupils
    change teachers, every relationship counts only from the first to the last wave at which it was heard of.

    # ASSUME: whoever is on the list of pairs was asked at every wave at which their role was asked, while the relationship lasted.

    Parameters
    ----------
    dyads, responses : DataFrame
        The tables of those names.
    """
    spoke = pd.concat([answered_about(dyads, responses, role).assign(role=role) for role in ROLES], ignore_index=True)
    spoke = spoke[spoke["dyad"].isin(dyads["dyad"])]
    if spoke.empty:
        return pd.DataFrame(columns=SIDE).astype({"answered": bool})
    heard = spoke.groupby("dyad")["wave"]
    first, last = heard.min(), heard.max()
    asked = dyads[["dyad", "mentor", "mentee", "end"]].merge(spoke[["role", "wave"]].drop_duplicates(), how="cross")
    alive = asked["end"].isna() | (asked["wave"] <= asked["dyad"].map(last).fillna(0))
    if any(_change_partners(spoke[spoke["role"] == role].merge(dyads[["dyad", role]]), role) for role in ROLES):
        alive = asked["wave"].between(asked["dyad"].map(first), asked["dyad"].map(last))
    found = asked[alive].merge(spoke.assign(answered=True), on=["dyad", "role", "wave"], how="left")
    found["answered"] = found["answered"].notna()
    return found[SIDE].sort_values(["dyad", "role", "wave"], ignore_index=True)


def _change_partners(spoke: pd.DataFrame, role: str) -> bool:
    """Whether people of this role have one partner at a time, and mostly another one at their next wave."""
    if spoke.empty or spoke.groupby([role, "wave"])["dyad"].nunique().max() > 1:
        return False
    of_person = spoke.groupby(role).agg(waves=("wave", "nunique"), partners=("dyad", "nunique"))
    returned = of_person[of_person["waves"] > 1]
    return len(returned) > 0 and bool((returned["partners"] > 1).mean() > 0.5)


def pattern_table(asked: pd.DataFrame) -> pd.DataFrame:
    """Table `missing_patterns`: which sides of how many relationships answered at which waves, the most frequent first.

    Parameters
    ----------
    asked : DataFrame
        From `sides_asked`.
    """
    if asked.empty:
        return MISSING_PATTERNS.frame([])
    waves = sorted(asked["wave"].unique())
    codes = asked.assign(code=asked["answered"].map({True: "yes", False: "no"})).pivot(
        index="dyad", columns=["role", "wave"], values="code"
    )
    people = asked.drop_duplicates("dyad").set_index("dyad")[["mentor", "mentee"]]
    told = pd.DataFrame(index=codes.index)
    for role in ROLES:
        known = codes[role].reindex(columns=waves) if role in set(asked["role"]) else None
        told[f"{role}_waves"] = None if known is None else [_pattern(row, waves) for row in known.itertuples(index=False, name=None)]
    told = told.join(people)
    rows = [
        {"mentor_waves": mentor, "mentee_waves": mentee, "relationships": len(part), "share": len(part) / len(told),
         "mentors": part["mentor"].nunique(), "mentees": part["mentee"].nunique()}
        for (mentor, mentee), part in told.groupby(["mentor_waves", "mentee_waves"], dropna=False, sort=True)
    ]  # fmt: skip
    table = MISSING_PATTERNS.frame(rows)
    order = table["relationships"].rank(method="first", ascending=False)
    return table.loc[order.sort_values().index].reset_index(drop=True)


def _pattern(codes: tuple[object, ...], waves: list[int]) -> str:
    """``1 – 3``: answered at waves 1 and 3, not at 2; a dot where the side was not asked, or the relationship had ended."""
    return " ".join(str(wave) if code == "yes" else "–" if code == "no" else "·" for code, wave in zip(codes, waves, strict=True))


def attrition_table(asked: pd.DataFrame) -> pd.DataFrame:
    """Table `attrition`: of one role's sides asked at each wave, how many answered, came back, paused or were lost.

    Every side asked is in exactly one of seven states: answered for the `first` time, answered as at the wave before (`stayed`) or came
    `back` after a silence; silent and to answer first `later`, silent between two answers (`paused`), silent from now on after earlier
    answers (`lost`), or silent throughout (`never`).

    Parameters
    ----------
    asked : DataFrame
        From `sides_asked`.
    """
    rows = []
    for role in (role for role in ROLES if role in set(asked["role"])):
        wide = asked[asked["role"] == role].pivot(index="dyad", columns="wave", values="answered")
        was_asked, spoke = wide.notna().to_numpy(), wide.eq(True).to_numpy()
        changing = len(wide.columns) > 1 and (was_asked.sum(axis=1) == 1).all()
        for wave, row in zip(wide.columns, _states(was_asked, spoke), strict=True):
            note = "who is silent at the last wave may still come back, but counts as lost" if wave == wide.columns[-1] else None
            if changing:
                note = ONE_WAVE_EACH
            if len(wide.columns) == 1:
                note = "a single wave: nobody can come back or be lost"
            rows.append({"role": role, "wave": wave, **row, "note": note})
    return ATTRITION.frame(rows)


def _states(was_asked: np.ndarray, spoke: np.ndarray) -> Iterator[dict[str, int]]:
    """For each wave (column), how many sides (rows) are in each state."""
    for place in range(spoke.shape[1]):
        now, before, after = spoke[:, place], spoke[:, :place].any(axis=1), spoke[:, place + 1 :].any(axis=1)
        just = spoke[:, place - 1] if place else np.zeros(len(spoke), dtype=bool)
        silent = was_asked[:, place] & ~now
        states = (now & ~before, now & just, now & before & ~just, silent & ~before & after, silent & before & after,
                  silent & before & ~after, silent & ~before & ~after)  # fmt: skip
        counts = {name: int(state.sum()) for name, state in zip(STATES, states, strict=True)}
        yield {"asked": int(was_asked[:, place].sum()), "answered": int(now.sum()), **counts}
