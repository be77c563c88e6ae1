"""What diagnostic figures stand on: groups that are large enough, by hand and in the degenerate cases."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mentoring.models.diagnostics import diagnostics
from mentoring.tables import DIAGNOSTICS


def fitted_model(rows: int = 95, mentors: int = 12, spread: float = 1.0, group: str = "mentor:program") -> SimpleNamespace:
    """What the function reads of a fit."""
    rng = np.random.default_rng(2)
    effects = pd.DataFrame({"group": group, "level": [f"m{n}" for n in range(mentors)], "term": "Intercept"})
    effects["estimate"], effects["se"] = spread * np.arange(mentors)[::-1] / 10, 0.5
    return SimpleNamespace(
        residuals=pd.Series(spread * rng.normal(size=rows)), fitted=pd.Series(np.linspace(1, 5, rows)[::-1]), random_effects=effects
    )


def test_mentors_come_in_order_of_size_with_intervals_and_no_names():
    table = diagnostics("q", fitted_model())
    own = table[table["topic"] == "mentor"]
    assert own["x"].tolist() == list(range(1, 13))
    assert own["value"].tolist() == pytest.approx(np.arange(12) / 10)
    assert (own["high"] - own["value"]).tolist() == pytest.approx([0.5 * 1.959964] * 12)
    assert list(table.columns) == list(DIAGNOSTICS.names)
    assert not any("m1" in str(value) for value in table.to_numpy().ravel())


def test_nine_mentors_are_not_listed():
    assert "mentor" not in set(diagnostics("q", fitted_model(mentors=9))["topic"])
    assert "mentor" not in set(diagnostics("q", fitted_model(group="mentee"))["topic"])


def test_residuals_are_means_of_ten_rows_or_more():
    model = fitted_model(rows=95)
    own = diagnostics("q", model)
    own = own[own["topic"] == "quantile"]
    assert len(own) == 9 and own["n"].sum() == 95 and own["n"].min() == 10
    scaled = np.sort(model.residuals) / model.residuals.std(ddof=1)
    assert own["value"].iloc[0] == pytest.approx(scaled[: own["n"].iloc[0]].mean())
    assert own["x"].iloc[0] == pytest.approx(stats.norm.ppf((np.arange(own["n"].iloc[0]) + 0.5) / 95).mean())


def test_residuals_along_fitted_values_go_from_low_to_high_with_their_spread():
    model = fitted_model(rows=40)
    own = diagnostics("q", model)
    own = own[own["topic"] == "fitted"]
    assert own["x"].is_monotonic_increasing and own["n"].tolist() == [10] * 4
    last = model.residuals.to_numpy()[:10]
    assert own["value"].iloc[-1] == pytest.approx(last.mean())
    assert (own["high"] - own["low"]).iloc[-1] == pytest.approx(2 * last.std(ddof=1))


def test_nothing_is_made_of_few_rows_or_of_no_spread():
    assert set(diagnostics("q", fitted_model(rows=9))["topic"]) == {"mentor"}
    assert diagnostics("q", fitted_model(rows=9, mentors=3)).empty
    assert set(diagnostics("q", fitted_model(spread=0.0))["topic"]) == {"fitted"}
