"""What a world states is what is drawn: checked in its latent scores at a size where chance is small."""

import numpy as np
import pandas as pd
import pytest

from mentoring.credibility.worlds import WORLDS, simulate
from mentoring.credibility.worlds.answers import items_of
from mentoring.credibility.worlds.truth import FIRST_STAGE, NEXT_STAGE

MENTORS = 2000
ROLES = ("mentee", "mentor")


@pytest.fixture(scope="module")
def latents() -> dict[str, pd.DataFrame]:
    return {name: simulate(name, 11, mentors=MENTORS, waves=1).latent() for name in WORLDS}


@pytest.fixture(scope="module")
def large():
    return simulate("example", 12, mentors=MENTORS)


def _slopes(outcome: pd.Series, *causes: pd.Series | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares slopes and their standard errors, by mentor cluster left aside (each test allows for it)."""
    design = np.column_stack([np.ones(len(outcome)), *causes])
    slopes, *_ = np.linalg.lstsq(design, outcome.to_numpy(), rcond=None)
    residual = outcome.to_numpy() - design @ slopes
    covariance = np.linalg.inv(design.T @ design) * residual.var()
    return slopes[1:], np.sqrt(np.diag(covariance))[1:]


def _surface(table: pd.DataFrame, role: str, *further: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    x, y = table["x"], table["y"]
    slopes, errors = _slopes(table[f"{role}_quality"], x, y, x * x, x * y, y * y, *further)
    return slopes[:5], errors[:5]


@pytest.mark.parametrize("world", ["example", "null", "level", "strict", "broad", "halo"])
@pytest.mark.parametrize("role", ROLES)
def test_surface_is_the_stated_one(latents, world, role):
    # Few pairs are chosen by likeness in the example, which moves its surface by chosen_quality at most; hence that covariate.
    slopes, errors = _surface(latents[world], role, latents[world]["chosen"])
    # Mentors' shared deviations make least-squares errors somewhat too small: five of them.
    assert np.abs(slopes - list(WORLDS[world].total.values())).max() < 5 * errors.max()


def test_null_world_has_no_effect_of_any_kind():
    world = WORLDS["null"]
    assert set(world.total.values()) == {0.0} and set(world.congruence.values()) == {0.0}
    assert (world.perceived, world.perceived_partner, world.halo, world.slope_sd) == (0, 0, 0, 0)
    assert (world.match_gender, world.match_race, world.match_field, world.chosen_quality) == (0, 0, 0, 0)


@pytest.mark.parametrize("role", ROLES)
def test_null_world_perceived_similarity_goes_with_nothing(latents, role):
    table = latents["null"]
    slopes, errors = _slopes(table[f"{role}_quality"], table["mentee_perceived_similarity"], table["mentor_perceived_similarity"])
    assert np.abs(slopes).max() < 4 * errors.max()


def test_congruence_conditions_of_the_worlds():
    strict, broad, level = (WORLDS[name].congruence for name in ("strict", "broad", "level"))
    assert strict["a4"] < 0 and [strict[name] for name in ("a1", "a2", "a3", "a5")] == pytest.approx([0, 0, 0, 0])
    assert broad["a4"] < 0 and broad["a1"] > 0 and [broad[name] for name in ("a2", "a3", "a5")] == pytest.approx([0, 0, 0])
    assert level["a1"] > 0 and [level[name] for name in ("a2", "a3", "a4", "a5")] == pytest.approx([0, 0, 0, 0])


def test_halo_world_feels_better_to_one_side_only(latents):
    table, world = latents["halo"], WORLDS["halo"]
    assert set(world.total.values()) == {0.0}
    (own,), (error,) = _slopes(table["mentee_quality"], table["mentee_perceived_similarity"])
    assert abs(own - world.halo) < 4 * error
    (other,), (error,) = _slopes(table["mentor_quality"], table["mentee_perceived_similarity"])
    assert abs(other) < 4 * error
    assert table["mentee_perceived_similarity"].corr(table["actual"]) == pytest.approx(world.perceived_actual_r, abs=0.04)


def test_selection_world_is_alike_and_good_without_cause(latents):
    table = latents["selection"]
    (naive,), (error,) = _slopes(table["mentee_quality"], table["actual"])
    assert naive > 6 * error
    slopes, errors = _slopes(table["mentee_quality"], table["actual"], table["chosen"])
    assert abs(slopes[0]) < 4 * errors[0]
    assert abs(slopes[1] - WORLDS["selection"].chosen_quality) < 4 * errors[1]


def test_few_world_is_the_example_with_ten_mentors():
    few, example = WORLDS["few"].parameters(), WORLDS["example"].parameters()
    assert {name for name in few if few[name] != example[name]} == {"mentors"} and few["mentors"] == 10


def test_perceived_similarity_moves_own_and_other_quality_as_stated(large):
    table, world = large.latent(), large.world
    slopes, errors = _slopes(table["mentee_quality"], table["mentee_perceived_similarity"], table["mentor_perceived_similarity"],
                             table["surface"], table["match"])
    # Three waves of one relationship are not independent: errors are doubled for that.
    assert abs(slopes[0] - (world.perceived + world.halo)) < 6 * errors[0]
    assert abs(slopes[1] - world.perceived_partner) < 6 * errors[1]


def test_share_of_variance_between_mentors_and_programmes(large):
    table, world = large.latent(), large.world
    one = table.drop_duplicates("mentor")
    assert one["mentor_effect"].var() == pytest.approx(world.mentor_variance, rel=0.12)
    assert table.drop_duplicates("program")["program_effect"].var() == pytest.approx(world.program_variance, rel=0.35)
    assert one["slope"].std() == pytest.approx(world.slope_sd, rel=0.10)


@pytest.mark.parametrize("role", ROLES)
def test_constructs_have_a_variance_of_about_one(large, role):
    table = large.latent()
    for name in large.truth.latent[role]:
        assert 0.85 < table[f"{role}_{name}"].std() < 1.15, name


@pytest.mark.parametrize("role", ROLES)
def test_scales_have_the_means_spread_and_reliability_of_real_ones(large, role):
    complete = large.answers[role].complete
    for construct in dict.fromkeys(entry[0] for entry in items_of(role)):
        keyed = np.column_stack([8 - complete[item] if reverse else complete[item]
                                 for item, reverse in zip(construct.item_names, construct.reverse)]).astype(float)
        k = keyed.shape[1]
        alpha = k / (k - 1) * (1 - keyed.var(axis=0).sum() / keyed.sum(axis=1).var())
        assert 0.75 <= alpha <= 0.92, construct.name
        if construct.name not in ("costs", "values"):
            assert 5.0 <= keyed.mean() <= 5.8, construct.name
            assert 0.9 <= keyed.mean(axis=1).std() <= 1.3, construct.name


def test_two_sides_agree_on_quality_as_in_the_literature(large):
    score = {}
    for role in ROLES:
        complete = large.answers[role].complete
        score[role] = complete["quality_1"] + complete["quality_2"] - complete["quality_3"] + complete["quality_4"]
    assert score["mentee"].corr(score["mentor"]) == pytest.approx(0.30, abs=0.04)


def test_attrition_is_a_third_at_most_and_takes_the_worse_relationships(large):
    quality, stays = large.truth.latent["mentee"]["quality"], large.truth.mentee_stays
    assert 0.22 < 1 - stays[:, -1].mean() < 0.35
    assert quality[stays[:, -1], 0].mean() > quality[~stays[:, -1], 0].mean() + 0.2
    assert not (stays[:, 2] & ~stays[:, 1]).any()
    assert not (stays & ~large.truth.lasts).any()


def test_stages_move_by_the_stated_shares(large):
    stage = large.truth.stage
    assert np.bincount(stage[:, 0], minlength=4) / len(stage) == pytest.approx(FIRST_STAGE, abs=0.02)
    for origin, shares in enumerate(NEXT_STAGE):
        went = np.concatenate([stage[stage[:, wave] == origin, wave + 1] for wave in (0, 1)])
        assert np.bincount(went, minlength=4) / len(went) == pytest.approx(shares, abs=5 * (0.25 / len(went)) ** 0.5)


def test_peers_and_stages_shift_support_as_stated(large):
    table = large.latent()
    for role in ROLES:
        (quality, peer), errors = _slopes(table[f"{role}_career"], table[f"{role}_quality"], (table["form"] == "peer").astype(float))
        assert abs(peer - -0.40) < 6 * errors[1]
        assert abs(quality - 0.40) < 6 * errors[0]


def test_careless_answerers_are_as_many_as_stated_and_known(large):
    for role in ROLES:
        answers = large.answers[role]
        assert len(answers.careless) == round(0.08 * answers.complete["person"].nunique())
        straight = [person for person, kind in answers.careless.items() if kind == "straight"]
        rows = answers.given[answers.given["person"].isin(straight)]
        items = [name for name in rows.columns if name.startswith(("authenticity", "engagement", "quality"))]
        assert (rows[items].nunique(axis=1) == 1).all()
