"""What reporting standards ask for, and where this report says it: JARS–Quant, STROBE, and what is asked of mixed models."""

from __future__ import annotations

import re

from mentoring.report.apa_tables import ApaTable, Links
from mentoring.report.inputs import Results

YOURS = "for you to write"
# Topic, what to say, and the headings (or the words) that say it. Asked by: J = JARS–Quant, S = STROBE (with its number), M = mixed models.
ITEMS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Before", "Title and abstract that name the design", "J, S1", ()),
    ("Before", "Background and reasons", "J, S2", ()),
    ("Before", "Aims and questions, sorted as primary, secondary, exploratory", "J, S3", (("Questions", "answers"),)),
    ("Before", "What was planned beforehand, and what changed", "J", (("Plan", "plan"),)),
    ("Method", "Design, setting, places and dates", "J, S4–5", ()),
    ("Method", "Who could take part, and how partners were found and linked", "J, S6", (("Who answered", "who"), ("Set aside", "exclusions"))),
    ("Method", "Measures, scoring and reliability in these data", "J, S7–8", (("Measures", "measures"), ("Reliability", "reliability"))),
    ("Method", "Evidence that scores mean the same in both roles", "J", (("Structure", "structure"),)),
    ("Method", "What works against bias: one source, careless answers, silence", "S9", (("Careless answers", "careless"), ("Limits", "limits"))),
    ("Method", "How large the study had to be", "J, S10", ()),
    ("Method", "How each question was analysed: estimator, df, terms, centring", "J, M, S11–12", (("First question: what was done", "q-{first}-done"),)),
    ("Method", "Random part, how it was chosen, what did not converge", "M", (("First question: what was done", "q-{first}-done"), ("Models", "models"))),
    ("Method", "Missing data: how much, where, and what was done", "J, S12", (("Who answered", "who"), ("Checks", "checks"))),
    ("Method", "Assumptions, and outliers or rows left out", "J", (("Assumptions", "assumptions"), ("Residuals", "residuals"), ("Set aside", "exclusions"))),
    ("Method", "Several questions: how p values were corrected", "J", (("First question: what was done", "q-{first}-done"),)),
    ("Results", "Flow of people and rows, with counts at each step", "J, S13", (("Who answered", "who"),)),
    ("Results", "Distributions and agreement of what was measured", "J, S14–15", (("Scores", "scores"), ("Agreement", "agreement"))),
    ("Results", "Each estimate with interval, df and exact p", "J, S16", (("All estimates", "overview"), ("Questions", "answers"))),
    ("Results", "Variance components with intervals, ICC, R²", "M", (("Models", "models"),)),
    ("Results", "Other analyses: left-out mentors, other software, imputation", "S17", (("Checks", "checks"),)),
    ("Discussion", "Answers in plain words, with their certainty", "J, S18", (("Questions", "answers"),)),
    ("Discussion", "Limits: sources of bias, what cannot be said", "J, S19", (("Limits", "limits"),)),
    ("Discussion", "What it means, and for whom else it holds", "J, S20–21", ()),
    ("Openness", "Who paid, interests, ethics and consent", "J, S22", ()),
    ("Openness", "Software and versions; data files; commands to run it again", "J, M", (("Files and software", "sources"), ("Running it again", "rerun"))),
    ("Openness", "What is held back to protect people", "J", (("What is not shown", "privacy"),)),
)


def table(results: Results, text: str) -> ApaTable:
    """The checklist, with links to the headings that stand in `text` (the report so far)."""
    there = set(re.findall(r"\{#([\w-]+)", text))
    first = results.study.questions[0].name
    rows: list[list[str | Links]] = []
    topic = ""
    for part, what, asked, places in ITEMS:
        if part != topic:
            rows.append([part])
            topic = part
        found = [(words, target.format(first=first)) for words, target in places if target.format(first=first) in there]
        rows.append([what, asked, Links(found) if found else YOURS if not places else "not in this study"])
    note = (
        "J: journal article reporting standards for quantitative research (JARS–Quant); S: STROBE for observational studies, with the number of its item; M: what is asked of "
        f"mixed models. In our words; the standards themselves say more. “{YOURS[:1].upper()}{YOURS[1:]}”: no program can know it."
    )
    return ApaTable("checklist", "Where this report says what reporting standards ask for", ["What is asked for", "By", "Where"], rows, note, 3)
