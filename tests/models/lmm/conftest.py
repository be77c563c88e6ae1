"""Synthetic dyads for the mixed-model tests."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.models.lmm.lmm_reference import REFERENCE


@pytest.fixture(scope="session")
def dyads() -> pd.DataFrame:
    """Synthetic mentoring dyads: 24 mentors in 6 programmes, 15 peers crossed with them."""
    return pd.read_csv(REFERENCE / "dyads.csv")


@pytest.fixture(scope="session")
def golden() -> dict:
    """R's numbers for `dyads` (see dyads.R)."""
    return json.loads((REFERENCE / "dyads.json").read_text())
