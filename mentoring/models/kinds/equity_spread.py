"""How equity spreads: between intersectional strata, and between the mentees of one mentor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mentoring.errors import StudyError
from mentoring.models.fitting import fit_plan
from mentoring.models.kinds.quantity_rows import Row, estimates, nothing
from mentoring.models.kinds.similarity import varying
from mentoring.models.kinds.voice import as_groups, group_side
from mentoring.models.lmm import lmm, within_between
from mentoring.models.plan import ModelPlan
from mentoring.models.results import METHODS
from mentoring.models.strata import STRATUM, intersectional, sd_interval, strata_of
from mentoring.models.structure import diagnose
from mentoring.settings import EquityQuestion

VERSUS = " − "
PROFILE = "profile likelihood"


def intersections(question: EquityQuestion, plan: ModelPlan) -> list[Row]:
    """MAIHDA: cell sizes first, then the share of variance between strata, how much the groups' own means explain, and strata means."""
    columns = [name for name in question.strata if name in plan.rows]
    rows = plan.rows.assign(**{name: as_groups(plan.rows[name]) for name in columns})
    rows[STRATUM] = strata_of(rows, columns)
    rows = rows.dropna(subset=[STRATUM]).reset_index(drop=True)
    structure = diagnose(rows)
    fixed = " + ".join(varying([*structure.fixed, *(["wave"] if "wave" in plan.fixed.split(" + ") else [])], rows)) or "1"
    found = intersectional(rows, plan.outcome, varying(columns, rows), fixed, structure.terms)
    method = "REML; " + PROFILE
    sizes = [
        {
            "topic": "strata",
            "quantity": "mentees in stratum",
            "of": row.stratum,
            "n": row.mentees,
            "estimate": row.mentees,
            "note": f"{row.mentors} mentors, {row.rows} rows",
        }
        for row in found.sizes.itertuples()
    ]
    note = "; ".join(found.notes) or None
    head = [
        {"topic": "strata", "quantity": "strata", "n": len(rows), "estimate": len(found.sizes), "note": note},
        {
            "topic": "strata",
            "quantity": "VPC",
            "n": len(rows),
            "estimate": found.vpc,
            "ci_low": found.vpc_low,
            "ci_high": found.vpc_high,
            "method": method,
            "note": note,
        },
        {
            "topic": "strata",
            "quantity": "VPC with main effects",
            "n": len(rows),
            "estimate": found.vpc_main,
            "method": "REML",
            "note": note,
        },
        {
            "topic": "strata",
            "quantity": "PCV",
            "n": len(rows),
            "estimate": found.pcv,
            "method": "REML",
            "note": "; ".join([*found.notes, "may be negative; not a causal share"]),
        },
    ]
    means = [
        {
            "topic": "strata",
            "quantity": quantity,
            "of": row["stratum"],
            "estimate": row[value],
            "se": row[se],
            "ci_low": row[value] - 1.959964 * row[se],
            "ci_high": row[value] + 1.959964 * row[se],
            "method": "conditional mode, fixed effects taken as known",
        }
        for quantity, value, se in (("stratum mean", "estimate", "se"), ("beyond main effects", "interaction", "interaction_se"))
        for row in found.means.to_dict("records")
    ]
    return [*sizes, *head, *means]


def within_mentors(question: EquityQuestion, plan: ModelPlan) -> list[Row]:
    """Do mentors treat groups unequally: the gap among one mentor's mentees, and how much it differs between mentors."""
    group, rows = question.group, plan.rows
    shared = rows.groupby("mentor", observed=True)[group].nunique()
    several = int((shared > 1).sum())
    head = [{"topic": "within mentors", "quantity": "mentors with several groups", "n": len(shared), "estimate": several}]
    if several < 2:
        why = "the group is the mentor's own" if group_side(group) == "mentor" else f"{several} mentors have mentees of several groups"
        return [
            *head,
            nothing("within mentors", "gap within a mentor's mentees", why),
            nothing("within mentors", "SD of the gap between mentors", why),
        ]
    return [*head, *_gap_within(question, plan), _gap_spread(plan, f"{group}_gap", f"mentor_x_{group}")]


def _gap_within(question: EquityQuestion, plan: ModelPlan) -> list[Row]:
    """Each group's gap to the first, split into what lies among one mentor's mentees and what lies between mentors (Mundlak 1978)."""
    group, levels = question.group, list(plan.rows[question.group].cat.categories)
    names = {f"group_{place}": level for place, level in enumerate(levels[1:], start=1)}
    rows = plan.rows.assign(**{name: (plan.rows[group] == level).astype(float) for name, level in names.items()})
    rows = within_between(rows, list(names), "mentor")
    parts = varying([f"{name}_{part}" for name in names for part in ("within", "between")], rows)
    fixed = plan.fixed.replace(f"~ {group}", "~ " + " + ".join(parts), 1)
    fitted = fit_plan(replace(plan, rows=rows, fixed=fixed))
    if fitted.fit is None:
        return [nothing("within mentors", "gap within a mentor's mentees", fitted.problem)]
    effects, out = fitted.fit.fixed_effects.set_index("term"), []
    for name, level in names.items():
        for part, quantity in (
            ("within", "gap within a mentor's mentees"),
            ("between", "gap between mentors, by their share of the group"),
        ):
            if f"{name}_{part}" in effects.index:
                out += estimates(
                    "within mentors",
                    quantity,
                    [f"{level}{VERSUS}{levels[0]}"],
                    effects.loc[[f"{name}_{part}"]],
                    method=METHODS[fitted.fit.method],
                )
    return out


def _gap_spread(plan: ModelPlan, contrast: str, cell: str) -> Row:
    """How much the gap differs between mentors: the SD of its random slope (two groups), or of mentor × group, times √2 (more)."""
    quantity = "SD of the gap between mentors"
    others = " + ".join(f"(1 | {name})" for name in plan.structure.random if name != "mentor")
    if plan.slopes:
        formula = f"{plan.fixed} + (1 + {contrast} || mentor)" + (f" + {others}" if others else "")
        group, term, factor = "mentor", contrast, 1.0
    elif cell in plan.structure.random:
        formula = f"{plan.fixed} + {plan.structure.terms}"
        group, term, factor = cell, "Intercept", float(np.sqrt(2))
    else:
        return nothing("within mentors", quantity, "mentors and their groups cannot be told apart in these data")
    try:
        fit = lmm(formula, plan.rows, inference="satterthwaite")
    except StudyError as error:
        return nothing("within mentors", quantity, "; ".join(problem.found for problem in error.problems))
    low, high = sd_interval(fit, group, term)
    parts = fit.variance_components
    where = (parts["group"] == group) & (parts["term"] == term)
    note = (
        "an interval from zero: mentors may all be alike in this"
        if low <= 0
        else None
        if np.isfinite(low)
        else "too large a study for this interval"
    )
    return {
        "topic": "within mentors",
        "quantity": quantity,
        "n": int(plan.rows["mentor"].nunique()),
        "estimate": float(parts.loc[where, "sd"].iloc[0]) * factor,
        "ci_low": low * factor,
        "ci_high": high * factor,
        "method": PROFILE,
        "note": note,
    }
