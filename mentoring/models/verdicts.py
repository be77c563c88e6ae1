"""From estimates to an answer: a code from a fixed list, a word for how sure, and one plain sentence.

The code follows from the table alone, so that text and table cannot disagree:

* `positive`, `negative`: the corrected p is below .05, and the estimate points to more, or to less, of the outcome where partners
  are more alike (for a question of kind `model`: where the term is higher).
* `negligible`: the 90 % interval lies within the smallest effect that would matter, in either direction (two one-sided tests). This
  comes first: what is too small to matter is negligible even when it can be told from zero.
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
UNDECIDED = ("inconclusive", "not shown")


@dataclass(frozen=True)
class About:
    """A term in words.

    Attributes
    ----------
    label : str
        What it is about, as the user named it.
    subject : str
        The start of a sentence that says who was higher: "Comparing relationships of the same mentor, those more alike".
    step : str
        What the estimate is per: "per SD", "between same and different".
    sign : int
        -1 when a high value of the term means unlike.
    where : str
        What is compared, where that must be said: "comparing relationships of the same mentor".
    """

    label: str
    subject: str
    step: str
    sign: int = 1
    where: str = ""

    @property
    def named(self) -> str:
        """The label beside an estimate: the table gives a distance as it is, so a sentence that turns it round says so."""
        return f"{self.label}, turned round so that higher is more alike" if self.sign < 0 else self.label

    @property
    def unit_step(self) -> str:
        """What an estimate in the outcome's own unit is per."""
        return self.step.replace("per SD", "per unit")


@dataclass(frozen=True)
class TermAnswer:
    """What one term says.

    Attributes
    ----------
    about : About
        What the term is, in words.
    code : str
    estimate, low, high : float
        In standard deviations of the outcome, already turned so that more alike is positive.
    df : float
    raw : str
        The same in the outcome's own unit, in words ("" when it has none a reader knows).
    shown : int
        Coverage of the interval, in per cent.
    corrected_away : bool
        The p value was below .05 and is not after correction for the number of questions.
    """

    about: About
    code: str
    estimate: float
    low: float
    high: float
    df: float
    raw: str = ""
    shown: int = 95
    corrected_away: bool = False


def answer_term(row: dict[str, float], about: About, sesoi: float | None, unit: str = "") -> TermAnswer:
    """The answer of one row of `fixed_effects` (needs estimate, se, df, p, p_adjusted, std_estimate)."""
    estimate, se, df = row["estimate"], row["se"], row["df"]
    if not (np.isfinite(estimate) and np.isfinite(se)):
        return TermAnswer(about, "not estimated", np.nan, np.nan, np.nan, np.nan)
    sign = about.sign
    # The interval in standard deviations is the raw one times the same factor that turned the estimate.
    factor = row["std_estimate"] / estimate if np.isfinite(row["std_estimate"]) and estimate != 0 else np.nan
    p = row["p_adjusted"] if np.isfinite(row["p_adjusted"]) else row["p"]
    low, high = (_end(estimate, se, df, level, side) * factor for level, side in ((0.95, -1), (0.95, 1)))
    ends = sorted((sign * low, sign * high))
    # Two one-sided 5 % tests are the 90 % interval, so that is the one to show where they decide.
    inside = [abs(_end(estimate, se, df, 0.90, side) * factor) for side in (-1, 1)]
    shown = 95
    if sesoi is not None and np.isfinite(factor) and max(inside) < sesoi:
        code, shown = "negligible", 90
        ends = sorted(sign * factor * _end(estimate, se, df, 0.90, side) for side in (-1, 1))
    elif p < ALPHA:
        code = "positive" if sign * estimate > 0 else "negative"
    else:
        code = "inconclusive"
    own = sorted(sign * _end(estimate, se, df, shown / 100, side) for side in (-1, 1))
    raw = f"{signed(sign * estimate)} {unit} {about.unit_step}, {shown} % interval {signed(own[0])} to {signed(own[1])}; " if unit else ""
    return TermAnswer(about, code, sign * row["std_estimate"], ends[0], ends[1], df, raw, shown, row["p"] < ALPHA <= p)


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


def certainty(code: str, df: float, warnings: Sequence[str], doubt: str = "") -> str:
    """The word bound to a code: a clear answer loses its clarity with any warning, or with few degrees of freedom, and its worth with a doubt."""
    if code == "not estimated":
        return "none"
    if code in UNDECIDED or doubt:
        return "low"
    if code == "mixed" or warnings or df < FEW_DF:
        return "moderate"
    return "clear"


def sentence(answers: Sequence[TermAnswer], outcome: str, sesoi: float | None) -> str:
    """The answer in a few plain sentences, from the same numbers as the code."""
    parts = []
    for code, word in (("positive", "higher"), ("negative", "lower")):
        for answer in answers:
            if answer.code == code:
                parts.append(f"{answer.about.subject} had {word} {outcome}: {_numbers(answer)}.{_perhaps_too_small(answer, sesoi)}")
    for code, text in (
        ("negligible", f"Any association with {outcome} is smaller than {sesoi or 0:g} standard deviations (SD), the smallest that would matter, for"),
        ("inconclusive", f"This study cannot tell whether there is an association with {outcome} for"),
    ):
        which = [answer for answer in answers if answer.code == code]
        for where in dict.fromkeys(answer.about.where for answer in which):
            named = [f"{answer.about.named} ({_numbers(answer)})" for answer in which if answer.about.where == where]
            parts.append(f"{f'{where[:1].upper()}{where[1:]}, {text[:1].lower()}{text[1:]}' if where else text} {_and(named)}.")
    lost = [answer.about.label for answer in answers if answer.code == "not estimated"]
    if lost or not answers:
        parts.append(f"Nothing could be estimated for {_and(lost) or 'this question'}; the table of models says why.")
    return " ".join(parts)


def _perhaps_too_small(answer: TermAnswer, sesoi: float | None) -> str:
    """A warning where an association told from zero may still be smaller than what would matter."""
    nearest_zero = min(abs(answer.low), abs(answer.high))
    return f" It may be smaller than {sesoi:g} SD, the smallest that would matter." if sesoi and nearest_zero < sesoi else ""


def _numbers(answer: TermAnswer) -> str:
    if not np.isfinite([answer.estimate, answer.low, answer.high]).all():
        return "no standardised estimate"
    # Without this the sentence would say "cannot tell" beside an interval that leaves out zero.
    corrected = "; not told from zero once corrected for the number of questions" if answer.code == "inconclusive" and answer.corrected_away else ""
    interval = f"{answer.shown} % interval {signed(answer.low)} to {signed(answer.high)}"
    return f"{answer.raw}{signed(answer.estimate)} SD {answer.about.step}, {interval}{corrected}"


def signed(value: float) -> str:
    """Two decimals, with a proper minus sign and never a negative zero."""
    text = f"{value:.2f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) != 0 else "0.00"


def _and(items: Sequence[str]) -> str:
    return ", and ".join(["; ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _end(estimate: float, se: float, df: float, level: float, side: int) -> float:
    quantile = stats.t.ppf((1 + level) / 2, df) if np.isfinite(df) else stats.norm.ppf((1 + level) / 2)
    return estimate + side * quantile * se
