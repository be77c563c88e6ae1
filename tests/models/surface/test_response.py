"""The response surface: by hand, against R, and what happens when there is too little to see."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mentoring as mt
from mentoring.errors import StudyError
from mentoring.models.surface.family import LINEAR, MODELS, _weighed, random_part
from mentoring.models.surface.geometry import COEFFICIENTS, FROM_SHAPES, POINTS, SHAPES, TO_SHAPES, height, points, shape_columns
from mentoring.models.surface.resampling import resampled
from mentoring.models.surface.sides import compare_sides

REFERENCE = Path(__file__).parents[2] / "reference"
EXPECTED = json.loads((REFERENCE / "surface" / "surface.json").read_text())
PUBLISHED = EXPECTED["published"]


def dyads():
    return pd.read_csv(REFERENCE / "lmm" / "dyads.csv").assign(dyad=lambda data: data["mentee"])


def surface(formula="(1 | mentor)", data=None, **options):
    options = {"x": "X", "y": "Y", "outcome": "q", "centre": 4.0, "bootstraps": 0, "models": False} | options
    return mt.response_surface(formula, dyads() if data is None else data, **options)


def values(found):
    return found.quantities.set_index("quantity")


# --- by hand -------------------------------------------------------------------------------------------------------------


def test_shapes_of_a_squared_difference():
    # Z = -(X - Y)²: a level ridge where X = Y, falling off by 4 per squared unit of the line of incongruence.
    assert TO_SHAPES @ [0, 0, -1, 2, -1] == pytest.approx([0, 0, 0, -4, 0])


def test_the_two_ways_of_writing_a_surface_agree():
    g = np.random.default_rng(1)
    b, x, y = g.normal(size=6), g.normal(size=50), g.normal(size=50)
    assert height(b, x, y) == pytest.approx(b[0] + shape_columns(x, y) @ (TO_SHAPES @ b[1:]), abs=1e-12)
    assert pytest.approx(np.eye(5)) == TO_SHAPES @ FROM_SHAPES


def test_points_by_hand():
    # Z = -(X - 1)² - 2 (Y - 2)²: the top is at (1, 2); the axes are parallel to the sides, so their slopes divide by b4 = 0.
    found, _ = points(np.array([2.0, 8.0, -1.0, 0.0, -2.0]))
    assert (found["x0"], found["y0"]) == (1, 2) and np.isnan(found["p11"]) and np.isnan(found["p10"])
    # Z = -(X - Y)² + X + Y: a rising ridge on Y = X; no stationary point, but the first axis is there.
    found, _ = points(np.array([1.0, 1.0, -1.0, 2.0, -1.0]))
    assert np.isnan(found["x0"]) and np.isnan(found["y0"]) and np.isnan(found["p20"])
    assert (found["p10"], found["p11"], found["p21"]) == (0, 1, -1)
    # Z = -(Y - X - 3)²: the same ridge three higher on the Y side.
    found, _ = points(np.array([-6.0, 6.0, -1.0, 2.0, -1.0]))
    assert (found["p10"], found["p11"]) == (3, 1)


def test_how_often_either_side_is_higher():
    # Both sides' answers 0, 0, 2, 4 have mean 1.5 and SD 1.91; gaps of 2 and 4 lie half an SD (0.96) apart, none counts twice over waves.
    x, y = pd.Series([0.0, 0.0, 4.0, 0.5]), pd.Series([2.0, 2.0, 0.0, 0.0])
    sides = compare_sides(x, y, pd.Series(["a", "a", "b", "c"]))
    assert (sides.x_higher, sides.y_higher, sides.relationships) == pytest.approx((1 / 3, 1 / 3, 3))
    assert sides.centre == pytest.approx(6.5 / 6) and not sides.problem
    assert "too rare" in compare_sides(x, x + 1, pd.Series(list("abcd"))).problem
    assert "same place" in compare_sides(x * 0, x * 0, pd.Series(list("abcd"))).problem


def test_aicc_by_hand():
    table = _weighed(
        pd.DataFrame(
            [
                {"model": "a", "k": 3, "loglik": -10.0, "note": None},
                {"model": "b", "k": 5, "loglik": -9.0, "note": None},
                {"model": "c", "k": 9, "loglik": -1.0, "note": None},
            ]
        ),
        10,
    )
    # 20 + 6 + 24/6 = 30; 18 + 10 + 60/4 = 43; with nine parameters for ten rows there is no correction left.
    assert table["aicc"].tolist()[:2] == pytest.approx([30, 43]) and np.isnan(table.loc[2, "aicc"]) and table.loc[2, "note"]
    assert table.loc[0, "weight"] == pytest.approx(1 / (1 + np.exp(-6.5)))


# --- against R -----------------------------------------------------------------------------------------------------------


def test_every_quantity_has_its_own_degrees_of_freedom_as_in_lmertest_and_pbkrtest():
    expected = EXPECTED["mixed"]
    by_kr = values(surface())
    data = dyads().assign(x=lambda d: d["X"] - 4, y=lambda d: d["Y"] - 4)
    by_satterthwaite = values(surface(mt.lmm("q ~ x * y + I(x**2) + I(y**2) + (1 | mentor)", data, inference="satterthwaite"), data))
    for name in (*COEFFICIENTS, *SHAPES):
        assert by_kr.loc[name, "estimate"] == pytest.approx(expected["estimate"][name], abs=1e-7), name
        assert by_kr.loc[name, "se"] == pytest.approx(expected["se_kr"][name], rel=1e-5), name
        assert by_kr.loc[name, "df"] == pytest.approx(expected["df_kr"][name], rel=1e-4), name
        assert by_satterthwaite.loc[name, "se"] == pytest.approx(expected["se"][name], rel=1e-6), name
        assert by_satterthwaite.loc[name, "df"] == pytest.approx(expected["df"][name], rel=1e-3), name


@pytest.mark.parametrize("which", ["whole", "bend"])
def test_joint_tests_as_in_pbkrtest(which):
    test, expected = getattr(surface(), which), EXPECTED["mixed"][which]
    assert test.statistic == pytest.approx(expected["F"], rel=1e-4) and test.df1 == expected["df1"]
    assert test.df2 == pytest.approx(expected["df2"], rel=1e-4) and test.p == pytest.approx(expected["p"], rel=1e-3)


def test_family_as_in_lme4():
    models = surface(models=True).models.set_index("model")
    assert list(models.index) == list(MODELS) and models["weight"].sum() == pytest.approx(1)
    for name, expected in EXPECTED["mixed"]["family"].items():
        assert models.loc[name, "k"] == expected["k"] and models.loc[name, "loglik"] == pytest.approx(expected["loglik"], abs=1e-6), name
        assert models.loc[name, "aicc"] == pytest.approx(expected["aicc"], abs=1e-5), name
    # What a model holds fixed cannot make it fit better.
    for chain in (("null", "SQD", "RR", "SRR", "SRRR", "full"), ("SQD", "SSQD", "SRSQD", "SRRR"), ("onlyx", "onlyx2", "full")):
        assert models.loc[list(chain), "loglik"].is_monotonic_increasing


@pytest.mark.parametrize("name", ["SRRR", "SRSQD"])
def test_turned_ridges_as_in_nls(name):
    models = surface("1", models=True, cluster="dyad").models.set_index("model")
    assert models.loc[name, "k"] == EXPECTED["one_level"][name]["k"]
    assert models.loc[name, "loglik"] == pytest.approx(EXPECTED["one_level"][name]["loglik"], abs=1e-6)


@pytest.mark.parametrize("study", sorted(PUBLISHED))
def test_shapes_and_points_of_published_surfaces(study):
    known = PUBLISHED[study]
    shapes, vcov = TO_SHAPES @ known["b"][1:], TO_SHAPES @ np.array(known["vcov"])[1:, 1:] @ TO_SHAPES.T
    for name, value, variance in zip(SHAPES, shapes, np.diag(vcov)):
        assert value == pytest.approx(known["shapes"][name]["estimate"], abs=1e-9)
        assert variance**0.5 == pytest.approx(known["shapes"][name]["se"], rel=1e-9)
    found, _ = points(np.array(known["b"][1:]))
    assert {name: float(found[name]) for name in POINTS} == pytest.approx(known["points"], rel=1e-9)
    table = _weighed(
        pd.DataFrame([{"model": model, **row, "note": None} for model, row in known["models"].items()]).drop(columns="aicc"), known["n"]
    )
    assert table.set_index("model")["aicc"].to_dict() == pytest.approx(
        {model: row["aicc"] for model, row in known["models"].items()}, abs=1e-6
    )


# --- the resamples -------------------------------------------------------------------------------------------------------


def test_resampling_one_level_is_the_bootstrap_of_least_squares():
    data = dyads()
    fit = mt.lmm("q ~ X + Y", data)
    drawn = resampled(fit, np.eye(3), np.arange(len(data)), 200, 3)
    weights = np.random.default_rng(np.random.SeedSequence([3, 11])).multinomial(len(data), np.full(len(data), 1 / len(data)), size=200)
    X, y = np.column_stack([np.ones(len(data)), data["X"], data["Y"]]), data["q"].to_numpy()
    for draw in (0, 57, 199):
        w = weights[draw]
        assert drawn[draw] == pytest.approx(np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * y)), rel=1e-8)


def test_resampled_spread_is_near_the_standard_error():
    found = surface(bootstraps=4000)
    matrix = np.eye(len(found.fit.terms))
    drawn = resampled(found.fit, matrix, pd.factorize(dyads()["mentor"])[0], 4000, 1)
    ratio = drawn.std(axis=0) / np.sqrt(np.diag(found.fit.vcov))
    assert (0.6 < ratio).all() and (ratio < 1.5).all()
    assert drawn.mean(axis=0) == pytest.approx(found.fit.coefficients, abs=0.1)


def test_what_divides_by_zero_is_told_and_not_printed():
    found = values(surface(bootstraps=500))
    assert np.isnan(found.loc["x0", "estimate"]) and "undefined: 4 b3 b5 − b4² cannot be told from zero" in found.loc["x0", "note"]
    ridge = found.loc["p11"]
    assert ridge["ci_low"] < 1 < ridge["ci_high"] and "500 resamples of mentors" in ridge["note"]
    pd.testing.assert_frame_equal(found, values(surface(bootstraps=500)))


def test_a_known_top_is_found():
    g = np.random.default_rng(4)
    mentor = np.repeat(np.arange(60), 5)
    data = pd.DataFrame({"mentor": mentor, "dyad": np.arange(300), "X": g.normal(size=60)[mentor], "Y": g.normal(size=300)})
    x, y = data["X"], data["Y"]
    data["q"] = 1 - (x - 0.5) ** 2 - (y + 0.5) ** 2 + (x - 0.5) * (y + 0.5) + g.normal(0, 0.3, 60)[mentor] + g.normal(0, 0.5, 300)
    found = values(surface(data=data, centre=0, bootstraps=500))
    for name, true in (("x0", 0.5), ("y0", -0.5), ("p11", 1.0), ("p10", -1.0), ("p21", -1.0), ("p20", 0.0)):
        assert found.loc[name, "ci_low"] < true < found.loc[name, "ci_high"], name


# --- ways of asking, and of being refused --------------------------------------------------------------------------------


def test_covariates_slopes_and_centring_do_not_change_the_surface_itself():
    data = dyads()
    one = surface("wave + (1 + Y | mentor)", data)
    own = surface(mt.lmm(f"q ~ X + Y + X:Y + I(X**2) + I(Y**2) + wave + {random_part(one.fit.formula)[0]}", data), data)
    assert values(own)["estimate"].to_numpy() == pytest.approx(values(one)["estimate"].to_numpy(), abs=1e-6)
    other = surface("wave + (1 | mentor)", data, centre=5)
    assert other.predict([3, 6], [4, 4]) == pytest.approx(surface("wave + (1 | mentor)", data).predict([3, 6], [4, 4]), abs=1e-6)
    assert random_part("q ~ I(x ** 2) + (1 + I(x ** 2) || a) + (1 | b:c)") == ["(1 + I(x ** 2) || a)", "(1 | b:c)"]


def test_b0_is_the_height_at_the_centre_for_average_covariates():
    data = dyads()
    found = surface("wave + (1 | mentor)", data)
    fit = found.fit
    at = dict(zip(fit.terms, fit.coefficients))
    assert values(found).loc["b0", "estimate"] == pytest.approx(at["Intercept"] + at["wave"] * data["wave"].mean(), rel=1e-9)


def test_few_mentors_are_not_resampled():
    data = dyads()
    few = data[data["mentor"].isin(data["mentor"].unique()[:8])]
    found = values(surface(data=few, bootstraps=200))
    assert found.loc["p11", "note"].startswith("not estimated: it takes 10 mentors") and np.isnan(found.loc["p11", "estimate"])


def test_one_row_per_relationship_needs_no_names_of_people():
    data = dyads()[["X", "Y", "q"]]
    found = mt.response_surface("~ 1", data, x="X", y="Y", outcome="q", centre=4, bootstraps=200, models=False)
    named = mt.response_surface("~ 1", data.assign(dyad=range(101), mentor=range(101)), x="X", y="Y", outcome="q", centre=4, bootstraps=200, models=False)
    assert found.sides.relationships == 101 and found.quantities.equals(named.quantities)
    with pytest.raises(StudyError, match="no column “pair”"):
        mt.response_surface("~ 1", data, x="X", y="Y", outcome="q", relationship="pair")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"X": lambda d: (d["X"] > 4).astype(float)}, "too few different places"),
        ({"Y": lambda d: d["X"]}, "too few different places"),
        ({"Y": lambda d: "often"}, "holds words"),
    ],
)
def test_sides_that_carry_no_surface_are_refused(change, told):
    with pytest.raises(StudyError, match=told):
        surface(data=dyads().assign(**change))


def test_misspelt_columns_and_half_a_surface_are_refused():
    with pytest.raises(StudyError, match="did you mean “X”"):
        surface(x="XX")
    with pytest.raises(StudyError, match="does not hold a full surface"):
        surface(mt.lmm("q ~ X + Y + (1 | mentor)", dyads()))
    with pytest.raises(StudyError, match="one outcome"):
        surface("mq ~ (1 | mentor)")


def test_a_straight_outcome_makes_no_bend():
    g = np.random.default_rng(2)
    mentor = np.repeat(np.arange(30), 4)
    data = pd.DataFrame({"mentor": mentor, "dyad": np.arange(120), "X": g.normal(size=30)[mentor], "Y": g.normal(size=120)})
    data["q"] = data["X"] + data["Y"] + 1e-4 * g.normal(size=120)
    found = values(surface(data=data, centre=0))
    assert found.loc["a1", "estimate"] == pytest.approx(2, abs=1e-3) and abs(found.loc[["a2", "a4", "a5"], "estimate"]).max() < 1e-3


def test_every_linear_model_has_the_columns_it_is_named_for():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 5.0])
    assert [len(build(x, y)) for build in LINEAR.values()] == [0, 1, 1, 2, 2, 2, 3, 1, 2, 2, 3, 5]
    assert LINEAR["SQD"](x, y)[0].tolist() == [0, 4, 4]
