"""The tables a report is made from, as they stand in `results/`; one that is absent is an empty table, never an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mentoring import tables
from mentoring.study import Study

_CHOICES = ("within mentor", "between mentors", "all")
EFFECT_LINES = next((table for table in tables.ALL if table.name == "effect_lines"), tables.Table(
    "effect_lines", "one point of the line a question's model predicts along one term",
    (
        tables.QUESTION, tables.Column("term", "text", "The term."),
        tables.Column("level", "text", "Within a mentor's mentees, between mentors, or all in one.", choices=_CHOICES),
        tables.Column("x", "number", "Value of the similarity."),
        tables.Column("predicted", "number", "Predicted outcome, the other terms at their mean.", "not estimated"), *tables.INTERVAL,
    ),
))
_PARQUET = ("codebook_items", "codebook_labels", "responses", "people", "dyads", "scores", "analysis")


@dataclass(frozen=True)
class Results:
    """A study and everything its steps have written.

    Attributes
    ----------
    study : Study
    folder : Path
        `results/`.
    """

    study: Study
    folder: Path
    _tables: dict[str, pd.DataFrame] = field(repr=False, default_factory=dict)

    @classmethod
    def read(cls, study: Study, folder: Path) -> Results:
        """Read every table there is."""
        found: dict[str, pd.DataFrame] = {}
        for table in {table.name: table for table in (*tables.ALL, EFFECT_LINES)}.values():
            path = folder / "data" / f"{table.name}.parquet" if table.name in _PARQUET else folder / "tables" / f"{table.name}.csv"
            found[table.name] = table.read(path) if path.is_file() else table.frame(pd.DataFrame(columns=table.names))
        return cls(study, Path(folder), found)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._tables[name]

    @property
    def smallest(self) -> int:
        """Smallest group that may be shown."""
        return self.study.about.privacy.smallest_cell
