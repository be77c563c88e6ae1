"""Rows of the table `quantities`, made from estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.models.equivalence import equivalence_p
from mentoring.models.rates import METHOD, Rate

Row = dict[str, Any]


def estimates(
    topic: str,
    quantity: str,
    of: Sequence[str],
    table: pd.DataFrame,
    n: Sequence[int | None] | None = None,
    factor: float = 1.0,
    method: str = "",
    note: str = "",
) -> list[Row]:
    """One row per line of a table with estimate, se, df, p, ci_low, ci_high; `factor` turns them into another unit."""
    return [
        {
            "topic": topic,
            "quantity": quantity,
            "of": name,
            "n": None if n is None else n[place],
            "estimate": row["estimate"] * factor,
            "se": row["se"] * abs(factor),
            "df": row["df"],
            "p": row["p"],
            "ci_low": row["ci_low"] * factor,
            "ci_high": row["ci_high"] * factor,
            "method": method,
            "note": note or (None if np.isfinite(row["se"]) else "fewer than one degree of freedom"),
        }
        for place, (name, row) in enumerate(zip(of, table.to_dict("records")))
    ]


def parity_row(topic: str, quantity: str, of: str, gap: Mapping[Any, Any], factor: float, sesoi: float | None) -> Row:
    """Two one-sided tests of a gap, as a row: its p is the equivalence test's, its interval the 90 % one that goes with it."""
    estimate, se, df = float(gap["estimate"]) * factor, float(gap["se"]) * factor, float(gap["df"])
    reach = se * float(stats.t.ppf(0.95, df) if np.isfinite(df) else stats.norm.ppf(0.95))
    note = (
        "p: of the two one-sided tests; the interval is the 90 % one that goes with them"
        if sesoi
        else "no smallest effect that matters (sesoi) was declared"
    )
    return {
        "topic": topic,
        "quantity": quantity,
        "of": of,
        "estimate": estimate,
        "se": se,
        "df": df,
        "p": equivalence_p(estimate, se, df, sesoi),
        "ci_low": estimate - reach,
        "ci_high": estimate + reach,
        "method": "two one-sided tests",
        "note": note,
    }


def share(topic: str, quantity: str, rate: Rate, of: str | None = None, notes: Sequence[str] = ()) -> Row:
    """A share with its interval by mentor; `notes` stand beside the rate's own."""
    return {
        "topic": topic,
        "quantity": quantity,
        "of": of,
        "n": rate.n,
        "estimate": rate.rate,
        "se": rate.se,
        "df": rate.df,
        "ci_low": rate.low,
        "ci_high": rate.high,
        "method": METHOD,
        "note": "; ".join(part for part in (rate.note, *notes) if part) or None,
    }


def nothing(topic: str, quantity: str, why: str, of: str | None = None) -> Row:
    """A row that says why there is no number."""
    return {"topic": topic, "quantity": quantity, "of": of, "note": f"not estimated: {why}"}
