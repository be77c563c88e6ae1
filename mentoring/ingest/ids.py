"""Ids: matched without regard to case and invisible characters, and replaced by codes that reveal nothing."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from mentoring import tables
from mentoring.ingest.raw import by_unique, tidy_word

LINKAGE = ("file", "row", "column", "id", "reason", "suggestion")
_WHOLE = re.compile(r"(\d+)\.0+")


def id_key(word: str) -> str | None:
    """What makes two spellings one id: no outer spaces or invisible characters, no case, no “.0” of a spreadsheet.

    Examples
    --------
    >>> id_key(" m012\ufeff"), id_key("17.0")
    ('m012', '17')
    """
    key = tidy_word(word).casefold()
    whole = _WHOLE.fullmatch(key)
    return (whole.group(1) if whole else key) or None


def id_keys(cells: pd.Series) -> pd.Series:
    """The key of each cell; missing when the cell is blank."""
    return by_unique(cells, id_key)


@dataclass
class Ids:
    """All ids of a study.

    Attributes
    ----------
    spelled : dict
        Key → the id as the pairs (else the roster) spell it.
    roles : dict
        Key → the roles in which it stands in the pairs.
    """

    spelled: dict[str, str] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)

    def add(self, keys: pd.Series, cells: pd.Series, role: str | None = None) -> None:
        """Take up ids; `role` when they stand in the pairs in that role."""
        first = ~keys.duplicated() & keys.notna()
        for key, cell in zip(keys[first], cells[first]):
            self.spelled.setdefault(str(key), tidy_word(cell))
            if role:
                self.roles.setdefault(str(key), set()).add(role)

    def in_role(self, role: str) -> list[str]:
        """Keys of those who stand in the pairs in a role."""
        return [key for key, roles in self.roles.items() if role in roles]

    def repaired(self, keys: pd.Series, cells: pd.Series) -> int:
        """How many cells spell a known id in another way."""
        spelled = keys.map(self.spelled)
        return int((spelled.notna() & (spelled != cells)).sum())


def codes(names: Iterable[str], seed: int, letter: str) -> dict[str, str]:
    """A code for each name, numbered in an order that the seed draws: always the same, and revealing nothing.

    Examples
    --------
    >>> codes(["anna", "ben"], seed=1, letter="P") == codes(["ben", "anna"], seed=1, letter="P")
    True
    """
    key = f"mentoring {seed}".encode()
    drawn = sorted(set(names), key=lambda name: hashlib.blake2b(name.encode(), key=key).digest())
    width = max(4, len(str(len(drawn))))
    return {name: f"{letter}{number:0{width}d}" for number, name in enumerate(drawn, start=1)}


def key_table(ids: Ids, person_codes: Mapping[str, str]) -> pd.DataFrame:
    """Who is behind each code: for `results/private` only."""
    rows = [(code, ids.spelled[key], " and ".join(role for role in tables.ROLES if role in ids.roles.get(key, ())))
            for key, code in person_codes.items()]
    return pd.DataFrame(rows, columns=["person", "id", "roles"]).astype("str").sort_values("person", ignore_index=True)


class Linkage:
    """Ids that could not be linked, each with the nearest valid one: for `results/private` only."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def note(self, file: str, column: str, cells: pd.Series, reason: str, valid: Iterable[str]) -> None:
        """Note the cells of rows that were left out."""
        candidates = {word.casefold(): word for word in valid}
        suggestions = by_unique(cells, lambda word: _nearest_id(word, candidates)) if len(cells) else cells
        self._parts.append(pd.DataFrame({"file": file, "row": cells.index, "column": column, "id": cells.to_numpy(),
                                         "reason": reason, "suggestion": suggestions.to_numpy()}, columns=list(LINKAGE)))

    def frame(self) -> pd.DataFrame:
        """One row per cell."""
        parts = [part for part in self._parts if len(part)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(LINKAGE))


def _nearest_id(word: str, candidates: dict[str, str]) -> str | None:
    match = difflib.get_close_matches(id_key(word) or "", candidates, n=1, cutoff=0.6)
    return candidates[match[0]] if match else None
