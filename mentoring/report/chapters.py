"""All figures of a study, chapter by chapter of the report. Every drawer gives a `Drawn`, or None when there is nothing honest to draw."""

from __future__ import annotations

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

# Questions have most of the figures: two halves can be drawn side by side.
CHAPTERS = ("questions", "more questions", "people", "measures", "similarity")


def draw_all(results: Results) -> list[Drawn]:
    """Every figure that makes sense for a study, in the report's order."""
    return [drawn for chapter in CHAPTERS for drawn in draw_chapter(results, chapter)]


def draw_chapter(results: Results, chapter: str) -> list[Drawn]:
    """The figures of one part of the report."""
    drawers = {"questions": _questions, "more questions": _more_questions, "people": _people, "measures": _measures, "similarity": _similarity}
    answers = gather(results, names_of(results))
    with theme.house():
        drawn = drawers[chapter](results, answers)
        if results.study.about.synthetic:
            for one in drawn:
                if not one.name.startswith("spark_"):  # five millimetres high, and never shown but on a page that says so
                    theme.stamp(one.figure)
    return drawn


def _questions(results: Results, answers: list[Answer]) -> list[Drawn]:
    overview = forest.draw_overview(answers) if len(answers) > 1 else []
    return [*overview, *_of_questions(results, answers, answers[::2])]


def _more_questions(results: Results, answers: list[Answer]) -> list[Drawn]:
    return _of_questions(results, answers, answers[1::2])


def _of_questions(results: Results, answers: list[Answer], some: list[Answer]) -> list[Drawn]:
    names = names_of(results)
    # Page one has cards with a picture in words, or rows with a small one.
    small = forest.draw_strip if len(answers) <= FEW_QUESTIONS else spark.draw_spark
    drawn: list[Drawn | None] = []
    for answer in some:
        drawn += [small(answer), *page_of(answer).figures(answer, results, names)]
        drawn.append(diagnostics.draw(answer, results["diagnostics"], results.smallest))
    return [one for one in drawn if one]


def _people(results: Results, answers: list[Answer]) -> list[Drawn]:
    found = flow.stages(results["people"], results["dyads"], results["responses"], results["analysis"], answers)
    missing = missingness.shares(results["responses"], results["dyads"], scale_items(results), results.smallest)
    names, smallest = names_of(results), results.smallest
    drawn = [
        flow.draw(found, results["exclusions"], smallest),
        missingness.draw(missing, names, smallest),
        silence_figures.draw_attrition(results["attrition"], smallest),
        silence_figures.draw_voice(silence.shown_voice(results), names, smallest),
        silence_figures.draw_leavers(silence.shown_leavers(results), names, smallest),
    ]
    return [one for one in drawn if one]


def _measures(results: Results, answers: list[Answer]) -> list[Drawn]:
    names, codebook = names_of(results), results["codebook_items"]
    drawn = [
        reliability.draw(shown_measure(results, "reliability"), names),
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
        agreement.draw(shown_agreement(results), names_of(results), set(incomparable(results))),
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
