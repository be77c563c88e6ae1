"""Equity questions: verdicts by truth, each further number by hand, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds import StudyData
from mentoring.models.kinds.equity import KIND, equity_rows, plan_equity
from mentoring.models.kinds.equity_parts import CLOSING
from mentoring.models.kinds.voice import silence, voice
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import EquityQuestion, Similarity

ITEMS = pd.DataFrame([{"item": "quality", "role": role, "kind": "likert", "about": "dyad", "low": 1.0, "high": 7.0} for role in ("mentor", "mentee")])
MATCH = Similarity(name="same_field", kind="match", of=["field"])


def study(mentors=40, each=5, waves=2, gap=0.0, slope_gap=0.0, gap_sd=0.0, seed=1):
    g = np.random.default_rng(seed)
    n = mentors * each
    dyads = pd.DataFrame({"dyad": [f"D{i}" for i in range(n)], "mentor": np.repeat([f"M{m}" for m in range(mentors)], each), "mentee": [f"E{i}" for i in range(n)],
                          "program": np.repeat([f"P{m % 8}" for m in range(mentors)], each), "form": "hierarchical"})
    first = g.choice(["No", "Yes"], n, p=[0.6, 0.4])
    support, own = g.normal(0, 1, n), g.normal(0, gap_sd, mentors).repeat(each)
    level = 4 + g.normal(0, 0.4, mentors).repeat(each) + g.normal(0, 0.4, n) + 0.5 * support + (first == "Yes") * (gap + slope_gap * support + own)
    fields = g.choice(["art", "law", "sea"], n)
    mentor_fields = np.repeat(g.choice(["art", "law", "sea"], mentors), each)
    base = dyads.assign(mentee_first=first, mentee_support=support, mentee_field=fields, mentor_field=mentor_fields, mentee_sex=g.choice(["a", "b"], n),
                        same_field=(fields == mentor_fields).astype(float), stage=None)
    rows = pd.concat([base.assign(wave=w, mentee_quality=level + g.normal(0, 0.6, n)) for w in range(1, waves + 1)], ignore_index=True).astype({"wave": "Int64"})
    people = pd.DataFrame({"person": dyads["mentee"], "role": "mentee", "first": first})
    return StudyData(rows, dyads.assign(start=pd.NaT, end=pd.NaT), people, ITEMS, [MATCH], [], 1)


def question(**keys):
    return EquityQuestion(**{"name": "fair", "ask": "?", "kind": "equity", "outcome": "quality", "reporter": "mentee", "group": "mentee_first", **keys})


def answered(data, **keys):
    tables = tables_of(KIND.answer(question(**keys), data))
    return tables, KIND.judge(question(**keys), tables, Words({}, {}))


def quantity(tables, topic, name, of=None):
    rows = tables["quantities"]
    rows = rows[(rows["topic"] == topic) & (rows["quantity"] == name)]
    return (rows if of is None else rows[rows["of"] == of]).iloc[0]


def test_a_gap_is_shown_and_its_numbers_agree_everywhere():
    tables, judged = answered(study(gap=-0.6), sesoi=0.2)
    effect = tables["fixed_effects"].set_index("term").loc["mentee_first[T.Yes]"]
    gap, standard = quantity(tables, "gap", "gap", "Yes − No"), quantity(tables, "gap", "gap (SD)", "Yes − No")
    assert judged.code == "gap shown" and "Yes − No" in judged.sentence
    assert gap[["estimate", "se", "df", "ci_low"]].tolist() == pytest.approx(effect[["estimate", "se", "df", "ci_low"]].tolist())
    assert gap["ci_low"] < -0.6 < gap["ci_high"]
    assert standard["estimate"] == pytest.approx(effect["std_estimate"], rel=1e-6)
    means = [quantity(tables, "means", "adjusted mean", level)["estimate"] for level in ("No", "Yes")]
    assert means[1] - means[0] == pytest.approx(gap["estimate"])


def test_a_gap_in_a_scale_that_is_not_the_same_to_the_groups_is_not_to_be_relied_on():
    data = study(gap=-0.6)
    tables = tables_of(KIND.answer(question(sesoi=0.2), data))

    def judged(holds):
        row = {"scale": "quality", "between": "groups", "of": "mentee_first, mentees’ answers, wave 1", "step": "scalar", "holds": holds}
        return KIND.judge(question(sesoi=0.2), {**tables, "invariance": pd.DataFrame([row])}, Words({}, {}))

    assert judged(True).doubt == "" and judged(False).code == "gap shown"
    assert judged(False).doubt in judged(False).sentence and "does not mean the same to all groups" in judged(False).doubt


def test_parity_needs_the_equivalence_test_and_a_sesoi():
    tables, judged = answered(study(mentors=80, gap=0.02, seed=3), sesoi=0.35)
    assert judged.code == "parity shown" and quantity(tables, "gap", "parity test (SD)")["p"] < 0.05
    assert answered(study(mentors=80, gap=0.02, seed=3))[1].code == "inconclusive"
    few, judged = answered(study(mentors=6, gap=0.02, seed=3), sesoi=0.1)
    assert judged.code == "inconclusive" and few["fixed_effects"]["p"].iloc[1] > 0.05 and "cannot tell" in judged.sentence


def test_without_a_gap_gaps_are_shown_in_about_one_in_twenty():
    plans = [plan_equity(question(), study(mentors=15, each=4, waves=1, gap_sd=0.3, seed=100 + run).analysis) for run in range(60)]
    fits = [fit_plan(plan).fit.fixed_effects.set_index("term").loc[plan.focus[0].term, "p"] for plan in plans]
    # Five of a hundred by right: of 60, more than eight come up less than once in a hundred.
    assert sum(p < 0.05 for p in fits) <= 8


def test_three_groups_compare_every_pair():
    data = study(gap=0.0)
    tables, judged = answered(data, group="mentee_field", sesoi=2.0)
    pairs = tables["quantities"].query("quantity == 'parity test (SD)' and topic == 'gap'")
    assert len(pairs) == 3 and judged.code == "parity shown"
    assert "mentor_x_mentee_field" in tables["fits"]["formula"].iloc[0]


def test_the_largest_group_is_the_reference_unless_named():
    data = study()
    assert plan_equity(question(), data.analysis).focus[0].term == "mentee_first[T.Yes]"
    assert plan_equity(question(reference="Yes"), data.analysis).focus[0].term == "mentee_first[T.No]"
    with pytest.raises(StudyError, match="no group"):
        plan_equity(question(reference="Maybe"), data.analysis)


def test_return_differs_by_group():
    tables, _ = answered(study(slope_gap=0.5, seed=2), support="mentee_support")
    row = quantity(tables, "return", "difference in slope", "Yes − No")
    assert row["ci_low"] < 0.5 < row["ci_high"] and row["p"] < 0.05
    assert "single source" in row["note"]
    slope = quantity(tables, "return", "slope within a mentor's mentees", "No")
    assert slope["ci_low"] < 0.5 < slope["ci_high"]


def test_match_by_group_holds_both_sides_and_says_when_it_cannot_be_told():
    data = study(seed=5)
    tables, _ = answered(data, similarity="same_field")
    alike, unlike = (quantity(tables, "match", f"gap where {word}", "Yes − No")["estimate"] for word in ("alike", "unlike"))
    assert quantity(tables, "match", "gap where alike less gap where unlike", "Yes − No")["estimate"] == pytest.approx(alike - unlike)
    two = data.analysis[data.analysis["mentee_field"].ne("sea") & data.analysis["mentor_field"].ne("sea")].reset_index(drop=True)
    tables, _ = answered(StudyData(two, data.dyads, data.people, ITEMS, [MATCH], [], 1), group="mentee_field", similarity="same_field")
    lost = quantity(tables, "match", CLOSING)
    assert np.isnan(lost["estimate"]) and "main effect" in lost["note"]


def test_gaps_that_differ_between_mentors_are_seen():
    tables, _ = answered(study(mentors=60, gap_sd=1.0, seed=6))
    spread = quantity(tables, "within mentors", "SD of the gap between mentors")
    assert 0.5 < spread["estimate"] < 1.5 and spread["ci_low"] > 0
    several = quantity(tables, "within mentors", "mentors with several groups")
    assert several["estimate"] <= several["n"] == 60


def test_a_group_of_mentors_has_no_gap_within_mentors():
    tables, _ = answered(study(), group="mentor_field")
    assert "mentor's own" in quantity(tables, "within mentors", "SD of the gap between mentors")["note"]


def test_voice_counts_whoever_was_asked():
    data = study(mentors=20, waves=2)
    heard = data.analysis.copy()
    # Every second first-generation relationship is silent at wave 2, and one says nothing at all.
    quiet = (heard["mentee_first"] == "Yes") & (heard["wave"] == 2) & (heard["dyad"].str[1:].astype(int) % 2 == 0)
    gone = heard["dyad"] == heard.loc[heard["mentee_first"] == "Yes", "dyad"].iloc[0]
    heard = heard[~quiet & ~gone].reset_index(drop=True)
    data = StudyData(heard, data.dyads, data.people, ITEMS, [], [], 1)
    rows = pd.DataFrame(voice("mentee_first", ["No", "Yes"], data))
    yes = rows[(rows["of"] == "Yes") & (rows["quantity"] == "share of answers not given, mentees")].iloc[0]
    expected = (2 * (data.dyads["mentee"].map(data.people.set_index("person")["first"]) == "Yes").sum())
    assert yes["n"] == expected and yes["estimate"] == pytest.approx((quiet & ~gone).sum() / expected + 2 / expected)
    assert rows[(rows["of"] == "No") & (rows["quantity"] == "share of answers not given, mentees")].iloc[0]["estimate"] == 0
    # Nobody of one group is silent: a standard error would rest on the other group alone.
    gap = rows[rows["quantity"] == "gap in silence"].iloc[0]
    assert gap["estimate"] == pytest.approx(yes["estimate"]) and "no interval" in gap["note"] and pd.isna(gap.get("se"))
    assert silence("mentor", data).empty


def test_ended_relationships_count_until_they_were_last_heard():
    data = study(mentors=5, waves=3)
    ended = data.dyads.assign(end=pd.Timestamp("2025-01-01").to_datetime64()).iloc[:1]
    dyads = pd.concat([ended, data.dyads.iloc[1:]], ignore_index=True)
    heard = data.analysis[~((data.analysis["dyad"] == "D0") & (data.analysis["wave"] > 1))]
    expected = silence("mentee", StudyData(heard, dyads, data.people, ITEMS, [], [], 1))
    assert (expected["dyad"] == "D0").sum() == 1 and (expected["dyad"] == "D1").sum() == 3


def test_strata_come_with_cell_sizes_and_a_warning():
    tables, _ = answered(study(), strata=["mentee_first", "mentee_field", "mentee_sex"])
    assert quantity(tables, "strata", "strata")["estimate"] == 12 and "fewer than about 20" in quantity(tables, "strata", "VPC")["note"]
    sizes = tables["quantities"].query("quantity == 'mentees in stratum'")["n"]
    assert sizes.sum() == 200


def test_small_groups_and_too_many_groups():
    data = study()
    rows = data.analysis.assign(mentee_first=data.analysis["mentee_first"].where(~data.analysis["dyad"].isin(["D0", "D1"]), "Rare"))
    kept, dropped, notes, _ = equity_rows(question(), rows)
    assert dropped == 4 and "Rare" not in set(kept["mentee_first"]) and any("Rare" in note for note in notes)
    with pytest.raises(StudyError, match="different values"):
        equity_rows(question(), rows.assign(mentee_first=np.arange(len(rows)).astype(str)))
    one, judged = answered(StudyData(rows.assign(mentee_first="No"), data.dyads, data.people, ITEMS, [], [], 1))
    assert judged.code == "not estimated" and "no gap" in one["fits"]["note"].iloc[0]


def test_an_outcome_of_mentors_counts_each_mentor_once():
    data = study()
    rows = data.analysis.assign(mentor_renewal=data.analysis["mentor"].str[1:].astype(float) % 5 + data.analysis["wave"].astype(float))
    plan = plan_equity(question(outcome="renewal", reporter="mentor", group="mentor_field"), rows)
    assert len(plan.rows) == 80 and not plan.problem
    plan = plan_equity(question(outcome="renewal", reporter="mentor"), rows)
    assert "mentee’s group" in plan.problem


def test_a_sentence_names_no_group_smaller_than_the_study_allows():
    data = study(gap=-0.6)
    tables = tables_of(KIND.answer(question(sesoi=0.2), data))
    people = tables["quantities"].query("topic == 'means'")["n"].min()
    named = KIND.judge(question(sesoi=0.2), tables, Words({}, {}, smallest=int(people))).sentence
    silent = KIND.judge(question(sesoi=0.2), tables, Words({}, {}, smallest=int(people) + 1)).sentence
    assert "Yes − No" in named and "Yes − No" not in silent and "groups of few people are not named" in silent
