"""What the report says of answers without careless sheets."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mentoring.report.careless_tables import absent, table, without
from mentoring.tables import CARELESS, WITHOUT_CARELESS

ANSWER = SimpleNamespace(question=SimpleNamespace(name="q", ask="Alike?"), effects=pd.DataFrame({"term": ["x"], "label": ["Likeness"]}))
ROW = {"question": "q", "term": "x", "estimate": 0.2, "se": 0.05, "ci_low": 0.1, "ci_high": 0.3, "rows": 480, "verdict": "positive",
       "full_estimate": 0.25, "full_se": 0.05, "full_rows": 506, "full_verdict": "positive", "change": -1.0}  # fmt: skip


class Fake(dict):
    smallest = 10

    def __init__(self, on: bool, *rows: dict[str, object], flagged: int = 24):
        careless = [{"role": "mentee", "wave": 1, "sheets": 200, "judged": 200, "flagged": flagged}]
        super().__init__(without_careless=WITHOUT_CARELESS.frame(list(rows)), careless=CARELESS.frame(careless))
        self.study = SimpleNamespace(credibility=SimpleNamespace(without_careless=on))


def test_both_estimates_and_how_far_they_are_apart():
    text = without(ANSWER, Fake(True, ROW))
    assert "24 answer sheets" in text and "same class (“positive”)" in text
    assert (
        "0.25 from all sheets, 0.20 \\[0.10, 0.30\\] without, 1.00 standard errors lower" in text
        or "0.20 [0.10, 0.30] without, 1.00" in text
    )
    shown = table(Fake(True, ROW), [ANSWER])
    assert shown.rows[0][2:] == ["0.25 (506)", "0.20 [0.10, 0.30] (480)", "−1.00", "positive", "positive"]


def test_another_answer_is_told_loudly_and_small_numbers_of_sheets_not_exactly():
    text = without(ANSWER, Fake(True, {**ROW, "verdict": "inconclusive"}, flagged=4))
    assert text.count("**") == 4 and "“inconclusive” instead of “positive”" in text and "fewer than 10 answer sheets" in text


def test_what_was_not_done_says_why():
    empty = {"question": "q", "term": "x", "note": "no answer sheet looks careless, so nothing would change"}
    assert "no answer sheet looks careless" in without(ANSWER, Fake(True, empty)) and table(Fake(True, empty), [ANSWER]) is None
    assert "no answer sheet looks careless" in absent(Fake(True, empty)) and "switched off" in absent(Fake(False, empty))
    other = SimpleNamespace(question=SimpleNamespace(name="r", ask="Same?"), effects=ANSWER.effects)
    shown = table(Fake(True, ROW, {**empty, "question": "r", "note": "not done for this kind of question"}), [ANSWER, other])
    assert "Same? not done for this kind" in shown.note


@pytest.mark.parametrize("rows", [[], [ROW]])
def test_switched_off_nothing_is_said(rows):
    assert without(ANSWER, Fake(False, *rows)) == "" and table(Fake(False, *rows), [ANSWER]) is None
