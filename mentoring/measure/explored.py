"""Structures declared unknown: parallel analysis and factors, as rows of tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mentoring.measure.clusters import stream
from mentoring.measure.declared import MOST_CATEGORIES, Sheets
from mentoring.measure.factors import polychoric
from mentoring.measure.factors.answers import SINGULAR
from mentoring.measure.factors.explore import Exploration, Parallel, explore, parallel_analysis
from mentoring.measure.reliability import why_not

Row = dict[str, object]


def explored(key: Row, items: Sequence[str], sheets: Sheets, seed: int, *, ordered: bool) -> dict[str, list[Row]]:
    """Rows of `factor_fit`, `exploration`, `loadings` and `factor_correlations` for one role and wave.

    Both Pearson and polychoric correlations are compared with chance; factors are taken from the polychoric ones where answers are `ordered`
    categories, whose Pearson correlations are too small, else from Pearson's. Only sheets with every item answered count.

    # ASSUME: chance answers that keep each item's distribution are independent between sheets; sheets of one mentor make chance look too small.
    """
    complete = sheets.rows[list(items)].dropna()
    values = complete.to_numpy(dtype=float)
    base: Row = {**key, "model": "explore", "items": len(items), "n": len(complete)}
    why = sheets.why_not or why_not(values, items) or _singular(values)
    if why:
        return {"factor_fit": [{**base, "note": why}]}
    rows: list[Row] = []
    results: dict[str, tuple[Parallel, np.ndarray]] = {}
    for name in ("pearson", "polychoric"):
        r, note = _correlations(complete, name)
        if r is None:
            rows += [{**key, "correlations": name, "number": 1, "n": len(complete), "used": False, "note": note}]
            continue
        found = parallel_analysis(values, r, stream(seed, "parallel", *key.values(), name), ordered=name == "polychoric")
        results[name] = (found, r)
        used = name == ("polychoric" if ordered else "pearson")
        rows += [
            {**key, "correlations": name, "number": at + 1, "n": len(complete), "eigenvalue": found.eigenvalues[at], "chance": found.mean[at],
             "chance_high": found.high[at], "kept": at < found.kept, "used": used, "note": note or None}
            for at in range(len(items))
        ]
    wanted = "polychoric" if ordered else "pearson"
    if wanted not in results:
        return {"factor_fit": [{**base, "note": "the polychoric correlations cannot be used; table `exploration` says why"}], "exploration": rows}
    parallel, r = results[wanted]
    return {"exploration": rows, **_factors(key, base, list(items), parallel, r, wanted, sheets.note)}


def _factors(key: Row, base: Row, items: list[str], parallel: Parallel, r: np.ndarray, of: str, note: str) -> dict[str, list[Row]]:
    if parallel.kept == 0:
        return {"factor_fit": [{**base, "note": "no factor: the items have no more in common than chance gives"}]}
    words = [f"{parallel.kept} factor{'s' if parallel.kept > 1 else ''} ({of} correlations); a structure found in these answers cannot be tested on them"]
    # More factors than this have more parameters than there are correlations.
    most = int(np.floor((2 * len(items) + 1 - np.sqrt(8 * len(items) + 1)) / 2))
    if parallel.kept > most:
        return {"factor_fit": [{**base, "note": f"{parallel.kept} factors exceed chance, more than {len(items)} items can determine"}]}
    found: Exploration = explore(r, items, parallel.kept)
    if found.heywood:
        words.append("an item's unique variance was estimated as zero (a Heywood case)")
    if note:
        words.append(note)
    loadings = [
        {**key, "factor": factor, "item": item, "loading": found.loadings.loc[item, factor]} for factor in found.loadings.columns for item in items
    ]
    names = list(found.loadings.columns)
    correlations = [
        {**key, "first": names[first], "second": names[second], "r": found.correlations[first, second]}
        for second in range(len(names)) for first in range(second)
    ]
    return {"factor_fit": [{**base, "note": "; ".join(words)}], "loadings": loadings, "factor_correlations": correlations}


def _singular(values: np.ndarray) -> str:
    return "an item follows from the others" if np.linalg.eigvalsh(np.corrcoef(values, rowvar=False))[0] < SINGULAR else ""


def _correlations(complete: pd.DataFrame, name: str) -> tuple[np.ndarray | None, str]:
    """Correlations, or why there are none."""
    if name == "pearson":
        return np.corrcoef(complete.to_numpy(dtype=float), rowvar=False), ""
    most = int(complete.nunique().max())
    if most > MOST_CATEGORIES:
        return None, f"items with {most} different answers are not treated as ordered categories"
    found = polychoric(complete)
    edge = [note for note in found.notes if "edge" in note]
    if edge:
        return None, "; ".join(edge)
    r = found.r.to_numpy()
    if np.linalg.eigvalsh(r)[0] < SINGULAR:
        return None, "the polychoric correlations contradict each other (no answers could have them all)"
    return r, ""
