"""What declared structures came out as: fit, correlations of factors, loadings, and hints at what does not fit."""

from __future__ import annotations

import pandas as pd

from mentoring.report import explored_tables, numbers
from mentoring.report.apa_tables import ApaTable, hidden_rows, markdown
from mentoring.report.inputs import Results
from mentoring.report.markup import clean, heading, md
from mentoring.report.names import human, lower_first, names_of
from mentoring.report.shown import shown_structures
from mentoring.report.structure_tables import estimators

KINDS = {
    "correlated": "{count} correlated factors",
    "higher_order": "{count} factors under one",
    "one_factor": "one factor over the items of {count} scales",
}


def chapter(results: Results) -> list[str]:
    """What the report's chapter on measures says of declared structures."""
    if not results.study.structures:
        return []
    called, between = labels(results), correlations(results)
    blocks = [heading(2, "What the scales measure together", "structures"), structures_text(results), markdown(between) if between else ""]
    for entry in results.study.structures:
        if entry.kind == "explore":
            blocks.append(explored_tables.explored_text(results, entry, called))
            blocks += [markdown(table) for table in explored_tables.explored_loadings(results, entry, called)]
    return blocks


def in_full(results: Results) -> list[tuple[ApaTable, str]]:
    """The appendix's tables of declared structures, each with the result table it is taken from."""
    found = (
        (fit(results), "factor_fit"), (loadings(results), "loadings"), (hints(results), "modification_hints"),
        (explored_tables.eigenvalues(results, labels(results)), "exploration"),
    )
    return [(table, name) for table, name in found if table]


def labels(results: Results) -> dict[str, str]:
    """Structures and scales by name, as they are called."""
    names = names_of(results)
    own = {entry.name: clean(entry.label, 80) or human(entry.name) for entry in results.study.structures}
    return {scale.name: names.scale(scale.name) for scale in results.study.scales} | own


def structures_text(results: Results) -> str:
    """What was declared, and how often it fits."""
    called, table = labels(results), shown_structures(results, "factor_fit")
    lines = []
    for entry in results.study.structures:
        if entry.kind == "explore":
            continue
        kind = KINDS[entry.kind].format(count=numbers.count(len(entry.factors)))
        scales = numbers.listed([lower_first(called[name]) for name in entry.factors])
        tested = table[(table["scale"] == entry.name) & table["cfi"].notna()]
        good = int(((tested["cfi"] >= 0.95) & (tested["srmr"] <= 0.08)).sum())
        told = (
            f"Of {numbers.counted(len(tested), 'model')} (by role and wave) {numbers.count(good) if good else 'none'} {'reaches' if good == 1 else 'reach'} a CFI of .95 and an SRMR of .08 [@hu1999] "
            f"(CFI {_range(tested['cfi'])}, SRMR {_range(tested['srmr'])})."
            if len(tested)
            else "It could not be fitted or shown; results/tables/factor_fit.csv says why."
        )
        lines.append(f"**{md(called[entry.name])}**: {kind} ({md(scales)}). {told}")
    return "\n\n".join(lines)


def fit(results: Results) -> ApaTable | None:
    """Fit of every declared structure, for each role and wave."""
    called, table = labels(results), _declared(results, "factor_fit")
    rows = [
        [
            called.get(row.scale, row.scale),
            f"{row.role.capitalize()}s",
            str(row.wave),
            numbers.count(row.n),
            numbers.count(row.mentors),
            f"{numbers.number(row.chisq)} ({row.df})" if pd.notna(row.chisq) else numbers.MISSING,
            numbers.p_value(row.p),
            numbers.number(row.cfi, 3, bounded=True),
            numbers.number(row.tli, 3, bounded=True),
            numbers.estimate(row.rmsea, row.rmsea_low, row.rmsea_high, 3, bounded=True),
            numbers.number(row.srmr, 3, bounded=True),
        ]
        for row in table.itertuples()
    ]
    total = int((~results["factor_fit"]["model"].isin(["scale", "explore"])).sum())
    note = (
        f"Fitted by {estimators(table)}; robust, clustered by mentor. Structures of the same items may be compared by their fit. A dash: not fitted; "
        "results/tables/factor_fit.csv says why." + hidden_rows(total - len(rows), results.smallest)
    )
    head = ["Structure", "Role", "Wave", "n", "Mentors", "χ² (df)", "p", "CFI", "TLI", "RMSEA [90 % CI]", "SRMR"]
    return ApaTable("structure-fit", "Declared structures", head, rows, note, 2) if rows else None


def correlations(results: Results) -> ApaTable | None:
    """Correlations of factors, each as its range over waves."""
    called, table = labels(results), _declared(results, "factor_correlations")
    roles = [role for role in ("mentee", "mentor") if (table["role"] == role).any()]
    rows = []
    for (structure, first, second), part in table.groupby(["scale", "first", "second"], sort=False):
        cells = [_range(part.loc[part["role"] == role, "r"]) for role in roles]
        rows.append(
            [called.get(str(structure), str(structure)), called.get(str(first), str(first)), called.get(str(second), str(second)), *cells]
        )
    note = (
        "Lowest–highest over waves. These are correlations of what the items share, free of their measurement error; close to 1 the two cannot be told "
        "apart. Under a general factor, what that factor implies. With intervals, by wave: results/tables/factor_correlations.csv."
    )
    head = ["Structure", "Factor", "Factor", *(f"r, {role}s" for role in roles)]
    return ApaTable("factor-correlations", "Correlations of factors", head, rows, note, 3) if rows else None


def loadings(results: Results) -> ApaTable | None:
    """Standardised loadings, each as its range over waves."""
    called, names = labels(results), names_of(results)
    table = _declared(results, "loadings")
    table = table[table["loading"].notna()]
    roles = [role for role in ("mentee", "mentor") if (table["role"] == role).any()]
    rows = []
    for (structure, factor, item), part in table.groupby(["scale", "factor", "item"], sort=False):
        cells = [_range(part.loc[part["role"] == role, "loading"]) for role in roles]
        word = called.get(str(item)) or names.item(str(item), roles[0])
        rows.append([called.get(str(structure), str(structure)), called.get(str(factor), human(str(factor))), word, *cells])
    note = "Standardised; lowest–highest over waves. By wave, with intervals: results/tables/loadings.csv."
    head = ["Structure", "Factor", "Item", *(f"λ, {role}s" for role in roles)]
    return ApaTable("structure-loadings", "Loadings in declared structures", head, rows, note, 3) if rows else None


def hints(results: Results) -> ApaTable | None:
    """What would most improve a declared structure, where it would at several waves (or at the only one)."""
    called, names = labels(results), names_of(results)
    table, items = shown_structures(results, "modification_hints"), results["codebook_items"]
    turned = {(row.item, row.role) for row in items[items["reverse"].fillna(False).astype(bool)].itertuples()}
    rows = []
    for (structure, role, kind, first, second), part in table.groupby(["scale", "role", "kind", "first", "second"], sort=False):
        waves = table.loc[(table["scale"] == structure) & (table["role"] == role), "wave"].nunique()
        if len(part) < min(2, waves):
            continue
        one = called.get(str(first), str(first)) if kind == "loading" else names.item(str(first), str(role))
        top = part.loc[part["scaled"].idxmax()] if part["scaled"].notna().any() else part.iloc[0]
        what = "loads on it, too" if kind == "loading" else f"share {'more' if top['change'] > 0 else 'less'}"
        if kind == "covariance" and {(str(first), str(role)), (str(second), str(role))} <= turned:
            what += "; both reversed"
        rows.append(
            [
                f"{called.get(str(structure), str(structure))}, {role}s",
                one,
                names.item(str(second), str(role)),
                what,
                ", ".join(str(wave) for wave in sorted(part["wave"])),
                numbers.number(top["scaled"], 1),
                numbers.number(top["std_change"]),
            ]
        )
    note = (
        "Hints, not findings: among the five highest at two waves or more. χ²: how much it would fall (scaled), at the wave where it would most. Est.: what "
        "the parameter would then be, standardised. Share more (less): the residuals of the two items go together (against each other). Nothing was changed because of these; a "
        "model altered by them needs new answers to be tested. All: results/tables/modification_hints.csv."
    )
    head = ["Structure", "Item or factor", "Item", "Hint", "Waves", "χ²", "Est."]
    return ApaTable("structure-hints", "What does not fit in declared structures", head, rows, note, 4) if rows else None


def _declared(results: Results, name: str) -> pd.DataFrame:
    """Rows of structures that say what they are; those that were explored have factors of their own at each wave."""
    table = shown_structures(results, name)
    return table[~table["scale"].isin([entry.name for entry in results.study.structures if entry.kind == "explore"])]


def _range(values: pd.Series) -> str:
    known = values.dropna().astype(float)
    ends = dict.fromkeys(numbers.number(end, bounded=True) for end in (known.min(), known.max())) if len(known) else {}
    return "–".join(ends) or numbers.MISSING
