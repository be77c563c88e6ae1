"""Rows of result tables that rest on enough people to be shown."""

from __future__ import annotations

import pandas as pd

from mentoring.report import disclosure
from mentoring.report.inputs import Results


def shown_measure(results: Results, name: str) -> pd.DataFrame:
    """Rows of `reliability` or `factor_fit` that rest on enough people."""
    table = results[name]
    rows = disclosure.with_partners(results["scores"][results["scores"]["score"].notna()], results["dyads"])
    allowed = disclosure.allowed(rows, ["scale", "role", "wave"], results.smallest)
    keep = [(row.scale, row.role, row.wave) in allowed and (row.n or 0) >= results.smallest for row in table.itertuples()]
    return table[pd.Series(keep, index=table.index, dtype=bool)]


def shown_structures(results: Results, name: str) -> pd.DataFrame:
    """Rows of a table of factor models that belong to declared structures, all of whose scales rest on enough people."""
    table, fits = results[name], results["factor_fit"]
    rows = disclosure.with_partners(results["scores"][results["scores"]["score"].notna()], results["dyads"])
    allowed = disclosure.allowed(rows, ["scale", "role", "wave"], results.smallest)
    factors = {entry.name: entry.factors for entry in results.study.structures}
    enough = {(row.scale, row.role, row.wave) for row in fits.itertuples() if (row.n or 0) >= results.smallest}
    keep = [
        (row.scale, row.role, row.wave) in enough and all((scale, row.role, row.wave) in allowed for scale in factors[row.scale])
        if row.scale in factors else False
        for row in table.itertuples()
    ]
    return table[pd.Series(keep, index=table.index, dtype=bool)]


def shown_agreement(results: Results) -> pd.DataFrame:
    """Rows of `agreement` that rest on enough people."""
    table, analysis = results["agreement"], results["analysis"]
    keep = []
    for row in table.itertuples():
        sides = [f"mentor_{row.scale}", f"mentee_{row.scale}"]
        known = analysis[(analysis["wave"] == row.wave)].dropna(subset=sides) if set(sides) <= set(analysis.columns) else analysis.iloc[:0]
        keep.append(disclosure.enough(known["mentor"].nunique(), known["mentee"].nunique(), results.smallest))
    return table[pd.Series(keep, index=table.index, dtype=bool)]
