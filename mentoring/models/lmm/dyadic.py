"""Two reports per dyad: a mixed model whose residuals differ by role and are correlated within the dyad.

The one-with-many design: a mentor and each mentee both report. Mentors have one random effect per role (``(0 + role | mentor)``: what
mentors say about all their mentees, what all mentees say about their mentor), and the two reports of a dyad share a residual covariance

    Cov(e_1, e_2) = σ² [[1, ρw], [ρw, w²]].

Groups that nest, with effects by role only, go to `dyadic_nested` (fast, and it can simulate); all others to `dyadic_crossed`.
R: ``nlme::lme(y ~ ..., random = ~ 0 + F + P | mentor, correlation = corCompSymm(form = ~ 1 | mentor/dyad), weights = varIdent(form = ~ 1 | role))``;
without groups ``nlme::gls``. Source: Kenny, Kashy & Cook (2006), Dyadic Data Analysis, chapter 10; Marcus, Kashy & Baldwin (2009).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mentoring.errors import did_you_mean

from . import tables
from .design import Design, make_design
from .dyadic_crossed import CrossedSides
from .dyadic_kenward_roger import affordable, kenward_roger
from .dyadic_nested import NestedSides, Sides, fits_in
from .levels import group_codes, is_nested
from .random_terms import refuse

# Closer to one than this, or a share of the residual variance smaller than this, is at the boundary.
NEAR = 1e-4


@dataclass
class DyadicFit:
    """A fitted dyadic model.

    Parameters
    ----------
    fixed_effects : DataFrame
        term, estimate, se, df, t, p, ci_low, ci_high; by `method`.
    variance_components : DataFrame
        As of `lmm`; the last rows are group "Residual": one variance per role, then their covariance.
    vcov : DataFrame
        Covariance of the coefficients, adjusted where the method is Kenward and Roger's.
    loglik : float
    n_obs, n_dyads : int
        Rows used; dyads in which both reported.
    roles : tuple of str
        The roles, in the order of every 2×2 matrix.
    covariances : dict of str to ndarray (2, 2)
        The roles' covariance in each grouping factor and in "Residual"; empty where random effects are more than the roles'.
    boundary : tuple of str
        Which variances ended at zero and which correlations at one, in words.
    rows : ndarray of int
        Positions, in the data given, of the rows used.
    method : str
        ``"kenward-roger"`` for restricted-likelihood fits of up to 3,000 rows in blocks of up to 600 that no random effect connects; else ``"satterthwaite"``,
        whose standard errors do not know that the variances are estimated.
    """

    formula: str
    reml: bool
    fixed_effects: pd.DataFrame
    variance_components: pd.DataFrame
    vcov: pd.DataFrame
    loglik: float
    n_obs: int
    n_dyads: int
    n_groups: dict[str, int]
    dropped: dict[str, int]
    converged: bool
    method: str = "satterthwaite"
    roles: tuple[str, str] = ("", "")
    covariances: dict[str, np.ndarray] = field(default_factory=dict)
    boundary: tuple[str, ...] = ()
    equal: bool = False
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.intp), repr=False)
    point: np.ndarray = field(default_factory=lambda: np.zeros(0), repr=False)
    model: NestedSides | CrossedSides | None = field(default=None, repr=False)

    @property
    def n_parameters(self) -> int:
        """Coefficients and variance parameters together."""
        return len(self.fixed_effects) + len(self.point) + isinstance(self.model, CrossedSides)

    @property
    def aic(self) -> float:
        """Akaike's criterion, all variance parameters counted."""
        return -2 * self.loglik + 2 * self.n_parameters

    @property
    def singular(self) -> bool:
        """Whether any variance is zero or any correlation one."""
        return bool(self.boundary)

    @property
    def can_refit(self) -> bool:
        """Whether groups nest, so that `bootstrap` and `without` are quick enough to be had."""
        return isinstance(self.model, NestedSides)

    def bootstrap(self, count: int, seed: int | np.random.SeedSequence = 1) -> DyadicBootstrap:
        """Draw `count` outcomes from the fitted model and fit each anew (parametric bootstrap); only for nested groups.

        Raises
        ------
        StudyError
            When groups cross: there is no quick refit for these.
        """
        if not isinstance(self.model, NestedSides):
            raise refuse("groups that cross cannot be simulated and refitted quickly", "groups that nest", place="bootstrap")
        generator, model = np.random.default_rng(seed), self.model
        beta, y = self.fixed_effects["estimate"].to_numpy(), model.design.y
        coefficients, covariances, inverse = [], [], model.curvature(self.point)
        try:
            for _ in range(count):
                model.set_outcome(model.simulate(self.point, beta, generator))
                point = model.minimise(self.point, inverse)
                coefficients.append(model.coefficients(point)[0])
                covariances.append(_flat(model.covariances(point)))
        finally:
            model.scale = float(np.std(y - model.design.offset)) or 1.0
            model.set_outcome(y)
        stacked = np.array(covariances).reshape(count, len(self.covariances), 2, 2)
        return DyadicBootstrap(np.array(coefficients), {name: stacked[:, at] for at, name in enumerate(self.covariances)})

    def without(self, groups: Sequence[object]) -> Iterator[Without]:
        """The model without the rows of each group in turn, variances estimated anew.

        Parameters
        ----------
        groups : sequence, one per row used
            Such as ``result.rows["mentor"]``.

        Raises
        ------
        StudyError
            When groups cross: there is no quick refit for these.
        """
        if not isinstance(self.model, NestedSides):
            raise refuse("groups that cross cannot be refitted quickly", "groups that nest", place="without")
        codes, labels = pd.factorize(np.asarray(groups, dtype=object))
        inverse, whole = self.model.curvature(self.point), self.model
        for code, label in enumerate(labels):
            rest = codes != code
            pairs = rest[whole.sides.first] & rest[whole.sides.second]
            if np.linalg.matrix_rank(whole.design.X[rest]) < whole.design.X.shape[1] or pairs.sum() < 3:
                nothing = np.full(whole.design.X.shape[1], np.nan)
                yield Without(label, nothing, nothing, {})
                continue
            model = whole.without(~rest)
            point = model.minimise(self.point, inverse)
            beta, covariance = model.coefficients(point)
            yield Without(label, beta, np.sqrt(np.diag(covariance)), dict(zip(self.covariances, _flat(model.covariances(point)))))


@dataclass(frozen=True)
class Without:
    """A fit without one group.

    Attributes
    ----------
    left_out : object
        The group's label.
    estimate, se : ndarray, shape (terms,)
        NaN where the rest cannot carry the model.
    covariances : dict of str to ndarray (2, 2)
        As of the fit; empty where the rest cannot carry the model.
    """

    left_out: object
    estimate: np.ndarray
    se: np.ndarray
    covariances: dict[str, np.ndarray]


@dataclass(frozen=True)
class DyadicBootstrap:
    """What refits to simulated outcomes gave.

    Attributes
    ----------
    coefficients : ndarray, shape (count, terms)
    covariances : dict of str to ndarray, shape (count, 2, 2)
        As of the fit.
    """

    coefficients: np.ndarray
    covariances: dict[str, np.ndarray]


def lmm_dyads(
    formula: str, data: pd.DataFrame, *, dyad: str, role: str, reml: bool = True, equal: bool = False, method: str = "",
) -> DyadicFit:  # fmt: skip
    """Fit a mixed model with role-specific, correlated residuals within dyads.

    Parameters
    ----------
    formula : str
        As for `lmm`; for one-with-many ``"quality ~ 0 + role + (0 + role | mentor)"``. Every grouping factor must hold dyads whole.
        Without a random part the dyads are independent.
    data : DataFrame
        One row per report; at most one row per dyad and role. A dyad with one report takes part with that report.
    dyad, role : str
        Columns; `role` has two values, the first (category order, else sorted) is the reference of w.
    reml : bool
        Restricted likelihood (else maximum likelihood, to compare models of different fixed parts).
    equal : bool
        The same residual variance in both roles (w = 1), for roles that cannot be told apart.
    method : str
        ``"kenward-roger"`` or ``"satterthwaite"``; the former wherever it can be had, when left out.

    Raises
    ------
    StudyError
        When columns, roles or groups do not fit, or fewer than three dyads have both reports.
    """
    frame = _checked(data, dyad, role)
    design = make_design(formula, frame)
    sides, labels = _sides(design, frame, dyad, role)
    nested = fits_in(design, sides.role)
    model = (NestedSides if nested else CrossedSides)(design, sides, reml, equal)
    kept = np.flatnonzero(data[dyad].notna().to_numpy() & data[role].notna().to_numpy())[design.rows]
    return _result(formula, model, labels, kept, method or ("kenward-roger" if reml and affordable(design, sides) else "satterthwaite"))


def _checked(data: pd.DataFrame, dyad: str, role: str) -> pd.DataFrame:
    for name in (dyad, role):
        if name not in data.columns:
            raise refuse(f"there is no column “{name}”", did_you_mean(name, map(str, data.columns)), place="lmm_dyads")
    frame = data[data[dyad].notna() & data[role].notna()].reset_index(drop=True)
    roles = frame[role].unique()
    if len(roles) != 2:
        raise refuse(f"“{role}” has {len(roles)} values", "two roles, such as mentor and mentee", place="lmm_dyads")
    twice = frame.duplicated([dyad, role])
    if twice.any():
        raise refuse(
            f"dyad “{frame.loc[twice.idxmax(), dyad]}” has two rows in role “{frame.loc[twice.idxmax(), role]}”",
            "one row per dyad and role",
            "choose one wave, or name dyads by wave",
            place="lmm_dyads",
        )
    return frame


def _sides(design: Design, frame: pd.DataFrame, dyad: str, role: str) -> tuple[Sides, tuple[str, str]]:
    """Which rows belong together, and the two roles in order."""
    used = frame.iloc[design.rows]
    dyads, _ = group_codes(used, (dyad,))
    roles, labels = group_codes(used, (role,))
    if len(labels) != 2:
        raise refuse(f"only “{labels[0]}” has complete rows", "reports of both roles", place="lmm_dyads")
    for level in design.levels:
        if level.shares is not None or is_nested(dyads, level.codes, dyads.max() + 1) is None:
            raise refuse(
                f"the two reports of some dyads lie in different groups of “{level.name}”",
                "grouping factors that hold dyads whole",
                place="lmm_dyads",
            )
    place = np.full((dyads.max() + 1, 2), -1)
    place[dyads, roles] = np.arange(len(dyads))
    both = (place >= 0).all(axis=1)
    if both.sum() < 3:
        raise refuse(f"only {both.sum()} dyads have both reports", "three or more", place="lmm_dyads")
    alone = [place[~both & (place[:, side] >= 0), side] for side in (0, 1)]
    return Sides(place[both, 0], place[both, 1], (alone[0], alone[1])), (str(labels[0]), str(labels[1]))


def _result(formula: str, model: NestedSides | CrossedSides, roles: tuple[str, str], rows: np.ndarray, method: str) -> DyadicFit:
    design, point = model.design, model.minimise()
    beta, covariance = model.coefficients(point)
    effects, residual = model.effects(point), model.residual(point)
    if method == "kenward-roger":
        adjustment = kenward_roger(design, model.sides, effects, residual, covariance, model.equal)
        covariance, df = adjustment.adjusted, np.array([adjustment.df(row) for row in np.eye(len(beta))])
    else:
        df = model.degrees(point)
    table = tables.fixed_table(design.terms, beta, np.sqrt(np.diag(covariance)), df)
    components = tables.component_table(design.levels, effects, 1.0).iloc[:-1]
    correlation = residual[0, 1] / np.sqrt(residual[0, 0] * residual[1, 1])
    last = [
        ("Residual", roles[0], None, residual[0, 0], np.sqrt(residual[0, 0]), np.nan),
        ("Residual", roles[1], None, residual[1, 1], np.sqrt(residual[1, 1]), np.nan),
        ("Residual", roles[0], roles[1], residual[0, 1], np.nan, correlation),
    ]
    whole = pd.concat([components, pd.DataFrame(last, columns=tables.COMPONENT_COLUMNS)], ignore_index=True)
    by_role = dict(zip([level.name for level in design.levels], model.covariances(point)[0])) if isinstance(model, NestedSides) else {}
    return DyadicFit(
        formula,
        model.reml,
        table,
        whole,
        pd.DataFrame(covariance, index=design.terms, columns=design.terms),
        model.log_likelihood(point),
        design.n,
        len(model.sides.first),
        {level.name: level.size for level in design.levels},
        dict(design.dropped),
        model.converged,
        method,
        roles=roles,
        covariances=by_role | {"Residual": residual},
        boundary=tuple(_boundary(whole)),
        equal=model.equal,
        rows=rows,
        point=point,
        model=model,
    )


def _flat(covariances: tuple[list[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    return [*covariances[0], covariances[1]]


def _boundary(components: pd.DataFrame) -> list[str]:
    """What ended at the edge of what is possible, in words."""
    single = components["term2"].isna()
    residual = components.loc[(components["group"] == "Residual") & single, "variance"].min()
    zero = components[single & (components["variance"] < NEAR * residual)]
    found = [f"{row.group}: {_role(row.term)}’s variance is estimated as zero" for row in zero.itertuples()]
    gone = set(zip(zero["group"], zero["term"]))
    for row in components[~single].itertuples():
        if not {(row.group, row.term), (row.group, row.term2)} & gone and abs(row.correlation) > 1 - NEAR:
            found.append(f"{row.group}: the correlation of {_role(row.term)} and {_role(row.term2)} is estimated as {row.correlation:.0f}")
    return found


def boundary_notes(fit: DyadicFit) -> list[str]:
    """The same for readers, groups by their names in words."""
    words = {"dyad": "relationship", "program": "programme"}
    told = (what.partition(": ") for what in fit.boundary)
    return [f"at the boundary of what is possible: {words.get(group, group)}, {what}" for group, _, what in told]


def _role(term: object) -> str:
    """``role[mentee]`` → ``mentee``."""
    return re.sub(r"^\w+\[(?:T\.)?(.*)\]$", r"\1", str(term))
