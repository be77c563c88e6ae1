"""The tables about measures: reliability, items, similarity and agreement, without groups of too few people."""

from __future__ import annotations

import math

import pandas as pd

from mentoring.report import numbers
from mentoring.report.apa_tables import ApaTable, hidden_rows, notes_of
from mentoring.report.inputs import Results
from mentoring.report.names import names_of
from mentoring.report.shown import shown_agreement, shown_measure
from mentoring.report.structure_tables import incomparable


def reliability(results: Results) -> ApaTable | None:
    """Alpha and omega by scale, role and wave."""
    table, names = shown_measure(results, "reliability"), names_of(results)
    rows = [
        [
            names.scale(row.scale),
            f"{row.role.capitalize()}s",
            str(row.wave),
            numbers.count(row.items),
            numbers.count(row.n),
            numbers.estimate(row.alpha, row.alpha_low, row.alpha_high, bounded=True),
            numbers.estimate(row.omega, row.omega_low, row.omega_high, bounded=True),
        ]
        for row in table.itertuples()
    ]
    hidden = len(results["reliability"]) - len(rows)
    note = (
        "α: Cronbach’s alpha with Feldt’s interval, which takes answer sheets as independent although a mentor fills in one per mentee. "
        "ω: McDonald’s omega of a one-factor model, its interval from whole mentors resampled."
        + hidden_rows(hidden, results.smallest)
        + notes_of(table)
    )
    return (
        ApaTable(
            "reliability",
            "Reliability by scale, role and wave, in full",
            ["Scale", "Role", "Wave", "Items", "n", "α [95 % CI]", "ω [95 % CI]"],
            rows,
            note,
            2,
        )
        if rows
        else None
    )


def reliability_by_wave(results: Results) -> ApaTable | None:
    """Alpha by scale and role, waves beside each other: the short form of `reliability`."""
    table, names = shown_measure(results, "reliability"), names_of(results)
    waves = sorted(table["wave"].unique())
    rows = []
    for (scale, role), part in table.groupby(["scale", "role"], sort=False):
        by_wave = {row.wave: numbers.estimate(row.alpha, row.alpha_low, row.alpha_high, bounded=True) for row in part.itertuples()}
        n = [numbers.count(size) for size in dict.fromkeys((part["n"].min(), part["n"].max()))]
        rows.append(
            [
                names.scale(str(scale)),
                f"{str(role).capitalize()}s",
                numbers.count(part["items"].max()),
                "–".join(n),
                *(by_wave.get(wave, numbers.MISSING) for wave in waves),
            ]
        )
    note = (
        "α [95 % CI]: Cronbach’s alpha with Feldt’s interval. n: answer sheets with every item answered, fewest–most over the waves (people answer once for each relationship, or once about themselves). "
        "The appendix gives n and ω for each wave."
    )
    return (
        ApaTable(
            "alpha", "Reliability by scale and role", ["Scale", "Role", "Items", "n", *(f"α, wave {wave}" for wave in waves)], rows, note, 2
        )
        if rows
        else None
    )


COEFFICIENTS = {
    "spearman-brown": "Spearman–Brown",
    "ordinal alpha": "Ordinal α",
    "ordinal omega": "Ordinal ω",
    "alpha within mentor": "α within",
    "omega within mentor": "ω within",
    "alpha between mentors": "α between",
    "icc": "ICC",
    "mentor mean": "Mentor mean",
    "retest": "Retest",
}


def reliability_more(results: Results) -> ApaTable | None:
    """Reliability of ordered answers, at each level and over time, each as its range over waves."""
    table, names = shown_measure(results, "reliability_more"), names_of(results)
    known = [name for name in COEFFICIENTS if table.loc[table["coefficient"] == name, "value"].notna().any()]
    rows = []
    for (scale, role), part in table.groupby(["scale", "role"], sort=False):
        by_name = [part.loc[part["coefficient"] == name, "value"] for name in known]
        rows.append([names.scale(str(scale)), f"{str(role).capitalize()}s", *(_range(values, 2) for values in by_name)])
    note = (
        "Lowest–highest over waves. Ordinal: from polychoric correlations. Within, between: of differences between the answer sheets of one "
        "mentor’s relationships, and of mentors’ levels. ICC: share of the score’s variance between mentors. Mentor mean: reliability of the "
        "mean over a mentor’s sheets, as a measure of the mentor. Retest: correlation with the score one wave before, which real change lowers "
        "too. By wave, with intervals from whole mentors resampled (for α too): results/tables/reliability_more.csv."
    )
    title = "Reliability: ordered answers, levels and waves"
    return ApaTable("reliability-more", title, ["Scale", "Role", *(COEFFICIENTS[name] for name in known)], rows, note, 2) if known else None


def items(results: Results, scale: str) -> ApaTable | None:
    """Item statistics of one scale, waves beside each other, groups of too few people left out."""
    names, table, shown = names_of(results), results["items"], shown_measure(results, "reliability")
    allowed = shown.loc[shown["scale"] == scale, ["role", "wave"]]
    table = table[(table["scale"] == scale) & (table["n"].fillna(0) >= results.smallest)].merge(allowed, on=["role", "wave"])
    waves = sorted(table["wave"].unique())
    rows = []
    for (item, role), part in table.groupby(["item", "role"], sort=False):
        by_wave = {row.wave: f"{numbers.number(row.mean)} ({numbers.number(row.sd)})" for row in part.itertuples()}
        rows.append(
            [
                names.item(str(item), str(role)),
                f"{str(role).capitalize()}s",
                _range(part["n"], 0),
                *(by_wave.get(wave, numbers.MISSING) for wave in waves),
                _range(part["item_rest_r"], 2),
                _share(part, "floor", results.smallest),
                _share(part, "ceiling", results.smallest),
            ]
        )
    note = (
        "M (SD) after keying. r rest: correlation with the mean of the scale’s other items. Low, High: share of answers at the ends of "
        "the answer scale. "
        "Where waves differ, the lowest and highest are given. All of it by wave: results/tables/items.csv."
    )
    head = ["Item", "Role", "n", *(f"Wave {wave}" for wave in waves), "r rest", "Low", "High"]
    return ApaTable(f"items-{scale}", f"{names.scale(scale)}: item statistics, M (SD) by wave", head, rows, note, 2) if rows else None


def _range(values: pd.Series, digits: int) -> str:
    known = values.dropna().astype(float)
    ends = dict.fromkeys(numbers.number(end, digits, bounded=digits > 0) for end in (known.min(), known.max())) if len(known) else {}
    return "–".join(ends) or numbers.MISSING


def _share(part: pd.DataFrame, column: str, smallest: int) -> str:
    """A range of shares; those of fewer people than may be shown only as “below”."""
    known = part.dropna(subset=[column]).to_dict("records")
    few = [math.ceil(100 * smallest / row["n"]) for row in known if 0 < row[column] * row["n"] < smallest - 1e-9]
    rest = sorted(row[column] for row in known if not 0 < row[column] * row["n"] < smallest - 1e-9)
    words = [*([f"< {max(few)} %"] if few else []), *(numbers.percent(share) for share in rest)]
    return " to ".join(dict.fromkeys([words[0], words[-1]])) if words else numbers.MISSING


def similarity(results: Results) -> ApaTable | None:
    """Each similarity beside chance."""
    table, names = results["similarity"], names_of(results)
    rows = [
        [
            names.similarity(row["index"]),
            str(row["kind"]).replace("_", " "),
            numbers.count(row["dyads"]),
            f"{numbers.number(row['mean'])} ({numbers.number(row['sd'])})",
            numbers.number(row["null_mean"]),
            numbers.p_value(row["null_p"]),
        ]
        for row in table.to_dict("records")
        if numbers.is_missing(row["dyads"]) or row["dyads"] >= results.smallest
    ]
    note = (
        f"Chance: mean over {numbers.count(results.study.credibility.repairings)} random re-pairings within programme; p: two-sided, of "
        "the mean." + notes_of(table) + hidden_rows(len(table) - len(rows), results.smallest)
    )
    return (
        ApaTable(
            "similarity",
            "Similarity of mentors and mentees, beside chance",
            ["Similarity", "Kind", "n", "M (SD)", "Chance", "p"],
            rows,
            note,
            2,
        )
        if rows
        else None
    )


def agreement(results: Results) -> ApaTable | None:
    """Agreement of both sides by scale and wave."""
    table, names, grey = shown_agreement(results), names_of(results), incomparable(results)
    rows = [
        [
            names.scale(row.scale),
            str(row.wave),
            numbers.count(row.n),
            numbers.estimate(row.r, row.r_low, row.r_high, bounded=True),
            numbers.MISSING if row.scale in grey else numbers.estimate(row.gap, row.gap_low, row.gap_high, 2),
            numbers.estimate(row.icc, row.icc_low, row.icc_high, bounded=True),
        ]
        for row in table.itertuples()
    ]
    note = (
        "n: relationships with both scores. Gap: mentee minus mentor. ICC(A,1): absolute agreement."
        + (" A dash under gap: it was not shown that both sides understand the items in the same way, so their means are not compared." if grey else "")
        + hidden_rows(len(results["agreement"]) - len(rows), results.smallest)
        + notes_of(table)
    )
    return (
        ApaTable(
            "agreement",
            "Agreement of the two sides",
            ["Scale", "Wave", "n", "r [95 % CI]", "Gap [95 % CI]", "ICC(A,1) [95 % CI]"],
            rows,
            note,
        )
        if rows
        else None
    )
