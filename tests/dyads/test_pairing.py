"""Both sides in one row per relationship and wave: by hand."""

import numpy as np
import pandas as pd
import pytest

from mentoring.dyads import pair_dyads
from mentoring.measure import keyed_answers, score_scales
from mentoring.settings import Scale
from mentoring.tables import CODEBOOK_ITEMS, DYADS, PEOPLE, RESPONSES

SCALE = Scale(name="trust", items=["t1", "t2"])
DYADS_3 = DYADS.frame([{"dyad": "D1", "mentor": "M1", "mentee": "E1", "program": "P"}, {"dyad": "D2", "mentor": "M1", "mentee": "E2", "program": "P"},
                       {"dyad": "D3", "mentor": "M2", "mentee": "E1", "program": "P"}])
PEOPLE_4 = PEOPLE.frame(pd.DataFrame([("M1", "mentor", "art"), ("M2", "mentor", "law"), ("E1", "mentee", "law"), ("E2", "mentee", None)],
                                     columns=["person", "role", "field"]))


def codebook():
    items = [("t1", "likert", "dyad"), ("t2", "likert", "dyad"), ("mood", "number", "self"), ("values", "likert", "self"),
             ("chosen", "category", "dyad"), ("stage", "category", "dyad"), ("stay", "likert", "dyad")]
    return CODEBOOK_ITEMS.frame([
        {"item": item, "role": role, "column": item, "kind": kind, "about": about, "low": 1 if kind == "likert" else None,
         "high": 7 if kind == "likert" else None, "reverse": False}
        for item, kind, about in items for role in ("mentor", "mentee")
    ])


def answer(person, role, item, value, wave=1, dyad=None, label=None):
    return {"person": person, "role": role, "item": item, "value": value, "wave": wave, "dyad": dyad, "label": label,
            "missing": "blank" if value is None else None}


def paired(*answers):
    keyed = keyed_answers(RESPONSES.frame(list(answers)), codebook())
    return pair_dyads(DYADS_3, PEOPLE_4, keyed, score_scales(keyed, [SCALE]), codebook(), [SCALE])


def trust(person, role, dyad, value, wave=1):
    return [answer(person, role, item, value, wave, dyad) for item in SCALE.items]


def test_both_sides_stand_in_one_row_with_their_background():
    row = paired(*trust("M1", "mentor", "D1", 5), *trust("E1", "mentee", "D1", 6)).analysis.iloc[0]
    assert (row["dyad"], row["mentor_trust"], row["mentee_trust"], row["mentor_field"], row["mentee_field"]) == ("D1", 5, 6, "art", "law")


def test_a_one_sided_relationship_keeps_its_row():
    analysis = paired(*trust("E1", "mentee", "D1", 6), *trust("E1", "mentee", "D3", 2)).analysis
    assert analysis["dyad"].tolist() == ["D1", "D3"] and analysis["mentee_trust"].tolist() == [6, 2]
    assert analysis["mentor"].tolist() == ["M1", "M2"]


def test_no_answer_opens_no_row():
    analysis = paired(*trust("E1", "mentee", "D1", 6), *trust("E2", "mentee", "D2", None)).analysis
    assert analysis["dyad"].tolist() == ["D1"]


def test_answers_about_oneself_stand_in_all_own_relationships_but_open_none():
    analysis = paired(*trust("E1", "mentee", "D1", 6), *trust("E1", "mentee", "D3", 2, wave=2),
                      answer("E1", "mentee", "mood", 3.0, 1), answer("E1", "mentee", "mood", 4.0, 2)).analysis
    assert list(zip(analysis["dyad"], analysis["wave"], analysis["mentee_mood"])) == [("D1", 1, 3.0), ("D3", 2, 4.0)]


def test_whoever_only_answers_about_themselves_opens_their_relationships():
    analysis = paired(answer("M1", "mentor", "mood", 3.0)).analysis
    assert analysis["dyad"].tolist() == ["D1", "D2"] and analysis["mentor_mood"].tolist() == [3.0, 3.0]


def test_what_was_asked_once_lasts_when_it_is_a_fact_or_about_oneself():
    both_waves = [*trust("E1", "mentee", "D1", 6, 1), *trust("E1", "mentee", "D1", 5, 2)]
    analysis = paired(*both_waves, answer("E1", "mentee", "values", 7, 1), answer("E1", "mentee", "chosen", 1, 1, "D1", "Chosen"),
                      answer("E1", "mentee", "stay", 4, 1, "D1")).analysis
    assert analysis["mentee_values"].tolist() == [7, 7]
    assert analysis["mentee_chosen"].tolist() == ["Chosen", "Chosen"]
    assert analysis["mentee_stay"].iloc[0] == 4 and np.isnan(analysis["mentee_stay"].iloc[1])  # a rating stays in its wave


def test_a_wave_that_was_on_the_form_but_never_answered_does_not_stop_it_lasting():
    analysis = paired(*trust("E1", "mentee", "D1", 6, 1), *trust("E1", "mentee", "D1", 5, 2), answer("E1", "mentee", "values", 7, 1),
                      answer("E1", "mentee", "values", None, 2)).analysis
    assert analysis["mentee_values"].tolist() == [7, 7]


def test_the_stage_is_the_mentees_word_else_the_mentors():
    analysis = paired(answer("E1", "mentee", "stage", 2, 1, "D1", "Cultivation"), answer("M1", "mentor", "stage", 1, 1, "D1", "Initiation"),
                      answer("M1", "mentor", "stage", 1, 1, "D2", "Initiation")).analysis
    assert analysis["stage"].tolist() == ["Cultivation", "Initiation"]


def test_the_audit_counts_every_relationship_once_a_wave():
    audit = paired(*trust("M1", "mentor", "D1", 5), *trust("E1", "mentee", "D1", 6), *trust("M1", "mentor", "D2", 4)).audit
    counts = audit[audit["step"] == "pairing: wave 1"].set_index("reason")["dyads"]
    assert counts.to_dict() == {"both sides answered": 1, "only the mentee answered": 0, "only the mentor answered": 1, "neither side answered": 1}
    assert counts.sum() == pytest.approx(len(DYADS_3))
