"""Instrument cards: all that come with the project are good, bad ones are refused in words, and scales are compared with theirs."""

import csv
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from mentoring.errors import StudyError
from mentoring.ingest import read_codebook
from mentoring.measure.instruments import card_files, check_instruments, instrument_table, read_card, read_cards, write_sheet
from mentoring.measure.instruments.compare import share_for
from mentoring.measure.instruments.listing import cards_text
from mentoring.measure.scoring import answers_needed
from mentoring.settings import Scale
from mentoring.study import Study
from tests.small_study import write_small_study

CARD = """\
name: short
title: A short form
citation: Nobody (2000).
licence_status: unknown
verified: true
points: 7
subscales:
  - name: whole
    label: The whole
    about: dyad
    needed: 3
    items: [{item: "1", reverse: false}, {item: "2"}, {item: "3", reverse: true}]
    published: [{source: Nobody (2000), role: mentee, n: 120, alpha: [0.7, 0.8], chisq: 5, df: 2, cfi: 0.98}]
"""
CONSTRUCTS = {
    "authenticity",
    "engagement",
    "empowerment",
    "reciprocity",
    "status",
    "gatekeeping",
    "follow_through",
    "psychosocial",
    "career",
    "perceived_similarity",
    "quality",
    "satisfaction",
    "learning",
    "metacognition",
    "costs",
    "benefits",
    "burnout",
    "productivity",
    "values",
    "shared_values",
    "self_efficacy",
    "identity",
    "belonging",
    "persistence",
    "renewal",
    "safety",
    "competition",
}


@pytest.fixture
def study(tmp_path):
    folder = write_small_study(tmp_path / "study")
    (folder / "data" / "instruments").mkdir()
    (folder / "data" / "instruments" / "short.yaml").write_text(CARD)
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("items: [q1, q2, q3]}", "items: [q1, q2, q3], instrument: short, subscale: whole}"))
    return Study.load(folder)


def problems_of(study, items=None, **scale):
    changed = SimpleNamespace(folder=study.folder, scales=[study.scales[0].model_copy(update=scale)])
    with pytest.raises(StudyError) as caught:
        check_instruments(changed, read_codebook(study).items if items is None else items)
    return caught.value.problems


def test_all_cards_of_the_project_are_good():
    cards = read_cards(card_files().values())
    assert {"open_items", "mca", "mfq9", "mentoring_functions_scale"} <= set(cards)
    for card in cards.values():
        assert card.verified and (card.licence_status == "open") == (card.name == "open_items")
    assert [item.item for item in cards["mentoring_functions_scale"].subscale("career").items] == [str(2 * n) for n in range(1, 9)]
    assert all(title in cards_text(cards.values()) for title in ("MCA-21", "Open mentoring items"))


def test_open_items_cover_every_construct_in_both_forms():
    card = read_cards(card_files().values())["open_items"]
    assert {part.name for part in card.subscales} == CONSTRUCTS
    assert {entry.item for entry in card.single_items} == {"stage", "stay", "matched"}
    texts = [text for part in card.subscales for item in part.items for text in (item.mentee, item.mentor) if text]
    assert all(text.endswith(".") and "{" not in text for text in texts)
    for part in card.subscales:
        assert all(item.reverse is not None and item.item == f"{part.name}_{n}" for n, item in enumerate(part.items, 1))
        assert part.needed == 3 <= part.size and part.about
        for item in part.items:
            assert "my mentee" not in item.mentee and "my mentor" not in item.mentor


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda card: card | {"licens": "x"}, "unknown key “licens”"),
        (lambda card: {k: v for k, v in card.items() if k != "title"}, "“title” is missing"),
        (lambda card: card | {"licence_status": "free"}, "“free” is not possible here"),
        (lambda card: card | {"name": "other"}, "is called “other”"),
        (lambda card: card | {"subscales": [*card["subscales"], {"name": "whole", "label": "A"}]}, "whole is given twice"),
        (lambda card: card | {"subscales": [{"name": "a", "label": "A", "answers": "five"}]}, "does not have"),
        (
            lambda card: card | {"subscales": [{"name": "a", "label": "A", "items": [{"item": "1", "mentee": "I like it."}]}]},
            "open licence",
        ),
        (lambda card: card | {"subscales": [{"name": "a", "label": "A", "count": 2, "needed": 3}]}, "fewer items"),
    ],
)
def test_bad_cards_are_refused_in_words(tmp_path, change, told):
    (tmp_path / "short.yaml").write_text(yaml.safe_dump(change(yaml.safe_load(CARD))))
    with pytest.raises(StudyError, match=told):
        read_card(tmp_path / "short.yaml")


def test_all_problems_of_a_card_at_once(tmp_path):
    (tmp_path / "short.yaml").write_text(CARD.replace("title:", "titel:").replace("points: 7", "points: seven"))
    with pytest.raises(StudyError) as caught:
        read_card(tmp_path / "short.yaml")
    assert len(caught.value.problems) == 2 and "did you mean “title”?" in str(caught.value)


def test_a_scale_that_is_what_its_card_says_passes(study):
    check_instruments(study, read_codebook(study).items)
    table = instrument_table(study)
    row = table.iloc[0]
    assert len(table) == 1 and (row["title"], row["alpha_low"], row["alpha_high"], row["cfi"], row["n"]) == (
        "A short form",
        0.7,
        0.8,
        0.98,
        120,
    )


def test_contradictions_are_told(study):
    items = read_codebook(study).items
    five = items.assign(high=items["high"].where(items["item"] != "q2", 5.0))
    assert "q2 can be answered from 1 to 5" in problems_of(study, five)[0].found
    turned = items.assign(reverse=items["item"] == "q1")
    assert [problem.place.split(", ")[1] for problem in problems_of(study, turned)] == ["q1", "q3"]
    assert "as `dyad`" in problems_of(study, items.assign(about="self"))[0].found
    found = problems_of(study, items, answered=0.5)[0]
    assert found.found == "a score needs 2 of 3 answers" and found.fix == "answered: 1"
    assert "no subscale “hole”" in problems_of(study, items, subscale="hole")[0].found
    assert "no card called “shrt”" in problems_of(study, items, instrument="shrt")[0].found
    assert "subscale of no instrument" in problems_of(study, items, instrument=None)[0].found


def test_number_of_items_is_compared(study):
    changed = SimpleNamespace(folder=study.folder, scales=[Scale(name="quality", items=["q1", "q2"], instrument="short", subscale="whole")])
    with pytest.raises(StudyError, match="has 3 items, and 2 are named"):
        check_instruments(changed, read_codebook(study).items)


def test_number_of_reversed_items_is_compared_where_it_is_not_known_which(study):
    file = study.folder / "data" / "instruments" / "short.yaml"
    file.write_text(CARD.replace(", reverse: false}", "}").replace(", reverse: true}", "}").replace("needed: 3", "reversed: 2"))
    with pytest.raises(StudyError, match="reverses 1 of the mentees' items"):
        check_instruments(study, read_codebook(study).items)


def test_figures_of_unverified_cards_are_not_shown(study):
    file = study.folder / "data" / "instruments" / "short.yaml"
    file.write_text(CARD.replace("verified: true", "verified: false"))
    row = instrument_table(study).iloc[0]
    assert pd.isna(row["alpha_low"]) and "not verified" in row["note"]


def test_a_survey_is_written_that_is_a_codebook(tmp_path):
    card = read_cards(card_files().values())["open_items"]
    files = write_sheet(card, tmp_path, ["authenticity", "psychosocial", "renewal", "stage"])
    with files[0].open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [sum(row["role"] == role for row in rows) for role in ("mentee", "mentor")] == [9, 12]
    assert rows[2] == {
        "item": "authenticity_3",
        "role": "mentee",
        "column": "",
        "text": "Around my mentor I feel I have to play a part.",
        "kind": "likert",
        "about": "dyad",
        "low": "1",
        "high": "7",
        "reverse": "yes",
        "labels": "agree7",
    }
    labels = pd.read_csv(files[1], dtype=str, keep_default_na=False)
    assert labels[labels["missing"] == "not applicable"].values.tolist() == [["agree7_na", "8", "Does not apply to us", "not applicable"]]
    scales = [Scale.model_validate(entry) for entry in yaml.safe_load(files[2].read_text())["scales"]]
    assert [scale.name for scale in scales] == ["authenticity", "psychosocial", "renewal"] and scales[0].answered == 0.75
    with pytest.raises(StudyError, match="exists already"):
        write_sheet(card, tmp_path, ["authenticity"])
    with pytest.raises(StudyError, match="no subscale or item “renewl”"):
        write_sheet(card, tmp_path / "other", ["renewl"])
    with pytest.raises(StudyError, match="holds no wording"):
        write_sheet(read_cards(card_files().values())["mca"], tmp_path / "other")


@pytest.mark.parametrize("items", range(2, 12))
def test_the_share_told_demands_just_as_many_answers(items):
    for needed in range(1, items + 1):
        scale = Scale(name="s", items=[f"q{n}" for n in range(items)], answered=share_for(needed, items))
        assert answers_needed(scale) == needed
