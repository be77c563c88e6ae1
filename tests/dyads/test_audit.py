"""Counts of what cannot be used for what, by hand."""

import pandas as pd

from mentoring.dyads import Paired, audit
from mentoring.settings import Scale, Similarity

ITEMS = pd.DataFrame([{"item": item, "role": role} for item in ("v1", "v2", "v3", "q1", "q2") for role in ("mentor", "mentee")])
SCALES = [Scale(name="quality", label="Quality", items=["q1", "q2"])]
PROFILE = Similarity(name="profile", label="Profile", kind="profile_correlation", of=["v1", "v2", "v3"], depth="deep")


def test_counts_by_hand():
    # M1 has two mentees, M2 one; E3 has two mentors. D1's mentee has a flat profile at both waves, D3's mentor did not answer, D2 has an index.
    rows = pd.DataFrame(
        {
            "dyad": ["D1", "D1", "D2", "D3"],
            "wave": [1, 2, 1, 1],
            "mentor": ["M1", "M1", "M1", "M2"],
            "mentee": ["E1", "E1", "E3", "E3"],
            "mentee_quality": [1.0, 2.0, None, 3.0],
            "profile": [None, None, 0.5, None],
            **{f"mentor_v{k}": [1.0 * k, 1.0 * k, k * k, None] for k in (1, 2, 3)},
            **{f"mentee_v{k}": [4.0, 4.0, 1.0 * k, 2.0] for k in (1, 2, 3)},
        }
    )
    found = audit(Paired(rows, pd.DataFrame(), pd.DataFrame()), rows, ITEMS, SCALES, [PROFILE]).set_index("reason")
    assert found.filter(like="mentors with one mentee", axis=0)["people"].tolist() == [1]
    assert found.filter(like="several mentors", axis=0)[["people", "dyads"]].to_numpy().tolist() == [[1, 2]]
    assert found.filter(like="only mentees answered it", axis=0)["dyads"].tolist() == [2]
    assert found.filter(like="is missing on a side", axis=0)["dyads"].tolist() == [1]
    assert found.filter(like="flat", axis=0)["dyads"].tolist() == [1]
    assert len(found) == 5


def test_a_study_without_any_of_it_counts_nothing():
    rows = pd.DataFrame(
        {
            "dyad": ["D1", "D2"],
            "wave": [1, 1],
            "mentor": ["M1", "M1"],
            "mentee": ["E1", "E2"],
            "mentee_quality": [1.0, 2.0],
            "mentor_quality": [1.0, 2.0],
        }
    )
    assert audit(Paired(rows, pd.DataFrame(), pd.DataFrame()), rows, ITEMS, SCALES, []).empty
