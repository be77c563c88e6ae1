"""The exchange question: costs and benefits as a surface, never as a difference; and the curve over a mentor's load."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.kinds import StudyData, kind_of
from mentoring.models.kinds.exchange import exchange_code
from mentoring.models.load import load_curve, load_of
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import ExchangeQuestion, Scale
from tests.made_surfaces import with_a_surface

SCALES = [Scale(name="costs", label="Costs", items=["c1", "c2"]), Scale(name="benefits", label="Benefits", items=["b1", "b2"])]
WORDS = Words.of(SCALES, [])
ITEMS = pd.DataFrame([{"item": item, "role": role, "low": 1.0, "high": 7.0} for item in ("c1", "c2", "b1", "b2") for role in ("mentor", "mentee")])


def relationships(b, seed=3, shift=0.0, **options):
    """Mentees' costs (x) and benefits (y) in each relationship, and an outcome that is a surface of them."""
    rows = with_a_surface(b=b, seed=seed, shift=shift, **options)
    g = np.random.default_rng(seed)
    rows["mentor_costs"], rows["mentor_benefits"] = g.normal(3, 1, len(rows)), g.normal(5, 1, len(rows))
    return rows.rename(columns={"mentor_values": "mentee_costs", "mentee_values": "mentee_benefits", "mentee_quality": "mentee_stay"})


def pairs(rows, ends=0):
    found = rows.drop_duplicates("dyad")[["dyad", "mentor", "mentee", "program"]].reset_index(drop=True)
    return found.assign(end=[pd.Timestamp("2025-01-01") if place < ends else pd.NaT for place in range(len(found))])


def asks(**options):
    return ExchangeQuestion(**({"name": "e", "ask": "?", "kind": "exchange", "side": "mentee", "costs": "costs", "benefits": "benefits", "outcome": "stay",
                                "reporter": "mentee", "sesoi": 0.2, "bootstraps": 199} | options))


def answer(rows, question=None, items=ITEMS, dyads=None):
    question = question or asks()
    data = StudyData(rows, pairs(rows) if dyads is None else dyads, pd.DataFrame(), items, scales=SCALES)
    tables = tables_of(kind_of(question).answer(question, data))
    return kind_of(question).judge(question, tables, WORDS), tables


def balance(tables):
    return tables["quantities"].query("topic == 'balance'").set_index(["quantity", "of"])


@pytest.mark.parametrize(
    ("b", "expected", "said"),
    [
        ((-0.3, 0.3, 0, 0, 0), "negative", "was lower"),
        ((0.3, -0.3, 0, 0, 0), "positive", "was higher"),
        ((0.3, 0.3, 0, 0, 0), "negligible", "all along the balance"),
        ((0, 0, 0, 0, 0), "negligible", "all along the balance"),
        ((0, 0, -0.25, 0.5, -0.25), "mixed", "turns round"),
    ],
)
def test_known_surfaces_get_their_verdict(b, expected, said):
    judged, tables = answer(relationships(b), asks(sesoi=0.4 if expected == "negligible" else 0.2))
    assert judged.code == expected and said in judged.sentence, judged.sentence
    singly = balance(tables)
    for number, name in enumerate(("costs alone", "benefits alone")):
        row = singly.loc[(name, "at the average relationship")]
        assert abs(row["estimate"] - b[number]) < 4 * row["se"], name


def test_the_verdict_needs_the_whole_balance():
    assert exchange_code("negative", ["inconclusive", "negative"]) == "negative"
    assert exchange_code("negative", ["negative", "positive"]) == "mixed"
    assert exchange_code("negligible", ["negligible", "inconclusive"]) == "inconclusive"
    assert exchange_code("inconclusive", ["negative", "negative"]) == "inconclusive"
    assert exchange_code("negligible", ["negligible", "negligible"]) == "negligible"
    assert exchange_code("not estimated", ["negligible", "negligible"]) == "not estimated"


def test_a_difference_score_would_hide_that_only_one_side_counts():
    judged, tables = answer(relationships((0, 0.4, 0, 0, 0)))
    assert judged.code == "negative"  # the balance tilts ...
    found = balance(tables)
    assert abs(found.loc[("costs alone", "at the average relationship"), "estimate"]) < 0.15  # ... and costs have no part in it
    assert "costs alone" in judged.sentence and "benefits alone" in judged.sentence


def test_the_slope_is_that_at_the_average_relationship():
    # Slope along the balance of z = b1 x + b2 y + b3 x² + b5 y² at (x, y) = (mean, mean): half of it per step of costs and benefits.
    rows = relationships((-0.2, 0.1, 0.1, 0, 0), shift=1.5)
    _, tables = answer(rows)
    effects, surface = tables["fixed_effects"].set_index("term")["estimate"], tables["response_surface"].set_index("quantity")["estimate"]
    sides = tables["quantities"].query("topic == 'sides' and quantity == 'mean'").set_index("of")["estimate"]
    half = (sides["mentee_costs"] - sides["mentee_benefits"]) / 2
    assert effects["exchange_balance"] == pytest.approx(surface["a3"] + 2 * surface["a4"] * half, rel=1e-6)
    assert balance(tables).loc[("balance", "at the average relationship"), "estimate"] == pytest.approx(effects["exchange_balance"], rel=1e-6)
    assert effects["exchange_balance_squared"] == pytest.approx(surface["a4"], rel=1e-6)


def test_costs_that_hardly_ever_prevail_are_said_to():
    judged, _ = answer(relationships((-0.3, 0.3, 0, 0, 0), shift=3))
    assert judged.code == "negative" and "are rare here" in judged.sentence


def test_other_ranges_are_not_set_against_each_other():
    judged, _ = answer(relationships((0, 0, 0, 0, 0)), items=ITEMS.assign(high=ITEMS["item"].map(lambda item: 5.0 if item[0] == "c" else 7.0)))
    assert judged.code == "not estimated" and "different ranges" in judged.sentence


def test_endings_come_from_the_list_of_pairs():
    rows = relationships((0, 0, 0, 0, 0), mentors=60)
    dyads = pairs(rows)
    chance = 1 / (1 + np.exp(-(rows["mentee_costs"] - rows["mentee_benefits"])))
    over = np.random.default_rng(1).random(len(rows)) < chance.to_numpy()
    dyads["end"] = pd.Series(np.where(over, np.datetime64("2025-01-01"), np.datetime64("NaT")), index=dyads.index)
    judged, tables = answer(rows, asks(outcome="ended"), dyads=dyads)
    assert judged.code == "positive" and "share of relationships that ended was higher" in judged.sentence
    assert tables["fixed_effects"]["outcome"].eq("ended").all() and "linear probability" in tables["fits"].loc[0, "note"]
    assert [need.column for need in asks(outcome="ended").needs()] == ["mentee_costs", "mentee_benefits"]
    nobody, _ = answer(rows, asks(outcome="ended"))
    assert nobody.code == "not estimated"


def test_single_source():
    assert kind_of(asks()).single_source(asks(), WORDS)
    assert not kind_of(asks()).single_source(asks(reporter="mentor"), WORDS)
    assert not kind_of(asks()).single_source(asks(outcome="ended"), WORDS)


def test_lines_run_through_the_average_relationship():
    _, tables = answer(relationships((-0.2, 0.1, 0.1, 0, 0), shift=1.5))
    sides = tables["quantities"].query("topic == 'sides' and quantity == 'mean'").set_index("of")["estimate"]
    at = {"line of the total": (sides["mentee_costs"] + sides["mentee_benefits"]) / 2, "line of the balance": sides["mentee_costs"] - sides["mentee_benefits"]}
    heights = [np.interp(where, *tables["effect_lines"].query("term == @line")[["x", "predicted"]].to_numpy().T) for line, where in at.items()]
    assert heights[0] == pytest.approx(heights[1], abs=5e-3)


# --- the load curve ------------------------------------------------------------------------------------------------------


def loaded(slope=0.5, mentors=60, seed=3):
    g = np.random.default_rng(seed)
    sizes = g.integers(1, 6, mentors)
    m = np.repeat(np.arange(mentors), sizes)
    rows = pd.DataFrame({"mentor": m, "mentee": np.arange(len(m)), "dyad": np.arange(len(m)), "program": m // 10, "wave": 1})
    rows["mentor_costs"] = 2 + slope * sizes[m] + g.normal(0, 0.3, mentors)[m] + g.normal(0, 0.5, len(m))
    return rows, load_of(rows)


def test_a_known_load_is_found():
    rows, load = loaded()
    found = load_curve(rows, "mentor_costs", load).set_index("of")
    assert load.tolist()[:3] == rows.groupby("mentor").size().tolist()[:3]
    first = found.iloc[0]
    assert first["ci_low"] < 0.5 < first["ci_high"] and first["p"] < 0.001 and first["df"] < 100
    assert found.loc["4", "estimate"] - found.loc["2", "estimate"] == pytest.approx(1, abs=0.3)
    assert found["n"].iloc[1:].sum() == 60


def test_a_load_that_never_differs_has_no_curve():
    rows, _ = loaded()
    same = load_curve(rows, "mentor_costs", pd.Series(3, index=rows["mentor"].unique()))
    few = load_curve(rows[rows["mentor"] < 5], "mentor_costs", load_of(rows))
    assert len(same) == len(few) == 1 and same["note"].iloc[0].startswith("not estimated") and few["note"].iloc[0].startswith("not estimated")


def test_mentors_get_a_load_curve_and_mentees_none():
    rows = relationships((0, 0, 0, 0, 0), mentors=40)
    _, of_mentors = answer(rows, asks(side="mentor"))
    _, of_mentees = answer(rows)
    assert (of_mentors["quantities"]["topic"] == "load").any() and not (of_mentees["quantities"]["topic"] == "load").any()
