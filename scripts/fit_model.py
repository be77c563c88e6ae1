"""Rule `fit_model`: the model of one question, tried from several sides."""

import sys
from collections.abc import Mapping
from pathlib import Path

from mentoring.credibility.imputed import imputed_tables
from mentoring.credibility.influence import influence_table
from mentoring.credibility.second_opinion import second_opinion
from mentoring.errors import plain_errors
from mentoring.models.kinds import StudyData
from mentoring.models.questions import answer_question, tables_of
from mentoring.study import Study
from mentoring.tables import BY_NAME


def main(study: Study, name: str, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Fit one question."""
    read = {table: BY_NAME[table].read(inputs[table]) for table in ("analysis", "dyads", "people", "codebook_items")}
    data = StudyData(**read, similarity=study.similarity, scales=study.scales, seed=study.about.seed)
    answered = answer_question(study.question(name), data)
    tables = tables_of(answered)
    wanted = study.credibility
    if answered.plan is not None and answered.fitted is not None:
        if wanted.influence:
            tables["influence"] = influence_table(answered.plan, answered.fitted.fit, study.about.seed)
        if wanted.second_opinion:
            tables["second_opinion"] = second_opinion(answered.plan, answered.fitted.fit)
        if wanted.imputations:
            tables |= imputed_tables(study.question(name), data, answered, wanted.imputations, _progress)
    for check in ("influence", "second_opinion"):
        if not getattr(wanted, check):
            tables[check] = BY_NAME[check].frame([])
    for table, rows in tables.items():
        BY_NAME[table].write(rows, outputs[table])


def _progress(done: int, of: int) -> None:
    if done % 5 == 0 or done == of:
        print(f"imputed {done} of {of} tables", file=sys.stderr)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), snakemake.wildcards.question, dict(snakemake.input.items()), dict(snakemake.output.items()))
