"""Rule `run_notebook`: run a worked notebook on the study, keep it with its outputs and as a page."""

import sys
from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.report.notebooks import run_notebook


def main(notebook: Path, study: Path, executed: Path, page: Path) -> None:
    """Run one notebook in the study's folder."""
    run_notebook(notebook, study, executed, page, python=sys.executable)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Path(snakemake.input.notebook), Path.cwd(), Path(snakemake.output.notebook), Path(snakemake.output.page))
