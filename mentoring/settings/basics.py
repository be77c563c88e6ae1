"""What every section of `config.yaml` is built from: names, roles, and the base of all sections."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Role = Literal["mentor", "mentee"]
SurveyFormat = Literal["csv", "qualtrics", "spss", "stata", "excel"]
SimilarityKind = Literal[
    "match", "absolute_difference", "squared_difference", "squared_distance", "elevation_distance", "scatter_distance", "shape_distance",
    "mahalanobis", "profile_correlation", "double_entry_icc", "gower", "perceived"
]
StructureKind = Literal["correlated", "higher_order", "one_factor", "explore"]
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
