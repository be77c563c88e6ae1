"""Intraclass correlations: the published table, psych's numbers, coverage, and what cannot be said."""

import numpy as np
import pandas as pd
import pytest

import mentoring as mt
from mentoring.errors import StudyError

# Shrout & Fleiss (1979), table 2: six targets, four judges; numbers of psych 2.2.9, ICC(x, lmer = FALSE).
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
PSYCH = {
    "ICC1": (0.165741768405476, 1.79467849223947, 5, 18, 0.16476880834464, -0.132932324874751),
    "ICC2": (0.289763779527559, 11.0272479564033, 5, 15, 0.000134566516484337, 0.018786513374712),
    "ICC3": (0.714840714840715, 11.0272479564033, 5, 15, 0.000134566516484337, 0.342464765033925),
}


def test_six_targets_and_four_judges_as_psych():
    found = mt.icc(JUDGES).set_index("type")
    for name, expected in PSYCH.items():
        assert found.loc[name, ["icc", "F", "df1", "df2", "p", "ci_low"]].tolist() == pytest.approx(expected, rel=1e-8)
    assert found["icc"].round(2).tolist() == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]  # as published
    # Spearman and Brown: from one rating to the mean of four.
    for one, several in (("ICC1", "ICC1k"), ("ICC2", "ICC2k"), ("ICC3", "ICC3k")):
        for column in ("icc", "ci_low", "ci_high"):
            assert found.loc[several, column] == pytest.approx(4 * found.loc[one, column] / (1 + 3 * found.loc[one, column]))


def test_two_raters_are_what_agreement_says():
    two = mt.icc(pd.DataFrame(JUDGES[:, :2]).astype("Int64")).set_index("type")
    assert two.loc["ICC2", "icc"] == pytest.approx(mt.agreement(JUDGES[:, 0], JUDGES[:, 1])["icc"])


def test_intervals_cover():
    g, covered = np.random.default_rng(6), np.zeros(3)
    for _ in range(200):  # between targets 1, between raters .5, error .5
        table = mt.icc(g.normal(size=(25, 1)) + np.sqrt(0.5) * g.normal(size=(1, 5)) + np.sqrt(0.5) * g.normal(size=(25, 5))).iloc[1:3]
        covered[1:] += (table["ci_low"].to_numpy() < [0.5, 1 / 1.5]) & (table["ci_high"].to_numpy() > [0.5, 1 / 1.5])
    assert (covered[1:] >= 178).all()  # 190 expected; fewer has a probability below .001


def test_what_cannot_be_said_is_empty():
    same = mt.icc([[1, 1], [2, 2], [3, 3], [np.nan, 3]])
    assert same["icc"].tolist() == [1] * 6 and same["ci_low"].isna().all() and (same["n"] == 3).all()
    assert mt.icc(np.ones((4, 2)))["icc"].isna().all()
    mirrored = mt.icc([[1, 3], [2, 2], [3, 1]]).set_index("type")
    assert mirrored.loc["ICC3", "icc"] == -1 and np.isnan(mirrored.loc["ICC3k", "icc"])
    for bad, told in (([["a", "b"]], "words"), ([[1.0, 2.0]], "1 complete targets"), ([[1.0], [2.0]], "1 raters")):
        with pytest.raises(StudyError, match=told):
            mt.icc(bad)
