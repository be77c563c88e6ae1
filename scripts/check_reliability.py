"""Rule `check_reliability`: how reliable is each scale, with whole mentors resampled for the intervals, and what was published?"""

from collections.abc import Mapping
from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.measure import keyed_answers, more_reliability, reliability_table
from mentoring.measure.instruments import instrument_table
from mentoring.study import Study
from mentoring.tables import CODEBOOK_ITEMS, DYADS, INSTRUMENTS, RELIABILITY, RELIABILITY_MORE, RESPONSES


def main(study: Study, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Reliability of every scale of the study."""
    keyed = keyed_answers(RESPONSES.read(inputs["responses"]), CODEBOOK_ITEMS.read(inputs["codebook_items"]))
    dyads, seed = DYADS.read(inputs["dyads"]), study.about.seed
    RELIABILITY.write(reliability_table(keyed, study.scales, dyads, seed), outputs["reliability"])
    RELIABILITY_MORE.write(more_reliability(keyed, study.scales, dyads, seed), outputs["reliability_more"])
    INSTRUMENTS.write(instrument_table(study), outputs["instruments"])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), dict(snakemake.output.items()))
