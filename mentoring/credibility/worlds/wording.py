"""What is asked: constructs and items in our own words (CC0), in parallel forms for mentor and mentee.

`{partner}` stands for the other person. An item with a leading `−` is reversed: agreeing means little of the construct.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Roles = tuple[str, ...]
BOTH: Roles = ("mentee", "mentor")


@dataclass(frozen=True)
class Construct:
    """Something several items measure.

    Attributes
    ----------
    name, label, items, about, roles
        As in codebook and config.
    loadings : tuple of float
        Correlation of each item's underlying answer with the construct.
    ease : float
        How far answers lie above (below) the usual mean, in standard deviations of the underlying answer.
    answers : str
        Label set of the answers.
    page : int
        Page of the questionnaire; breaking off or not being shown goes by page.
    """

    name: str
    label: str
    items: tuple[str, ...]
    page: int
    about: Literal["dyad", "self"] = "dyad"
    roles: Roles = BOTH
    # ASSUME: loadings .62 to .86, so that α lies between .75 and .92 (methods §8).
    loadings: tuple[float, ...] = (0.80, 0.74, 0.70, 0.78)
    ease: float = 0.0
    answers: str = "agree7"

    @property
    def item_names(self) -> list[str]:
        """`<construct>_1`, `<construct>_2`, …"""
        return [f"{self.name}_{number}" for number in range(1, len(self.items) + 1)]

    @property
    def reverse(self) -> list[bool]:
        """Which items are reversed."""
        return [item.startswith("−") for item in self.items]

    def text(self, number: int, role: str) -> str:
        """Wording of an item for a role."""
        partner = "mentor" if role == "mentee" else "mentee"
        return self.items[number].removeprefix("−").format(partner=f"my {partner}", Partner=f"My {partner}", role=role)


CONSTRUCTS: tuple[Construct, ...] = (
    Construct("authenticity", "Authenticity", (
        "With {partner} I can say what I really think.",
        "{Partner} and I admit to each other when we do not know something.",
        "−Around {partner} I feel I have to play a part.",
        "I trust {partner} with things that are hard for me to talk about.",
    ), page=1),
    Construct("engagement", "Engagement", (
        "{Partner} and I both put real effort into our meetings.",
        "When we meet, our attention is fully on the conversation.",
        "−Our meetings feel like an item to be ticked off.",
        "Between meetings we both follow up on what we said we would do.",
    ), page=1, loadings=(0.82, 0.75, 0.68, 0.72)),
    Construct("empowerment", "Empowerment", (
        "After talking with {partner} I feel more able to act.",
        "{Partner} encourages me to decide for myself.",
        "Working with {partner} shows me what I am good at.",
        "−Working with {partner} leaves me doubting what I can do.",
    ), page=1, loadings=(0.84, 0.76, 0.80, 0.64)),
    Construct("reciprocity", "Reciprocity", (
        "{Partner} and I each learn from the other.",
        "Both of us give something in this relationship, though not the same things.",
        "−In this relationship the giving goes in one direction only.",
        "I have seen {partner} take up an idea of mine.",
    ), page=1, loadings=(0.80, 0.74, 0.66, 0.68), ease=-0.15),
    Construct("status", "Equalized status", (
        "{Partner} and I decide together what we work on.",
        "We both answer for how this relationship goes.",
        "My view counts as much as {partner}'s when we plan something.",
        "−One of us sets the rules and the other follows.",
    ), page=2, ease=-0.30),
    Construct("psychosocial", "Psychosocial support", (
        "In our meetings there is room for worries that have nothing to do with the work.",
        "Care for the person comes before the task when it needs to.",
        "In our relationship setbacks are met with encouragement.",
        "One of us can see in the other how a difficult situation may be handled.",
    ), page=2, answers="agree7_na", loadings=(0.80, 0.82, 0.78, 0.70)),
    Construct("career", "Career support", (
        "We talk concretely about the next steps in the mentee's career.",
        "Useful contacts are opened up through this relationship.",
        "The mentee practises skills here that the career will need.",
        "The mentor speaks up for the mentee when opportunities come along.",
    ), page=2, answers="agree7_na", loadings=(0.80, 0.76, 0.74, 0.80), ease=-0.20),
    Construct("perceived_similarity", "Perceived similarity", (
        "{Partner} and I see many things in the same way.",
        "{Partner} and I care about the same things.",
        "−In what matters to me, {partner} and I are very different people.",
        "Our ways of going about problems are alike.",
    ), page=3, loadings=(0.84, 0.80, 0.68, 0.76), ease=-0.45),
    Construct("quality", "Relationship quality", (
        "All in all, this is a good mentoring relationship.",
        "I am glad to have been paired with {partner}.",
        "−I often wish this relationship were different.",
        "This relationship does what I hoped it would do.",
    ), page=3, loadings=(0.86, 0.82, 0.70, 0.80)),
    Construct("learning", "Learning", (
        "I have learned things here that I would not have learned elsewhere.",
        "Talking with {partner} changes how I go about my own work.",
        "I understand better how I learn since working with {partner}.",
    ), page=3, loadings=(0.84, 0.80, 0.78)),
    Construct("costs", "Costs", (
        "This relationship takes more out of me than I can easily give.",
        "Because of the time it takes, other work suffers.",
        "I feel worn out after our meetings.",
    ), page=4, loadings=(0.84, 0.78, 0.82), ease=-2.10),
    Construct("benefits", "Benefits", (
        "This relationship gives me fresh energy.",
        "I get more done because of this relationship.",
        "What I gain from this relationship matters to me.",
    ), page=4, loadings=(0.82, 0.76, 0.84), ease=-0.10),
    Construct("values", "Work values", (
        "Doing work that serves the community comes first for me.",
        "It is important to me to find out things for their own sake.",
        "I want work to leave enough room for family and friends.",
        "I would rather succeed together than shine alone.",
    ), page=5, about="self", answers="like_me7"),
    Construct("self_efficacy", "Self-efficacy", (
        "I am sure that I can do the work my field asks for.",
        "When a task in my field is new to me, I find a way into it.",
        "I can explain my results to people in my field.",
    ), page=5, about="self", roles=("mentee",), loadings=(0.86, 0.80, 0.80), ease=-0.20),
    Construct("identity", "Identity", (
        "I think of myself as someone who belongs to my profession.",
        "People in my field would call me one of theirs.",
        "My field is part of who I am.",
    ), page=5, about="self", roles=("mentee",), loadings=(0.86, 0.80, 0.82), ease=-0.10),
    Construct("belonging", "Belonging", (
        "I feel at home in this programme.",
        "−In this programme I would rather not be noticed.",
        "There are people here who would miss me.",
    ), page=5, about="self", roles=("mentee",), loadings=(0.86, 0.74, 0.82)),
    Construct("renewal", "Renewal", (
        "Being a mentor has renewed my interest in my own work.",
        "Being a mentor makes my own work better.",
        "Being a mentor gives me new ideas.",
    ), page=5, about="self", roles=("mentor",), loadings=(0.86, 0.82, 0.80)),
)
BY_NAME: dict[str, Construct] = {construct.name: construct for construct in CONSTRUCTS}

# Single items: name → (text, answers, who is asked). All are about the relationship.
SINGLE: dict[str, tuple[str, str, Roles]] = {
    "stay": ("I intend to keep this relationship going over the coming year.", "agree7", BOTH),
    "stage": (("Where does your relationship stand: getting to know each other (initiation), working together closely (cultivation), "
              "growing independent (separation), or on a new footing, e.g. as colleagues (redefinition)?"), "stage", BOTH),
    "matched": ("How did you and your mentor come together?", "matched", ("mentee",)),
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
_AGREE = ("Strongly disagree", "Disagree", "Rather disagree", "Neither agree nor disagree", "Rather agree", "Agree", "Strongly agree")
_LIKE = ("Not at all like me", "Very little like me", "A little like me", "Half and half", "Rather like me", "Like me", "Very much like me")
_NO_ANSWER = (
    (str(NOT_SHOWN), "Page not shown (survey tool)", "not shown"),
    (str(NOT_ASKED), "Not asked at this wave", "not shown"),
    (str(REFUSED), "Prefer not to say", "declared"),
)


def _numbered(words: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((str(number), word, "") for number, word in enumerate(words, start=1))


# Label set → (code, label, why the code is no answer).
LABELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "agree7": (*_numbered(_AGREE), *_NO_ANSWER),
    "agree7_na": (*_numbered(_AGREE), (str(NOT_APPLICABLE), "Does not apply to us", "not applicable"), *_NO_ANSWER),
    "like_me7": (*_numbered(_LIKE), *_NO_ANSWER),
    "stage": (*_numbered(("Initiation", "Cultivation", "Separation", "Redefinition")), *_NO_ANSWER),
    "matched": (*_numbered(("Assigned", "Chosen")), *_NO_ANSWER),
    "gender": (("woman", "Woman", ""), ("man", "Man", ""), ("nonbinary", "Non-binary", ""), ("99", "Prefer not to say", "declared")),
    "race": (("asian", "Asian", ""), ("black", "Black or African American", ""), ("latine", "Hispanic or Latine", ""),
             ("white", "White", ""), ("another", "Another or more than one", ""), ("99", "Prefer not to say", "declared")),
    "yes_no": (("yes", "Yes", ""), ("no", "No", ""), ("99", "Prefer not to say", "declared")),
    "field": (("biology", "Biology", ""), ("chemistry", "Chemistry", ""), ("computing", "Computing", ""),
              ("education", "Education", ""), ("engineering", "Engineering", "")),
}
