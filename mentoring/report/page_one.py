"""Page one: every question with its answer, who answered, and what the study cannot show, on one sheet of paper.

A study of few questions has a card for each, with the whole sentence. Otherwise each question is a row, with its answer in a few words that are bound to the
verdict's code; the whole sentence stands in the details.
"""

from __future__ import annotations

from mentoring.report import numbers, words
from mentoring.report.answers import Answer
from mentoring.report.figures.spark import leading
from mentoring.report.inputs import Results
from mentoring.report.markup import attribute, bullets, cell, div, heading, md, picture
from mentoring.report.names import lower_first

FEW_QUESTIONS = 4
FAMILIES = {
    "primary": "Primary questions",
    "secondary": "Secondary questions",
    "exploratory": "Exploratory questions: not planned as tests",
}
# Answers in a few words. “{outcome}” is what the question's outcome is called.
SHORT = {
    "positive": "Goes with higher {outcome}.",
    "negative": "Goes with lower {outcome}.",
    "negligible": "Any association is too small to matter.",
    "mixed": "Higher for one, lower for another.",
    "inconclusive": "This study cannot tell.",
    "not estimated": "Could not be estimated.",
    "strict congruence": "Highest where both stand at the same place.",
    "broad congruence": "Highest where both stand at the same place, higher at some places than at others.",
    "level effect only": "It is how high they stand, not standing at the same place.",
    "level-dependent": "It depends on how high both stand.",
    "incongruence better": "Higher where the two stand apart.",
    "no effect": "Any association is too small to matter.",
    "in order": "They keep to the order.",
    "not in order": "They do not always keep to the order.",
    "parity shown": "Parity is shown: any gap is too small to matter.",
    "gap shown": "There is a gap.",
    "necessary": "Needed: hardly ever found without it.",
    "helpful": "More of it goes with a higher outcome; that it is needed is not shown.",
    "not shown": "Not shown.",
}
OF_KIND = {
    ("reciprocity", "positive"): "Where one side sees more of it, so does the other.",
    ("reciprocity", "negative"): "Where one side sees more of it, the other sees less.",
    ("functions", "positive"): "Among peers the balance leans more to psychosocial support.",
    ("functions", "negative"): "Among peers the balance leans more to career support.",
}


# A single rating is no amount of something.
OF_DISTRIBUTION = {
    ("ordered", "positive"): "Goes with higher answers on “{outcome}”.",
    ("ordered", "negative"): "Goes with lower answers on “{outcome}”.",
}


def short_answer(answer: Answer) -> str:
    """A verdict in a few words."""
    special = OF_KIND.get((answer.question.kind, answer.verdict)) or OF_DISTRIBUTION.get((_distribution(answer), answer.verdict))
    text = special or SHORT[answer.verdict]
    # A statement that was rated says more than its name in the data.
    outcome = answer.wording if special and "“" in special and answer.wording else lower_first(answer.outcome_label)
    return text.format(outcome=outcome.rstrip("."))


def _distribution(answer: Answer) -> str:
    return str(getattr(answer.question, "distribution", "normal"))


def write(results: Results, answers: list[Answer], figures: dict[str, dict[str, str]]) -> str:
    """The whole page as Markdown.

    Parameters
    ----------
    figures : dict
        The figures that were drawn, by name (`source.read_figures`).
    """
    about = results.study.about
    cards = len(answers) <= FEW_QUESTIONS
    blocks = []
    if about.synthetic:
        blocks.append(div("synthetic", f"**{words.SYNTHETIC.split('.')[0]}.**{words.SYNTHETIC.split('.', 1)[1]}"))
    if about.description:
        blocks.append(div("lead", md(about.description)))
    blocks += [
        heading(1, "The questions and their answers", "answers"),
        *([_card(answer, results, figures) for answer in answers] if cards else [_rows(answers, results, figures)]),
        div("note", _how_to_read(answers, not cards)),
        heading(2, "Who answered, in short", "who-short"),
        div("small", md(words.people_sentence(results))),
        heading(2, "What this study cannot show", "limits"),
        div("small", bullets(words.cannot_show(results, answers))),
        div("small", f"Questions about this study: {md(about.contact)}.") if about.contact else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def _how_to_read(answers: list[Answer], rows: bool) -> str:
    said = {answer.certainty for answer in answers}
    meaning = "; ".join(f"*{word}*: {meaning}" for word, meaning in words.CERTAINTY.items() if word in said)
    return (
        "Numbers are in SD (standard deviations of the outcome), per SD of what it is compared with or between groups, with 95 % intervals: values compatible with the "
        "data. Line: zero. Grey: declared too small to matter."
        + (" Several bars: several terms, in the order of the details." if rows else "")
        + f" How certain: {meaning}."
    )


def _card(answer: Answer, results: Results, figures: dict[str, dict[str, str]]) -> str:
    name = answer.question.name
    strip = figures.get(f"strip_{name}")
    small = picture(f"../figures/strip_{name}.svg", strip["alt"], "strip") if strip else ""
    source = " · one source" if words.single_source(answer, results) else ""
    certainty = (
        f"[How certain: [{answer.certainty}]{{.word}}]{{.certainty .{answer.certainty}}} · [{answer.question.family} "
        f'question{source}]{{.family}} · [Details](#q-{name}){{.more aria-label="Details on: {attribute(answer.question.ask)}"}}'
    )
    return div("answer", heading(2, answer.question.ask, f"a-{name}", listed=False), md(answer.sentence), certainty, small)


def _rows(answers: list[Answer], results: Results, figures: dict[str, dict[str, str]]) -> str:
    """A table with one question in each row; families under a line of their own."""
    lines = []
    for family, words_of_family in FAMILIES.items():
        own = [answer for answer in answers if answer.question.family == family]
        if own:
            lines.append(f'<tr class="family"><th colspan="4" style="text-align:left"><b>{cell(words_of_family)}</b></th></tr>')
        lines += [_row(answer, results, figures) for answer in own]
    head = "".join(
        f'<th style="text-align:left">{cell(word)}</th>'
        for word in ("Question and answer", "SD [95 % interval]", "From −1 to 1 SD", "How certain")
    )
    columns = "".join(f'<col style="width: {share}%">' for share in (57, 18, 15, 10))
    body = "\n".join(lines)
    return f'````{{=html}}\n<table class="answers">\n<colgroup>{columns}</colgroup>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n````'


def _row(answer: Answer, results: Results, figures: dict[str, dict[str, str]]) -> str:
    name, left = answer.question.name, ' style="text-align:left"'
    spark = figures.get(f"spark_{name}")
    small = f'<img src="../figures/spark_{name}.svg" alt="{cell(spark["alt"])}" class="spark">' if spark else numbers.MISSING
    rows, columns = leading(answer)
    shown = [numbers.estimate(b, low, high, 2).replace(" ", "\u00a0") for b, low, high in rows[columns].to_numpy(float)]
    source = ' <span class="source">(one source)</span>' if words.single_source(answer, results) else ""
    return (
        f'<tr><th id="a-{name}"{left}><b><a href="#q-{name}">{cell(answer.question.ask)}</a></b><br><span class="short">{cell(short_answer(answer))}</span>{source}</th>'
        f"<td{left}>{'<br>'.join(cell(text) for text in shown) or numbers.MISSING}</td><td{left}>{small}</td>"
        f'<td{left}><span class="certainty {cell(answer.certainty)}"><span class="word">{cell(answer.certainty)}</span></span></td></tr>'
    )
