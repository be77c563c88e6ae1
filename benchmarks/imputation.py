"""How long 20 imputations of 5,000 relationships at three waves take.

Run: python -m benchmarks.imputation [--relationships 5000] [--tables 20] [--straight]
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pandas as pd

import mentoring as mt
from mentoring.measure.imputation import Curved

MENTEES_EACH = 4
ROW_COLUMNS = ("mentee_quality", "mentor_quality", "mentee_support", "mentor_support", "mentee_learning", "mentee_engagement", "mentor_engagement")


def study(relationships: int, seed: int = 1) -> pd.DataFrame:
    """Relationships of mentors with four mentees each, at three waves: seven ratings per wave, values of both sides asked once, two groups and an age."""
    rng = np.random.default_rng(seed)
    mentor = np.repeat(np.arange(-(-relationships // MENTEES_EACH)), MENTEES_EACH)[:relationships]
    mentors = mentor.max() + 1
    once = pd.DataFrame({"mentor": mentor, "dyad": np.arange(relationships), "mentee": np.arange(relationships), "program": mentor % 40})
    once["mentor_values"] = rng.normal(size=mentors)[mentor]
    once["mentee_values"] = rng.normal(size=relationships) + 0.2 * once["mentor_values"]
    once["mentee_age"] = rng.normal(24, 3, relationships)
    once["mentee_field"] = rng.choice(["arts", "law", "music"], relationships)
    once["mentor_gender"] = rng.choice(["woman", "man"], mentors)[mentor]
    usual = 0.5 * rng.normal(size=mentors)[mentor] + 0.6 * rng.normal(size=relationships) - 0.3 * (once["mentor_values"] - once["mentee_values"]) ** 2
    data = pd.concat([once.assign(wave=wave) for wave in (1, 2, 3)], ignore_index=True)
    for name in ROW_COLUMNS:
        data[name] = np.tile(usual, 3) + rng.normal(size=len(data))
    silent = {role: rng.random(len(data)) < 0.25 for role in ("mentor", "mentee")}
    for name in ROW_COLUMNS:
        data.loc[silent[name.split("_")[0]] | (rng.random(len(data)) < 0.03), name] = np.nan
    for name, by in (("mentor_values", "mentor"), ("mentee_values", "dyad"), ("mentee_age", "dyad"), ("mentee_field", "dyad"), ("mentor_gender", "mentor")):
        gone = rng.random(data[by].nunique()) < 0.12
        data[name] = data[name].mask(gone[data[by]])
    return data


DISTANCE = Curved("distance", ("mentor_values", "mentee_values"), lambda values: (values[:, 0] - values[:, 1]) ** 2)


def main() -> None:
    """Impute, and say how long it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--relationships", type=int, default=5000)
    options.add_argument("--tables", type=int, default=20)
    options.add_argument("--straight", action="store_true", help="without the curved index, whose parts take more work")
    given = options.parse_args()
    data = study(given.relationships)
    columns = [name for name in data if name not in ("mentor", "dyad", "mentee", "program", "wave")]
    wall, cpu = time.perf_counter(), time.process_time()
    imputed = mt.impute(
        data, columns, m=given.tables, seed=1, explained=("mentee_quality",), curved=[] if given.straight else [DISTANCE],
        progress=lambda done, of: print(f"imputed {done} of {of} tables after {time.perf_counter() - wall:.0f} s", file=sys.stderr),
    )  # fmt: skip
    print(f"{len(data):,} rows, {len(columns)} columns, {given.tables} tables: {time.perf_counter() - wall:.0f} s, this process {time.process_time() - cpu:.0f} s CPU")
    print(imputed.report.to_string(index=False))


if __name__ == "__main__":
    main()
