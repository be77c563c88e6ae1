"""Moves between stages: by hand; the rule for being in order; error rates under clustering."""

import numpy as np
import pandas as pd
import pytest

from mentoring.models.rates import Rate
from mentoring.models.transitions import BACK, ON, OUT_OF_ORDER, SKIPPED, STAYED, in_order, move_rates, moves, transition_rows

ORDER = ["start", "middle", "end"]


def rows(*paths, waves=(1, 2, 3)):
    """One relationship per path, each with a mentor of its own; “-” is no answer."""
    return pd.DataFrame([{"dyad": f"D{n}", "mentor": f"M{n}", "mentee": f"E{n}", "wave": wave, "stage": None if stage == "-" else stage}
                         for n, path in enumerate(paths) for wave, stage in zip(waves, path.split())]).astype({"wave": "Int64"})


def test_moves_by_hand():
    made = moves(rows("start middle end", "start end middle", "middle middle -", "start - end", "start other end"), ORDER)
    # The fourth and fifth have no stage of the order at two neighbouring waves.
    assert made[["dyad", "wave_from", "steps"]].to_numpy().tolist() == [["D0", 1, 1.0], ["D0", 2, 1.0], ["D1", 1, 2.0], ["D1", 2, -1.0], ["D2", 1, 0.0]]
    rates = move_rates(made)
    assert {name: (rate.n, rate.rate) for name, rate in rates.items()} == {
        STAYED: (5, 0.2), ON: (5, 0.4), SKIPPED: (5, 0.2), BACK: (5, 0.2), OUT_OF_ORDER: (5, 0.4)}


def test_neighbours_are_the_studys_waves_not_numbers():
    made = moves(rows("start middle end", waves=(1, 4, 9)), ORDER)
    assert made["wave_from"].tolist() == [1, 4]


def test_the_matrix_by_hand():
    made = moves(rows("start middle end", "start start middle", "start end middle"), ORDER)
    table = pd.DataFrame(transition_rows(made, ORDER)).set_index(["from", "to", "wave_from"])
    whole = table.xs(None, level="wave_from") if None in table.index.levels[2] else table[table.index.get_level_values(2).isna()].droplevel(2)
    assert whole.loc[("start", "middle"), ["n", "rate"]].tolist() == [2, 0.5]
    assert whole.loc[("end", "middle"), ["n", "rate"]].tolist() == [1, 1.0]
    assert whole.groupby(level="from")["rate"].sum().round(9).eq(1).all()
    first = table[table.index.get_level_values(2) == 1].droplevel(2)
    assert first.loc[("start", "middle"), "rate"] == pytest.approx(1 / 3)
    assert np.isnan(first.loc[("middle", "end"), "rate"]) and "nobody" in first.loc[("middle", "end"), "note"]


def test_a_single_wave_makes_no_move():
    made = moves(rows("start", "middle", waves=(1,)), ORDER)
    assert made.empty and move_rates(made)[BACK].n == 0 and in_order(move_rates(made)[BACK], 0.05) == "not estimated"


@pytest.mark.parametrize(("low", "high", "code"), [(0.06, 0.2, "not in order"), (0.0, 0.04, "in order"), (0.01, 0.2, "inconclusive"), (np.nan, np.nan, "not estimated")])
def test_the_rule(low, high, code):
    assert in_order(Rate(10, 5, low=low, high=high), 0.05) == code


def test_at_the_tolerance_itself_either_verdict_is_rare():
    g, wrong = np.random.default_rng(8), 0
    for _ in range(300):
        chance = g.beta(0.05 * 6, 0.95 * 6, 30)
        mentor = np.repeat(np.arange(30), 5)
        made = pd.DataFrame({"steps": np.where(g.random(150) < chance[mentor], -1.0, 1.0), "mentor": mentor})
        wrong += in_order(move_rates(made)[OUT_OF_ORDER], 0.05) in ("in order", "not in order")
    # 2.5 % on either side by right.
    assert wrong / 300 < 0.09
