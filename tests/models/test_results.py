"""The table of variance components has intervals, or says why not."""

import numpy as np
import pytest

from mentoring.models import results
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.similarity import plan_similarity
from mentoring.models.results import result_tables
from tests.models.test_similarity_question import MATCH, QUESTION, analysis


@pytest.fixture(scope="module")
def asked():
    plan = plan_similarity(QUESTION, analysis(mentors=20, waves=2, effect=0.3), [MATCH])
    return plan, fit_plan(plan)


def test_variances_have_profile_intervals(asked):
    plan, fitted = asked
    table = result_tables(plan, fitted)["variance_components"]
    ends = fitted.fit.confint().set_index("parameter").loc["sigma", ["ci_low", "ci_high"]].to_numpy(dtype=float)
    residual = table.set_index("group").loc["Residual"]
    assert [residual["ci_low"], residual["ci_high"]] == pytest.approx(ends**2)
    assert (table["ci_low"] <= table["variance"]).all() and (table["ci_high"] > table["variance"]).all()
    # The programmes were made alike: nothing speaks against no variance at all.
    assert table.set_index("group").loc["program", "ci_low"] == 0


def test_too_large_to_profile_says_so(asked, monkeypatch):
    monkeypatch.setattr(results, "MOST_SECONDS_PER_STEP", 0)
    tables = result_tables(*asked)
    assert np.isnan(tables["variance_components"]["ci_low"]).all() and "no intervals for the variances" in tables["fits"].loc[0, "note"]
