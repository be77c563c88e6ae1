"""The report's one source: Markdown put together from words, tables and figures. Where something is not there, it says so and why."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

from mentoring.analysis_plan import changed_since_plan
from mentoring.report import (
    appendix_tables,
    measure_tables,
    methods_text,
    missing_tables,
    numbers,
    page_one,
    question_tables,
    silence,
    structure_tables,
    words,
)
from mentoring.report.answers import Answer, gather
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.inputs import Results
from mentoring.report.kinds import page_of
from mentoring.report.markup import bullets, clean, div, figure, heading, md
from mentoring.report.names import Names, names_of


PAGE_WIDTH = 165
DOTS_PER_MM = 200 / 25.4


@dataclass(frozen=True)
class Book:
    """What every section draws on: the tables, the gathered answers, the names and the figures that were drawn."""

    results: Results
    answers: list[Answer]
    names: Names
    figures: dict[str, dict[str, str]]

    def figure(self, name: str, absent: str) -> str:
        """A numbered figure, or the sentence saying why there is none."""
        entry = self.figures.get(name)
        return figure(f"../figures/{name}.svg", name, entry["caption"], entry["alt"], entry["width"]) if entry else absent


def report_source(results: Results) -> str:
    """The whole report as Markdown."""
    names = names_of(results)
    book = Book(results, gather(results, names), names, read_figures(results.folder / "figures" / "figures.csv"))
    blocks = [
        _front(results),
        page_one.write(results, book.answers, book.figures),
        div("pagebreak"),
        *(_question(book, answer) for answer in book.answers),
        _people(book),
        _measures(book),
        _similarity(book),
        div("pagebreak .still"),
        _appendix(book),
    ]
    # A number and its percent sign stay on one line.
    return re.sub(r"(?<=\d) %", "\u00a0%", "\n\n".join(blocks)) + "\n"


def read_figures(listing: Path) -> dict[str, dict[str, str]]:
    """The figures that were drawn, by name, with the `width` in millimetres they are to be printed at."""
    if not listing.is_file():
        return {}
    with listing.open(encoding="utf-8", newline="") as stream:
        return {row["name"]: {**row, "width": _width(listing.parent / f"{row['name']}.png")} for row in csv.DictReader(stream)}


def _width(picture: Path) -> str:
    """A picture's own width, at most that of the page; type then is on paper as large as it was drawn."""
    with picture.open("rb") as stream:
        pixels = int.from_bytes(stream.read(20)[16:20], "big")  # where every PNG says it
    return str(min(PAGE_WIDTH, round(pixels / DOTS_PER_MM)))


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
        words.asked(answer, page.about(answer, names)),
        heading(2, "What was done", f"q-{name}-done", listed=False),
        page.done(answer, results, names),
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
    ]
    return "\n\n".join(block for block in blocks if block)


def _see(blocks: list[str]) -> str:
    """References to the figures and tables that stand in some blocks, in their order."""
    found = [f"@{label}" for block in blocks for label in re.findall(r"(?:\{#|id=\")((?:fig|tbl):[\w-]+)", block)]
    return f"See {numbers.listed(found)}." if found else ""


def _table(table: ApaTable | None, absent: str) -> str:
    return markdown(table) if table else absent


def _people(book: Book) -> str:
    results = book.results
    blocks = [
        heading(1, "Who answered", "who"),
        md(words.people_sentence(results)),
        book.figure("flow", "No flow diagram: the tables hold no record of who was asked."),
        _table(
            appendix_tables.response(results),
            "There is no table of answers per wave: the tables hold no list of people, or nobody's answers.",
        ),
        _table(appendix_tables.sides(results), ""),
        words.careless_sentence(results),
        book.figure(
            "missingness", "There is no map of missing answers, because the study has no scales, or too few people to show them by group."
        ),
        *silence.page(results, book.names, book.figure),
    ]
    return "\n\n".join(block for block in blocks if block)


def _measures(book: Book) -> str:
    results = book.results
    blocks = [heading(1, "Measures", "measures"), methods_text.measures_text(results)]
    if not results.study.scales:
        return "\n\n".join(blocks)
    blocks += [
        words.keying_sentence(results, book.names),
        heading(2, "Reliability", "reliability"),
        book.figure("reliability", ""),
        _table(measure_tables.reliability_by_wave(results), "No reliability could be computed or shown; the groups are too small."),
        heading(2, "Does each scale hold together, and mean the same to both sides?", "structure"),
        methods_text.structure_text(results),
        _table(structure_tables.sameness(results, "roles"), "No scale of three or more items was answered by both sides of enough relationships."),
        structure_tables.incomparable_sentence(results),
        heading(2, "How scores are spread", "scores"),
        book.figure("distributions", "No distribution is shown: every group is smaller than may be shown."),
        "Answers to each item stand in the [technical appendix](#items).",
    ]
    return "\n\n".join(block for block in blocks if block)


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
            _table(measure_tables.similarity(results), "No similarity was computed."),
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
    return "\n\n".join(block for block in blocks if block)


def _appendix(book: Book) -> str:
    results, answers = book.results, book.answers
    variance = [
        table for answer in answers for table in [question_tables.variances(answer, results["variance_components"], book.names)] if table
    ]
    blocks = [
        heading(1, "Technical appendix", "appendix"),
        heading(2, "All estimates at a glance", "overview"),
        book.figure("forest", "With a single question, or no standardised estimate, there is no overview figure."),
        heading(2, "Models", "models"),
        _table(question_tables.fits(answers), "No model was fitted."),
        *(markdown(table) for table in variance),
        heading(2, "Checks", "checks"),
        _table(appendix_tables.influence(results, answers), _no_check(results.study.credibility.influence, "influence analysis")),
        _table(
            appendix_tables.second_opinion(results, answers, book.names),
            _no_check(results.study.credibility.second_opinion, "second opinion"),
        ),
        _table(missing_tables.pooled(results, answers), "" if results.study.credibility.imputations else _no_check(False, "imputation of missing answers")),
        _table(missing_tables.tipping(results, answers), ""),
        heading(2, "What was set aside", "exclusions"),
        _table(appendix_tables.exclusions(results), "Nothing was recorded as set aside."),
        heading(2, "Careless answers", "careless"),
        _table(appendix_tables.careless(results), "No answer sheet was looked at: the study has no items with ordered answers."),
        *silence.appendix(results, book.names),
        heading(2, "Scales in full", "items"),
        *_scales(book),
    ]
    blocks += [
        heading(2, "Assumptions", "assumptions"),
        _assumptions(results),
        heading(2, "What is not shown, and why", "privacy"),
        _privacy(results),
        heading(2, "The plan, and what changed since", "plan"),
        _plan(results),
        heading(2, "Files and software", "sources"),
        _table(appendix_tables.sources(results), "No list of files was recorded."),
        markdown(appendix_tables.versions(methods_text.versions())),
        heading(2, "Running it again", "rerun"),
        _rerun(results),
        heading(1, "References", "references"),
        "::: {#refs}\n:::",
    ]
    return "\n\n".join(block for block in blocks if block)


def _scales(book: Book) -> list[str]:
    """Reliability in full, then each scale's answers and item statistics."""
    results = book.results
    if not results.study.scales:
        return ["This study has no scales."]
    blocks = [
        _table(measure_tables.reliability(results), "No reliability could be computed or shown."),
        _table(measure_tables.reliability_more(results), ""),
        _table(structure_tables.factor_fit(results), "No factor model could be fitted or shown."),
        _table(structure_tables.sameness(results, "waves"), ""),
    ]
    for scale in results.study.scales:
        label = book.names.scale(scale.name)
        blocks += [
            heading(3, label, f"scale-{scale.name}", listed=False),
            book.figure(f"likert_{scale.name}", f"Answers to {md(label)} are not drawn: nobody was asked, or too few answered."),
            _table(measure_tables.items(results, scale.name), "Item statistics are not shown: nobody was asked, or too few answered."),
        ]
    return blocks


def _plan(results: Results) -> str:
    changed = changed_since_plan(results.study)
    if changed is None:
        return (
            "No plan was written down before the data were looked at (`python3 start.py plan`), so nobody can tell which questions were "
            "there first."
        )
    if not changed:
        return "The analysis follows the plan written down beforehand (`plan.md`): scales, similarities, questions and checks are the same."
    return (
        f"A plan was written down beforehand (`plan.md`). Since then these sections of config.yaml have changed: {numbers.listed(changed)}. "
        "What depends on them is to be read as not planned."
    )


def _no_check(wanted: bool, what: str) -> str:
    why = "the tables hold none for these models" if wanted else "it is switched off in config.yaml"
    return f"No {what} is reported: {why}."


def _assumptions(results: Results) -> str:
    found = methods_text.assumptions()
    if not results.study.about.synthetic:
        found.pop(methods_text.STAGES["worlds"], None)
    if not found:
        return "The library's sources mark no assumption."
    return (
        "Every analysis assumes something. These are the assumptions as they stand in the code, at the place where they bite.\n\n"
        + "\n\n".join(f"**{stage}**\n\n{bullets([md(text) for text in texts])}" for stage, texts in found.items())
    )


def _privacy(results: Results) -> str:
    k = results.smallest
    return (
        f"Each partner in a pair knows one of the two answers, so small groups give people away. A group is shown only when at least {k} "
        f"mentors and {k} mentees stand behind it. "
        "Where leaving out one cell would let subtraction give it back, a second one is left out. No point in a figure stands for a "
        "person, no code or free text appears, "
        "and who was left out in a check is never named."
    )


def _rerun(results: Results) -> str:
    seed = results.study.about.seed
    return (
        f"The same files and the same seed ({seed}) give the same numbers on any computer, whatever its number of cores. From the "
        "project’s folder, for the study that stands in it:\n\n"
        "```\npython3 start.py\n```\n\nFor a study in a folder of its own:\n\n```\npython3 start.py run --study FOLDER\n```\n\n"
        "Every number above stands, in full precision, in `results/tables`."
    )
