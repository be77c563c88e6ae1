"""From estimates to an answer: a code from a fixed list, a word for how sure, and one plain sentence.

The code follows from the table alone, so that text and table cannot disagree:

* `positive`, `negative`: the corrected p is below .05, and the estimate points to more, or to less, of the outcome where partners
  are more alike (for a question of kind `model`: where the term is higher).
* `negligible`: the 90 % interval lies within the smallest effect that would matter, in either direction (two one-sided tests).
* `mixed`: several terms, pointing both ways.
* `inconclusive`: none of these; the study cannot tell.
* `not estimated`: there is no estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

ALPHA = 0.05
FEW_DF = 10


@dataclass(frozen=True)
class TermAnswer:
    """What one term says.

    Attributes
    ----------
    label : str
        What the term is about, in the user's words.
    code : str
    sign : int
        -1 when a high value of the term means unlike.
    estimate, low, high : float
        In standard deviations of the outcome, already turned so that more alike is positive.
    df : float
    """

    label: str
    code: str
    sign: int
    estimate: float
    low: float
    high: float
    df: float


def answer_term(row: dict[str, float], label: str, sign: int, sesoi: float | None) -> TermAnswer:
    """The answer of one row of `fixed_effects` (needs estimate, se, df, p, p_adjusted, std_estimate)."""
    estimate, se, df = row["estimate"], row["se"], row["df"]
    if not (np.isfinite(estimate) and np.isfinite(se)):
        return TermAnswer(label, "not estimated", sign, np.nan, np.nan, np.nan, np.nan)
    # The interval in standard deviations is the raw one times the same factor that turned the estimate.
    factor = row["std_estimate"] / estimate if np.isfinite(row["std_estimate"]) and estimate != 0 else np.nan
    p = row["p_adjusted"] if np.isfinite(row["p_adjusted"]) else row["p"]
    low, high = (_end(estimate, se, df, level, side) * factor for level, side in ((0.95, -1), (0.95, 1)))
    ends = sorted((sign * low, sign * high))
    inside = [abs(_end(estimate, se, df, 0.90, side) * factor) for side in (-1, 1)]
    if sesoi is not None and np.isfinite(factor) and max(inside) < sesoi:
        code = "negligible"
    elif p < ALPHA:
        code = "positive" if sign * estimate > 0 else "negative"
    else:
        code = "inconclusive"
    return TermAnswer(label, code, sign, sign * row["std_estimate"], ends[0], ends[1], df)


def combine(answers: Sequence[TermAnswer]) -> str:
    """One code for a question with several terms."""
    codes = {answer.code for answer in answers}
    if not answers or codes == {"not estimated"}:
        return "not estimated"
    if {"positive", "negative"} <= codes:
        return "mixed"
    for code in ("positive", "negative"):
        if code in codes:
            return code
    return "negligible" if codes <= {"negligible", "not estimated"} else "inconclusive"


def certainty(code: str, answers: Sequence[TermAnswer], warnings: Sequence[str]) -> str:
    """The word bound to a code: a clear answer loses its clarity with any warning."""
    if code == "not estimated":
        return "none"
    if code == "inconclusive":
        return "low"
    if code == "mixed" or warnings or any(answer.df < FEW_DF for answer in answers if answer.code == code):
        return "moderate"
    return "clear"


def sentence(code: str, answers: Sequence[TermAnswer], outcome: str, sesoi: float | None, alike: bool) -> str:
    """The answer in one or two plain sentences, from the same numbers as the code."""
    named = {wanted: [answer for answer in answers if answer.code == wanted] for wanted in
             ("positive", "negative", "negligible", "inconclusive", "not estimated")}
    parts = []
    for wanted, word in (("positive", "higher"), ("negative", "lower")):
        for answer in named[wanted]:
            parts.append(f"{_subject(answer.label, alike)} went with {word} {outcome} ({_numbers(answer)}).")
    if named["negligible"]:
        labels = _and(answer.label for answer in named["negligible"])
        parts.append(f"For {labels}, any association with {outcome} is smaller than {sesoi:g} standard deviations, the smallest that "
                     f"would matter ({'; '.join(_numbers(answer) for answer in named['negligible'])}).")
    if named["inconclusive"]:
        labels = _and(answer.label for answer in named["inconclusive"])
        parts.append(f"For {labels}, this study cannot tell whether there is an association with {outcome} "
                     f"({'; '.join(_numbers(answer) for answer in named['inconclusive'])}).")
    if named["not estimated"] or not answers:
        labels = _and(answer.label for answer in named["not estimated"]) or "this question"
        parts.append(f"For {labels}, nothing could be estimated; the table of models says why.")
    return " ".join(parts)


def _subject(label: str, alike: bool) -> str:
    return f"Being more alike ({label})" if alike else f"A higher value of {label}"


def _numbers(answer: TermAnswer) -> str:
    if not np.isfinite(answer.estimate):
        return "not in standard deviations"
    return f"{_signed(answer.estimate)} standard deviations, 95 % interval {_signed(answer.low)} to {_signed(answer.high)}"


def _signed(value: float) -> str:
    text = f"{value:.2f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) != 0 else "0.00"


def _and(words: object) -> str:
    items = [str(word) for word in words]  # type: ignore[attr-defined]
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _end(estimate: float, se: float, df: float, level: float, side: int) -> float:
    quantile = stats.t.ppf((1 + level) / 2, df) if np.isfinite(df) else stats.norm.ppf((1 + level) / 2)
    return estimate + side * quantile * se
