"""Instrument cards: what a published questionnaire is made of, and whether a study's scale is what its card says."""

from mentoring.measure.instruments.card import AnswerSet, Card, CardItem, Figures, SingleItem, Subscale
from mentoring.measure.instruments.compare import check_instruments, instrument_table
from mentoring.measure.instruments.find import card_files, cards_of, known_cards, read_card, read_cards
from mentoring.measure.instruments.sheet import write_sheet

__all__ = [
    "AnswerSet",
    "Card",
    "CardItem",
    "Figures",
    "SingleItem",
    "Subscale",
    "card_files",
    "cards_of",
    "check_instruments",
    "instrument_table",
    "known_cards",
    "read_card",
    "read_cards",
    "write_sheet",
]
