"""The difference in one column that goes with another, with standard errors that hold for answers clustered in few mentors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.lmm import cr2, lmm
from mentoring.models.lmm.cr2 import FEWEST_DF
from mentoring.models.multiplicity import adjust

Row = dict[str, object]
# Of each outcome in each group, so many, or the group's own part of the standard error is far too small.
FEWEST_COUNTS = 5
NUMBERS = ("se", "df", "p", "ci_low", "ci_high")


def difference(data: pd.DataFrame, outcome: str, predictor: str) -> Row:
    """How a column differs with another one, waves held: ordinary least squares, CR2 standard errors by mentor (`mentoring.models.lmm.cr2`).

    # ASSUME: shares are compared by a linear model (differences of shares), which is right on average whatever the shape; a mentee of
    # several mentors counts as several, since clusters are mentors.

    Parameters
    ----------
    data : DataFrame
        Complete rows with the two columns (numbers), `mentor`, and `wave` where several waves are to be held.

    Returns
    -------
    dict
        `estimate, se, df, p, ci_low, ci_high, note`; what cannot be estimated is absent and `note` says why.

    Notes
    -----
    R: ``clubSandwich::coef_test(lm(outcome ~ predictor + factor(wave)), "CR2", mentor)``.
    """
    if data[outcome].nunique() < 2 or data[predictor].nunique() < 2:
        return {"note": "nothing differs here: one of the two is the same in all rows"}
    if data["mentor"].nunique() < 3:
        return {"note": "there are fewer than three mentors"}
    waves = " + wave" if "wave" in data and data["wave"].nunique() > 1 else ""
    rows = data.assign(wave="wave " + data["wave"].astype(str)) if waves else data
    try:
        table = cr2(lmm(f"{outcome} ~ {predictor}{waves}", rows), "mentor").set_index("term").replace([np.inf], np.nan)
    except StudyError as error:
        return {"note": "; ".join(problem.found for problem in error.problems)}
    if predictor not in table.index or not np.isfinite(table.loc[predictor, "estimate"]):
        return {"note": "it cannot be told from the waves"}
    row = table.loc[predictor]
    if not row["df"] >= FEWEST_DF or not row["se"] > 0:
        return {
            "estimate": float(row["estimate"]),
            "note": f"no interval: it rests on too few mentors (fewer than {FEWEST_DF:g} degrees of freedom)",
        }
    return {"estimate": float(row["estimate"]), **{name: float(row[name]) for name in NUMBERS}}


def contrasts(values: pd.Series, most: int) -> list[tuple[str | None, pd.Series, str]]:
    """A column as what is compared: a number in standard deviations, or each group (0/1) against all others.

    Of two groups only the rarer is compared, since the other comparison is the same.

    Returns
    -------
    list of (level, numbers, note)
        `level` is None for a number; where there are too many groups to compare, one entry with a note.
    """
    known = values.dropna()
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and known.nunique() > 2:
        spread = float(known.astype(float).std())
        return [(None, (values.astype(float) - known.astype(float).mean()) / spread, "")]
    names = values.astype("object").map(lambda value: None if pd.isna(value) else str(value).removesuffix(".0"))
    levels = names.value_counts().sort_index(kind="stable")
    if len(levels) < 2:
        return [(None, pd.Series(np.nan, index=values.index), "the same for everyone, or not known")]
    if len(levels) > most:
        return [(None, pd.Series(np.nan, index=values.index), f"{len(levels)} different groups are too many to compare")]
    chosen = [levels.idxmin()] if len(levels) == 2 else list(levels.index)
    return [(level, (names == level).astype(float).where(names.notna()), "") for level in chosen]


def too_rare(flag: pd.Series, groups: pd.Series | None = None) -> bool:
    """Whether yes or no is rarer than `FEWEST_COUNTS`, in all rows or (with 0/1 groups) in either group."""
    parts = [flag] if groups is None else [flag[groups == 1], flag[groups == 0]]
    return any(min(int(part.sum()), int((~part.astype(bool)).sum())) < FEWEST_COUNTS for part in parts)


def corrected(rows: list[Row]) -> list[Row]:
    """Rows with `p_adjusted`: Benjamini-Hochberg over all that have a p."""
    p = pd.Series([row.get("p") for row in rows], dtype="float64")
    return [
        row | ({"p_adjusted": float(value)} if np.isfinite(value) else {}) for row, value in zip(rows, adjust(p, "secondary"), strict=True)
    ]
