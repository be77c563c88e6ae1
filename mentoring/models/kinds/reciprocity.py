"""Question kind `reciprocity`: do the two sides see the same relationship, and does one side's answer go with the other's?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mentoring.errors import StudyError
from mentoring.measure.comparable import incomparable
from mentoring.models.kinds.actor_partner import NO_SECOND, long_rows, silent_side
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.reciprocity import METHOD, Reciprocity, correlations, reciprocity, total_variance
from mentoring.models.results import METHODS
from mentoring.models.two_views import gap_and_limits, truth_and_bias
from mentoring.models.verdicts import ALPHA
from mentoring.models.words import Words, in_sentence
from mentoring.settings import ReciprocityQuestion
from mentoring.tables import FITS, FIXED_EFFECTS, INFLUENCE, QUANTITIES, ROLES, SECOND_OPINION, VARIANCE_COMPONENTS

TERM = "dyadic_reciprocity"


def _answer(question: ReciprocityQuestion, data: StudyData) -> Answered:
    if why := silent_side(data.analysis, (question.of,)):
        return _nothing(question, [], why, len(data.analysis))
    views = np.random.SeedSequence([data.seed, 31]).spawn(2)
    rows = long_rows(data.analysis, [question.of]).astype({"wave": "int64"})
    pairs = _side_by_side(question, data.analysis)
    further, _ = gap_and_limits(pairs, question.bootstraps, views[1])
    for judge in ROLES:
        further += truth_and_bias(pairs, judge, own=question.own is not None)
    try:
        result = reciprocity(rows, answer=question.of, bootstraps=question.bootstraps, seed=views[0])
    except StudyError as error:
        return _nothing(question, further, "; ".join(problem.found for problem in error.problems), len(data.analysis))
    quantities = pd.concat([result.quantities, pd.DataFrame(further)], ignore_index=True)
    return Answered(None, None, {
        "quantities": QUANTITIES.frame(quantities.assign(question=question.name)), "fixed_effects": _fixed_effects(question, result),
        "variance_components": _variances(question, result), "fits": _fits(question, result), "influence": _influence(question, result, data.seed),
        "second_opinion": SECOND_OPINION.frame([{"question": question.name, "engine": "mixedlm", "term": TERM, "note": NO_SECOND}]),
    })  # fmt: skip


def _side_by_side(question: ReciprocityQuestion, analysis: pd.DataFrame) -> pd.DataFrame:
    names = {"answer": question.of, **({"own": question.own} if question.own else {})}
    groups = analysis[["dyad", "mentor", "mentee", "program", "wave"]]
    return groups.assign(**{f"{role}_{new}": analysis[f"{role}_{name}"].astype("float64") for role in ROLES for new, name in names.items()})


def _nothing(question: ReciprocityQuestion, further: list[dict[str, object]], why: str, dropped: int) -> Answered:
    empty = {"question": question.name, "topic": "reciprocity", "quantity": "dyadic reciprocity", "note": why}
    return Answered(None, None, {
        "quantities": QUANTITIES.frame(pd.DataFrame([empty, *({**row, "question": question.name} for row in further)])),
        "fixed_effects": FIXED_EFFECTS.frame([{"question": question.name, "outcome": question.of, "term": TERM, "method": "not estimated"}]),
        "fits": FITS.frame([{"question": question.name, "dropped": dropped, "note": f"not estimated: {why}"}]),
    })  # fmt: skip


def _dyadic(result: Reciprocity) -> pd.Series:
    return result.quantities.set_index("quantity").loc["dyadic reciprocity"]


def _fixed_effects(question: ReciprocityQuestion, result: Reciprocity) -> pd.DataFrame:
    """The means by role, and the correlation the question is about (already in standard deviations of either side)."""
    row = _dyadic(result)
    table = result.fit.fixed_effects.assign(question=question.name, outcome=question.of, method=METHODS[result.fit.method])
    found = {"question": question.name, "outcome": question.of, "term": TERM, "std_estimate": row["estimate"],
             **row[["estimate", "se", "p", "ci_low", "ci_high"]].to_dict(), "method": METHOD if row["method"] else "not estimated"}  # fmt: skip
    return FIXED_EFFECTS.frame(pd.concat([pd.DataFrame([found]), table], ignore_index=True))


def _variances(question: ReciprocityQuestion, result: Reciprocity) -> pd.DataFrame:
    """Variances with bootstrap intervals and their share in the same role's variance."""
    fit, draws = result.fit, result.draws.covariances
    table = fit.variance_components.assign(question=question.name, ci_low=np.nan, ci_high=np.nan, share=np.nan)
    total = total_variance(fit.covariances)
    for at, row in table.iterrows():
        first, second = (
            next((place for place, role in enumerate(fit.roles) if role in str(term)), None) for term in (row["term"], row["term2"])
        )
        if first is None:
            continue
        other = first if second is None else second
        table.loc[at, ["ci_low", "ci_high"]] = np.quantile(draws[row["group"]][:, first, other], [0.025, 0.975])
        if second is None:
            table.loc[at, "share"] = row["variance"] / total[first]
    return VARIANCE_COMPONENTS.frame(table)


def _fits(question: ReciprocityQuestion, result: Reciprocity) -> pd.DataFrame:
    fit, rows = result.fit, result.rows
    counts = {f"n_{column}s": int(rows[column].nunique()) if column in rows else None for column in ("mentor", "mentee", "dyad", "program")}
    return FITS.frame([{
        "question": question.name, "formula": f"{fit.formula}; residuals by role, correlated within relationships", "n_obs": fit.n_obs, **counts,
        "dropped": result.dropped, "reml": fit.reml, "loglik": fit.loglik, "aic": fit.aic, "singular": fit.singular, "converged": fit.converged, "note": "; ".join(result.notes) or None,
    }])  # fmt: skip


def _influence(question: ReciprocityQuestion, result: Reciprocity, seed: int) -> pd.DataFrame:
    """The correlation without each mentor and each programme, in bootstrap standard errors of the whole."""
    generator, rows = np.random.default_rng(np.random.SeedSequence([seed, 5])), []
    whole = _dyadic(result)
    for group in ("mentor", "program"):
        names = result.rows[group].dropna().unique() if group in result.rows else []
        if len(names) < 3 or result.rows[group].isna().any() or not np.isfinite(whole["estimate"]):
            continue
        numbers = dict(zip(names, generator.permutation(len(names)) + 1))
        found = []
        for other in result.fit.without(result.rows[group]):
            held = other.covariances
            estimate = float(correlations(held[result.level], total_variance(held))) if held else np.nan
            known = np.isfinite(estimate)
            found.append({"question": question.name, "term": TERM, "group": group, "left_out": numbers[other.left_out], "estimate": estimate,
                          "se": whole["se"] if known else np.nan, "dfbetas": (whole["estimate"] - estimate) / whole["se"],
                          "changes_sign": bool(estimate * whole["estimate"] < 0) if known else None})  # fmt: skip
        rows += sorted(found, key=lambda row: row["left_out"])
    return INFLUENCE.frame([{**row, "left_out": str(row["left_out"])} for row in rows])


def _focus(question: ReciprocityQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    return [(TERM, question.of)]


def _judge(question: ReciprocityQuestion, tables: Tables, words: Words) -> Judgement:
    rows = tables["quantities"].set_index("quantity")
    what = in_sentence(words.scales.get(question.of, question.of.replace("_", " ")))
    row, effects = rows.loc["dyadic reciprocity"], tables["fixed_effects"].set_index("term")
    if not np.isfinite(row["estimate"]) or not np.isfinite(row["ci_low"]):
        why = row["note"] if isinstance(row["note"], str) else "the table of quantities says why"
        return Judgement("not estimated", f"Whether the two sides' answers on {what} go together could not be estimated: {why}.")
    p = effects.loc[TERM, "p_adjusted"] if np.isfinite(effects.loc[TERM, "p_adjusted"]) else row["p"]
    narrow = rows.loc["dyadic reciprocity, 90 % interval"]
    shown, ends = 95, (row["ci_low"], row["ci_high"])
    if question.sesoi and max(abs(narrow["ci_low"]), abs(narrow["ci_high"])) < question.sesoi:
        code, shown, ends = "negligible", 90, (narrow["ci_low"], narrow["ci_high"])
    elif p < ALPHA:
        code = "positive" if row["estimate"] > 0 else "negative"
    else:
        code = "inconclusive"
    numbers = f"r = {_signed(row['estimate'])}, {shown} % interval {_signed(ends[0])} to {_signed(ends[1])}"
    if code == "inconclusive" and row["p"] < ALPHA:
        numbers += "; not told from zero once corrected for the number of questions"
    told = {
        "positive": f"Where one side saw more {what} than in the mentor's other relationships, so did the other side: {numbers}.",
        "negative": f"Where one side saw more {what} than in the mentor's other relationships, the other side saw less: {numbers}.",
        "negligible": f"Any correlation of the two sides' answers on {what}, beyond what is the mentor's, is smaller than {question.sesoi or 0:g}, the smallest that would matter: {numbers}.",
        "inconclusive": f"This study cannot tell whether the two sides' answers on {what} go together beyond what is the mentor's: {numbers}.",
    }[code]
    size = tables["fits"].iloc[0]
    df = float(size["n_dyads"] - size["n_mentors"]) if pd.notna(size["n_mentors"]) else float(size["n_dyads"] - 2)
    return Judgement(code, " ".join([told, *_level(rows, question.of, tables)]), (TERM,), df, _boundary(row))


def _level(rows: pd.DataFrame, of: str, tables: Tables) -> list[str]:
    """Who answers higher on the whole, in a sentence."""
    gap = rows.loc["mean gap"] if "mean gap" in rows.index else None
    if gap is None or not np.isfinite(gap["ci_low"]):
        return []
    word = "higher" if gap["estimate"] > 0 else "lower"
    ends = f"{_signed(gap['ci_low'])} to {_signed(gap['ci_high'])}"
    size = f"{_signed(abs(gap['estimate']))} points {word} than mentors"
    said = f"On average mentees answered {size} (mentee minus mentor {_signed(gap['estimate'])}, 95 % interval {ends})"
    # Correlations need no common zero; a gap does.
    doubted = "invariance" in tables and of in incomparable(tables["invariance"])
    return [f"{said}; as the scale was not shown to mean the same to both sides, this may come from its items." if doubted else f"{said}."]


def _boundary(row: pd.Series) -> tuple[str, ...]:
    return ("the correlation is estimated at the boundary of what is possible",) if isinstance(row["note"], str) else ()


def _signed(value: float) -> str:
    text = f"{value:.2f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) != 0 else "0.00"


def _single_source(question: ReciprocityQuestion, words: Words) -> bool:
    """Never: two people answered."""
    return False


KIND = Kind(_answer, _focus, _judge, _single_source)
