"""Does a scale mean the same to groups of people that a question compares?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mentoring.measure.factors import Step, Structure, steps_of_invariance
from mentoring.measure.scoring import scale_answers, with_mentor
from mentoring.settings import EquityQuestion, QuestionBase, Scale

# ASSUME: fewer answer sheets than this say too little of a group's own loadings; such groups are left out of the comparison.
FEWEST_SHEETS = 30


def groups_asked(questions: Sequence[QuestionBase], scales: Sequence[Scale]) -> list[tuple[str, str, str]]:
    """Scale, role that answers it, and grouping (such as ``mentee_first_gen``) of every question about a gap in a scale of three or more items."""
    long = {scale.name for scale in scales if len(scale.items) > 2}
    asked = [(one.outcome, str(one.reporter), one.group) for one in questions if isinstance(one, EquityQuestion) and one.outcome in long]
    return list(dict.fromkeys(asked))


def place(role: str, group: str, wave: int) -> str:
    """What stands in the column `of` of table `invariance`."""
    return f"{group}, {role}s’ answers, wave {wave}"


def between_groups(
    keyed: pd.DataFrame, scale: Scale, role: str, group: str, dyads: pd.DataFrame, people: pd.DataFrame
) -> tuple[list[Step], str] | None:
    """Steps of invariance between independent groups at the first wave the role answered, and where; None where there is no such grouping.

    Answers of one mentor's relationships are clustered, as elsewhere; groups are taken as independent of each other.

    Parameters
    ----------
    keyed, dyads, people : DataFrame
        From `keyed_answers`; the tables of those names.
    scale : Scale
    role : str
        Whose answers.
    group : str
        A column of `people` after the side it is of, such as ``mentee_first_gen``, or a column of `dyads`.
    """
    answers = with_mentor(scale_answers(keyed, scale), dyads)
    own = answers[answers["role"] == role]
    if own.empty:
        return None
    wave = int(own["wave"].min())
    own = own[(own["wave"] == wave) & own[scale.items].notna().any(axis=1)]
    labels = _labels(own, role, group, dyads, people)
    if labels is None:
        return None
    sizes = labels.value_counts()
    kept = sizes.index[sizes >= FEWEST_SHEETS]
    small = len(sizes) - len(kept)
    left_out = f"{small} group{'s' if small > 1 else ''} with fewer than {FEWEST_SHEETS} answer sheets left out" if small else ""
    if len(kept) < 2:
        why = f"fewer than two groups with {FEWEST_SHEETS} answer sheets"
        return [Step("configural", None, None, note=why)], place(role, group, wave)
    use = labels.isin(kept)
    steps = steps_of_invariance(own[use], Structure({scale.name: tuple(scale.items)}), groups=labels[use].tolist(), clusters=own.loc[use, "mentor"].tolist())
    first = steps[0]
    note = "; ".join(part for part in (first.note, left_out) if part)
    return [Step(first.name, first.fit, first.holds, first.against, note), *steps[1:]], place(role, group, wave)


def _labels(own: pd.DataFrame, role: str, group: str, dyads: pd.DataFrame, people: pd.DataFrame) -> pd.Series | None:
    """The group of each answer sheet."""
    side, _, column = group.partition("_")
    if side in ("mentor", "mentee") and column in people:
        belongs = people[people["role"] == side].drop_duplicates("person").set_index("person")[column]
        who = own["person"] if side == role else own["dyad"].map(dyads.set_index("dyad")[side])
        labels = who.map(belongs)
    elif group in dyads:
        labels = own["dyad"].map(dyads.set_index("dyad")[group])
    else:
        return None
    return labels.map(lambda label: None if pd.isna(label) else str(label))
