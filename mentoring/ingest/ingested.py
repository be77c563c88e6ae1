"""What ingest makes of a study, and how it is written: all files or none."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mentoring import tables


@dataclass(frozen=True)
class Ingested:
    """A study's data, typed, with codes in place of ids.

    Attributes
    ----------
    responses, people, dyads, codebook_items, codebook_labels, exclusions, sources : DataFrame
        As declared in `mentoring.tables`.
    key : DataFrame
        Which id is behind which code. Private.
    linkage : DataFrame
        Ids that could not be linked, with the nearest valid one. Private.
    """

    responses: pd.DataFrame
    people: pd.DataFrame
    dyads: pd.DataFrame
    codebook_items: pd.DataFrame
    codebook_labels: pd.DataFrame
    exclusions: pd.DataFrame
    sources: pd.DataFrame
    key: pd.DataFrame
    linkage: pd.DataFrame

    def write(self, results: Path) -> None:
        """Write everything below a study's `results` folder; nothing is replaced before all is written."""
        results.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".ingest-", dir=results))
        try:
            for name in ("data", "tables", "private"):
                (beside / name).mkdir()
            for table in (tables.RESPONSES, tables.PEOPLE, tables.DYADS, tables.CODEBOOK_ITEMS, tables.CODEBOOK_LABELS):
                table.write(getattr(self, table.name), beside / "data" / f"{table.name}.parquet")
            tables.EXCLUSIONS.write(self.exclusions, beside / "data" / "exclusions_ingest.csv")
            tables.SOURCES.write(self.sources, beside / "tables" / "sources.csv")
            self.key.to_csv(beside / "private" / "people_key.csv", index=False, lineterminator="\n")
            # People type their ids themselves, and this list is opened in a spreadsheet. The key is joined by, so its ids stay as they are.
            self.linkage.apply(tables.guarded).to_csv(beside / "private" / "linkage.csv", index=False, lineterminator="\n")
            for written in sorted(beside.glob("*/*")):
                folder = results / written.parent.name
                # The key to who is who is for the user's own eyes, on a shared machine too.
                folder.mkdir(exist_ok=True, mode=0o700 if folder.name == "private" else 0o777)
                written.replace(folder / written.name)
        finally:
            shutil.rmtree(beside)
