"""Relationships with a known truth, shared by tests of questions and of their pages."""

from __future__ import annotations

import numpy as np
import pandas as pd


def with_a_condition(mentors=60, necessary=False, b=0.0, seed=1, waves=1):
    """A true ceiling (nobody far above what their condition allows), or a straight-line association of size b."""
    g = np.random.default_rng(seed)
    m = np.repeat(np.arange(mentors), g.integers(1, 6, mentors))
    n = len(m)
    x = 5 + 0.5 * g.normal(size=mentors)[m] + 0.87 * g.normal(size=n)
    own = 0.5 * g.normal(size=mentors)[m] + 0.87 * g.normal(size=n)
    y = np.minimum(5 + own, 2.2 + 0.75 * x) if necessary else 5 + b * (x - 5) + np.sqrt(1 - b**2) * own
    rows = pd.DataFrame(
        {
            "program": [f"P{i // 5}" for i in m],
            "mentor": [f"M{i}" for i in m],
            "mentee": [f"E{i}" for i in range(n)],
            "dyad": [f"D{i:03d}" for i in range(n)],
            "felt": np.clip(np.round(x * 4) / 4, 1, 7),
            "mentee_quality": np.clip(np.round(y * 4) / 4, 1, 7),
        }
    )
    return pd.concat([rows.assign(wave=w, stage=None) for w in range(1, waves + 1)], ignore_index=True).astype({"wave": "Int64"})
