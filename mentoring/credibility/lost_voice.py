"""Whose voice is lost: what one side's silence goes with, among relationships about which the other side answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.credibility.differences import Row, contrasts, corrected, difference, too_rare
from mentoring.errors import StudyError
from mentoring.models.lmm import lmm
from mentoring.models.lmm.confint import variance_intervals
from mentoring.models.results import intervals_affordable
from mentoring.models.structure import diagnose
from mentoring.tables import LOST_VOICE, ROLES

# More groups than this are described by how much they vary, or not at all.
MOST_GROUPS = 12


@dataclass(frozen=True)
class Voices:
    """What silence is described from: `sides_asked`, and the tables of those names."""

    asked: pd.DataFrame
    dyads: pd.DataFrame
    people: pd.DataFrame
    scores: pd.DataFrame


def lost_voice(voices: Voices) -> pd.DataFrame:
    """Table `lost_voice`.

    For each side, rows are the relationships and waves about which the *other* side answered, and the outcome is whether this side was
    silent. One thing is looked at at a time, waves held: the wave, form, programme and mentor, everyone's traits, and what either side
    answered at its first wave (own answers then only for later waves). Differences of shares come from a linear model with standard
    errors robust to clustering by mentor (`difference`); how much programmes and mentors vary, from a mixed model.

    Parameters
    ----------
    voices : Voices
    """
    rows = _sides(voices)
    for role, other in (ROLES, ROLES[::-1]):
        table, why = _silence(voices.asked, role, other)
        if why:
            rows.append({"role": role, "about": "side", "column": "side", "note": why})
            continue
        table = table.merge(voices.dyads[["dyad", *(name for name in ("program", "form") if name in voices.dyads)]], on="dyad", how="left")
        rows += corrected([{"role": role, **row} for row in _role_rows(table, voices, role, other)])
    return LOST_VOICE.frame(rows)


def _silence(asked: pd.DataFrame, role: str, other: str) -> tuple[pd.DataFrame, str]:
    """One row per relationship and wave about which the other side answered, and why nothing can be said about them."""
    spoke = asked[(asked["role"] == other) & asked["answered"]]
    own = asked[asked["role"] == role]
    if own.empty or asked[asked["role"] == other].empty:
        return own, f"only {role if len(own) else other}s answered" if len(asked) else "nobody answered"
    table = own.merge(spoke[["dyad", "wave"]], on=["dyad", "wave"]).assign(silent=lambda d: ~d["answered"])
    if table.empty:
        return table, "no wave was asked of both sides"
    if not table["silent"].any():
        return table, f"no {role} was silent where the {other} answered"
    if table["silent"].all():
        return table, f"every {role} was silent where the {other} answered"
    return table.reset_index(drop=True), ""


def _sides(voices: Voices) -> list[Row]:
    """Is one side silent more often than the other? Among relationships and waves of which both were asked and at least one answered."""
    asked = voices.asked
    both = asked.groupby(["dyad", "wave"])["answered"].transform("size") == 2
    heard = asked.groupby(["dyad", "wave"])["answered"].transform("any")
    rows = asked[both & heard]
    place: Row = {"role": "either", "about": "side", "column": "side", "level": "mentor"}
    if rows.empty:
        return [place | {"note": "no wave was asked of both sides"}]
    found = _compared(rows.assign(silent=~rows["answered"], x=(rows["role"] == "mentor").astype(float)), "mentor")
    return [place | found]


def _compared(rows: pd.DataFrame, level: str | None) -> Row:
    """One comparison of shares; rows without a known `x` are left out."""
    rows = rows[rows["x"].notna()]
    counts: Row = {
        "n": len(rows),
        "silent": int(rows["silent"].sum()),
        "mentors": rows["mentor"].nunique(),
        "mentees": rows["mentee"].nunique(),
    }
    if level is not None and len(rows):
        smaller = rows[rows["x"] == 1] if (rows["x"] == 1).sum() <= len(rows) / 2 else rows[rows["x"] == 0]
        counts |= {"mentors": smaller["mentor"].nunique(), "mentees": smaller["mentee"].nunique()}
    if rows.empty or rows["x"].nunique() < 2:
        return counts | {"note": "nothing differs here: it is the same in all rows"}
    if too_rare(rows["silent"], None if level is None else rows["x"]):
        return counts | {"note": "fewer than five were silent, or fewer than five were not, in one of the groups"}
    return counts | difference(rows.assign(silent=rows["silent"].astype(float)), "silent", "x")


def _role_rows(table: pd.DataFrame, voices: Voices, role: str, other: str) -> Iterator[Row]:
    yield from _waves(table)
    yield from _spread(table)
    if "form" in table:
        yield from _column(table, table["form"], "form", "form")
    for side in ROLES:
        own = voices.people[voices.people["role"] == side].drop_duplicates("person").set_index("person")
        for name in sorted(set(own.columns) - {"role"}):
            if own[name].notna().any():
                yield from _column(table, table[side].map(own[name]), f"{side}'s traits", f"{side}_{name}")
    for side, about in ((role, "own first answers"), (other, "partner's first answers")):
        asked = voices.asked[voices.asked["role"] == side]
        start = asked["wave"].min()
        # What a side said at its first wave cannot go with its own silence at that wave.
        rows = table[table["wave"] > start] if side == role else table
        if rows.empty:
            yield {"about": about, "column": f"{side}_answers", "note": "there is no later wave"}
            continue
        for name, values in first_answers(voices.scores, side, int(start)):
            keys = rows["dyad"].map(values) if values.index.name == "dyad" else rows[side].map(values)
            yield from _column(rows, keys, about, f"{side}_{name}")


def _waves(table: pd.DataFrame) -> Iterator[Row]:
    """Each later wave against the first."""
    waves = sorted(table["wave"].unique())
    if len(waves) < 2:
        yield {"about": "wave", "column": "wave", "note": "there is a single wave"}
    for wave in waves[1:]:
        rows = table[table["wave"].isin([waves[0], wave])]
        yield {"about": "wave", "column": "wave", "level": str(wave)} | _compared(
            rows.assign(x=(rows["wave"] == wave).astype(float)).drop(columns="wave"), str(wave)
        )


def _column(table: pd.DataFrame, values: pd.Series, about: str, column: str) -> Iterator[Row]:
    for level, numbers, note in contrasts(values, MOST_GROUPS):
        place: Row = {"about": about, "column": column, "level": level}
        yield place | ({"note": note} if note else _compared(table.assign(x=numbers), level))


def _spread(table: pd.DataFrame) -> Iterator[Row]:
    """How much programmes, and mentors within them, vary in their share of silence: standard deviations of a mixed model."""
    rows = table.assign(silent=table["silent"].astype(float), wave="wave " + table["wave"].astype(str))
    groups = [name for name in ("program", "mentor") if name in rows]
    structure = diagnose(rows, [*groups, "dyad"])
    fit, why = None, ""
    if too_rare(table["silent"]):
        why = "fewer than five were silent, or fewer than five were not"
    elif set(structure.random) & set(groups):
        fixed = " + ".join(["silent ~ 1", *(["wave"] if rows["wave"].nunique() > 1 else []), *structure.fixed])
        try:
            fit = lmm(f"{fixed} + {structure.terms}", rows)
        except StudyError as error:
            why = "; ".join(problem.found for problem in error.problems)
    ends = variance_intervals(fit) if fit is not None and intervals_affordable(fit) else None
    for name in groups:
        place: Row = {"about": "programme" if name == "program" else "mentor", "column": name, "n": len(rows), "silent": int(table["silent"].sum()),
                      "mentors": rows["mentor"].nunique(), "mentees": rows["mentee"].nunique()}  # fmt: skip
        if fit is None or name not in structure.random:
            yield place | {"note": why or "there are too few groups, or too few rows in each, to see how much they vary"}
            continue
        at = fit.variance_components["group"].tolist().index(name)
        found: Row = {"estimate": float(fit.variance_components["sd"].iloc[at])}
        if ends is not None and np.isfinite(ends[at]).all():
            found |= {"ci_low": float(np.sqrt(ends[at][0])), "ci_high": float(np.sqrt(ends[at][1]))}
        else:
            found["note"] = "no interval: the likelihood has no ends, or there are too many groups to look for them"
        yield place | found


def first_answers(scores: pd.DataFrame, role: str, wave: int) -> Iterator[tuple[str, pd.Series]]:
    """Each scale's scores of one side at one wave, by relationship (index `dyad`) or, for answers about oneself, by person."""
    own = scores[(scores["role"] == role) & (scores["wave"] == wave) & scores["score"].notna()]
    for name, part in own.groupby("scale", sort=True):
        key = "dyad" if part["dyad"].notna().any() else "person"
        part = part[part[key].notna()].drop_duplicates(key)
        yield str(name), part.set_index(key)["score"]
