"""Rule `check_structure`: does each scale hold together, and is it the same on both sides and over time?"""

from collections.abc import Mapping
from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.measure import factor_tables, keyed_answers
from mentoring.measure.grouped import groups_asked
from mentoring.study import Study
from mentoring.tables import BY_NAME


def main(study: Study, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Fit the factor models of every scale."""
    responses, codebook_items, dyads, people = (BY_NAME[name].read(inputs[name]) for name in ("responses", "codebook_items", "dyads", "people"))
    keyed = keyed_answers(responses, codebook_items)
    groups = groups_asked(study.questions, study.scales)
    for name, table in factor_tables(keyed, study.scales, dyads, study.structures, study.about.seed, people, groups).items():
        BY_NAME[name].write(table, outputs[name])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), dict(snakemake.output.items()))
