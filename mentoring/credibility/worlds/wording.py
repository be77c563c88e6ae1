"""What is asked in a simulated study: items of the card `open_items`, how well each measures, and the facts in the roster.

Wording, answers and reversed items stand on the card (`data/instruments/open_items.yaml`) and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mentoring.measure.instruments.card import Subscale
from mentoring.measure.instruments.find import project_card

Roles = tuple[str, ...]
BOTH: Roles = ("mentee", "mentor")
CARD = project_card("open_items")


@dataclass(frozen=True)
class Construct:
    """Something several items measure.

    Attributes
    ----------
    name : str
        Name of the card's subscale, which says what is asked of whom.
    page : int
        Page of the questionnaire; breaking off or not being shown goes by page.
    loadings : tuple of float
        Correlation of each item's underlying answer with the construct.
    ease : float
        How far answers lie above (below) the usual mean, in standard deviations of the underlying answer.
    """

    name: str
    page: int
    # ASSUME: loadings .62 to .86, so that α lies between .75 and .92.
    loadings: tuple[float, ...] = (0.80, 0.74, 0.70, 0.78)
    ease: float = 0.0
    card: Subscale = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "card", CARD.subscale(self.name))

    @property
    def label(self) -> str:
        """How the construct is called."""
        return self.card.label

    @property
    def about(self) -> str:
        """`dyad` or `self`."""
        return self.card.about or "dyad"

    @property
    def answers(self) -> str:
        """Label set of the answers."""
        return self.card.answers

    @property
    def roles(self) -> Roles:
        """Who is asked."""
        return tuple(role for role in BOTH if self.card.asked_of(role))

    @property
    def item_names(self) -> list[str]:
        """`<construct>_1`, `<construct>_2`, …"""
        return [item.item for item in self.card.items]

    @property
    def reverse(self) -> list[bool]:
        """Which items are reversed."""
        return [bool(item.reverse) for item in self.card.items]

    def text(self, number: int, role: str) -> str:
        """Wording of an item for a role."""
        return str(getattr(self.card.items[number], role))


CONSTRUCTS: tuple[Construct, ...] = (
    Construct("authenticity", page=1),
    Construct("engagement", page=1, loadings=(0.82, 0.75, 0.68, 0.72)),
    Construct("empowerment", page=1, loadings=(0.84, 0.76, 0.80, 0.64)),
    Construct("reciprocity", page=1, loadings=(0.80, 0.74, 0.66, 0.68), ease=-0.15),
    Construct("status", page=2, ease=-0.30),
    Construct("psychosocial", page=2, loadings=(0.80, 0.82, 0.78, 0.70)),
    Construct("career", page=2, loadings=(0.80, 0.76, 0.74, 0.80), ease=-0.20),
    Construct("perceived_similarity", page=3, loadings=(0.84, 0.80, 0.68, 0.76), ease=-0.45),
    Construct("quality", page=3, loadings=(0.86, 0.82, 0.70, 0.80)),
    Construct("learning", page=3, loadings=(0.84, 0.80, 0.78)),
    Construct("costs", page=4, loadings=(0.84, 0.78, 0.82), ease=-2.10),
    Construct("benefits", page=4, loadings=(0.82, 0.76, 0.84), ease=-0.10),
    Construct("values", page=5),
    Construct("self_efficacy", page=5, loadings=(0.86, 0.80, 0.80), ease=-0.20),
    Construct("identity", page=5, loadings=(0.86, 0.80, 0.82), ease=-0.10),
    Construct("belonging", page=5, loadings=(0.86, 0.74, 0.82)),
    Construct("renewal", page=5, loadings=(0.86, 0.82, 0.80)),
)
BY_NAME: dict[str, Construct] = {construct.name: construct for construct in CONSTRUCTS}

# Single items: name → (text, answers, who is asked). All are about the relationship.
SINGLE: dict[str, tuple[str, str, Roles]] = {
    entry.item: (entry.mentee or entry.mentor, entry.answers, tuple(role for role in BOTH if getattr(entry, role))) for entry in CARD.single_items
}

# Demographics in the roster: name → (text, kind, lowest, highest, label set, who is asked).
ROSTER: dict[str, tuple[str, str, str, str, str, Roles]] = {
    "gender": ("Gender", "category", "", "", "gender", BOTH),
    "race": ("Race or ethnicity", "category", "", "", "race", BOTH),
    "first_gen": ("First in the family to attend college", "category", "", "", "yes_no", BOTH),
    "field": ("Field of work or study", "category", "", "", "field", BOTH),
    "age": ("Age in years", "number", "16", "90", "", BOTH),
    "experience": ("Years of experience as a mentor", "number", "0", "60", "", ("mentor",)),
}

NOT_APPLICABLE, NOT_SHOWN, NOT_ASKED, REFUSED = 8, -66, 98, 99
_NO_ANSWER = (
    (str(NOT_SHOWN), "Page not shown (survey tool)", "not shown"),
    (str(NOT_ASKED), "Not asked at this wave", "not shown"),
    (str(REFUSED), "Prefer not to say", "declared"),
)


def _codes(name: str) -> tuple[tuple[str, str, str], ...]:
    """An answer set of the card, and what stands in the files where there is no answer."""
    answers = CARD.answer_set(name)
    given = tuple((str(number), label, "") for number, label in enumerate(answers.labels, start=1))
    return given + (((str(NOT_APPLICABLE), answers.not_applicable, "not applicable"),) if answers.not_applicable else ()) + _NO_ANSWER


# Label set → (code, label, why the code is no answer).
LABELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    **{answers.name: _codes(answers.name) for answers in CARD.answers},
    "gender": (("woman", "Woman", ""), ("man", "Man", ""), ("nonbinary", "Non-binary", ""), ("99", "Prefer not to say", "declared")),
    "race": (("asian", "Asian", ""), ("black", "Black or African American", ""), ("latine", "Hispanic or Latine", ""),
             ("white", "White", ""), ("another", "Another or more than one", ""), ("99", "Prefer not to say", "declared")),
    "yes_no": (("yes", "Yes", ""), ("no", "No", ""), ("99", "Prefer not to say", "declared")),
    "field": (("biology", "Biology", ""), ("chemistry", "Chemistry", ""), ("computing", "Computing", ""),
              ("education", "Education", ""), ("engineering", "Engineering", "")),
}
