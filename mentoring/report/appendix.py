"""The technical appendix: what a reviewer asks for. On the screen long parts are folded; in print tables of many rows are named by their file."""

from __future__ import annotations

from mentoring.analysis_plan import changed_since_plan, is_intact
from mentoring.report import (
    appendix_tables,
    careless_tables,
    checklist,
    declared_tables,
    measure_tables,
    methods_text,
    missing_tables,
    numbers,
    question_tables,
    silence,
    structure_tables,
)
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import by_reference, markdown
from mentoring.report.book import Book, table_or
from mentoring.report.inputs import Results
from mentoring.report.markup import bullets, div, fold, heading, md


def write(book: Book, before: str) -> str:
    """The appendix and the references; `before` is the report up to here (the checklist links to its headings)."""
    results, answers = book.results, book.answers
    variance = question_tables.variances(answers, results["variance_components"], book.names)
    blocks = [
        heading(1, "Technical appendix", "appendix"),
        heading(2, "All estimates at a glance", "overview"),
        book.figure("forest", "With a single question, or no standardised estimate, there is no overview figure."),
        *(book.figure(name, "") for name in book.figures if name.startswith("forest_")),
        heading(2, "Models", "models"),
        table_or(question_tables.fits(answers), "No model was fitted."),
        fold("Variance components of every model", markdown(variance)) if variance else "",
        *_residuals(book),
        heading(2, "Checks", "checks"),
        *_checks(book),
        heading(2, "What was set aside", "exclusions"),
        fold("Step by step", table_or(appendix_tables.exclusions(results), "Nothing was recorded as set aside.")),
        heading(2, "Careless answers", "careless"),
        table_or(appendix_tables.careless(results), "No answer sheet was looked at: the study has no items with ordered answers."),
        table_or(careless_tables.table(results, answers), careless_tables.absent(results)),
        *silence.appendix(results, book.names),
        *_measures_in_full(book),
        heading(2, "Assumptions", "assumptions"),
        fold("Every assumption, as it stands in the code", _assumptions(results)),
        heading(2, "What is not shown, and why", "privacy"),
        _privacy(results),
        heading(2, "The plan, and what changed since", "plan"),
        _plan(results),
        heading(2, "Files and software", "sources"),
        table_or(appendix_tables.sources(results), "No list of files was recorded."),
        fold("Software and versions", markdown(appendix_tables.versions(methods_text.versions()))),
        heading(2, "Running it again", "rerun"),
        _rerun(results),
    ]
    text = "\n\n".join(block for block in blocks if block)
    asked = [heading(2, "Reporting checklist", "checklist"), markdown(checklist.table(results, before + text))]
    # Answers to single items come last, so that leaving them out in print changes no other number.
    return "\n\n".join([text, *asked, *_more_residuals(book), *_items(book), heading(1, "References", "references"), "::: {#refs}\n:::"])


def _diagnosed(book: Book) -> tuple[list[Answer], list[Answer]]:
    """Questions with a diagnostic figure: those shown in print (primary ones, else the first), and the others."""
    drawn = [answer for answer in book.answers if f"diagnostics_{answer.question.name}" in book.figures]
    primary = [answer for answer in drawn if answer.question.family == "primary"] or drawn[:1]
    return primary, [answer for answer in drawn if answer not in primary]


def _residuals(book: Book) -> list[str]:
    """Diagnostic figures of every model; in print those of the primary questions."""
    primary, rest = _diagnosed(book)
    if not primary:
        return []
    return [
        heading(2, "Do the models suit the data?", "residuals"),
        *(
            f"{heading(3, answer.question.ask, f'residuals-{answer.question.name}', listed=False)}\n\n" + book.figure(f"diagnostics_{answer.question.name}", "")
            for answer in primary
        ),
        *(["Those of the other questions stand at the [end of the appendix](#more-residuals)."] if rest else []),
    ]


def _more_residuals(book: Book) -> list[str]:
    """Diagnostic figures of the questions that are not primary."""
    _, rest = _diagnosed(book)
    if not rest:
        return []
    blocks = [fold(answer.question.ask, book.figure(f"diagnostics_{answer.question.name}", "")) for answer in rest]
    start = heading(2, "Do the other models suit the data?", "more-residuals")
    if "html" not in book.results.study.report.formats:
        return [start, *blocks]
    names = "`results/figures/diagnostics_….svg`"
    return [start, div("paper", f"A figure for each question stands in `report.html`, and as {names}."), "::::: {.screen}\n" + "\n\n".join(blocks) + "\n:::::"]


def _checks(book: Book) -> list[str]:
    results, answers, wanted = book.results, book.answers, book.results.study.credibility
    influence, second = appendix_tables.influence(results, answers), appendix_tables.second_opinion(results, answers, book.names)
    return [
        fold("Without one mentor or programme", by_reference(influence, "influence")) if influence else _no_check(wanted.influence, "influence analysis"),
        fold("By other software", by_reference(second, "second_opinion")) if second else _no_check(wanted.second_opinion, "second opinion"),
        table_or(missing_tables.pooled(results, answers), "" if wanted.imputations else _no_check(False, "imputation of missing answers")),
        table_or(missing_tables.tipping(results, answers), ""),
    ]


def _measures_in_full(book: Book) -> list[str]:
    """Reliability and factor models, wave by wave."""
    results = book.results
    if not results.study.scales:
        return []
    reliability, fits = measure_tables.reliability(results), structure_tables.factor_fit(results)
    more, waves = measure_tables.reliability_more(results), structure_tables.sameness(results, "waves")
    return [
        heading(2, "Measures in full", "measures-full"),
        fold("Reliability by scale, role and wave", by_reference(reliability, "reliability")) if reliability else "No reliability could be computed or shown.",
        fold("Reliability: ordered answers, levels and waves", by_reference(more, "reliability_more")) if more else "",
        fold("Every scale as one factor", by_reference(fits, "factor_fit")) if fits else "No factor model could be fitted or shown.",
        fold("Is it the same over the waves?", by_reference(waves, "invariance")) if waves else "",
        *(fold(table.title, by_reference(table, name)) for table, name in declared_tables.in_full(results)),
    ]


def _items(book: Book) -> list[str]:
    """Each scale's answers and item statistics; in print only where there is no page for the screen that holds them."""
    results = book.results
    start = heading(2, "Answers to each item", "items")
    if not results.study.scales:
        return [start, "This study has no scales."]
    blocks = [
        fold(
            book.names.scale(scale.name),
            book.figure(f"likert_{scale.name}", f"Answers to {md(book.names.scale(scale.name))} are not drawn: nobody was asked, or too few answered."),
            table_or(measure_tables.items(results, scale.name), "Item statistics are not shown: nobody was asked, or too few answered."),
        )
        for scale in results.study.scales
    ]
    if "html" not in results.study.report.formats:
        return [start, *blocks]
    print_only = "A figure and a table for each scale stand in `report.html`; the numbers are in `results/tables/items.csv`."
    return [start, div("paper", print_only), "::::: {.screen}\n" + "\n\n".join(blocks) + "\n:::::"]


def _plan(results: Results) -> str:
    changed = changed_since_plan(results.study)
    if changed is None:
        return (
            "No plan was written down before the data were looked at (`python3 start.py plan`), so nobody can tell which questions were "
            "there first."
        )
    if not is_intact(results.study):
        return "**The plan (`plan.md`) does not fit the fingerprint it carries**: it was changed after it was written, so it cannot show what was planned."
    if not changed:
        return "The analysis follows the plan written down beforehand (`plan.md`): scales, similarities, questions and checks are the same."
    found = appendix_tables.deviations(results)
    table = f"\n\n{markdown(found)}" if found else ""
    return f"A plan was written down beforehand (`plan.md`). What was run differs from it in {numbers.listed(changed)}; what depends on that is to be read as not planned.{table}"


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
        + "\n\n".join(f"**{stage}**\n\n{div('small', bullets([md(text) for text in texts]))}" for stage, texts in found.items())
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
