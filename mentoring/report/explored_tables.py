"""What structures that were declared unknown came out as: number of factors, eigenvalues beside chance, loadings."""

from __future__ import annotations

from mentoring.report import numbers
from mentoring.report.apa_tables import ApaTable
from mentoring.report.inputs import Results
from mentoring.report.markup import md
from mentoring.report.names import names_of
from mentoring.report.shown import shown_structures
from mentoring.settings import FactorStructure

# Loadings below this are left out of the printed table, as is usual; all stand in loadings.csv.
LEAST_SHOWN = 0.30


def explored_text(results: Results, entry: FactorStructure, called: dict[str, str]) -> str:
    """How many factors chance would not give, by role and wave."""
    table = shown_structures(results, "exploration")
    table = table[(table["scale"] == entry.name) & table["used"].fillna(False).astype(bool)]
    scales = numbers.listed([called[name] for name in entry.factors])
    start = f"**{md(called[entry.name])}** was declared unknown: the items of {md(scales)}. "
    if table.empty:
        return start + "It could not be explored, or too few people answered; results/tables/factor_fit.csv says why."
    said = []
    for role, rows in table.groupby("role", sort=True):
        counts = rows.groupby("wave")["kept"].sum()
        waves = [f"{numbers.count(count)} at wave {wave}" for wave, count in counts.items()]
        same = counts.nunique() == 1 and len(counts) > 1
        words = f"{numbers.count(counts.iloc[0])} at every wave" if same else numbers.listed(waves)
        said.append(f"for {role}s {words}")
    return start + (
        f"Number of factors that exceed chance (parallel analysis [@horn1965], 95th percentile of shuffled answers): {numbers.listed(said)}. "
        "What was found in these answers cannot be tested on them."
    )


def explored_loadings(results: Results, entry: FactorStructure, called: dict[str, str]) -> list[ApaTable]:
    """For each role, loadings at the first wave that was explored."""
    names, shown = names_of(results), shown_structures(results, "loadings")
    shown = shown[(shown["scale"] == entry.name) & shown["loading"].notna()]
    tables = []
    for role, own in shown.groupby("role", sort=True):
        wave = own["wave"].min()
        rows = own[own["wave"] == wave]
        factors = list(dict.fromkeys(rows["factor"]))
        wide = rows.pivot(index="item", columns="factor", values="loading").reindex(index=list(dict.fromkeys(rows["item"])), columns=factors)
        cells = [
            [names.item(str(item), str(role)), *(numbers.number(value, bounded=True) if abs(value) >= LEAST_SHOWN else "" for value in line)]
            for item, line in zip(wide.index, wide.to_numpy(), strict=True)
        ]
        note = (
            f"Wave {wave}. Pattern loadings of minimum-residual factors after promax rotation; those below .30 in size are left out (a dash). "
            f"{_between(results, entry.name, str(role), int(wave))}All waves: results/tables/loadings.csv."
        )
        title = f"{called[entry.name]}, {role}s: what the factors hold"
        tables.append(ApaTable(f"explored-{entry.name}-{role}", title, ["Item", *factors], cells, note))
    return tables


def _between(results: Results, structure: str, role: str, wave: int) -> str:
    table = results["factor_correlations"]
    own = table[(table["scale"] == structure) & (table["role"] == role) & (table["wave"] == wave)]
    said = [f"{row.first}–{row.second} {numbers.number(row.r, bounded=True)}" for row in own.itertuples()]
    return f"Correlations of the factors: {', '.join(said)}. " if said else ""


def eigenvalues(results: Results, called: dict[str, str]) -> ApaTable | None:
    """Parallel analysis in full."""
    table = shown_structures(results, "exploration")
    table = table[table["eigenvalue"].notna()]
    rows = []
    for (structure, role, wave, of), own in table.groupby(["scale", "role", "wave", "correlations"], sort=False):
        kept = int(own["kept"].sum())
        near = own[own["number"] <= kept + 1]
        pairs = [f"{numbers.number(row.eigenvalue)} ({numbers.number(row.chance_high)})" for row in near.itertuples()]
        rows.append([called.get(str(structure), str(structure)), f"{str(role).capitalize()}s", str(wave), str(of), numbers.count(own["n"].iloc[0]),
                     numbers.count(kept), ", ".join(pairs)])
    note = (
        "Eigenvalues of the items’ correlations (in brackets the 95th percentile of shuffled answers), up to the first that does not exceed it. Polychoric: of "
        "the leanings behind ordered answers. All: results/tables/exploration.csv."
    )
    head = ["Structure", "Role", "Wave", "Correlations", "n", "Factors", "Eigenvalues (chance)"]
    return ApaTable("parallel-analysis", "Parallel analysis", head, rows, note, 4) if rows else None
