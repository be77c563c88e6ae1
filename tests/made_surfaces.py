"""Relationships whose outcome is a known surface of two scores, shared by tests of questions and of their pages."""

from __future__ import annotations

import numpy as np
import pandas as pd


def with_a_surface(mentors=200, each=4, b=(0, 0, 0, 0, 0), waves=1, seed=1, shift=0.0):
    """Relationships in which quality is a known surface of both sides' values."""
    g = np.random.default_rng(seed)
    m = np.repeat(np.arange(mentors), each)
    n = len(m)
    x, y = g.normal(4, 1, mentors)[m], g.normal(4 + shift, 1, n)
    X, Y = x - 4, y - 4
    height = b[0] * X + b[1] * Y + b[2] * X * X + b[3] * X * Y + b[4] * Y * Y
    rows = pd.DataFrame({
        "program": [f"P{i // 10}" for i in m], "mentor": [f"M{i}" for i in m], "mentee": [f"E{i}" for i in range(n)],
        "dyad": [f"D{i}" for i in range(n)], "mentor_values": x, "mentee_values": y,
    })
    steady = height + g.normal(0, 0.4, mentors)[m] + g.normal(0, 0.5, n)
    frames = [rows.assign(wave=w, stage=None, mentee_quality=5 + steady + g.normal(0, 0.5, n)) for w in range(1, waves + 1)]
    return pd.concat(frames, ignore_index=True).astype({"wave": "Int64"})
