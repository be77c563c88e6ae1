"""Intersectional strata: against lme4, by hand, and with too few strata."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mentoring.models.strata import intersectional, strata_of
from tests.models.groups_reference import GOLDEN, dyads

COLUMNS = ["x3", "y3", "race"]


def rows():
    data = dyads()
    return data.assign(stratum=strata_of(data, COLUMNS))


def test_as_lme4_with_a_pcv_below_zero():
    found = intersectional(rows(), "mq", COLUMNS, "1", "(1 | mentor)")
    golden = GOLDEN["strata"]
    assert (found.vpc, found.vpc_main, found.pcv) == pytest.approx((golden["vpc"], golden["vpc_main"], golden["pcv"]), abs=2e-4)
    assert found.pcv < 0
    modes = found.means.set_index("stratum")["estimate"] - golden["intercept"]
    assert all(modes[name] == pytest.approx(value, abs=1e-3) for name, value in golden["modes"].items())
    assert found.vpc_low <= found.vpc <= found.vpc_high and any("strata" in note for note in found.notes)


def test_cell_sizes_count_people_not_rows():
    data = pd.DataFrame({"a": ["x", "x", "y", None], "b": ["1", "1", "2", "2"]})
    assert strata_of(data, ["a", "b"]).tolist()[:3] == ["x × 1", "x × 1", "y × 2"] and pd.isna(strata_of(data, ["a", "b"])[3])
    sizes = intersectional(rows(), "mq", COLUMNS, "1", "(1 | mentor)").sizes
    assert sizes["rows"].sum() == len(dyads()) and (sizes["mentors"] <= sizes["rows"]).all()


def test_strata_that_differ_by_main_effects_alone_have_a_pcv_near_one():
    g = np.random.default_rng(4)
    data = pd.DataFrame({"a": g.integers(0, 6, 900).astype(str), "b": g.integers(0, 5, 900).astype(str), "mentor": g.integers(0, 60, 900).astype(str),
                         "mentee": [str(n) for n in range(900)]})
    data["y"] = 0.5 * data["a"].astype(float) + 0.4 * data["b"].astype(float) + g.normal(0, 1, 900)
    data["stratum"] = strata_of(data, ["a", "b"])
    found = intersectional(data, "y", ["a", "b"], "1", "(1 | mentor)")
    assert found.pcv > 0.9 and found.vpc > 0.3 and not found.notes


def test_two_strata_are_too_few():
    data = rows().assign(stratum=lambda frame: frame["race"].astype(str))
    found = intersectional(data, "mq", ["race"], "1", "(1 | mentor)")
    assert np.isnan(found.vpc) and "too few" in found.notes[0] and found.means.empty
