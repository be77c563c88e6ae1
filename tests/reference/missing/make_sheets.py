"""Answer sheets of 16 mentors with five relationships at two waves; mentors of young mentees fall silent more often. Writes sheets.csv."""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def sheets() -> pd.DataFrame:
    """One row per relationship and wave: who answered, the mentee's age and first answers."""
    rng = np.random.default_rng(11)
    mentor = np.repeat(np.arange(16), 5)
    age = rng.integers(18, 30, 80)
    usual = rng.normal(0, 0.6, 16)[mentor]
    rows = []
    for wave in (1, 2):
        silent = usual + rng.normal(size=80) - 0.08 * (age - 24) > 0.4
        rows.append(pd.DataFrame({"dyad": [f"d{n:02}" for n in range(80)], "mentor": [f"m{n:02}" for n in mentor], "mentee": [f"e{n:02}" for n in range(80)],
                                  "wave": wave, "age": age, "mentor_silent": silent.astype(int), "mentee_silent": (rng.random(80) < 0.15).astype(int)}))
    table = pd.concat(rows, ignore_index=True)
    quality = {dyad: round(value, 3) for dyad, value in zip(table["dyad"][:80], 4 + 0.1 * (age - 24) + usual + rng.normal(size=80))}
    return table.assign(quality=table["dyad"].map(quality))


if __name__ == "__main__":
    sheets().to_csv(HERE / "sheets.csv", index=False)
