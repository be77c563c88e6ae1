"""Support functions by form: against R, against the plain model of differences, and what cannot be told."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mentoring.errors import StudyError
from mentoring.models.functions import CONTRAST, coverage, stacked
from mentoring.models.kinds import StudyData
from mentoring.models.kinds.functions import INTERACTION, KIND, plan_functions
from mentoring.models.lmm import lmm
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import FunctionsQuestion, Similarity
from tests.models.groups_reference import GOLDEN, dyads

COLUMNS = {"psychosocial": "mentee_warm", "career": "mentee_job"}
ITEMS = pd.DataFrame([{"item": item, "role": "mentee", "kind": "likert", "about": "dyad", "low": 1.0, "high": 7.0} for item in ("warm", "job")])
FELT = Similarity(name="felt", kind="perceived", of=["felt"], reporter="mentor")


def study(mentors=40, each=4, waves=2, crossover=0.0, felt_gap=0.0, own_difference=0.4, seed=1, items=ITEMS):
    g = np.random.default_rng(seed)
    n = mentors * each
    peer, felt = np.arange(mentors).repeat(each) % 2 == 1, g.normal(0, 1, n)
    base = pd.DataFrame({"dyad": [f"D{i}" for i in range(n)], "mentor": np.repeat([f"M{m}" for m in range(mentors)], each), "mentee": [f"E{i}" for i in range(n)],
                         "program": np.repeat([f"P{m % 8}" for m in range(mentors)], each), "form": np.where(peer, "peer", "assigned"), "felt": felt})
    level = 4 + g.normal(0, 0.4, mentors).repeat(each) + g.normal(0, 0.4, n) + felt * (0.3 + felt_gap * peer)
    lean = g.normal(0, own_difference, n) + crossover * peer
    sheets = [base.assign(wave=w, stage=None, mentee_warm=level + lean / 2 + g.normal(0, 0.4, n), mentee_job=level - lean / 2 + g.normal(0, 0.4, n)) for w in range(1, waves + 1)]
    rows = pd.concat(sheets, ignore_index=True).astype({"wave": "Int64"})
    return StudyData(rows, base[["dyad", "mentor", "mentee"]], pd.DataFrame(), items, [FELT], [], 1)


def question(**keys):
    return FunctionsQuestion(**{"name": "forms", "ask": "?", "kind": "functions", "reporter": "mentee", "psychosocial": "warm", "career": "job", **keys})


def answered(data, **keys):
    tables = tables_of(KIND.answer(question(**keys), data))
    return tables, KIND.judge(question(**keys), tables, Words({"warm": "Warmth", "job": "Career support"}, {"felt": FELT}))


def test_stacked_model_as_r():
    data = dyads().assign(dyad=lambda d: d["mentee"], wave=1, mentee_warm=lambda d: d["q"], mentee_job=lambda d: d["q3"])
    rows, _, problem = stacked(data, COLUMNS, "mentee")
    rows["form"] = pd.Categorical(np.where(rows["peer"].astype(int) <= 6, "peer", "hierarchical"), categories=["hierarchical", "peer"])
    fit = lmm(f"support ~ {CONTRAST} * form + (1 | mentor) + (1 | mentor_by_function) + (1 | sheet)", rows)
    row = fit.fixed_effects.set_index("term").loc[INTERACTION]
    assert not problem and [row["estimate"], row["se"], row["df"]] == pytest.approx([GOLDEN["functions"][name] for name in ("estimate", "se", "df")], rel=2e-3)


def test_complete_sheets_give_the_model_of_differences():
    # With both functions on every sheet, the difference is all there is to know of function × form.
    data = study(crossover=0.8, waves=2, seed=4)
    plan = plan_functions(question(), data)
    fit = lmm(f"support ~ {CONTRAST} * form + wave + {plan.structure.terms}", plan.rows)
    rows = data.analysis.assign(lean=data.analysis["mentee_warm"] - data.analysis["mentee_job"], form=pd.Categorical(data.analysis["form"], ["assigned", "peer"]))
    plain = lmm("lean ~ form + (1 | mentor) + (1 | dyad)", rows).fixed_effects.set_index("term").loc["form[T.peer]"]
    row = fit.fixed_effects.set_index("term").loc[INTERACTION]
    assert row["estimate"] == pytest.approx(plain["estimate"], rel=1e-6)
    assert row["se"] == pytest.approx(plain["se"], rel=0.02)


def test_a_crossover_is_found_with_its_simple_effects():
    tables, judged = answered(study(crossover=0.8), sesoi=0.2)
    effect = tables["fixed_effects"].set_index("term").loc[INTERACTION]
    assert judged.code == "positive" and "Peer relationships" in judged.sentence and effect["ci_low"] < 0.8 < effect["ci_high"]
    simple = tables["quantities"].query("topic == 'simple effects'").set_index(["quantity", "of"])["estimate"]
    assert simple["peer − hierarchical", "psychosocial"] - simple["peer − hierarchical", "career"] == pytest.approx(effect["estimate"])
    assert simple["psychosocial − career", "peer"] - simple["psychosocial − career", "hierarchical"] == pytest.approx(effect["estimate"])
    assert effect["std_estimate"] == pytest.approx(
        simple["psychosocial − career (SD)", "peer"] - simple["psychosocial − career (SD)", "hierarchical"])


def test_waves_of_one_relationship_do_not_count_as_independent():
    # Every relationship leans its own way for good: ignoring that would reject far too often.
    rejected = 0
    for run in range(40):
        plan = plan_functions(question(), study(mentors=14, each=3, waves=3, own_difference=0.8, seed=200 + run))
        rejected += lmm(f"{plan.fixed} + {plan.structure.terms}", plan.rows).fixed_effects.set_index("term").loc[INTERACTION, "p"] < 0.05
    assert rejected <= 6


def test_similarity_by_form():
    tables, judged = answered(study(mentors=60, felt_gap=0.4, seed=3), similarity="felt")
    effects = tables["fixed_effects"].set_index("term")
    assert effects.loc["felt_within:form[T.peer]", "ci_low"] < 0.4 < effects.loc["felt_within:form[T.peer]", "ci_high"]
    slopes = tables["quantities"].query("topic == 'similarity'").set_index("of")["estimate"]
    assert slopes["peer"] - slopes["hierarchical"] == pytest.approx(effects.loc["felt_within:form[T.peer]", "estimate"])
    assert [term for term, _ in KIND.focus(question(similarity="felt"), tables["fixed_effects"].assign(question="forms"))] == [INTERACTION, "felt_within:form[T.peer]"]
    assert "among peers" in judged.sentence
    assert not KIND.single_source(question(similarity="felt"), Words({}, {"felt": FELT}))


def test_coverage_by_hand():
    rows = pd.DataFrame({"dyad": ["a", "a", "b", "c", "d"], "mentor": ["m", "m", "n", "o", "p"], "form": ["x"] * 4 + ["y"],
                         "mentee_warm": [5.0, 3.0, 2.0, np.nan, 6.0], "mentee_job": [1.0, 1.0, 6.0, 4.0, np.nan]})
    found = {(what, group): (rate.n, rate.rate) for what, group, rate in coverage(rows, COLUMNS, 4.0, "form")}
    # a: warm 4 on average, job 1; b: 2 and 6; c: no warm, job 4; d: warm 6 only.
    assert found["psychosocial", "x"] == (2, 0.5) and found["career", "x"] == (3, pytest.approx(2 / 3))
    assert found["both", "x"] == (2, 0.0) and found["neither", "x"] == (2, 0.0)
    assert found["psychosocial", "y"] == (1, 1.0) and found["both", "y"][0] == 0


def test_one_form_only_still_says_what_is_covered():
    data = study()
    data = StudyData(data.analysis[data.analysis["form"] == "peer"].reset_index(drop=True), data.dyads, data.people, ITEMS)
    tables, judged = answered(data)
    assert judged.code == "not estimated" and "one form" in tables["fits"]["note"].iloc[0]
    assert tables["quantities"].query("topic == 'coverage'")["estimate"].notna().any()


def test_a_single_wave_has_no_place_for_a_lean_of_its_own():
    plan = plan_functions(question(), study(waves=1))
    assert "dyad_by_function" not in plan.structure.random and plan.structure.random[-1] == "mentee"


def test_what_cannot_be_compared_is_told():
    data = study()
    with pytest.raises(StudyError, match="no relationship has the form"):
        plan_functions(question(peer="buddy"), data)
    tables, judged = answered(study(items=ITEMS.assign(high=[7.0, 5.0])))
    assert "different response ranges" in tables["fits"]["note"].iloc[0] and judged.code == "not estimated"
    no_form = StudyData(data.analysis.assign(form=None), data.dyads, data.people, ITEMS)
    assert "do not say the form" in plan_functions(question(), no_form).problem
