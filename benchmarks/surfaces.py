"""How often is the verdict on congruence right? Worlds with known truth, answered as people would, by the question's own model and rule.

    python -m benchmarks.surfaces strict 100 --mentors 300

Simpler surfaces and resampled axes do not decide the verdict and are left out. One relationship per mentee, so that the groups are nested and a
thousand studies take minutes.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np
import pandas as pd

from mentoring.credibility.worlds.study import SimulatedStudy, simulate
from mentoring.credibility.worlds.wording import BY_NAME
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.congruence import beyond
from mentoring.models.kinds.surfaces import plan_surface, standardising
from mentoring.models.surface.geometry import SHAPES
from mentoring.models.surface.response import TERMS, surface_of
from mentoring.models.surface.rule import congruence_code
from mentoring.models.verdicts import About, answer_term
from mentoring.settings import CongruenceQuestion

RIGHT = {
    "null": {"no effect"},
    "level": {"level effect only"},
    "strict": {"strict congruence"},
    "broad": {"broad congruence"},
    "few": {"inconclusive", "not estimated"},
}
CLAIMS = {"strict congruence", "broad congruence", "incongruence better", "level-dependent", "level effect only"}
CONGRUENCE = {"strict congruence", "broad congruence", "incongruence better", "level-dependent"}


def verdict(world: str, seed: int, mentors: int, sesoi: float = 0.2, reporter: str = "mentee") -> str:
    """The verdict in one simulated study."""
    return verdict_on(scored(simulate(world, seed, mentors=mentors)), sesoi, reporter)


def verdict_on(rows: pd.DataFrame, sesoi: float = 0.2, reporter: str = "mentee") -> str:
    """The verdict on relationships with `mentor_values`, `mentee_values` and a quality."""
    question = CongruenceQuestion(name="q", ask="?", kind="congruence", of="values", outcome="quality", reporter=reporter, sesoi=sesoi)
    plan, sides = plan_surface(question, rows, "mentor_values", "mentee_values", TERMS, TERMS[3])
    if plan.problem or sides is None or sides.problem:
        return "not estimated"
    fit = fit_plan(plan).fit
    if fit is None:
        return "not estimated"
    used = plan.rows.iloc[fit.design.rows]
    x, y = used["mentor_values"].to_numpy(float), used["mentee_values"].to_numpy(float)
    surface = surface_of(fit, x, y, sides, used["mentor"], 0, 1, models=False)
    table = surface.quantities.set_index("quantity")
    answers = {}
    for name, factor in zip(SHAPES, standardising(sides, fit.design.y)):
        row = table.loc[name, ["estimate", "se", "df", "p"]].astype(float).to_dict()
        row |= {"p_adjusted": np.nan, "std_estimate": row["estimate"] * factor}
        answers[name] = answer_term(row, About(name, name, "per step"), sesoi)
    codes = {name: answer.code for name, answer in answers.items()}
    return congruence_code(
        codes, surface.whole.p, surface.bend.p, surface.ridge.p, (table.loc["b4", "estimate"], table.loc["b4", "p"]), beyond(answers, sesoi)
    )


def scored(study: SimulatedStudy) -> pd.DataFrame:
    """The analysis table of a simulated study, as far as this question needs it: careless and missing answers included."""
    pairs, waves = study.people.pairs, study.world.waves
    rows = pd.DataFrame({name: np.repeat(pairs[name].to_numpy(), waves) for name in ("mentor", "mentee", "program")})
    rows = rows.assign(dyad=np.repeat(np.arange(len(pairs)), waves).astype(str), wave=np.tile(np.arange(1, waves + 1), len(pairs)))
    key = pd.Index(np.repeat(np.arange(len(pairs)), waves) * 10 + rows["wave"])
    for role in ("mentor", "mentee"):
        given = study.answers[role].given
        found = {name: _score(given, name) for name in ("quality", "values")}
        at = given["pair"].astype(int) * 10 + given["wave"].astype(int)
        rows[f"{role}_quality"] = found["quality"].set_axis(at).reindex(key).to_numpy()
        rows[f"{role}_values"] = rows[role].map(found["values"].groupby(given["person"]).first())
    first = pairs["mentee"].drop_duplicates().index.astype(str)
    return rows[rows["dyad"].isin(first)].reset_index(drop=True).astype({"wave": "Int64"})


def _score(given: pd.DataFrame, name: str) -> pd.Series:
    construct = BY_NAME[name]
    items = given[construct.item_names].astype("float64")
    items = items.where((items >= 1) & (items <= 7))
    for item, reverse in zip(construct.item_names, construct.reverse):
        items[item] = 8 - items[item] if reverse else items[item]
    return items.mean(axis=1).where(items.notna().mean(axis=1) >= 0.75)


def main() -> None:
    """Simulate one world many times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("world", choices=list(RIGHT))
    parser.add_argument("studies", type=int)
    parser.add_argument("--mentors", type=int, default=300)
    parser.add_argument("--sesoi", type=float, default=0.2)
    parser.add_argument("--reporter", default="mentee")
    chosen = parser.parse_args()
    start, codes = time.process_time(), Counter()
    for seed in range(chosen.studies):
        codes[verdict(chosen.world, seed, chosen.mentors, chosen.sesoi, chosen.reporter)] += 1
    right = sum(codes[code] for code in RIGHT[chosen.world])
    seconds = (time.process_time() - start) / chosen.studies
    print(
        f"{chosen.world}, {chosen.mentors} mentors, sesoi {chosen.sesoi:g}: right {right}/{chosen.studies}; {dict(codes)}; {seconds:.1f} s each"
    )


if __name__ == "__main__":
    main()
