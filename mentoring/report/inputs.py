"""The tables a report is made from, as they stand in `results/`; one that is absent is an empty table, never an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mentoring import tables
from mentoring.study import Study

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
    def read(cls, study: Study, folder: Path | None = None) -> Results:
        """Read every table there is; from the study's own `results/` unless another folder is named."""
        folder = Path(folder) if folder else study.folder / "results"
        found: dict[str, pd.DataFrame] = {}
        for table in tables.ALL:
            path = folder / "data" / f"{table.name}.parquet" if table.name in _PARQUET else folder / "tables" / f"{table.name}.csv"
            found[table.name] = table.read(path) if path.is_file() else table.frame(pd.DataFrame(columns=table.names))
        return cls(study, folder, found)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._tables[name]

    @property
    def smallest(self) -> int:
        """Smallest group that may be shown."""
        return self.study.about.privacy.smallest_cell
