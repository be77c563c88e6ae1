"""The sections of `config.yaml`, in their order, and the whole of it."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any, Literal

from pydantic import Field, model_validator

from mentoring.settings.basics import (
    ColumnName,
    FileName,
    Name,
    NotebookName,
    ReportFormat,
    Role,
    Section,
    SimilarityKind,
    StructureKind,
    SurveyFormat,
)
from mentoring.settings.questions import Question


class Privacy(Section):
    """What may be shown to others."""

    smallest_cell: int = Field(
        10, ge=3, le=1_000_000, description="Figures and tables meant for sharing leave out any group with fewer distinct mentors or mentees."
    )


class About(Section):
    """The study itself."""

    title: str = Field(min_length=1, description="Title of the report.")
    contact: str = Field("", description="Whom a reader may ask; printed in the report.")
    description: str = Field("", description="One paragraph saying who was asked, when and why; printed in the report.")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="Starting point of every random number: same seed, same results.")
    synthetic: bool = Field(False, description="True when the data are made up. The report then says so on every page.")
    privacy: Privacy = Field(default_factory=Privacy, description="What may be shown to others.")


class Survey(Section):
    """One export of a survey tool: the answers of one role."""

    name: Name = Field(description="A short name for messages.")
    file: FileName = Field(description="The file, relative to the study's folder.")
    format: SurveyFormat = Field(
        "csv", description="`csv` (also tab- or semicolon-separated), `qualtrics` (CSV with its two or three header rows), "
        "`spss` (.sav), `stata` (.dta) or `excel` (.xlsx, .xls)."
    )
    role: Role = Field(description="Who answered: `mentor` or `mentee`.")
    person: ColumnName = Field(description="The column with the id of the person who answered.")
    partner: ColumnName | None = Field(
        None, description="The column with the id of the other person. Leave it out when people answer about themselves only, "
        "or when each has a single partner in `data.pairs`."
    )
    wave: ColumnName | None = Field(None, description="The column with the wave. Leave it out when the whole file is one wave.")
    only_wave: str | None = Field(None, description="The wave of the whole file, when it has no wave column.")
    encoding: str | None = Field(None, description="Text encoding; found out by itself when left out (UTF-8, UTF-16, cp1252).")
    delimiter: str | None = Field(None, description="Separator of a text file; found out by itself when left out.")
    sheet: str | None = Field(None, description="Sheet of an Excel file; the first when left out.")


class Roster(Section):
    """The list of people and what is known of them."""

    file: FileName = Field(description="CSV or Excel file, one row per person (a person in both roles has two rows).")
    person: ColumnName = Field("person", description="The column with the person's id.")
    role: ColumnName = Field("role", description="The column saying `mentor` or `mentee`.")


class Pairs(Section):
    """Who mentors whom."""

    file: FileName = Field(description="CSV or Excel file, one row per relationship (or per relationship and wave).")
    mentor: ColumnName = Field("mentor", description="The column with the mentor's id.")
    mentee: ColumnName = Field("mentee", description="The column with the mentee's id.")
    program: ColumnName | None = Field(None, description="The column with the programme, site or school.")
    form: ColumnName | None = Field(None, description="The column with the form of mentoring, e.g. peer or hierarchical.")
    start: ColumnName | None = Field(None, description="The column with the start date (YYYY-MM-DD).")
    end: ColumnName | None = Field(None, description="The column with the end date (YYYY-MM-DD), blank while it lasts.")


class Codebook(Section):
    """What was asked and what the codes mean."""

    items: FileName = Field(description="CSV, one row per item: item, role, column, text, kind, about, low, high, reverse, labels.")
    labels: FileName | None = Field(None, description="CSV, one row per value of a label set: labels, value, label, missing.")


class Data(Section):
    """The files. They are opened read-only and never changed."""

    surveys: list[Survey] = Field(min_length=1, description="The exports, one entry each.")
    roster: Roster | None = Field(None, description="The list of people and what is known of them.")
    pairs: Pairs = Field(description="Who mentors whom.")
    codebook: Codebook = Field(description="What was asked and what the codes mean.")
    waves: list[str] = Field(
        default_factory=list, description="The waves in order, as they are written in the files. Left out: whole numbers found there."
    )


class Scale(Section):
    """Several items that measure one thing."""

    name: Name = Field(description="Short name; the analysis table gets `mentor_<name>` and `mentee_<name>`.")
    label: str = Field("", description="How figures and report call it.")
    items: list[Name] = Field(
        min_length=2, description="The items' names as in the codebook. Reverse keying stands there. With `instrument`: in the card's order."
    )
    instrument: Name | None = Field(
        None, description="The instrument's card in `data/instruments`; number of items, range, reversed items and scoring rule are then checked "
        "against it. `python3 start.py items` lists the cards."
    )
    subscale: Name | None = Field(None, description="Which of the card's subscales it is; may be left out when the card has one only.")
    answered: float = Field(0.8, gt=0, le=1, description="Share of the items a person must have answered to get a score.")
    keying_checked: bool = Field(
        False, description="`true`: the reverse flags are right, although an item runs clearly against the others; without it such a scale is refused."
    )


class FactorStructure(Section):
    """What several scales measure together: a factor model over the items of all of them."""

    name: Name = Field(description="Short name; must not be the name of a scale.")
    label: str = Field("", description="How the report calls it.")
    kind: StructureKind = Field(
        description="`correlated` (each scale a factor, factors correlate freely), `higher_order` (what the factors share is one factor above them), "
        "`one_factor` (all items measure one thing) or `explore` (not known: how many factors there are is found out, and what they hold)."
    )
    factors: list[Name] = Field(min_length=1, description="Names of scales; the items of all of them are taken.")


class Similarity(Section):
    """One way of saying how alike a mentor and a mentee are."""

    name: Name = Field(description="Short name; becomes a column of the analysis table.")
    label: str = Field("", description="How figures and report call it.")
    kind: SimilarityKind = Field(
        description="`match` (same group or not), `absolute_difference`, `squared_difference`, `squared_distance` (over several), "
        "its three parts `elevation_distance` (one side higher throughout), `scatter_distance` (one side’s answers further apart) and `shape_distance` (other ups and "
        "downs), `mahalanobis` (the same, counting what goes together once), `double_entry_icc` (elevation, scatter and shape in one), "
        "`profile_correlation` (shape, after taking out what is typical of each role), `gower` (any mixture), or "
        "`perceived` (someone said so)."
    )
    of: list[Name] = Field(min_length=1, description="Demographics, items or scales both sides have; for `perceived` the one scale or item.")
    depth: Literal["surface", "deep"] = Field(
        "deep", description="`surface` (what one can see: gender, race, field) or `deep` (values, attitudes, experience)."
    )
    reporter: Role | None = Field(None, description="Who perceived it; only for `perceived`.")
    weights: list[float] = Field(default_factory=list, description="Only for `gower`: how much each part counts, in the order of `of`; left out: all alike.")
    asymmetric: list[Name] = Field(
        default_factory=list, description="Only for `gower`: yes/no parts of which only a yes says something. Where both sides say no, the part does not count."
    )

    @model_validator(mode="after")
    def _only_for_gower(self) -> Similarity:
        if self.kind != "gower" and (self.weights or self.asymmetric):
            raise ValueError(f"`weights` and `asymmetric` are for kind: gower, and this is {self.kind}; leave them out")
        if self.weights and (len(self.weights) != len(self.of) or not min(self.weights) > 0 or not math.isfinite(max(self.weights))):
            raise ValueError(f"`weights` has {len(self.weights)} numbers for {len(self.of)} parts; write one above zero for each, in the order of `of`")
        if others := [name for name in self.asymmetric if name not in self.of]:
            raise ValueError(f"`asymmetric` names “{others[0]}”, which is not among `of`: {', '.join(self.of)}")
        return self


class AttentionItem(Section):
    """An item that tells who reads: “please tick 2 here”."""

    item: Name = Field(description="Name of the item in the codebook; it belongs to no scale.")
    answer: float = Field(allow_inf_nan=False, description="The code of the answer that was asked for.")


class Careless(Section):
    """What else than the answers themselves tells careless answer sheets."""

    seconds: Name | None = Field(
        None, description="Name of a `number` item in the codebook: how many seconds the sheet took (Qualtrics: the column `Duration (in seconds)`)."
    )
    attention: list[AttentionItem] = Field(default_factory=list, description="Items that asked for one certain answer.")


class Credibility(Section):
    """How hard the results are tried."""

    repairings: int = Field(1000, ge=99, le=100_000, description="Random re-pairings of partners that each similarity is compared with.")
    influence: bool = Field(True, description="Refit each question without one mentor at a time and report how far the answer moves.")
    careless: Careless = Field(default_factory=Careless, description="Response time and attention items, where the survey has them.")
    second_opinion: bool = Field(True, description="Fit each model by independent software too and report where it differs.")
    without_careless: bool = Field(
        True, description="Answer the questions again without the answer sheets that look careless, and show both; no sheet is ever left out of the "
        "answers themselves."
    )
    imputations: int = Field(
        0, ge=0, le=1000, description="Tables with missing values drawn anew, over which questions of kind `similarity` and `model` are "
        "answered again beside their complete rows; 20 or the percentage of incomplete rows is a good number. 0: none."
    )


class Report(Section):
    """What comes out."""

    formats: list[ReportFormat] = Field(
        default=["html", "docx", "pdf"], min_length=1, description="Which of `html`, `docx` (Word) and `pdf`."
    )
    by: Literal["program"] | None = Field(
        None, description="`program`: also a page for each programme with enough people in it, and one across, in `results/report/programs/`."
    )
    notebooks: list[NotebookName] = Field(default_factory=list, description="Notebooks to run on this study, by file name without ending; the study's own folder `notebooks/` goes before the project's.")


class Settings(Section):
    """A whole `config.yaml`."""

    study: About = Field(description="The study itself.")
    data: Data = Field(description="The files.")
    scales: list[Scale] = Field(default_factory=list, description="Several items that measure one thing.")
    structures: list[FactorStructure] = Field(default_factory=list, description="What several scales measure together, to be put to the test.")
    similarity: list[Similarity] = Field(default_factory=list, description="How alike a mentor and a mentee are.")
    questions: list[Question] = Field(min_length=1, description="What you want to know.")
    credibility: Credibility = Field(default_factory=Credibility, description="How hard the results are tried.")
    report: Report = Field(default_factory=Report, description="What comes out.")


def duplicate_names(settings: Settings) -> list[tuple[str, str]]:
    """Names given twice within one list, as (section, name): things are found by name, so a name must be its own."""
    lists: dict[str, list[Any]] = {
        "data.surveys": settings.data.surveys, "scales": settings.scales, "structures": settings.structures,
        "similarity": settings.similarity, "questions": settings.questions,
    }
    doubled = []
    for section, entries in lists.items():
        names = [entry.name for entry in entries]
        doubled += [(section, name) for name in dict.fromkeys(names) if names.count(name) > 1]
    return doubled


def names_alike(settings: Settings) -> list[tuple[str, str, str]]:
    """Names that differ in capitals only, as (section, first, second); they become names of files, which some computers cannot tell apart."""
    lists = {"scales": [entry.name for entry in settings.scales + settings.structures],
             "similarity": [entry.name for entry in settings.similarity], "questions": [entry.name for entry in settings.questions]}
    return [(section, first, second) for section, given in lists.items() for first, second in combinations(dict.fromkeys(given), 2)
            if first.lower() == second.lower()]


def is_reserved(name: str) -> bool:
    """Whether Windows keeps the name for a device, so that no folder can have it."""
    return name.lower() in {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
