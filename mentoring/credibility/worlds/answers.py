"""From what is true to what people tick: items on a 7-point scale, careless answers, and every way in which an answer can be missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.credibility.worlds.people import Cast
from mentoring.credibility.worlds.relationships import Relationships
from mentoring.credibility.worlds.truth import STAGES, World
from mentoring.credibility.worlds.wording import CONSTRUCTS, NOT_APPLICABLE, NOT_ASKED, NOT_SHOWN, REFUSED, Construct

# Where an underlying standard normal answer is cut into 7 points. ASSUME: shares of .01 .02 .05 .11 .23 .33 .25, i.e. mean 5.5, skewed
# towards agreement (published means are about 5.6, SD 1.0).
CUTS = np.array([-2.326348, -1.880794, -1.405072, -0.877896, -0.201893, 0.674490])
# ASSUME: how often answers go missing, from common experience with online surveys.
BLANK, REFUSED_SHARE, NOT_APPLICABLE_SHARE, BROKEN_OFF, PAGE_NOT_SHOWN = 0.015, 0.012, 0.04, 0.03, 0.04
VALUES_NOISE_SD = 0.55
SAME_STAGE = 0.80


@dataclass(frozen=True)
class Answers:
    """What the people of one role answered.

    Attributes
    ----------
    complete : DataFrame
        What everybody would have answered with care: `pair` (row of the pair list), `person`, `partner`, `wave` and one column per item.
    given : DataFrame
        The rows that were handed in, with careless answers and codes of missing answers in them (empty: left blank).
    careless : dict
        Person → `straight` or `random`.
    """

    complete: pd.DataFrame
    given: pd.DataFrame
    careless: dict[str, str]


def answer(world: World, people: Cast, truth: Relationships, role: str, rng: np.random.Generator) -> Answers:
    """Let one role answer."""
    complete = _complete(world, people, truth, role, rng)
    careless = _careless(world, complete["person"].unique(), rng)
    given = complete[_handed_in(world, complete, truth, role, rng)].reset_index(drop=True)
    given = _answer_carelessly(given, careless, rng)
    return Answers(complete, _lose(given, careless, role, rng), careless)


def items_of(role: str) -> list[tuple[Construct, int, str]]:
    """Every scale item a role is asked: construct, number from 0, name."""
    return [(construct, number, name) for construct in CONSTRUCTS if role in construct.roles
            for number, name in enumerate(construct.item_names)]


def _complete(world: World, people: Cast, truth: Relationships, role: str, rng: np.random.Generator) -> pd.DataFrame:
    pairs, waves = people.pairs, world.waves
    partner = "mentor" if role == "mentee" else "mentee"
    columns: dict[str, np.ndarray] = {
        "pair": np.repeat(np.arange(len(pairs)), waves),
        "person": np.repeat(pairs[role].to_numpy(), waves),
        "partner": np.repeat(pairs[partner].to_numpy(), waves),
        "wave": np.tile(np.arange(1, waves + 1), len(pairs)),
    }
    # One row per thing answered about: a relationship at a wave, or oneself at a wave (the same on all of one's rows).
    own = np.repeat(pairs[f"{role}_row"].to_numpy(), waves) * waves + columns["wave"] - 1
    for construct, number, name in items_of(role):
        unit = own if construct.about == "self" else np.arange(len(own))
        if construct.name == "values":
            columns[name] = _values(people, role, number, pairs[f"{role}_row"].to_numpy(), waves, rng)
        else:
            columns[name] = _ticked(truth.latent[role][construct.name].ravel(), construct, number, unit, rng)
    stay = truth.latent[role]["stay"].ravel()
    columns["stay"] = 1 + np.searchsorted(CUTS, 0.9 * stay + rng.normal(0, 0.45, len(stay)))
    stage = truth.stage.ravel() + 1
    elsewhere = np.clip(stage + rng.choice([-1, 1], len(stage)), 1, len(STAGES))
    columns["stage"] = np.where(rng.random(len(stage)) < SAME_STAGE, stage, elsewhere) if role == "mentor" else stage
    if role == "mentee":
        columns["matched"] = np.repeat(np.where(pairs["chosen"], 2, 1), waves)
    return pd.DataFrame(columns)


def _ticked(latent: np.ndarray, construct: Construct, number: int, unit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    loading = construct.loadings[number]
    error = rng.normal(0, (1 - loading**2) ** 0.5, int(unit.max()) + 1)[unit]
    underlying = np.round(loading * latent + error + construct.ease, 9)  # so that no machine's last digit decides a tick
    points = 1 + np.searchsorted(CUTS, underlying)
    return 8 - points if construct.reverse[number] else points


def _values(people: Cast, role: str, number: int, rows: np.ndarray, waves: int, rng: np.random.Generator) -> np.ndarray:
    persons = people.mentors if role == "mentor" else people.mentees
    true = persons[f"values_{number + 1}"].to_numpy()
    ticked = np.clip(np.rint(np.round(4 + true + rng.normal(0, VALUES_NOISE_SD, len(true)), 9)), 1, 7).astype(int)
    return np.repeat(ticked[rows], waves)


def _careless(world: World, persons: np.ndarray, rng: np.random.Generator) -> dict[str, str]:
    """Half of them give one answer throughout, half answer at random."""
    picked = _share_of(persons, world.careless, rng)
    return {person: "straight" if place < len(picked) / 2 else "random" for place, person in enumerate(picked)}


def _share_of(persons: np.ndarray, share: float, rng: np.random.Generator) -> list[str]:
    """As exact a share of the people as their number allows, at random."""
    return [str(person) for person in rng.permutation(persons)[: round(share * len(persons))]]


def _handed_in(world: World, rows: pd.DataFrame, truth: Relationships, role: str, rng: np.random.Generator) -> np.ndarray:
    """Rows that reach the export: not from those who never answer, nor from after the end, nor of a wave that was missed."""
    persons = rows["person"].unique()
    silent = _share_of(persons, world.mentor_silent if role == "mentor" else world.mentee_silent, rng)
    there = truth.mentee_stays if role == "mentee" else truth.lasts
    missed = rng.random(len(rows)) < (0.03 if role == "mentee" else 0.08)
    return there.ravel() & ~rows["person"].isin(silent).to_numpy() & ~missed


def _answer_carelessly(given: pd.DataFrame, careless: dict[str, str], rng: np.random.Generator) -> pd.DataFrame:
    likert = [name for name in given.columns if name[-1].isdigit() or name == "stay"]
    about_self = [name for construct in CONSTRUCTS if construct.about == "self" for name in construct.item_names if name in given]
    # About oneself one answers once per wave (about values once in all), however many partners one has.
    wave, person = given["wave"].to_numpy(), pd.factorize(given["person"])[0]
    once = {name: person if name.startswith("values") else person * 10 + wave for name in about_self}
    given = given.copy()
    for kind in ("straight", "random"):
        mine = given["person"].map(careless).eq(kind).to_numpy()
        same = rng.integers(4, 8, len(given))[person]
        for name in likert:
            drawn = rng.integers(1, 8, len(given) * 10 + 100)
            unit = once.get(name, np.arange(len(given)))
            given.loc[mine, name] = (same if kind == "straight" else drawn[unit])[mine]
    return given


def _lose(given: pd.DataFrame, careless: dict[str, str], role: str, rng: np.random.Generator) -> pd.DataFrame:
    """Put codes and blanks where there is no answer."""
    given = given.copy()
    n, items = len(given), items_of(role)
    given = given.astype({name: "Int64" for name in given.columns if name not in ("person", "partner")})
    careful = ~given["person"].isin(careless.keys()).to_numpy()
    broke_off = np.where(careful & (rng.random(n) < BROKEN_OFF), rng.integers(2, 6, n), 99)
    not_shown = rng.random(n) < PAGE_NOT_SHOWN
    first_row = ~given.duplicated(["person", "wave"]).to_numpy()
    for construct, _, name in items:
        draw, kind = rng.random(n), rng.random(n)
        if construct.about == "self":
            # Answered once per wave; the export repeats it on each of the person's rows.
            lost = _as_on_first(draw < BLANK, given, first_row)
            given.loc[lost, name] = pd.NA
            if construct.name == "values":
                given.loc[(given["wave"] > 1).to_numpy(), name] = NOT_ASKED if role == "mentor" else NOT_SHOWN
            continue
        given.loc[careful & (draw < BLANK), name] = pd.NA
        if construct.answers == "agree7_na":
            given.loc[careful & (kind < NOT_APPLICABLE_SHARE), name] = NOT_APPLICABLE
        if construct.name in ("costs", "status"):
            given.loc[careful & (kind < REFUSED_SHARE), name] = REFUSED
        given.loc[broke_off <= construct.page, name] = pd.NA
        if construct.page == 4 and role == "mentee":
            given.loc[not_shown, name] = NOT_SHOWN
    for name in ("stay", "stage", "matched"):
        if name in given:
            given.loc[rng.random(n) < BLANK, name] = pd.NA
    given["broke_off"] = broke_off < 99
    return given


def _as_on_first(flags: np.ndarray, given: pd.DataFrame, first_row: np.ndarray) -> np.ndarray:
    keys = list(zip(given["person"], given["wave"]))
    on_first = {key: bool(flag) for key, flag, first in zip(keys, flags, first_row) if first}
    return np.array([on_first[key] for key in keys], dtype=bool)
