"""Questions answered again without careless sheets: what changes is exactly what was left out, and what cannot be answered says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mentoring.credibility.without_careless import careful_analysis, without_careless
from mentoring.errors import Problem, StudyError
from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.questions import answer_question, tables_of
from mentoring.models.words import Words
from mentoring.settings import ModelQuestion, ReciprocityQuestion, Scale, Similarity
from mentoring.tables import CODEBOOK_ITEMS, DYADS, INFLUENCE, PEOPLE, PER_QUESTION, RESPONSES, SCORES
from tests.models.test_similarity_question import MATCH, QUESTION, analysis

AGE = ModelQuestion(
    name="age", ask="?", kind="model", formula="mentee_quality ~ mentor_quality + (1 | mentor)", focus=["mentor_quality"], family="primary"
)
BOTH = ReciprocityQuestion(name="both", ask="?", kind="reciprocity", of="quality")


def study_of(table: pd.DataFrame) -> StudyData:
    empty = pd.DataFrame()
    return StudyData(analysis=table, dyads=empty, people=empty, codebook_items=CODEBOOK_ITEMS.frame([]), similarity=[MATCH], seed=3)


def full_tables(questions: list, data: StudyData) -> dict[str, pd.DataFrame]:
    parts = [tables_of(answer_question(question, data)) for question in questions]
    tables = {table.name: pd.concat([part[table.name] for part in parts], ignore_index=True) for table in PER_QUESTION}
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], questions)
    return tables | {"verdicts": verdicts(tables, questions, Words.of(data.scales, data.similarity))}


@pytest.fixture(scope="module")
def study() -> tuple[StudyData, dict[str, pd.DataFrame]]:
    table = analysis(mentors=30, effect=0.9, seed=4)
    table["mentor_quality"] = table["mentee_quality"] + np.random.default_rng(1).normal(size=len(table))
    data = study_of(table)
    return data, full_tables([QUESTION], data)


def test_the_branch_is_the_model_of_what_is_left(study):
    data, tables = study
    fewer = data.analysis.iloc[:-20].reset_index(drop=True)
    row = without_careless([QUESTION], data, tables, lambda: fewer).iloc[0]
    direct = answer_question(QUESTION, study_of(fewer)).fitted.fit.fixed_effects.set_index("term").loc["same_field_within"]
    full = tables["fixed_effects"].set_index("term").loc["same_field_within"]
    assert row["estimate"] == pytest.approx(direct["estimate"], rel=1e-12) and row["se"] == pytest.approx(direct["se"], rel=1e-12)
    assert row["full_estimate"] == full["estimate"] and row["change"] == pytest.approx((direct["estimate"] - full["estimate"]) / full["se"])
    assert row["rows"] == row["full_rows"] - 20 and row["verdict"] == row["full_verdict"] == "positive" and pd.isna(row["note"])


def test_a_verdict_that_changes_is_told(study):
    data, tables = study
    # Without any association left, nothing can be told from zero.
    turned = data.analysis.assign(mentee_quality=data.analysis["mentee_quality"].sample(frac=1, random_state=2).to_numpy())
    row = without_careless([QUESTION], data, tables, lambda: turned).iloc[0]
    assert (row["full_verdict"], row["verdict"]) == ("positive", "inconclusive") and row["change"] < -2


def test_an_answer_that_changes_is_one_word_less_certain(study):
    data, tables = study
    again = without_careless([QUESTION], data, tables, lambda: data.analysis)

    def word(code, turned):
        left_out = {"question": QUESTION.name, "term": "same_field_within", "group": "mentor", "left_out": "1", "estimate": 0.9, "se": 0.2, "dfbetas": 0.1}
        own = tables | {"influence": INFLUENCE.frame([left_out | {"changes_sign": turned}]), "without_careless": again.assign(verdict=code)}
        return verdicts(own, [QUESTION], Words.of(data.scales, data.similarity)).loc[0, ["verdict", "certainty"]].tolist()

    assert word("positive", False) == ["positive", "clear"] and word("inconclusive", False) == ["positive", "moderate"]
    # An answer that a warning has tempered already falls further.
    assert word("positive", True) == ["positive", "moderate"] and word("inconclusive", True) == ["positive", "low"]
    # What was not answered again says nothing against an answer.
    assert word(None, False) == ["positive", "clear"]


def test_p_is_corrected_beside_the_questions_that_stand_as_they_are(study):
    data, _ = study
    questions = [QUESTION.model_copy(update={"family": "primary"}), AGE]
    tables = full_tables(questions, data)
    calls: list[str] = []
    table = without_careless(questions, data, tables, lambda: data.analysis, calls.append).set_index("term")
    # The same rows again: everything must be the same.
    full = tables["fixed_effects"].set_index("term")
    for term in ("same_field_within", "mentor_quality"):
        assert table.loc[term, "change"] == 0 and table.loc[term, "p_adjusted"] == full.loc[term, "p_adjusted"]
    assert calls == [QUESTION.name, "age"]


def test_nothing_flagged_and_other_kinds_say_so(study):
    data, tables = study
    row = without_careless([QUESTION], data, tables, None).iloc[0]
    assert pd.isna(row["estimate"]) and row["full_verdict"] == "positive" and "no answer sheet looks careless" in row["note"]
    table = without_careless([QUESTION, BOTH], data, tables, lambda: data.analysis)
    assert "not done for this kind" in table.set_index("question").loc["both", "note"] and table.loc[0, "change"] == 0


@pytest.mark.parametrize("rows", [0, 3])
def test_too_little_left_is_no_crash(study, rows):
    data, tables = study
    row = without_careless([QUESTION], data, tables, lambda: data.analysis.iloc[:rows]).iloc[0]
    assert pd.isna(row["change"]) and row["note"]


def test_when_pairing_fails_the_reason_stands_in_every_row(study):
    data, tables = study

    def broken() -> pd.DataFrame:
        raise StudyError(Problem("", "pairing", "no answers are left"))

    assert "no answers are left" in without_careless([QUESTION], data, tables, broken).loc[0, "note"]


def test_flagged_sheets_leave_the_analysis_table():
    dyads = DYADS.frame([{"dyad": f"d{n}", "mentor": "m", "mentee": f"e{n}"} for n in range(3)])
    people = PEOPLE.frame([{"person": "m", "role": "mentor"}, *({"person": f"e{n}", "role": "mentee"} for n in range(3))])
    items = CODEBOOK_ITEMS.frame([
        {"item": item, "role": role, "column": item, "kind": "likert", "about": "dyad", "low": 1, "high": 5, "reverse": False}
        for item in ("q1", "q2") for role in ("mentor", "mentee")
    ])  # fmt: skip
    sheets = [(f"d{n}", "m", "mentor") for n in range(3)] + [(f"d{n}", f"e{n}", "mentee") for n in range(2)]
    responses = RESPONSES.frame(
        [{"dyad": d, "person": p, "role": r, "wave": 1, "item": i, "value": 3.0} for d, p, r in sheets for i in ("q1", "q2")]
    )
    scores = SCORES.frame(
        [{"dyad": d, "person": p, "role": r, "wave": 1, "scale": "q", "score": 3.0, "answered": 2, "items": 2} for d, p, r in sheets]
    )
    flags = pd.DataFrame(
        [{"dyad": d, "person": p, "role": r, "wave": 1, "flagged": (d, r) in {("d0", "mentee"), ("d2", "mentor")}} for d, p, r in sheets]
    )
    data = StudyData(analysis=pd.DataFrame(), dyads=dyads, people=people, codebook_items=items, scales=[Scale(name="q", items=["q1", "q2"])],
                     similarity=[Similarity(name="far", kind="absolute_difference", of=["q"])])  # fmt: skip
    table = careful_analysis(data, responses, scores, flags).set_index("dyad")
    # d2 had the mentor's sheet only, so it is gone; d0 keeps the mentor's side, and has no similarity.
    assert list(table.index) == ["d0", "d1"]
    assert (
        pd.isna(table.loc["d0", "mentee_q"])
        and table.loc["d0", "mentor_q"] == 3
        and pd.isna(table.loc["d0", "far"])
        and table.loc["d1", "far"] == 0
    )
