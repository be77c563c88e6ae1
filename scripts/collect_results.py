"""Rule `collect_results`: the tables over all questions, p values corrected."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mentoring.errors import plain_errors
from mentoring.models.collecting import adjusted, set_aside
from mentoring.study import Study
from mentoring.tables import BY_NAME, EXCLUSIONS, PER_QUESTION


def main(study: Study, inputs: Mapping[str, Sequence[Path]], outputs: Mapping[str, Path]) -> None:
    """Put the questions' tables together."""
    tables = {table.name: _together(table.name, inputs[table.name]) for table in PER_QUESTION}
    tables["fixed_effects"] = adjusted(tables["fixed_effects"], study.questions)
    for name, rows in tables.items():
        BY_NAME[name].write(rows, outputs[name])
    found = [*(EXCLUSIONS.read(file) for file in inputs["exclusions"]), set_aside(tables["fits"])]
    EXCLUSIONS.write(pd.concat(found, ignore_index=True), outputs["exclusions"])


def _together(name: str, files: Sequence[Path]) -> pd.DataFrame:
    parts = [part for part in (BY_NAME[name].read(file) for file in files) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else BY_NAME[name].frame([])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        inputs = {name: [files] if isinstance(files, str) else list(files) for name, files in snakemake.input.items()}
        main(Study.load(), inputs, dict(snakemake.output.items()))
