"""The data and numbers of tests/reference/groups, as its R script has them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "groups" / "groups.json").read_text(encoding="utf-8"))


def dyads() -> pd.DataFrame:
    """The rows of dyads.csv with groups made of its numbers."""
    data = pd.read_csv(REFERENCE / "lmm" / "dyads.csv", dtype={"program": str, "mentor": str, "mentee": str, "peer": str, "wave": str})
    data["race"] = pd.Categorical(data["race_match"].map({0: "other", 1: "same"}), categories=["other", "same"])
    for name in ("X", "Y"):
        data[f"{name.lower()}3"] = pd.cut(data[name], 3, labels=["a", "b", "c"]).astype(str)
    return data
