"""Rule `screen_answers`: which answer sheets look careless? They are counted, and stay."""

from collections.abc import Mapping
from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.measure import careless_sheets, careless_table, keyed_answers
from mentoring.study import Study
from mentoring.tables import CARELESS, CODEBOOK_ITEMS, RESPONSES


def main(study: Study, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Look at every answer sheet of the study."""
    items = CODEBOOK_ITEMS.read(inputs["codebook_items"])
    sheets = careless_sheets(keyed_answers(RESPONSES.read(inputs["responses"]), items), items, study.scales, study.credibility.careless)
    CARELESS.write(careless_table(sheets), outputs["careless"])
    sheets.to_csv(outputs["careless_sheets"], index=False, encoding="utf-8", lineterminator="\n")


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), dict(snakemake.output.items()))
