"""Question kind `congruence`: does it matter that both sides stand at the same place, whatever the place?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.measure.comparable import incomparable
from mentoring.models.kinds.kind import Answered, Judgement, Kind, StudyData, Tables
from mentoring.models.kinds.surfaces import answer_surface, cell, plan_surface, shape_rows, why_not
from mentoring.models.surface.response import TERMS
from mentoring.models.surface.rule import SHOWN, congruence_code
from mentoring.models.verdicts import About, TermAnswer, answer_term, signed
from mentoring.models.words import Words, in_sentence
from mentoring.settings import CongruenceQuestion, Scale
from mentoring.tables import ROLES

FOCUS = "surface_a4"
# Surfaces whose ridge is the line of congruence; one of them should be among those nearly as good as the best.
CONGRUENT = ("SQD", "RR")
NEARLY_AS_GOOD = 2.0


def asked_alike(of: str, scales: Sequence[Scale], items: pd.DataFrame) -> tuple[str, tuple[float, float] | None]:
    """Whether both sides answered the same items on the same range.

    Returns
    -------
    problem, limits
        Why the two sides cannot be set against each other ("" when they can), and the response range, where it is known.
    """
    scale = next((scale for scale in scales if scale.name == of), None)
    wanted = list(scale.items) if scale else [of]
    asked = {role: items[(items["role"] == role) & items["item"].isin(wanted)] for role in ROLES}
    only = [
        f"{item} was answered by {ROLES[1 - place]}s only" for place, role in enumerate(ROLES) for item in wanted
        if item not in set(asked[role]["item"]) and item in set(asked[ROLES[1 - place]]["item"])
    ]
    if only:
        return f"the two sides were not asked the same: {'; '.join(only)}", None
    ranges = {role: asked[role].set_index("item")[["low", "high"]].astype("float64").reindex(wanted) for role in ROLES}
    if not ranges["mentor"].equals(ranges["mentee"]):
        return "the two sides answered on different ranges, so that the same number is not the same place", None
    limits = ranges["mentor"].drop_duplicates()
    return "", (float(limits["low"].iloc[0]), float(limits["high"].iloc[0])) if len(limits) == 1 and limits.notna().all(axis=None) else None


def _answer(question: CongruenceQuestion, data: StudyData) -> Answered:
    x, y = f"mentor_{question.of}", f"mentee_{question.of}"
    problem, limits = asked_alike(question.of, data.scales, data.codebook_items)
    if question.centre == "midpoint" and limits is None and not problem:
        problem = "the response range is not the same for all items (or not in the codebook), so there is no midpoint to centre at"
    centre = sum(limits) / 2 if question.centre == "midpoint" and limits else None
    plan, sides = plan_surface(question, data.analysis, x, y, TERMS, FOCUS, centre=centre, problem=problem)
    if sides is not None and sides.problem and not plan.problem:
        plan = type(plan)(**{**plan.__dict__, "problem": sides.problem})
    fitted, _, tables = answer_surface(question, plan, sides, x, y, TERMS, data.seed)
    return Answered(plan, fitted, tables)


def _focus(question: CongruenceQuestion, fixed_effects: pd.DataFrame) -> list[tuple[str, str]]:
    """The bend across mismatch: the one test that is corrected for the number of questions."""
    return [(FOCUS, question.of)]


def _judge(question: CongruenceQuestion, tables: Tables, words: Words) -> Judgement:
    rows = shape_rows(tables, TERMS)
    shapes = {name: answer_term(row, About(name, name, "per step"), question.sesoi) for name, row in rows.items()}
    joint = {name: cell(tables["quantities"], "p", topic="joint test", quantity=name) for name in ("whole surface", "bend", "ridge")}
    b4 = cell(tables["response_surface"], "estimate", quantity="b4"), cell(tables["response_surface"], "p", quantity="b4")
    code = congruence_code({name: answer.code for name, answer in shapes.items()}, joint["whole surface"], joint["bend"], joint["ridge"], b4, beyond(shapes, question.sesoi))
    text = sentence_of(code, shapes, question, tables, words)
    df = min((answer.df for answer in shapes.values() if np.isfinite(answer.df)), default=float("nan"))
    doubt = _same_place_in_doubt(code, question.of, tables)
    return Judgement(code, f"{text} {doubt}".strip(), (FOCUS,), df, tuple(_warnings(code, tables)), doubt)


def _same_place_in_doubt(code: str, of: str, tables: Tables) -> str:
    """A sentence where the answer names a place, and it was not shown that both sides mean the same by it ("" otherwise)."""
    if code in ("no effect", "inconclusive", "not estimated") or "invariance" not in tables or of not in incomparable(tables["invariance"]):
        return ""
    return "This is not to be relied on: it was not shown that the scale means the same to both sides, so the same number may not be the same place."


def beyond(shapes: dict[str, TermAnswer], sesoi: float | None) -> list[str]:
    """Shapes told from zero whose whole 95 % interval is larger than what would matter."""
    return [name for name, answer in shapes.items() if answer.code in SHOWN and min(abs(answer.low), abs(answer.high)) > (sesoi or 0)]


def sentence_of(code: str, shapes: dict[str, TermAnswer], question: CongruenceQuestion, tables: Tables, words: Words) -> str:
    """The answer in plain words, from the same numbers as the code."""
    outcome, of = words.column(question.outcome_column), in_sentence(words.scales.get(question.of, question.of.replace("_", " ")))
    limit = f"{question.sesoi or 0:g} SD"
    said = {name: numbers(name, answer) for name, answer in shapes.items()}
    start = f"{outcome[:1].upper()}{outcome[1:]} was"
    same = f"where mentor and mentee stood at the same place on {of}"
    falls = f"with mismatch in either direction ({said['a4']})"
    if code == "strict congruence":
        return (f"{start} highest {same}, whether low or high, and lower {falls}. How it differs with the level itself, or with which side is "
                f"higher, is smaller than {limit}.")
    if code == "broad congruence":
        level = [said[name] for name in ("a1", "a2") if shapes[name].code in SHOWN]
        besides = f"It also differed with the level at which both stood ({'; '.join(level)})." if level else \
            "Whether it also differs with the level at which both stand, this study cannot tell."
        return f"At any given level, {outcome} was highest {same}, and lower {falls}. {besides}"
    if code == "incongruence better":
        return f"At any given level, {outcome} was lowest {same}, and higher {falls}."
    if code == "level-dependent":
        seen = "; ".join(said[name] for name in ("a4", "a3", "a5") if shapes[name].code in ("positive", "negative"))
        return (f"{outcome[:1].upper()}{outcome[1:]} bends with where the two stood on {of}, but the best place is not simply the same place for "
                f"both: it shifts with the level, or lies to one side ({seen}).")
    if code == "level effect only":
        seen = "; ".join(said[name] for name in ("a1", "a2", "a3") if shapes[name].code in ("positive", "negative"))
        return (f"{outcome[:1].upper()}{outcome[1:]} differed with where each side stood on {of} ({seen}), but standing at the same place adds nothing that "
                f"would matter: any bend with mismatch is smaller than {limit} ({said['a4']}).")
    if code == "no effect":
        return f"Wherever the two sides stood on {of}, {outcome} differed by less than {limit}, the smallest that would matter ({said['a4']})."
    if code == "not estimated":
        return f"Congruence in {of} could not be judged: {why_not(tables)}."
    unknown = "; ".join(said[name] for name in ("a4", "a3", "a5", "a1", "a2") if shapes[name].code == "inconclusive")
    no_limit = "" if question.sesoi else " No smallest effect that would matter is declared (`sesoi`), so nothing can be called negligible."
    return f"This study cannot tell whether {outcome} goes with standing at the same place on {of} ({unknown or said['a4']}).{no_limit}"


# What each shape is, in a few words; one step is one standard deviation of the scores.
MEANING = {
    "a1": "rise with the level of both", "a2": "curve with the level of both", "a3": "rise towards the mentor’s side being higher",
    "a4": "bend with mismatch", "a5": "turn of the ridge",
}


def numbers(name: str, answer: TermAnswer) -> str:
    """One shape with its interval."""
    if not np.isfinite([answer.estimate, answer.low, answer.high]).all():
        return f"{MEANING[name]}: no estimate"
    corrected = ", not told from zero once corrected for the number of questions" if answer.code == "inconclusive" and answer.corrected_away else ""
    return f"{MEANING[name]}: {signed(answer.estimate)} SD, {answer.shown} % interval {signed(answer.low)} to {signed(answer.high)}{corrected}"


def _warnings(code: str, tables: Tables) -> list[str]:
    """Why a verdict on the shape is less than clear."""
    if code in ("no effect", "inconclusive", "not estimated"):
        return []
    found = []
    congruent = code in ("strict congruence", "broad congruence")
    tried = tables["influence"][tables["influence"]["term"] == FOCUS]
    if code != "level effect only" and tried.empty:
        found.append("it was not tried without single mentors or programmes")
    elif code != "level effect only" and tried["changes_sign"].fillna(False).any():
        found.append("leaving out a single mentor or programme turns the bend round")
    models = tables["surface_models"]
    near = models[models["delta"] <= NEARLY_AS_GOOD]["model"]
    if congruent and len(near) and not near.isin(CONGRUENT).any():
        found.append("no surface with its ridge where both stand at the same place is among the best simpler ones")
    surface = tables["response_surface"]
    if congruent and np.isfinite(cell(surface, "ci_low", quantity="p11")) and not _on_line(surface):
        found.append("the ridge as resampled leaves out the line of congruence, though by little")
    return found


def _on_line(surface: pd.DataFrame) -> bool:
    """Whether the intervals of the first axis hold the line Y = X (p10 = 0 and p11 = 1); False where the axis is not defined."""
    ends = [(cell(surface, "ci_low", quantity=name), cell(surface, "ci_high", quantity=name), value) for name, value in (("p10", 0.0), ("p11", 1.0))]
    return all(low <= value <= high for low, high, value in ends)


def _single_source(question: CongruenceQuestion, words: Words) -> bool:
    """Each side says where it stands itself, so whether both stand alike is nobody's own report."""
    return False


KIND = Kind(_answer, _focus, _judge, _single_source)
