"""Rule `score_scales`: answers to scale scores and item statistics."""

from collections.abc import Mapping
from pathlib import Path

from mentoring.errors import plain_errors
from mentoring.measure import item_statistics, keyed_answers, refuse_rankings, refuse_wrong_keys, score_scales
from mentoring.study import Study
from mentoring.tables import CODEBOOK_ITEMS, ITEMS, RESPONSES, SCORES


def main(study: Study, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Score every scale of the study."""
    codebook_items = CODEBOOK_ITEMS.read(inputs["codebook_items"])
    keyed = keyed_answers(RESPONSES.read(inputs["responses"]), codebook_items)
    refuse_rankings(keyed, study.scales)
    refuse_wrong_keys(keyed, codebook_items, study.scales)
    SCORES.write(score_scales(keyed, study.scales), outputs["scores"])
    ITEMS.write(item_statistics(keyed, study.scales), outputs["item_statistics"])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), dict(snakemake.output.items()))
