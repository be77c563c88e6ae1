"""Yes/no and ordered models where the answer is known without a program, and where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mentoring.errors import StudyError
from mentoring.models.generalised import marginal, mixed
from mentoring.models.generalised.predictions import at_least, shares
from mentoring.models.generalised.prepare import clusters, prepare
from mentoring.models.generalised.separation import separated
from mentoring.models.generalised.steps import make_steps


def test_a_two_by_two_table_gives_its_log_odds_ratio() -> None:
    # 12 of 30 yes where x = 0, 24 of 40 yes where x = 1; every row a cluster of its own.
    x = np.repeat([0.0, 1.0], [30, 40])
    y = np.concatenate([np.arange(30) < 12, np.arange(40) < 24]).astype(int)
    fit = marginal(x[:, None], y, np.arange(70))
    assert fit.delta == pytest.approx([-np.log(12 / 18), np.log(24 / 16) - np.log(12 / 18)])
    assert fit.model_vcov[1, 1] == pytest.approx(1 / 12 + 1 / 18 + 1 / 24 + 1 / 16)
    # CR2 with rows of one: residuals divided by the root of one minus leverage, which is 1/30 and 1/40.
    scale = (1 / 12 + 1 / 18) / (1 - 1 / 30) + (1 / 24 + 1 / 16) / (1 - 1 / 40)
    assert fit.vcov[1, 1] == pytest.approx(scale)
    assert [one.estimate for one in shares(fit, 0, 1.0)] == pytest.approx([16 / 40, 24 / 40])


def test_thresholds_without_association_are_the_logits_of_cumulative_shares() -> None:
    y = np.repeat([0, 1, 2, 3], [10, 20, 30, 40])
    x = np.tile([0.0, 1.0], 50)
    fit = marginal(x[:, None], y, np.arange(100))
    assert fit.beta == pytest.approx([0.0], abs=1e-9)
    assert fit.thresholds == pytest.approx([np.log(below / (1 - below)) for below in (0.1, 0.3, 0.6)])
    assert at_least(fit, 0, 0.0, 2).estimate == pytest.approx(0.7)


def test_two_categories_are_logistic_regression_turned_either_way() -> None:
    g = np.random.default_rng(1)
    X, cluster = g.normal(size=(80, 2)), np.repeat(np.arange(16), 5)
    y = (g.random(80) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)
    one, other = marginal(X, y, cluster), marginal(X, 1 - y, cluster)
    np.testing.assert_allclose(one.delta, -other.delta, atol=1e-8)
    np.testing.assert_allclose(one.vcov, other.vcov, rtol=1e-6)


def test_units_do_not_matter() -> None:
    g = np.random.default_rng(2)
    X, cluster = g.normal(size=(90, 2)), np.repeat(np.arange(18), 5)
    y = np.digitize(X[:, 0] + g.logistic(size=90), [-1, 0.5])
    units = np.array([1e6, 1e-4])
    fit, other = marginal(X, y, cluster), marginal(X * units + [3e7, 1.0], y, cluster)
    np.testing.assert_allclose(other.beta * units, fit.beta, rtol=1e-6)
    unit = np.eye(4)[2]
    assert other.contrast(unit)[1] == pytest.approx(fit.contrast(unit)[1], rel=1e-5)
    mixed_fit, mixed_other = (mixed(one, y, [cluster], 1) for one in (X, X * units + [3e7, 1.0]))
    np.testing.assert_allclose(mixed_other.delta[2:] * units, mixed_fit.delta[2:], rtol=1e-4)


def test_a_mixed_model_without_variance_is_the_model_of_independent_rows() -> None:
    g = np.random.default_rng(3)
    X, cluster = g.normal(size=(60, 1)), np.tile(np.arange(12), 5)
    # Every group has the same share of each answer, so groups differ less than chance would make them.
    y = np.repeat([0, 1, 1, 0, 1], 12)
    fit, alone = mixed(X, y, [cluster]), marginal(X, y, cluster)
    assert fit.singular and fit.sd[0] == 0
    np.testing.assert_allclose(fit.delta, alone.delta, atol=1e-4)
    np.testing.assert_allclose(fit.se, np.sqrt(np.diag(alone.model_vcov)), rtol=1e-3)
    assert fit.loglik == pytest.approx(alone.loglik, abs=1e-6)


def test_many_nodes_give_the_integral_itself() -> None:
    g = np.random.default_rng(4)
    groups = np.repeat(np.arange(10), 4)
    y = (g.random(40) < 1 / (1 + np.exp(-1.5 * g.normal(size=10)[groups]))).astype(int)
    X = g.normal(size=(40, 1))
    fit = mixed(X, y, [groups], 25)
    grid = np.linspace(-9, 9, 20_001)
    eta = (X @ fit.delta[1:])[:, None] + fit.sd[0] * grid - fit.delta[0]
    rows = np.where(y[:, None] == 1, -np.logaddexp(0, -eta), -np.logaddexp(0, eta))
    total = sum(np.log(np.trapezoid(np.exp(rows[groups == one].sum(axis=0)) * stats.norm.pdf(grid), grid)) for one in range(10))
    assert fit.loglik == pytest.approx(total, abs=1e-7)


@pytest.mark.parametrize("y, x, apart", [
    ([0, 0, 0, 1, 1, 1], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], True),
    ([0, 0, 1, 0, 1, 1], [1.0, 2.0, 3.0, 3.0, 5.0, 6.0], True),  # quasi: only x = 3 has both
    ([0, 0, 1, 0, 1, 1], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], False),
    ([0, 1, 1, 2, 2, 2], [1.0, 2.0, 2.0, 3.0, 4.0, 5.0], True),
    ([0, 1, 0, 2, 1, 2], [1.0, 2.0, 2.5, 1.5, 4.0, 5.0], False),
])  # fmt: skip
def test_separation_is_seen(y: list[int], x: list[float], apart: bool) -> None:
    off, rows = separated(make_steps(np.array(y), np.array(x)[:, None]))
    assert bool(len(rows)) == apart == bool(off[-1])


def frame(n_mentors: int = 12, each: int = 5, seed: int = 6) -> pd.DataFrame:
    g = np.random.default_rng(seed)
    mentor = np.repeat(np.arange(n_mentors), each)
    rows = pd.DataFrame(
        {
            "mentor": [f"M{one:02d}" for one in mentor],
            "mentee": [f"E{one:03d}" for one in range(len(mentor))],
            "x": g.normal(size=len(mentor)),
        }
    )
    return rows.assign(
        y=(g.random(len(mentor)) < 1 / (1 + np.exp(-rows["x"]))).astype(float), kind=np.where(np.arange(len(mentor)) < 4, "rare", "usual")
    )


def test_a_group_that_decides_the_outcome_is_set_aside_and_said() -> None:
    rows = frame()
    rows.loc[rows["kind"] == "rare", "y"] = 1.0
    found = prepare("y ~ x + kind + (1 | mentor)", rows, "y")
    assert "kind[T.usual]" in found.lost and "separation" in found.lost["kind[T.usual]"]
    assert found.terms == ("x",) and len(found.rows) == len(rows) - 4
    assert "4 rows are set aside" in found.notes[0]
    left = prepare("y ~ x + (1 | mentor)", rows[rows["kind"] == "usual"].reset_index(drop=True), "y")
    np.testing.assert_allclose(marginal(found.X, found.y, found.cluster).delta, marginal(left.X, left.y, left.cluster).delta)


def test_a_predictor_that_decides_everything_leaves_no_model() -> None:
    rows = frame()
    with pytest.raises(StudyError, match="decide"):
        prepare("y ~ x + (1 | mentor)", rows.assign(y=(rows["x"] > 0).astype(float)), "y")


def test_random_slopes_are_refused() -> None:
    with pytest.raises(StudyError, match="more than intercepts"):
        prepare("y ~ x + (1 + x | mentor)", frame(), "y")


def test_mentors_who_share_a_mentee_are_one_cluster() -> None:
    labels, shared = clusters(np.array(list("AABBCC")), np.array(list("123456")))
    assert shared == 0 and len(set(labels)) == 3
    labels, shared = clusters(np.array(list("AABBCC")), np.array(list("122456")))
    assert shared == 2 and len(set(labels)) == 2 and labels[0] == labels[3] != labels[4]


def null_rate(runs: int, mentors: int, cuts: list[float], waves: int, slope: float, seed: int) -> float:
    """How often a within-mentor predictor without association has p < .05."""
    g = np.random.default_rng(seed)
    hits = []
    for _ in range(runs):
        of = np.repeat(np.arange(mentors), g.integers(2, 7, mentors))
        x = g.normal(size=len(of))
        x = x - (np.bincount(of, x) / np.bincount(of))[of]
        eta = (0.9 * g.normal(size=mentors))[of] + 0.8 * g.normal(size=len(of)) + (slope * g.normal(size=mentors))[of] * x
        rows = np.repeat(np.arange(len(of)), waves)
        y = np.unique(np.digitize(eta[rows] + g.logistic(size=len(rows)), cuts), return_inverse=True)[1]
        fit = marginal(x[rows, None], y, of[rows])
        unit = np.eye(len(fit.delta))[-1]
        se, df = fit.contrast(unit)
        hits.append(2 * stats.t.sf(abs(unit @ fit.delta / se), df) < 0.05)
    return float(np.mean(hits))


@pytest.mark.parametrize("cuts, waves, slope", [([0.5], 1, 0.0), ([0.5], 1, 0.6), ([-1.5, 0.0, 1.5], 2, 0.0)])
def test_chance_alone_is_called_an_association_in_about_one_of_twenty(cuts: list[float], waves: int, slope: float) -> None:
    assert null_rate(200, 14, cuts, waves, slope, 9) < 0.09


@pytest.mark.slow
@pytest.mark.parametrize("mentors", [10, 20, 40])
@pytest.mark.parametrize("cuts, waves, slope", [([0.5], 1, 0.0), ([0.5], 3, 0.0), ([0.5], 1, 0.6), ([-1.5, 0.0, 1.5], 3, 0.0)])
def test_error_rate_with_few_mentors(mentors: int, cuts: list[float], waves: int, slope: float) -> None:
    assert 0.012 < null_rate(1000, mentors, cuts, waves, slope, 10) < 0.07
