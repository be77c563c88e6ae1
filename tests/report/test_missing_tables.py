"""What the report says of imputed tables."""

from types import SimpleNamespace

import pandas as pd

from mentoring.report.missing_tables import imputed, pooled, tipping
from mentoring.tables import POOLED_EFFECTS, TIPPING_POINT

ANSWER = SimpleNamespace(question=SimpleNamespace(name="q", ask="Alike?"), effects=pd.DataFrame({"term": ["x"], "label": ["Likeness"]}))
POOLED = {"question": "q", "term": "x", "estimate": 0.21, "se": 0.05, "df": 40.0, "p": 0.001, "ci_low": 0.11, "ci_high": 0.31,
          "fmi": 0.3, "riv": 0.4, "m": 20, "rows": 500, "complete_estimate": 0.15, "complete_rows": 340}  # fmt: skip


def tipped(*same: bool) -> pd.DataFrame:
    return TIPPING_POINT.frame([
        {"question": "q", "term": "x", "delta": -0.5 * number, "estimate": 0.2, "se": 0.1, "ci_low": 0.0, "ci_high": 0.4, "p": 0.05, "same": one}
        for number, one in enumerate(same)
    ])  # fmt: skip


def test_complete_rows_stand_beside_imputed_ones_and_the_tipping_point_is_told():
    text = imputed(ANSWER, POOLED_EFFECTS.frame([POOLED]), tipped(True, True, False))
    assert "b = 0.15 from the 340 complete rows, 0.21 [0.11, 0.31] over 20 tables of 500 rows" in text and "30 %" in text
    assert "changes when the drawn outcomes are shifted by −1.00 standard deviations" in text
    assert "cannot be tested" in text


def test_what_is_not_there_is_not_told_or_told_why():
    assert imputed(ANSWER, POOLED_EFFECTS.frame([]), TIPPING_POINT.frame([])) == ""
    text = imputed(ANSWER, POOLED_EFFECTS.frame([{"question": "q", "term": "x", "note": "no model"}]), TIPPING_POINT.frame([]))
    assert "no estimate over imputed tables (no model)" in text
    assert "leaves the interval" in imputed(ANSWER, POOLED_EFFECTS.frame([POOLED]), tipped(True, True))


def test_appendix_tables():
    results = {"pooled_effects": POOLED_EFFECTS.frame([POOLED]), "tipping_point": tipped(True, False)}
    assert pooled(results, [ANSWER]).rows[0][1:4] == ["Likeness", "0.15", "0.21 [0.11, 0.31]"]
    assert [row[-1] for row in tipping(results, [ANSWER]).rows] == ["yes", "no"]
