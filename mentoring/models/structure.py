"""Who is nested in whom: which random effects a table of relationships can carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

FEWEST_RANDOM = 5
FEWEST_CROSSED = 10


@dataclass(frozen=True)
class Structure:
    """The grouping of a table of relationships.

    Attributes
    ----------
    random : tuple of str
        Columns that get a random intercept, outermost first.
    fixed : tuple of str
        Columns with too few groups for a random intercept, which enter as groups instead.
    notes : tuple of str
        What was decided and why, in plain words.
    """

    random: tuple[str, ...]
    fixed: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def terms(self) -> str:
        """The random part, in lme4's notation."""
        return " + ".join(f"(1 | {group})" for group in self.random)


def diagnose(rows: pd.DataFrame, candidates: Sequence[str] = ("program", "mentor", "mentee", "dyad")) -> Structure:
    """Which of the groupings the rows can tell apart.

    A grouping gets a random intercept when some of its groups have more than one row, it has fewer groups than rows, and it does
    not split the rows just as another one does (when every mentor has one mentee, mentor and relationship are the same thing).
    Mentees get one beside their relationships when at least ten have several mentors: with fewer, the two cannot be told apart.
    Programmes need at least five groups, else they enter as fixed effects.

    # ASSUME: programmes are a sample of programmes when there are five or more of them; with fewer, their variance cannot be
    # estimated and the answer is about these programmes only.

    Parameters
    ----------
    rows : DataFrame
        The complete rows of a model, with the candidate columns.
    """
    random: list[str] = []
    fixed: list[str] = []
    notes: list[str] = []
    seen: dict[bytes, str] = {}
    for name in candidates:
        if name not in rows or rows[name].isna().any():
            if name in rows and rows[name].notna().any():
                notes.append(f"{name} is not known for every row, so it is left out of the model")
            continue
        codes = pd.factorize(rows[name])[0]
        groups = codes.max() + 1 if len(codes) else 0
        if groups < 2 or groups == len(rows):
            continue
        if name == "program" and groups < FEWEST_RANDOM:
            seen[codes.astype(np.int64).tobytes()] = name
            if "mentor" in rows and rows["mentor"].nunique() < 2 * groups:
                notes.append(f"the {groups} programmes are left out: fewer than two mentors in each cannot be told from their programme")
                continue
            fixed.append(name)
            notes.append(f"the {groups} programmes enter as fixed effects: fewer than {FEWEST_RANDOM} do not show how programmes vary")
            continue
        if name == "mentee" and "dyad" in candidates and 0 < (several := _with_several(rows)) < FEWEST_CROSSED:
            notes.append(f"only {several} mentees have several mentors, too few to tell mentees and relationships apart, so the "
                         "relationship stands for both")
            continue
        same = seen.setdefault(codes.astype(np.int64).tobytes(), name)
        if same != name:
            notes.append(f"{name} and {same} divide the rows alike, so {same} stands for both")
            continue
        random.append(name)
    return Structure(tuple(random), tuple(fixed), tuple(notes))


def _with_several(rows: pd.DataFrame) -> int:
    """How many mentees have more than one relationship."""
    return int((rows.groupby("mentee")["dyad"].nunique() > 1).sum())
