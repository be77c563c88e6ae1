"""Are partners more alike than chance would make them? Observed similarity beside random re-pairings within programme."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.dyads.pairing import Paired
from mentoring.dyads.similarity import dealt_similarity, sides, standards
from mentoring.settings import Similarity
from mentoring.tables import SIMILARITY


def similarity_table(
    paired: Paired, analysis: pd.DataFrame, wanted: Sequence[Similarity], codebook_items: pd.DataFrame, repairings: int, seed: int
) -> pd.DataFrame:
    """Table `similarity`: each index's mean and spread, and what random partners would give.

    Each relationship counts once, at its first wave with a value. Mentees are dealt anew to the mentors of the same programme
    and wave, `repairings` times; ``p = (1 + #{|T* - mean(T*)| >= |T - mean(T*)|}) / (1 + repairings)``, two-sided.

    # ASSUME: within a programme every mentee could have been given to every mentor, so re-pairing within programme shows chance.
    """
    streams = np.random.SeedSequence([seed, 2]).spawn(len(wanted))
    rows = []
    for entry, stream in zip(wanted, streams):
        known = analysis[analysis[entry.name].notna()].sort_values("wave", kind="stable").drop_duplicates("dyad")
        values = known[entry.name].to_numpy(dtype=float)
        row: dict[str, object] = {"index": entry.name, "kind": entry.kind, "dyads": len(values)}
        if len(values):
            row |= {"mean": values.mean(), "sd": values.std(ddof=1) if len(values) > 1 else np.nan}
        if entry.kind == "perceived":
            row["note"] = "perceived similarity has no re-pairing null: nobody was asked about a stranger"
        else:
            row |= _null(paired, known, entry, codebook_items, repairings, np.random.default_rng(stream))
        rows.append(row)
    return SIMILARITY.frame(rows)


def _null(
    paired: Paired, known: pd.DataFrame, entry: Similarity, codebook_items: pd.DataFrame, repairings: int, generator: np.random.Generator
) -> dict[str, object]:
    strata = pd.factorize(known["program"].fillna("").astype(str) + "\x1f" + known["wave"].astype(str))[0]
    if not len(strata) or np.bincount(strata).max() < 2:
        return {"note": "no programme has two relationships, so there is nothing to re-pair"}
    mentor, mentee = (side.loc[known.index].reset_index(drop=True) for side in sides(paired, entry))
    index = dealt_similarity(
        mentor, mentee, entry.kind, **standards(paired, entry, codebook_items)
    )
    home = np.argsort(strata, kind="stable")
    means = np.empty(repairings)
    for draw in range(repairings):
        # Sorting by a random number within stratum deals each stratum's mentees anew to the same stratum's places.
        dealt = np.empty(len(strata), dtype=int)
        dealt[home] = np.lexsort((generator.random(len(strata)), strata))
        values = index(dealt)
        means[draw] = np.nanmean(values) if np.isfinite(values).any() else np.nan
    means = means[np.isfinite(means)]
    if not len(means):
        return {"note": "no re-pairing gave a value"}
    centre, observed = means.mean(), float(known[entry.name].mean())
    # A hair of slack so that equal means count as equal however the sum was rounded.
    as_far = np.abs(means - centre) >= np.abs(observed - centre) - 1e-12
    return {"null_mean": centre, "null_p": (1 + as_far.sum()) / (1 + len(means))}
