"""Rule `draw_figures`: tables to figures, with captions and alt texts."""

from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.report import draw_figures
from mentoring.study import Study


def main(study: Study, index: Path, processes: int) -> None:
    """Draw every figure that makes sense for the study; `index` is `figures/figures.csv` in the results folder."""
    draw_figures(study, index.parent.parent, processes)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), Path(snakemake.output.index), snakemake.threads)
