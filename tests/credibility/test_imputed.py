"""A question over imputed tables: similarity computed from what was drawn, complete rows beside it, and shifted outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mentoring.credibility.imputed import imputed_tables
from mentoring.dyads import add_similarity
from mentoring.dyads.pairing import Paired
from mentoring.models.kinds import Answered, StudyData
from mentoring.models.questions import answer_question
from mentoring.settings import ModelQuestion, ReciprocityQuestion, Similarity, SimilarityQuestion
from mentoring.tables import CODEBOOK_ITEMS
from tests.models.test_similarity_question import MATCH, QUESTION, analysis

MODEL = ModelQuestion(
    name="own", ask="?", kind="model", formula="mentee_quality ~ mentee_age + (1 | mentor)", focus=["mentee_age"], family="exploratory"
)


def study_of(table: pd.DataFrame, similarity: list[Similarity]) -> StudyData:
    empty = pd.DataFrame()
    return StudyData(analysis=table, dyads=empty, people=empty, codebook_items=CODEBOOK_ITEMS.frame([]), similarity=similarity, seed=3)


@pytest.fixture(scope="module")
def holes() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    table = analysis(mentors=30, effect=0.8, seed=4)
    table["mentee_age"] = table["mentee_quality"] + rng.normal(size=len(table))
    table.loc[rng.random(len(table)) < 0.2, "mentee_quality"] = np.nan
    table.loc[rng.random(len(table)) < 0.2, "mentee_field"] = None
    table["same_field"] = table["same_field"].where(table["mentee_field"].notna())
    return table


def test_a_similarity_question_uses_all_rows_and_stands_beside_complete_ones(holes):
    data = study_of(holes, [MATCH])
    answered = answer_question(QUESTION, data)
    tables = imputed_tables(QUESTION, data, answered, 4)
    row = tables["pooled_effects"].iloc[0]
    assert row["term"] == "same_field_within" and row["m"] == 4
    assert row["rows"] == len(holes) and row["complete_rows"] == holes[["mentee_quality", "mentee_field"]].notna().all(axis=1).sum()
    assert row["complete_estimate"] == answered.fitted.fit.fixed_effects.set_index("term").loc["same_field_within", "estimate"]
    assert 0 < row["fmi"] < 1 and row["ci_low"] < 0.8 < row["ci_high"]
    pd.testing.assert_frame_equal(tables["pooled_effects"], imputed_tables(QUESTION, data, answered, 4)["pooled_effects"])


def test_a_shift_of_nothing_changes_nothing_and_the_conclusion_tips_at_the_end(holes):
    data = study_of(holes, [])
    tables = imputed_tables(MODEL, data, answer_question(MODEL, data), 4)
    pooled, tipping = tables["pooled_effects"].iloc[0], tables["tipping_point"].set_index("delta")
    assert tipping.loc[0.0, "estimate"] == pytest.approx(pooled["estimate"], rel=1e-9)
    assert tipping.loc[0.0, "se"] == pytest.approx(pooled["se"], rel=1e-9) and tipping.loc[0.0, "same"]
    # Nothing is tried beyond the first shift that changes the conclusion, so only the ends can.
    assert tipping["same"].iloc[1:-1].all()


def test_without_missing_outcomes_there_is_none_to_shift():
    table = analysis(mentors=20, seed=2)
    table["mentee_age"] = np.random.default_rng(1).normal(size=len(table))
    data = study_of(table, [])
    tables = imputed_tables(MODEL, data, answer_question(MODEL, data), 3)
    assert tables["pooled_effects"].loc[0, "riv"] < 1e-12
    assert tables["pooled_effects"].loc[0, "estimate"] == pytest.approx(tables["pooled_effects"].loc[0, "complete_estimate"])
    assert "no outcome is imputed" in tables["tipping_point"].loc[0, "note"]


def test_other_kinds_have_no_rows(holes):
    other = ReciprocityQuestion(name="both", ask="?", kind="reciprocity", of="quality")
    tables = imputed_tables(other, study_of(holes, []), Answered(None, None), 3)
    assert tables["pooled_effects"].empty and tables["tipping_point"].empty


def test_a_model_that_failed_leaves_an_empty_row_with_the_reason(holes):
    nobody = study_of(holes.assign(mentee_age=np.nan), [])
    answered = answer_question(MODEL, nobody)
    assert answered.fitted.fit is None
    tables = imputed_tables(MODEL, nobody, answered, 3)
    assert tables["pooled_effects"]["term"].tolist() == ["mentee_age"] and np.isnan(tables["pooled_effects"].loc[0, "estimate"])
    assert "no model of complete rows could be fitted" in tables["pooled_effects"].loc[0, "note"] and tables["tipping_point"].empty


def test_what_cannot_be_drawn_leaves_the_estimate_of_complete_rows(holes):
    data = study_of(holes, [])
    answered = answer_question(MODEL, data)
    # No value of the predictor is left that others could be drawn from.
    broken = study_of(holes.assign(mentee_age=np.where(holes["wave"] > 0, np.nan, 1.0)), [])
    row = imputed_tables(MODEL, broken, answered, 3)["pooled_effects"].iloc[0]
    assert np.isnan(row["estimate"]) and row["complete_estimate"] == pytest.approx(answered.fitted.fit.coefficients[1])
    assert row["note"].startswith("not pooled: ")


def test_a_distance_is_drawn_in_step_and_gower_is_noted():
    rng = np.random.default_rng(5)
    table = analysis(mentors=25, seed=6)
    for role in ("mentor", "mentee"):
        table[f"{role}_age"] = rng.normal(25, 3, len(table))
    table["mentee_age"] = table["mentee_age"].mask(rng.random(len(table)) < 0.25)
    entries = [Similarity(name="near", kind=kind, of=["age"]) for kind in ("absolute_difference", "gower")]
    for entry in entries:
        question = SimilarityQuestion(**{**QUESTION.model_dump(), "similarity": ["near"]})
        paired = add_similarity(Paired(table, pd.DataFrame(), pd.DataFrame()), [entry], CODEBOOK_ITEMS.frame([]))
        data = study_of(paired, [entry])
        row = imputed_tables(question, data, answer_question(question, data), 3)["pooled_effects"].iloc[0]
        assert np.isfinite(row["estimate"]) and row["rows"] == len(table) > row["complete_rows"]
        assert ("towards zero" in str(row["note"])) == (entry.kind == "gower")
