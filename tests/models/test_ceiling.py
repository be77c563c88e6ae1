"""Ceilings and their effect sizes: by hand, dealing that keeps mentors' mentees together, and degenerate clouds."""

import numpy as np
import pytest

from mentoring.models.ceiling import add_one_p, ceilings, deals, dealt_effect_sizes

# Corners (0, 1), (2, 3), (4, 4); the scope is 4 by 4 (y from 0). Steps: above the first 2 x (4 - 1) = 6, above the second 2 x (4 - 3) = 2.
X = np.array([0, 1, 2, 3, 4, 4.0])
Y = np.array([1, 0, 3, 2, 4, 1.0])


def test_by_hand():
    found = ceilings(X, Y)
    assert found.peers == 3 and found.scope == 16
    assert found.ce_d == pytest.approx(8 / 16)
    # Least squares through the corners: slope 3/4, intercept 7/6; it reaches 4 at x = 34/9, so a triangle of height 17/6.
    assert (found.slope, found.intercept) == (pytest.approx(0.75), pytest.approx(7 / 6))
    assert found.cr_d == pytest.approx(34 / 9 * 17 / 6 / 2 / 16)
    assert found.below == pytest.approx(5 / 6)  # (2, 3) alone stands above the line


def test_bottleneck_by_hand():
    found = ceilings(X, Y)
    assert found.needed(1, "CE-FDH") == -np.inf and found.needed(1, "CR-FDH") == -np.inf
    assert found.needed(2, "CE-FDH") == 2 and found.needed(4, "CE-FDH") == 4
    assert found.needed(2, "CR-FDH") == pytest.approx((2 - 7 / 6) / 0.75)
    assert ceilings(np.array([0, 1, 2.0]), np.array([0, 0, 1.0])).needed(0.5, "CE-FDH") == 2


def test_identical_points_count_as_often_as_they_occur_in_the_straight_ceiling():
    x, y = np.array([0, 0, 0, 1, 2.0]), np.array([0, 0, 0, 2, 3.0])
    slope, intercept = np.polyfit(x, y, 1)
    found = ceilings(x, y)
    assert (found.slope, found.intercept) == (pytest.approx(slope), pytest.approx(intercept))


def test_a_corner_at_the_upper_left_leaves_nothing_empty():
    found = ceilings(np.array([0, 1, 2.0]), np.array([5, 1, 3.0]))
    assert found.ce_d == found.cr_d == 0 and np.isnan(found.slope)


def test_effect_sizes_do_not_depend_on_units():
    g = np.random.default_rng(1)
    x, y = g.normal(size=(2, 60))
    a, b = ceilings(x, y), ceilings(1e6 * x - 3, 0.01 * y + 7)
    assert (a.ce_d, a.cr_d) == (pytest.approx(b.ce_d), pytest.approx(b.cr_d))


def test_the_straight_ceiling_agrees_with_counting_a_fine_grid():
    g = np.random.default_rng(4)
    x, y = np.round(g.normal(size=(2, 80)), 1)
    found = ceilings(x, y)
    grid = np.linspace(x.min(), x.max(), 20001)
    gap = np.clip(y.max() - (found.intercept + found.slope * grid), 0, np.ptp(y)) / np.ptp(y)
    assert found.cr_d == pytest.approx(np.trapezoid(gap, grid) / np.ptp(x), abs=1e-6)


def test_dealing_in_the_old_order_changes_nothing():
    assert dealt_effect_sizes(X, Y, [np.arange(6)])[0] == pytest.approx([ceilings(X, Y).ce_d, ceilings(X, Y).cr_d])


def test_conditions_stay_in_their_programme_and_mentors_mentees_together():
    program, mentor = np.repeat(["a", "b"], [6, 4]), np.repeat(["m1", "m2", "m3", "n1", "n2"], 2)
    for order in deals(program, mentor, 50, np.random.default_rng(2)):
        assert sorted(order) == list(range(10))
        assert (program[order] == program).all()
        # Equal numbers of mentees: a mentor's conditions move as one block.
        assert all(len(set(mentor[order][mentor == one])) == 1 for one in np.unique(mentor))


def test_p_counts_the_data_themselves():
    assert add_one_p(0.5, np.array([0.1, 0.5, 0.7])) == 3 / 4
    assert add_one_p(0.9, np.zeros(99)) == 0.01


def rejections(runs, free=False):
    """How often p < .05 when mentors differ in condition and outcome, and the two have nothing to do with each other."""
    g, count = np.random.default_rng(8), 0
    for _ in range(runs):
        sizes = g.integers(1, 7, 30)
        mentor = np.repeat(np.arange(30), sizes)
        x, y = (0.8 * g.normal(size=30)[mentor] + 0.6 * g.normal(size=len(mentor)) for _ in range(2))
        orders = [g.permutation(len(x)) for _ in range(99)] if free else deals((mentor // 5).astype(str), mentor.astype(str), 99, g)
        count += add_one_p(ceilings(x, y).cr_d, dealt_effect_sizes(x, y, orders)[:, 1]) < 0.05
    return count / runs


def test_error_rate():
    assert rejections(100) <= 0.12  # 5 % expected; more than 12 of 100 has a probability below .002


@pytest.mark.slow
def test_error_rate_holds_where_free_shuffling_errs_too_often():
    assert 0.02 <= rejections(600) <= 0.075
    assert rejections(600, free=True) > 0.075
