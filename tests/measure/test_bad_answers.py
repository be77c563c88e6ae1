"""Answers that carry no measurement: each is told in the tables, none crashes, none prints a number that cannot be."""

import warnings

import numpy as np
import pandas as pd
import pytest

from mentoring.measure import more_reliability, reliability_table
from mentoring.measure.factors import polychoric
from mentoring.measure.items import item_statistics
from mentoring.measure.ordinal import ordinal_reliability
from mentoring.measure.structure import factor_tables
from mentoring.settings import FactorStructure, Scale

ITEMS = ["q1", "q2", "q3", "q4"]
SCALES = [Scale(name="one", items=ITEMS[:2]), Scale(name="all", items=ITEMS), Scale(name="rest", items=["q5", "q6", "q7"])]
STRUCTURES = [FactorStructure(name="both", kind="correlated", factors=["all", "rest"])]


def answers(people=90, categories=5, seed=3):
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(people, 1))
    latent = 0.8 * common + 0.6 * generator.normal(size=(people, 7))
    cuts = np.linspace(-1.5, 1.5, categories - 1) if categories > 2 else [0.0]
    return pd.DataFrame(np.digitize(latent, cuts) + 1.0, columns=[*ITEMS, "q5", "q6", "q7"])


def changed(**columns):
    return answers().assign(**columns)


def apart():
    data = answers()
    data.loc[:44, ["q1", "q2"]] = np.nan
    data.loc[45:, ["q3", "q4"]] = np.nan
    return data


def hardly():
    data = answers()
    data.loc[5:, "q2"] = np.nan
    return data


def impossible():
    """Correlations .81, .81 and .42 of three items need a loading above 1."""
    generator = np.random.default_rng(1)
    y = generator.normal(size=(200, 3))
    y = np.linalg.solve(np.linalg.cholesky(np.cov(y, rowvar=False)), (y - y.mean(axis=0)).T).T
    r = np.array([[1, 0.75, 0.75], [0.75, 1, 0.40], [0.75, 0.40, 1]])
    return pd.DataFrame(y @ np.linalg.cholesky(r).T, columns=["q5", "q6", "q7"]).assign(**{item: generator.normal(size=200) for item in ITEMS})


BAD = {
    "constant": (changed(q2=3.0), "everyone gave the same answer to q2"), "unanswered": (changed(q2=np.nan), "q2, or nobody did"),
    "hardly answered": (hardly(), ""), "alike": (changed(q2=answers()["q1"]), "q1 and q2 go together without exception"),
    "opposite": (changed(q2=6 - answers()["q1"]), "q1 and q2 go together without exception"), "few people": (answers(4), "4 people answered, for 4 items"),
    "one person": (answers(1), "1 people answered"), "never together": (apart(), "0 people answered both"), "nobody differs": (changed(**dict.fromkeys(ITEMS, 3.0)), "same"),
    "sum": (changed(q4=answers()[["q1", "q2", "q3"]].sum(axis=1)), "an item follows from the others"),
    "one differs": (changed(q1=[2.0] + [1.0] * 89), "only 1 of 90 answers to q1 differ"), "two categories": (answers(categories=2), ""),
    "two categories alike": (answers(categories=2).assign(q2=answers(categories=2)["q1"]), "q1 and q2 go together without exception"),
}


BOTH_SIDES_AND_WAVES = (("mentee", 1), ("mentee", 2), ("mentor", 1))


def study(data, sheets=BOTH_SIDES_AND_WAVES):
    """Keyed answers of some roles and waves, and the relationships."""
    parts = []
    for number, (role, wave) in enumerate(sheets):
        shaken = data.sample(frac=1, random_state=number).reset_index(drop=True)
        long = shaken.assign(row=range(len(data))).melt(id_vars="row", var_name="item", value_name="value")
        person = long["row"].map("E{}".format) if role == "mentee" else (long["row"] // 3).map("M{}".format)
        parts.append(pd.DataFrame({"dyad": long["row"].map("D{}".format), "person": person, "role": role, "wave": wave, "item": long["item"],
                                   "value": long["value"], "low": 1.0, "high": 5.0, "missing": None}))
    rows = range(len(data))
    dyads = pd.DataFrame({"dyad": [f"D{n}" for n in rows], "mentor": [f"M{n // 3}" for n in rows], "mentee": [f"E{n}" for n in rows]})
    return pd.concat(parts, ignore_index=True), dyads


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("ordered", [False, True])
def test_bad_answers_are_told_and_never_crash(name, ordered):
    data, why = BAD[name]
    asked = BOTH_SIDES_AND_WAVES[:1] if ordered else BOTH_SIDES_AND_WAVES if name in ("alike", "hardly answered") else BOTH_SIDES_AND_WAVES[::2]
    keyed, dyads = study(data, asked)
    if ordered and name == "sum":
        return  # fifteen answers are no few categories
    keyed["high"] = 4.0 if ordered else 5.0  # the factor models then take the answers as ordered categories
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = factor_tables(keyed, SCALES, dyads, STRUCTURES)
        alpha = reliability_table(keyed, SCALES, dyads, 1)
        more = more_reliability(keyed, SCALES, dyads, 1, draws=20)
        item_statistics(keyed, SCALES)
    fits, loadings = tables["factor_fit"], tables["loadings"]
    whole = fits[fits["scale"] == "all"]
    assert (fits["estimator"].dropna() == ("WLSMV" if ordered else "ML")).all()
    if ordered:
        why = {"never together": "0 people answered, for 4 items", "unanswered": "nobody answered q2"}.get(name, why)
    if why:
        assert whole["note"].str.contains(why).all() and whole["chisq"].isna().all()
        assert loadings.loc[loadings["scale"] == "all", "loading"].isna().all() and loadings.loc[loadings["scale"] == "all", "note"].notna().all()
        assert fits.loc[fits["scale"] == "both", "note"].notna().all()
    assert fits.loc[fits["chisq"].isna(), "note"].notna().all()
    assert (loadings["loading"].abs().dropna() <= 1).all() and loadings.loc[loadings["loading"].isna(), "note"].notna().all()
    correlations = tables["factor_correlations"]
    assert (correlations["r"].abs().dropna() <= 1).all() and correlations.loc[correlations["r"].isna(), "note"].notna().all()
    steps = tables["invariance"]
    assert steps.loc[steps["cfi"].isna() & ~steps["step"].str.startswith("partial"), "note"].notna().all()
    for table, value in ((alpha, "alpha"), (more, "value")):
        assert (table[value].dropna() <= 1).all() and table.loc[table[value].isna(), "note"].notna().all()
    assert np.isfinite(fits[["chisq", "cfi", "rmsea", "srmr"]].to_numpy()[fits["chisq"].notna()]).all()


def test_a_loading_beyond_one_is_not_printed():
    keyed, dyads = study(impossible())
    tables = factor_tables(keyed, SCALES[2:], dyads)
    found = tables["loadings"].set_index(["role", "wave", "item"])
    assert found.loc[("mentee", 1, "q5"), "note"].startswith("estimated beyond 1") and np.isnan(found.loc[("mentee", 1, "q5"), "loading"])
    assert found.loc[("mentee", 1, "q6"), "loading"] == pytest.approx(0.4 / np.sqrt(0.4), abs=0.02)
    assert "Heywood" in tables["factor_fit"]["note"].iloc[0]


def test_polychorics_of_bad_answers():
    found = polychoric(changed(q2=3.0)[ITEMS])
    assert found.r["q2"].drop("q2").isna().all() and found.r.loc["q1", "q3"] > 0.3 and found.notes[0] == "everyone gave the same answer to q2"
    assert polychoric(changed(q2=np.nan)[ITEMS]).notes == ("nobody answered every item",)
    assert polychoric(answers()[ITEMS].iloc[:0]).r.loc["q1", "q2"] != 0
    alike = ordinal_reliability(changed(q2=answers()["q1"])[ITEMS])
    assert all(np.isnan(value) and "q1 and q2 go together without exception" in note for value, note in alike.values())
    assert all(np.isnan(value) and note for value, note in ordinal_reliability(answers(1)[ITEMS]).values())


def test_a_hole_in_a_two_by_two_table_gets_half_an_answer():
    """R: ``lavCor(d, ordered = c("a", "b"))`` of the same table gives 0.83139225."""
    rows = [(0, 0)] * 30 + [(1, 0)] * 20 + [(1, 1)] * 15
    found = polychoric(pd.DataFrame(rows, columns=["a", "b"], dtype=float))
    assert found.r.loc["a", "b"] == pytest.approx(0.83139225, abs=2e-3) and "never answered" in found.notes[0]
