"""Imputation within the nesting: by hand, against mice and jomo, coverage under MAR, and what cannot be imputed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mentoring as mt
from mentoring.errors import StudyError
from mentoring.measure.imputation import impute
from mentoring.measure.imputation.chain import Chain, Recipe
from mentoring.measure.imputation.compatible import Curved, _rounds
from mentoring.measure.imputation.impute import drift
from mentoring.measure.imputation.nested_draws import NestedRegression
from mentoring.measure.imputation.units import Layout
from mentoring.measure.imputation.variables import read_variables

REFERENCE = Path(__file__).parents[1] / "reference/imputation"
TRUE = {"simw": 0.4, "simb": 0.7}


def world(rng: np.random.Generator, mentors: int = 40, each: int = 5) -> pd.DataFrame:
    """q goes with x by 0.4 within mentors and 0.7 between; z is the partner's view of x."""
    mentor, n = np.repeat(np.arange(mentors), each), mentors * each
    x = (rng.normal(size=mentors) * 0.6)[mentor] + rng.normal(size=n) * 0.8
    usual = np.bincount(mentor, x)[mentor] / each
    q = 0.4 * (x - usual) + 0.7 * usual + (rng.normal(size=mentors) * 0.4)[mentor] + rng.normal(size=n) * 0.8
    return pd.DataFrame({"mentor": mentor, "dyad": np.arange(n), "q": q, "x": x, "z": 0.6 * x + rng.normal(size=n) * 0.8})


def with_holes(data: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """x is missing more often where q is high."""
    return data.assign(x=data["x"].where(rng.random(len(data)) > 1 / (1 + np.exp(0.9 - 1.6 * data["q"]))))


def fit(data: pd.DataFrame):
    data = data.dropna(subset=["x", "q"])
    usual = data.groupby("mentor")["x"].transform("mean")
    return mt.lmm("q ~ simw + simb + (1 | mentor)", data.assign(simw=data["x"] - usual, simb=usual))


def waves(rng: np.random.Generator, mentors: int = 15) -> pd.DataFrame:
    """Two relationships per mentor, three waves, a mentor's group, and an age of the mentee."""
    mentor = np.repeat(np.arange(mentors), 6)
    data = pd.DataFrame({"mentor": mentor, "dyad": np.repeat(np.arange(2 * mentors), 3), "wave": np.tile([1, 2, 3], 2 * mentors)})
    data["mentee"] = data["dyad"]
    data["mentor_field"] = rng.choice(["arts", "law", "music"], size=mentors)[mentor]
    data["mentee_age"] = rng.normal(25, 3, size=2 * mentors)[data["dyad"]]
    data["mentee_quality"] = rng.normal(size=mentors)[mentor] + rng.normal(size=len(data))
    data["mentor_quality"] = data["mentee_quality"] + rng.normal(size=len(data))
    return data


def test_posterior_by_hand():
    # One grouping, variances held: β ~ N(GLS) and its spread (XᵀV⁻¹X)⁻¹, with V = σ²I + τ²ZZᵀ.
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"mentor": np.repeat(np.arange(8), 3), "dyad": np.arange(24)})
    unit = Layout(data).units[-1]
    x, y, known = np.column_stack([np.ones(24), rng.normal(size=24)]), rng.normal(size=24), np.arange(24) > 3
    model = NestedRegression(unit.groupings, known)
    model.variances[:], model.residual = 0.5, 0.8
    kept = x * known[:, None]
    draws = np.array([
        model._coefficients(np.where(known, y, 0), kept.T @ kept, kept.T @ np.where(known, y, 0), unit.groupings[0].gather @ kept, rng)[0]
        for _ in range(4000)
    ])  # fmt: skip
    v = 0.8 * np.eye(24) + 0.5 * (data["mentor"].to_numpy()[:, None] == data["mentor"].to_numpy())
    xo, inverse = x[known], np.linalg.inv(v[np.ix_(known, known)])
    covariance = np.linalg.inv(xo.T @ inverse @ xo + np.diag([1 / 100**2, 1 / 4]))
    assert draws.mean(axis=0) == pytest.approx(covariance @ xo.T @ inverse @ y[known], abs=4 * np.sqrt(covariance.max() / 4000))
    assert np.cov(draws.T) == pytest.approx(covariance, rel=0.15, abs=0.01)


def test_agrees_with_mice_and_jomo():
    data, golden = pd.read_csv(REFERENCE / "dyads.csv"), json.loads((REFERENCE / "imputation.json").read_text())
    ours = mt.pool([fit(one) for one in impute(data, ["q", "x", "z"], m=40, seed=1, iterations=20).sets]).fixed_effects.set_index("term")
    for term in ("simw", "simb"):
        theirs = [golden[program][term] for program in ("mice", "jomo")]
        assert ours.loc[term, "estimate"] == pytest.approx(np.mean([one["estimate"] for one in theirs]), abs=0.5 * theirs[0]["se"])
        assert ours.loc[term, "se"] == pytest.approx(np.mean([one["se"] for one in theirs]), rel=0.15)
        # What complete rows say within mentors is further off than that.
    assert golden["complete"]["simw"]["estimate"] < ours.loc["simw", "estimate"] - 0.05


def test_nothing_missing_gives_copies_and_no_missing_information():
    data = world(np.random.default_rng(1))
    imputed = impute(data, ["q", "x"], m=3)
    assert all(one.equals(data) for one in imputed.sets) and imputed.report.empty
    assert mt.pool([fit(one) for one in imputed.sets]).fixed_effects["riv"].max() < 1e-12


def test_known_values_stay_units_agree_and_seeds_repeat():
    rng = np.random.default_rng(2)
    data = waves(rng)
    holes = data.copy()
    holes.loc[holes["mentor"].isin([1, 5]), "mentor_field"] = None
    holes.loc[holes["dyad"].isin([3, 8]), "mentee_age"] = np.nan
    holes.loc[rng.random(len(data)) < 0.3, "mentee_quality"] = np.nan
    holes = holes.sample(frac=1, random_state=1)
    columns = ["mentor_field", "mentee_age", "mentee_quality", "mentor_quality"]
    first, again, other = (impute(holes, columns, m=2, seed=seed, iterations=4) for seed in (1, 1, 2))
    for one, same in zip(first.sets, again.sets):
        pd.testing.assert_frame_equal(one, same)
        assert one[columns].notna().all().all() and one.index.equals(holes.index)
        for name in columns:
            pd.testing.assert_series_equal(one.loc[holes[name].notna(), name], holes.loc[holes[name].notna(), name])
        assert (one.groupby("mentor")["mentor_field"].nunique() == 1).all() and (one.groupby("dyad")["mentee_age"].nunique() == 1).all()
        assert set(one["mentor_field"]) <= {"arts", "law", "music"}
    assert not first.sets[0].equals(first.sets[1]) and not first.sets[0].equals(other.sets[0])
    assert first.report.set_index("column")["unit"].to_dict() == {"mentor_field": "mentor", "mentee_age": "mentee", "mentee_quality": "row"}


def test_a_partner_borrows_from_the_other():
    rng = np.random.default_rng(3)
    data = waves(rng, 40)
    data["mentor_quality"] = data["mentee_quality"] + rng.normal(size=len(data)) * 0.1
    silent = rng.random(len(data)) < 0.4
    imputed = impute(data.assign(mentee_quality=data["mentee_quality"].mask(silent)), ["mentee_quality", "mentor_quality"], m=2)
    drawn = imputed.sets[0].loc[silent, "mentee_quality"]
    assert np.std(drawn - data.loc[silent, "mentee_quality"]) < 0.25


@pytest.mark.parametrize(("change", "words"), [
    ({"x": np.nan}, "every value is missing"), ({"mentor": None}, "not known for every row"),
])  # fmt: skip
def test_what_cannot_be_imputed_is_named(change, words):
    with pytest.raises(StudyError, match=words):
        impute(world(np.random.default_rng(1)).assign(**change), ["q", "x"], m=2)


def test_other_mistakes_are_told():
    data = world(np.random.default_rng(1))
    with pytest.raises(StudyError, match="“y”"):
        impute(data, ["q", "y"])
    with pytest.raises(StudyError, match="m is 1"):
        impute(data, ["q"], m=1)


def test_one_mentor_a_constant_and_a_category_seen_once():
    rng = np.random.default_rng(5)
    data = with_holes(world(rng, 1, 30), rng).assign(flat=[3.0] * 29 + [np.nan], group=["a"] * 27 + ["b", None, None])
    imputed = impute(data, ["q", "x", "flat", "group"], m=2, iterations=5)
    for one in imputed.sets:
        assert one["flat"].eq(3).all() and one["x"].notna().all() and set(one["group"]) <= {"a", "b"}
    assert any("flat" in note for note in imputed.notes)


def test_drift_by_hand():
    # Halves 0 and 1, 1 and 1, 2 and 4: moves of 1, 0 and 2; spread √((1 + 3)/2); t = 1/(1/√3) with 2 degrees of freedom.
    size, p = drift(np.array([[0.0, 0, 1, 1], [1, 1, 1, 1], [2, 2, 4, 4]]))
    assert size == pytest.approx(1 / np.sqrt(2)) and p == pytest.approx(2 * stats.t.sf(np.sqrt(3), 2))
    assert np.isnan(drift(np.ones((3, 4)))).all() and np.isnan(drift(np.zeros((2, 4)))).all()


def test_drift_is_found_where_there_is_one_and_only_there():
    rng = np.random.default_rng(2)
    steady = rng.normal(size=(500, 20, 10)).cumsum(axis=2) * 0.1 + rng.normal(size=(500, 20, 1))
    assert np.mean([drift(one)[1] < 0.05 for one in steady]) == pytest.approx(0.05, abs=0.03)
    assert drift(steady[0] + np.linspace(0, 3, 10))[1] < 0.001


DISTANCE = Curved("f", ("x", "z"), lambda values: (values[:, 0] - values[:, 1]) ** 2)


def curved_world(rng: np.random.Generator, mentors: int = 40, each: int = 6) -> pd.DataFrame:
    """q falls with the squared distance of x and the mentor's z by 0.25; x is missing more often where q is high, z for some mentors."""
    mentor, n = np.repeat(np.arange(mentors), each), mentors * each
    z = rng.normal(size=mentors)[mentor]
    x = rng.normal(size=n) + 0.3 * z
    q = 0.3 * x - 0.25 * (x - z) ** 2 + (rng.normal(size=mentors) * 0.4)[mentor] + rng.normal(size=n) * 0.8
    data = pd.DataFrame({"mentor": mentor, "dyad": np.arange(n), "x": x, "z": z, "q": q})
    data["x"] = data["x"].where(rng.random(n) > 1 / (1 + np.exp(1 - (q - q.mean()))))
    data["z"] = data["z"].mask((rng.random(mentors) < 0.15)[mentor])
    return data.assign(q=data["q"].where((rng.random(n) > 0.15) | data["x"].isna()))


def curved_fit(data: pd.DataFrame):
    data = data.dropna(subset=["x", "z", "q"])
    return mt.lmm("q ~ x + z + f + (1 | mentor)", data.assign(f=(data["x"] - data["z"]) ** 2))


def test_predictions_move_as_the_whole_design_says():
    # What a proposal changes is computed from the changed columns only; computed from everything it must be the same.
    rng = np.random.default_rng(7)
    data = curved_world(rng, 12, 4)
    layout = Layout(data)
    chain = Chain(Recipe(data, layout, read_variables(data, ["q", "x", "z"], layout), None, ("q",), {}, (DISTANCE,)), rng)
    for _ in range(3):
        chain.iterate()
    compatible = chain._compatible
    compatible.draw_factors(1)
    factor, before = compatible.factors[0], compatible.factors[0].mean.copy()
    start = chain.predictors(factor.variable, chain.parts(factor.variable, factor.without)[1], "factor")[0].copy()
    for name in ("x", "z"):
        variable = next(one for one in chain.recipe.variables if one.name == name)
        compatible.draw(variable, np.zeros(variable.unit.count), 1.0)
    after = chain.predictors(factor.variable, chain.parts(factor.variable, factor.without)[1], "factor")[0]
    assert np.abs(after - start).max() > 0.1
    assert factor.mean - before == pytest.approx((after - start) @ factor.model.beta, abs=1e-8)


def test_a_yes_no_is_not_predicted_from_what_is_made_of_it():
    # Without this a value would be drawn from itself and never leave the category it started in.
    rng = np.random.default_rng(3)
    data = curved_world(rng, 30, 4).assign(x=lambda d: (d["z"].fillna(0) + rng.normal(size=len(d)) > 0).astype(float))
    data.loc[rng.random(len(data)) < 0.4, "x"] = np.nan
    layout = Layout(data)
    chain = Chain(Recipe(data, layout, read_variables(data, ["q", "x", "z"], layout), None, ("q",), {}, (DISTANCE,)), rng)
    variables = {one.name: one for one in chain.recipe.variables}
    assert "f" not in chain.parts(variables["x"])[0] and "f" in chain.parts(variables["q"])[0]
    imputed = impute(data, ["q", "x", "z"], m=3, seed=1, iterations=5, explained=("q",), curved=[DISTANCE])
    assert all(set(one["x"]) == {0.0, 1.0} and one["x"].notna().all() for one in imputed.sets)


def test_one_of_each_group_at_a_time():
    group, missing = np.array([0, 0, 1, 1, 1, 2]), np.array([True, True, True, False, True, False])
    rounds = _rounds(missing, group, np.random.default_rng(1))
    assert sorted(np.concatenate(rounds)) == [0, 1, 2, 4] and all(len(set(group[one])) == len(one) for one in rounds) and len(rounds) == 2
    assert _rounds(np.zeros(3, dtype=bool), np.arange(3), np.random.default_rng(1)) == []


def test_a_curved_index_is_not_pulled_towards_zero():
    # The mean over six studies has a standard error of about 0.02; drawn without its shape the effect is pulled from -0.25 to about -0.16.
    found = []
    for seed in range(6):
        data = curved_world(np.random.default_rng(300 + seed))
        imputed = impute(data, ["q", "x", "z"], m=4, seed=seed, iterations=12, explained=("q",), curved=[DISTANCE])
        found.append(mt.pool([curved_fit(one) for one in imputed.sets]).fixed_effects.set_index("term").loc["f", "estimate"])
    assert np.mean(found) == pytest.approx(-0.25, abs=0.05)


@pytest.mark.slow
def test_intervals_of_a_curved_index_cover():
    rows = []
    for seed in range(100):
        data = curved_world(np.random.default_rng(3000 + seed))
        imputed = impute(data, ["q", "x", "z"], m=8, seed=seed, iterations=20, explained=("q",), curved=[DISTANCE])
        row = mt.pool([curved_fit(one) for one in imputed.sets]).fixed_effects.set_index("term").loc["f"]
        rows.append((row["estimate"] + 0.25, row["ci_low"] <= -0.25 <= row["ci_high"]))
    bias, covered = np.mean(rows, axis=0)
    assert abs(bias) < 0.02 and covered > 0.87


def coverage(runs: int) -> pd.DataFrame:
    rows = []
    for seed in range(runs):
        rng = np.random.default_rng(1000 + seed)
        data = with_holes(world(rng), rng)
        fits = {
            "complete": fit(data),
            "imputed": mt.pool([fit(one) for one in impute(data, ["q", "x", "z"], m=8, seed=seed, iterations=8).sets]),
        }
        for name, answer in fits.items():
            table = answer.fixed_effects.set_index("term")
            rows += [(name, term, table.loc[term, "estimate"] - true, table.loc[term, "ci_low"] <= true <= table.loc[term, "ci_high"])
                     for term, true in TRUE.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["how", "term", "bias", "covered"]).groupby(["how", "term"]).mean()


@pytest.mark.slow
def test_intervals_cover_where_complete_rows_are_biased():
    table = coverage(200)
    # Four Monte-Carlo standard errors below 95 % are 89 %.
    assert table.loc["imputed", "covered"].between(0.89, 1).all()
    assert table.loc["imputed", "bias"].abs().max() < 0.06
    assert (table.loc["complete", "bias"] < -0.06).all()
