"""Rule `read_survey`: exports, roster, pairs and codebook to typed tables."""

from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.models.questions import read_whole_study
from mentoring.study import Study


def main(study: Study, results: Path) -> None:
    """Read the whole study; write all of its tables, or none."""
    read_whole_study(study).write(results)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), Path(snakemake.output.sources).parents[1])
