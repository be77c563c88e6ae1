"""The roster: who the people are, typed as the codebook says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring import tables
from mentoring.errors import Problems, did_you_mean
from mentoring.ingest.flow import Flow
from mentoring.ingest.ids import Ids, id_keys
from mentoring.ingest.raw import RawTable, listed_rows, tidy
from mentoring.ingest.values import Decoded, Item, decode
from mentoring.settings import Roster


def read_roster(raw: RawTable, settings: Roster, readers: dict[str, dict[str, Item]], ids: Ids, flow: Flow,
                problems: Problems) -> pd.DataFrame:
    """People with their lasting facts.

    Rules: a blank id is left out and counted; the same person twice in a role is one row if both agree, else an error.

    Parameters
    ----------
    readers : dict
        Role → item → how to read it; only items about the person that the roster has a column for.

    Returns
    -------
    DataFrame
        `key`, `role`, and one column per item.
    """
    keys, roles = id_keys(raw.cells[settings.person]), raw.column(settings.role).str.casefold()
    wrong = ~roles.isin(tables.ROLES) & keys.notna()
    if wrong.any():
        words = ", ".join(f"“{word}”" for word in roles[wrong].fillna("").unique()[:4])
        problems.add(f"{listed_rows(raw.cells.index[wrong])}, column {settings.role}", f"no such role: {words}",
                     expected=did_you_mean(str(roles[wrong].iloc[0]), tables.ROLES), fix="mentor or mentee", file=raw.file)
    flow.add("roster", "read", len(keys), int(keys.nunique()))
    flow.add("roster", "id is blank", int(keys.isna().sum()))
    ids.add(keys, raw.cells[settings.person])
    flow.add("roster", "ids spelled in another way (repaired)", ids.repaired(keys, raw.cells[settings.person]))
    parts = [_one_role(raw, role, keys[(roles == role) & keys.notna()], readers.get(role, {}), flow, problems) for role in tables.ROLES]
    return pd.concat(parts, ignore_index=True)


def _one_role(raw: RawTable, role: str, keys: pd.Series, readers: dict[str, Item], flow: Flow, problems: Problems) -> pd.DataFrame:
    people = pd.DataFrame({"key": keys, "role": pd.Series(role, index=keys.index, dtype="str")})
    for name, item in readers.items():
        people[name] = fact(item, decode(raw, keys.index, item, problems))
    repeated = people.duplicated("key", keep=False)
    clashing = repeated & ~people.duplicated(keep=False)
    if clashing.any():
        problems.add(listed_rows(people.index[clashing]), f"the same {role} stands there with different facts",
                     expected="one row per person and role", fix="correct the rows, or keep the one that holds", file=raw.file)
    flow.add("roster", f"rows that only repeat a {role}", int(people.duplicated("key").sum()))
    return people.drop_duplicates("key")


def fact(item: Item, answers: Decoded) -> np.ndarray | pd.api.extensions.ExtensionArray:
    """A lasting fact as its kind has it: a category as its label, anything else as a number."""
    return tidy(pd.Series(answers.label)).array if item.kind == "category" else answers.value
