"""The congruence question: from relationships with known truth to a verdict; and when it may not be asked."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.collecting import verdicts
from mentoring.models.kinds import StudyData, kind_of
from mentoring.models.kinds.congruence import asked_alike
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import CongruenceQuestion, Scale
from mentoring.tables import BY_NAME, INFLUENCE
from tests.made_surfaces import with_a_surface as analysis

SCALES = [Scale(name="values", label="Work values", items=["v1", "v2"]), Scale(name="quality", label="Relationship quality", items=["q1", "q2"])]
WORDS = Words.of(SCALES, [])
ITEMS = pd.DataFrame([{"item": item, "role": role, "low": 1.0, "high": 7.0} for item in ("v1", "v2") for role in ("mentor", "mentee")])


def asks(**options):
    return CongruenceQuestion(**({"name": "c", "ask": "?", "kind": "congruence", "of": "values", "outcome": "quality", "reporter": "mentee",
                                  "sesoi": 0.2, "bootstraps": 199} | options))


def answer(data, question=None, items=ITEMS):
    question = question or asks()
    found = kind_of(question).answer(question, StudyData(data, pd.DataFrame(), pd.DataFrame(), items, scales=SCALES))
    tables = tables_of(found)
    steady = [{"question": "c", "term": "surface_a4", "group": "mentor", "left_out": "1", "estimate": 1.0, "se": 1.0, "dfbetas": 0.0, "changes_sign": False}]
    judged = kind_of(question).judge(question, {**tables, "influence": INFLUENCE.frame(steady)}, WORDS)
    return judged, tables


@pytest.mark.parametrize(
    ("b", "expected", "said"),
    [
        ((0, 0, 0, 0, 0), "no effect", "differed by less than 0.2 SD"),
        ((0.3, 0.3, 0, 0, 0), "level effect only", "adds nothing that would matter"),
        ((0, 0, -0.25, 0.5, -0.25), "strict congruence", "whether low or high"),
        ((0.3, 0.3, -0.25, 0.5, -0.25), "broad congruence", "It also differed with the level"),
        ((0, 0, 0.25, -0.5, 0.25), "incongruence better", "was lowest where"),
        ((0.5, -0.5, -0.25, 0.5, -0.25), "level-dependent", "lies to one side"),
        ((0, 0, -0.5, 0, 0.1), "level-dependent", "shifts with the level"),
    ],
)
def test_known_surfaces_get_their_verdict(b, expected, said):
    judged, tables = answer(analysis(b=b, seed=3))
    assert judged.code == expected and said in judged.sentence, judged.sentence
    assert judged.warnings == () and "nan" not in judged.sentence
    true = {"b1": b[0], "b2": b[1], "b3": b[2], "b4": b[3], "b5": b[4]}
    found = tables["response_surface"].set_index("quantity")
    for name, value in true.items():
        assert abs(found.loc[name, "estimate"] - value) < 4 * found.loc[name, "se"], name


@pytest.mark.parametrize(
    ("b", "doubted"), [((0.3, 0.3, -0.25, 0.5, -0.25), True), ((0.5, -0.5, -0.25, 0.5, -0.25), True), ((0, 0, 0, 0, 0), False)]
)
def test_a_place_both_sides_do_not_mean_alike_is_not_relied_on(b, doubted):
    _, tables = answer(analysis(b=b, seed=3))
    table = {name: BY_NAME[name].frame(rows) for name, rows in tables.items()}
    said = {}
    for holds in (True, False):
        steps = pd.DataFrame([{"scale": "values", "between": "roles", "of": "wave 1", "step": step, "holds": holds} for step in ("metric", "scalar")])
        said[holds] = verdicts({**table, "invariance": steps}, [asks()], WORDS).iloc[0]
    assert said[True]["verdict"] == said[False]["verdict"] and said[True]["certainty"] != "low"
    assert (said[False]["certainty"] == "low") == doubted == ("not to be relied on" in said[False]["sentence"])
    assert verdicts(table, [asks()], WORDS).iloc[0]["certainty"] == said[True]["certainty"]


def test_ten_mentors_cannot_tell():
    judged, _ = answer(analysis(mentors=10, b=(0, 0, -0.1, 0.2, -0.1), seed=2))
    assert judged.code == "inconclusive" and judged.sentence.startswith("This study cannot tell")


def test_without_a_smallest_effect_nothing_is_negligible():
    judged, _ = answer(analysis(b=(0, 0, -0.25, 0.5, -0.25), seed=3), asks(sesoi=None))
    assert judged.code == "inconclusive" and "`sesoi`" in judged.sentence


def test_the_tables_agree_with_each_other():
    _, tables = answer(analysis(b=(0.2, 0.1, -0.2, 0.3, -0.1), waves=2, seed=5))
    effects, surface = tables["fixed_effects"].set_index("term"), tables["response_surface"].set_index("quantity")
    for name in ("a1", "a2", "a3", "a4", "a5"):
        for column in ("estimate", "se", "df", "p", "ci_low", "ci_high"):
            assert effects.loc[f"surface_{name}", column] == pytest.approx(surface.loc[name, column], rel=1e-6), (name, column)
    numbers = tables["quantities"].set_index(["quantity", "of"])["estimate"]
    step, spread = numbers["standard deviation", "each about its own mean"], numbers["standard deviation", "mentee_quality"]
    assert effects.loc["surface_a4", "std_estimate"] == pytest.approx(effects.loc["surface_a4", "estimate"] * step**2 / spread)
    assert effects.loc["surface_a1", "std_estimate"] == pytest.approx(effects.loc["surface_a1", "estimate"] * step / spread)
    assert tables["surface_models"]["weight"].sum() == pytest.approx(1)
    assert "mentee_values_mean" in effects.index and "mentor_values_mean" not in effects.index
    assert "the mentor's score is the same in all of a mentor's relationships" in tables["fits"].loc[0, "note"]


def test_mismatch_on_one_side_only_is_not_judged():
    judged, tables = answer(analysis(shift=2.5))
    assert judged.code == "not estimated" and "too rare" in judged.sentence
    assert tables["response_surface"]["estimate"].isna().all() and tables["response_surface"]["note"].str.contains("too rare").all()
    assert (tables["quantities"]["quantity"] == "share clearly higher").sum() == 2


@pytest.mark.parametrize(
    ("items", "told"),
    [
        (ITEMS.iloc[:3], "v2 was answered by mentors only"),
        (ITEMS.assign(high=[7.0, 5.0, 7.0, 7.0]), "different ranges"),
    ],
)
def test_sides_that_were_not_asked_alike_are_not_set_against_each_other(items, told):
    judged, _ = answer(analysis(mentors=30), items=items)
    assert judged.code == "not estimated" and told in judged.sentence


def test_the_midpoint_is_that_of_the_response_range():
    assert asked_alike("values", SCALES, ITEMS) == ("", (1.0, 7.0))
    assert asked_alike("age", SCALES, ITEMS) == ("", None)
    _, tables = answer(analysis(mentors=40), asks(centre="midpoint"))
    assert tables["quantities"].query("quantity == 'centre'")["estimate"].tolist() == [4.0]
    judged, _ = answer(analysis(mentors=40), asks(centre="midpoint"), ITEMS.assign(low=np.nan))
    assert "no midpoint" in judged.sentence


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mentee_quality": np.nan}, "no row has outcome and both scores"),
        ({"mentee_quality": 4.0}, "not estimated"),
        ({"mentor_values": lambda d: (d["mentor_values"] > 4) * 1.0, "mentee_values": lambda d: (d["mentee_values"] > 4) * 1.0}, "too few different values"),
        ({"mentor_values": 4.0, "mentee_values": 4.0}, "too few different values"),
    ],
)
def test_too_little_leaves_empty_cells_and_a_note(change, told):
    judged, tables = answer(analysis(mentors=30).assign(**change))
    assert judged.code == "not estimated" and tables["response_surface"]["estimate"].isna().all()
    assert told in tables["fits"].loc[0, "note"] and "nan" not in judged.sentence


def test_one_mentee_each_needs_no_mentor_mean():
    _, tables = answer(analysis(mentors=80, each=1, b=(0, 0, -0.25, 0.5, -0.25)))
    assert not tables["fixed_effects"]["term"].str.endswith("_mean").any() and np.isfinite(tables["response_surface"]["estimate"].iloc[0])


def test_same_seed_same_tables():
    data = analysis(mentors=30, b=(0, 0, -0.25, 0.5, -0.25))
    (_, one), (_, two) = answer(data), answer(data)
    for name in ("response_surface", "surface_models", "quantities", "fixed_effects"):
        pd.testing.assert_frame_equal(one[name], two[name])


def test_the_lines_across_the_surface_are_its_shapes():
    _, tables = answer(analysis(b=(0.2, 0.1, -0.2, 0.3, -0.1), seed=5))
    found = tables["response_surface"].set_index("quantity")["estimate"]
    centre = tables["quantities"].query("quantity == 'centre'")["estimate"].iloc[0]
    for name, (slope, curve), half in (("line of congruence", ("a1", "a2"), 1), ("line of incongruence", ("a3", "a4"), 2)):
        rows = tables["effect_lines"][tables["effect_lines"]["term"] == name]
        t = rows["x"] / half - (centre if half == 1 else 0)
        assert rows["predicted"].to_numpy() == pytest.approx((found["b0"] + found[slope] * t + found[curve] * t**2).to_numpy(), abs=1e-6)
        assert ((rows["ci_low"] < rows["predicted"]) & (rows["predicted"] < rows["ci_high"])).all()
