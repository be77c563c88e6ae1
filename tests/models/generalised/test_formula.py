"""Mixed logit models by formula: R's numbers, by hand without groups, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mentoring as mt
from mentoring.errors import StudyError

FOLDER = Path(__file__).resolve().parents[2] / "reference" / "generalised"
R = json.loads((FOLDER / "generalised.json").read_text())["mixed"]


def test_ordered_answers_as_clmm() -> None:
    data, known = pd.read_csv(FOLDER / "dyads.csv"), R["dyads_15"]
    found = mt.mixed_logit("ord ~ simw + simb + race_match + (1 | mentor)", data)
    assert found.fixed_effects["term"].tolist() == ["1|2", "2|3", "3|4", "4|5", "simw", "simb", "race_match"]
    se = np.array(known["se"])
    np.testing.assert_allclose(found.fixed_effects["estimate"], known["coef"], atol=3e-4 * se.min())
    np.testing.assert_allclose(found.fixed_effects["se"], se, rtol=1e-3)
    assert found.loglik == pytest.approx(known["loglik"], abs=1e-5) and found.aic == pytest.approx(16 - 2 * known["loglik"], abs=1e-4)
    assert found.variance_components["sd"].item() == pytest.approx(known["sd"]["mentor"], abs=1e-3) and found.converged


def test_yes_or_no_as_glmer_whatever_else_stands_in_the_table() -> None:
    data, known = pd.read_csv(FOLDER / "bacteria.csv"), R["bacteria_15"]
    # People who are not known are no matter where the formula does not name them.
    found = mt.mixed_logit("yes ~ drug + drugp + late + (1 | ID)", data.assign(mentor=None, mentee=None, yes=data["yes"] > 0))
    assert found.fixed_effects["term"].tolist() == ["Intercept", "drug", "drugp", "late"]
    np.testing.assert_allclose(found.fixed_effects["estimate"], known["coef"], atol=3e-4 * min(known["se"]))
    assert "logistic" in repr(found) and found.codes == (0.0, 1.0) and not found.notes


def test_a_term_that_decides_answers_is_left_out_and_named() -> None:
    g = np.random.default_rng(1)
    data = pd.DataFrame({"g": np.arange(80) // 4, "x": g.normal(size=80), "sure": (np.arange(80) % 8 == 0).astype(float)})
    data["y"] = np.where(data["sure"] == 1, 1, g.integers(0, 2, 80))
    found = mt.mixed_logit("y ~ x + sure + (1 | g)", data)
    assert "sure" not in set(found.fixed_effects["term"]) and found.n_obs == 70 and "separation" in found.notes[0]


@pytest.mark.parametrize(
    ("formula", "nodes", "told"),
    [
        ("ord ~ simw", None, "no random part"),
        ("ord ~ (1 + simw | mentor)", None, "more than intercepts"),
        ("ord ~ simw + (1 | mentor) + (1 | program)", 15, "15 nodes for 2 groupings"),
        ("ord ~ simm + (1 | mentor)", None, "did you mean “simw”"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(formula: str, nodes: int | None, told: str) -> None:
    with pytest.raises(StudyError, match=told):
        mt.mixed_logit(formula, pd.read_csv(FOLDER / "dyads.csv").assign(program=lambda d: d["mentor"] % 5), nodes)
