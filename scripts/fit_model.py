"""Rule `fit_model`: the model of one question, tried from several sides."""

from collections.abc import Mapping
from pathlib import Path

from mentoring.credibility.influence import influence_table
from mentoring.credibility.second_opinion import second_opinion
from mentoring.errors import plain_errors
from mentoring.models.fitting import fit_plan
from mentoring.models.questions import plan_question
from mentoring.models.results import result_tables
from mentoring.study import Study
from mentoring.tables import ANALYSIS, BY_NAME, INFLUENCE, SECOND_OPINION


def main(study: Study, name: str, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Fit one question."""
    plan = plan_question(study.question(name), ANALYSIS.read(inputs["analysis"]), study.similarity)
    fitted = fit_plan(plan)
    tables = result_tables(plan, fitted)
    wanted = study.credibility
    tables["influence"] = influence_table(plan, fitted.fit, study.about.seed) if wanted.influence else INFLUENCE.frame([])
    tables["second_opinion"] = second_opinion(plan, fitted.fit) if wanted.second_opinion else SECOND_OPINION.frame([])
    for table, rows in tables.items():
        BY_NAME[table].write(rows, outputs[table])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), snakemake.wildcards.question, dict(snakemake.input.items()), dict(snakemake.output.items()))
