"""All figures of a study, chapter by chapter of the report. Every drawer gives a `Drawn`, or None when there is nothing honest to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from mentoring.report import silence, theme
from mentoring.report.answers import Answer, gather
from mentoring.report.figures import agreement, diagnostics, distributions, flow, forest, likert, missingness, reliability, repairing, spark
from mentoring.report.figures import silence as silence_figures
from mentoring.report.inputs import Results
from mentoring.report.kinds import page_of
from mentoring.report.names import names_of
from mentoring.report.page_one import FEW_QUESTIONS
from mentoring.report.shown import shown_agreement, shown_measure
from mentoring.report.structure_tables import incomparable
from mentoring.report.theme import Drawn


def draw_all(results: Results) -> list[Drawn]:
    """Every figure that makes sense for a study, in the report's order."""
    answers = gather(results, names_of(results))
    return [drawn for chapter in CHAPTERS for drawn in draw_chapter(results, answers, chapter)]


def draw_chapter(results: Results, answers: list[Answer], chapter: str) -> list[Drawn]:
    """The figures of one part of the report."""
    with theme.house():
        drawn = [one for one in CHAPTERS[chapter](results, answers) if one]
        if results.study.about.synthetic:
            for one in drawn:
                if not one.name.startswith("spark_"):  # five millimetres high, and never shown but on a page that says so
                    theme.stamp(one.figure)
    return drawn


def _overview(results: Results, answers: list[Answer]) -> Iterable[Drawn | None]:
    return forest.draw_overview(answers) if len(answers) > 1 else []


def _questions(results: Results, answers: list[Answer], part: int = 0, parts: int = 1) -> Iterable[Drawn | None]:
    """Every figure of each question; of every fourth, say, beginning with the second, when it is part 1 of 4."""
    names = names_of(results)
    # Page one has cards with a picture in words, or rows with a small one.
    small = forest.draw_strip if len(answers) <= FEW_QUESTIONS else spark.draw_spark
    drawn: list[Drawn | None] = []
    for answer in answers[part::parts]:
        drawn += [small(answer), *page_of(answer).figures(answer, results, names)]
        drawn.append(diagnostics.draw(answer, results["diagnostics"], results.smallest))
    return drawn


def _people(results: Results, answers: list[Answer]) -> Iterable[Drawn | None]:
    found = flow.stages(results["people"], results["dyads"], results["responses"], results["analysis"], answers)
    missing = missingness.shares(results["responses"], results["dyads"], scale_items(results), results.smallest)
    names, smallest = names_of(results), results.smallest
    return [
        flow.draw(found, results["exclusions"], smallest),
        missingness.draw(missing, names, smallest),
        silence_figures.draw_attrition(results["attrition"], smallest),
        silence_figures.draw_voice(silence.shown_voice(results), names, smallest),
        silence_figures.draw_leavers(silence.shown_leavers(results), names, smallest),
    ]


def _measures(results: Results, answers: list[Answer]) -> Iterable[Drawn | None]:
    names = names_of(results)
    return [
        reliability.draw(shown_measure(results, "reliability"), names),
        distributions.draw(results["scores"], results["dyads"], score_ranges(results), names, results.smallest),
    ]


def _items(results: Results, answers: list[Answer]) -> Iterable[Drawn | None]:
    names, smallest = names_of(results), results.smallest
    responses, dyads, codebook = results["responses"], results["dyads"], results["codebook_items"]
    return [likert.draw(scale.name, list(scale.items), responses, dyads, codebook, names, smallest) for scale in results.study.scales]


def _similarity(results: Results, answers: list[Answer]) -> Iterable[Drawn | None]:
    return [
        repairing.draw(results["similarity"], names_of(results), results.study.credibility.repairings),
        agreement.draw(shown_agreement(results), names_of(results), set(incomparable(results))),
    ]


# Questions have most of the figures: their parts can be drawn side by side.
PARTS = 4
CHAPTERS: dict[str, Callable[[Results, list[Answer]], Iterable[Drawn | None]]] = {
    "overview": _overview,
    **{f"questions {part + 1}": partial(_questions, part=part, parts=PARTS) for part in range(PARTS)},
    "items": _items,
    "measures": _measures,
    "people": _people,
    "similarity": _similarity,
}


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
