"""Rule `pair_dyads`: both sides of every relationship in one row, how alike they are and how far they agree."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from mentoring.dyads import add_similarity, agreement_table, audit, pair_dyads, similarity_table
from mentoring.errors import plain_errors
from mentoring.measure import keyed_answers
from mentoring.study import Study
from mentoring.tables import AGREEMENT, ANALYSIS, CODEBOOK_ITEMS, DYADS, EXCLUSIONS, PEOPLE, RESPONSES, SCORES, SIMILARITY


def main(study: Study, inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Pair the two sides and measure similarity and agreement."""
    items = CODEBOOK_ITEMS.read(inputs["codebook_items"])
    keyed = keyed_answers(RESPONSES.read(inputs["responses"]), items)
    paired = pair_dyads(DYADS.read(inputs["dyads"]), PEOPLE.read(inputs["people"]), keyed, SCORES.read(inputs["scores"]), items, study.scales)
    analysis = add_similarity(paired, study.similarity, items)
    seed = study.about.seed
    ANALYSIS.write(analysis, outputs["analysis"])
    SIMILARITY.write(
        similarity_table(paired, analysis, study.similarity, items, study.credibility.repairings, seed), outputs["similarity"]
    )
    AGREEMENT.write(agreement_table(analysis, study.scales, items, seed), outputs["agreement"])
    found = audit(paired, analysis, items, study.scales, study.similarity)
    EXCLUSIONS.write(pd.concat([paired.audit, found], ignore_index=True), outputs["exclusions"])


if __name__ == "__main__":
    with plain_errors(snakemake.log[0]):
        main(Study.load(), dict(snakemake.input.items()), dict(snakemake.output.items()))
