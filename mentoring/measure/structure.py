"""Does each scale hold together as one factor, and does it measure the same on both sides and over time? Tables from keyed answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.measure.factors import FactorFit, Step, Structure, confirm, steps_of_invariance
from mentoring.measure.factors.indices import Indices
from mentoring.measure.factors.invariance import likelihood_ratio, worsening
from mentoring.measure.scoring import scale_answers, with_mentor
from mentoring.settings import Scale
from mentoring.tables import FACTOR_FIT, INVARIANCE, LOADINGS, ROLES

# What of a comparison stands in `between` and `of`.
ROLES_COMPARED, WAVES_COMPARED = "roles", "waves"


def factor_tables(keyed: pd.DataFrame, scales: Sequence[Scale], dyads: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables `factor_fit`, `loadings` and `invariance`.

    Every scale is fitted as one factor, for each role and wave. Answers of one mentor about several mentees, and of mentees of one mentor,
    are clustered by mentor.

    # ASSUME: answers of five and more ordered categories may be treated as continuous, with standard errors that do not need them to be normal.

    Parameters
    ----------
    keyed : DataFrame
        From `keyed_answers`.
    scales : sequence of Scale
    dyads : DataFrame
        Table `dyads`.
    """
    fits: list[dict[str, object]] = []
    loadings: list[dict[str, object]] = []
    compared: list[dict[str, object]] = []
    for scale in scales:
        answers = with_mentor(scale_answers(keyed, scale), dyads)
        for role, wave, rows in _each_role_and_wave(answers):
            key = {"scale": scale.name, "role": role, "wave": wave}
            fit, note = _one_factor(rows, scale)
            fits.append({**key, **_fit_row(fit, scale, rows, note)})
            loadings += [{**key, **row} for row in _loading_rows(fit, scale, note)]
        compared += [{"scale": scale.name, **row} for row in _comparisons(answers, scale)]
    return {"factor_fit": FACTOR_FIT.frame(fits), "loadings": LOADINGS.frame(loadings), "invariance": INVARIANCE.frame(compared)}


def _each_role_and_wave(answers: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    for (role, wave), rows in answers.groupby(["role", "wave"], sort=True):
        yield str(role), int(wave), rows


def _one_factor(rows: pd.DataFrame, scale: Scale) -> tuple[FactorFit | None, str]:
    if len(scale.items) < 3:
        return None, "two items do not determine a factor"
    try:
        return confirm(rows, {scale.name: tuple(scale.items)}, clusters=rows["mentor"].tolist()), ""
    except StudyError as error:
        return None, error.problems[0].found


def _fit_row(fit: FactorFit | None, scale: Scale, rows: pd.DataFrame, note: str) -> dict[str, object]:
    if fit is None:
        return {"items": len(scale.items), "n": int(rows[scale.items].notna().any(axis=1).sum()), "note": note}
    notes = list(fit.notes)
    if fit.indices.df == 0:
        notes.insert(0, "three items fit one factor always, so its fit says nothing; the loadings do")
    return {
        "items": len(scale.items), "n": fit.n, "mentors": fit.clusters, **_index_columns(fit), "note": "; ".join(notes) or None,
    }


def _index_columns(fit: FactorFit) -> dict[str, object]:
    """The robust indices; the plain ones where there are none (with a note elsewhere)."""
    which: Indices = fit.scaled if np.isfinite(fit.scaled.chisq) else fit.indices
    return {
        "chisq": which.chisq if which.df else np.nan, "df": which.df, "p": which.p, "cfi": which.cfi, "tli": which.tli, "rmsea": which.rmsea,
        "rmsea_low": which.rmsea_low, "rmsea_high": which.rmsea_high, "srmr": fit.srmr if which.df else np.nan,
    }


def _loading_rows(fit: FactorFit | None, scale: Scale, note: str) -> list[dict[str, object]]:
    if fit is None:
        return [{"item": item, "note": note} for item in scale.items]
    return [
        {"item": row.item, "loading": row.std_loading, "se": row.std_se, "ci_low": row.std_ci_low, "ci_high": row.std_ci_high}
        for row in fit.loadings.itertuples()
    ]


def _comparisons(answers: pd.DataFrame, scale: Scale) -> list[dict[str, object]]:
    """Steps of invariance between the roles at the first wave both answered, and between waves within each role."""
    if len(scale.items) < 3:
        return []
    found: list[dict[str, object]] = []
    waves = {role: set(answers.loc[answers["role"] == role, "wave"]) for role in ROLES}
    shared = sorted(waves["mentor"] & waves["mentee"])
    if shared:
        found += _steps(_between_roles(answers[answers["wave"] == shared[0]], scale), ROLES_COMPARED, f"wave {shared[0]}")
    for role in ROLES:
        own = answers[answers["role"] == role]
        if len(waves[role]) > 1:
            found += _steps(_between_waves(own, scale), WAVES_COMPARED, role)
    return found


def _between_roles(answers: pd.DataFrame, scale: Scale) -> list[Step]:
    """Both sides of a relationship in one row; where the scale is about oneself, two groups of people."""
    structure = {scale.name: tuple(scale.items)}
    if answers["dyad"].isna().all():
        return steps_of_invariance(answers, Structure(structure), groups=answers["role"].tolist())
    sides = [
        answers.loc[answers["role"] == role].set_index("dyad")[["mentor", *scale.items]].add_prefix(f"{role}_") for role in ROLES
    ]
    wide = sides[0].join(sides[1], how="outer")
    clusters = wide["mentor_mentor"].fillna(wide["mentee_mentor"]).tolist()
    return steps_of_invariance(wide, Structure(structure, forms=ROLES), clusters=clusters)


def _between_waves(answers: pd.DataFrame, scale: Scale) -> list[Step]:
    """A person's waves in one row."""
    waves = sorted(answers["wave"].unique())
    keyed = answers.assign(dyad=answers["dyad"].fillna("")).set_index(["dyad", "person"])
    parts = [keyed.loc[keyed["wave"] == wave, scale.items].add_prefix(f"wave{wave}_") for wave in waves]
    wide = pd.concat(parts, axis=1, join="outer")
    mentor = keyed.groupby(level=[0, 1])["mentor"].first().reindex(wide.index)
    return steps_of_invariance(wide, Structure({scale.name: tuple(scale.items)}, forms=tuple(f"wave{wave}" for wave in waves)), clusters=mentor.tolist())


def _steps(steps: Sequence[Step], between: str, of: str) -> list[dict[str, object]]:
    rows = []
    for step in steps:
        row: dict[str, object] = {"between": between, "of": of, "step": step.name, "holds": step.holds, "note": step.note or None}
        if step.fit is not None:
            row |= {"n": step.fit.n, **_index_columns(step.fit)}
            if step.against is not None:
                cfi, rmsea, srmr = worsening(step.fit, step.against)
                chisq, df, p = likelihood_ratio(step.fit, step.against)
                row |= {"delta_cfi": -cfi, "delta_rmsea": rmsea, "delta_srmr": srmr, "delta_chisq": chisq, "delta_df": df, "delta_p": p}
        rows.append(row)
    return rows
