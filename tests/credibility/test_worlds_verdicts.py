"""Worlds with known truth get the right verdict, and worlds without congruence none; the whole table stands in benchmarks/worlds.md."""

from collections import Counter

import pandas as pd
import pytest

from benchmarks.simulated import example, verdicts_on
from benchmarks.worlds import CLAIMS, EXAMPLE_SIZE, NO_CLAIM, PLACE, questions, table, try_world
from mentoring.credibility.worlds import WORLDS
from mentoring.models.kinds import StudyData
from mentoring.tables.answers import VERDICT_CODES
from tests.made_surfaces import with_a_surface

CONGRUENCE = {"strict congruence", "broad congruence", "incongruence better", "level-dependent"}


def last(name, seeds, **how):
    return list(try_world(name, seeds, **how))[-1]


def test_every_world_but_the_example_has_claims_in_known_words():
    assert set(CLAIMS) == set(WORLDS) - {"example"}
    assert {code for claims in CLAIMS.values() for claim in claims for code in claim.right} <= set(VERDICT_CODES)


@pytest.mark.parametrize(("name", "seed"), [("strict", 0), ("level", 0), ("halo", 0), ("few", 1)])
def test_a_study_from_these_worlds_gets_its_verdicts(name, seed):
    tallies = last(name, [seed])
    assert all(tally.right == 1 for tally in tallies), table(tallies)


def test_the_example_s_size_is_indecisive_about_congruence_and_not_wrong():
    (tally,) = [one for one in last("strict", [1], mentors=EXAMPLE_SIZE) if one.claim.question == PLACE]
    assert tally.verdicts == {"inconclusive": 1} and not tally.met


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_worlds_get_their_verdicts(name):
    # Careless answers alone make distance look bad (docs/methods/worlds.md), so false alarms are counted without them.
    how = {"careless": False, "only_errors": True} if name in ("selection", "null") else {}
    tallies = last(name, range(40), **how)
    assert all(tally.met for tally in tallies), table(tallies)


@pytest.mark.slow
@pytest.mark.parametrize(("b", "wrong"), [((0, 0, 0, 0, 0), set(VERDICT_CODES) - set(NO_CLAIM)), ((0.3, 0.3, 0, 0, 0), CONGRUENCE)])
def test_a_plane_is_seldom_taken_for_congruence(b, wrong):
    config, items = example()
    asked = [questions(config.questions)[PLACE]]
    codes = Counter()
    for seed in range(40):
        rows = with_a_surface(mentors=30, each=3, b=b, seed=seed)
        data = StudyData(rows, pd.DataFrame(), pd.DataFrame(), items, config.similarity, config.scales)
        codes[verdicts_on(asked, data)[0]["verdict"].iloc[0]] += 1
    # 5 % of 40 is 2; more than 6 has a probability below .01.
    assert sum(codes[code] for code in wrong) <= 6, codes
