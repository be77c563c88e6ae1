"""From the table of invariance to whether means may be compared between the sides."""

import pandas as pd
import pytest

from mentoring.measure.comparable import held, incomparable


def steps(of="wave 1", scale="values", between="roles", **holds):
    return pd.DataFrame(
        [{"scale": scale, "between": between, "of": of, "step": name.replace("_", " "), "holds": value} for name, value in holds.items()]
    )


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (steps(configural=True, metric=True, scalar=True, strict=False), None),
        (steps(configural=True, metric=True, scalar=False, partial_scalar=True), None),
        (steps(configural=True, metric=False, partial_metric=False), "does not mean the same"),
        (steps(configural=True, metric=True, scalar=False, partial_scalar=False), "does not mean the same"),
        (steps(configural=None), "could not be tested"),
        # One wave at which it does not hold is enough, whichever comes last.
        (pd.concat([steps("wave 1", scalar=False), steps("wave 2", scalar=True)]), "does not mean the same"),
        (pd.concat([steps("wave 1", scalar=True), steps("wave 2", scalar=False)]), "does not mean the same"),
        (steps(between="waves", scalar=False), None),
    ],
)
def test_means_may_be_compared_where_intercepts_hold(table, why):
    found = incomparable(table)
    assert (why in found["values"]) if why else not found


def test_each_step_in_a_word():
    table = steps(configural=True, metric=False, partial_metric=True, scalar=False)
    assert [held(table, name) for name in ("configural", "metric", "scalar", "strict")] == ["yes", "in part", "no", ""]
