"""From a planned model and its rows to what yes/no and ordered models need: codes, predictors that can be estimated, clusters that stand alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mentoring.errors import Problem, StudyError
from mentoring.models.generalised.separation import separated
from mentoring.models.generalised.steps import make_steps
from mentoring.models.lmm.aliasing import independent_columns
from mentoring.models.lmm.design import make_design


@dataclass(frozen=True)
class Prepared:
    """A model's data.

    Attributes
    ----------
    y : ndarray of int, shape (n,)
        0 … C − 1.
    codes : ndarray, shape (C,)
        The outcome's values behind them, rising.
    X : ndarray, shape (n, p)
        Predictors without a constant, of full rank, not separated.
    terms : tuple of str
    lost : dict of str to str
        Terms without an estimate, and why.
    groups : dict of str to ndarray
        Grouping factors of the random intercepts, by name.
    mentor, mentee : ndarray, shape (n,)
    cluster : ndarray, shape (n,)
        Mentors; those who share a mentee belong to one cluster.
    rows : ndarray of int
        Positions of the rows used, in the data given.
    notes : tuple of str
    """

    y: np.ndarray
    codes: np.ndarray
    X: np.ndarray
    terms: tuple[str, ...]
    lost: dict[str, str]
    groups: dict[str, np.ndarray]
    mentor: np.ndarray
    mentee: np.ndarray
    cluster: np.ndarray
    rows: np.ndarray
    notes: tuple[str, ...]


def prepare(formula: str, data: pd.DataFrame, outcome: str, alone: bool = False) -> Prepared:
    """Build the model's data; `alone`: without a look at who is whose mentor, each row a cluster of its own.

    Raises
    ------
    StudyError
        When formula or data cannot carry a model.
    """
    design = make_design(formula, data)
    if any(level.q != 1 or level.effects != ["Intercept"] or level.shares is not None for level in design.levels):
        raise _problem(outcome, "the random part holds more than intercepts", "random intercepts, such as (1 | mentor)")
    names = [term for term in design.terms if term != "Intercept"]
    X = design.X[:, [design.terms.index(name) for name in names]]
    lost = dict.fromkeys(design.aliased, "other terms already say the same")
    used = data.iloc[design.rows]
    groups = {level.name: level.codes for level in design.levels}
    mentor, mentee = (np.arange(len(used)) if alone else used[name].to_numpy() for name in ("mentor", "mentee"))
    return _prepared(outcome, design.y, X, names, lost, groups, mentor, mentee, design.rows)


def keep(whole: Prepared, rows: np.ndarray, outcome: str) -> Prepared:
    """Some of the rows (a mask), as if there were no others: with their own codes, terms and clusters.

    Raises
    ------
    StudyError
        When they cannot carry a model.
    """
    groups = {name: codes[rows] for name, codes in whole.groups.items()}
    people = whole.mentor[rows], whole.mentee[rows]
    return _prepared(outcome, whole.codes[whole.y[rows]], whole.X[rows], list(whole.terms), whole.lost, groups, *people, whole.rows[rows])


def _prepared(
    outcome: str, values: np.ndarray, X: np.ndarray, names: list[str], lost: dict[str, str], groups: dict[str, np.ndarray], mentor: np.ndarray,
    mentee: np.ndarray, rows: np.ndarray,
) -> Prepared:  # fmt: skip
    codes, y = np.unique(values, return_inverse=True)
    if len(codes) < 2:
        raise _problem(outcome, "the same in every row", "an outcome that differs")
    used, X, names, more, notes = _without_separation(y, X, names)
    if len(np.unique(y[used])) < len(codes) or (len(used) < len(y) and len(used) <= X.shape[1] + len(codes)):
        raise _problem(
            outcome,
            "the predictors decide all of its answers, or all of one kind (separation)",
            "answers that differ between relationships that are otherwise alike",
        )
    if len(used) <= X.shape[1] + len(codes):
        raise _problem(outcome, f"only {len(used)} rows for {X.shape[1]} terms", "more rows, or fewer terms")
    cluster, shared = clusters(mentor[used], mentee[used])
    if shared:
        notes.append(f"{shared} mentors share mentees with others; such mentors count as one cluster")
    return Prepared(
        y[used],
        codes,
        X,
        tuple(names),
        {**lost, **more},
        {name: own[used] for name, own in groups.items()},
        mentor[used],
        mentee[used],
        cluster,
        rows[used],
        tuple(notes),
    )


def _without_separation(
    y: np.ndarray, X: np.ndarray, names: list[str]
) -> tuple[np.ndarray, np.ndarray, list[str], dict[str, str], list[str]]:
    """Set aside rows whose answer some predictors decide, and those predictors: their coefficients have no finite estimate.

    The estimates of the others are then what the likelihood approaches along the way to infinity.
    """
    lost: dict[str, str] = {}
    notes: list[str] = []
    used = np.arange(len(y))
    while True:
        kept = _estimable(X[used])
        for name in (name for place, name in enumerate(names) if place not in kept):
            lost.setdefault(name, "it does not differ between the rows that are left")
        X, names = X[:, kept], [names[place] for place in kept]
        if len(np.unique(y[used])) < 2 or len(np.unique(y[used])) < len(np.unique(y)):
            return used, X[used], names, lost, notes
        off, decided = separated(make_steps(y[used], X[used]))
        if not len(decided):
            return used, X[used], names, lost, notes
        apart = [name for name, away in zip(names, off[len(off) - len(names) :]) if away]
        if not apart:
            return used, X[used], names, lost, notes
        why = "it decides the outcome of some rows entirely (separation), so no finite number fits best"
        lost |= dict.fromkeys(apart, why)
        notes.append(f"{len(decided)} rows are set aside, because {', '.join(apart)} decides their outcome entirely (separation)")
        used = np.delete(used, decided)
        keep = [place for place, name in enumerate(names) if name not in apart]
        X, names = X[:, keep], [names[place] for place in keep]


def _estimable(X: np.ndarray) -> list[int]:
    """Columns that are not combinations of a constant and those before them."""
    if not len(X):
        return []
    whole = np.column_stack([np.ones(len(X)), X])
    return [int(place) - 1 for place in independent_columns(whole, ["Intercept", *map(str, range(X.shape[1]))]) if place > 0]


def clusters(mentor: np.ndarray, mentee: np.ndarray) -> tuple[np.ndarray, int]:
    """Cluster of each row such that no mentor and no mentee stands in two; and how many mentors share one with others."""
    left, right = pd.factorize(mentor)[0], pd.factorize(mentee)[0]
    size, more = left.max() + 1, right.max() + 1
    graph = coo_array((np.ones(len(left)), (left, size + right)), shape=(size + more, size + more))
    labels = connected_components(graph, directed=False)[1]
    of_mentor = labels[:size]
    return labels[left], int((np.bincount(of_mentor)[of_mentor] > 1).sum())


def _problem(outcome: str, found: str, expected: str) -> StudyError:
    return StudyError(Problem("", f"outcome {outcome}", found, expected))
