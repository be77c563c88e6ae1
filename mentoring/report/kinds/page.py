"""What the report says of one kind of question, beyond what it says of every question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mentoring.report import methods_text, question_tables, words
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import markdown
from mentoring.report.figures import forest, similarity_outcome
from mentoring.report.inputs import Results
from mentoring.report.names import Names
from mentoring.report.theme import Drawn

# Gives the Markdown of a numbered figure by its name, or the second text where it was not drawn.
FigureText = Callable[[str, str], str]


def _figures(answer: Answer, results: Results, names: Names) -> list[Drawn]:
    drawn = [similarity_outcome.draw(answer, results["effect_lines"], results["analysis"], names, results.smallest), forest.draw_question(answer)]
    return [one for one in drawn if one]


def _result(answer: Answer, results: Results, names: Names, figure: FigureText) -> list[str]:
    table = question_tables.effects(answer)
    return [
        figure(f"lines_{answer.question.name}", "No lines along the similarity were computed for this question." if answer.question.kind == "similarity" else ""),
        markdown(table) if table else "The table of effects is empty.",
        words.how_to_read(answer, results),
        figure(f"effects_{answer.question.name}", ""),
    ]


@dataclass(frozen=True)
class Page:
    """The parts of a question's pages that differ between kinds; each default serves questions about terms of one mixed model.

    Attributes
    ----------
    about : callable
        ``(answer, names) -> Markdown``: the outcome, and what it is set beside.
    done : callable
        ``(answer, results, names) -> Markdown``: the methods text, from what was run.
    figures : callable
        ``(answer, results, names) -> list of Drawn``.
    result : callable
        ``(answer, results, names, figure) -> list of Markdown blocks``: figures, tables and how to read them, in order.
    """

    about: Callable[[Answer, Names], str] = words.about_terms
    done: Callable[[Answer, Results, Names], str] = methods_text.what_was_done
    figures: Callable[[Answer, Results, Names], list[Drawn]] = _figures
    result: Callable[[Answer, Results, Names, FigureText], list[str]] = _result
