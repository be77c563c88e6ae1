"""Rule `render_report`: tables and figures to the report in HTML, Word and PDF."""

from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.report import render_report
from mentoring.study import Study


def main(study: Study, figures: Path, processes: int) -> None:
    """Write the formats the config asks for; `figures` is `figures/figures.csv` in the results folder."""
    render_report(study, figures.parent.parent, processes)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), Path(snakemake.input.figures), snakemake.threads)
