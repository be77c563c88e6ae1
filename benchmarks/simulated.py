"""A simulated study straight from the generator to the table the questions are asked of, without files in between.

Careless and missing answers stay in. One relationship per mentee (the first), so that the groups are nested and hundreds of large studies take minutes:
what is tried here is the verdict, and crossed groups are tried with the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pandas as pd

from mentoring.credibility.worlds.study import SimulatedStudy, simulate
from mentoring.credibility.worlds.wording import BY_NAME, CONSTRUCTS, LABELS
from mentoring.dyads import add_similarity
from mentoring.dyads.pairing import Paired
from mentoring.ingest import read_codebook
from mentoring.models import results
from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.questions import answer_question, tables_of
from mentoring.models.words import Words
from mentoring.settings import QuestionBase
from mentoring.study import Study
from mentoring.tables import PER_QUESTION

DEMOGRAPHICS = ("gender", "race", "field", "first_gen", "age")
MATCHED = {int(code): label for code, label, _ in LABELS["matched"][:2]}


def example() -> tuple[Study, pd.DataFrame]:
    """The example's config, and its codebook's items."""
    with TemporaryDirectory() as folder:
        simulate("few").write(folder)
        study = Study.load(Path(folder))
        return study, read_codebook(study).items


def data_of(study: SimulatedStudy, config: Study, items: pd.DataFrame) -> StudyData:
    """What the questions of `config` are answered from, in a simulated study."""
    paired = _paired(study)
    first = study.people.pairs["mentee"].drop_duplicates().index.astype(str)
    kept = paired.analysis["dyad"].isin(first)
    paired = Paired(paired.analysis[kept].reset_index(drop=True), paired.items[kept].reset_index(drop=True), paired.audit)
    analysis = add_similarity(paired, config.similarity, items)
    nobody = pd.DataFrame()
    return StudyData(analysis, nobody, nobody, items, config.similarity, config.scales, study.seed)


def verdicts_on(questions: Sequence[QuestionBase], data: StudyData) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `verdicts` and `fixed_effects` of these questions, p values corrected within their families."""
    with _no_profiles():
        answered = [tables_of(answer_question(question, data)) for question in questions]
    tables = {table.name: pd.concat([part[table.name] for part in answered], ignore_index=True) for table in PER_QUESTION}
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], questions)
    return verdicts(tables, questions, Words.of(data.scales, data.similarity)), tables["fixed_effects"]


@contextmanager
def _no_profiles():
    """Without intervals for the variances: they take most of the time, and no verdict looks at them."""
    with patch.object(results, "intervals_affordable", lambda fit: False):
        yield


def _paired(study: SimulatedStudy) -> Paired:
    pairs, waves = study.people.pairs, study.world.waves
    rows = pd.DataFrame({name: np.repeat(pairs[name].to_numpy(), waves) for name in ("mentor", "mentee", "program", "form")})
    rows = rows.assign(
        dyad=np.repeat(np.arange(len(pairs)), waves).astype(str), wave=np.tile(np.arange(1, waves + 1), len(pairs)), stage=None
    )
    at = pd.Index(np.repeat(np.arange(len(pairs)), waves) * 10 + rows["wave"])
    columns: dict[str, np.ndarray] = {}
    inside = {"dyad": rows["dyad"], "wave": rows["wave"]}
    for role in ("mentor", "mentee"):
        given = study.answers[role].given
        sheet = given["pair"].astype(int) * 10 + given["wave"].astype(int)
        for construct in CONSTRUCTS:
            if role not in construct.roles:
                continue
            answers = _keyed(given, construct.name)
            if construct.name == "values":  # asked in the first wave, about oneself
                answers = answers.groupby(given["person"]).first().reindex(rows[role]).reset_index(drop=True)
            else:
                answers = answers.set_axis(sheet).reindex(at).reset_index(drop=True)
            inside |= {f"{role}_{name}": answers[name] for name in answers}
            columns[f"{role}_{construct.name}"] = answers.mean(axis=1).where(answers.notna().mean(axis=1) >= 0.75).to_numpy()
        people = study.people.mentors if role == "mentor" else study.people.mentees
        for name in DEMOGRAPHICS:
            columns[f"{role}_{name}"] = np.repeat(people[name].to_numpy()[pairs[f"{role}_row"]], waves)
        if role == "mentee":
            columns["mentee_matched"] = given["matched"].astype("float64").map(MATCHED).set_axis(sheet).reindex(at).to_numpy()
    return Paired(rows.assign(**columns).astype({"wave": "Int64"}), pd.DataFrame(inside), pd.DataFrame())


def _keyed(given: pd.DataFrame, name: str) -> pd.DataFrame:
    """Answers to a construct's items, codes of missing answers blank and reversed items turned round."""
    construct = BY_NAME[name]
    items = given[construct.item_names].astype("float64")
    items = items.where((items >= 1) & (items <= 7))
    return items.assign(**{item: 8 - items[item] for item, turned in zip(construct.item_names, construct.reverse) if turned})
