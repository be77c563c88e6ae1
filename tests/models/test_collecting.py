"""All questions together: families, focus terms, warnings and words."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.collecting import adjusted, is_single_source, verdicts
from mentoring.models.kinds import kind_of
from mentoring.models.words import Words, in_sentence
from mentoring.settings import EquityQuestion, ModelQuestion, NecessityQuestion, Scale, Similarity, SimilarityQuestion
from mentoring.tables import FIXED_EFFECTS, INFLUENCE, QUANTITIES, SECOND_OPINION

WORDS = Words.of(
    [Scale(name="quality", label="Relationship quality", items=["q1", "q2"])],
    [Similarity(name="same", label="Same field", kind="match", of=["field"]),
     Similarity(name="far", label="Distance in values", kind="squared_difference", of=["values"]),
     Similarity(name="felt", kind="perceived", of=["similar"], reporter="mentee")],
)


def asks(name, *similarity, family="primary", reporter="mentee"):
    return SimilarityQuestion(name=name, ask="?", kind="similarity", outcome="quality", reporter=reporter, similarity=list(similarity), family=family)


def focus(question, table):
    return kind_of(question).focus(question, table)


def model(focus, outcome="mentee_quality", family="exploratory"):
    return ModelQuestion(name="m", ask="?", kind="model", formula=f"{outcome} ~ {focus} + (1 | mentor)", focus=[focus], family=family)


def effects(*rows):
    return FIXED_EFFECTS.frame([
        {"question": q, "outcome": "mentee_quality", "term": term, "estimate": b, "se": 0.1, "df": 40.0, "t": b / 0.1, "p": p,
         "std_estimate": b, "method": "Kenward-Roger"} for q, term, b, p in rows
    ])


def test_within_is_the_focus_where_there_is_one():
    table = effects(("a", "same_within", 0.1, 0.3), ("a", "same_between", 0.1, 0.3), ("b", "same_between", 0.1, 0.3))
    assert focus(asks("a", "same"), table) == [("same_within", "same")]
    assert focus(asks("b", "same"), table) == [("same_between", "same")]
    assert focus(model("mentor_quality"), table) == [("mentor_quality", "mentor_quality")]


def test_only_what_is_asked_is_corrected_and_only_within_its_family():
    table = effects(("a", "same_within", 0.5, 0.02), ("a", "same_between", 0.5, 0.001), ("b", "far_within", 0.5, 0.03), ("m", "x", 0.5, 0.04))
    found = adjusted(table, [asks("a", "same"), asks("b", "far"), model("x")])["p_adjusted"]
    assert found.tolist()[0::2] == pytest.approx([0.04, 0.04]) and np.isnan(found[1]) and np.isnan(found[3])


def steady(table):
    """Leaving out one mentor changes nothing."""
    return [{"question": row.question, "term": row.term, "group": "mentor", "left_out": "1", "estimate": row.estimate, "se": row.se,
             "dfbetas": 0.0, "changes_sign": False} for row in table.itertuples()]


def answer(question, table, influence=None):
    tried = INFLUENCE.frame(steady(table) if influence is None else influence)
    tables = {"fixed_effects": adjusted(table, [question]), "influence": tried, "second_opinion": SECOND_OPINION.frame([])}
    return verdicts(tables, [question], WORDS).iloc[0]


def test_less_distance_reads_as_more_alike():
    row = answer(asks("a", "far"), effects(("a", "far_within", -0.5, 0.001)))
    assert row["verdict"] == "positive" and "those more alike (distance in values) had higher relationship quality" in row["sentence"]
    # Where nobody is said to be higher, the number would contradict the table's sign without these words.
    row = answer(asks("a", "far"), effects(("a", "far_within", -0.1, 0.6)))
    assert "for distance in values, turned round so that higher is more alike (0.10 SD" in row["sentence"]


def flips(question):
    return [{"question": question, "term": "same_within", "group": "mentor", "left_out": "1", "estimate": -0.1, "se": 0.1, "dfbetas": 6.0,
             "changes_sign": True}]


def test_one_mentor_that_turns_the_answer_round_takes_its_clarity():
    table = effects(("a", "same_within", 0.5, 0.001))
    assert answer(asks("a", "same"), table)["certainty"] == "clear"
    assert answer(asks("a", "same"), table, flips("a"))["certainty"] == "moderate"
    assert answer(asks("a", "same"), table, [])["certainty"] == "moderate"  # not tried is not passed
    near_zero = effects(("a", "same_within", 0.001, 0.99)).assign(se=0.01)
    question = asks("a", "same").model_copy(update={"sesoi": 0.2})
    assert answer(question, near_zero, flips("a"))[["verdict", "certainty"]].tolist() == ["negligible", "clear"]


def test_what_is_helpful_or_a_gap_is_tried_without_single_mentors_too():
    helpful = NecessityQuestion(name="a", ask="?", kind="necessity", condition="same", outcome="quality", reporter="mentee")
    gap = EquityQuestion(name="g", ask="?", kind="equity", group="mentee_gender", outcome="quality", reporter="mentee")
    corner = effects(("a", "same_within", 0.5, 0.001), ("a", "ceiling_d", 0.02, 0.6))
    gaps = effects(("g", "mentee_gender[T.b]", 0.5, 0.001))
    for question, code, table, term in ((helpful, "helpful", corner, "same_within"), (gap, "gap shown", gaps, "mentee_gender[T.b]")):
        said = {}
        for name, rows in (("steady", steady(table)), ("turned", [{**steady(table)[0], "term": term, "changes_sign": True}]), ("untried", [])):
            tables = {"fixed_effects": adjusted(table, [question]), "influence": INFLUENCE.frame(rows), "second_opinion": SECOND_OPINION.frame([]),
                      "quantities": QUANTITIES.frame([])}
            said[name] = verdicts(tables, [question], WORDS).iloc[0]
        assert {row["verdict"] for row in said.values()} == {code}
        assert [said[name]["certainty"] for name in said] == ["clear", "moderate", "moderate"]


def test_single_source():
    assert is_single_source(asks("a", "felt"), WORDS) and not is_single_source(asks("a", "felt", reporter="mentor"), WORDS)
    assert not is_single_source(asks("a", "same"), WORDS)
    assert is_single_source(model("mentee_quality", outcome="mentee_learning"), WORDS)
    assert not is_single_source(model("mentor_quality"), WORDS) and not is_single_source(model("mentee_gender"), WORDS)
    assert is_single_source(model("felt"), WORDS) and not is_single_source(model("felt", outcome="mentor_quality"), WORDS)
    assert answer(model("mentee_quality", outcome="mentee_x"), effects(("m", "mentee_quality", 0.5, 0.001)))["certainty"] == "moderate"


def test_words():
    assert WORDS.column("mentee_quality") == "relationship quality as mentees report it"
    assert WORDS.column("mentee_reading") == "reading of mentees"
    assert in_sentence("IQ") == "IQ" and in_sentence("Same field") == "same field"
    assert WORDS.about("same", "same").subject == "Relationships that were more alike (same field)"


def test_nothing_estimated_is_an_answer_too():
    row = answer(asks("a", "same"), pd.DataFrame(effects(("b", "x", 0.1, 0.5))))
    assert row[["verdict", "certainty"]].tolist() == ["not estimated", "none"] and "nan" not in row["sentence"]


def test_a_term_that_says_nothing_takes_no_clarity_from_one_that_does():
    question = asks("a", "same", "far")
    table = effects(("a", "same_within", 0.5, 1e-9), ("a", "far_within", 0.001, 0.9))
    row = answer(question, table, [*steady(table.iloc[:1]), flips("a")[0] | {"term": "far_within"}])
    assert row[["verdict", "certainty"]].tolist() == ["positive", "clear"]
