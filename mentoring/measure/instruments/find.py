"""Where cards are, and reading them: those that come with the project, and a study's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from mentoring.errors import Problem, Problems, StudyError, did_you_mean
from mentoring.measure.instruments.card import Card
from mentoring.study import Study
from mentoring.written import read_as

FOLDER = Path("data") / "instruments"
PROJECT = Path(__file__).resolve().parents[3] / FOLDER


def read_card(path: str | Path) -> Card:
    """One card.

    Raises
    ------
    StudyError
        With every problem found: not there, not YAML, unknown or missing keys, wrong kinds of value, parts that contradict each other.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise StudyError(Problem(str(path), "", "it cannot be read as a card", "a YAML file in UTF-8")) from None
    card = read_as(Card, text, path.name, "copy a card of data/instruments and change it")
    if card.name != path.stem:
        raise StudyError(
            Problem(path.name, "name", f"the card is called “{card.name}”", f"the file's name, {path.stem}", f"name: {path.stem}")
        )
    return card


def card_files(*folders: Path) -> dict[str, Path]:
    """Cards by name; those of the first folders count where a name is there twice. Without folders: those of the project."""
    found: dict[str, Path] = {}
    for folder in folders or (PROJECT,):
        for file in sorted(folder.glob("*.yaml")):
            found.setdefault(file.stem, file)
    return found


def known_cards(study: Study | None = None) -> dict[str, Path]:
    """The files of all cards a study may name: its own, in its folder `data/instruments`, before the project's."""
    return card_files(study.folder / FOLDER, PROJECT) if study else card_files()


def read_cards(files: Iterable[Path]) -> dict[str, Card]:
    """Several cards by name.

    Raises
    ------
    StudyError
        With the problems of all of them.
    """
    problems: list[Problem] = []
    cards = {}
    for file in files:
        try:
            cards[file.stem] = read_card(file)
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(problems)
    return cards


def cards_of(study: Study) -> dict[str, Card]:
    """The cards that a study's scales name.

    Raises
    ------
    StudyError
        Where there is no such card or subscale, and with every problem of the cards themselves.
    """
    files = known_cards(study)
    problems = Problems("config.yaml")
    wanted = {scale.instrument: number for number, scale in reversed(list(enumerate(study.scales))) if scale.instrument}
    for name, number in wanted.items():
        if name not in files:
            problems.add(
                f"scales[{number}].instrument",
                f"there is no card called “{name}”",
                expected=did_you_mean(name, sorted(files)),
                fix="list the cards with: python3 start.py items",
            )
    problems.raise_if_any()
    return read_cards(files[name] for name in sorted(wanted))


@cache
def project_card(name: str) -> Card:
    """A card that comes with the project."""
    return read_card(PROJECT / f"{name}.yaml")
