"""How columns, terms and similarities are called in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mentoring.dyads.similarity import DISTANCES
from mentoring.models.verdicts import About
from mentoring.settings import Scale, Similarity
from mentoring.tables import ROLES

# The default of `privacy.smallest_cell`.
SMALLEST = 10
SAME_MENTOR, MENTORS = "comparing relationships of the same mentor", "comparing mentors"


@dataclass(frozen=True)
class Words:
    """How things are called in sentences."""

    scales: Mapping[str, str]
    similarity: Mapping[str, Similarity]
    # A sentence names no smaller group than this: `privacy.smallest_cell`.
    smallest: int = SMALLEST

    @classmethod
    def of(cls, scales: Sequence[Scale], similarity: Sequence[Similarity], smallest: int = SMALLEST) -> Words:
        """From the config's sections."""
        return cls({scale.name: scale.label or scale.name for scale in scales}, {entry.name: entry for entry in similarity}, smallest)

    def column(self, name: str) -> str:
        """A column of the analysis table in words: ``mentee_quality`` → “relationship quality as mentees report it”."""
        role, _, rest = name.partition("_")
        if role in ROLES and rest in self.scales:
            return f"{in_sentence(self.scales[rest])} as {role}s report it"
        # A single item may be a test score or a fact: nobody's opinion, so only whose it is is said.
        return f"{rest.replace('_', ' ')} of {role}s" if role in ROLES else name.replace("_", " ")

    def perceived_by(self, name: str, role: str) -> bool:
        """Whether a similarity is what that role perceived."""
        entry = self.similarity.get(name)
        return entry is not None and entry.kind == "perceived" and entry.reporter == role

    def given_by(self, name: str, role: str) -> bool:
        """Whether that role's own answers make up a column: a scale of theirs, or the similarity they perceived."""
        return self.perceived_by(name, role) or (name.startswith(f"{role}_") and name.removeprefix(f"{role}_") in self.scales)

    def about(self, term: str, name: str) -> About:
        """A term a question is about, in words."""
        entry = self.similarity.get(name)
        if entry is None:
            label = self.column(name)
            return About(label, f"Relationships with higher {label}", "per SD (per step, for groups)")
        sign = -1 if entry.kind in DISTANCES else 1
        label = in_sentence(entry.label or entry.name.replace("_", " "))
        step = "between same and different" if entry.kind == "match" else "per SD"
        if term.endswith("_within"):
            return About(label, f"Comparing relationships of the same mentor, those more alike ({label})", step, sign, SAME_MENTOR)
        if term.endswith("_between"):
            return About(label, f"Comparing mentors, those whose relationships were more alike ({label})", step, sign, MENTORS)
        return About(label, f"Relationships that were more alike ({label})", step, sign)


def in_sentence(label: str) -> str:
    """A label as it stands inside a sentence: lower case at the start, unless it is an abbreviation."""
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label
