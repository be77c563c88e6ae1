"""The figures, one file each. Every drawer takes tables and gives a `Drawn`, or None when there is nothing honest to draw."""

from __future__ import annotations

import pandas as pd

from mentoring.report import disclosure, theme
from mentoring.report.answers import Answer, gather
from mentoring.report.figures import agreement, distributions, flow, forest, likert, missingness, reliability, repairing, similarity_outcome
from mentoring.report.inputs import Results
from mentoring.report.names import names_of
from mentoring.report.theme import Drawn

__all__ = ["CHAPTERS", "Drawn", "draw_all", "draw_chapter"]


CHAPTERS = ("questions", "people", "measures", "similarity")


def draw_all(results: Results) -> list[Drawn]:
    """Every figure that makes sense for a study, in the report's order."""
    return [drawn for chapter in CHAPTERS for drawn in draw_chapter(results, chapter)]


def draw_chapter(results: Results, chapter: str) -> list[Drawn]:
    """The figures of one part of the report."""
    drawers = {"questions": _questions, "people": _people, "measures": _measures, "similarity": _similarity}
    answers = gather(results, names_of(results))
    with theme.house():
        drawn = drawers[chapter](results, answers)
        if results.study.about.synthetic:
            for one in drawn:
                theme.stamp(one.figure)
    return drawn


def _questions(results: Results, answers: list[Answer]) -> list[Drawn]:
    names = names_of(results)
    drawn = [forest.draw_overview(answers)] if len(answers) > 1 else []
    for answer in answers:
        drawn += [
            forest.draw_strip(answer),
            similarity_outcome.draw(answer, results["effect_lines"], results["analysis"], names, results.smallest),
            forest.draw_question(answer),
        ]
    return [one for one in drawn if one]


def _people(results: Results, answers: list[Answer]) -> list[Drawn]:
    found = flow.stages(results["people"], results["dyads"], results["responses"], results["analysis"], answers)
    missing = missingness.shares(results["responses"], results["dyads"], scale_items(results), results.smallest)
    drawn = [flow.draw(found, results["exclusions"], results.smallest), missingness.draw(missing, names_of(results), results.smallest)]
    return [one for one in drawn if one]


def _measures(results: Results, answers: list[Answer]) -> list[Drawn]:
    names, codebook = names_of(results), results["codebook_items"]
    drawn = [
        reliability.draw(shown_reliability(results), names),
        distributions.draw(results["scores"], results["dyads"], score_ranges(results), names, results.smallest),
        *(
            likert.draw(scale.name, list(scale.items), results["responses"], results["dyads"], codebook, names, results.smallest)
            for scale in results.study.scales
        ),
    ]
    return [one for one in drawn if one]


def _similarity(results: Results, answers: list[Answer]) -> list[Drawn]:
    drawn = [
        repairing.draw(results["similarity"], names_of(results), results.study.credibility.repairings),
        agreement.draw(shown_agreement(results), names_of(results)),
    ]
    return [one for one in drawn if one]


def scale_items(results: Results) -> dict[str, list[str]]:
    """Items of each scale."""
    return {scale.name: list(scale.items) for scale in results.study.scales}


def score_ranges(results: Results) -> dict[str, tuple[float, float]]:
    """Lowest and highest possible score of each scale whose items have limits."""
    codebook = results["codebook_items"]
    ranges = {}
    for scale, items in scale_items(results).items():
        own = codebook[codebook["item"].isin(items)]
        if len(own) and own[["low", "high"]].notna().all(axis=None):
            ranges[scale] = (float(own["low"].min()), float(own["high"].max()))
    return ranges


def shown_reliability(results: Results) -> pd.DataFrame:
    """Rows of `reliability` that rest on enough people."""
    table = results["reliability"]
    rows = disclosure.with_partners(results["scores"][results["scores"]["score"].notna()], results["dyads"])
    allowed = disclosure.allowed(rows, ["scale", "role", "wave"], results.smallest)
    keep = [(row.scale, row.role, row.wave) in allowed and (row.n or 0) >= results.smallest for row in table.itertuples()]
    return table[pd.Series(keep, index=table.index, dtype=bool)]


def shown_agreement(results: Results) -> pd.DataFrame:
    """Rows of `agreement` that rest on enough people."""
    table, analysis = results["agreement"], results["analysis"]
    keep = []
    for row in table.itertuples():
        sides = [f"mentor_{row.scale}", f"mentee_{row.scale}"]
        known = analysis[(analysis["wave"] == row.wave)].dropna(subset=sides) if set(sides) <= set(analysis.columns) else analysis.iloc[:0]
        keep.append(disclosure.enough(known["mentor"].nunique(), known["mentee"].nunique(), results.smallest))
    return table[pd.Series(keep, index=table.index, dtype=bool)]
