"""An instrument card: the structure of a questionnaire as facts, and its wording only where the wording is free.

Names, counts, ranges, reversed items and published figures are facts; sentences of items belong to whoever wrote them. A card that is not
under an open licence therefore holds no wording.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mentoring.settings.basics import Name, Role, Section

LicenceStatus = Literal["open", "permission_required", "nc", "unknown"]
LICENCES: dict[str, str] = {
    "open": "free to use",
    "permission_required": "ask the authors",
    "nc": "non-commercial use only",
    "unknown": "terms not known: ask before use",
}


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


# A published number, or the two ends of a published range.
NumberOrRange = Annotated[list[float], BeforeValidator(_listed), Field(min_length=1, max_length=2)]


class AnswerSet(Section):
    """The possible answers to some items; the codes are 1, 2, … in this order."""

    name: Name = Field(description="Short name; becomes the codebook's label set.")
    labels: list[str] = Field(min_length=2, description="What the answers are called, lowest first.")
    not_applicable: str = Field("", description="How “does not apply” is worded, where it may be ticked; its code follows the last.")


class Figures(Section):
    """What somebody published of an instrument; only what was seen, each with where."""

    source: str = Field(min_length=1, description="Where the figures were seen, and in which sample.")
    role: Role | None = Field(None, description="Who answered; left out when not told apart.")
    n: int | None = Field(None, ge=1, description="Number of people.")
    alpha: NumberOrRange | None = Field(None, description="Cronbach's alpha, or its lowest and highest over subscales or samples.")
    loadings: NumberOrRange | None = Field(None, description="Lowest and highest standardised loading.")
    chisq: float | None = Field(None, ge=0, description="Chi-squared of the published factor model.")
    df: int | None = Field(None, ge=0, description="Its degrees of freedom.")
    cfi: float | None = Field(None, description="Comparative fit index.")
    tli: float | None = Field(None, description="Tucker-Lewis index.")
    rmsea: float | None = Field(None, ge=0, description="Root mean squared error of approximation.")
    mean: float | None = Field(None, description="Mean score.")
    sd: float | None = Field(None, ge=0, description="Standard deviation of scores.")


class CardItem(Section):
    """One item, in the instrument's order."""

    item: str = Field(min_length=1, description="Its name or number in the instrument.")
    reverse: bool | None = Field(None, description="True when agreeing means little of the construct; left out when not known.")
    mentee: str = Field("", description="What mentees read; only on cards under an open licence.")
    mentor: str = Field("", description="What mentors read; only on cards under an open licence.")


class Subscale(Section):
    """Items that make one score."""

    name: Name = Field(description="Short name, by which a scale of a config names it.")
    label: str = Field(min_length=1, description="How it is called.")
    about: Literal["dyad", "self"] | None = Field(
        None, description="`dyad`: about one relationship; `self`: about oneself; left out when not known."
    )
    answers: str = Field("", description="Answer set; left out when not known.")
    items: list[CardItem] = Field(default_factory=list, description="Its items in order; left out when the card knows only how many.")
    count: int | None = Field(None, ge=1, description="Number of items, where they are not listed.")
    reversed: int | None = Field(None, ge=0, description="How many of them are reversed, where it is not known which.")
    needed: int | None = Field(None, ge=1, description="Fewest answers for a score; left out when the instrument has no rule.")
    note: str = Field("", description="What to mind.")
    published: list[Figures] = Field(default_factory=list, description="What was published of it.")

    @property
    def size(self) -> int | None:
        """Number of items; None when not known."""
        return len(self.items) or self.count

    def asked_of(self, role: str) -> list[CardItem]:
        """Items that have a wording for a role."""
        return [item for item in self.items if getattr(item, role)]

    @model_validator(mode="after")
    def _consistent(self) -> Subscale:
        names = [item.item for item in self.items]
        if len(set(names)) < len(names):
            raise ValueError(f"the subscale {self.name} lists an item twice")
        if self.items and self.count not in (None, len(self.items)):
            raise ValueError(f"the subscale {self.name} lists {len(self.items)} items and counts {self.count}")
        if self.size and max(self.needed or 0, self.reversed or 0) > self.size:
            raise ValueError(f"the subscale {self.name} has fewer items than it says are needed or reversed")
        return self


class SingleItem(Section):
    """A question that stands for itself and belongs to no score."""

    item: Name = Field(description="Short name; becomes the item's name in the codebook.")
    kind: Literal["likert", "category"] = Field("likert", description="Ordered answers, or one of several.")
    about: Literal["dyad", "self"] = Field("dyad", description="`dyad`: about one relationship; `self`: about oneself.")
    answers: str = Field(description="Answer set.")
    mentee: str = Field("", description="What mentees read.")
    mentor: str = Field("", description="What mentors read.")


class Card(Section):
    """One questionnaire."""

    name: Name = Field(description="Short name, the same as the file's; a config names it.")
    title: str = Field(min_length=1, description="What it is called.")
    citation: str = Field(min_length=1, description="Where it was published.")
    licence_status: LicenceStatus = Field(description="`open`, `permission_required`, `nc` (non-commercial) or `unknown`.")
    licence: str = Field("", description="What is known of the permission to use it.")
    verified: bool = Field(description="True when everything here was seen in a source; nothing unverified is compared or printed as fact.")
    note: str = Field("", description="What to mind.")
    points: int | None = Field(None, ge=2, description="Number of ordered answers, e.g. 7; left out when not known or told by `answers`.")
    scoring: Literal["mean", "sum"] | None = Field(
        None, description="Whether a score is a mean or a sum of its items; left out when not known."
    )
    answers: list[AnswerSet] = Field(
        default_factory=list, description="The possible answers, in full; only on cards under an open licence."
    )
    subscales: list[Subscale] = Field(default_factory=list, description="What it measures.")
    single_items: list[SingleItem] = Field(default_factory=list, description="Questions that belong to no score.")
    published: list[Figures] = Field(default_factory=list, description="What was published of the whole instrument.")

    def subscale(self, name: str) -> Subscale:
        """The subscale of that name."""
        return next(part for part in self.subscales if part.name == name)

    def answer_set(self, name: str) -> AnswerSet:
        """The answer set of that name."""
        return next(part for part in self.answers if part.name == name)

    def points_of(self, part: Subscale) -> int | None:
        """How many ordered answers its items have; None when not known."""
        return len(self.answer_set(part.answers).labels) if part.answers else self.points

    @model_validator(mode="after")
    def _consistent(self) -> Card:
        """Everything at once, in one message: names given twice, answer sets that are not there, wording that may not be shown."""
        wrong = []
        sets = [part.name for part in self.answers]
        named = [(part.name, part.answers) for part in self.subscales] + [(part.item, part.answers) for part in self.single_items]
        for what, names in (("answer set", sets), ("subscale or single item", [name for name, _ in named])):
            wrong += [f"the {what} {name} is given twice" for name in dict.fromkeys(names) if names.count(name) > 1]
        wrong += [
            f"{name} names the answer set {answers}, which the card does not have"
            for name, answers in named
            if answers and answers not in sets
        ]
        texts = [item for part in self.subscales for item in part.items] + list(self.single_items)
        if self.licence_status != "open" and any(item.mentee or item.mentor for item in texts):
            wrong.append("it holds the wording of items, which only cards under an open licence may (licence_status: open)")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
