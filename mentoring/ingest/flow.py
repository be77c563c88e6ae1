"""What was read, repaired and left out, counted on the way (the flow diagram's first numbers)."""

from __future__ import annotations

import pandas as pd

from mentoring import tables


class Flow:
    """Rows of the table `exclusions`, in the order of the work."""

    def __init__(self) -> None:
        self._rows: list[dict[str, object]] = []

    def add(self, step: str, reason: str, rows: int | None = None, people: int | None = None, dyads: int | None = None) -> None:
        """Note one count; a reason that concerns nothing is not noted."""
        if any(count for count in (rows, people, dyads)):
            self._rows.append({"step": f"ingest: {step}", "reason": reason, "rows": rows, "people": people, "dyads": dyads})

    def extend(self, other: Flow) -> None:
        """Take over another's counts."""
        self._rows += other._rows

    def frame(self) -> pd.DataFrame:
        """As `tables.EXCLUSIONS`."""
        return tables.EXCLUSIONS.frame(self._rows)
