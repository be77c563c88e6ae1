"""Make items.csv: made-up answers of 260 mentor-mentee pairs (65 mentors) to two parallel scales, some of them missing."""

from pathlib import Path

import numpy as np
import pandas as pd

LOADINGS = {"trust": (0.8, 0.7, 0.75, 0.6), "growth": (0.7, 0.8, 0.65), "care": (0.75, 0.7, 0.6)}


def make() -> pd.DataFrame:
    """The rows, from a fixed seed."""
    rng = np.random.default_rng(40)
    pairs, mentors = 260, 65
    mentor = np.sort(rng.integers(0, mentors, pairs))
    base = np.array([[1, 0.6, 0.5], [0.6, 1, 0.6], [0.5, 0.6, 1]])
    both = np.kron(np.array([[1, 0.4], [0.4, 1]]), base)
    latent = rng.multivariate_normal(np.zeros(6), both, pairs) + 0.4 * rng.normal(size=(mentors, 6))[mentor]
    data = pd.DataFrame({"mentor": mentor})
    shared = {}
    for side, role in enumerate(("mentor", "mentee")):
        for number, (factor, loadings) in enumerate(LOADINGS.items()):
            for at, loading in enumerate(loadings, start=1):
                name = f"{factor}{at}"
                shared.setdefault(name, 0.3 * rng.normal(size=pairs))
                answer = loading * latent[:, 3 * side + number] + shared[name] + np.sqrt(1 - loading**2) * rng.normal(size=pairs)
                shift = 0.25 * side * (name == "growth2")
                data[f"{role}_{name}"] = np.digitize(answer + shift, [-1.6, -0.7, 0.2, 1.1]) + 1
    items = [name for name in data if name != "mentor"]
    hidden = rng.random((pairs, len(items))) < 0.04
    silent = rng.random(pairs) < 0.12
    hidden[np.ix_(silent, [name.startswith("mentor_") for name in items])] = True
    data[items] = data[items].astype("Int64").mask(hidden)
    return data


if __name__ == "__main__":
    make().to_csv(Path(__file__).parent / "items.csv", index=False)
