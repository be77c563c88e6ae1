"""What things are called in figures and text: labels from the config and the codebook instead of column names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from mentoring.report.inputs import Results
from mentoring.report.markup import clean
from mentoring.report.numbers import is_missing
from mentoring.study import Study

_LEVEL = re.compile(r"^(?:C\()?(?P<name>[^\[\]()]+?)\)?\[(?:T\.)?(?P<level>.*)\]$")
_FIXED = {
    "Intercept": "Intercept",
    "(Intercept)": "Intercept",
    "1": "Intercept",
    "wave": "Wave",
    "stage": "Stage",
    "program": "Programme",
    "form": "Form of mentoring",
    "actor_mentee": "Mentee’s own standing, mentee’s outcome",
    "actor_mentor": "Mentor’s own standing, mentor’s outcome",
    "partner_mentee": "Mentor’s standing, mentee’s outcome",
    "partner_mentor": "Mentee’s standing, mentor’s outcome",
    "before_mentee": "Mentee’s outcome before",
    "before_mentor": "Mentor’s outcome before",
    "dyadic_reciprocity": "Dyadic reciprocity (r)",
    "surface_a1": "a1: slope with the level of both",
    "surface_a2": "a2: curve with the level of both",
    "surface_a3": "a3: slope towards the mentor’s side",
    "surface_a4": "a4: bend with mismatch",
    "surface_a5": "a5: turn of the ridge",
    "exchange_total": "Costs and benefits together",
    "exchange_total_squared": "Costs and benefits together, squared",
    "exchange_balance": "Balance: costs up, benefits down",
    "exchange_balance_squared": "Balance, squared",
    "exchange_turn": "Total × balance",
}
_PARTS = (
    ("_within", "within a mentor’s mentees"), ("_between", "between mentors"), ("_over_time", "over time"), ("_mean", "mentor mean"),
    ("_all_mentors", "mean over all mentors"), ("_this_mentor", "this mentor against that mean"),
)
GROUPS = {"program": "Programme", "mentor": "Mentor", "mentee": "Mentee", "dyad": "Relationship", "Residual": "Within (residual)"}


@dataclass(frozen=True)
class Names:
    """Looks up plain-text names; escaping is left to whoever prints them."""

    scales: dict[str, str]
    similarities: dict[str, str]
    items: dict[tuple[str, str], str]
    labels: dict[tuple[str, str], str]  # (label set, code) -> meaning
    label_sets: dict[str, str] = field(default_factory=dict)  # item -> label set

    @classmethod
    def of(cls, study: Study, items: pd.DataFrame, labels: pd.DataFrame) -> Names:
        """From a study's config and its two codebook tables."""
        return cls(
            {scale.name: clean(scale.label, 80) or human(scale.name) for scale in study.scales},
            {entry.name: clean(entry.label, 80) or human(entry.name) for entry in study.similarity},
            {(row.item, row.role): clean(row.text, 200) for row in items.itertuples() if not is_missing(row.text)},
            {(row.labels, str(row.value)): clean(row.label, 80) for row in labels.itertuples()},
            {row.item: row.labels for row in items.itertuples() if not is_missing(row.labels)},
        )

    def scale(self, name: str) -> str:
        """A scale's label."""
        return self.scales.get(name, human(name))

    def similarity(self, name: str) -> str:
        """A similarity's label."""
        return self.similarities.get(name, human(name))

    def item(self, name: str, role: str) -> str:
        """An item's wording as that role was asked it, else its name."""
        return self.items.get((name, role)) or human(name)

    def wording(self, name: str) -> str:
        """What stands in the codebook for a column that is a single item: “First in the family to attend college” ("" when nothing)."""
        bare = name.removeprefix("mentor_").removeprefix("mentee_")
        roles = ("mentor", "mentee") if name.startswith("mentor_") else ("mentee", "mentor")
        return next((self.items[bare, role] for role in (*roles, "both") if (bare, role) in self.items), "")

    def variable(self, name: str) -> str:
        """A column of the analysis table."""
        if name in _FIXED:
            return _FIXED[name]
        if name in self.similarities:
            return self.similarities[name]
        if name in self.scales:
            return self.scales[name]
        own = name.removeprefix("mentor_").removeprefix("mentee_")
        if name.startswith("indirect_"):
            return f"By way of {lower_first(self.variable(name.removeprefix('indirect_')))}"
        for ending, words in _PARTS:
            if name.endswith(ending) and own not in self.scales:
                return f"{self.variable(name.removesuffix(ending))}, {words}"
        for role in ("mentor", "mentee"):
            if name.startswith(f"{role}_"):
                bare = name.removeprefix(f"{role}_")
                if bare.removesuffix("_level") in self.similarities:
                    return f"{role.capitalize()}’s own standing ({lower_first(self.similarities[bare.removesuffix('_level')])})"
                return f"{role.capitalize()}’s {lower_first(self.scales.get(bare, human(bare)))}"
        return human(name)

    def term(self, term: str) -> str:
        """A term of a formula: groups get their label, interactions a multiplication sign."""
        return " × ".join(self._part(part.strip()) for part in term.split(":"))

    def _part(self, part: str) -> str:
        match = _LEVEL.match(part)
        if not match:
            return self.variable(part)
        name, level = match["name"].strip(), match["level"]
        if name == "wave":
            return human(level if "wave" in level.lower() else f"wave {level}")
        bare = name.removeprefix("mentor_").removeprefix("mentee_")
        label = self.labels.get((self.label_sets.get(name, self.label_sets.get(bare, "")), level), human(level))
        return f"{self.variable(name)}: {label}"

    def outcome(self, outcome: str, reporter: object = None) -> str:
        """An outcome with whose answer it is."""
        bare = outcome.removeprefix("mentor_").removeprefix("mentee_")
        role = str(reporter) if not is_missing(reporter) else outcome.split("_")[0] if outcome.startswith(("mentor_", "mentee_")) else ""
        label = self.variable(bare)
        return f"{label} ({role}’s answer)" if role and bare in self.scales else label

    def in_text(self, text: str) -> str:
        """A text of the models' with labels in place of column names."""
        known = sorted({*self.similarities, *self.scales}, key=len, reverse=True)
        if not known:
            return text
        pattern = re.compile(rf"\b(?:(?:mentor|mentee)_)?(?:{'|'.join(known)})(?:_within|_between|_over_time|_level)?\b")
        return pattern.sub(lambda match: f"“{self.variable(match[0])}”" if "_" in match[0] else match[0], text)

    def labels_of(self, item: str) -> dict[str, str]:
        """Code to meaning of an item's answers."""
        wanted = self.label_sets.get(item)
        return {code: label for (labels, code), label in self.labels.items() if labels == wanted}


def human(name: str) -> str:
    """A column name made readable: underscores become spaces, the first letter a capital."""
    words = clean(str(name).replace("_", " "), 80)
    return words[:1].upper() + words[1:]


def lower_first(text: str) -> str:
    """The first letter small, unless the word is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def names_of(results: Results) -> Names:
    """The names of a study's results."""
    return Names.of(results.study, results["codebook_items"], results["codebook_labels"])
