"""Rule `answer_without_careless`: every question answered again without the answer sheets that look careless."""

import sys
from collections.abc import Mapping
from pathlib import Path

from mentoring.credibility.without_careless import careful_analysis, without_careless
from mentoring.errors import plain_errors
from mentoring.measure.careless import read_sheets
from mentoring.models.collecting import verdicts
from mentoring.models.kinds import StudyData
from mentoring.models.words import Words
from mentoring.study import Study
from mentoring.tables import BY_NAME, INVARIANCE, PER_QUESTION, WITHOUT_CARELESS

DATA = ("analysis", "dyads", "people", "codebook_items")


def main(study: Study, inputs: Mapping[str, Path], output: Path) -> None:
    """Answer them."""
    data = StudyData(
        **{name: BY_NAME[name].read(inputs[name]) for name in DATA}, similarity=study.similarity, scales=study.scales, seed=study.about.seed,
        smallest=study.about.privacy.smallest_cell,
    )
    tables = {table.name: table.read(inputs[table.name]) for table in [*PER_QUESTION, INVARIANCE]}
    tables["verdicts"] = verdicts(tables, study.questions, Words.of(study.scales, study.similarity, study.about.privacy.smallest_cell))
    sheets = read_sheets(inputs["careless_sheets"])
    responses, scores = (BY_NAME[name].read(inputs[name]) for name in ("responses", "scores"))
    careful = (lambda: careful_analysis(data, responses, scores, sheets)) if sheets["flagged"].any() else None
    WITHOUT_CARELESS.write(without_careless(study.questions, data, tables, careful, _progress), output)


def _progress(name: str) -> None:
    print(f"answering {name} without careless sheets", file=sys.stderr)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), Path(snakemake.output.without_careless))
