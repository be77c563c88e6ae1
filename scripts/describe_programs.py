"""Rule `describe_programs`: a page for each programme with enough people, and one across."""

from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.report import render_programs
from mentoring.study import Study


def main(study: Study, folder: Path) -> None:
    """Write the pages; `folder` is `report/programs` in the results folder."""
    render_programs(study, folder.parent.parent)


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), Path(snakemake.output.pages))
