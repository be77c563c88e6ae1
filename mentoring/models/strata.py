"""Intersectional strata: how much of an outcome's variance lies between combinations of groups, and how much of that the groups' own means explain (MAIHDA)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.models.lmm import LinearMixedModelFit, lmm
from mentoring.models.lmm.confint import variance_intervals
from mentoring.models.results import intervals_affordable

STRATUM = "stratum"
# ASSUME: with fewer strata than this, how much strata vary is hardly known (Evans et al. 2018 advise about twenty).
FEWEST_STRATA = 20


@dataclass(frozen=True)
class Strata:
    """A MAIHDA: the model with strata alone, and the one with the groups' main effects as well.

    Attributes
    ----------
    sizes : DataFrame
        One row per stratum: stratum, rows, mentors, mentees.
    null, main : LinearMixedModelFit or None
        None where the model could not be fitted.
    vpc, vpc_low, vpc_high : float
        Share of all variance that lies between strata (null model).
    vpc_main : float
        The same once the groups' main effects are in.
    pcv : float
        Share of the between-strata variance the main effects take away; may be negative.
    means : DataFrame
        stratum, estimate, se, interaction, interaction_se: predicted mean (null model), and what is left of it beyond the main effects.
    notes : tuple of str
    """

    sizes: pd.DataFrame
    null: LinearMixedModelFit | None
    main: LinearMixedModelFit | None
    vpc: float
    vpc_low: float
    vpc_high: float
    vpc_main: float
    pcv: float
    means: pd.DataFrame
    notes: tuple[str, ...]


def strata_of(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Each row's combination of groups, as “a × b”; empty where one of them is not known."""
    parts = rows[list(columns)]
    joined = parts.astype("object").map(str).agg(" × ".join, axis=1) if len(rows) else pd.Series(dtype="object")
    return joined.where(parts.notna().all(axis=1), None)


def sd_interval(fit: LinearMixedModelFit, group: str, term: str = "Intercept") -> tuple[float, float]:
    """The 95 % profile interval of one standard deviation of ``fit.variance_components``; NaN where it would take minutes."""
    if not intervals_affordable(fit):
        return float("nan"), float("nan")
    parts = fit.variance_components
    low, high = np.sqrt(
        variance_intervals(fit)[((parts["group"] == group) & (parts["term"] == term) & parts["term2"].isna()).to_numpy()][0]
    )
    return float(low), float(high)


def intersectional(rows: pd.DataFrame, outcome: str, columns: Sequence[str], fixed: str, random: str) -> Strata:
    """Fit the two models of a MAIHDA.

    Parameters
    ----------
    rows : DataFrame
        Complete rows with the outcome, `columns`, mentor, mentee, and a column ``stratum`` (`strata_of`).
    outcome : str
    columns : sequence of str
        The groups that are combined.
    fixed : str
        Further fixed terms, right of the “~” (``"1"`` for none).
    random : str
        Random terms beside the strata's, in lme4's notation ("" for none); strata are crossed with them.

    Returns
    -------
    Strata

    Notes
    -----
    With variances σ²_s between strata and Σσ²_other of everything else, ``VPC = σ²_s / (σ²_s + Σσ²_other)`` and
    ``PCV = (σ²_s,null − σ²_s,main) / σ²_s,null``. The VPC's interval turns the profile interval of σ_s into shares, the other variances held. REML, as both
    models' variances are wanted. R: ``lme4::lmer(y ~ 1 + (1 | stratum) + (1 | mentor))``, ``VarCorr``. Merlo (2018); Evans, Williams, Onnela &
    Subramanian (2018).
    """
    sizes = rows.groupby(STRATUM, as_index=False).agg(rows=("mentor", "size"), mentors=("mentor", "nunique"), mentees=("mentee", "nunique"))
    notes = []
    if len(sizes) < FEWEST_STRATA:
        notes.append(f"{len(sizes)} strata; with fewer than about {FEWEST_STRATA}, how much they differ is hardly known")
    empty = pd.DataFrame(columns=["stratum", "estimate", "se", "interaction", "interaction_se"])
    if len(sizes) < 3:
        return Strata(sizes, None, None, *(np.nan,) * 5, empty, (f"{len(sizes)} strata are too few for a variance between them",))
    beside = f" + {random}" if random else ""
    try:
        null = lmm(f"{outcome} ~ {fixed} + (1 | {STRATUM}){beside}", rows, inference="satterthwaite")
        main = lmm(f"{outcome} ~ {' + '.join([fixed, *columns])} + (1 | {STRATUM}){beside}", rows, inference="satterthwaite")
    except StudyError as error:
        return Strata(sizes, None, None, *(np.nan,) * 5, empty, (*notes, "; ".join(problem.found for problem in error.problems)))
    own, rest = _between(null), _total(null) - _between(null)
    low, high = (end**2 / (end**2 + rest) if np.isfinite(end) else np.nan for end in sd_interval(null, STRATUM))
    if own <= 1e-8 * (own + rest):
        notes.append("no variance between strata was found, so there is nothing for main effects to explain (PCV)")
    pcv = (own - _between(main)) / own if own > 1e-8 * (own + rest) else np.nan
    return Strata(sizes, null, main, own / (own + rest), low, high, _between(main) / _total(main), pcv, _means(null, main), tuple(notes))


def _between(fit: LinearMixedModelFit) -> float:
    parts = fit.variance_components
    return float(parts.loc[parts["group"] == STRATUM, "variance"].iloc[0])


def _total(fit: LinearMixedModelFit) -> float:
    return float(fit.variance_components["variance"].sum())


def _means(null: LinearMixedModelFit, main: LinearMixedModelFit) -> pd.DataFrame:
    centre = float((null.design.X @ null.coefficients).mean())
    parts = [fit.random_effects.query("group == @STRATUM").set_index("level")[["estimate", "se"]] for fit in (null, main)]
    joined = parts[0].join(parts[1].rename(columns={"estimate": "interaction", "se": "interaction_se"}))
    joined["estimate"] += centre
    return joined.rename_axis("stratum").reset_index()
