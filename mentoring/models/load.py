"""What mentors report as their number of mentees grows: a curve over the load."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm
from mentoring.models.structure import diagnose

FEWEST_MENTORS = 10
# ASSUME: with fewer different loads than this the curve is a straight line.
CURVED_FROM = 4


def load_of(dyads: pd.DataFrame) -> pd.Series:
    """Each mentor's number of mentees in the list of pairs."""
    return dyads.groupby("mentor")["mentee"].nunique()


def load_curve(rows: pd.DataFrame, column: str, load: pd.Series) -> pd.DataFrame:
    """A mentor's report over the number of mentees.

    A linear mixed model of `column` on load and its square (a straight line with fewer than four different loads), waves as groups, with the
    random intercepts the rows can carry. Load is the mentor's, so its degrees of freedom are the mentors'.

    Parameters
    ----------
    rows : DataFrame
        Table `analysis`.
    column : str
        What mentors reported about each relationship.
    load : Series
        Mentor → number of mentees.

    Returns
    -------
    DataFrame
        of (a number of mentees, or `one more mentee, at the average load`), n (mentors), estimate, se, df, p, ci_low, ci_high, method, note. A single
        row with a note when there is no curve.

    Notes
    -----
    R: ``emmeans::emmeans(lmer(column ~ load + I(load^2) + wave + (1 | mentor) + (1 | dyad)), ~ load)``.
    """
    known = rows[rows[column].notna() & rows["mentor"].isin(load.index)].copy()
    known["load"] = known["mentor"].map(load).astype("float64")
    mentors = known.drop_duplicates("mentor")["load"]
    different = mentors.nunique()
    if len(mentors) < FEWEST_MENTORS or different < 2:
        why = f"not estimated: {len(mentors)} mentors with {different} different numbers of mentees"
        return pd.DataFrame([{"of": "one more mentee, at the average load", "n": len(mentors), "note": why}])
    middle = float(mentors.mean())
    known["load_centred"] = known["load"] - middle
    known["load_squared"] = known["load_centred"] ** 2
    terms = ["load_centred", *(["load_squared"] if different >= CURVED_FROM else [])]
    structure = diagnose(known)
    if known["wave"].nunique() > 1:
        known["wave"] = "wave " + known["wave"].astype(str)
        terms.append("wave")
    try:
        fit = lmm(f"{column} ~ {' + '.join([*terms, *structure.fixed])}" + (f" + {structure.terms}" if structure.random else ""), known)
    except StudyError as error:
        return pd.DataFrame([{"of": "one more mentee, at the average load", "n": len(mentors), "note": f"not estimated: {error.problems[0].found}"}])
    slope = np.zeros(len(fit.terms))
    slope[fit.terms.index("load_centred")] = 1
    contrasts, labels, counts = [slope], ["one more mentee, at the average load"], [len(mentors)]
    for size in sorted(mentors.unique()):
        row = fit.design.X.mean(axis=0)
        for term, value in (("load_centred", size - middle), ("load_squared", (size - middle) ** 2)):
            if term in fit.terms:
                row[fit.terms.index(term)] = value
        contrasts.append(row)
        labels.append(f"{size:g}")
        counts.append(int((mentors == size).sum()))
    vcov = (fit.vcov_adjusted if fit.method == "kenward-roger" else fit.vcov).to_numpy()
    matrix = np.array(contrasts)
    estimate, se = matrix @ fit.coefficients, np.sqrt(np.einsum("qp,pk,qk->q", matrix, vcov, matrix))
    df = np.array([fit.contrast_df(row) for row in matrix])
    reach = stats.t.isf(0.025, np.where(np.isfinite(df), df, 1e9)) * se
    table = pd.DataFrame({"of": labels, "n": counts, "estimate": estimate, "se": se, "df": df, "ci_low": estimate - reach, "ci_high": estimate + reach})
    table["p"] = np.nan
    table.loc[0, "p"] = 2 * stats.t.sf(abs(estimate[0] / se[0]), df[0])
    method = "Kenward-Roger" if fit.method == "kenward-roger" else "Satterthwaite"
    return table.assign(method=f"linear mixed model, {method}; n: mentors with that many mentees", note=None)
