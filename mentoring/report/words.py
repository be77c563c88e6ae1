"""The report's sentences, made from the tables only: short, in plain words, and never more certain than the numbers.

No causal verb for an observational estimate, no “no difference” from a large p, no stars, no small/medium/large.
Every function returns Markdown whose user-given parts are escaped.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from mentoring.models.collecting import is_single_source
from mentoring.models.words import Words
from mentoring.report import disclosure, numbers
from mentoring.report.answers import Answer, base_name
from mentoring.report.appendix_tables import GROUP_WORDS
from mentoring.report.inputs import Results
from mentoring.report.markup import md
from mentoring.report.names import Names, lower_first
from mentoring.settings import ModelQuestion, Published, SimilarityQuestion

REFERENCES = Path(__file__).resolve().parent / "references.json"
FEW_MENTORS = 30
SYNTHETIC = (
    "SYNTHETIC DATA. These people and answers are made up to show how the report works. Nothing here says anything about real mentoring."
)
CERTAINTY = {
    "clear": "the estimate settles the question and no warning applies",
    "moderate": "the estimate settles it, but a warning tempers the answer (see its details)",
    "low": "the study cannot tell either way, or its answer is not to be relied on (which is said with it)",
    "none": "nothing could be estimated",
}


def people_sentence(results: Results) -> str:
    """Who was asked and who answered, in a sentence or two."""
    people, responses, dyads = results["people"], results["responses"], results["dyads"]
    given = responses[responses["value"].notna() | responses["label"].notna()]
    parts = []
    for role in ("mentor", "mentee"):
        asked = people.loc[people["role"] == role, "person"].nunique()
        answered = given.loc[given["role"] == role, "person"].nunique()
        if asked and answered:
            parts.append(
                f"{numbers.count(answered)} of {numbers.counted(asked, role)} ({numbers.percent(answered, asked)}) answered at least once"
            )
        elif asked:
            parts.append(
                f"{numbers.counted(asked, role)} {'is' if asked == 1 else 'are'} on the lists; {role}s were not asked anything themselves"
            )
    sentences = [f"{part[:1].upper()}{part[1:]}." for part in parts]
    if len(dyads):
        waves = given["wave"].nunique()
        over = f" They were asked at {waves} points in time (waves)." if waves > 1 else " They were asked once." if waves == 1 else ""
        sentences.append(f"Together they form {numbers.counted(len(dyads), 'relationship')}.{over}")
        told = given[given["dyad"].notna()]
        both = int((told.groupby("dyad")["role"].nunique() == 2).sum()) if len(told) else 0
        if both:
            sentences.append(
                f"For {numbers.count(both)} of them ({numbers.percent(both, len(dyads))}) both sides have answered at least once."
            )
    return " ".join(sentences) or "The tables hold no record of who was asked."


def careless_sentence(results: Results) -> str:
    """How many answer sheets look careless ("" where none could be judged)."""
    table = results["careless"]
    parts = [
        f"{disclosure.handled(own['flagged'].sum(), results.smallest)} of {numbers.count(own['judged'].sum())} answer sheets of {role}s"
        for role in ("mentor", "mentee")
        for own in [table[table["role"] == role]]
        if own["judged"].sum() >= results.smallest and own["even_odd"].notna().any()
    ]
    if not parts:
        return ""
    text = numbers.listed(parts)
    return (
        f"{text[:1].upper()}{text[1:]} look careless: they stand out in at least two ways, inconsistent answers among them. "
        "[Careless answers](#careless) gives the counts by index"
        + (", and every answer without them" if results.study.credibility.without_careless else "")
        + ". All were kept, so what they do to the estimates is still in them; one answer throughout is found only where reversed items contradict it."
    )


def keying_sentence(results: Results, names: Names) -> str:
    """A warning naming the items whose reverse flag is probably wrong ("" when there is none)."""
    table = results["items"]
    wrong = table[table["suspect_key"].fillna(False).astype(bool) & (table["n"] >= results.smallest)].drop_duplicates(["item", "role"])
    if wrong.empty:
        return ""
    said = numbers.listed([f"“{names.item(row.item, row.role)}” ({names.scale(row.scale)}, {row.role}s)" for row in wrong.itertuples()])
    return (
        f"**Is the codebook right?** {md(said)}: after keying, {'this item runs' if len(wrong) == 1 else 'these items run'} clearly against the "
        "others of the scale, and alpha rises when turned round. The reverse flag in the codebook is probably wrong. Nothing was turned round by "
        "itself, so every number with this scale is to be doubted until that is settled."
    )


def cannot_show(results: Results, answers: list[Answer]) -> list[str]:
    """What this study cannot show, each as one line."""
    lines = [
        (
            "These are associations. Unless partners were paired at random, pairs that are alike may differ from others in ways nobody "
            "recorded, so nothing here says what "
            "pairing people differently would do."
        )
    ]
    flagged = [answer for answer in answers if single_source(answer, results)]
    if flagged:
        lines.append(
            f"{_of(flagged, answers)} marked “one source”: the same person reported both sides of the association, so part of it can come from how that "
            "person answers in general."
        )
    mentors = [size for answer in answers for size in [answer.size("mentors")] if size]
    if mentors and min(mentors) < FEW_MENTORS:
        lines.append(
            f"With {numbers.counted(min(mentors), 'mentor')} in the smallest model, differences between mentors are known only roughly. "
            "A wide interval means that the study cannot tell, "
            "not that there is nothing."
        )
    undecided = [answer for answer in answers if answer.verdict == "inconclusive"]
    if undecided:
        lines.append(
            f"{_of(undecided, answers)} left open: the data are compatible with an association and with none. Absence of proof is not proof of absence."
        )
    unanswered = [answer for answer in answers if answer.verdict == "not estimated"]
    if unanswered:
        lines.append(f"{_of(unanswered, answers)} without an estimate: these data could not give one.")
    lines += _time_and_silence(results)
    return lines


def _time_and_silence(results: Results) -> list[str]:
    responses, people = results["responses"], results["people"]
    given = responses[responses["value"].notna() | responses["label"].notna()]
    lines = []
    if len(given) and given["wave"].nunique() == 1:
        lines.append("Everything was asked at one point in time, so nothing can be said about what came first.")
    silent = []
    for role in ("mentor", "mentee"):
        asked, answered = people.loc[people["role"] == role, "person"].nunique(), given.loc[given["role"] == role, "person"].nunique()
        if answered and asked - answered >= max(results.smallest, 0.1 * asked):
            silent.append(f"{numbers.percent(asked - answered, asked)} of {role}s")
    if silent:
        lines.append(
            f"{numbers.listed(silent)[:1].upper()}{numbers.listed(silent)[1:]} never answered. Those who stay silent may see their "
            "relationship differently."
        )
    return lines


def _of(some: list[Answer], answers: list[Answer]) -> str:
    """How many of the questions: “3 of 15 questions are”."""
    return f"{numbers.count(len(some))} of {numbers.counted(len(answers), 'question')} {'is' if len(some) == 1 else 'are'}"


def single_source(answer: Answer, results: Results) -> bool:
    """Whether the person whose answer is the outcome also gave what it is related to."""
    return is_single_source(answer.question, Words.of(results.study.scales, results.study.similarity, results.smallest))


def asked(answer: Answer, about: str, names: Names) -> str:
    """What was asked: `about` in terms of the study's own variables, then how it was planned."""
    question = answer.question
    family = {
        "primary": "It is one of the study’s primary questions.",
        "secondary": "It is a secondary question.",
        "exploratory": "It is exploratory: it was not planned as a test, and its p values are not corrected for the number of questions.",
    }[question.family]
    sesoi = (
        f" An association below {numbers.number(question.sesoi)} standard deviations of the outcome was declared too small to matter."
        if question.sesoi
        else ""
    )
    return f"{about}{_wordings(answer, names)} {family}{sesoi}"


def _wordings(answer: Answer, names: Names) -> str:
    """How the codebook puts the single items a question is about: their names alone may say little."""
    columns = [answer.question.outcome_column, str(getattr(answer.question, "group", "") or "")]
    said = {names.variable(column.removeprefix("mentor_").removeprefix("mentee_")): names.wording(column) for column in columns if column}
    told = [f"{md(name)} stands for “{md(text.rstrip('.'))}”" for name, text in said.items() if text and text != name]
    return f" {numbers.listed(told)}." if told else ""


def about_terms(answer: Answer, names: Names) -> str:
    """The outcome and the terms it is set beside."""
    question = answer.question
    if isinstance(question, SimilarityQuestion):
        about = numbers.listed([lower_first(names.similarity(name)) for name in question.similarity])
        return f"The outcome is {md(answer.outcome_label)}. The model sets it beside {md(about)}."
    about = numbers.listed([lower_first(names.term(term)) for term in question.focus]) if isinstance(question, ModelQuestion) else ""
    return f"The outcome is {md(answer.outcome_label)}." + (f" The question is about {md(about)}." if about else "")


def how_to_read(answer: Answer, results: Results) -> str:
    """One row of the table put into a sentence, and what p does and does not say."""
    rows = answer.focus.dropna(subset=["estimate", "ci_low", "ci_high"])
    if rows.empty:
        return ""
    row = rows.iloc[0]
    digits = numbers.digits_for(row["estimate"], row["ci_low"], row["ci_high"])
    size = numbers.number(abs(row["estimate"]), digits)
    unit = f" ({md(answer.question.unit)})" if answer.question.unit else ""
    matches = {entry.name for entry in results.study.similarity if entry.kind == "match"}
    example = (
        f"The row “{md(row['label'])}” reads: {_who(row['level'], base_name(row['term']) in matches)} an outcome {size} "
        f"{'higher' if row['estimate'] > 0 else 'lower'}{unit}, "
        f"all other terms being equal. Values from {numbers.number(row['ci_low'], digits)} to {numbers.number(row['ci_high'], digits)} "
        "are compatible with these data (95 % interval)."
    )
    if row["ci_low"] <= 0 <= row["ci_high"]:
        example += " That includes zero, so the direction is not settled."
    if row["turned"]:
        example += " It is a distance, so a higher value means less alike."
    two = (
        " “Within” compares mentees of one mentor with each other, so whatever is the same for all of them drops out. “Between” compares "
        "mentors, who differ in many other ways too."
        if {"within mentor", "between mentors"} <= set(rows["level"])
        else ""
    )
    return (
        example
        + two
        + " A p value says how surprising so large an estimate would be if there were no association; a large p does not show that there "
        "is none."
    )


def _who(level: str, match: bool) -> str:
    """The start of the sentence: who is compared with whom."""
    if match:
        return {
            "within mentor": "among mentees of the same mentor, those who match have, compared with those who do not,",
            "between mentors": "mentors all of whose mentees match have, compared with mentors none of whose mentees do,",
            "all": "relationships in which the two match have, compared with those in which they do not,",
        }[level]
    return {
        "within mentor": "among mentees of the same mentor, a relationship one unit higher on this has",
        "between mentors": "mentors whose relationships are on average one unit higher on this have",
        "all": "a relationship one unit higher on this has",
    }[level]


def single_source_flag(answer: Answer, results: Results) -> str:
    """A warning where one person reported both sides of the association."""
    if not single_source(answer, results):
        return ""
    return (
        "**Single source.** The person whose answer is the outcome also gave the answers it is related to. Mood, and a habit of "
        "answering high or low, can then make the two go "
        "together. Compare with what the other side says before leaning on this."
    )


def published(answer: Answer) -> list[str]:
    """Each published number beside this study's own interval."""
    rows = answer.focus[answer.focus["level"] != "between mentors"].dropna(subset=["estimate", "ci_low", "ci_high"]).head(2)
    rows = rows if len(rows) else answer.focus.dropna(subset=["estimate", "ci_low", "ci_high"]).head(2)
    return [
        f"{_cited(known.source)}: {md(known.finding.rstrip('.'))}. "
        + " ".join(_beside(known, row, answer.question.unit) for _, row in rows.iterrows())
        for known in answer.question.published
    ]


def _cited(source: str) -> str:
    """A source as a citation when it stands in our references (“Dee (2004)”), else as the user wrote it."""
    match = re.match(r"^(\w+)\W+(\d{4})\W*$", source.strip())
    known = {
        (entry["author"][0]["family"], str(entry["issued"]["date-parts"][0][0])): entry["id"]
        for entry in json.loads(REFERENCES.read_text(encoding="utf-8"))
    }
    key = known.get((match[1], match[2])) if match else None
    return f"@{key}" if key else md(source)


def _beside(known: Published, row: pd.Series, unit: str) -> str:
    low, high = sorted((known.low, known.high))
    digits = numbers.digits_for(row["estimate"], row["ci_low"], row["ci_high"])
    ours = numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], digits)
    theirs = numbers.number(low, digits) if low == high else f"{numbers.number(low, digits)} to {numbers.number(high, digits)}"
    if row["ci_low"] <= low and high <= row["ci_high"]:
        verdict = "Our interval covers the published value" + ("" if low == high else "s") + "."
    elif row["ci_high"] < low:
        verdict = "Our interval lies wholly below the published value" + ("" if low == high else "s") + "."
    elif row["ci_low"] > high:
        verdict = "Our interval lies wholly above the published value" + ("" if low == high else "s") + "."
    else:
        verdict = "Our interval overlaps the published values in part."
    return f"Published: {theirs}; here ({md(row['label'])}): b = {ours}{' ' + md(unit) if unit else ''}. {verdict}"


def influence(answer: Answer, table: pd.DataFrame) -> str:
    """How far the answer moves when one mentor or programme is left out."""
    own = table[(table["question"] == answer.question.name) & table["estimate"].notna()]
    labels = dict(zip(answer.effects["term"], answer.effects["label"]))
    parts = []
    # In the order of the table above, whatever that of the file.
    place = {term: number for number, term in enumerate(labels)}
    found = [(term, group, part) for (term, group), part in own.groupby(["term", "group"], sort=False) if term in labels]
    for term, group, part in sorted(found, key=lambda one: place[one[0]]):
        digits = numbers.digits_for(part["estimate"].abs().max())
        changes = int(part["changes_sign"].sum())
        sign = (
            "the sign never changes" if not changes else f"the sign changes {'once' if changes == 1 else numbers.counted(changes, 'time')}"
        )
        parts.append(
            f"{md(labels[str(term)])}: leaving out one {GROUP_WORDS.get(str(group), md(group))} at a time ({numbers.count(len(part))} "
            "refits), the estimate runs from "
            f"{numbers.number(part['estimate'].min(), digits)} to {numbers.number(part['estimate'].max(), digits)}; {sign}."
        )
    return "\n".join(f"- {part}" for part in parts) or "No influence analysis was run for this question."


def second_opinion(answer: Answer, table: pd.DataFrame) -> str:
    """Whether independent software gives the same."""
    own = table[table["question"] == answer.question.name]
    if own.empty:
        return "No second program was asked."
    lines = []
    for engine, part in own.groupby("engine", sort=False):
        known = part[part["agrees"].notna()]
        if known.empty:
            why = "; ".join(str(note).strip().rstrip(".") for note in part["note"].dropna().unique()) or "no reason was recorded"
            lines.append(f"{md(engine)} gives no number here ({md(why)}).")
            continue
        agree = int(known["agrees"].sum())
        if agree == len(known):
            same = "the term compared agrees" if agree == 1 else f"all {numbers.count(agree)} terms compared agree"
        else:
            same = f"of {numbers.counted(len(known), 'term')} compared, {numbers.count(agree)} agree, {numbers.count(len(known) - agree)} differ,"
        lines.append(
            f"{md(engine)} fitted the same model: {same} with ours within a hundredth of a standard error"
            + ("." if agree == len(known) else "; the appendix shows both.")
        )
    return " ".join(lines)
