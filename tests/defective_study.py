"""A simulated study with something wrong in it, taken through the whole work, for tests of what becomes of bad input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from mentoring.credibility.worlds.study import SimulatedStudy, simulate
from mentoring.dyads import add_similarity, audit, pair_dyads
from mentoring.measure import keyed_answers, score_scales
from mentoring.models import results, strata
from mentoring.models.collecting import adjusted, set_aside, verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.questions import answer_question, read_whole_study, tables_of
from mentoring.models.words import Words
from mentoring.study import Study
from mentoring.tables import EXCLUSIONS, PER_QUESTION

# Few draws: how exact an interval is, is no matter here.
QUICK = {"bootstraps": 99, "permutations": 99, "draws": 1000}
NETWORK = """  - name: several_mentors
    ask: What goes with a further mentor?
    kind: network
    outcome: belonging
    reporter: mentee
    predictor: mentee_psychosocial
    functions: [psychosocial, career]
credibility:
"""


def made(
    folder: Path,
    answers: Sequence[Callable[[SimulatedStudy], None]] = (),
    files: Sequence[Callable[[Path], None]] = (),
    mentors: int = 16,
    **world: float,
) -> Study:
    """Write a study with these defects; one question of every kind.

    `answers` change what was drawn before it is written, `files` what was written.
    """
    simulated = simulate("example", 4, mentors=mentors, careless=0.0, **world)
    for spoil in answers:
        spoil(simulated)
    simulated.write(folder)
    for spoil in files:
        spoil(folder)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    if "kind: network" not in text:
        config.write_text(text.replace("credibility:\n", NETWORK, 1), encoding="utf-8")
    return Study.load(folder)


def one_of_each_kind(study: Study) -> list:
    """The first question of every kind, with few draws."""
    first = {}
    for question in study.questions:
        first.setdefault(question.kind, question)
    return [
        question.model_copy(update={key: value for key, value in QUICK.items() if key in type(question).model_fields})
        for question in first.values()
    ]


def worked_through(study: Study, kinds: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """All tables of the study, `exclusions` and `verdicts` among them, as the workflow makes them; of these kinds of question, or all."""
    read = read_whole_study(study)
    keyed = keyed_answers(read.responses, read.codebook_items)
    scores = score_scales(keyed, study.scales)
    paired = pair_dyads(read.dyads, read.people, keyed, scores, read.codebook_items, study.scales)
    analysis = add_similarity(paired, study.similarity, read.codebook_items)
    data = StudyData(analysis, read.dyads, read.people, read.codebook_items, study.similarity, study.scales, study.about.seed)
    questions = [question for question in one_of_each_kind(study) if not kinds or question.kind in kinds]
    # Intervals of variances take most of the time and are tried elsewhere.
    with patch.object(results, "intervals_affordable", lambda fit: False), patch.object(strata, "intervals_affordable", lambda fit: False):
        answered = [tables_of(answer_question(question, data)) for question in questions]
    tables = {table.name: pd.concat([part[table.name] for part in answered], ignore_index=True) for table in PER_QUESTION}
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], questions)
    tables["verdicts"] = verdicts(tables, questions, Words.of(study.scales, study.similarity))
    parts = [
        read.exclusions,
        paired.audit,
        audit(paired, analysis, read.codebook_items, study.scales, study.similarity),
        set_aside(tables["fits"]),
    ]
    tables["exclusions"] = EXCLUSIONS.frame(pd.concat(parts, ignore_index=True))
    return tables | {"analysis": analysis}


# --- what can be wrong -----------------------------------------------------------------------------------------------------


def own_mentors(folder: Path) -> None:
    """Two people stand in the pair list as their own mentors."""
    _append(folder, lambda rows: rows.iloc[[3, 9]].assign(mentor=lambda own: own["mentee"]))


def pairs_twice(folder: Path) -> None:
    """Three pairs stand in the list twice."""
    _append(folder, lambda rows: rows.iloc[[0, 5, 7]])


def _append(folder: Path, which: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    file = folder / "data" / "pairs.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    pd.concat([rows, which(rows)]).to_csv(file, index=False)


def one_sided(study: SimulatedStudy) -> None:
    """Of a quarter of the relationships the mentor says nothing, of another quarter the mentee."""
    for role, rest in (("mentor", 0), ("mentee", 1)):
        given = study.answers[role].given
        given.drop(index=given.index[given["pair"].astype(int) % 4 == rest], inplace=True)
        given.reset_index(drop=True, inplace=True)


def flat_profiles(study: SimulatedStudy) -> None:
    """Half of the mentees tick what mentees tick on average, and nothing else: no shape is left of their profile."""
    given = study.answers["mentee"].given
    for number in range(1, 5):
        given.loc[given["wave"] == 1, f"values_{number}"] = 4


def one_side_s_scale(study: SimulatedStudy) -> None:
    """No mentor answers the scale of quality."""
    for number in range(1, 5):
        given = study.answers["mentor"].given
        given[f"quality_{number}"] = pd.array([pd.NA] * len(given), dtype="Int64")


def group_of_two(study: SimulatedStudy) -> None:
    """Two mentees are the first of their family to attend college."""
    study.people.mentees["first_gen"] = "no"
    study.people.mentees.loc[[4, 11], "first_gen"] = "yes"


def empty_wave(study: SimulatedStudy) -> None:
    """Nobody answers in the second wave."""
    for answers in study.answers.values():
        answers.given.drop(index=answers.given.index[answers.given["wave"] == 2], inplace=True)
        answers.given.reset_index(drop=True, inplace=True)


def wave_not_listed(folder: Path) -> None:
    """The config lists only the waves that were answered."""
    config = folder / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace('waves: ["1", "2", "3"]', 'waves: ["1", "3"]'), encoding="utf-8")
