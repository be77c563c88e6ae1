"""Results of questions of any kind, from an analysis table alone: answered, collected and gathered as the workflow does it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mentoring.models.collecting import adjusted, verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.questions import answer_question, tables_of
from mentoring.models.words import Words
from mentoring.report.inputs import Results
from mentoring.study import Study, parse
from mentoring.tables import ALL, BY_NAME, PER_QUESTION

HEAD = """
study: {title: Test study, seed: 5}
data:
  surveys: [{name: mentees, file: a.csv, role: mentee, person: id}, {name: mentors, file: b.csv, role: mentor, person: id}]
  pairs: {file: c.csv, program: program}
  codebook: {items: d.csv}
"""


def results_of(folder, config: str, analysis: pd.DataFrame, items: pd.DataFrame | None = None) -> Results:
    """`config` from its section `scales` on."""
    study = Study(folder, parse(HEAD + config))
    empty = {table.name: table.frame([]) for table in ALL}
    people = pd.DataFrame([{"person": person, "role": role} for role in ("mentor", "mentee") for person in analysis[role].unique()])
    dyads = analysis.drop_duplicates("dyad")[["dyad", "mentor", "mentee", "program"]]
    if items is not None:
        empty["codebook_items"] = BY_NAME["codebook_items"].frame(items)
    data = StudyData(analysis, dyads, people, empty["codebook_items"], study.similarity, study.scales, 5)
    answered = [tables_of(answer_question(question, data)) for question in study.questions]
    tables = {
        table.name: table.frame(
            pd.concat(parts, ignore_index=True) if (parts := [one[table.name] for one in answered if len(one[table.name])]) else []
        )
        for table in PER_QUESTION
    }
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], study.questions)
    tables["verdicts"] = verdicts(tables, study.questions, Words.of(study.scales, study.similarity, study.about.privacy.smallest_cell))
    known = {**empty, **tables, "analysis": analysis, "dyads": BY_NAME["dyads"].frame(dyads), "people": BY_NAME["people"].frame(people)}
    return replace(Results(study, folder), _tables=known)
