"""Formulas of every kind on simulated mentors against lme4, lmerTest and pbkrtest (see sweep.R)."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from mentoring.models.lmm import lmm
from tests.models.lmm.lmm_reference import REFERENCE

SWEEP = json.loads((REFERENCE / "sweep.json").read_text())
LIMIT = SWEEP["tolerance"]


def spelled(term: str) -> str:
    """A term's name in a spelling that both sides share."""
    text = re.sub(r"\s|T\.|c\(25|\(Intercept\)", lambda m: {"c(25": "25", "(Intercept)": "Intercept"}.get(m[0], ""), term)
    text = text.replace("**", "^").replace("TRUE", "True").replace("FALSE", "False").replace("32)", "32")
    return ":".join(sorted(re.sub(r"[\[\]]", "", text).split(":")))


@pytest.fixture(scope="module", params=[pytest.param(entry, id=entry["id"]) for entry in SWEEP["models"]])
def pair(request):
    entry = request.param
    data = pd.read_csv(REFERENCE / f"sweep_{entry['data']}.csv")
    options = {name: entry[name] for name in ("weights", "offset") if entry.get(name)}
    return entry, lmm(entry["formula"], data, reml=entry["reml"], inference="satterthwaite", **options)


def in_order(entry: dict, fit) -> list[int]:
    """Our rows in R's order of terms."""
    ours = [spelled(term) for term in fit.terms]
    assert sorted(ours) == sorted(spelled(term) for term in entry["terms"])
    return [ours.index(spelled(term)) for term in entry["terms"]]


def test_likelihood_and_effects(pair):
    entry, fit = pair
    assert abs(fit.loglik - entry["loglik"]) <= LIMIT["loglik"]
    assert (fit.n_obs, fit.singular, fit.converged) == (entry["n"], entry["singular"], True)
    np.testing.assert_allclose([fit.aic, fit.bic], [entry["aic"], entry["bic"]], atol=2 * LIMIT["loglik"])
    own = fit.fixed_effects.iloc[in_order(entry, fit)]
    assert (np.abs(own["estimate"] - entry["estimate"]) <= LIMIT["estimate_in_se"] * np.array(entry["se"])).all()
    np.testing.assert_allclose(own["se"], entry["se"], rtol=LIMIT["se"])
    np.testing.assert_array_less(np.abs(own["df"] - entry["df"]), np.maximum(LIMIT["df"][0], LIMIT["df"][1] * np.array(entry["df"])))


def test_joint_tests_and_kenward_roger(pair):
    entry, fit = pair
    order = in_order(entry, fit)
    others = [f"{fit.terms[number]} = 0" for number in order[1:]]
    if "joint" in entry:
        test = fit.test(others)
        assert test.statistic == pytest.approx(entry["joint"][0], rel=LIMIT["kr"])
        assert test.df2 == pytest.approx(entry["joint"][1], rel=LIMIT["df"][1], abs=LIMIT["df"][0])
    if "kr_se" in entry:
        own = fit.inference("kenward-roger").iloc[order]
        np.testing.assert_allclose(own["se"], entry["kr_se"], rtol=LIMIT["kr"])
        np.testing.assert_allclose(own["df"], entry["kr_df"], rtol=LIMIT["kr"])
    if "kr_joint" in entry:
        test = fit.test(others, "kenward-roger")
        np.testing.assert_allclose([test.statistic, test.df2], entry["kr_joint"], rtol=LIMIT["kr"])


def test_variances(pair):
    entry, fit = pair
    table = fit.variance_components
    sigma = entry["sigma"]
    assert fit.sigma == pytest.approx(sigma, rel=LIMIT["sd_in_sigma"])
    np.testing.assert_allclose(sorted(table["sd"].iloc[:-1].dropna()), entry["sd"], atol=LIMIT["sd_in_sigma"] * sigma)
    if len(entry["sd"]) and min(entry["sd"]) > 1e-3 * sigma:
        np.testing.assert_allclose(sorted(table["correlation"].dropna()), entry["correlation"], atol=LIMIT["correlation"])
    np.testing.assert_allclose(fit.r_squared, entry["r2"], atol=LIMIT["r2"])
    assert fit.icc == pytest.approx(entry["icc"], abs=LIMIT["r2"])
    modes = fit.random_effects
    np.testing.assert_allclose([(modes["estimate"] ** 2).sum(), (modes["se"] ** 2).sum()], entry["modes"], rtol=2e-3, atol=1e-4)
    assert (fit.fitted**2).sum() == pytest.approx(entry["fitted"], rel=1e-5)


def test_profile_intervals(pair):
    """Ends that R's own profile does not reach are not compared; of a singular slope the upper end once stopped at a flat spot."""
    entry, fit = pair
    if "profile" not in entry:
        pytest.skip("no profile made")
    own = fit.confint().set_index("parameter")
    for name, low, high in zip(entry["profile"]["names"], entry["profile"]["low"], entry["profile"]["high"], strict=True):
        kind, effect, group = re.fullmatch(r"(?:(sd|cor)_)?([^|]*)(?:\|(.*))?", name).groups()
        if kind == "cor":  # lme4 warns here that its profile is not monotonic
            continue
        key = f"sd {group}.{spelled(effect)}" if kind else next((term for term in own.index if spelled(term) == spelled(effect)), effect)
        np.testing.assert_allclose(own.loc[key, ["ci_low", "ci_high"]].astype(float), [low, high], atol=LIMIT["profile"] * (high - low))


def test_the_unit_of_weights_does_not_matter():
    """Only σ knows it; degrees of freedom once drifted with weights of size 1e3 and were wrong at 1e6. R: 27.56048 and 18.25648."""
    data = pd.read_csv(REFERENCE / "sweep_thirty.csv")
    for unit in (1.0, 1e-8, 1e6):
        fit = lmm("y ~ x + (x | mentor)", data, weights=data["age"] * unit, inference="satterthwaite")
        np.testing.assert_allclose(fit.fixed_effects["df"], [27.56048, 18.25648], rtol=1e-4)
        assert fit.sigma == pytest.approx(6.42013552 * np.sqrt(unit), rel=1e-5)
