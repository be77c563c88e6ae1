"""Structures declared in a config: which items measure what, and each role's answer sheets with all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from mentoring.measure.factors.parameters import Structure
from mentoring.measure.scoring import scale_answers, with_mentor
from mentoring.settings import FactorStructure, Scale
from mentoring.tables import ROLES

# Items with fewer possible answers than this are ordered categories to factor models (methods: docs/methods/factor-structure.md); and the most for
# which polychoric correlations are of use.
FEW_CATEGORIES, MOST_CATEGORIES = 5, 7


@dataclass(frozen=True)
class Sheets:
    """Answer sheets of one role at one wave.

    Attributes
    ----------
    rows : DataFrame
        `dyad, person, mentor` and a column per item.
    why_not : str
        Why nothing can be fitted to them ("" when something can).
    note : str
        What to mind.
    """

    rows: pd.DataFrame
    why_not: str
    note: str


def scales_in(declared: FactorStructure, scales: Sequence[Scale]) -> list[Scale]:
    """The scales of a structure, in its order."""
    by_name = {scale.name: scale for scale in scales}
    return [by_name[name] for name in declared.factors]


def structure_of(declared: FactorStructure, scales: Sequence[Scale]) -> Structure:
    """The factor model that a structure declares; a factor that it adds has the structure's own name."""
    factors = {scale.name: tuple(scale.items) for scale in scales_in(declared, scales)}
    if declared.kind == "correlated":
        return Structure(factors)
    if declared.kind == "higher_order":
        return Structure(factors, general=declared.name)
    return Structure({declared.name: tuple(item for items in factors.values() for item in items)})


def sheets_of(
    keyed: pd.DataFrame, declared: FactorStructure, scales: Sequence[Scale], dyads: pd.DataFrame
) -> Iterator[tuple[tuple[str, int], Sheets]]:
    """The answer sheets of each role and wave that answered any of the scales.

    A scale about oneself stands on each of a person's sheets about relationships, where the structure has scales of both kinds.
    """
    own = scales_in(declared, scales)
    parts = {scale.name: scale_answers(keyed, scale) for scale in own}
    waves = sorted({int(wave) for part in parts.values() for wave in part["wave"].unique()})
    for role in ROLES:
        for wave in waves:
            asked = {name: part[(part["role"] == role) & (part["wave"] == wave)] for name, part in parts.items()}
            if all(part.empty for part in asked.values()):
                continue
            items = [item for scale in own for item in scale.items]
            without = [name for name, part in asked.items() if part.empty]
            if without:
                rows = pd.concat([part for part in asked.values() if len(part)]).reindex(columns=["dyad", "person", "role", *items])
                yield (role, wave), Sheets(with_mentor(rows, dyads), f"{role}s were not asked {', '.join(without)} at this wave", "")
                continue
            rows, mixed = _joined(list(asked.values()))
            note = "answers about oneself stand on each of a person's sheets" if mixed else ""
            yield (role, wave), Sheets(with_mentor(rows, dyads), "", note)


def ordered_few(keyed: pd.DataFrame, items: Sequence[str]) -> bool:
    """Whether some of the items have so few possible answers that they are ordered categories and no numbers, and none too many for that.

    The codebook's range counts, where it has one: observed answers differ from wave to wave.
    """
    own = keyed[keyed["item"].isin(items)]
    possible = (own["high"] - own["low"] + 1).groupby(own["item"]).max()
    observed = own.groupby("item")["value"].nunique()
    counts = possible.fillna(observed)
    return bool(len(counts)) and bool(counts.min() < FEW_CATEGORIES) and bool(counts.max() <= MOST_CATEGORIES)


def _joined(parts: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, bool]:
    """Several scales' answers side by side, and whether some are about oneself and others about a relationship."""
    about_self = [part["dyad"].isna().all() for part in parts]
    joined: dict[bool, pd.DataFrame] = {}
    for part, alone in zip(parts, about_self, strict=True):
        index = ["person"] if alone else ["dyad", "person"]
        wide = part.drop(columns=["role", "wave", *(["dyad"] if alone else [])]).set_index(index)
        joined[alone] = joined[alone].join(wide, how="outer") if alone in joined else wide
    role = parts[0]["role"].iloc[0]
    if len(joined) == 1:
        rows = next(iter(joined.values())).reset_index()
        return rows.assign(role=role, **({} if "dyad" in rows else {"dyad": None})), False
    rows = joined[False].reset_index().merge(joined[True].reset_index(), on="person", how="left")
    return rows.assign(role=role), True
