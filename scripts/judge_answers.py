"""Rule `judge_answers`: an answer to each question, and how certain it is."""

from collections.abc import Mapping
from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.models.collecting import verdicts
from mentoring.models.words import Words
from mentoring.study import Study
from mentoring.tables import BY_NAME, VERDICTS


def main(study: Study, inputs: Mapping[str, Path], output: Path) -> None:
    """Judge the answers from all tables there are."""
    # `invariance` is no question's table, but some answers are worth nothing where both sides do not mean the same by a scale.
    tables = {name: BY_NAME[name].read(file) for name, file in inputs.items() if name in BY_NAME}
    words = Words.of(study.scales, study.similarity, study.about.privacy.smallest_cell)
    VERDICTS.write(verdicts(tables, study.questions, words), output)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), Path(snakemake.output.verdicts))
