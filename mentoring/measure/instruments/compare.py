"""A study's scales beside the cards they name: what contradicts the card, and what was published."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mentoring.errors import Problems, StudyError, did_you_mean, listed
from mentoring.measure.instruments.card import Card, Figures, Subscale
from mentoring.measure.instruments.find import cards_of
from mentoring.measure.scoring import answers_needed
from mentoring.settings import Scale
from mentoring.study import Study
from mentoring.tables import INSTRUMENTS

WITHOUT = "or take `instrument` out: it is then a scale of your own"


def check_instruments(study: Study, codebook_items: pd.DataFrame) -> None:
    """Refuse scales that are not what their cards say.

    Number of items, number of possible answers, which items are reversed, whether they are about the relationship, and how many answers a
    score needs are compared, each where the card knows it.

    Parameters
    ----------
    study : Study
    codebook_items : DataFrame
        Table `codebook_items`.

    Raises
    ------
    StudyError
        With every contradiction, or with what is wrong with the cards.
    """
    problems = Problems("config.yaml")
    for number, scale in enumerate(study.scales):
        if scale.subscale and not scale.instrument:
            problems.add(
                f"scales[{number}].subscale",
                f"“{scale.name}” names a subscale of no instrument",
                expected="both, or neither",
                fix="instrument: NAME_OF_A_CARD",
            )
    try:
        cards = cards_of(study)
    except StudyError as error:
        problems.extend(error.problems)
        cards = {}
    for number, scale in enumerate(study.scales):
        if scale.instrument not in cards:
            continue
        card, place = cards[scale.instrument], f"scales[{number}] ({scale.name})"
        part = _named(card, scale, place, problems)
        if part is not None:
            _compare(card, part, scale, codebook_items, place, problems)
    problems.raise_if_any()


def _named(card: Card, scale: Scale, place: str, problems: Problems) -> Subscale | None:
    """The card's subscale that a scale means."""
    names = [part.name for part in card.subscales]
    if scale.subscale is None and len(names) == 1:
        return card.subscales[0]
    if scale.subscale in names:
        return card.subscale(scale.subscale)
    found = (
        f"the card “{card.name}” has no subscale “{scale.subscale}”"
        if scale.subscale
        else f"it does not say which subscale of “{card.name}” it is"
    )
    problems.add(place, found, expected=did_you_mean(scale.subscale or "", names), fix=f"subscale: {names[0]}" if names else WITHOUT)
    return None


def _compare(card: Card, part: Subscale, scale: Scale, codebook_items: pd.DataFrame, place: str, problems: Problems) -> None:
    if part.size and part.size != len(scale.items):
        problems.add(
            f"{place}, items",
            f"“{part.label}” of {card.title} has {part.size} items, and {len(scale.items)} are named",
            expected=f"its {part.size} items, in the card's order",
            fix=WITHOUT,
        )
        return
    rows = codebook_items[codebook_items["item"].isin(scale.items)]
    points, needed = card.points_of(part), answers_needed(scale)
    other = rows[rows["high"] - rows["low"] + 1 != points]
    if points and len(other):
        row = other.iloc[0]
        problems.add(
            f"{place}, range",
            f"{listed(other['item'].unique())} can be answered from {row['low']:g} to {row['high']:g}",
            expected=f"{points} possible answers, as {card.title} has",
            fix=f"correct low and high in the codebook, {WITHOUT}",
        )
    _compare_keys(card, part, scale, rows, place, problems)
    if part.about:
        elsewhere = rows.loc[rows["about"] != part.about, "item"].unique()
        if len(elsewhere):
            problems.add(
                f"{place}, about",
                f"the codebook does not have {listed(elsewhere)} as `{part.about}`",
                expected=f"about: {part.about}",
                fix=f"correct the column about in the codebook, {WITHOUT}",
            )
    if part.needed and needed != part.needed:
        problems.add(
            f"{place}, answered",
            f"a score needs {needed} of {len(scale.items)} answers",
            expected=f"{part.needed}, the rule of {card.title}",
            fix=f"answered: {share_for(part.needed, len(scale.items)):g}",
        )


def _compare_keys(card: Card, part: Subscale, scale: Scale, rows: pd.DataFrame, place: str, problems: Problems) -> None:
    """Reverse flags: item by item where the card knows which, else by their number."""
    keys = rows.assign(reverse=rows["reverse"].fillna(False).astype(bool))
    for item, own in zip(part.items, scale.items):
        given = keys.loc[keys["item"] == own, "reverse"]
        if item.reverse is not None and (given != item.reverse).any():
            problems.add(
                f"{place}, {own}",
                f"the codebook says reverse: {_yes(not item.reverse)}, and {card.title} (item {item.item}) says {_yes(item.reverse)}",
                expected="the same in both; items in the card's order",
                fix=f"reverse: {_yes(item.reverse)}   # in the codebook",
            )
    if part.reversed is not None:
        for role, own in keys.groupby("role", sort=True):
            count = int(own["reverse"].sum())
            if count != part.reversed:
                problems.add(
                    f"{place}, reverse",
                    f"the codebook reverses {count} of the {role}s' items, and {card.title} {part.reversed}",
                    expected=f"{part.reversed} reversed items",
                    fix="correct the column reverse in the codebook",
                )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def share_for(needed: int, items: int) -> float:
    """A short number that makes `needed` of `items` answers enough, and no fewer."""
    return next(
        share
        for digits in (2, 3)
        for share in [int(needed / items * 10**digits) / 10**digits]
        if (needed - 1) / items < share <= needed / items
    )


def instrument_table(study: Study) -> pd.DataFrame:
    """Table `instruments`: each scale that names a card, with what was published; one row per set of published figures.

    Figures of the subscale, where there are none those of the whole instrument; none of a card that is not verified.
    """
    cards: Mapping[str, Card] = cards_of(study)
    rows: list[dict[str, object]] = []
    for scale in study.scales:
        if not scale.instrument:
            continue
        card = cards[scale.instrument]
        part = card.subscale(scale.subscale) if scale.subscale else card.subscales[0]
        base = {
            "scale": scale.name,
            "instrument": card.name,
            "title": card.title,
            "subscale": part.label,
            "citation": card.citation,
            "licence_status": card.licence_status,
            "licence": card.licence or None,
            "verified": card.verified,
            "scoring": card.scoring,
        }
        own = [(figures, part.label) for figures in part.published] or [(figures, card.title) for figures in card.published]
        figures = own if card.verified else []
        rows += [{**base, **_figure_row(entry, of)} for entry, of in figures]
        if not figures:
            why = (
                "the card is not verified, so its figures are not shown"
                if not card.verified
                else "no figures were published, or the card knows of none"
            )
            rows.append({**base, "note": why})
    return INSTRUMENTS.frame(rows)


def _figure_row(figures: Figures, of: str) -> dict[str, object]:
    row: dict[str, object] = {"of": of, "source": figures.source, "role": figures.role, "n": figures.n}
    for name in ("alpha", "loadings"):
        ends = getattr(figures, name)
        if ends:
            row |= {f"{name}_low": ends[0], f"{name}_high": ends[-1]}
    return row | {name: getattr(figures, name) for name in ("chisq", "df", "cfi", "tli", "rmsea", "mean", "sd")}
