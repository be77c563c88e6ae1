"""Multiple membership, dyadic residuals, weights: structures without an R oracle are checked against the definition of the likelihood."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm, lmm_dyads
from tests.models.lmm.lmm_reference import dense_loglik

DESIGNS = [
    ("q ~ simw + (1 | mentor)", {}),
    ("q ~ simw + simb + (1 + simw | mentor)", {}),
    ("q ~ simw + (wave || mentor) + (1 | peer)", {}),
    ("q3 ~ simw + (1 | program/mentor) + (1 | peer)", {}),
    ("q ~ simw + (0 + C(wave) | mentor)", {}),
    ("q ~ simw + (1 | program/mentor)", {"weights": True}),
    ("q3 ~ simw + (1 | mentor) + (1 | peer)", {"weights": True}),
]


def dense_covariance(fit) -> np.ndarray:
    """ZΣZ' + σ²W⁻¹ from the fit's tables and group codes."""
    n = fit.n_obs
    V = np.diag(np.full(n, fit.sigma**2) if fit.design.weights is None else fit.sigma**2 / fit.design.weights)
    for level, matrix in zip(fit.design.levels, fit.covariances, strict=True):
        if level.shares is None:
            V += (level.z @ matrix @ level.z.T) * (level.codes[:, None] == level.codes)
        else:
            member = np.zeros((n, level.size))
            np.add.at(member, (np.arange(n)[:, None], np.maximum(level.codes, 0)), level.shares)
            V += (level.z @ matrix @ level.z.T) * (member @ member.T)
    return V


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(("formula", "options"), DESIGNS)
def test_the_likelihood_is_the_definition(formula, options, reml, dyads):
    weights = 0.5 + np.arange(len(dyads)) % 3 if options else None
    fit = lmm(formula, dyads, reml=reml, weights=weights)
    V = dense_covariance(fit)
    assert fit.loglik == pytest.approx(dense_loglik(fit.design.y, fit.design.X, V, reml), abs=1e-7)
    inverse = np.linalg.inv(V)
    np.testing.assert_allclose(fit.vcov, np.linalg.inv(fit.design.X.T @ inverse @ fit.design.X), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(fit.coefficients, fit.vcov @ fit.design.X.T @ inverse @ fit.design.y, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("formula", "options"), DESIGNS)
def test_the_gradient_is_the_derivative(formula, options, dyads):
    fit = lmm(formula, dyads, weights=0.5 + np.arange(len(dyads)) % 3 if options else None)
    theta = np.random.default_rng(3).uniform(0.2, 1.0, len(fit.theta))
    _, gradient = fit.problem.evaluate(theta[None], np.array([0]))
    numeric = optimize.approx_fprime(theta, lambda t: fit.problem.evaluate(t[None], np.array([0]))[0][0], 1e-6)
    np.testing.assert_allclose(gradient[0], numeric, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def shared() -> pd.DataFrame:
    """Mentees with one or two of 12 mentors, who share the work unequally."""
    rng = np.random.default_rng(5)
    n = 160
    first, second = rng.integers(0, 12, n), rng.integers(0, 12, n).astype(object)
    second[(rng.random(n) < 0.4) | (second == first)] = None
    share = np.where(pd.isna(second), 1.0, rng.uniform(0.3, 0.9, n))
    effect = rng.normal(size=12)
    other = np.array([0.0 if mentor is None else effect[mentor] for mentor in second])
    x = rng.normal(size=n)
    y = 0.5 * x + share * effect[first] + (1 - share) * other + rng.normal(size=n)
    return pd.DataFrame({"y": y, "x": x, "m1": first, "m2": second, "w1": share, "w2": 1 - share})


def test_multiple_membership_is_the_definition(shared):
    fit = lmm("y ~ x + (1 | mm(m1, m2, weights=w1 + w2))", shared)
    assert fit.n_obs == len(shared) and fit.n_groups == {"mm(m1, m2)": 12} and fit.dropped == {}
    assert fit.loglik == pytest.approx(dense_loglik(fit.design.y, fit.design.X, dense_covariance(fit), True), abs=1e-7)
    # No variance beside the one found does better.
    for factor in (0.8, 1.25):
        fit_V = dense_covariance(fit)
        level = fit.design.levels[0]
        member = np.zeros((fit.n_obs, level.size))
        np.add.at(member, (np.arange(fit.n_obs)[:, None], np.maximum(level.codes, 0)), level.shares)
        other = fit_V + (factor - 1) * fit.covariances[0][0, 0] * member @ member.T
        assert dense_loglik(fit.design.y, fit.design.X, other, True) < fit.loglik


def test_multiple_membership_with_one_mentor_each_is_a_random_intercept(shared):
    data = shared.assign(m2=None, w1=1.0, w2=0.0)
    several, plain = lmm("y ~ x + (1 | mm(m1, m2, weights=w1 + w2))", data), lmm("y ~ x + (1 | m1)", data)
    assert several.loglik == pytest.approx(plain.loglik, abs=1e-8)
    np.testing.assert_allclose(several.fixed_effects.iloc[:, 1:], plain.fixed_effects.iloc[:, 1:], rtol=1e-5)
    np.testing.assert_allclose(several.random_effects["estimate"], plain.random_effects["estimate"], rtol=1e-4, atol=1e-6)


def test_multiple_membership_beside_another_factor_and_its_refusals(shared):
    data = shared.assign(site=np.arange(len(shared)) % 5)
    fit = lmm("y ~ x + (1 | mm(m1, m2)) + (1 | site)", data)
    assert fit.loglik == pytest.approx(dense_loglik(fit.design.y, fit.design.X, dense_covariance(fit), True), abs=1e-7)
    np.testing.assert_allclose(fit.predict(data), fit.fitted, rtol=1e-8)
    with pytest.raises(StudyError, match="one weight column for each"):
        lmm("y ~ x + (1 | mm(m1, m2, weights=w1))", data)
    with pytest.raises(StudyError, match="no member with a weight above 0"):
        lmm("y ~ x + (1 | mm(m1, m2, weights=w1 + w2))", data.assign(w1=0.0, w2=0.0))


@pytest.fixture(scope="module")
def reports(dyads) -> pd.DataFrame:
    sides = {"mentee": "q", "mentor": "mq"}
    return pd.concat(
        [
            pd.DataFrame({"mentor": dyads["mentor"], "dyad": dyads["mentee"], "role": role, "y": dyads[column]})
            for role, column in sides.items()
        ],
        ignore_index=True,
    )


def one_with_many_loglik(
    reports: pd.DataFrame, mentee: float, mentor: float, between: float, e_mentee: float, e_mentor: float, rho: float
) -> float:
    role = (reports["role"] == "mentor").to_numpy(int)
    T = np.array([[mentee, between], [between, mentor]])
    R = np.array([[e_mentee, rho * np.sqrt(e_mentee * e_mentor)], [rho * np.sqrt(e_mentee * e_mentor), e_mentor]])
    same = [(reports[name].to_numpy()[:, None] == reports[name].to_numpy()) for name in ("mentor", "dyad")]
    V = T[role][:, role] * same[0] + R[role][:, role] * same[1]
    return dense_loglik(reports["y"].to_numpy(), np.eye(2)[role], V, True)


def test_one_with_many(reports, golden):
    want = golden["owm"]
    at_nlme = one_with_many_loglik(
        reports, want["var_mentee_reports"], want["var_mentor_reports"], want["cov"], want["e_mentee"], want["e_mentor"], want["dyad_rho"]
    )
    assert at_nlme == pytest.approx(want["loglik"], abs=1e-6)
    fit = lmm_dyads("y ~ 0 + role + (0 + role | mentor)", reports, dyad="dyad", role="role")
    table = fit.variance_components.set_index(["group", "term", "term2"])["variance"]
    own = [
        table.iloc[0],
        table.iloc[1],
        table.iloc[2],
        table.iloc[3],
        table.iloc[4],
        table.iloc[5] / np.sqrt(table.iloc[3] * table.iloc[4]),
    ]
    assert fit.loglik == pytest.approx(one_with_many_loglik(reports, *own), abs=1e-6)
    # nlme stops at a correlation of .965, 0.02 short: its log-Cholesky parameters cannot reach the optimum, which lies at 1.
    assert want["loglik"] < fit.loglik < want["loglik"] + 0.03
    effects = fit.fixed_effects.set_index("term")["estimate"]
    assert effects["role[mentor]"] == pytest.approx(want["fixef"]["F"], abs=0.002)
    assert effects["role[mentee]"] == pytest.approx(want["fixef"]["P"], abs=0.002)
    assert fit.n_dyads == 101 and fit.converged


def test_dyads_with_one_report_take_part(reports):
    some = reports.drop(index=[0, 5, 150])
    fit = lmm_dyads("y ~ 0 + role + (0 + role | mentor)", some, dyad="dyad", role="role")
    assert fit.n_obs == len(some) and fit.n_dyads == 98
    with pytest.raises(StudyError, match="two rows in role"):
        lmm_dyads("y ~ role + (1 | mentor)", pd.concat([reports, reports.iloc[:1]]), dyad="dyad", role="role")
    with pytest.raises(StudyError, match="did you mean “role”"):
        lmm_dyads("y ~ role + (1 | mentor)", reports, dyad="dyad", role="rolle")


def test_without_correlation_it_is_an_ordinary_model():
    # One report per dyad in truth independent of the other: w and ρ near (1, 0), and the same model when they are.
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"m": np.repeat(np.arange(30), 8), "d": np.repeat(np.arange(120), 2), "r": np.tile(["a", "b"], 120)})
    data["y"] = rng.normal(size=30)[data["m"]] + rng.normal(size=240)
    dyadic, plain = lmm_dyads("y ~ r + (1 | m)", data, dyad="d", role="r"), lmm("y ~ r + (1 | m)", data)
    assert 0 <= dyadic.loglik - plain.loglik < 3
    assert dyadic.fixed_effects["df"][1] > 50
