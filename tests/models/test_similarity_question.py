"""The similarity question: its model, against statsmodels and against truth; and what happens when there is too little."""

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.similarity import plan_similarity
from mentoring.models.results import result_tables
from mentoring.settings import Similarity, SimilarityQuestion

MATCH = Similarity(name="same_field", kind="match", of=["field"])
QUESTION = SimilarityQuestion(name="alike", ask="?", kind="similarity", outcome="quality", reporter="mentee", similarity=["same_field"])


def analysis(mentors=40, each=5, waves=1, effect=0.0, group_effect=0.0, seed=1):
    """Relationships with a known effect of a match, and a known difference between the mentees' groups."""
    g = np.random.default_rng(seed)
    n = mentors * each
    data = pd.DataFrame({
        "program": np.repeat([f"P{m % 8}" for m in range(mentors)], each), "mentor": np.repeat([f"M{m:03d}" for m in range(mentors)], each),
        "mentee": [f"E{i:04d}" for i in range(n)], "dyad": [f"D{i:04d}" for i in range(n)],
        "mentor_field": np.repeat(g.choice(["art", "law"], mentors, p=[0.7, 0.3]), each), "mentee_field": g.choice(["art", "law"], n),
    })
    data["same_field"] = (data["mentor_field"] == data["mentee_field"]).astype(float)
    steady = (g.normal(0, 0.4, mentors).repeat(each) + effect * data["same_field"] + group_effect * (data["mentee_field"] == "law")
              + g.normal(0, 0.5, n))
    frames = [data.assign(wave=w, stage=None, mentee_quality=4 + steady + g.normal(0, 0.6, n)) for w in range(1, waves + 1)]
    return pd.concat(frames, ignore_index=True).astype({"wave": "Int64"})


def effect_of(data):
    plan = plan_similarity(QUESTION, data, [MATCH])
    tables = result_tables(plan, fit_plan(plan))
    return tables, tables["fixed_effects"].set_index("term")


def test_both_sides_own_standing_is_always_in_the_model():
    plan = plan_similarity(QUESTION, analysis(), [MATCH])
    assert plan.fixed == "mentee_quality ~ same_field_within + same_field_between + mentor_field + mentee_field"
    assert plan.slopes == ("same_field_within",) and [focus.term for focus in plan.focus] == ["same_field_within"]


def test_within_parts_sum_to_zero_per_mentor_and_add_up():
    data = analysis(waves=2)
    rows = plan_similarity(QUESTION, data, [MATCH]).rows
    assert rows.groupby("mentor")["same_field_within"].sum().abs().max() < 1e-9
    assert np.allclose(rows["same_field_within"] + rows["same_field_between"], data["same_field"])


def test_a_known_effect_is_found():
    tables, effects = effect_of(analysis(mentors=80, effect=0.5, seed=4))
    row = effects.loc["same_field_within"]
    assert row["ci_low"] < 0.5 < row["ci_high"] and row["p"] < 0.001
    # d: over the standard deviation within and between groups, residual variance/(1 − ICC).
    residual = tables["variance_components"].set_index("group").loc["Residual", "variance"]
    total = residual / (1 - tables["fits"].loc[0, "icc"])
    assert row["std_estimate"] == pytest.approx(row["estimate"] / np.sqrt(total), rel=1e-9)
    assert tables["variance_components"]["share"].sum() == pytest.approx(1)


def test_a_difference_between_groups_is_not_taken_for_similarity():
    # Where most mentors are of one field, a difference between the mentees' fields looks like similarity unless it is in the model.
    wrong = []
    for seed in range(40):
        _, effects = effect_of(analysis(mentors=25, group_effect=0.6, seed=seed))
        wrong.append(effects.loc["same_field_within", "p"] < 0.05)
    # 5 % of 40 is 2; more than 8 has a probability below .001.
    assert sum(wrong) <= 8


def test_an_outcome_asked_once_counts_once():
    once = analysis(waves=3)
    once["mentee_quality"] = once.groupby("dyad")["mentee_quality"].transform("first")
    plan = plan_similarity(QUESTION, once, [MATCH])
    assert len(plan.rows) == plan.rows["dyad"].nunique() == 200


def test_missing_rows_are_counted():
    data = analysis()
    data.loc[:9, "mentee_quality"] = np.nan
    tables, _ = effect_of(data)
    assert tables["fits"].loc[0, "dropped"] == 10 and tables["fits"].loc[0, "n_obs"] == 190


@pytest.mark.parametrize(
    ("change", "told"),
    [({"mentee_quality": np.nan}, "not estimated"), ({"mentee_quality": 4.0}, "not estimated"), ({"same_field": 1.0}, None)],
)
def test_too_little_leaves_empty_cells_and_a_note(change, told):
    tables, effects = effect_of(analysis().assign(**change))
    if told:
        assert effects["estimate"].isna().all() and tables["fits"].loc[0, "note"].startswith(told)
    else:
        assert "same_field_within" not in effects.index


def test_a_misspelt_outcome_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean “mentee_quality”"):
        plan_similarity(QUESTION.model_copy(update={"outcome": "qualty"}), analysis(), [MATCH])


def test_an_outcome_of_words_is_refused():
    with pytest.raises(StudyError, match="holds words"):
        plan_similarity(QUESTION.model_copy(update={"outcome": "field"}), analysis(), [MATCH])


def test_the_line_passes_through_the_means_with_the_estimated_slope():
    tables, effects = effect_of(analysis(effect=0.5))
    line = tables["effect_lines"].query("level == 'within mentor'")
    slope = (line["predicted"].iloc[-1] - line["predicted"].iloc[0]) / (line["x"].iloc[-1] - line["x"].iloc[0])
    assert slope == pytest.approx(effects.loc["same_field_within", "estimate"])
    assert ((line["ci_low"] < line["predicted"]) & (line["predicted"] < line["ci_high"])).all()
