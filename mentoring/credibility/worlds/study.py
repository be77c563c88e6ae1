"""A whole simulated study: drawn from one seed, kept with its truth, and written as a study's folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mentoring.credibility.worlds import dirt, exports
from mentoring.credibility.worlds.answers import Answers, answer
from mentoring.credibility.worlds.config import config_text
from mentoring.credibility.worlds.documents import readme_text
from mentoring.credibility.worlds.people import MOST_MENTEES, Cast, cast
from mentoring.credibility.worlds.relationships import Relationships, relate
from mentoring.credibility.worlds.truth import World, world_named
from mentoring.errors import Problems

# The seed of the bundled example study.
EXAMPLE_SEED = 20260
# One independent stream of random numbers per part, so that a change in one part leaves the others as they were.
_PARTS = ("people", "relationships", "mentee_answers", "mentor_answers", "mentee_export", "mentor_export", "comments", "roster", "pairs")


@dataclass(frozen=True)
class SimulatedStudy:
    """A study with its truth.

    Attributes
    ----------
    world : World
        What is true.
    seed : int
        The seed it was drawn from.
    people : Cast
        True people and pairs, including everybody's true values.
    truth : Relationships
        True state of every relationship at every wave.
    answers : dict
        Role → `Answers`.
    """

    world: World
    seed: int
    people: Cast
    truth: Relationships
    answers: dict[str, Answers]

    def latent(self) -> pd.DataFrame:
        """The truth as one table: a row per relationship and wave, `mentee_<construct>` and `mentor_<construct>`, and its causes."""
        pairs, waves = self.people.pairs, self.world.waves
        table = pd.DataFrame({name: np.repeat(pairs[name].to_numpy(), waves) for name in ("mentor", "mentee", "program", "form")})
        table["wave"] = np.tile(np.arange(1, waves + 1), len(pairs))
        for name in self.truth.dyads:
            table[name] = np.repeat(self.truth.dyads[name].to_numpy(), waves)
        for role, constructs in self.truth.latent.items():
            table = table.assign(**{f"{role}_{name}": values.ravel() for name, values in constructs.items()})
        return table.assign(stage=self.truth.stage.ravel(), lasts=self.truth.lasts.ravel(), mentee_stays=self.truth.mentee_stays.ravel())

    def write(self, folder: str | Path) -> Path:
        """Write a complete study: `config.yaml` and `data/`. The same seed writes the same bytes.

        Returns
        -------
        Path
            The folder.
        """
        folder = Path(folder)
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        streams = _streams(self.seed)
        notes: list[str] = []
        for role in ("mentee", "mentor"):
            given = self.answers[role].given
            rows, done = dirt.soil_survey(given.assign(careless=given["person"].isin(self.answers[role].careless.keys())), role,
                                          streams[f"{role}_export"])
            notes += done
            if role == "mentee":
                said = dirt.comments(len(rows), streams["comments"])
                exports.write_qualtrics(rows, said, data / "mentees_qualtrics.csv", streams["mentee_export"])
            else:
                exports.write_spss(rows, data / "mentors.sav")
        exports.write_roster(self.people, data / "roster.csv", streams["roster"])
        pairs, done = dirt.soil_pairs(_dated(self, streams["pairs"]))
        exports.write_pairs(pairs, data / "pairs.csv")
        exports.write_codebook(data / "codebook_items.csv", data / "codebook_labels.csv")
        (data / "README.md").write_bytes(readme_text(self, [*notes, *done]).encode())
        (folder / "config.yaml").write_bytes(config_text(self).encode())
        return folder


def simulate(world: str | World = "example", seed: int = EXAMPLE_SEED, **changes: float) -> SimulatedStudy:
    """Draw a study from a world with known truth.

    Parameters
    ----------
    world : str or World
        Name of one of `WORLDS`, or a world of one's own.
    seed : int
        Same seed, same study.
    **changes
        Parameters of the world to set otherwise, e.g. ``mentors=200`` or ``halo=0.3``; see `World`.

    Raises
    ------
    StudyError
        When no world has that name, or its numbers cannot be drawn from.
    """
    chosen = world_named(world) if isinstance(world, str) else world
    chosen = replace(chosen, **changes)  # type: ignore[arg-type]
    _check(chosen)
    streams = _streams(seed)
    people = cast(chosen, streams["people"])
    truth = relate(chosen, people, streams["relationships"])
    answers = {role: answer(chosen, people, truth, role, streams[f"{role}_answers"]) for role in ("mentee", "mentor")}
    return SimulatedStudy(chosen, seed, people, truth, answers)


def simulate_into(folder: str | Path, world: str = "example", seed: int = EXAMPLE_SEED, **changes: float) -> Path:
    """Draw a study and write it to a folder: what `mentoring simulate` does."""
    return simulate(world, seed, **changes).write(folder)


def _check(world: World) -> None:
    problems = Problems("")
    if world.mentors < 2:
        problems.add("mentors", f"{world.mentors} mentors cannot be compared with each other", expected="2 or more")
    if not 1 <= world.mentees_per_mentor <= MOST_MENTEES - 1:
        problems.add("mentees_per_mentor", f"{world.mentees_per_mentor:g} mentees per mentor", expected=f"1 to {MOST_MENTEES - 1}")
    if world.waves not in (1, 2, 3):
        problems.add("waves", f"{world.waves} waves", expected="1, 2 or 3")
    if world.perceived_actual_r**2 + world.perceived_shared + world.perceived_state + world.halo >= 1:
        problems.add("halo", "the parts of perceived similarity add up to more than all of it",
                     expected="perceived_actual_r² + perceived_shared + perceived_state + halo below 1")
    problems.raise_if_any()


def _streams(seed: int) -> dict[str, np.random.Generator]:
    seeds = np.random.SeedSequence(seed).spawn(len(_PARTS))
    return {part: np.random.Generator(np.random.PCG64(sequence)) for part, sequence in zip(_PARTS, seeds)}


def _dated(study: SimulatedStudy, rng: np.random.Generator) -> pd.DataFrame:
    """The pair list with the day each relationship began and, where it ended, the day it did."""
    pairs, lasts = study.people.pairs, study.truth.lasts
    begun = np.datetime64("2024-09-02") + rng.integers(0, 28, len(pairs)).astype("timedelta64[D]")
    # The days between two waves.
    after = np.array(["2024-11-10", "2025-03-01", "2025-06-10"], dtype="datetime64[D]")
    ended = after[np.minimum(lasts.sum(axis=1) - 1, 2)] + rng.integers(0, 60, len(pairs)).astype("timedelta64[D]")
    return pairs.assign(start=begun.astype(str), end=np.where(lasts.all(axis=1), "", ended.astype(str)))
