"""One answer counts once, whichever way it came to stand in several rows."""

import numpy as np
import pandas as pd
import pytest

from mentoring.credibility.influence import influence_table
from mentoring.models.answer_rows import each_answer_once
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.custom import plan_custom
from mentoring.models.kinds.similarity import plan_similarity, split_levels
from mentoring.models.lmm import lmm
from mentoring.models.results import result_tables
from mentoring.settings import ModelQuestion, Similarity, SimilarityQuestion
from tests.models.test_similarity_question import MATCH, QUESTION, analysis


def rows(y_of):
    """Two mentors with two mentees each, one shared mentee, two waves."""
    pairs = [("M1", "E1"), ("M1", "E2"), ("M2", "E3"), ("M2", "E1")]
    return pd.DataFrame([{"mentor": m, "mentee": e, "dyad": m + e, "wave": w, "y": y_of(m, e, w)} for m, e in pairs for w in (1, 2)])


def test_an_outcome_of_the_relationship_at_each_wave_keeps_every_row():
    data = rows(lambda m, e, w: hash((m, e, w)))
    kept, notes, problem = each_answer_once(data, "y", "mentee")
    assert len(kept) == 8 and not notes and not problem


def test_an_outcome_asked_once_keeps_one_row_per_relationship():
    kept, notes, _ = each_answer_once(rows(lambda m, e, w: {"M1E1": 1, "M1E2": 2, "M2E3": 3, "M2E1": 4}[m + e]), "y", "mentee")
    assert len(kept) == 4 and "4 repeats left out" in notes[0]


def test_an_outcome_about_the_mentee_counts_once_per_mentee_and_wave():
    kept, notes, _ = each_answer_once(rows(lambda m, e, w: int(e[1]) * 10 + w), "y", "mentee")
    assert len(kept) == 6 and kept.groupby(["mentee", "wave"]).size().max() == 1 and "about the mentee" in notes[0]


def test_an_outcome_about_the_mentor_cannot_answer_a_similarity_question():
    _, _, problem = each_answer_once(rows(lambda m, e, w: int(m[1]) * 10 + w), "y", "mentor")
    assert "same in all of a mentor's relationships" in problem
    data = analysis(waves=2).assign(mentor_renewal=lambda d: d.groupby(["mentor", "wave"])["mentee_quality"].transform("first"))
    question = SimilarityQuestion(name="r", ask="?", kind="similarity", outcome="renewal", reporter="mentor", similarity=["same_field"])
    plan = plan_similarity(question, data, [MATCH])
    tables = result_tables(plan, fit_plan(plan))
    assert tables["fixed_effects"]["estimate"].isna().all() and "about the mentor" in tables["fits"].loc[0, "note"]


def test_a_written_model_does_not_count_one_answer_three_times():
    data = analysis(waves=3)
    data["mentee_quality"] = data.groupby("dyad")["mentee_quality"].transform("first")
    question = ModelQuestion(name="m", ask="?", kind="model", formula="mentee_quality ~ same_field + (1 | mentor)", focus=["same_field"])
    plan = plan_custom(question, data)
    tables = result_tables(plan, fit_plan(plan))
    assert tables["fits"].loc[0, "n_obs"] == 200 and "asked once" in tables["fits"].loc[0, "note"]


def test_the_three_levels_add_up_and_do_not_overlap():
    g = np.random.default_rng(1)
    data = analysis(mentors=8, waves=3).assign(felt=lambda d: g.normal(size=len(d)))
    split = split_levels(data, "felt")
    parts = [split[f"felt_{part}"] for part in ("over_time", "within", "between")]
    assert np.allclose(sum(parts), data["felt"])
    assert all(abs(np.dot(a, b)) < 1e-8 for i, a in enumerate(parts) for b in parts[:i])
    assert (split.groupby("dyad")["felt_within"].nunique() == 1).all()


def test_a_change_over_time_is_not_taken_for_a_difference_between_relationships():
    g = np.random.default_rng(4)
    data = analysis(mentors=30, waves=3, seed=4).assign(felt=lambda d: g.normal(size=len(d)))
    usual = data.groupby("dyad")["felt"].transform("mean")
    data["mentee_quality"] += 0.8 * (data["felt"] - usual)  # only over time
    felt = Similarity(name="felt", kind="perceived", of=["felt"], reporter="mentor")
    plan = plan_similarity(QUESTION.model_copy(update={"similarity": ["felt"]}), data, [felt])
    effects = result_tables(plan, fit_plan(plan))["fixed_effects"].set_index("term")
    assert effects.loc["felt_over_time", "ci_low"] > 0.6 and effects.loc["felt_within", "ci_low"] < 0 < effects.loc["felt_within", "ci_high"]


def test_a_similarity_that_is_the_same_for_all_is_said_and_breaks_nothing():
    plan = plan_similarity(QUESTION, analysis().assign(same_field=1.0), [MATCH])
    fitted = fit_plan(plan)
    assert influence_table(plan, fitted.fit, 1).empty
    assert "same in every row" in result_tables(plan, fitted)["fits"].loc[0, "note"]


def test_the_band_of_a_line_has_the_degrees_of_freedom_of_the_predicted_mean():
    plan = plan_similarity(QUESTION, analysis(mentors=6, each=12), [MATCH])
    fitted = fit_plan(plan)
    line = result_tables(plan, fitted)["effect_lines"].query("level == 'within mentor'").iloc[10]
    fit, at = fitted.fit, fitted.fit.terms.index("same_field_within")
    row = fit.design.X.mean(axis=0)
    row[at] = line["x"]
    from scipy import stats

    se = np.sqrt(row @ fit.vcov_adjusted.to_numpy() @ row)
    assert line["ci_high"] - line["predicted"] == pytest.approx(stats.t.isf(0.025, fit.contrast_df(row)) * se)


def test_an_uncentred_slope_has_no_share_rather_than_a_wrong_one():
    data = analysis(mentors=20, each=8).assign(x=lambda d: 5 + np.random.default_rng(2).normal(size=len(d)))
    data["mentee_quality"] += np.random.default_rng(3).normal(0, 0.5, 20).repeat(8) * data["x"]
    question = ModelQuestion(name="m", ask="?", kind="model", formula="mentee_quality ~ x + (1 + x | mentor)", focus=["x"])
    plan = plan_custom(question, data)
    shares = result_tables(plan, fit := fit_plan(plan))["variance_components"].set_index("group")["share"]
    assert shares["mentor"].isna().all() and shares["Residual"] == pytest.approx(1 - fit.fit.icc)


def test_a_term_of_an_interaction_has_no_line_and_no_standardised_estimate():
    data = analysis().assign(a=lambda d: np.random.default_rng(2).normal(size=len(d)), b=lambda d: np.random.default_rng(3).normal(size=len(d)))
    question = ModelQuestion(name="m", ask="?", kind="model", formula="mentee_quality ~ a * b + (1 | mentor)", focus=["a"])
    plan = plan_custom(question, data)
    tables = result_tables(plan, fit_plan(plan))
    assert tables["effect_lines"].empty and tables["fixed_effects"].set_index("term").loc["a", "std_estimate"] != 0
    assert np.isnan(tables["fixed_effects"].set_index("term").loc["a", "std_estimate"])


def test_two_mentors_in_two_programmes_print_no_nonsense():
    data = analysis(mentors=2, each=12)
    plan = plan_similarity(QUESTION, data.assign(program=data["mentor"]), [MATCH])
    effects = result_tables(plan, fit_plan(plan))["fixed_effects"]
    known = effects.dropna(subset=["ci_low"])
    assert (known["df"] >= 1).all() and (known["ci_low"].abs() < 1e3).all()


def test_a_slope_bound_to_its_intercept_is_left():
    g = np.random.default_rng(9)
    mentor = np.arange(40).repeat(8)
    shared = g.normal(0, 0.5, 40)
    data = pd.DataFrame({"mentor": mentor.astype(str), "x": g.normal(size=320)})
    data["y"] = shared[mentor] - 0.15 * shared[mentor] * data["x"] + 0.3 * data["x"] + g.normal(size=320)
    from mentoring.models.lmm import fit_ladder

    assert lmm("y ~ x + (1 + x | mentor)", data).singular
    assert not fit_ladder("y ~ x + (1 + x | mentor)", data).singular
