"""Actor and partner effects: does one's own standing go with one's own outcome, and the other side's with it too?

For each role r of a dyad (the actor–partner interdependence model, Kenny, Kashy & Cook 2006, chapter 7)

    outcome_r = a_r + actor_r · own standing + partner_r · the other's standing + e_r,

with a residual variance per role and residuals correlated within the dyad. Where mentors have several mentees, each role has a random
effect per mentor (and per programme, mentee and dyad where rows repeat), correlated across roles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.actor_partner_levels import by_level
from mentoring.models.actor_partner_rows import GROUPS, PairedRows, paired_rows
from mentoring.models.lmm import DyadicFit, lmm_dyads
from mentoring.models.lmm.dyadic import boundary_notes
from mentoring.models.lmm.random_terms import refuse

COLUMNS = ["role", "effect", "estimate", "se", "df", "p", "ci_low", "ci_high", "note"]
SMALL_ACTOR = "the actor effect cannot be told from zero, so its ratio to anything could be any number"


@dataclass(frozen=True)
class Distinguishability:
    """Whether the roles differ in intercept, actor effect, partner effect, residual variance (and what else the model has per role).

    The test is a likelihood ratio of the role-specific model and one whose parameters are equal *across roles* (which does not make actor
    and partner effect equal to each other); maximum likelihood, chi-squared.
    """

    statistic: float
    df: int
    p: float
    note: str = ""

    def __repr__(self) -> str:
        if np.isnan(self.statistic):
            return f"Distinguishability: not tested ({self.note})"
        return f"Distinguishability: LR = {self.statistic:.2f}, df = {self.df}, p = {self.p:.3f}"


@dataclass(frozen=True)
class ActorPartner:
    """What `actor_partner` gives.

    Attributes
    ----------
    effects : DataFrame
        role, effect (actor, partner, k), estimate, se, df, p, ci_low, ci_high, note; the outcome's unit per unit of the predictor.
    distinguishable : Distinguishability
    predictor_too : Distinguishability or None
        The same together with the predictor's mean and variance (two df more, as structural equation programs test it); None unless the dyads
        are independent, each with both sides.
    fits : dict of str to DyadicFit
        ``"main"`` (restricted likelihood), and by maximum likelihood ``"role-specific"`` and ``"same for both"``.
    rows : DataFrame
        The rows the model was fitted to.
    notes : tuple of str
        What was decided about rows and groups, in plain words.
    """

    effects: pd.DataFrame
    distinguishable: Distinguishability
    fits: dict[str, DyadicFit]
    rows: pd.DataFrame
    dropped: int
    notes: tuple[str, ...]
    predictor_too: Distinguishability | None = None

    @property
    def fit(self) -> DyadicFit:
        """The main fit."""
        return self.fits["main"]

    def by_level(self, group: str = "mentor") -> pd.DataFrame:
        """The effects taken apart: within and between groups, and over time (`mentoring.models.actor_partner_levels.by_level`)."""
        role_specific = self.fits["role-specific"]
        return by_level(self.rows, role_specific.formula, role_specific.roles, group)

    def __repr__(self) -> str:
        shown = self.effects.drop(columns="note").round(3).to_string(index=False, na_rep="")
        notes = "".join(f"\nNote: {note}." for note in dict.fromkeys([*self.notes, *self.effects["note"].dropna()]))
        size = f"{self.fit.n_obs} rows, {self.fit.n_dyads} pairs with both reports"
        return f"Actor and partner effects ({size})\n{shown}\n{self.distinguishable}{notes}"


def actor_partner(
    data: pd.DataFrame,
    *,
    outcome: str,
    predictor: str,
    dyad: str = "dyad",
    role: str = "role",
    person: str = "person",
    wave: str = "wave",
    groups: Sequence[str] | None = None,
    lagged: bool = False,
    covariates: Sequence[str] = (),
    distinguishable: bool = True,
    bootstraps: int = 2000,
    seed: int = 1,
) -> ActorPartner:
    """Actor and partner effects of both roles, from one row per person and dyad (and wave).

    Parameters
    ----------
    data : DataFrame
        Long: each row holds a person's own answers. The partner's standing is looked up in the partner's row.
    outcome, predictor : str
        Numeric columns.
    dyad, role : str
        Columns; `role` has two values.
    person : str
        Column with the person's id, if there is one: an outcome that is the same in all of a person's dyads then counts once.
    wave : str
        Column with the wave, a number, if there is one; it enters as groups, by role.
    groups : sequence of str, optional
        Columns of groups that hold dyads whole; those of `program`, `mentor` and `mentee` that are in the data when left out.
    lagged : bool
        Standing at one wave with the outcome at the next, over and above the own outcome before (lagged-dependent APIM).
    covariates : sequence of str
        Further columns, by role.
    distinguishable : bool
        Effects per role; else one actor and one partner effect for both (equal across roles, not to each other).
    bootstraps, seed : int
        Outcomes simulated from the fitted model for the interval of k = partner / actor, variances held at their estimates.

    Returns
    -------
    ActorPartner
        Standard errors and df by Kenward and Roger from restricted likelihood; by Satterthwaite where there are too many rows (`mentoring.lmm_dyads`).

    Raises
    ------
    StudyError
        When a column is missing or holds words, or fewer than three dyads have both sides.

    References
    ----------
    Kenny, Kashy & Cook (2006); Kenny & Ledermann (2010) for k. R: ``nlme::gls(y ~ 0 + role + role:own + role:other, correlation =
    corCompSymm(form = ~ 1 | dyad), weights = varIdent(form = ~ 1 | role))``; with mentors ``nlme::lme`` and
    ``random = ~ 0 + role | mentor``.
    """
    if not isinstance(data, pd.DataFrame):
        raise refuse(f"the data are a {type(data).__name__}", "a pandas DataFrame, one row per person and dyad (and wave)", place="actor_partner")
    known = [name for name in ([*GROUPS] if groups is None else groups) if groups is not None or name in data]
    _check(data, [outcome, predictor], [dyad, role, *known, *covariates], lagged, wave)
    rows = paired_rows(
        data, outcome, predictor, dyad, role, person if person in data else None, wave if wave in data else None, known, lagged, covariates
    )
    separate, same = formulas(rows, covariates, lagged)
    fit = partial(lmm_dyads, data=rows.frame, dyad="pair", role="role")
    fits = {
        "main": fit(separate if distinguishable else same, equal=not distinguishable),
        "role-specific": fit(separate, reml=False),
        "same for both": fit(same, reml=False, equal=True),
    }
    main = fits["main"]
    effects = _effects(main, rows.roles if distinguishable else ("",), bootstraps, seed)
    notes = [*rows.notes, *boundary_notes(main)]
    if not main.can_refit:
        notes.append("groups cross, so the model was not tried without single mentors and programmes")
    test, used = _test(fits), rows.frame.iloc[main.rows].reset_index(drop=True)
    plain = not rows.random and used["pair"].nunique() == used["dyad"].nunique() == main.n_dyads
    return ActorPartner(effects, test, fits, used, rows.dropped, tuple(notes), _with_predictor(test, used, rows.roles) if plain else None)


def formulas(rows: PairedRows, covariates: Sequence[str], lagged: bool) -> tuple[str, str]:
    """The role-specific model, and the one whose parameters are equal across roles."""
    effects = ["actor", "partner", *(["before"] if lagged else [])]
    beside = [name for name in ("wave", *rows.fixed, *covariates) if name in rows.frame and rows.frame[name].nunique() > 1]
    separate = [
        "0 + role",
        *(f"{effect}_{role}" for effect in effects for role in rows.roles),
        *(f"role:{quoted(name)}" for name in beside),
    ]
    same = [*effects, *(quoted(name) for name in beside)]
    for group, roles in rows.random.items():
        if len(roles) == 2:
            separate.append(f"(0 + role | {quoted(group)})")
            # Equal variances and any covariance: what both share, and half of what sets them apart, uncorrelated.
            same += [f"(1 | {quoted(group)})", f"(0 + side | {quoted(group)})"]
        else:
            separate.append(f"(0 + only_{roles[0]} | {quoted(group)})")
            same.append(f"(0 + only_{roles[0]} | {quoted(group)})")
    return f"outcome ~ {' + '.join(separate)}", f"outcome ~ {' + '.join(same)}"


def without_each(result: ActorPartner, group: str) -> pd.DataFrame:
    """The main model refitted without each group in turn: term, level (the group), estimate, se, dfbetas, changes_sign.

    ``dfbetas = (b - b_without) / se_without``; variances are estimated anew. Empty cells where the rest cannot carry the model.
    """
    terms, whole = result.fit.fixed_effects["term"], result.fit.fixed_effects.set_index("term")["estimate"]
    table = pd.concat([
        pd.DataFrame({"term": terms, "level": other.left_out, "estimate": other.estimate, "se": other.se})
        for other in result.fit.without(result.rows[group])
    ], ignore_index=True)  # fmt: skip
    own = table["term"].map(whole)
    return table.assign(dfbetas=(own - table["estimate"]) / table["se"], changes_sign=table["estimate"] * own < 0)


def quoted(name: str) -> str:
    """A column's name as a formula takes it."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f"`{name}`"


def _effects(fit: DyadicFit, roles: Sequence[str], bootstraps: int, seed: int) -> pd.DataFrame:
    table, out = fit.fixed_effects.set_index("term"), []
    generator = np.random.default_rng(seed)
    for role in roles:
        names = [f"{effect}_{role}" if role else effect for effect in ("actor", "partner")]
        label = role or "both"
        for effect, name in zip(("actor", "partner"), names):
            if name in table.index:
                out.append({"role": label, "effect": effect, **table.loc[name].drop("t").to_dict(), "note": None})
            else:
                out.append({"role": label, "effect": effect, "note": "it says what other columns already say, or never differs"})
        out.append({"role": label, "effect": "k", **_ratio(fit, names, bootstraps, generator)})
    return pd.DataFrame(out, columns=COLUMNS)


def _ratio(fit: DyadicFit, names: list[str], bootstraps: int, generator: np.random.Generator) -> dict[str, object]:
    """k = partner / actor with its percentile interval.

    With the variances held, generalised least squares on outcomes simulated from the model gives coefficients that are exactly normal
    around the estimates; they are drawn from that distribution directly.
    """
    table = fit.fixed_effects.set_index("term")
    if not set(names) <= set(table.index):
        return {"note": "one of the two effects could not be estimated"}
    actor, partner = (table.loc[name] for name in names)
    if not (actor["ci_low"] > 0 or actor["ci_high"] < 0):
        return {"note": SMALL_ACTOR}
    mean, covariance = np.array([actor["estimate"], partner["estimate"]]), fit.vcov.loc[names, names].to_numpy()
    drawn = generator.multivariate_normal(mean, covariance, bootstraps, method="cholesky")
    low, high = np.percentile(drawn[:, 1] / drawn[:, 0], [2.5, 97.5])
    return {"estimate": partner["estimate"] / actor["estimate"], "ci_low": low, "ci_high": high, "note": None}


def _test(fits: dict[str, DyadicFit]) -> Distinguishability:
    full, same = fits["role-specific"], fits["same for both"]
    df = full.n_parameters - same.n_parameters
    statistic = max(0.0, 2 * (full.loglik - same.loglik))
    note = "a variance or correlation is at its boundary, so p is approximate" if full.singular or same.singular else ""
    return Distinguishability(statistic, df, float(stats.chi2.sf(statistic, df)), note)


def _with_predictor(test: Distinguishability, rows: pd.DataFrame, roles: Sequence[str]) -> Distinguishability:
    """The test with equal mean and variance of the predictor as well.

    The likelihood of both is that of the predictor times that of the outcome given it, so the statistics add up: ``n (log|S₀| − log|S|)``, S₀ with
    one mean and one variance for both roles (Kenny, Kashy & Cook 2006, chapter 6).
    """
    x = rows.pivot(index="pair", columns="role", values="actor")[list(roles)].to_numpy()
    apart, together = x - x.mean(axis=0), x - x.mean()
    free = apart.T @ apart / len(x)
    variance, covariance = (together**2).mean(), (together[:, 0] * together[:, 1]).mean()
    same = np.array([[variance, covariance], [covariance, variance]])
    (sign, log_free), (_, log_same) = np.linalg.slogdet(free), np.linalg.slogdet(same)
    if sign <= 0:
        return Distinguishability(np.nan, test.df + 2, np.nan, "one side’s standing does not vary, or both are the same")
    statistic = test.statistic + len(x) * (log_same - log_free)
    return Distinguishability(float(statistic), test.df + 2, float(stats.chi2.sf(statistic, test.df + 2)), test.note)


def _check(data: pd.DataFrame, numbers: Sequence[str], others: Sequence[str], lagged: bool, wave: str) -> None:
    if numbers[0] == numbers[1]:
        raise refuse(f"“{numbers[0]}” is outcome and predictor", "two columns", place="actor_partner")
    problems = [
        Problem("actor_partner", f"“{name}”", "the data have no such column", did_you_mean(name, map(str, data.columns)))
        for name in dict.fromkeys([*numbers, *others])
        if name not in data
    ]
    problems += [
        Problem("actor_partner", f"“{name}”", "several columns are called so", "one")
        for name in dict.fromkeys([*numbers, *others])
        if list(data.columns).count(name) > 1
    ]
    if problems:
        raise StudyError(problems)
    problems += [
        Problem("actor_partner", f"“{name}”", "it holds words", "a scale or an item with a number")
        for name in numbers
        if name in data and not pd.api.types.is_numeric_dtype(data[name])
    ]
    if problems:
        raise StudyError(problems)
    if lagged and (wave not in data or data[wave].nunique() < 2):
        raise refuse("there is only one wave", "two or more waves in the column named by `wave`", place="actor_partner")
