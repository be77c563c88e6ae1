"""Does each scale hold together as one factor, does it measure the same on both sides and over time, and do scales fit a declared structure?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError
from mentoring.measure.declared import Sheets, ordered_few, sheets_of, structure_of
from mentoring.measure.explored import explored
from mentoring.measure.factors import FactorFit, Step, Structure, confirm_ordered, modification_indices, steps_of_invariance
from mentoring.measure.factors.answers import prepare
from mentoring.measure.factors.fit import fit_answers
from mentoring.measure.factors.hints import LEAST
from mentoring.measure.factors.indices import Indices
from mentoring.measure.factors.invariance import likelihood_ratio, worsening
from mentoring.measure.grouped import between_groups
from mentoring.measure.scoring import scale_answers, with_mentor
from mentoring.settings import FactorStructure, Scale
from mentoring.tables import EXPLORATION, FACTOR_CORRELATIONS, FACTOR_FIT, INVARIANCE, LOADINGS, MODIFICATION_HINTS, ROLES

# What of a comparison stands in `between` and `of`.
ROLES_COMPARED, WAVES_COMPARED, GROUPS_COMPARED = "roles", "waves", "groups"
# Hints told of one model.
MOST_HINTS = 5
Row = dict[str, object]


def factor_tables(
    keyed: pd.DataFrame, scales: Sequence[Scale], dyads: pd.DataFrame, structures: Sequence[FactorStructure] = (), seed: int = 1,
    people: pd.DataFrame | None = None, groups: Sequence[tuple[str, str, str]] = (),
) -> dict[str, pd.DataFrame]:
    """Tables `factor_fit`, `loadings`, `factor_correlations`, `exploration`, `modification_hints` and `invariance`.

    Every scale is fitted as one factor, and every declared structure as declared, for each role and wave. Answers of one mentor about several
    mentees, and of mentees of one mentor, are clustered by mentor.

    # ASSUME: answers of five and more ordered categories may be treated as continuous, with standard errors that do not need them to be normal.
    # ASSUME: behind answers of fewer categories stand leanings that are normally distributed.

    Parameters
    ----------
    keyed : DataFrame
        From `keyed_answers`.
    scales : sequence of Scale
    dyads : DataFrame
        Table `dyads`.
    structures : sequence of FactorStructure
        Section `structures` of the config.
    seed : int
        The study's seed.
    people : DataFrame, optional
        Table `people`; needed for groups.
    groups : sequence of tuple
        Scale, role and grouping, from `mentoring.measure.grouped.groups_asked`: is the scale the same to these groups?
    """
    tables = (FACTOR_FIT, LOADINGS, FACTOR_CORRELATIONS, EXPLORATION, MODIFICATION_HINTS, INVARIANCE)
    found: dict[str, list[Row]] = {table.name: [] for table in tables}
    for scale in scales:
        answers, few = with_mentor(scale_answers(keyed, scale), dyads), ordered_few(keyed, scale.items)
        for (role, wave), rows in answers.groupby(["role", "wave"], sort=True):
            key = {"scale": scale.name, "role": role, "wave": wave}
            _add(found, key, "scale", Structure({scale.name: tuple(scale.items)}), Sheets(rows, "", ""), ordered=few)
        as_numbers = "answers of few categories, compared as if they were numbers" if few else ""
        rows = _comparisons(answers, scale)
        for name, role, group in groups:
            compared = between_groups(keyed, scale, role, group, dyads, people) if name == scale.name and people is not None else None
            rows += _steps(compared[0], GROUPS_COMPARED, compared[1]) if compared else []
        for row in rows:
            found["invariance"].append({"scale": scale.name, **row, "note": "; ".join(str(part) for part in (row["note"], as_numbers) if part) or None})
    for declared in structures:
        few = ordered_few(keyed, structure_of(declared, scales).items)
        for (role, wave), sheets in sheets_of(keyed, declared, scales, dyads):
            key = {"scale": declared.name, "role": role, "wave": wave}
            if declared.kind == "explore":
                for name, rows in explored(key, structure_of(declared, scales).items, sheets, seed, ordered=few).items():
                    found[name] += rows
            else:
                _add(found, key, declared.kind, structure_of(declared, scales), sheets, ordered=few)
    return {table.name: table.frame(found[table.name]) for table in tables}


def _add(found: dict[str, list[Row]], key: Row, model: str, structure: Structure, sheets: Sheets, *, ordered: bool) -> None:
    """Rows of one model in all tables."""
    items = structure.items
    base: Row = {**key, "model": model, "items": len(items), "n": int(sheets.rows[items].notna().any(axis=1).sum())}
    factors = [(factor, item) for factor, own in structure.factors.items() for item in own]
    factors += [(structure.general, factor) for factor in structure.factors] if structure.general else []
    try:
        if sheets.why_not or len(items) < 3:
            raise StudyError(Problem("", "", sheets.why_not or "two items do not determine a factor"))
        mentors = sheets.rows["mentor"].tolist()
        answers = None if ordered else prepare(sheets.rows, structure.columns, clusters=mentors)
        fit = confirm_ordered(sheets.rows, structure, clusters=mentors) if answers is None else fit_answers(answers, structure)
    except StudyError as error:
        why = error.problems[0].found
        found["factor_fit"].append({**base, "note": why})
        found["loadings"] += [{**key, "factor": factor, "item": item, "note": why} for factor, item in factors]
        return
    notes = [note for note in [sheets.note, *fit.notes] if note]
    if fit.indices.df == 0:
        notes.insert(0, "three items fit one factor always, so its fit says nothing; the loadings do")
    if ordered and base["n"] != fit.n:
        notes.append("answer sheets with a missing answer are left out")
    found["factor_fit"].append({**base, "estimator": "WLSMV" if ordered else "ML", "n": fit.n, "mentors": fit.clusters, **_index_columns(fit), "note": "; ".join(notes) or None})
    found["loadings"] += [
        {**key, "factor": row.factor, "item": row.item, **_possible("loading", row.std_loading, row.std_se, row.std_ci_low, row.std_ci_high)}
        for row in fit.loadings.itertuples()
    ]
    if len(structure.factors) > 1:
        found["factor_correlations"] += [
            {**key, "first": row.first, "second": row.second, **_possible("r", row.r, row.se, row.ci_low, row.ci_high)}
            for row in fit.factor_correlations().itertuples()
        ]
    if fit.indices.df and answers is not None:
        hints = modification_indices(fit, answers)
        told = hints[hints["scaled"].fillna(hints["index"]) > LEAST].head(MOST_HINTS)
        # A guess beyond what a correlation or standardised loading can be says nothing of its size.
        told = told.assign(std_change=told["std_change"].where(told["std_change"].abs() <= 1))
        found["modification_hints"] += [{**key, "rank": rank, **row} for rank, row in enumerate(told.to_dict("records"), 1)]


def _possible(name: str, value: float, se: float, low: float, high: float) -> Row:
    """An estimate, or why there is none: a standardised loading or a correlation beyond 1 cannot be."""
    if not np.isfinite(value):
        return {"note": "a variance was estimated as zero or below"}
    if abs(value) > 1:
        return {"note": "estimated beyond 1, which cannot be (a Heywood case): too few people, or another structure"}
    return {name: value, "se": se, "ci_low": low, "ci_high": high}


def _index_columns(fit: FactorFit) -> Row:
    """The robust indices; the plain ones where there are none (with a note elsewhere)."""
    which: Indices = fit.scaled if np.isfinite(fit.scaled.chisq) else fit.indices
    return {
        "chisq": which.chisq if which.df else np.nan, "df": which.df, "p": which.p, "cfi": which.cfi, "tli": which.tli, "rmsea": which.rmsea,
        "rmsea_low": which.rmsea_low, "rmsea_high": which.rmsea_high, "srmr": fit.srmr if which.df else np.nan,
    }


def _comparisons(answers: pd.DataFrame, scale: Scale) -> list[Row]:
    """Steps of invariance between the roles at the first wave both answered, and between waves within each role."""
    if len(scale.items) < 3:
        return []
    # A wave at which nobody answered says nothing, and is no reason not to compare the others.
    answers = answers[answers[scale.items].notna().any(axis=1)]
    found: list[Row] = []
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


def _steps(steps: Sequence[Step], between: str, of: str) -> list[Row]:
    rows = []
    for step in steps:
        row: Row = {"between": between, "of": of, "step": step.name, "holds": step.holds, "note": step.note or None}
        if step.fit is not None:
            row |= {"n": step.fit.n, **_index_columns(step.fit)}
            if step.against is not None:
                cfi, rmsea, srmr = worsening(step.fit, step.against)
                chisq, df, p = likelihood_ratio(step.fit, step.against)
                row |= {"delta_cfi": -cfi, "delta_rmsea": rmsea, "delta_srmr": srmr, "delta_chisq": chisq, "delta_df": df, "delta_p": p}
        rows.append(row)
    return rows
