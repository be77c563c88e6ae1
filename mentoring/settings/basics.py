"""What every section of `config.yaml` is built from: names, roles, and the base of all sections."""

from __future__ import annotations

import re
import typing
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

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
        plain = re.sub(r"\W+", "_", unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()).strip("_")
        fix = f"; write {plain if plain.isidentifier() else 'name_1'}"
        raise ValueError(f"a name is made of letters, digits and underscores, and starts with a letter{fix}")
    return value


def _check_path(value: str) -> str:
    """A study is a folder that can be copied and handed on, so its files are inside it."""
    if "\\" in value:
        raise ValueError(f"folders are separated by “/”; write {value.replace(chr(92), '/')}")
    if PurePosixPath(value).is_absolute() or PureWindowsPath(value).drive or value.startswith("~") or ".." in PurePosixPath(value).parts:
        raise ValueError(f"the file is outside the study's folder; write data/{PurePosixPath(value).name.lstrip('~')}, and put a copy of the file there")
    if PurePosixPath(value).parts[:1] == ("results",):
        raise ValueError(f"the folder results/ is written by the run, and may be deleted at any time; write data/{PurePosixPath(value).name}")
    return value


# Names become column names, file names and terms of formulas, so they are kept to what is safe in all three.
Name = Annotated[str, AfterValidator(_check_name), Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]


def _check_notebook(value: str) -> str:
    if not re.fullmatch("[A-Za-z0-9_]+", value):
        plain = re.sub(r"\W+", "_", PurePosixPath(value.removesuffix(".ipynb")).name, flags=re.ASCII)
        raise ValueError(f"a notebook is named without folder and ending; write {plain}")
    return value


NotebookName = Annotated[str, AfterValidator(_check_notebook), Field(max_length=80)]
FileName = Annotated[str, AfterValidator(_check_path), Field(min_length=1)]
# The name of a column, as the file has it.
ColumnName = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """Base of all sections: an unknown key is an error, never ignored; numbers and texts are not guessed into one another."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _not_guessed(cls, values: Any) -> Any:
        """True is no 1 (of one key alone, because a check of single keys cannot stand before that of `kind`)."""
        for key, value in values.items() if isinstance(values, dict) else ():
            field = cls.model_fields.get(key) if isinstance(key, str) else None
            if isinstance(value, bool) and field and {int, float} & {field.annotation, *typing.get_args(field.annotation)}:
                raise ValueError(f"`{key}` is {str(value).lower()}, which is no number; write {key}: 1")
        return values

    @field_validator("*", mode="after")
    @classmethod
    def _each_once(cls, value: Any) -> Any:
        """Whatever is named in a list is named once; named twice, it would count twice."""
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            twice = list(dict.fromkeys(entry for entry in value if value.count(entry) > 1))
            if twice:
                raise ValueError(f"{', '.join(f'“{entry}”' for entry in twice)} stands there twice; write each entry once")
        return value
