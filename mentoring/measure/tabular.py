"""Answers as a table of numbers, from whatever holds them; refused in plain words where they are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mentoring.errors import Problem, Problems, StudyError


def numeric(items: pd.DataFrame | ArrayLike, place: str) -> pd.DataFrame:
    """A column of floats per item; blanks and missing answers are NaN.

    Parameters
    ----------
    items : DataFrame or array, shape (people, items)
        Numbers, or numbers written as text.
    place : str
        What is being computed, for the message.

    Raises
    ------
    StudyError
        Words and infinite numbers, by column; or no table at all.
    """
    frame = items if isinstance(items, pd.DataFrame) else _framed(items, place)
    if all(dtype == np.float64 for dtype in frame.dtypes) and not np.isinf(frame.to_numpy()).any():
        return frame
    found, problems = {}, Problems()
    for at, name in enumerate(frame.columns):
        own = frame.iloc[:, at].astype("object")
        own = own.where(own.notna() & (own.astype(str).str.strip() != ""), None)
        number = pd.to_numeric(own, errors="coerce").astype("float64")
        wrong = own[own.notna() & ~np.isfinite(number)]
        if len(wrong):
            problems.add(place, f"column {name} holds “{wrong.iloc[0]}”, which is no number", expected="numbers, or nothing where there is no answer")
        found[at] = number
    problems.raise_if_any()
    return pd.DataFrame(found, index=frame.index).set_axis(frame.columns, axis=1)


def same_length(labels: Sequence[object] | None, rows: int, name: str, place: str) -> None:
    """Refuse labels (clusters, groups) that are not one per row."""
    if labels is not None and len(labels) != rows:
        raise StudyError(Problem(place, name, f"{len(labels)} labels for {rows} rows", "one for each row"))


def _framed(items: ArrayLike, place: str) -> pd.DataFrame:
    try:
        values = np.asarray(items)
    except ValueError:
        values = np.empty(0)
    if values.ndim != 2:
        raise StudyError(Problem(place, "items", f"what was given has {values.ndim} dimension{'s' if values.ndim != 1 else ''}", "a row per person and a column per item"))
    return pd.DataFrame(values)
