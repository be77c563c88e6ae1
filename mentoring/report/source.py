"""The report's one source: Markdown put together from words, tables and figures. Where something is not there, it says so and why."""

from __future__ import annotations

import json
import re

from mentoring.report import (
    appendix,
    appendix_tables,
    careless_tables,
    declared_tables,
    instrument_tables,
    measure_tables,
    methods_text,
    missing_tables,
    numbers,
    page_one,
    silence,
    structure_tables,
    words,
)
from mentoring.report.answers import Answer, gather
from mentoring.report.apa_tables import markdown
from mentoring.report.book import Book, read_figures, table_or
from mentoring.report.inputs import Results
from mentoring.report.kinds import page_of
from mentoring.report.markup import bullets, clean, div, fold, heading, md
from mentoring.report.names import names_of


def report_source(results: Results) -> str:
    """The whole report as Markdown."""
    names = names_of(results)
    book = Book(results, gather(results, names), names, read_figures(results.folder / "figures" / "figures.csv"))
    blocks = [
        _front(results),
        page_one.write(results, book.answers, book.figures),
        div("pagebreak"),
        "::: {.contents}\n:::",
        *(_question(book, answer) for answer in book.answers),
        _people(book),
        # From here on tables are long: figures stand where they are named, or they would come between a table's pages.
        div("still"),
        _measures(book),
        _similarity(book),
        div("pagebreak .still"),
    ]
    text = "\n\n".join(blocks)
    text += "\n\n" + appendix.write(book, text)
    # A number and its percent sign stay on one line.
    return re.sub(r"(?<=\d) %", "\u00a0%", text) + "\n"


def _front(results: Results) -> str:
    about = results.study.about
    lines = {
        "title": md(about.title),
        "pagetitle": md(clean(about.title, 200)),
        "lang": "en",
        "synthetic": "true" if about.synthetic else "",
        "contact": md(about.contact) if about.contact else "",
    }
    yaml = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in lines.items() if value)
    return f"---\n{yaml}\n---"


def _question(book: Book, answer: Answer) -> str:
    results, names, name = book.results, book.names, answer.question.name
    page = page_of(answer)
    blocks = [
        heading(1, answer.question.ask, f"q-{name}"),
        div("verdict", f"{md(answer.sentence)} How certain: *{answer.certainty}*."),
        words.single_source_flag(answer, results),
        heading(2, "What was asked", f"q-{name}-asked", listed=False),
        words.asked(answer, page.about(answer, names), names),
        heading(2, "What was done", f"q-{name}-done", listed=False),
        fold("The model, as it was fitted", page.done(answer, results, names)),
        heading(2, "What came out", f"q-{name}-result", listed=False),
    ]
    if not answer.estimated:
        blocks.append("There is no estimate, so there is no figure and no table.")
        return "\n\n".join(block for block in blocks if block)
    came_out = [block for block in page.result(answer, results, names, book.figure) if block]
    blocks += [_see(came_out), *came_out]
    if answer.question.published:
        blocks += [heading(2, "Beside published numbers", f"q-{name}-published", listed=False), bullets(words.published(answer))]
    blocks += [
        heading(2, "How firm it stands", f"q-{name}-checks", listed=False),
        words.second_opinion(answer, results["second_opinion"]),
        words.influence(answer, results["influence"]),
        missing_tables.imputed(answer, results["pooled_effects"], results["tipping_point"]),
        careless_tables.without(answer, results),
    ]
    return "\n\n".join(block for block in blocks if block)


def _see(blocks: list[str]) -> str:
    """References to the figures and tables that stand in some blocks, in their order: in print, figures may stand on the next page."""
    found = [f"@{label}" for block in blocks for label in re.findall(r"(?:\{#|id=\")((?:fig|tbl):[\w-]+)", block)]
    return f"See {numbers.listed(found)}." if found else ""


def _people(book: Book) -> str:
    results = book.results
    blocks = [
        heading(1, "Who answered", "who"),
        md(words.people_sentence(results)),
        book.figure("flow", "No flow diagram: the tables hold no record of who was asked."),
        table_or(
            appendix_tables.response(results),
            "There is no table of answers per wave: the tables hold no list of people, or nobody's answers.",
        ),
        table_or(appendix_tables.sides(results), ""),
        words.careless_sentence(results),
        book.figure(
            "missingness", "There is no map of missing answers, because the study has no scales, or too few people to show them by group."
        ),
        *silence.page(results, book.names, book.figure),
    ]
    return _joined(blocks)


def _measures(book: Book) -> str:
    results = book.results
    blocks = [heading(1, "Measures", "measures"), methods_text.measures_text(results), instrument_tables.instruments_text(results)]
    if not results.study.scales:
        return "\n\n".join(blocks)
    blocks += [
        words.keying_sentence(results, book.names),
        heading(2, "Reliability", "reliability"),
        book.figure("reliability", ""),
        table_or(measure_tables.reliability_by_wave(results), "No reliability could be computed or shown; the groups are too small."),
        table_or(instrument_tables.published(results), ""),
        heading(2, "Does each scale hold together, and mean the same to both sides?", "structure"),
        methods_text.structure_text(results),
        table_or(structure_tables.sameness(results, "roles"), "No scale of three or more items was answered by both sides of enough relationships."),
        structure_tables.incomparable_sentence(results),
        table_or(structure_tables.sameness(results, "groups"), ""),
        *declared_tables.chapter(results),
        heading(2, "How scores are spread", "scores"),
        book.figure("distributions", "No distribution is shown: every group is smaller than may be shown."),
        "Answers to each item stand in the [technical appendix](#items).",
    ]
    return _joined(blocks)


def _similarity(book: Book) -> str:
    results = book.results
    blocks = [heading(1, "Similarity and agreement", "similarity")]
    if results.study.similarity:
        blocks += [
            (
                "Before asking what similarity goes with, one has to know how alike partners are, and whether they are more alike than "
                "people paired by chance."
            ),
            book.figure("repairing", "No figure beside chance: the re-pairing comparison could not be made."),
            table_or(measure_tables.similarity(results), "No similarity was computed."),
        ]
    else:
        blocks.append("The study measures no similarity.")
    agreement = measure_tables.agreement(results)
    blocks += [
        heading(2, "Do both sides see the same relationship?", "agreement"),
        book.figure(
            "agreement", "" if agreement else "No agreement is reported: no scale was answered by both sides of enough relationships."
        ),
        markdown(agreement) if agreement else "",
    ]
    return _joined(blocks)


def _joined(blocks: list[str]) -> str:
    """A chapter's blocks; each heading is followed by references to the figures and tables below it."""
    kept = [block for block in blocks if block]
    starts = [place for place, block in enumerate(kept) if block.startswith("#")]
    for place, end in reversed(list(zip(starts, [*starts[1:], len(kept)], strict=True))):
        kept.insert(place + 1, _see(kept[place + 1 : end]))
    return "\n\n".join(block for block in kept if block)
