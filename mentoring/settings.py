"""What may stand in a study's `config.yaml`: every section and key, with its meaning, type and default.

These classes are the single declaration. The JSON schema that Snakemake validates against and the reference page in the docs
are written from them (`mentoring.study.json_schema`, `mentoring.study.reference_page`); nothing else parses the config.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Role = Literal["mentor", "mentee"]
SurveyFormat = Literal["csv", "qualtrics", "spss", "stata", "excel"]
SimilarityKind = Literal[
    "match", "absolute_difference", "squared_difference", "squared_distance", "profile_correlation", "gower", "perceived"
]
ReportFormat = Literal["html", "docx", "pdf"]
Family = Literal["primary", "secondary", "exploratory"]


def _check_name(value: str) -> str:
    if not value.isidentifier() or not value.isascii():
        raise ValueError("a name is made of letters, digits and underscores, and starts with a letter")
    return value


# Names become column names, file names and terms of formulas, so they are kept to what is safe in all three.
Name = Annotated[str, AfterValidator(_check_name), Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]


NotebookName = Annotated[str, Field(pattern="^[A-Za-z0-9_]+$", max_length=80)]


class Section(BaseModel):
    """Base of all sections: an unknown key is an error, never ignored; numbers and texts are not guessed into one another."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)


class Privacy(Section):
    """What may be shown to others."""

    smallest_cell: int = Field(
        10, ge=3, description="Figures and tables meant for sharing leave out any group with fewer distinct mentors or mentees."
    )


class About(Section):
    """The study itself."""

    title: str = Field(min_length=1, description="Title of the report.")
    contact: str = Field("", description="Whom a reader may ask; printed in the report.")
    description: str = Field("", description="One paragraph saying who was asked, when and why; printed in the report.")
    seed: int = Field(1, ge=0, description="Starting point of every random number: same seed, same results.")
    synthetic: bool = Field(False, description="True when the data are made up. The report then says so on every page.")
    privacy: Privacy = Field(default_factory=Privacy, description="What may be shown to others.")


class Survey(Section):
    """One export of a survey tool: the answers of one role."""

    name: Name = Field(description="A short name for messages.")
    file: str = Field(description="The file, relative to the study's folder.")
    format: SurveyFormat = Field(
        "csv", description="`csv` (also tab- or semicolon-separated), `qualtrics` (CSV with its two or three header rows), "
        "`spss` (.sav), `stata` (.dta) or `excel` (.xlsx, .xls)."
    )
    role: Role = Field(description="Who answered: `mentor` or `mentee`.")
    person: str = Field(description="The column with the id of the person who answered.")
    partner: str | None = Field(
        None, description="The column with the id of the other person. Leave it out when people answer about themselves only, "
        "or when each has a single partner in `data.pairs`."
    )
    wave: str | None = Field(None, description="The column with the wave. Leave it out when the whole file is one wave.")
    only_wave: str | None = Field(None, description="The wave of the whole file, when it has no wave column.")
    encoding: str | None = Field(None, description="Text encoding; found out by itself when left out (UTF-8, UTF-16, cp1252).")
    delimiter: str | None = Field(None, description="Separator of a text file; found out by itself when left out.")
    sheet: str | None = Field(None, description="Sheet of an Excel file; the first when left out.")


class Roster(Section):
    """The list of people and what is known of them."""

    file: str = Field(description="CSV or Excel file, one row per person (a person in both roles has two rows).")
    person: str = Field("person", description="The column with the person's id.")
    role: str = Field("role", description="The column saying `mentor` or `mentee`.")


class Pairs(Section):
    """Who mentors whom."""

    file: str = Field(description="CSV or Excel file, one row per relationship (or per relationship and wave).")
    mentor: str = Field("mentor", description="The column with the mentor's id.")
    mentee: str = Field("mentee", description="The column with the mentee's id.")
    program: str | None = Field(None, description="The column with the programme, site or school.")
    form: str | None = Field(None, description="The column with the form of mentoring, e.g. peer or hierarchical.")
    start: str | None = Field(None, description="The column with the start date (YYYY-MM-DD).")
    end: str | None = Field(None, description="The column with the end date (YYYY-MM-DD), blank while it lasts.")


class Codebook(Section):
    """What was asked and what the codes mean."""

    items: str = Field(description="CSV, one row per item: item, role, column, text, kind, about, low, high, reverse, labels.")
    labels: str | None = Field(None, description="CSV, one row per value of a label set: labels, value, label, missing.")


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
    items: list[Name] = Field(min_length=2, description="The items' names as in the codebook. Reverse keying stands there.")
    answered: float = Field(0.8, gt=0, le=1, description="Share of the items a person must have answered to get a score.")


class Similarity(Section):
    """One way of saying how alike a mentor and a mentee are."""

    name: Name = Field(description="Short name; becomes a column of the analysis table.")
    label: str = Field("", description="How figures and report call it.")
    kind: SimilarityKind = Field(
        description="`match` (same group or not), `absolute_difference`, `squared_difference`, `squared_distance` (over several), "
        "`profile_correlation` (shape, after taking out what is typical of each role), `gower` (any mixture), or "
        "`perceived` (someone said so)."
    )
    of: list[Name] = Field(min_length=1, description="Demographics, items or scales both sides have; for `perceived` the one scale or item.")
    depth: Literal["surface", "deep"] = Field(
        "deep", description="`surface` (what one can see: gender, race, field) or `deep` (values, attitudes, experience)."
    )
    reporter: Role | None = Field(None, description="Who perceived it; only for `perceived`.")


class Published(Section):
    """A published number to stand beside the study's own."""

    source: str = Field(description="Author and year.")
    finding: str = Field(description="What it found, in one sentence with its unit.")
    low: float = Field(allow_inf_nan=False, description="Lower end of the published estimate(s), in the outcome's unit.")
    high: float = Field(allow_inf_nan=False, description="Upper end of the published estimate(s), in the outcome's unit.")


class QuestionBase(Section):
    """What every question has."""

    name: Name = Field(description="Short name; heads the rows of every result table.")
    ask: str = Field(min_length=1, description="The question in plain words, as a funder would ask it.")
    family: Family = Field(
        "secondary", description="`primary` (at most three; Holm), `secondary` (Benjamini-Hochberg) or `exploratory` (no correction, said so)."
    )
    sesoi: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Smallest effect that would matter, in standard deviations of the outcome (for a term from 0 to 1, or for "
        "one standard deviation of it)."
    )
    unit: str = Field("", description="Unit of the outcome, for tables and figures.")
    published: list[Published] = Field(default_factory=list, description="Published numbers to stand beside this study's.")


class SimilarityQuestion(QuestionBase):
    """Does similarity go with an outcome? Both parties' own standing is always in the model."""

    kind: Literal["similarity"] = Field(description="`similarity`")
    outcome: Name = Field(description="A scale, or an item with a number.")
    reporter: Role = Field(description="Whose answer the outcome is.")
    similarity: list[Name] = Field(min_length=1, description="Names from the `similarity` section; all enter one model.")
    covariates: list[Name] = Field(default_factory=list, description="Further columns of the analysis table, e.g. `mentee_gender`.")


class ModelQuestion(QuestionBase):
    """Any mixed model, for those who know which."""

    kind: Literal["model"] = Field(description="`model`")
    formula: str = Field(min_length=3, description="As in lme4: `mentee_quality ~ mentee_authenticity + (1 | program/mentor)`.")
    focus: list[str] = Field(min_length=1, description="The terms the question is about.")


Question = Annotated[SimilarityQuestion | ModelQuestion, Field(discriminator="kind")]


class Credibility(Section):
    """How hard the results are tried."""

    repairings: int = Field(1000, ge=99, le=100_000, description="Random re-pairings of partners that each similarity is compared with.")
    influence: bool = Field(True, description="Refit each question without one mentor at a time and report how far the answer moves.")
    second_opinion: bool = Field(True, description="Fit each model by independent software too and report where it differs.")


class Report(Section):
    """What comes out."""

    formats: list[ReportFormat] = Field(
        default=["html", "docx", "pdf"], min_length=1, description="Which of `html`, `docx` (Word) and `pdf`."
    )
    notebooks: list[NotebookName] = Field(default_factory=list, description="Notebooks to run on this study, by file name without ending.")


class Settings(Section):
    """A whole `config.yaml`."""

    study: About = Field(description="The study itself.")
    data: Data = Field(description="The files.")
    scales: list[Scale] = Field(default_factory=list, description="Several items that measure one thing.")
    similarity: list[Similarity] = Field(default_factory=list, description="How alike a mentor and a mentee are.")
    questions: list[Question] = Field(min_length=1, description="What you want to know.")
    credibility: Credibility = Field(default_factory=Credibility, description="How hard the results are tried.")
    report: Report = Field(default_factory=Report, description="What comes out.")


def duplicate_names(settings: Settings) -> list[tuple[str, str]]:
    """Names given twice within one list, as (section, name): things are found by name, so a name must be its own."""
    lists: dict[str, list[Any]] = {
        "data.surveys": settings.data.surveys, "scales": settings.scales,
        "similarity": settings.similarity, "questions": settings.questions,
    }
    doubled = []
    for section, entries in lists.items():
        names = [entry.name for entry in entries]
        doubled += [(section, name) for name in dict.fromkeys(names) if names.count(name) > 1]
    return doubled
