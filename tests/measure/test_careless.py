"""Careless answering: each index by hand and against a plain re-computation, planted sheets found, and what cannot be judged."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mentoring.errors import StudyError
from mentoring.measure import careless_sheets, careless_table, keyed_answers
from mentoring.measure.careless import distances, even_odd, longest_run, read_sheets, without_sheets
from mentoring.settings import Careless, Scale

NAMES = [f"s{scale}_{item}" for scale in range(6) for item in range(4)]
SCALES = [Scale(name=f"s{scale}", items=[f"s{scale}_{item}" for item in range(4)]) for scale in range(6)]
CODEBOOK = pd.DataFrame(
    [
        {
            "item": name,
            "role": "mentee",
            "kind": "likert",
            "about": "dyad",
            "low": 1.0,
            "high": 7.0,
            "reverse": name in ("s0_3", "s2_0", "s4_1"),
        }
        for name in NAMES
    ]
)


def made(careful: int = 150, seed: int = 4, codebook: pd.DataFrame = CODEBOOK) -> tuple[pd.DataFrame, pd.Series]:
    """Answers of careful people, ten straight-liners (on 6) and ten at random; and who is what."""
    rng = np.random.default_rng(seed)
    levels = np.repeat(rng.normal(0, 1.2, (careful, 6)), 4, axis=1)
    keyed = np.clip(np.rint(4.3 + levels + rng.normal(0, 0.7, levels.shape)), 1, 7)
    turned = codebook["reverse"].to_numpy()
    ticked = np.vstack([np.where(turned, 8 - keyed, keyed), np.full((10, 24), 6.0), rng.integers(1, 8, (10, 24))])
    kind = pd.Series(["careful"] * careful + ["straight"] * 10 + ["random"] * 10)
    wide = pd.DataFrame(ticked, columns=NAMES).assign(dyad=[f"d{n}" for n in kind.index], person=[f"e{n}" for n in kind.index])
    long = wide.melt(["dyad", "person"], var_name="item").assign(role="mentee", wave=1)
    return keyed_answers(long, codebook), kind


def test_planted_sheets_are_found_and_careful_ones_are_not():
    keyed, kind = made()
    sheets = careless_sheets(keyed, CODEBOOK, SCALES)
    flagged = sheets.set_index("person").loc[[f"e{n}" for n in kind.index], "flagged"].to_numpy()
    assert flagged[kind == "straight"].all()
    assert flagged[kind == "random"].mean() >= 0.4
    assert flagged[kind == "careful"].mean() <= 0.02
    table = careless_table(sheets).iloc[0]
    assert (table["sheets"], table["judged"], table["flagged"]) == (170, 170, flagged.sum()) and table["long_run"] == 10


def test_whoever_honestly_ticks_one_answer_throughout_is_not_flagged():
    # Without reversed items one answer throughout contradicts nothing.
    plain = CODEBOOK.assign(reverse=False)
    keyed, kind = made(codebook=plain)
    sheets = careless_sheets(keyed, plain, SCALES).set_index("person")
    straight = sheets.loc[[f"e{n}" for n in kind.index[kind == "straight"]]]
    assert straight["long_run_off"].all() and straight["spread_off"].all()
    assert straight["even_odd"].isna().all() and not straight["flagged"].any()


def test_longest_run_by_hand():
    assert longest_run(np.array([1.0, 1, 2, 2, 2, 1])) == 3
    assert longest_run(np.array([5.0, np.nan, 5, 5])) == 3
    assert longest_run(np.array([np.nan])) == 0 and longest_run(np.array([2.0])) == 1


def test_even_odd_by_hand():
    scales = [Scale(name=f"x{n}", items=[f"x{n}a", f"x{n}b"]) for n in range(5)]
    names = [item for scale in scales for item in scale.items]
    first, second = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    r = np.corrcoef(first, second)[0, 1]
    assert r == pytest.approx(0.8)
    sheet = np.stack([first, second], axis=1).reshape(1, -1)
    turned = np.stack([first, 6 - first], axis=1).reshape(1, -1)
    same = np.full((1, 10), 4.0)
    result = even_odd(np.vstack([sheet, turned, same]), names, scales)
    assert result[0] == pytest.approx(1.6 / 1.8) and result[1] == -1 and np.isnan(result[2])
    assert np.isnan(even_odd(sheet, names, scales[:4])).all()  # four scales are too few


def test_distance_is_that_of_the_formula_and_uses_what_was_answered():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(80, 12)) + rng.normal(size=(80, 1))
    result, p = distances(values, np.ones(80))
    centred = values - values.mean(axis=0)
    expected = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(np.cov(values, rowvar=False)), centred)
    assert result == pytest.approx(expected, rel=1e-8) and p == pytest.approx(stats.chi2.sf(expected, 12))
    holed = values.copy()
    holed[0, :2] = np.nan
    again, p_again = distances(holed, np.ones(80))
    assert np.isfinite(again[0]) and p_again[0] == pytest.approx(stats.chi2.sf(again[0], 10))
    assert np.isnan(distances(values[:20], np.ones(20))[0]).all()  # fewer than two sheets per item


def test_answers_about_oneself_stand_on_each_sheet_of_the_wave():
    keyed, _ = made(careful=30)
    about_self = keyed["item"] == "s5_0"
    other = keyed[(keyed["person"] == "e0") & keyed["item"].isin(NAMES[:20])].assign(dyad="second")
    rows = pd.concat([keyed[~about_self], keyed[about_self].assign(dyad=None), other])
    sheets = careless_sheets(rows, CODEBOOK, SCALES).set_index(["person", "dyad"])
    assert sheets.loc[("e0", "d0"), "answered"] == 24 and sheets.loc[("e0", "second"), "answered"] == 21


def test_too_few_answers_and_no_likert_items_are_no_pattern():
    keyed, _ = made(careful=30)
    few = keyed[keyed["item"].isin(NAMES[:8])]
    table = careless_table(careless_sheets(few, CODEBOOK, SCALES)).iloc[0]
    assert table["judged"] == 0 and table["flagged"] == 0 and pd.isna(table["even_odd"]) and "even_odd" in table["note"]
    none = careless_sheets(keyed, CODEBOOK.assign(kind="number"), SCALES)
    assert none.empty and careless_table(none).empty


def test_answers_about_oneself_go_when_all_of_the_persons_sheets_are_flagged(tmp_path):
    sheets = pd.DataFrame(
        [("d1", "p", "mentor", 1, True), ("d2", "p", "mentor", 1, False), ("d1", "p", "mentor", 2, True), ("", "q", "mentee", 1, True)],
        columns=["dyad", "person", "role", "wave", "flagged"],
    )
    rows = pd.DataFrame(
        [("d1", "p", "mentor", 1), ("d2", "p", "mentor", 1), (None, "p", "mentor", 1), (None, "p", "mentor", 2), (None, "q", "mentee", 1)],
        columns=["dyad", "person", "role", "wave"],
    )
    assert without_sheets(rows, sheets).index.tolist() == [1, 2]
    sheets.to_csv(tmp_path / "sheets.csv", index=False)
    assert without_sheets(rows, read_sheets(tmp_path / "sheets.csv")).index.tolist() == [1, 2]
    assert without_sheets(rows, sheets.assign(flagged=False)).equals(rows)


def timed(about="dyad", reverse=False):
    """The made answers with seconds and two attention items; the time of all is a minute, but for the random ones' twenty seconds."""
    extra = [
        {"item": "time", "role": "mentee", "kind": "number", "about": about, "reverse": False},
        {"item": "tick_two", "role": "mentee", "kind": "likert", "about": "dyad", "low": 1.0, "high": 7.0, "reverse": reverse},
        {"item": "tick_six", "role": "mentee", "kind": "likert", "about": "dyad", "low": 1.0, "high": 7.0, "reverse": False},
    ]
    codebook = pd.concat([CODEBOOK, pd.DataFrame(extra)], ignore_index=True)
    keyed, kind = made()
    rows = keyed.drop_duplicates("person")[["dyad", "person", "role", "wave"]]
    random = rows["person"].isin([f"e{n}" for n in kind.index[kind == "random"]])
    own = [
        rows.assign(item="time", value=np.where(random, 20.0, 60.0), dyad=rows["dyad"] if about == "dyad" else None),
        rows.assign(item="tick_two", value=np.where(random, 5.0, 2.0)), rows.assign(item="tick_six", value=6.0),
    ]  # fmt: skip
    raw = pd.concat([keyed.drop(columns=["low", "high"]).assign(value=_as_ticked(keyed)), *own], ignore_index=True)
    return keyed_answers(raw, codebook), codebook, kind


def _as_ticked(keyed):
    turned = keyed["item"].map(CODEBOOK.set_index("item")["reverse"]).astype(bool)
    return keyed["value"].where(~turned, 8 - keyed["value"])


MORE = Careless.model_validate({"seconds": "time", "attention": [{"item": "tick_two", "answer": 2}, {"item": "tick_six", "answer": 6}]})


@pytest.mark.parametrize("reverse", [False, True])
def test_time_and_attention_by_hand(reverse):
    keyed, codebook, kind = timed(reverse=reverse)
    sheets = careless_sheets(keyed, codebook, SCALES, MORE).set_index("person").loc[[f"e{n}" for n in kind.index]]
    random = (kind == "random").to_numpy()
    assert sheets["answered"].eq(24).all()  # neither time nor attention items count as answers
    assert sheets["seconds"].to_numpy() == pytest.approx(np.where(random, 20 / 24, 60 / 24))
    assert sheets["attention"].to_numpy() == pytest.approx(np.where(random, 0.5, 0.0))
    assert (sheets["fast_off"].astype(bool) == random).all() and (sheets["attention_off"].astype(bool) == random).all()
    # Two more indices than before, and still none is flagged without inconsistent answers.
    assert (sheets["flagged"] <= sheets["even_odd_off"].fillna(False).astype(bool)).all()
    assert sheets.loc[random, "flagged"].sum() == sheets.loc[random, "even_odd_off"].sum() >= 4
    # The other indices are those without these items.
    plain = careless_sheets(made()[0], CODEBOOK, SCALES).set_index("person").loc[sheets.index]
    pd.testing.assert_frame_equal(sheets[["longest_run", "spread", "even_odd", "distance"]], plain[["longest_run", "spread", "even_odd", "distance"]])
    table = careless_table(sheets.reset_index()).iloc[0]
    assert (table["fast"], table["attention"]) == (10, 10) and pd.isna(table["note"])


def test_a_time_told_once_is_shared_by_all_sheets_of_a_person():
    keyed, codebook, _ = timed(about="self")
    second = keyed[(keyed["person"] == "e0") & keyed["dyad"].notna()].assign(dyad="other")
    sheets = careless_sheets(pd.concat([keyed, second]), codebook, SCALES, MORE).set_index(["person", "dyad"])
    assert sheets.loc["e0", "seconds"].tolist() == pytest.approx([60 / 48] * 2) and sheets.loc[("e1", "d1"), "seconds"] == pytest.approx(60 / 24)


def test_time_and_attention_that_were_not_given_are_not_judged():
    keyed, codebook, _ = timed()
    gone = keyed["person"].eq("e0") & keyed["item"].isin(["time", "tick_two", "tick_six"])
    zero = keyed["person"].eq("e1") & keyed["item"].eq("time")
    sheets = careless_sheets(keyed[~gone].assign(value=keyed["value"].where(~zero, 0.0)), codebook, SCALES, MORE).set_index("person")
    assert sheets.loc["e0", ["fast_off", "attention_off"]].isna().all() and pd.isna(sheets.loc["e1", "fast_off"])
    none = careless_table(careless_sheets(made()[0], CODEBOOK, SCALES)).iloc[0]
    assert pd.isna(none["fast"]) and pd.isna(none["attention"]) and pd.isna(none["note"])


@pytest.mark.parametrize(("more", "why"), [
    ({"seconds": "tyme"}, "no item “tyme”"), ({"seconds": "tick_two"}, "of kind likert"),
    ({"attention": [{"item": "nothing", "answer": 2}]}, "no item “nothing”"),
])  # fmt: skip
def test_items_that_cannot_tell_are_refused(more, why):
    keyed, codebook, _ = timed()
    with pytest.raises(StudyError, match=why):
        careless_sheets(keyed, codebook, SCALES, Careless.model_validate(more))
