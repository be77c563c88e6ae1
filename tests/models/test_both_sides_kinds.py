"""Questions of kind `actor_partner` and `reciprocity`: tables, verdicts, and what is said when they cannot be answered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.questions import answer_question, tables_of
from mentoring.models.words import Words
from mentoring.settings import ActorPartnerQuestion, ReciprocityQuestion, Scale
from mentoring.tables import BY_NAME

SCALES = [Scale(name=name, label=name.capitalize(), items=[f"{name}_1", f"{name}_2"]) for name in ("trust", "growth")]
ASK = {"name": "both", "ask": "?", "family": "exploratory"}


def analysis(seed=1, mentors=24, each=4, waves=1, partner=(0.0, 0.0), r=0.3) -> pd.DataFrame:
    """Trust and growth on both sides; `partner`: how the other's trust goes with the mentor's and the mentee's growth."""
    g, n = np.random.default_rng(seed), mentors * each
    of = np.repeat(np.arange(mentors), each)
    two = [[1, r], [r, 1]]
    trust = g.multivariate_normal([0, 0], two, n)
    level = 0.5 * g.normal(size=(mentors, 2))[of]
    frames = []
    for wave in range(1, waves + 1):
        x = trust + (0.5 * g.normal(size=(n, 2)) if waves > 1 else 0)
        y = 4 + level + 0.4 * x + x[:, ::-1] * np.array(partner) + g.normal(size=(n, 2))
        frames.append(pd.DataFrame({
            "dyad": [f"D{i:03d}" for i in range(n)], "mentor": [f"M{m:02d}" for m in of], "mentee": [f"E{i:03d}" for i in range(n)],
            "program": [f"P{m % 6}" for m in of], "form": "hierarchical", "wave": wave, "stage": None,
            "mentor_trust": x[:, 0], "mentee_trust": x[:, 1], "mentor_growth": y[:, 0], "mentee_growth": y[:, 1],
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True).astype({"wave": "Int64"})


def answered(question, rows, **more):
    empty = BY_NAME["people"].frame([])
    tables = tables_of(answer_question(question, StudyData(rows, rows, empty, BY_NAME["codebook_items"].frame([]), (), SCALES, 3)))
    tables = {name: BY_NAME[name].frame(table) for name, table in tables.items()}
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], [question])
    verdict = verdicts({**tables, **more}, [question], Words.of(SCALES, [])).iloc[0]
    return tables, verdict


def ask_partner(**more):
    return ActorPartnerQuestion(**{**ASK, "kind": "actor_partner", "outcome": "growth", "predictor": "trust", "bootstraps": 99, **more})


def ask_reciprocity(**more):
    return ReciprocityQuestion(**{**ASK, "kind": "reciprocity", "of": "trust", "bootstraps": 199, **more})


def test_each_side_gets_its_own_answer():
    tables, verdict = answered(ask_partner(), analysis(partner=(0.0, 0.5)))
    assert verdict["verdict"] == "positive" and "higher growth as mentees report it" in verdict["sentence"]
    effects = tables["fixed_effects"].set_index("term")
    assert effects.loc["partner_mentee", "reporter"] == "mentee" and effects.loc["partner_mentee", "outcome"] == "mentee_growth"
    assert effects.loc["partner_mentee", "ci_low"] < 0.5 < effects.loc["partner_mentee", "ci_high"]
    assert set(tables["actor_partner"]["effect"]) == {"actor", "partner", "k"} and set(tables["actor_partner"]["role"]) == {
        "mentor",
        "mentee",
    }
    rows = tables["actor_partner"].set_index(["role", "effect"])
    assert rows.loc[("mentee", "partner"), "estimate"] == effects.loc["partner_mentee", "estimate"]
    left = tables["influence"]
    assert set(left["term"]) == {"partner_mentor", "partner_mentee"} and (left.groupby(["term", "group"]).size() == [24, 6, 24, 6]).all()
    assert tables["second_opinion"]["agrees"].isna().all() and tables["second_opinion"]["note"].notna().all()
    share = tables["variance_components"].query("term2.isna()")
    assert share["share"].sum() == pytest.approx(2)  # one whole per role


def test_levels_that_differ_temper_the_answer():
    rows = analysis(seed=4, mentors=60, partner=(0.0, 0.5))
    mixed = rows.assign(mentee_growth=rows["mentee_growth"] + 1.5 * rows.groupby("mentor")["mentor_trust"].transform("mean"))
    tables, verdict = answered(ask_partner(), mixed)
    found = tables["quantities"].set_index(["topic", "quantity", "of"])
    assert found.loc[("between less within", "partner effect", "mentee"), "p"] < 0.01
    inside = found.loc[("within mentor", "partner effect", "mentee")]
    assert inside["ci_low"] < 0.5 < inside["ci_high"]
    assert (verdict["verdict"], verdict["certainty"]) == ("positive", "moderate")
    assert answered(ask_partner(), rows)[1]["certainty"] == "clear"


def test_the_lines_have_the_estimated_slopes():
    tables, _ = answered(ask_partner(), analysis())
    effects = tables["fixed_effects"].set_index("term")["estimate"]
    for term, line in tables["effect_lines"].groupby("term"):
        slope = (line["predicted"].iloc[-1] - line["predicted"].iloc[0]) / (line["x"].iloc[-1] - line["x"].iloc[0])
        assert slope == pytest.approx(effects[term])
    assert set(tables["effect_lines"]["term"]) == {f"{effect}_{role}" for effect in ("actor", "partner") for role in ("mentor", "mentee")}


@pytest.mark.parametrize(
    ("partner", "code"),
    [((0.6, 0.6), "positive"), ((-0.6, -0.6), "negative"), ((0.6, -0.6), "mixed")],
)
def test_verdicts_of_partner_effects(partner, code):
    assert answered(ask_partner(), analysis(partner=partner))[1]["verdict"] == code


def test_many_people_and_nothing_there_is_negligible_and_few_inconclusive():
    many = analysis(mentors=120, each=5)
    assert answered(ask_partner(sesoi=0.2), many)[1]["verdict"] == "negligible"
    few = answered(ask_partner(sesoi=0.1), analysis(mentors=8, each=2, seed=4))[1]
    assert (few["verdict"], few["certainty"]) == ("inconclusive", "low") and "cannot tell" in few["sentence"]


def test_next_wave_says_so_and_needs_two():
    tables, verdict = answered(ask_partner(when="next wave"), analysis(waves=3))
    assert "one wave later" in verdict["sentence"] and "before_mentee" in set(tables["fixed_effects"]["term"])
    tables, verdict = answered(ask_partner(when="next wave"), analysis())
    assert verdict["verdict"] == "not estimated" and "only one wave" in tables["fits"]["note"].item()
    assert tables["actor_partner"]["estimate"].isna().all() and len(tables["actor_partner"]) == 6


def test_nobody_on_one_side_leaves_empty_rows_and_a_note():
    rows = analysis().assign(mentor_growth=np.nan)
    tables, verdict = answered(ask_partner(), rows)
    assert (
        verdict["verdict"] == "not estimated"
        and verdict["certainty"] == "none"
        and tables["fits"]["note"].item().startswith("not estimated")
    )
    tables, verdict = answered(ask_reciprocity(), analysis().assign(mentor_trust=np.nan))
    assert verdict["verdict"] == "not estimated" and tables["quantities"]["note"].notna().all()


def test_covariates_enter_by_role_and_unknown_programmes_are_no_group():
    rows = analysis()
    tables, _ = answered(
        ask_partner(covariates=["age"]), rows.assign(age=np.arange(len(rows)) % 7, program=None).astype({"program": "object"})
    )
    assert {"role[mentor]:age", "role[mentee]:age"} <= set(tables["fixed_effects"]["term"])
    assert "program" not in tables["fits"]["formula"].item()


@pytest.mark.parametrize(("r", "code"), [(0.6, "positive"), (-0.6, "negative")])
def test_verdicts_of_reciprocity(r, code):
    tables, verdict = answered(ask_reciprocity(), analysis(r=r))
    assert verdict["verdict"] == code and "r = " in verdict["sentence"] and "On average mentees answered" in verdict["sentence"]
    row = tables["fixed_effects"].set_index("term").loc["dyadic_reciprocity"]
    assert row["ci_low"] < r < row["ci_high"] and row["std_estimate"] == row["estimate"]
    left = tables["influence"].query("group == 'mentor'")
    assert len(left) == 24 and not left["changes_sign"].any() and (left["estimate"] - row["estimate"]).abs().max() < 0.2
    assert tables["fits"][["n_mentors", "n_mentees", "n_dyads"]].iloc[0].tolist() == [24, 96, 96]
    topics = set(tables["quantities"]["topic"])
    assert topics == {"variance", "reciprocity", "agreement", "truth and bias"}


def test_reciprocity_too_weak_to_matter_and_too_few_to_tell():
    assert answered(ask_reciprocity(sesoi=0.25), analysis(mentors=100, each=5, r=0.0))[1]["verdict"] == "negligible"
    assert answered(ask_reciprocity(sesoi=0.1), analysis(mentors=8, each=2, r=0.1, seed=2))[1]["verdict"] == "inconclusive"


def test_assumed_similarity_needs_ones_own_standing():
    rows = analysis().assign(mentor_wish=lambda d: d["mentor_growth"], mentee_wish=lambda d: d["mentee_growth"])
    tables, _ = answered(ask_reciprocity(own="wish"), rows)
    found = tables["quantities"].query("topic == 'truth and bias'")
    assert set(found["quantity"]) == {"b0 directional bias", "b1 truth force", "b2 assumed similarity"} and found["estimate"].notna().all()
    assert {need.column for need in ask_reciprocity(own="wish").needs()} == {"mentor_trust", "mentee_trust", "mentor_wish", "mentee_wish"}


def test_same_seed_same_tables():
    for question in (ask_partner(), ask_reciprocity(bootstraps=99)):
        one, two = (answered(question, analysis())[0] for _ in range(2))
        for name, table in one.items():
            pd.testing.assert_frame_equal(table, two[name])


def test_a_gap_says_when_the_scale_may_mean_something_else_to_either_side():
    step = {"scale": "trust", "between": "roles", "of": "wave 1", "step": "scalar"}
    plain, doubted = (answered(ask_reciprocity(), analysis(), invariance=pd.DataFrame([{**step, "holds": holds}]))[1] for holds in (True, False))
    assert "this may come from its items" in doubted["sentence"] and "items" not in plain["sentence"]
    assert doubted["certainty"] == plain["certainty"] != "low"  # a correlation needs no common zero
