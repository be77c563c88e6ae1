"""Which instruments the scales are, whether they may be used, and what was published of them beside this study."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mentoring.measure.instruments.card import LICENCES
from mentoring.report import numbers
from mentoring.report.apa_tables import ApaTable
from mentoring.report.inputs import Results
from mentoring.report.markup import bullets, md
from mentoring.report.names import names_of
from mentoring.report.shown import shown_measure


def instruments_text(results: Results) -> str:
    """A line for each instrument: its title and source, the permission to use it, and the scales that are parts of it."""
    table, names = results["instruments"], names_of(results)
    lines = []
    for _, rows in table.groupby("instrument", sort=False):
        first = rows.iloc[0]
        licence = LICENCES[first["licence_status"]] + (f" ({str(first['licence']).rstrip('.')})" if pd.notna(first["licence"]) else "")
        scales = numbers.listed([names.scale(scale) for scale in rows["scale"].unique()])
        unverified = "" if first["verified"] else " What its card says was not verified."
        lines.append(
            f"**{md(first['title'])}** ({md(str(first['citation']).rstrip('.'))}). {md(scales)}. Permission: {md(licence)}.{unverified}"
        )
    if not lines:
        return ""
    return (
        "The scales are taken from these instruments; number of items, range and reversed items were checked against their cards.\n\n"
        + bullets(lines)
    )


def published(results: Results) -> ApaTable | None:
    """Published figures of the instruments beside this study's own reliability."""
    table, names = results["instruments"], names_of(results)
    known = table[table["source"].notna()]
    own = shown_measure(results, "reliability")
    rows = []
    for row in known.itertuples():
        mine = own[(own["scale"] == row.scale) & ((own["role"] == row.role) if pd.notna(row.role) else True)]
        rows.append(
            [
                names.scale(row.scale),
                f"{row.of}: {row.source}",
                _range(row.alpha_low, row.alpha_high),
                _range(mine["alpha"].min(), mine["alpha"].max()),
                _range(row.loadings_low, row.loadings_high),
                _fit(row),
                _mean(row),
            ]
        )
    note = (
        "Here: lowest to highest alpha of this study, over waves (and over roles where the published figure does not tell them apart). Published figures "
        "are of other people, often of a whole instrument; they say what to expect, not what is right."
    )
    head = ["Scale", "Published of", "α there", "α here", "Loadings there", "Fit there", "M (SD) there"]
    return ApaTable("published-measures", "Published figures beside this study’s", head, rows, note, 2) if rows else None


def _range(low: float, high: float) -> str:
    ends = dict.fromkeys(numbers.number(end, bounded=True) for end in (low, high))
    return "–".join(ends)


def _fit(row: Any) -> str:
    parts = []
    chisq, df = row.chisq, row.df
    if pd.notna(chisq):
        parts.append(f"χ²{f'({numbers.count(df)})' if pd.notna(df) else ''} = {numbers.number(chisq, 1)}")
    for name, label in (("cfi", "CFI"), ("tli", "TLI"), ("rmsea", "RMSEA")):
        if pd.notna(getattr(row, name)):
            parts.append(f"{label} {numbers.number(getattr(row, name), 3 if name == 'rmsea' else 2, bounded=True)}")
    return ", ".join(parts)


def _mean(row: Any) -> str:
    mean, sd = row.mean, row.sd
    return f"{numbers.number(mean)} ({numbers.number(sd)})" if pd.notna(mean) else ""
