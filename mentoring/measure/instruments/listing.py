"""The cards that are there, in words."""

from __future__ import annotations

from collections.abc import Iterable

from mentoring.measure.instruments.card import LICENCES, Card


def cards_text(cards: Iterable[Card]) -> str:
    """One paragraph per card: name, title, licence, subscales with their numbers of items."""
    return "\n\n".join(_paragraph(card) for card in cards)


def _paragraph(card: Card) -> str:
    parts = [f"{part.name} ({part.size or 'number of items not known'})" for part in card.subscales] + [
        entry.item for entry in card.single_items
    ]
    licence = card.licence.rstrip(".")
    lines = [
        f"{card.name}: {card.title}" + ("" if card.verified else " (not verified)"),
        f"  {card.citation}",
        f"  {LICENCES[card.licence_status]}" + (f" ({licence})" if licence else ""),
        f"  {', '.join(parts)}",
    ]
    return "\n".join(lines)
