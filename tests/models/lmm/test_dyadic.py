"""Two-sided reports: the quick nested engine against R, against the general one, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm, lmm_dyads
from mentoring.models.lmm.design import make_design
from mentoring.models.lmm.dyadic import _checked, _sides
from mentoring.models.lmm.dyadic_crossed import CrossedSides
from mentoring.models.lmm.dyadic_nested import NestedSides, fits_in
from tests.models.lmm.lmm_reference import REFERENCE

WANT = json.loads((REFERENCE.parent / "both_sides" / "both_sides.json").read_text())


@pytest.fixture(scope="module")
def reports(dyads) -> pd.DataFrame:
    sides = [("mentee", "q", "Y", "X"), ("mentor", "mq", "X", "Y")]
    names = {"mentor": "mentor", "mentee": "dyad"}
    return pd.concat(
        [dyads[["mentor", "mentee"]].rename(columns=names).assign(role=r, y=dyads[y], own=dyads[x], oth=dyads[o]) for r, y, x, o in sides],
        ignore_index=True,
    )


def three_levels(seed=2, programs=6, mentors=18, dyads=50, waves=3, missing=0.15) -> pd.DataFrame:
    g = np.random.default_rng(seed)
    of_mentor = g.integers(0, mentors, dyads)
    rows = pd.DataFrame(
        [(d, w, role, x) for d in range(dyads) for w in range(waves) for role, x in zip("ab", g.normal(size=2), strict=True)],
        columns=["d", "w", "role", "x"],
    )
    rows["m"] = of_mentor[rows["d"]]
    rows["g"] = rows["m"] % programs
    side = (rows["role"] == "b").to_numpy(int)
    rows["y"] = 0.3 * rows["x"] + g.normal(size=len(rows)) * (1 + 0.4 * side)
    for name, size, sd in (("g", programs, 0.3), ("m", mentors, 0.6), ("d", dyads, 0.5)):
        rows["y"] += g.multivariate_normal([0, 0], sd**2 * np.array([[1, 0.5], [0.5, 1]]), size)[rows[name], side]
    rows["pair"] = rows["d"] * 10 + rows["w"]
    return rows[g.random(len(rows)) > missing].reset_index(drop=True)


def both_engines(formula, data, reml, equal):
    frame = _checked(data, "pair", "role")
    design = make_design(formula, frame)
    sides, _ = _sides(design, frame, "pair", "role")
    assert fits_in(design, sides.role)
    return [engine(design, sides, reml, equal) for engine in (NestedSides, CrossedSides)]


@pytest.mark.parametrize(
    ("random", "reml", "equal"),
    [
        ("(0 + role | m) + (0 + role | d)", True, False),
        ("(1 | g) + (0 + role | m)", False, False),
        ("(1 | m) + (0 + side | m)", True, True),
    ],
)
def test_nested_and_general_engine_agree(random, reml, equal):
    data = three_levels()
    data["side"] = np.where(data["role"] == "b", 1.0, -1.0)
    quick, general = both_engines(f"y ~ 0 + role + role:x + {random}", data, reml, equal)
    one, two = quick.minimise(), general.minimise()
    assert quick.converged
    assert quick.log_likelihood(one) == pytest.approx(general.log_likelihood(two), abs=1e-6)
    (b1, v1), (b2, v2) = quick.coefficients(one), general.coefficients(two)
    np.testing.assert_allclose(b1, b2, atol=1e-4 * np.sqrt(np.diag(v2)).min())
    np.testing.assert_allclose(v1, v2, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(quick.residual(one), general.residual(two), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(quick.degrees(one), general.degrees(two), rtol=5e-3)


def test_independent_dyads_against_nlme(reports, dyads):
    first = reports[reports["dyad"].isin(dyads.drop_duplicates("mentor")["mentee"])].assign(
        own=lambda d: d["own"] - 4.5, oth=lambda d: d["oth"] - 4.5
    )
    want = WANT["independent"]
    formula = "y ~ 0 + role + role:own + role:oth"
    fit = lmm_dyads(formula, first, dyad="dyad", role="role")
    table = fit.fixed_effects.set_index("term")
    for role in ("mentee", "mentor"):
        for ours, theirs in (("", ""), (":own", ":ownc"), (":oth", ":othc")):
            assert table.loc[f"role[{role}]{ours}", "estimate"] == pytest.approx(want["coef"][f"role{role}{theirs}"], abs=1e-6)
            assert table.loc[f"role[{role}]{ours}", "se"] == pytest.approx(want["se"][f"role{role}{theirs}"], rel=1e-4)
    assert fit.loglik == pytest.approx(want["ll_reml"], abs=1e-5)
    full = lmm_dyads(formula, first, dyad="dyad", role="role", reml=False)
    same = lmm_dyads("y ~ own + oth", first, dyad="dyad", role="role", reml=False, equal=True)
    assert full.loglik == pytest.approx(want["ll_ml"], abs=1e-5) and same.loglik == pytest.approx(want["ll_same"], abs=1e-5)
    assert 2 * (full.loglik - same.loglik) == pytest.approx(25.6392006487, abs=1e-5)
    assert full.n_parameters - same.n_parameters == 4


def test_mentors_with_several_mentees_against_nlme(reports):
    want, fit = WANT["clustered"], lmm_dyads("y ~ 0 + role + role:own + role:oth + (0 + role | mentor)", reports, dyad="dyad", role="role")
    assert want["loglik"] - 1e-5 <= fit.loglik < want["loglik"] + 0.05
    table = fit.fixed_effects.set_index("term")
    for role in ("mentee", "mentor"):
        for term in ("", ":own", ":oth"):
            theirs, se = (want[what][f"role{role}{term}"] for what in ("coef", "se"))
            assert abs(table.loc[f"role[{role}]{term}", "estimate"] - theirs) < 0.05 * se


def test_a_correlation_of_one_is_told(reports):
    fit = lmm_dyads("y ~ 0 + role + (0 + role | mentor)", reports, dyad="dyad", role="role")
    assert fit.singular and "the correlation of mentee and mentor is estimated as 1" in fit.boundary[0]


def test_bootstrap_is_centred_on_the_fit_and_leaves_it_as_it_was(reports):
    fit = lmm_dyads("y ~ 0 + role + role:own + (0 + role | mentor)", reports, dyad="dyad", role="role")
    one, two = fit.bootstrap(150, 3), fit.bootstrap(150, 3)
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    want, se = fit.fixed_effects["estimate"].to_numpy(), fit.fixed_effects["se"].to_numpy()
    assert np.abs((one.coefficients.mean(0) - want) / (se / np.sqrt(150))).max() < 4
    np.testing.assert_allclose(one.coefficients.std(0), se, rtol=0.25)
    np.testing.assert_allclose(one.covariances["Residual"].mean(0), fit.covariances["Residual"], rtol=0.1)


def test_without_a_group_is_a_fresh_fit(reports):
    formula = "y ~ 0 + role + role:own + (0 + role | mentor)"
    fit = lmm_dyads(formula, reports, dyad="dyad", role="role")
    found = {other.left_out: other for other in fit.without(reports["mentor"].to_numpy()[fit.rows])}
    assert len(found) == reports["mentor"].nunique()
    for label in (1, 7, 24):
        fresh = lmm_dyads(formula, reports[reports["mentor"] != label], dyad="dyad", role="role", method="satterthwaite")
        np.testing.assert_allclose(found[label].estimate, fresh.fixed_effects["estimate"], atol=2e-4)
        np.testing.assert_allclose(found[label].se, fresh.fixed_effects["se"], rtol=2e-3)
        np.testing.assert_allclose(found[label].covariances["Residual"], fresh.covariances["Residual"], rtol=5e-3)


def test_crossed_groups_take_the_general_way_and_cannot_be_simulated():
    data = three_levels(programs=6).assign(peer=lambda d: d["pair"] % 7)
    fit = lmm_dyads("y ~ 0 + role + (0 + role | m) + (1 | peer)", data, dyad="pair", role="role")
    assert isinstance(fit.model, CrossedSides) and fit.converged
    with pytest.raises(StudyError, match="groups that cross"):
        fit.bootstrap(2)


def test_one_side_only_is_refused():
    data = three_levels()
    data.loc[data["role"] == "b", "y"] = np.nan
    with pytest.raises(StudyError, match="only “a” has complete rows"):
        lmm_dyads("y ~ x + (1 | m)", data, dyad="pair", role="role")


def made_pairs(seed=3, mentors=9, each=4):
    """Two reports per pair that share what a random intercept per pair and per mentor gives them, some reports missing."""
    g = np.random.default_rng(seed)
    rows = pd.DataFrame({
        "m": np.tile(np.repeat(np.arange(mentors), each), 2), "pair": np.tile(np.arange(mentors * each), 2), "role": np.repeat(["a", "b"], mentors * each)
    })
    rows["x"], rows["side"] = g.normal(size=len(rows)), np.where(rows["role"] == "a", 0.5, -0.5)
    rows["y"] = 0.3 * rows["x"] + g.normal(size=mentors)[rows["m"]] + g.normal(size=mentors * each)[rows["pair"]] + g.normal(size=len(rows))
    return rows.drop(index=[3, 40]).reset_index(drop=True)


@pytest.mark.parametrize("crossed", [False, True])
def test_kenward_roger_is_that_of_the_same_model_written_with_a_random_intercept_per_pair(crossed):
    rows = made_pairs().assign(peer=lambda d: d["pair"] % 7)
    groups = "(1 | m)" + (" + (1 | peer)" if crossed else "")
    ours = lmm_dyads(f"y ~ x + side + {groups}", rows, dyad="pair", role="role", equal=True)
    theirs = lmm(f"y ~ x + side + {groups} + (1 | pair)", rows)  # itself checked against pbkrtest
    assert ours.method == theirs.method == "kenward-roger"
    for name in ("estimate", "se", "df", "p"):
        np.testing.assert_allclose(ours.fixed_effects[name], theirs.fixed_effects[name], rtol=2e-3, atol=1e-5)


def test_kenward_roger_is_exact_where_least_squares_is():
    # Both roles' equations have the same columns: least squares per role, with n − 3 df, is exact (Zellner 1962).
    g, n = np.random.default_rng(1), 12
    x, e = g.normal(size=(n, 2)), g.multivariate_normal([0, 0], [[1, 0.6], [0.6, 4]], n)
    parts = [pd.DataFrame({"pair": range(n), "role": role, "own": x[:, at], "other": x[:, 1 - at], "y": e[:, at]}) for at, role in enumerate("ab")]
    fit = lmm_dyads("y ~ 0 + role + role:own + role:other", pd.concat(parts, ignore_index=True), dyad="pair", role="role").fixed_effects.set_index("term")
    X = np.column_stack([np.ones(n), x])
    covariance = np.linalg.inv(X.T @ X) * np.sum((e[:, 0] - X @ np.linalg.lstsq(X, e[:, 0], rcond=None)[0]) ** 2) / (n - 3)
    assert fit.loc["role[a]:own", ["se", "df"]].tolist() == pytest.approx([covariance[1, 1] ** 0.5, n - 3], rel=1e-4)


def test_large_or_unrestricted_fits_go_by_satterthwaite():
    rows = made_pairs(mentors=6)
    assert lmm_dyads("y ~ x + (1 | m)", rows, dyad="pair", role="role", reml=False).method == "satterthwaite"
    two_blocks = made_pairs(mentors=170).assign(town=lambda d: d["pair"] % 2)  # each of more than 600 rows
    assert lmm_dyads("y ~ x + (1 | town)", two_blocks, dyad="pair", role="role").method == "satterthwaite"
