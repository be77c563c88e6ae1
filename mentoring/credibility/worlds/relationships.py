"""What is truly the case in each simulated relationship at each wave, before anybody answers: latent scores, stages, and endings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.credibility.worlds.people import Cast
from mentoring.credibility.worlds.truth import FIRST_STAGE, NEXT_STAGE, PATHS, STAGES, World
from mentoring.credibility.worlds.wording import BY_NAME

ROLES = ("mentee", "mentor")
OTHER = {"mentee": "mentor", "mentor": "mentee"}


@dataclass(frozen=True)
class Relationships:
    """The truth about every relationship.

    Attributes
    ----------
    latent : dict
        Role → construct → array of relationships × waves, each construct with a variance of about 1.
    dyads : DataFrame
        One row per relationship: true components (`surface`, `mentor_effect`, …), as arrays of the same order as `Cast.pairs`.
    stage : ndarray
        Relationships × waves, position in `STAGES`.
    lasts : ndarray
        Relationships × waves: the relationship has not ended.
    mentee_stays : ndarray
        Relationships × waves: the mentee still answers (never true after the end).
    """

    latent: dict[str, dict[str, np.ndarray]]
    dyads: pd.DataFrame
    stage: np.ndarray
    lasts: np.ndarray
    mentee_stays: np.ndarray


def relate(world: World, people: Cast, rng: np.random.Generator) -> Relationships:
    """Draw the truth about every relationship of a world."""
    stage = _stages(rng, len(people.pairs), world.waves)
    dyads = _components(world, people, rng)
    perceived, halo = _perceived(world, dyads, rng)
    latent = {role: {"perceived_similarity": perceived[role]} for role in ROLES}
    for role in ROLES:
        latent[role]["quality"] = _quality(world, dyads, perceived, halo, role, rng)
    _follow_paths(world, people, latent, stage, rng)
    lasts, stays = _endings(world, latent["mentee"]["quality"], rng)
    return Relationships(latent, dyads, stage, lasts, stays)


def _components(world: World, people: Cast, rng: np.random.Generator) -> pd.DataFrame:
    pairs = people.pairs
    mentor, mentee = people.mentors.iloc[pairs["mentor_row"]], people.mentees.iloc[pairs["mentee_row"]]
    x, y = mentor["values"].to_numpy(), mentee["values"].to_numpy()
    variance = world.values_sd**2
    surface = world.b1 * x + world.b2 * y + world.b3 * x * x + world.b4 * x * y + world.b5 * y * y - (world.b3 + world.b5) * variance
    same = {name: (mentor[name].to_numpy() == mentee[name].to_numpy()).astype(float) for name in ("gender", "race", "field")}
    programs = pairs["program"].to_numpy()
    effects = {name: value for name, value in zip(sorted(set(programs)), rng.normal(0, world.program_variance**0.5, len(set(programs))))}
    return pd.DataFrame({
        "x": x, "y": y, "surface": surface,
        # Standardised for a random pair: (x − y)² has mean 2s² and standard deviation 2√2 s².
        "actual": -((x - y) ** 2 - 2 * variance) / (8**0.5 * variance),
        **{f"same_{name}": values for name, values in same.items()},
        "match": world.match_gender * same["gender"] + world.match_race * same["race"] + world.match_field * same["field"],
        "chosen": pairs["chosen"].to_numpy().astype(float),
        "program_effect": [effects[name] for name in programs],
        "mentor_effect": rng.normal(0, world.mentor_variance**0.5, len(people.mentors))[pairs["mentor_row"]],
        "slope": rng.normal(0, world.slope_sd, len(people.mentors))[pairs["mentor_row"]] if world.slope_sd else np.zeros(len(pairs)),
        "shared": rng.normal(0, world.shared_variance**0.5, len(pairs)),
    })


def _perceived(world: World, dyads: pd.DataFrame, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Perceived similarity of each side (variance 1), and the tone in which each side answers about this partner (halo)."""
    n, waves, r = len(dyads), world.waves, world.perceived_actual_r
    shared = rng.normal(0, world.perceived_shared**0.5, n)
    rest = 1 - r**2 - world.perceived_shared - world.perceived_state - world.halo
    perceived, halo = {}, {}
    for role in ROLES:
        halo[role] = rng.normal(0, 1, n) * world.halo**0.5
        stable = r * dyads["actual"].to_numpy() + shared + halo[role] + rng.normal(0, rest**0.5, n)
        state = rng.normal(0, world.perceived_state**0.5, (n, waves))
        perceived[role] = stable[:, None] + state + world.perceived_growth * np.arange(waves)
    return perceived, halo


def _quality(world: World, dyads: pd.DataFrame, perceived: dict[str, np.ndarray], halo: dict[str, np.ndarray], role: str,
             rng: np.random.Generator) -> np.ndarray:
    between = (dyads["program_effect"] + dyads["mentor_effect"] + dyads["shared"] + dyads["surface"] + dyads["match"]
               + world.chosen_quality * dyads["chosen"]).to_numpy()
    own = rng.normal(0, world.own_variance**0.5, len(dyads))
    state = rng.normal(0, world.state_variance**0.5, (len(dyads), world.waves))
    slope = world.perceived + dyads["slope"].to_numpy()
    felt = slope[:, None] * perceived[role] + world.perceived_partner * perceived[OTHER[role]]
    return (between + own + halo[role])[:, None] + felt + state


def _follow_paths(world: World, people: Cast, latent: dict[str, dict[str, np.ndarray]], stage: np.ndarray, rng: np.random.Generator) -> None:
    """Add every further construct by `PATHS`, in order."""
    pairs = people.pairs
    facts = {
        "peer": (pairs["form"] == "peer").to_numpy().astype(float)[:, None],
        "load": (pairs["load"].to_numpy() - world.mentees_per_mentor)[:, None],
        "first_gen": (people.mentees["first_gen"] == "yes").to_numpy().astype(float)[pairs["mentee_row"]][:, None],
        "separation": (stage == STAGES.index("separation")).astype(float),
        "redefinition": (stage == STAGES.index("redefinition")).astype(float),
    }
    for construct, sides in PATHS.items():
        in_common = _in_common(world, pairs["mentor_row"].to_numpy(), rng)
        for role in ROLES:
            causes = {**sides.get("both", {}), **sides.get(role, {})}
            if not causes:
                continue
            about_self = construct in BY_NAME and BY_NAME[construct].about == "self"
            rows = pairs[f"{role}_row"].to_numpy()
            total = np.zeros(stage.shape)
            for cause, size in causes.items():
                if cause in facts:
                    values = np.broadcast_to(facts[cause], stage.shape)
                else:
                    side = OTHER[role] if cause.startswith("other_") else role
                    values = latent[side][cause.removeprefix("other_")]
                total = total + size * (_averaged(values, rows) if about_self else values)
            left = max(0.25, 1 - sum(size**2 for cause, size in causes.items() if cause not in facts))
            if about_self:
                own = _own_part(rows, world.waves, 1.0, rng)
            else:
                rest = 1 - world.own_of_mentor - world.own_in_common
                own = in_common[:, None] + _own_part(np.arange(len(pairs)), world.waves, rest, rng)
            latent[role][construct] = total + left**0.5 * own


def _in_common(world: World, mentors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What both sides of a relationship have in common on a construct besides its causes: the mentor's way, and the pair's."""
    of_mentor = rng.normal(0, world.own_of_mentor**0.5, int(mentors.max()) + 1)[mentors]
    return of_mentor + rng.normal(0, world.own_in_common**0.5, len(mentors))


def _own_part(rows: np.ndarray, waves: int, variance: float, rng: np.random.Generator) -> np.ndarray:
    """What is one side's own in a construct: half lasting, half passing; the same for all rows of one unit."""
    units = int(rows.max()) + 1
    lasting, passing = rng.normal(0, (variance / 2) ** 0.5, units), rng.normal(0, (variance / 2) ** 0.5, (units, waves))
    return (lasting[:, None] + passing)[rows]


def _averaged(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Each person's mean over relationships, on every row of that person."""
    counts = np.bincount(rows)
    columns = [np.bincount(rows, weights=values[:, wave]) / np.maximum(counts, 1) for wave in range(values.shape[1])]
    return np.column_stack(columns)[rows]


def _stages(rng: np.random.Generator, n: int, waves: int) -> np.ndarray:
    stage = np.empty((n, waves), dtype=int)
    stage[:, 0] = np.searchsorted(np.cumsum(FIRST_STAGE)[:-1], rng.random(n))
    steps = np.cumsum(np.array(NEXT_STAGE), axis=1)[:, :-1]
    for wave in range(1, waves):
        draw = rng.random(n)
        stage[:, wave] = (draw[:, None] > steps[stage[:, wave - 1]]).sum(axis=1)
    return stage


def _endings(world: World, quality: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether each relationship lasts, and whether its mentee still answers: half of those lost end it, half fall silent."""
    lasts, stays = np.ones(quality.shape, dtype=bool), np.ones(quality.shape, dtype=bool)
    for wave in range(1, quality.shape[1]):
        chance = 1 / (1 + np.exp(-(world.loss_logit + world.loss_quality * quality[:, wave - 1])))
        lost = rng.random(len(quality)) < chance
        ends = rng.random(len(quality)) < 0.5
        lasts[:, wave] = lasts[:, wave - 1] & ~(lost & ends & stays[:, wave - 1])
        stays[:, wave] = stays[:, wave - 1] & ~lost
    return lasts, stays
