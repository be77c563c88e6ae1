"""One-with-many: what in two sides' answers is the mentor's, the relationship's and the moment's, and does one side's answer the other's?

Both sides' answers are stacked. For role r of relationship i of mentor j at wave t

    y = mean_rt + u_jr (mentor) + d_ijr (relationship) + e_ijtr (moment),

each part with a variance per role and a correlation of the two roles (Cholesky parameters, so none can pass one). With one wave,
relationship and moment are one. Kenny, Kashy & Cook (2006, chapter 10); Marcus, Kashy & Baldwin (2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.actor_partner_rows import about_oneself, groups_of
from mentoring.models.lmm import DyadicFit, lmm_dyads
from mentoring.models.lmm.dyadic import NEAR, DyadicBootstrap, boundary_notes
from mentoring.models.lmm.random_terms import refuse

COLUMNS = ["topic", "quantity", "of", "n", "estimate", "se", "df", "p", "ci_low", "ci_high", "method", "note"]
METHOD = "parametric bootstrap, percentile"
# What the sum of the levels is called in each group's row.
LEVELS = {"program": "programme", "mentor": "mentor", "dyad": "relationship", "Residual": "moment and error"}
# A percentile interval from fewer usable refits than this share would hide the others.
MOST_LOST = 0.1
Draws = dict[str, np.ndarray]


@dataclass(frozen=True)
class Reciprocity:
    """What `reciprocity` gives.

    Attributes
    ----------
    quantities : DataFrame
        topic, quantity, of, n, estimate, se, df, p, ci_low, ci_high, method, note.
    fit : DyadicFit
    draws : DyadicBootstrap
        Behind the intervals.
    rows : DataFrame
        The rows used, one per answer.
    level : str
        The group whose correlation is the dyadic reciprocity: "dyad" with several waves, else "Residual".
    notes : tuple of str
    """

    quantities: pd.DataFrame
    fit: DyadicFit
    draws: DyadicBootstrap
    rows: pd.DataFrame
    level: str
    dropped: int
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        shown = self.quantities.drop(columns=["method", "note", "se", "df"]).round(3).to_string(index=False, na_rep="")
        return f"Two sides of one relationship ({self.fit.n_obs} answers, {self.fit.n_dyads} pairs)\n{shown}"


def reciprocity(
    data: pd.DataFrame, *, answer: str, dyad: str = "dyad", role: str = "role", one: str = "mentor", wave: str = "wave", bootstraps: int = 1000,
    seed: int | np.random.SeedSequence = 1, one_role: str | None = None,
) -> Reciprocity:  # fmt: skip
    """Consensus, assimilation, generalised and dyadic reciprocity, with variance shares and intervals.

    Parameters
    ----------
    data : DataFrame
        Long: one row per person and dyad (and wave).
    answer : str
        A number that both roles gave about the relationship.
    dyad, role : str
        Columns; `role` has two values.
    one : str
        Column with the person who has several partners (the mentor); left out where it is not in the data. A column `program` is
        taken up where it is there.
    wave : str
        Column with the wave, if there is one.
    bootstraps, seed : int
        Outcomes simulated from the fitted model and refitted, for all intervals.
    one_role : str, optional
        The value of `role` in rows that the one answered; left out: the one that is called like `one`, or “mentor”.

    Returns
    -------
    Reciprocity
        `generalised reciprocity`: correlation of the one's average answer with the average answer about the one. `dyadic reciprocity`:
        correlation of the two answers about a relationship beyond that.

    Raises
    ------
    StudyError
        When columns do not fit, when the answer is about a person rather than a relationship, or with fewer than three pairs.

    Notes
    -----
    R: ``nlme::lme(y ~ 0 + role, random = ~ 0 + role | mentor, correlation = corCompSymm(form = ~ 1 | mentor/dyad), weights =
    varIdent(form = ~ 1 | role))``.
    """
    _check(data, answer, dyad, role)
    rows = pd.DataFrame({"dyad": data[dyad], "role": data[role].astype("str"), "wave": data.get(wave, 1)})
    rows["outcome"] = data[answer].astype("float64")
    for group, column in (("program", "program"), ("mentor", one), ("mentee", "mentee")):
        if column in data:
            rows[group] = data[column]
    known = rows[rows[["dyad", "role", "wave", "outcome"]].notna().all(axis=1)].reset_index(drop=True)
    roles = sorted(known["role"].unique())
    if len(roles) != 2:
        raise refuse(f"“{role}” has {len(roles)} values with answers", "two roles, such as mentor and mentee", place="reciprocity")
    theirs = _role_of_the_one(roles, one, one_role) if "mentor" in known else None
    for about in [theirs] if theirs else roles if "mentor" in known else []:
        if about_oneself(known[known["role"] == about].assign(person=known["mentor"])):
            raise refuse(f"“{answer}” is the same in all of a {about}’s relationships: it is about the {about}",
                         "an answer about the relationship", place="reciprocity")  # fmt: skip
    partners = known.groupby("mentee")["mentor"].nunique() if {"mentor", "mentee"} <= set(known) else pd.Series(dtype=int)
    several = known["wave"].nunique() > 1
    known["pair"] = known["dyad"].astype("str") + (" at " + known["wave"].astype("str") if several else "")
    known["wave"] = "wave " + known["wave"].astype("str")
    random, fixed, notes = groups_of(known, roles, [group for group in ("program", "mentor") if group in known])
    wanted = [f"(0 + {'role' if len(who) == 2 else f'only_{who[0]}'} | {group})" for group, who in random.items()]
    for name in roles:
        known[f"only_{name}"] = (known["role"] == name).astype(float)
    beside = [f"role:{name}" for name in ("wave", *fixed) if known[name].nunique() > 1]
    fit = lmm_dyads(f"outcome ~ {' + '.join(['0 + role', *beside, *wanted])}", known, dyad="pair", role="role")
    level = "dyad" if len(random.get("dyad", ())) == 2 else "Residual"
    draws = fit.bootstrap(bootstraps, seed)
    table = pd.DataFrame([*_shares(fit, draws, theirs, one), *_reciprocities(fit, draws, level, several), *_absolute(fit, draws)], columns=COLUMNS)
    again = int((partners > 1).sum())
    twice = [f"{again} mentees have several mentors, and count as a different person in each of these relationships"] if again else []
    told = (*notes, *twice, *boundary_notes(fit))
    return Reciprocity(table, fit, draws, known.iloc[fit.rows].reset_index(drop=True), level, len(rows) - len(known), told)


def _check(data: pd.DataFrame, answer: str, dyad: str, role: str) -> None:
    for name in (answer, dyad, role):
        if name not in data:
            raise StudyError(
                Problem("reciprocity", f"“{name}”", "the data have no such column", did_you_mean(name, map(str, data.columns)))
            )
    if not pd.api.types.is_numeric_dtype(data[answer]):
        raise refuse(f"“{answer}” holds words", "a scale or an item with a number", place="reciprocity")


def _role_of_the_one(roles: list[str], one: str, named: str | None) -> str | None:
    """Which role the person has who has several partners; None where the names do not tell."""
    if named is not None and str(named) not in roles:
        raise refuse(f"no role is called “{named}”", did_you_mean(str(named), roles), place="reciprocity")
    return next((role for role in ([str(named)] if named is not None else [one, "mentor"]) if role in roles), None)


def _shares(fit: DyadicFit, draws: DyadicBootstrap, theirs: str | None, one: str) -> list[dict[str, object]]:
    """Each level's share in the variance of each role's answers; at the mentor's level: assimilation and consensus."""
    rows: list[dict[str, object]] = []
    named: list[dict[str, object]] = []

    def share(of: Draws, group: str, place: int) -> np.ndarray:
        return of[group][..., place, place] / total_variance(of)[..., place]

    for place, role in enumerate(fit.roles):
        for group in fit.covariances:
            found = _summary(partial(share, group=group, place=place), fit, draws)
            rows.append({"topic": "variance", "quantity": one if group == "mentor" else LEVELS[group], "of": role, **found})
            if group == "mentor":
                # The one's answers are alike over partners (assimilation); the partners' answers about the one agree (consensus).
                name = "consensus or assimilation" if theirs is None else "assimilation" if role == theirs else "consensus"
                untold = {} if theirs else {"note": f"which role the {one} has is not said: `one_role`"}
                named.append({"topic": "reciprocity", "quantity": name, "of": role, **found, **untold})
    return rows + named


def _reciprocities(fit: DyadicFit, draws: DyadicBootstrap, level: str, several: bool) -> list[dict[str, object]]:
    """The two roles' correlations at the mentor's level, the relationship's, and that of the moment."""
    rows: list[dict[str, object]] = []
    names = [("mentor", "generalised reciprocity"), (level, "dyadic reciprocity")]
    names += [("Residual", "reciprocity of the moment")] if several and level != "Residual" else []

    def correlation(of: Draws, group: str) -> np.ndarray:
        return correlations(of[group], total_variance(of))

    for group, name in names:
        row: dict[str, object] = {"topic": "reciprocity", "quantity": name}
        if group not in fit.covariances:
            rows.append({**row, "note": "no mentor has several mentees with answers of both sides"})
            continue
        found = _summary(partial(correlation, group=group), fit, draws, tested=True)
        if abs(float(correlation(fit.covariances, group))) > 1 - NEAR:
            found["note"] = "estimated at the boundary of what is possible"
        rows.append({**row, **found})
        if name == "dyadic reciprocity":
            ends = _summary(partial(correlation, group=group), fit, draws, level=0.90)
            rows.append({**row, "quantity": "dyadic reciprocity, 90 % interval", **ends, "method": f"{METHOD} (90 %)"})
    return rows


def _absolute(fit: DyadicFit, draws: DyadicBootstrap) -> list[dict[str, object]]:
    """Rank agreement of all, within and between mentors, and ICC(A,1), from the model's variances and means."""
    contrast = _gap_contrast(fit)
    beta, spread = fit.fixed_effects["estimate"].to_numpy(), float(contrast @ fit.vcov.to_numpy() @ contrast)

    def rank(of: Draws, groups: tuple[str, ...]) -> np.ndarray:
        return correlations(np.sum([of[group] for group in groups], axis=0), total_variance(of))

    def icc(of: Draws) -> np.ndarray:
        total = np.sum(list(of.values()), axis=0)
        gap = draws.coefficients @ contrast if total.ndim == 3 else beta @ contrast
        # The squared gap of two estimated means is too large by its sampling variance, as in ICC(A,1)'s mean squares.
        return 2 * total[..., 0, 1] / (total[..., 0, 0] + total[..., 1, 1] + gap**2 - spread)

    every = tuple(fit.covariances)
    inside = tuple(group for group in every if group in ("dyad", "Residual"))
    outside = tuple(group for group in every if group not in inside)
    rows: list[dict[str, object]] = []
    for name, groups in (("all relationships", every), ("within mentors", inside), ("between mentors", outside)):
        if groups and (name != "within mentors" or outside):
            found = _summary(partial(rank, groups=groups), fit, draws)
            rows.append({"topic": "agreement", "quantity": "rank agreement (r)", "of": name, **found})
    rows.append({"topic": "agreement", "quantity": "absolute agreement, ICC(A,1)", "of": "all relationships", **_summary(icc, fit, draws)})
    return rows


def correlations(matrices: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Correlation in (…, 2, 2) covariance matrices; NaN where a variance is nothing beside the total."""
    one, two, both = matrices[..., 0, 0], matrices[..., 1, 1], matrices[..., 0, 1]
    there = np.minimum(one / total[..., 0], two / total[..., 1]) > NEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(there, np.clip(both / np.sqrt(one * two), -1, 1), np.nan)


def total_variance(of: Draws) -> np.ndarray:
    """Variance of each role's answers, levels added up, shape (…, 2)."""
    total = np.sum(list(of.values()), axis=0)
    return np.stack([total[..., 0, 0], total[..., 1, 1]], axis=-1)


def _gap_contrast(fit: DyadicFit) -> np.ndarray:
    """Second role's mean minus the first's, averaged over waves and programmes."""
    terms = list(fit.vcov.index)
    sign = np.array([-1.0 if f"role[{fit.roles[0]}]" in term else 1.0 for term in terms])
    beside = [term.split(":")[1].split("[")[0] if ":" in term else "" for term in terms]
    # Each role has one term per group but the first, so a group's share in the mean is one over the number of groups.
    sizes = {
        name: sum(1 for term, other in zip(terms, beside) if other == name and f"role[{fit.roles[0]}]" in term) + 1 for name in set(beside)
    }
    return sign * np.array([1 / sizes[name] if name else 1.0 for name in beside])


def _summary(
    what: Callable[[Draws], np.ndarray], fit: DyadicFit, draws: DyadicBootstrap, tested: bool = False, level: float = 0.95
) -> dict[str, object]:
    """Estimate with its bootstrap standard error, interval and (for a correlation) two-sided p."""
    estimate, drawn = float(what(fit.covariances)), what(draws.covariances)
    good = drawn[np.isfinite(drawn)]
    row: dict[str, object] = {"n": fit.n_dyads, "estimate": estimate, "method": METHOD, "note": None}
    if not np.isfinite(estimate):
        return {**row, "method": None, "note": "a variance is estimated as zero, so there is no correlation"}
    if len(good) < (1 - MOST_LOST) * len(drawn):
        return {
            **row,
            "method": None,
            "note": f"no interval: a variance came out as zero in {len(drawn) - len(good)} of {len(drawn)} simulated data sets",
        }
    low, high = np.quantile(good, [(1 - level) / 2, (1 + level) / 2])
    row |= {"se": float(good.std(ddof=1)), "ci_low": float(low), "ci_high": float(high)}
    if tested:
        row["p"] = float(min(1.0, 2 * (1 + min((good <= 0).sum(), (good >= 0).sum())) / (1 + len(good))))
    return row
