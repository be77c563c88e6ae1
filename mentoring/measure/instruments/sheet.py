"""A survey from cards with free wording: what to ask each side, as a codebook that this project reads, and the scales for the config."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.measure.instruments.card import Card, Subscale
from mentoring.measure.instruments.compare import share_for
from mentoring.tables import ROLES

ITEM_HEAD = ["item", "role", "column", "text", "kind", "about", "low", "high", "reverse", "labels"]
LABEL_HEAD = ["labels", "value", "label", "missing"]


def write_sheet(card: Card, folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Write a card's items for both sides: `<card>_codebook.csv` and `<card>_labels.csv` (a codebook) and `<card>_scales.yaml`.

    Parameters
    ----------
    card : Card
        Under an open licence, with wording.
    folder : Path
        Where to.
    only : sequence of str
        Subscales and single items wanted; all when empty.

    Raises
    ------
    StudyError
        When the card holds no wording, has no such subscale, or a file exists: nothing is overwritten.
    """
    chosen = _chosen(card, only)
    files = {
        f"{card.name}_codebook.csv": codebook_text(card, chosen),
        f"{card.name}_labels.csv": labels_text(card, chosen),
        f"{card.name}_scales.yaml": scales_text(card, [part for part in card.subscales if part.name in chosen]),
    }
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise StudyError([Problem(str(folder / name), "", "it exists already and is left alone", "a folder without it") for name in there])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in files]


def _chosen(card: Card, only: Sequence[str]) -> list[str]:
    worded = [part.name for part in card.subscales if any(part.asked_of(role) for role in ROLES)] + [
        entry.item for entry in card.single_items
    ]
    if not worded:
        raise StudyError(
            Problem(
                f"{card.name}.yaml",
                "",
                f"the card holds no wording ({card.licence or card.licence_status})",
                "a card with wording of its own",
                "ask its authors, and put the wording into your codebook",
            )
        )
    unknown = [name for name in only if name not in worded]
    if unknown:
        raise StudyError(
            [Problem(f"{card.name}.yaml", "", f"there is no subscale or item “{name}”", did_you_mean(name, worded)) for name in unknown]
        )
    return [name for name in worded if name in only or not only]


def item_rows(card: Card, chosen: Sequence[str]) -> list[list[str]]:
    """Rows of a codebook: all that mentees are asked, then all that mentors are."""
    rows = []
    for role in ROLES[::-1]:
        for part in card.subscales:
            if part.name in chosen:
                high = str(card.points_of(part) or "")
                rows += [
                    [
                        item.item,
                        role,
                        "",
                        getattr(item, role),
                        "likert",
                        part.about or "dyad",
                        "1",
                        high,
                        "yes" if item.reverse else "no",
                        part.answers,
                    ]
                    for item in part.asked_of(role)
                ]
        for entry in card.single_items:
            if entry.item in chosen and getattr(entry, role):
                ends = ["1", str(len(card.answer_set(entry.answers).labels))] if entry.kind == "likert" else ["", ""]
                rows.append([entry.item, role, "", getattr(entry, role), entry.kind, entry.about, *ends, "no", entry.answers])
    return rows


def label_rows(card: Card, chosen: Sequence[str]) -> list[list[str]]:
    """Rows of the codebook's labels: every answer set that the chosen items use."""
    used = {part.answers for part in card.subscales if part.name in chosen} | {
        entry.answers for entry in card.single_items if entry.item in chosen
    }
    rows = []
    for answers in card.answers:
        if answers.name in used:
            rows += [[answers.name, str(code), label, ""] for code, label in enumerate(answers.labels, 1)]
            if answers.not_applicable:
                rows.append([answers.name, str(len(answers.labels) + 1), answers.not_applicable, "not applicable"])
    return rows


def scales_text(card: Card, parts: Sequence[Subscale]) -> str:
    """The section `scales` of a config."""
    return "\n".join(["# Put this into config.yaml.", "scales:", *(line for part in parts for line in scale_lines(card, part))]) + "\n"


def scale_lines(card: Card, part: Subscale) -> list[str]:
    """One entry of the section `scales`."""
    lines = [f"  - name: {part.name}", f"    label: {part.label}", f"    instrument: {card.name}", f"    subscale: {part.name}",
             f"    items: [{', '.join(item.item for item in part.items)}]"]
    return lines + ([f"    answered: {share_for(part.needed, len(part.items)):g}"] if part.needed and part.needed < len(part.items) else [])


def codebook_text(card: Card, chosen: Sequence[str]) -> str:
    """The codebook of some subscales and single items, as a CSV file."""
    return _csv([ITEM_HEAD, *item_rows(card, chosen)])


def labels_text(card: Card, chosen: Sequence[str]) -> str:
    """Their answers and codes, as a CSV file."""
    return _csv([LABEL_HEAD, *label_rows(card, chosen)])


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
