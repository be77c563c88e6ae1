"""The re-pairing null: exact on a case one can enumerate, uniform under chance, and within programme only."""

import itertools

import numpy as np
import pandas as pd
import pytest

from mentoring.dyads import similarity_table
from mentoring.dyads.pairing import Paired
from mentoring.settings import Similarity
from mentoring.tables import ANALYSIS, CODEBOOK_ITEMS

MATCH = Similarity(name="same", kind="match", of=["g"])
NO_ITEMS = CODEBOOK_ITEMS.frame([])


def table(mentor, mentee, program=None, repairings=999, seed=1, **more):
    data = pd.DataFrame({
        "dyad": [f"D{i:03d}" for i in range(len(mentor))], "mentor": [f"M{i}" for i in range(len(mentor))],
        "mentee": [f"E{i}" for i in range(len(mentor))], "program": program or "P", "wave": 1, "mentor_g": mentor, "mentee_g": mentee, **more,
    })
    analysis = ANALYSIS.frame(data)
    analysis["same"] = (analysis["mentor_g"] == analysis["mentee_g"]).astype(float)
    paired = Paired(analysis, data[["dyad", "wave"]], pd.DataFrame())
    return similarity_table(paired, analysis, [MATCH], NO_ITEMS, repairings, seed).iloc[0]


def test_p_is_that_of_all_permutations():
    mentor, mentee = list("aabbc"), list("aabcb")
    means = [np.mean([x == y for x, y in zip(mentor, dealt)]) for dealt in itertools.permutations(mentee)]
    centre, observed = np.mean(means), np.mean([x == y for x, y in zip(mentor, mentee)])
    exact = np.mean([abs(mean - centre) >= abs(observed - centre) - 1e-12 for mean in means])
    found = table(mentor, mentee, repairings=20_000)
    assert found["null_mean"] == pytest.approx(centre, abs=0.01)
    assert found["null_p"] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_matching_on_purpose_shows():
    found = table(list("ab") * 20, list("ab") * 20)
    assert found["mean"] == 1 and found["null_mean"] == pytest.approx(0.5, abs=0.02) and found["null_p"] == 1 / 1000


def test_likeness_that_comes_from_the_programme_is_not_partners_likeness():
    # In each programme everyone is the same: every re-pairing within programme gives the same likeness.
    found = table(["a"] * 10 + ["b"] * 10, ["a"] * 10 + ["b"] * 10, program=["P"] * 10 + ["Q"] * 10)
    assert found["mean"] == found["null_mean"] == 1 and found["null_p"] == 1


def test_under_chance_p_is_spread_evenly():
    generator = np.random.default_rng(0)
    p = [table(list(generator.choice(["a", "b"], 30)), list(generator.choice(["a", "b"], 30)), repairings=99, seed=s)["null_p"] for s in range(200)]
    # At most 5 % below .05 (the match count is discrete), give or take four Monte-Carlo standard errors.
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)
    assert 0.4 < np.mean(p) < 0.75


def test_nothing_to_repair_is_said():
    found = table(["a", "b"], ["a", "b"], program=["P", "Q"])
    assert np.isnan(found["null_p"]) and "nothing to re-pair" in found["note"]


def test_same_seed_same_table():
    assert table(list("aabb"), list("abab")).equals(table(list("aabb"), list("abab")))
