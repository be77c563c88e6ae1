"""Who is in a simulated study: programmes, mentors, mentees, their groups and values, and who is paired with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.credibility.worlds.truth import World

GENDERS, GENDER_SHARES = ("woman", "man", "nonbinary"), (0.54, 0.43, 0.03)
RACES, RACE_SHARES = ("asian", "black", "latine", "white", "another"), (0.14, 0.17, 0.19, 0.44, 0.06)
FIELDS, FIELD_SHARES = ("biology", "chemistry", "computing", "education", "engineering"), (0.26, 0.16, 0.22, 0.14, 0.22)
VALUE_ITEMS = 4
# ASSUME: each value statement lies half a point around the person's mean over the four, besides how high that mean is (judgement).
VALUE_SHAPE_SD = 0.5
MOST_MENTEES = 7
# ASSUME: one mentee in twelve has a second mentor (judgement).
SECOND_MENTOR = 1 / 12


@dataclass(frozen=True)
class Cast:
    """The people and pairs of a study.

    Attributes
    ----------
    mentors, mentees : DataFrame
        One row per person in that role: `person`, `program`, demographics, `values` (true mean, centred at the midpoint) and
        `values_1` … (true, per statement).
    pairs : DataFrame
        One row per relationship: positions `mentor_row`, `mentee_row`, ids `mentor`, `mentee`, `program`, `form`, `chosen`, `load`.
    """

    mentors: pd.DataFrame
    mentees: pd.DataFrame
    pairs: pd.DataFrame


def cast(world: World, rng: np.random.Generator) -> Cast:
    """Draw the people of a world and pair them."""
    programs = max(1, round(world.mentors / world.mentors_per_program))
    n_mentees = max(world.mentors, round(world.mentors * world.mentees_per_mentor))
    mentors = _people(world, rng, world.mentors, programs, "mentor")
    mentees = _people(world, rng, n_mentees, programs, "mentee")
    mentors = _peers(mentors, mentees, world, rng)
    return Cast(mentors, mentees, _pair(world, rng, mentors, mentees))


def _people(world: World, rng: np.random.Generator, count: int, programs: int, role: str) -> pd.DataFrame:
    letter = "M" if role == "mentor" else "E"
    age = rng.normal(46, 10, count) if role == "mentor" else rng.normal(24, 4, count)
    people = pd.DataFrame({
        "person": [f"{letter}{number:03d}" for number in range(1, count + 1)],
        "program": np.arange(count) % programs,
        "gender": _drawn(rng, GENDERS, GENDER_SHARES, count),
        "race": _drawn(rng, RACES, RACE_SHARES, count),
        "first_gen": np.where(rng.random(count) < (0.28 if role == "mentor" else 0.38), "yes", "no"),
        "field": _drawn(rng, FIELDS, FIELD_SHARES, count),
        "age": np.clip(np.rint(age), 28 if role == "mentor" else 18, 70).astype(int),
        "values": rng.normal(0, world.values_sd, count),
    })
    people["experience"] = np.clip(np.rint((people["age"] - 27) * rng.uniform(0.1, 0.8, count)), 0, 40).astype(int)
    shape = rng.normal(0, VALUE_SHAPE_SD, (count, VALUE_ITEMS))
    shape -= shape.mean(axis=1, keepdims=True)
    for number in range(VALUE_ITEMS):
        people[f"values_{number + 1}"] = people["values"] + shape[:, number]
    return people


def _drawn(rng: np.random.Generator, words: tuple[str, ...], shares: tuple[float, ...], count: int) -> np.ndarray:
    return np.array(words)[np.searchsorted(np.cumsum(shares)[:-1], rng.random(count))]


def _peers(mentors: pd.DataFrame, mentees: pd.DataFrame, world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Make a share of the mentors peers; one in three of these is a mentee of the programme too, under one id, as one person."""
    peer = rng.random(len(mentors)) < world.peer_share
    mentors = mentors.assign(peer=peer)
    young = np.clip(np.rint(rng.normal(26, 3, len(mentors))), 20, 40).astype(int)
    mentors.loc[peer, "age"] = young[peer]
    mentors.loc[peer, "experience"] = rng.integers(0, 3, len(mentors))[peer]
    taken: set[int] = set()
    for row in np.flatnonzero(peer)[::3]:
        same = [int(place) for place in np.flatnonzero(mentees["program"] == mentors.at[row, "program"]) if int(place) not in taken]
        if same:
            place = same[int(rng.integers(len(same)))]
            taken.add(place)
            shared = ["person", "gender", "race", "first_gen", "field", "age", "values", *(f"values_{n + 1}" for n in range(VALUE_ITEMS))]
            mentors.loc[[row], shared] = mentees.loc[[place], shared].set_axis([row])
    return mentors


def _pair(world: World, rng: np.random.Generator, mentors: pd.DataFrame, mentees: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    load = np.zeros(len(mentors), dtype=int)
    weight = rng.uniform(0.4, 1.6, len(mentors))
    persons, centres = mentors["person"].to_numpy(), mentors["values"].to_numpy()
    mentor_program = mentors["program"].to_numpy()
    inside = {program: np.flatnonzero(mentor_program == program) for program in range(int(mentor_program.max()) + 1)}
    people = zip(mentees["person"].tolist(), mentees["program"].tolist(), mentees["values"].tolist())
    for mentee_row, (person, program, centre) in enumerate(people):
        free = [int(row) for row in inside[program] if persons[row] != person and load[row] < MOST_MENTEES]
        wanted = 2 if rng.random() < SECOND_MENTOR and len(free) > 1 else 1
        for _ in range(min(wanted, len(free))):
            chosen = bool(rng.random() < world.chosen_share)
            idle = [row for row in free if load[row] == 0] if not chosen else []
            looked_at = _looked_at(rng, idle or free, weight, world.chosen_candidates if chosen else 1)
            row = min(looked_at, key=lambda place: abs(float(centres[place]) - centre))
            free.remove(row)
            load[row] += 1
            rows.append({"mentor_row": row, "mentee_row": mentee_row, "chosen": chosen})
    pairs = pd.DataFrame(rows)
    pairs.insert(0, "mentor", persons[pairs["mentor_row"]])
    pairs.insert(1, "mentee", mentees["person"].to_numpy()[pairs["mentee_row"]])
    pairs["program"] = [f"P{program + 1:02d}" for program in mentor_program[pairs["mentor_row"]]]
    pairs["form"] = np.where(mentors["peer"].to_numpy()[pairs["mentor_row"]], "peer", "hierarchical")
    pairs["load"] = load[pairs["mentor_row"]]
    return pairs


def _looked_at(rng: np.random.Generator, rows: list[int], weight: np.ndarray, count: int) -> list[int]:
    """Some mentors, drawn without replacement by weight (a fixed order of draws, so the same on every machine)."""
    left = list(rows)
    drawn: list[int] = []
    while left and len(drawn) < count:
        place = int(np.searchsorted(np.cumsum(weight[left]), rng.random() * float(np.sum(weight[left]))))
        drawn.append(left.pop(min(place, len(left) - 1)))
    return drawn
