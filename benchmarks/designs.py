"""Made-up data of the shapes mentoring studies have, at any size."""

from __future__ import annotations

import numpy as np
import pandas as pd

FORMULAS = {
    "intercept": "y ~ x1 + x2 + x3 + (1 | g)",
    "nested": "y ~ x1 + x2 + x3 + (1 | program) + (1 | mentor) + (1 | mentee)",
    "waves": "y ~ time + x1 + x2 + (time | g)",
    "continuous": "y ~ time + x1 + x2 + (time | g)",
}


def world(kind: str, rows: int, seed: int = 1) -> pd.DataFrame:
    """Shuffled rows of one design; groups of 6 (intercept, waves, continuous) or waves in mentees in mentors in programmes."""
    rng = np.random.default_rng(seed)
    data = _nested(rows, rng) if kind == "nested" else _one_level(kind, rows, rng)
    return data.sample(frac=1, random_state=seed, ignore_index=True)


def _one_level(kind: str, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    groups = max(rows // 6, 2)
    if kind == "intercept":
        g = rng.integers(0, groups, rows)
    else:
        g = np.repeat(np.arange(groups), 6)
    n = len(g)
    data = pd.DataFrame({"g": g, **{f"x{k}": rng.normal(size=n) for k in (1, 2, 3)}})
    effects = rng.normal(size=(groups, 2)) * [0.7, 0.3]
    if kind == "waves":
        data["time"] = np.tile(np.arange(6.0), groups)
    elif kind == "continuous":
        data["time"] = rng.uniform(0, 5, n)
    slope = effects[g, 1] * data["time"] if "time" in data else 0.0
    data["y"] = 1 + 0.3 * data["x1"] + effects[g, 0] + slope + rng.normal(size=n)
    return data


def _nested(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """4 waves per mentee, 1 to 6 mentees per mentor, 20 mentors per programme (at least 4 programmes)."""
    mentees = max(rows // 4, 8)
    mentor = np.repeat(np.arange(mentees), rng.integers(1, 7, mentees))[:mentees]
    per_program = max(min(20, (mentor.max() + 1) // 4), 1)
    program = mentor // per_program
    row_mentee = np.repeat(np.arange(mentees), 4)
    n = len(row_mentee)
    data = pd.DataFrame({"program": program[row_mentee], "mentor": mentor[row_mentee], "mentee": row_mentee})
    for k in (1, 2, 3):
        data[f"x{k}"] = rng.normal(size=n)
    parts = [
        rng.normal(0, size, int(data[name].max()) + 1)[data[name]] for name, size in (("program", 0.3), ("mentor", 0.5), ("mentee", 0.6))
    ]
    data["y"] = 1 + 0.3 * data["x1"] + sum(parts) + rng.normal(size=n)
    return data
