"""Questions of kind `network`: diversity by hand, who belongs to whom, a known gain per mentor, error rate, and studies in which nobody has several."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.kinds import network as kind
from mentoring.models.kinds.kind import StudyData
from mentoring.models.network import blau, functions_covered, memberships, networks
from mentoring.models.questions import tables_of
from mentoring.models.words import Words
from mentoring.settings import NetworkQuestion

EMPTY = pd.DataFrame()


def made(mentees=120, mentors=30, gain=0.0, several=0.5, about_mentee=True, waves=1, seed=1):
    """Mentees with one to three mentors; each further one goes with `gain`; mentors matter by equal shares."""
    g = np.random.default_rng(seed)
    quality = 0.4 * g.normal(size=mentors)
    rows = []
    for mentee in range(mentees):
        count = 1 if g.random() > several else int(g.integers(2, 4))
        own = g.choice(mentors, count, replace=False)
        steady = 0.5 * g.normal() + gain * (count - 1) + quality[own].mean()
        for wave in range(1, waves + 1):
            common = 4 + steady + 0.5 * g.normal()
            for mentor in own:
                rows.append(
                    {
                        "program": None,
                        "mentor": f"M{mentor:02d}",
                        "mentee": f"E{mentee:03d}",
                        "dyad": f"D{mentee:03d}{mentor:02d}",
                        "wave": wave,
                        "mentee_y": common if about_mentee else 4 + steady + 0.5 * g.normal(),
                        "mentee_support": 5 + g.normal(),
                        "mentee_career": 5 + g.normal(),
                        "mentor_field": "art" if mentor % 2 else "law",
                    }
                )
    return pd.DataFrame(rows).astype({"wave": "Int64"})


def question(**more):
    return NetworkQuestion(
        **{"name": "net", "ask": "?", "kind": "network", "outcome": "y", "reporter": "mentee", "predictor": "mentee_support", **more}
    )


def answer(rows, **more):
    asked = question(**more)
    data = StudyData(rows, rows.drop_duplicates("dyad")[["dyad", "mentor", "mentee", "program"]], EMPTY, EMPTY, seed=3)
    tables = tables_of(kind.KIND.answer(asked, data))
    return tables, kind.KIND.judge(asked, tables, Words({}, {}))


def test_blau_by_hand():
    assert blau(["a", "a", "b", "c"]) == pytest.approx(1 - (0.25 + 0.0625 + 0.0625))
    assert blau(["a"]) == 0 and blau(["a", None, "b"]) == 0.5 and np.isnan(blau([None]))


def test_networks_and_memberships_by_hand():
    dyads = pd.DataFrame({"mentor": ["m1", "m2", "m1"], "mentee": ["a", "a", "b"]})
    known = networks(dyads, "field", {"m1": "art", "m2": "law"})
    assert known["further_mentors"].to_dict() == {"a": 1.0, "b": 0.0} and known["mentor_diversity"].to_dict() == {"a": 0.5, "b": 0.0}
    members, term = memberships(known["mentors"])
    assert term == "mm(member_1, member_2, weights = share_1 + share_2)"
    assert members.loc["a"].tolist() == ["m1", 0.5, "m2", 0.5] and members.loc["b", "share_2"] == 0 and members.loc["b", "share_1"] == 1


def test_a_function_is_covered_when_one_mentor_covers_it():
    rows = pd.DataFrame(
        {"mentee": ["a", "a", "b", "c"], "dyad": ["1", "2", "3", "4"], "s": [3.0, 5.0, 3.0, 5.0], "t": [3.0, 3.0, 5.0, np.nan]}
    )
    out = functions_covered(rows, {"support": "s", "talk": "t"}, 4)
    assert out["functions_covered"].tolist()[:2] == [1, 1] and np.isnan(out.loc["c", "functions_covered"])
    assert out.loc["a", "support"] == 1 and out.loc["b", "support"] == 0


def test_an_outcome_about_the_mentee_counts_once_and_takes_all_mentors():
    rows = made(gain=0.6)
    tables, said = answer(rows)
    fit = tables["fits"].iloc[0]
    assert "mm(" in fit["formula"] and fit["n_obs"] == rows["mentee"].nunique() and fit["n_mentors"] == rows["mentor"].nunique()
    row = tables["fixed_effects"].set_index("term").loc["further_mentors"]
    assert row["ci_low"] < 0.6 < row["ci_high"] and said.code == "positive"


def test_an_outcome_about_the_relationship_is_crossed():
    tables, said = answer(made(gain=0.6, about_mentee=False, waves=2))
    formula = tables["fits"]["formula"].iloc[0]
    assert "(1 | mentor) + (1 | mentee)" in formula and "mentee_support_this_mentor" in formula and said.code == "positive"


def test_the_curve_steps_by_the_number_of_mentors():
    curve = answer(made(mentees=300, gain=0.5))[0]["quantities"].query("topic == 'curve'")
    predicted = curve[curve["quantity"] == "predicted outcome"]
    assert list(predicted["of"]) == ["1", "2", "3"] and predicted["estimate"].is_monotonic_increasing
    steps = curve[curve["quantity"] == "what the further one adds"]
    assert steps["estimate"].to_numpy() == pytest.approx(np.diff(predicted["estimate"]))
    assert ((steps["ci_low"] < 0.5) & (0.5 < steps["ci_high"])).all()


def test_functions_and_diversity_enter():
    tables, _ = answer(made(), functions=["support", "career"], covered=5, diversity="mentor_field")
    assert {"functions_covered", "mentor_diversity"} <= set(tables["fixed_effects"]["term"])
    covered = tables["quantities"].query("quantity == 'share covered'").set_index(["topic", "of"])["estimate"]
    assert covered["coverage, several mentors", "support"] > covered["coverage, one mentor", "support"]


def test_functions_without_a_range_are_left_out_with_a_note():
    tables, _ = answer(made(), functions=["support"])
    assert "functions_covered" not in set(tables["fixed_effects"]["term"]) and "covered: …" in tables["fits"]["note"].iloc[0]


@pytest.mark.parametrize(("several", "why"), [(0.0, "nobody has several mentors"), (0.02, "mentees have several mentors, too few")])
def test_without_several_mentors_nothing_is_estimated_and_the_reason_is_said(several, why):
    tables, said = answer(made(several=several, seed=1))
    assert said.code == "not estimated" and why in said.sentence and why in tables["fits"]["note"].iloc[0]


def test_degenerate_outcomes():
    for rows in (made().assign(mentee_y=np.nan), made().assign(mentee_y=4.0)):
        assert answer(rows)[1].code == "not estimated"


def rejections(runs):
    return np.mean(
        [
            answer(made(mentees=60, mentors=12, seed=s))[0]["fixed_effects"].set_index("term").loc["further_mentors", "p"] < 0.05
            for s in range(runs)
        ]
    )


def test_error_rate():
    assert rejections(40) <= 0.175  # 5 % of 40 is 2; more than 7 has a probability below .003


@pytest.mark.slow
def test_error_rate_with_many_runs():
    assert 0.025 <= rejections(400) <= 0.08


def test_a_mentor_whose_support_is_not_known_is_left_out_and_counted():
    rows = made(about_mentee=False)
    missing = rows.index[rows["mentee"].duplicated(keep=False)][::9]
    rows.loc[missing, "mentee_support"] = np.nan
    tables, _ = answer(rows)
    assert tables["fits"].loc[0, "dropped"] == len(missing) and tables["fits"].loc[0, "n_obs"] == len(rows) - len(missing)
