"""Fit a Gaussian linear mixed model from a formula."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.errors import Problem, StudyError

from .criterion import setting
from .design import Design, make_design
from .fit import KENWARD_ROGER_UP_TO, LinearMixedModelFit, check_method
from .identified import overlapping_effects
from .kenward_roger import LARGEST_COMPONENT
from .problem import find_optimum, make_problem
from .scaled import scale_design


def lmm(
    formula: str,
    data: pd.DataFrame,
    *,
    reml: bool = True,
    weights: str | Sequence[float] | None = None,
    offset: str | Sequence[float] | None = None,
    inference: str = "auto",
) -> LinearMixedModelFit:
    """Fit a linear mixed model.

    y = Xβ + Σ_l Z_l b_l + e,  b_l ~ N(0, Σ_l),  e ~ N(0, σ²/w).

    Parameters
    ----------
    formula : str
        lme4's syntax: ``"quality ~ similarity + (1 | program/mentor)"``; random terms ``(1|g)``, ``(x|g)``, ``(x||g)``,
        ``(0+x|g)``, ``(1|a/b)``, ``(1|a:b)``, ``mm(m1, m2, weights=w1+w2)`` as a group. Fixed side: columns, ``+ - * : ^``, ``I()`` with
        arithmetic, ``poly bs ns cr C factor log exp sqrt center scale``. Nothing else is evaluated.
    data : DataFrame
        One row per observation. Text columns are factors with sorted levels, categorical ones keep their order; the first level is
        the reference.
    reml : bool
        Restricted maximum likelihood (default) or maximum likelihood.
    weights, offset : str or sequence, optional
        A column's name or one number per row. Weights are inverse residual variances.
    inference : {"auto", "kenward-roger", "satterthwaite", "wald"}
        "auto": Kenward–Roger up to 3,000 rows (REML), Satterthwaite above and for ML. Never z.

    Returns
    -------
    LinearMixedModelFit
        Terms are named as formulaic names them: ``Intercept``, ``race[T.same]``, ``x:z``.

    Raises
    ------
    StudyError
        When formula or data cannot carry the model.

    Notes
    -----
    R: ``lmerTest::lmer(formula, data, REML = reml, weights = weights)``. Bates, Mächler, Bolker & Walker (2015), J. Stat. Softw. 67(1).

    Examples
    --------
    >>> data = pd.DataFrame({"y": [1, 2, 4, 3, 5, 7.5], "x": [0, 1, 2, 0, 1, 2], "g": list("aaabbb")})
    >>> fit = lmm("y ~ x + (1 | g)", data)
    >>> list(fit.fixed_effects["term"])
    ['Intercept', 'x']
    """
    if inference != "auto":
        check_method(inference)
    design = make_design(formula, data, weights, offset)
    return fit_design(design, reml, inference, data)


def fit_design(design: Design, reml: bool, inference: str, data: pd.DataFrame) -> LinearMixedModelFit:
    """Fit what `make_design` prepared."""
    scaled = scale_design(design)
    # The outcome's standard deviation is no larger than its root mean square, which is far quicker to ask for.
    if scaled.y_scale < 1e-10 * np.sqrt(design.y @ design.y / design.n) and scaled.y_scale < 1e-10 * max(np.std(design.y), np.finfo(float).tiny):
        raise StudyError(
            Problem(
                "",
                f"outcome {design.response}",
                "is reproduced exactly by the fixed effects",
                "an outcome with residual variation",
                "leave out the predictor that is computed from the outcome",
            )
        )
    given = setting(scaled, reml)
    problem = make_problem(scaled, design.levels, given)
    optimum, notes = find_optimum(problem, design.levels)
    solution = problem.solve(optimum.theta[0])
    if solution.profile.rss[0] / given.nu < 1e-10:
        raise StudyError(
            Problem(
                "",
                f"outcome {design.response}",
                "does not vary within the groups, so there is no residual variance to estimate",
                "an outcome that differs between the rows of a group",
                "use one row per group, without that group's random term",
            )
        )
    fit = LinearMixedModelFit(design, scaled, given, optimum, problem, solution, _chosen(inference, design, reml), notes, data)
    fit.notes.extend(_notes(fit))
    return fit


def _chosen(inference: str, design: Design, reml: bool) -> str:
    if inference != "auto":
        return inference
    small = design.n <= KENWARD_ROGER_UP_TO and sum(level.size * level.q for level in design.levels) <= LARGEST_COMPONENT
    return "kenward-roger" if reml and small else "satterthwaite"


def _notes(fit: LinearMixedModelFit) -> list[str]:
    """What a reader must know about this fit, in plain words."""
    notes = []
    if fit.aliased:
        notes.append("left out because other terms already say the same: " + ", ".join(fit.aliased))
    if fit.dropped:
        notes.append("rows left out: " + "; ".join(f"{count} where {reason}" for reason, count in fit.dropped.items()))
    notes += [note for level in fit.design.levels if (note := overlapping_effects(level, fit.design.X))]
    if fit.singular:
        notes.append("singular: at least one random effect has no variance that can be told from zero (or two are perfectly correlated)")
    if not fit.converged:
        notes.append("the optimiser did not settle: treat this fit as failed")
    return notes
