"""Stages questions: verdict and outcome by truth, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.models.kinds import StudyData
from mentoring.models.kinds.stages import KIND, column_names, plan_stages
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import StagesQuestion

ORDER = ["Start", "Middle", "End"]


def study(mentors=40, each=4, waves=3, back=0.0, change=0.0, standing=0.0, seed=1):
    """Relationships that go on, stay, or (`back`) go back; the outcome moves by `change` when in the middle, and long-middle ones are `standing` higher."""
    g = np.random.default_rng(seed)
    n = mentors * each
    base = pd.DataFrame({"dyad": [f"D{i}" for i in range(n)], "mentor": np.repeat([f"M{m}" for m in range(mentors)], each), "mentee": [f"E{i}" for i in range(n)],
                         "program": np.repeat([f"P{m % 8}" for m in range(mentors)], each), "form": None})
    place = [g.integers(0, 2, n)]
    for _ in range(waves - 1):
        step = np.where(g.random(n) < back, -1, g.integers(0, 2, n))
        place.append(np.clip(place[-1] + step, 0, 2))
    middle = np.array([at == 1 for at in place]).mean(axis=0)
    level = 4 + g.normal(0, 0.3, mentors).repeat(each) + g.normal(0, 0.4, n) + standing * middle
    frames = [base.assign(wave=w + 1, stage=np.array(ORDER)[at], mentee_quality=level + change * (at == 1) + g.normal(0, 0.5, n)) for w, at in enumerate(place)]
    dyads = base.assign(start=pd.Timestamp("2024-09-01"), end=pd.NaT)
    ended = g.random(n) < 0.3
    dyads["end"] = (dyads["start"] + pd.to_timedelta(g.integers(30, 270, n), unit="D")).where(ended)
    return StudyData(pd.concat(frames, ignore_index=True).astype({"wave": "Int64"}), dyads, pd.DataFrame(), pd.DataFrame(), [], [], 1)


def question(**keys):
    return StagesQuestion(**{"name": "path", "ask": "?", "kind": "stages", "order": ORDER, **keys})


def answered(data, **keys):
    tables = tables_of(KIND.answer(question(**keys), data))
    return tables, KIND.judge(question(**keys), tables, Words({"quality": "Quality"}, {}))


def test_without_going_back_stages_are_in_order():
    tables, judged = answered(study(mentors=60), tolerance=0.05)
    assert judged.code == "in order" and "keep to the order" in judged.sentence
    assert tables["fits"]["formula"].isna().all() and len(tables["fixed_effects"]) == 0
    assert set(tables["stages"]["wave_from"].dropna()) == {1, 2}


def test_going_back_often_is_not_in_order():
    _, judged = answered(study(back=0.3))
    assert judged.code == "not in order" and "went back" in judged.sentence


def test_a_few_relationships_cannot_tell():
    assert answered(study(mentors=4, each=3))[1].code == "inconclusive"


def test_change_within_relationships_is_kept_apart_from_differences_between_them():
    tables, judged = answered(study(mentors=60, back=0.2, change=0.5, standing=-1.5, seed=3), outcome="quality")
    effects = tables["fixed_effects"].set_index("term")
    assert effects.loc["when_in_middle", "ci_low"] < 0.5 < effects.loc["when_in_middle", "ci_high"]
    assert effects.loc["share_in_middle", "estimate"] < 0
    means = tables["quantities"].query("topic == 'by stage'").set_index("of")["estimate"]
    assert means["Middle"] - means["Start"] == pytest.approx(effects.loc["when_in_middle", "estimate"])
    step = tables["quantities"].query("topic == 'stage to stage' and quantity == 'difference'").set_index("of")["estimate"]
    assert step["Middle to End"] == pytest.approx(effects.loc["when_in_end", "estimate"] - effects.loc["when_in_middle", "estimate"])
    assert "when in Middle rather than in Start, had higher quality" in judged.sentence
    assert [term for term, _ in KIND.focus(question(outcome="quality"), tables["fixed_effects"])] == ["when_in_middle", "when_in_end"]


def test_one_wave_compares_relationships_and_makes_no_move():
    tables, judged = answered(study(waves=1), outcome="quality")
    assert judged.code == "not estimated" and "neighbouring waves" in judged.sentence
    assert "share_in_middle" in tables["fixed_effects"]["term"].tolist() and tables["stages"].empty
    assert "differences between relationships" in tables["quantities"].query("topic == 'by stage'")["note"].iloc[0]


def test_endings_are_told_apart_by_the_last_stage():
    tables, _ = answered(study(mentors=60), closing=["End"])
    rows = tables["quantities"].query("topic == 'ending'")
    counts = rows[rows["of"].isna()].set_index("quantity")["estimate"]
    assert counts["relationships ended, expected"] + counts["relationships ended, sudden"] == counts["relationships ended"]
    last = rows[rows["of"] == rows["of"].dropna().iloc[-1]].set_index("quantity")["estimate"]
    assert last.drop("still lasting").sum() + last["still lasting"] == pytest.approx(1)


def test_without_dates_or_stages_it_says_so():
    data = study()
    bare = StudyData(data.analysis, data.dyads.assign(start=pd.NaT, end=pd.NaT), data.people, data.codebook_items)
    assert "no dates" in answered(bare)[0]["quantities"].query("topic == 'ending'")["note"].iloc[0]
    silent = StudyData(data.analysis.assign(stage=None), data.dyads, data.people, data.codebook_items)
    assert answered(silent)[1].code == "not estimated"


def test_an_order_that_does_not_fit_the_answers_is_refused_and_stages_outside_it_are_counted():
    data = study()
    for keys, said in (({"order": ["One", "Two"]}, "none of the stages"), ({"order": ["Start", "Midle", "End"]}, "no answer is “Midle”"),
                       ({"closing": ["Finish"]}, "not in the order")):
        with pytest.raises(StudyError, match=said):
            KIND.answer(question(**keys), data)
    tables, _ = answered(data, order=["Start", "Middle"])
    note = tables["quantities"].query("quantity == 'moved back or skipped'")["note"].iloc[0]
    assert "outside the order (End)" in note
    # A stage nobody was ever in is no mistake.
    assert answered(data, order=[*ORDER, "Redefinition"])[1].code == answered(data)[1].code


def test_stage_names_become_different_columns():
    assert column_names(["Early stage", "early-stage", "späte"]) == {"Early stage": "early_stage", "early-stage": "early_stage_1", "späte": "späte"}
    plan = plan_stages(question(outcome="quality"), study().analysis)
    assert plan.slopes == ("when_in_middle", "when_in_end")
