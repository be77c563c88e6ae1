"""The tables between steps, and those that say where they come from."""

from __future__ import annotations

from mentoring.tables.declare import ROLES, WHY_MISSING, Column, Table

CODEBOOK_ITEMS = Table(
    "codebook_items", "one item, as one role was asked it",
    (
        Column("item", "text", "Name of the item; parallel items of the two roles share it."),
        Column("role", "text", "Who was asked.", choices=ROLES),
        Column("column", "text", "The column in the export or roster."),
        Column("text", "text", "Wording.", "not given"),
        Column("kind", "text", "Kind of answer.", choices=("likert", "number", "category")),
        Column("about", "text", "What the answer is about: the relationship, oneself at that time, or a lasting fact of the person.",
               choices=("dyad", "self", "person")),
        Column("low", "number", "Lowest possible value.", "no limit"),
        Column("high", "number", "Highest possible value.", "no limit"),
        Column("reverse", "yes/no", "A high value means little of what the scale measures."),
        Column("labels", "text", "Name of the label set.", "values are plain numbers"),
    ),
    key=("item", "role"),
)
CODEBOOK_LABELS = Table(
    "codebook_labels", "one value of a label set",
    (
        Column("labels", "text", "Name of the label set."),
        Column("value", "text", "The code as it stands in the files."),
        Column("label", "text", "What it means."),
        Column("missing", "text", "Why this code is no answer.", "it is an answer", ("declared", "not applicable", "not shown")),
    ),
    key=("labels", "value"),
)
RESPONSES = Table(
    "responses", "one person's answer to one item, about one relationship or about themselves, at one wave",
    (
        Column("dyad", "text", "Code of the relationship.", "the answer is about the person, not about a relationship"),
        Column("person", "text", "Code of the person who answered."),
        Column("role", "text", "Role in which the person answered.", choices=ROLES),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("item", "text", "Name of the item in the codebook."),
        Column("value", "number", "The answer as a number, as coded in the export (not yet reversed).", "`missing` says why"),
        Column("label", "text", "The answer's label, for items with labels.", "the item has no labels, or no answer"),
        Column("missing", "text", "Why there is no answer.", "there is one", WHY_MISSING),
    ),
    key=("dyad", "person", "role", "wave", "item"),
)
PEOPLE = Table(
    "people", "one person in one role",
    (Column("person", "text", "Code of the person."), Column("role", "text", "Role.", choices=ROLES)),
    open_ended="one column per codebook item that is `about` the person", key=("person", "role"),
)
DYADS = Table(
    "dyads", "one relationship",
    (
        Column("dyad", "text", "Code of the relationship."),
        Column("mentor", "text", "Code of the mentor."),
        Column("mentee", "text", "Code of the mentee."),
        Column("program", "text", "Programme, site or school.", "not given"),
        Column("form", "text", "Form of mentoring.", "not given"),
        Column("start", "date", "When it began.", "not given"),
        Column("end", "date", "When it ended.", "it lasts, or not given"),
    ),
    key=("dyad",),
)
SCORES = Table(
    "scores", "one person's score on one scale, about one relationship or about themselves, at one wave",
    (
        Column("dyad", "text", "Code of the relationship.", "the scale is about the person"),
        Column("person", "text", "Code of the person."),
        Column("role", "text", "Role in which the person answered.", choices=ROLES),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("scale", "text", "Name of the scale."),
        Column("score", "number", "Mean of the keyed items.", "too few items were answered", unit="the items' response scale"),
        Column("answered", "whole", "Number of items answered."),
        Column("items", "whole", "Number of items of the scale."),
    ),
    key=("dyad", "person", "role", "wave", "scale"),
)
ANALYSIS = Table(
    "analysis", "one relationship at one wave, both sides",
    (
        Column("dyad", "text", "Code of the relationship."),
        Column("mentor", "text", "Code of the mentor."),
        Column("mentee", "text", "Code of the mentee."),
        Column("program", "text", "Programme, site or school.", "not given"),
        Column("form", "text", "Form of mentoring.", "not given"),
        Column("wave", "whole", "Number of the wave, from 1."),
        Column("stage", "text", "Stage of the relationship at that wave.", "not asked or not answered"),
    ),
    open_ended="`mentor_<x>` and `mentee_<x>` for every scale, item and demographic, and one column per similarity",
    key=("dyad", "wave"),
)
DEVIATIONS = Table(
    "deviations", "one difference between the plan written down beforehand (`plan.md`) and what was run; empty without a plan, or where it was kept",
    (
        Column("section", "text", "Section of the config."),
        Column("name", "text", "The scale, similarity or question.", "a setting that belongs to none"),
        Column("key", "text", "The setting.", "the whole entry was added or removed"),
        Column("change", "text", "What became of it.", choices=("changed", "added", "removed")),
        Column("planned", "text", "As planned.", "empty, or not in the plan"),
        Column("now", "text", "As run.", "empty, or not there any more"),
    ),
)
EXCLUSIONS = Table(
    "exclusions", "one thing that was left out or kept, in the order of the work (the flow diagram's numbers)",
    (
        Column("step", "text", "Where in the work."),
        Column("reason", "text", "Why."),
        Column("rows", "whole", "Rows concerned.", "not counted there"),
        Column("people", "whole", "People concerned.", "not counted there"),
        Column("dyads", "whole", "Relationships concerned.", "not counted there"),
    ),
)
SOURCES = Table(
    "sources", "one file that was read",
    (
        Column("file", "text", "File, from the study's folder."),
        Column("sha256", "text", "Fingerprint of its bytes."),
        Column("rows", "whole", "Rows read."),
        Column("columns", "whole", "Columns read."),
        Column("encoding", "text", "Text encoding.", "not a text file"),
    ),
    key=("file",),
)
