"""Questions of kind `necessity`: a true ceiling is told from a mere association, and what cannot be drawn is said."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.kinds import necessity
from mentoring.models.kinds.kind import StudyData
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import NecessityQuestion, Similarity
from tests.made_relationships import with_a_condition as relationships

EMPTY = pd.DataFrame()


def question(**more):
    return NecessityQuestion(
        **{
            "name": "n",
            "ask": "?",
            "kind": "necessity",
            "outcome": "quality",
            "reporter": "mentee",
            "condition": "felt",
            "permutations": 199,
            **more,
        }
    )


def answer(rows, similarity=(), **more):
    asked = question(**more)
    tables = tables_of(necessity.KIND.answer(asked, StudyData(rows, EMPTY, EMPTY, EMPTY, similarity, seed=3)))
    return tables, necessity.KIND.judge(asked, tables, Words({}, {entry.name: entry for entry in similarity}))


@pytest.fixture(scope="module")
def true_ceiling():
    return answer(relationships(necessary=True))


def test_a_true_ceiling_is_called_necessary(true_ceiling):
    tables, said = true_ceiling
    assert said.code == "necessary"
    corner = tables["fixed_effects"].set_index("term").loc["ceiling_d"]
    assert corner["estimate"] > 0.1 and corner["p"] == pytest.approx(1 / 200)


def test_a_mere_association_is_called_helpful_though_the_published_rule_would_say_necessary():
    rows = relationships(b=0.6, seed=2)
    _, strict = answer(rows)
    _, published = answer(rows, beyond_a_line=False)
    assert strict.code == "helpful" and "straight-line association" in strict.sentence
    assert published.code == "necessary" and published.warnings


def test_nothing_is_not_shown():
    assert answer(relationships(seed=3))[1].code == "not shown"


def test_bottleneck_rises_and_predictions_follow_the_association(true_ceiling):
    table = true_ceiling[0]["quantities"]
    needed = table[(table["topic"] == "bottleneck") & (table["of"] == "CR-FDH")]["estimate"].dropna()
    assert len(needed) > 2 and needed.is_monotonic_increasing
    assert table[(table["topic"] == "bottleneck")]["note"].eq("not necessary").any()
    predicted = table[table["topic"] == "predicted"]
    assert list(predicted["of"]) == ["low", "middle", "high"] and predicted["estimate"].is_monotonic_increasing
    assert (predicted["ci_low"] < predicted["estimate"]).all()


def test_repeated_waves_count_each_relationship_once(true_ceiling):
    rows = relationships(necessary=True, waves=2)
    rows["mentee_quality"] += np.where(rows["wave"] == 1, -0.25, 0.25)  # so that it was asked at both waves
    table = answer(rows)[0]["quantities"]
    d = table[(table["topic"] == "ceiling") & (table["quantity"] == "d")]
    assert (d["n"] == rows["dyad"].nunique()).all()
    assert d["estimate"].to_numpy() == pytest.approx(
        true_ceiling[0]["quantities"].query("topic == 'ceiling' and quantity == 'd'")["estimate"].to_numpy()
    )


def test_a_distance_is_turned_round():
    rows = relationships(necessary=True).rename(columns={"felt": "near"})
    rows["apart"] = 10 - rows["near"]
    rows["mentor_x"], rows["mentee_x"] = rows["apart"], 0.0
    entry = Similarity(name="apart", kind="absolute_difference", of=["x"])
    tables, _ = answer(rows, [entry], condition="apart")
    d = tables["fixed_effects"].set_index("term").loc["ceiling_d", "estimate"]
    assert d > 0.1
    predicted = tables["quantities"].query("topic == 'predicted'")
    assert predicted.empty or predicted["note"].notna().all() or predicted["estimate"].is_monotonic_increasing


def test_a_match_goes_by_steps():
    rows = relationships()
    rows["felt"] = (rows["felt"] > 5).astype(float)
    rows.loc[rows["felt"] == 0, "mentee_quality"] = np.minimum(rows.loc[rows["felt"] == 0, "mentee_quality"], 4.5)
    tables, said = answer(rows)
    high, low = rows["mentee_quality"].max(), rows["mentee_quality"].min()
    assert tables["fixed_effects"].set_index("term").loc["ceiling_d", "estimate"] == pytest.approx((high - 4.5) / (high - low))
    assert said.code in ("necessary", "helpful")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda rows: rows.head(6), "only 6 relationships"),
        (lambda rows: rows.assign(felt=4.0), "condition is the same"),
        (lambda rows: rows.assign(mentee_quality=np.nan), "only 0 relationships"),
    ],
)
def test_what_cannot_be_drawn_is_said(change, why):
    tables, said = answer(change(relationships()))
    assert said.code in ("not estimated", "not shown")
    assert why in tables["fits"]["note"].iloc[0]
    assert tables["fixed_effects"].set_index("term").loc["ceiling_d"].isna()["estimate"]
    assert tables["quantities"].query("topic == 'ceiling'")["note"].notna().all()


def test_without_anything_to_deal_there_is_no_p():
    rows = relationships().drop_duplicates("mentor").assign(program=lambda r: r["mentor"])
    tables, _ = answer(rows)
    assert tables["fixed_effects"].set_index("term").loc["ceiling_d", ["estimate", "p"]].isna().tolist() == [False, True]


def test_same_seed_same_numbers():
    first, again = (answer(relationships(b=0.3))[0]["quantities"] for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.slow
def test_error_rate_under_a_straight_line_and_power_under_a_ceiling():
    strict = [answer(relationships(b=0.35, seed=s), permutations=99)[1].code == "necessary" for s in range(100)]
    found = [answer(relationships(necessary=True, seed=s), permutations=99)[1].code == "necessary" for s in range(50)]
    assert np.mean(strict) <= 0.08 and np.mean(found) >= 0.9
