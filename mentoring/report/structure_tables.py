"""Tables of factor structure and of sameness between the sides and over time, and what follows where it does not hold."""

from __future__ import annotations

import pandas as pd

from mentoring.measure import comparable
from mentoring.report import numbers
from mentoring.report.apa_tables import ApaTable, hidden_rows
from mentoring.report.inputs import Results
from mentoring.report.names import Names, names_of
from mentoring.report.shown import shown_measure

STEPS = ("configural", "metric", "scalar", "strict")
TITLES = {
    "roles": "Is it the same for both sides?", "waves": "Is it the same over the waves?", "groups": "Is it the same for groups that a question compares?",
}
_HEADS = {"configural": "Structure", "metric": "Loadings", "scalar": "Intercepts", "strict": "Residuals"}


def factor_fit(results: Results) -> ApaTable | None:
    """Fit of every scale as one factor, for each role and wave."""
    table, names = shown_measure(results, "factor_fit"), names_of(results)
    scales = results["factor_fit"][results["factor_fit"]["model"] == "scale"]
    table = table[table["model"] == "scale"]
    lowest = results["loadings"].groupby(["scale", "role", "wave"])["loading"].min() if len(results["loadings"]) else {}
    rows = []
    for row in table.itertuples():
        fit = numbers.number(row.chisq)
        rows.append([
            names.scale(row.scale), f"{row.role.capitalize()}s", str(row.wave), numbers.count(row.n), numbers.count(row.mentors),
            f"{fit} ({row.df})" if fit != numbers.MISSING else numbers.MISSING, numbers.p_value(row.p),
            numbers.number(row.cfi, 3, bounded=True), numbers.number(row.tli, 3, bounded=True),
            numbers.estimate(row.rmsea, row.rmsea_low, row.rmsea_high, 3, bounded=True), numbers.number(row.srmr, 3, bounded=True),
            numbers.number(lowest.get((row.scale, row.role, row.wave)), bounded=True),
        ])
    note = (
        f"One factor per scale; {estimators(table)}. χ², CFI, TLI and RMSEA are robust to answers that are not normal and to answers that "
        "share a mentor. Last column: the smallest standardised loading. With fewer than 200 answer sheets, fit indices reject good models too often. "
        "A dash: three items always fit, two determine no factor, or the model could not be fitted (results/tables/factor_fit.csv says which)."
        + hidden_rows(len(scales) - len(rows), results.smallest)
    )
    head = ["Scale", "Role", "Wave", "n", "Mentors", "χ² (df)", "p", "CFI", "TLI", "RMSEA [90 % CI]", "SRMR", "Min. λ"]
    return ApaTable("factor-fit", "Every scale as one factor", head, rows, note, 2) if rows else None


def estimators(table: pd.DataFrame) -> str:
    """How models were fitted, in words."""
    used = set(table["estimator"].dropna())
    ordered = "weighted least squares on polychoric correlations (WLSMV) where items have fewer than five possible answers"
    parts = (["full-information maximum likelihood"] if used != {"WLSMV"} else []) + ([ordered] if "WLSMV" in used else [])
    return ", ".join(parts)


def sameness(results: Results, between: str) -> ApaTable | None:
    """Which steps of invariance hold, one row per scale (and role, for waves)."""
    table, names = _big_enough(results["invariance"][results["invariance"]["between"] == between], results), names_of(results)
    rows = []
    for (scale, of), steps in table.groupby(["scale", "of"], sort=False):
        cells = {}
        for name in STEPS:
            cells[name] = comparable.held(steps, name)
        differs = "; ".join(dict.fromkeys(str(note) for note in steps["note"].dropna()))
        rows.append([names.scale(str(scale)), _where(str(of), between, names), numbers.count(steps["n"].max()), *cells.values(), names.in_text(differs)])
    note = (
        "Does the scale measure the same? Loadings: associations may be compared; intercepts: means may be compared as well; residuals: sum scores are "
        "equally reliable. yes: fit hardly worse than without the restriction (Chen 2007: CFI by less than .010, .005 with fewer than 300 rows, or "
        "RMSEA and SRMR hardly worse); in part: when single items are let off; no: not even then."
    )
    head = ["Scale", "At" if between == "roles" else "Of", "n", *(_HEADS[name] for name in STEPS), "Remarks"]
    return ApaTable(f"same-{between}", TITLES[between], head, rows, note, 2) if rows else None


def _where(of: str, between: str, names: Names) -> str:
    """What was compared with what."""
    if between == "groups":
        group, _, rest = of.partition(", ")
        return f"{names.variable(group)}: {rest}"
    return f"{of}s" if between == "waves" else of


def incomparable(results: Results) -> dict[str, str]:
    """Scales whose means may not be compared between the sides, and why."""
    return comparable.incomparable(results["invariance"])


def incomparable_sentence(results: Results) -> str:
    """A warning naming the scales whose means may not be compared between the sides ("" when all may)."""
    names = names_of(results)
    scales = [names.scale(scale) for scale in incomparable(results)]
    if not scales:
        return ""
    return (
        f"**Not comparable in height:** {numbers.listed(scales)}. For {'this scale' if len(scales) == 1 else 'these scales'} it was not shown that both sides "
        "understand the items in the same way (scalar invariance), so gaps between mentors and mentees, and surfaces over both, are greyed "
        "out: they may come from the items, not from the people."
    )


def _big_enough(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    sizes = table.groupby(["scale", "between", "of"])["n"].transform("max")
    return table[(sizes >= results.smallest).fillna(False).astype(bool)]
