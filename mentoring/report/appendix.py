"""The technical appendix: what a reviewer asks for. On the screen long parts are folded; in print tables of many rows are named by their file."""

from __future__ import annotations

from mentoring.analysis_plan import changed_since_plan
from mentoring.report import appendix_tables, careless_tables, measure_tables, methods_text, missing_tables, numbers, question_tables, silence, structure_tables
from mentoring.report.apa_tables import markdown
from mentoring.report.book import Book, table_or
from mentoring.report.inputs import Results
from mentoring.report.markup import bullets, heading, md


def write(book: Book) -> str:
    """The appendix and the references."""
    results, answers = book.results, book.answers
    variance = [
        table for answer in answers for table in [question_tables.variances(answer, results["variance_components"], book.names)] if table
    ]
    blocks = [
        heading(1, "Technical appendix", "appendix"),
        heading(2, "All estimates at a glance", "overview"),
        book.figure("forest", "With a single question, or no standardised estimate, there is no overview figure."),
        heading(2, "Models", "models"),
        table_or(question_tables.fits(answers), "No model was fitted."),
        *(markdown(table) for table in variance),
        heading(2, "Checks", "checks"),
        table_or(appendix_tables.influence(results, answers), _no_check(results.study.credibility.influence, "influence analysis")),
        table_or(
            appendix_tables.second_opinion(results, answers, book.names),
            _no_check(results.study.credibility.second_opinion, "second opinion"),
        ),
        table_or(missing_tables.pooled(results, answers), "" if results.study.credibility.imputations else _no_check(False, "imputation of missing answers")),
        table_or(missing_tables.tipping(results, answers), ""),
        heading(2, "What was set aside", "exclusions"),
        table_or(appendix_tables.exclusions(results), "Nothing was recorded as set aside."),
        heading(2, "Careless answers", "careless"),
        table_or(appendix_tables.careless(results), "No answer sheet was looked at: the study has no items with ordered answers."),
        table_or(careless_tables.table(results, answers), careless_tables.absent(results)),
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
        table_or(appendix_tables.sources(results), "No list of files was recorded."),
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
        table_or(measure_tables.reliability(results), "No reliability could be computed or shown."),
        table_or(measure_tables.reliability_more(results), ""),
        table_or(structure_tables.factor_fit(results), "No factor model could be fitted or shown."),
        table_or(structure_tables.sameness(results, "waves"), ""),
    ]
    for scale in results.study.scales:
        label = book.names.scale(scale.name)
        blocks += [
            heading(3, label, f"scale-{scale.name}", listed=False),
            book.figure(f"likert_{scale.name}", f"Answers to {md(label)} are not drawn: nobody was asked, or too few answered."),
            table_or(measure_tables.items(results, scale.name), "Item statistics are not shown: nobody was asked, or too few answered."),
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
