"""Two views of one relationship: how far apart they are, and what one side's view is made of.

The difference of the two answers gets a mixed model of its own, so that its mean has a small-sample interval and its spread (limits of
agreement, Bland & Altman 1999) counts differences between mentors, between relationships and from wave to wave. The truth-and-bias model
(West & Kenny 2011) asks what one side's answer goes with: the other side's answer, and one's own standing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import StudyError
from mentoring.models.lmm import LinearMixedModelFit, lmm
from mentoring.models.structure import diagnose

REACH = float(stats.norm.ppf(0.975))
MODEL = "mixed model, Kenward-Roger"
RESAMPLED = "mixed model, parametric bootstrap, percentile"
BIASES = {"Intercept": "b0 directional bias", "truth": "b1 truth force", "own": "b2 assumed similarity"}


def gap_and_limits(
    pairs: pd.DataFrame, bootstraps: int = 1000, seed: int | np.random.SeedSequence = 1
) -> tuple[list[dict[str, object]], LinearMixedModelFit | None]:
    """Mean gap and limits of agreement of mentee's minus mentor's answer.

    ``gap ± 1.96 √(sum of the difference's variances)``; the limits' intervals simulate from the model.

    Parameters
    ----------
    pairs : DataFrame
        One row per relationship and wave: columns `mentor_answer`, `mentee_answer`, `dyad`, `mentor`, `mentee`, `wave` and, if known, `program`.
    bootstraps, seed : int

    Returns
    -------
    list of dict
        Rows of table `quantities` but for the question: `mean gap`, `lower limit`, `upper limit`.
    LinearMixedModelFit or None
        The model of the difference; None (and notes in the rows) when there is none.

    Notes
    -----
    R: ``lmer(mentee - mentor ~ 1 + (1 | mentor) + (1 | dyad))`` with ``pbkrtest::KRmodcomp``.
    """
    rows = pairs.dropna(subset=["mentor_answer", "mentee_answer"]).reset_index(drop=True)
    rows = rows.assign(difference=rows["mentee_answer"] - rows["mentor_answer"])
    empty: dict[str, object] = {"topic": "agreement", "of": "mentee minus mentor", "n": len(rows)}
    names = ("mean gap", "lower limit of agreement", "upper limit of agreement")
    try:
        fit = lmm(f"difference ~ 1{_random(rows)}", rows)
    except StudyError as error:
        return [{**empty, "quantity": name, "note": "; ".join(problem.found for problem in error.problems)} for name in names], None
    gap = fit.fixed_effects.iloc[0]
    own = fit.bootstrap(bootstraps, int(np.random.default_rng(seed).integers(2**31))).refits
    drawn = own.estimates.to_numpy()[:, 0], np.sqrt(own.components.to_numpy().sum(axis=1))
    spread = float(np.sqrt(fit.variance_components["variance"].sum()))
    found = [{**empty, "quantity": names[0], **gap[["estimate", "se", "df", "p", "ci_low", "ci_high"]].to_dict(), "method": MODEL}]
    for name, side in zip(names[1:], (-1, 1), strict=True):
        values = (drawn[0] + side * REACH * drawn[1])[own.converged]
        low, high = np.quantile(values, [0.025, 0.975])
        found.append({**empty, "quantity": name, "estimate": gap["estimate"] + side * REACH * spread, "se": float(values.std(ddof=1)),
                      "ci_low": float(low), "ci_high": float(high), "method": RESAMPLED})  # fmt: skip
    return found, fit


def truth_and_bias(pairs: pd.DataFrame, judge: str, own: bool = False) -> list[dict[str, object]]:
    """Truth force and biases of one side's answer.

    ``answer - T̄ = b0 + b1 (truth - T̄) + b2 (own standing - T̄)``: the truth is the other side's answer and T̄ its mean, so that b0 says
    whether the judge answers higher on the whole, b1 whether the answer goes with the other's, b2 whether with the judge's own standing.

    Parameters
    ----------
    pairs : DataFrame
        As of `gap_and_limits`; with `own`, also the judge's standing as `mentor_own` or `mentee_own`, in the same units.
    judge : str
        ``"mentor"`` or ``"mentee"``.
    own : bool

    Returns
    -------
    list of dict
        Rows of table `quantities` but for the question.

    References
    ----------
    West & Kenny (2011). R: ``lmer(I(judge - m) ~ I(truth - m) + I(own - m) + (1 | mentor) + (1 | dyad))``.
    """
    truth = "mentee" if judge == "mentor" else "mentor"
    terms = ["truth", *(["own"] if own else [])]
    columns = {"judgement": f"{judge}_answer", "truth": f"{truth}_answer", **({"own": f"{judge}_own"} if own else {})}
    rows = pairs.assign(**{name: pairs[column] for name, column in columns.items()}).dropna(subset=list(columns)).reset_index(drop=True)
    empty: dict[str, object] = {"topic": "truth and bias", "of": judge, "n": len(rows)}
    try:
        middle = rows["truth"].mean()
        rows = rows.assign(**{name: rows[name] - middle for name in columns})
        fit = lmm(f"judgement ~ {' + '.join(terms)}{_random(rows)}", rows)
    except StudyError as error:
        why = "; ".join(problem.found for problem in error.problems)
        return [{**empty, "quantity": BIASES[name], "note": why} for name in ("Intercept", *terms)]
    table = fit.fixed_effects.set_index("term")
    found = []
    for name in ("Intercept", *terms):
        row = {**empty, "quantity": BIASES[name]}
        if name in table.index:
            row |= {**table.loc[name, ["estimate", "se", "df", "p", "ci_low", "ci_high"]].to_dict(), "method": MODEL}
        else:
            row["note"] = "it never differs, or says what another column says"
        found.append(row)
    return found


def _random(rows: pd.DataFrame) -> str:
    groups = [name for name in ("program", "mentor", "mentee", "dyad") if name in rows and rows[name].notna().all()]
    terms = diagnose(rows, groups).terms
    return f" + {terms}" if terms else ""
