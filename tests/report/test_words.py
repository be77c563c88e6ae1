"""The prose: snapshots of whole pages, and rules no sentence may break. To renew a snapshot, delete it and run the tests twice."""

import re
from pathlib import Path

import pytest

from mentoring.report import methods_text, page_one, words
from mentoring.report.answers import gather
from mentoring.report.inputs import Results
from mentoring.report.names import names_of
from mentoring.tables.answers import VERDICT_CODES

SNAPSHOTS = Path(__file__).parent / "snapshots"
CAUSAL = re.compile(
    r"\b(cause[sd]?|because of|leads? to|led to|effects? of|impact|improves?|increases?|reduces?|raises?|boosts?|makes? .{0,20} "
    r"better|results? in)\b",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"\*\*\*|\bsignifican|\btrend towards?\b|\bno difference\b|\b(small|medium|large) (effect|association)|\bprove[sd]?\b", re.IGNORECASE
)


def prose(markdown: str) -> str:
    """The report's own sentences, without tables, headings, pictures and formulas."""
    text = re.sub(r"````.*?````|^```.*?^```|^---.*?^---", "", markdown, flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in text.splitlines() if not line.startswith(("#", ":::", "`", "![]("))]
    return "\n".join(lines)


@pytest.mark.parametrize("which", ["full", "bare"])
def test_prose_reads_as_before(which, request):
    now = prose(request.getfixturevalue(which).text("report.md"))
    now = re.sub(
        r"\*\*(?:Reading the files|Scoring|Pairing|Models|Checks|Report|Throughout|How the made).*?(?=Each partner)",
        "(assumptions)\n\n",
        now,
        count=1,
        flags=re.DOTALL,
    )
    now = re.sub(r"\n{3,}", "\n\n", now)
    kept = SNAPSHOTS / f"{which}.md"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(now, encoding="utf-8")
        pytest.fail(f"there was no snapshot {kept.name}; it has been written: read it, and run again")
    assert now == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("which", ["full", "bare"])
def test_no_sentence_claims_too_much(which, request):
    text = prose(request.getfixturevalue(which).text("report.md"))
    assert not FORBIDDEN.search(text), FORBIDDEN.search(text)
    own = text.split("Every analysis assumes something")[0]
    assert not CAUSAL.search(own), CAUSAL.search(own)


def test_every_question_is_answered_once_on_page_one(full):
    page = full.text("report.md").split("# What this study cannot show")[0]
    for question in full.study.questions:
        assert page.count(f"{{#a-{question.name} ") == 1


def test_with_many_questions_each_has_a_row_with_its_answer_in_short(full):
    results = Results.read(full.study, full.results)
    answers = gather(results, names_of(results))
    page = page_one.write(results, answers * 2, {})
    assert page.count("<tr><th id=") == 2 * len(answers)
    assert "Goes with higher relationship quality (mentee’s answer)." in page and "Could not be estimated." in page
    assert page.index("Primary questions") < page.index("Secondary questions") < page.index("Exploratory questions")


def test_every_verdict_has_short_words():
    assert set(page_one.SHORT) == set(VERDICT_CODES)
    assert not any(CAUSAL.search(text) or FORBIDDEN.search(text) for text in (*page_one.SHORT.values(), *page_one.OF_KIND.values()))


def test_an_interval_across_zero_is_said_to_leave_the_direction_open(full):
    results = Results.read(full.study, full.results)
    answer = next(one for one in gather(results, names_of(results)) if one.question.name == "gender_quality")
    between = answer.effects[answer.effects["term"] == "same_gender_between"]
    crossing = type(answer)(answer.question, "inconclusive", "low", "x", between, answer.fit, [], answer.outcome, answer.outcome_label)
    assert "the direction is not settled" in words.how_to_read(crossing, results)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.05, 0.35, "covers the published values"),
        (0.5, 0.6, "lies wholly above"),
        (-0.5, -0.1, "lies wholly below"),
        (0.2, 0.6, "overlaps the published values in part"),
    ],
)
def test_published_numbers_are_compared_by_interval(full, low, high, said):
    results = Results.read(full.study, full.results)
    answer = gather(results, names_of(results))[0]
    rows = answer.effects[answer.effects["term"] == "same_gender_within"].assign(ci_low=low, ci_high=high)
    moved = type(answer)(
        answer.question, answer.verdict, answer.certainty, answer.sentence, rows, answer.fit, [], answer.outcome, answer.outcome_label
    )
    assert said in words.published(moved)[0]


def test_single_source_is_flagged_only_where_one_person_says_both(full):
    results = Results.read(full.study, full.results)
    flags = {answer.question.name: words.single_source(answer, results) for answer in gather(results, names_of(results))}
    assert flags == {"gender_quality": False, "authentic": True, "unanswerable": False}


def test_a_question_without_a_model_says_why(full):
    assert "No model was fitted: form has one group only, so there is nothing to compare." in full.text("report.md")


def test_terms_of_few_people_are_named_but_not_shown(full):
    text = full.text("report.md")
    assert "Left out, because too few people stand behind them: Mentor’s gender: Rare" in text.replace("\\", "")
    assert "1.10 [" not in text


def test_assumptions_are_harvested_whole(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.py").write_text(
        "x = 1\n    # ASSUME: scores are\n    # equally spaced.\nYES = 2  # ASSUME: b\n# ASSUME: c\n# ASSUME: d\nLEAST = 0.7\n",
        encoding="utf-8",
    )
    assert methods_text.assumptions(tmp_path) == {"Models": ["Scores are equally spaced.", "B (here: 2).", "C.", "D (here: 0.7)."]}


def test_the_librarys_assumptions_are_sentences():
    found = [text for texts in methods_text.assumptions().values() for text in texts]
    assert found
    assert all(len(text) > 20 and "ASSUME" not in text for text in found)


def test_a_check_that_is_switched_off_is_told_apart_from_one_that_is_absent(tmp_path):
    from mentoring.report.appendix import _no_check

    assert "switched off in config.yaml" in _no_check(False, "second opinion")
    assert "the tables hold none" in _no_check(True, "second opinion")
