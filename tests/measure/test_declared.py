"""Declared structures from the config to tables, and modification hints against lavaan (tests/reference/factors/hints.R)."""

import json

import numpy as np
import pandas as pd
import pytest

from mentoring.errors import StudyError
from mentoring.measure.factors import Structure, confirm, confirm_ordered, modification_indices
from mentoring.measure.factors.answers import prepare
from mentoring.measure.factors.fit import fit_answers
from mentoring.measure.structure import factor_tables
from mentoring.settings import FactorStructure, Scale
from mentoring.study import parse
from tests.measure.test_factors import COMPLETE, ITEMS, MENTEE, REFERENCE
from tests.small_study import CONFIG

EXPECTED = json.loads((REFERENCE / "hints.json").read_text())
ALL = tuple(item for items in MENTEE.values() for item in items)


@pytest.mark.parametrize(
    ("name", "data", "structure"),
    [
        ("ml", COMPLETE, Structure(MENTEE)),
        ("fiml", ITEMS, Structure(MENTEE)),
        ("higher", COMPLETE, Structure(MENTEE, general="general")),
        ("one", COMPLETE, Structure({"all": ALL})),
    ],
)
def test_modification_indices_agree_with_lavaan(name, data, structure):
    answers = prepare(data, structure.columns)
    fit = fit_answers(answers, structure)
    ours = {(row.kind, frozenset((row.first, row.second))): row for row in modification_indices(fit, answers).itertuples()}
    compared = 0
    for row in EXPECTED[name]:
        found = ours.get(("loading" if row["op"] == "=~" else "covariance", frozenset((row["lhs"], row["rhs"]))))
        if found is None:  # lavaan tries covariances of factors, too
            assert row["lhs"] in (*MENTEE, "general")
            continue
        assert found.index == pytest.approx(row["mi"], rel=1e-4, abs=1e-4)
        assert found.change == pytest.approx(row["epc"], rel=1e-4, abs=1e-5)
        assert found.std_change == pytest.approx(row["sepc.all"], rel=1e-4, abs=1e-5)
        assert found.scaled == pytest.approx(found.index / fit.scaling)
        compared += 1
    assert compared >= 8


def test_tied_hints_stand_in_the_order_of_the_items():
    """With four items of one factor, a pair and the pair of the other two have one index; the last digits must not decide."""
    data = pd.DataFrame(np.random.default_rng(4).normal(size=(300, 1)) + np.random.default_rng(5).normal(size=(300, 4)), columns=list("abcd"))
    told = []
    for scale in (1.0, 3.0, 1e-3):
        answers = prepare(data * scale, list("abcd"))
        table = modification_indices(fit_answers(answers, Structure({"f": tuple("abcd")})), answers)
        assert table["index"].to_numpy()[::2] == pytest.approx(table["index"].to_numpy()[1::2], rel=1e-6)
        told.append(list(zip(table["first"], table["second"])))
    assert told[0] == told[1] == told[2]
    assert all({*first, *second} == set("abcd") for first, second in zip(told[0][::2], told[0][1::2]))


def test_a_hint_is_what_freeing_brings():
    """Freeing the covariance that the hint names lowers chi-squared by about the index: here two items with a common part of their own."""
    generator = np.random.default_rng(8)
    factor, extra = generator.normal(size=(1500, 1)), generator.normal(size=1500)
    data = pd.DataFrame(factor + generator.normal(size=(1500, 5)), columns=list("abcde"))
    data[["d", "e"]] += 0.4 * extra[:, None]
    answers = prepare(data, list("abcde"))
    first = modification_indices(fit_answers(answers, Structure({"f": tuple("abcde")})), answers).iloc[0]
    assert (first["kind"], {first["first"], first["second"]}) == ("covariance", {"d", "e"})
    assert first["change"] == pytest.approx(0.16, abs=0.08) and first["index"] > 10


def test_factor_correlations_have_lavaans_standard_errors():
    found = confirm(COMPLETE, MENTEE, clusters=COMPLETE["mentor"].tolist()).factor_correlations()
    for row, expected in zip(found.itertuples(), EXPECTED["correlations"], strict=True):
        assert (row.first, row.second) == (expected["lhs"], expected["rhs"])
        assert row.r == pytest.approx(expected["est.std"], abs=1e-5) and row.se == pytest.approx(expected["se"], rel=1e-3)


def keyed(rows, role="mentee", about_self=()):
    """Answers as `keyed_answers` gives them, from a row per relationship."""
    long = rows.rename_axis("sheet").reset_index().melt(id_vars=["sheet", "mentor"], var_name="item", value_name="value")
    person = long["sheet"].map("P{:03d}".format)
    dyad = long["sheet"].map("D{:03d}".format).where(~long["item"].isin(about_self))
    table = pd.DataFrame(
        {"dyad": dyad, "person": person, "role": role, "wave": 1, "item": long["item"], "value": long["value"], "low": 1.0, "high": 5.0}
    )
    dyads = pd.DataFrame(
        {"dyad": rows.index.map("D{:03d}".format), "mentor": rows["mentor"].map(str), "mentee": rows.index.map("P{:03d}".format)}
    )
    return table, dyads


SCALES = [Scale(name=name, items=[item.removeprefix("mentee_") for item in items]) for name, items in MENTEE.items()]
SHEETS = ITEMS[["mentor", *ALL]].rename(columns=lambda name: name.removeprefix("mentee_"))


def declared(kind, factors=("trust", "growth", "care"), name="together"):
    return FactorStructure(name=name, kind=kind, factors=list(factors))


def test_structures_of_a_config_reach_the_tables():
    answers, dyads = keyed(SHEETS)
    kinds = ["correlated", "higher_order", "one_factor"]
    tables = factor_tables(answers, SCALES, dyads, [declared(kind, name=kind) for kind in kinds])
    fits = tables["factor_fit"].set_index("scale")
    direct = confirm(ITEMS, MENTEE, clusters=ITEMS["mentor"].tolist())
    assert fits.loc["correlated", "chisq"] == pytest.approx(direct.scaled.chisq, rel=1e-8)
    assert fits.loc[kinds, "df"].tolist() == [32, 32, 35] and fits.loc[kinds, "model"].tolist() == kinds
    assert fits.loc["trust", "model"] == "scale"
    upper = tables["loadings"].query("factor == 'higher_order'")
    assert upper["item"].tolist() == ["trust", "growth", "care"] and upper["loading"].between(0, 1).all()
    r = tables["factor_correlations"].query("scale == 'correlated'")
    assert r["r"].tolist() == pytest.approx(direct.factor_correlations()["r"].tolist(), abs=1e-8) and (r["se"] > 0).all()
    implied = tables["factor_correlations"].query("scale == 'higher_order'")["r"].tolist()
    a, b, c = upper["loading"]
    assert implied == pytest.approx([a * b, a * c, b * c], abs=1e-6)
    hints = tables["modification_hints"]
    assert set(hints["scale"]) >= {"one_factor"} and hints.groupby("scale")["rank"].max().max() <= 5 and (hints["scaled"] > 3.84).all()


def test_answers_about_oneself_stand_beside_those_about_a_relationship():
    own = [item for item in SHEETS if item.startswith("care")]
    answers, dyads = keyed(SHEETS, about_self=own)
    fit = factor_tables(answers, SCALES, dyads, [declared("correlated")])["factor_fit"].set_index("scale").loc["together"]
    same = factor_tables(*[keyed(SHEETS)[0], SCALES, dyads], [declared("correlated")])["factor_fit"].set_index("scale").loc["together"]
    assert fit["chisq"] == pytest.approx(same["chisq"]) and "about oneself" in fit["note"]


def test_a_role_that_was_not_asked_gets_a_row_saying_so():
    answers, dyads = keyed(SHEETS)
    few = answers[~answers["item"].str.startswith("care")]
    tables = factor_tables(few, SCALES[:2] + SCALES[2:], dyads, [declared("correlated")])
    row = tables["factor_fit"].set_index("scale").loc["together"]
    assert pd.isna(row["chisq"]) and row["note"] == "mentees were not asked care at this wave"
    assert tables["loadings"].query("scale == 'together'")["loading"].isna().all()


@pytest.mark.parametrize(
    ("structure", "told"),
    [
        ("{name: s, kind: correlated, factors: [quality]}", "is not determined"),
        ("{name: s, kind: higher_order, factors: [quality, other]}", "is not determined"),
        ("{name: quality, kind: one_factor, factors: [quality]}", "a scale is called “quality” too"),
        ("{name: s, kind: correlated, factors: [quality, othr]}", "no scale is called “othr”"),
        ("{name: s, kind: correlated, factors: [quality, quality]}", "stands there twice"),
        ("{name: s, kind: correlated, factors: [quality, twin]}", "share items: q3"),
        ("{name: s, kind: correlatd, factors: [quality, other]}", "not possible here"),
    ],
)
def test_impossible_structures_are_refused(structure, told):
    scales = "scales:\n  - {name: other, items: [q4, q5]}\n  - {name: twin, items: [q3, q4]}\n"
    with pytest.raises(StudyError, match=told):
        parse(CONFIG.replace("scales:\n", scales).replace("similarity:\n", f"structures:\n  - {structure}\nsimilarity:\n", 1))


def test_items_of_few_possible_answers_are_fitted_as_ordered_categories():
    few = SHEETS.assign(**{item: 1 + (SHEETS[item] > 2) + (SHEETS[item] > 3) for item in SHEETS.columns[1:]}).where(SHEETS.notna())
    answers, dyads = keyed(few)
    answers["high"] = 3.0
    tables = factor_tables(answers, SCALES, dyads, [declared("correlated"), declared("explore", name="unknown")])
    fits = tables["factor_fit"].set_index("scale")
    direct = confirm_ordered(few.rename(columns=lambda name: f"mentee_{name}"), MENTEE, clusters=few["mentor"].tolist())
    assert (fits.loc[["trust", "together"], "estimator"] == "WLSMV").all() and fits.loc["together", "chisq"] == pytest.approx(direct.scaled.chisq)
    assert "with a missing answer are left out" in fits.loc["together", "note"] and fits.loc["together", "n"] == direct.n
    assert tables["exploration"].query("used")["correlations"].unique().tolist() == ["polychoric"]
    answers["high"] = 7.0  # seven were possible, though three were used
    assert factor_tables(answers, SCALES, dyads)["factor_fit"]["estimator"].tolist() == ["ML"] * 3
