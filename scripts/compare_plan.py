"""Rule `compare_plan`: everything in which what is run differs from the plan written down beforehand."""

from collections.abc import Mapping
from pathlib import Path

from mentoring.analysis_plan import deviations
from mentoring.errors import plain_errors
from mentoring.study import Study
from mentoring.tables import DEVIATIONS


def main(study: Study, outputs: Mapping[str, Path]) -> None:
    """Compare config and plan."""
    DEVIATIONS.write(deviations(study), outputs["deviations"])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.output.items()))
