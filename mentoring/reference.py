"""Pages and schemas written from the declarations, so that they cannot fall behind: run `python -m mentoring.reference`.

Writes `workflow/schemas/config.schema.json`, `docs/reference/config.md` `docs/reference/tables.md` and `docs/reference/cards.md`; a test compares them with
what stands in the repository.
"""

from __future__ import annotations

import json
import types
import typing
from pathlib import Path
from typing import Any

import pydantic

from mentoring import settings, tables
from mentoring.measure.instruments import Card, card_files, read_cards
from mentoring.measure.instruments.card import LICENCES

ROOT = Path(__file__).resolve().parent.parent


def json_schema() -> str:
    """The config's JSON schema, for Snakemake's `validate` and for editors."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **settings.Settings.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def config_page() -> str:
    """The reference page of `config.yaml`."""
    parts = ["# config.yaml, key by key\n\n<!-- Written by `python -m mentoring.reference`; do not edit. -->\n",
             "Lists hold named things. An unknown key is an error that names the nearest valid one.\n"]
    for name, field in settings.Settings.model_fields.items():
        parts.append(f"## `{name}`\n\n{field.description}\n")
        for model in _models_in(field.annotation):
            parts.append(_model_section(model, name))
    return "\n".join(parts)


def tables_page() -> str:
    """The data dictionary."""
    parts = ["# The tables, column by column\n\n<!-- Written by `python -m mentoring.reference`; do not edit. -->\n",
             ("Tables between steps stand in `results/data/` (Parquet), tables for readers in `results/tables/` (CSV, UTF-8, full "
              "precision). An empty cell is a value that is not there, for the reason given here; it never means zero. In the CSV files a text that a "
              "spreadsheet would run as a formula begins with an apostrophe.\n")]
    for table in tables.ALL:
        parts.append(f"## `{table.name}`\n\nOne row is {table.row}.\n")
        lines = ["| column | kind | meaning | empty when |", "|---|---|---|---|"]
        for column in table.columns:
            meaning = column.meaning + (f" One of: {', '.join(f'`{choice}`' for choice in column.choices)}." if column.choices else "")
            meaning += f" Unit: {column.unit}." if column.unit else ""
            lines.append(f"| `{column.name}` | {column.kind} | {meaning} | {column.empty or 'never'} |")
        if table.open_ended:
            lines.append(f"| … | | {table.open_ended} | |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def cards_page() -> str:
    """The reference page of instrument cards: which there are, and their keys."""
    parts = ["# Instrument cards\n\n<!-- Written by `python -m mentoring.reference`; do not edit. -->\n",
             ("Cards stand in `data/instruments/`: those of the project in its own folder, yours in your study's. They hold facts about a questionnaire "
              "(how many items, which are reversed, what was published) and, under an open licence only, its wording. "
              "[How to write a survey](../how-to/write-a-survey.md) says what to do with them.\n\n## Those that are there\n")]
    lines = ["| card | what | permission | parts (items) |", "|---|---|---|---|"]
    for card in read_cards(card_files().values()).values():
        names = ", ".join(f"`{part.name}` ({part.size or '?'})" for part in card.subscales)
        lines.append(f"| `{card.name}` | {card.title}. {card.citation} | {LICENCES[card.licence_status]} | {names} |")
    parts += ["\n".join(lines) + "\n", "A question mark: the number of items was not seen in a source, so it is not checked.\n", "## Key by key\n"]
    return "\n".join([*parts, _model_section(Card, "card")])


def _model_section(model: type[pydantic.BaseModel], path: str) -> str:
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    deeper = []
    for key, field in model.model_fields.items():
        inner = _models_in(field.annotation)
        deeper += [(part, f"{path}.{key}") for part in inner]
        default = "required" if field.is_required() else ", ".join(field.default) if isinstance(field.default, list) else "" if field.default is None or inner or field.default_factory else f"`{field.default}`"
        lines.append(f"| `{key}` | {_kind(field.annotation)} | {default} | {field.description} |")
    text = f"### `{path}` · {model.__doc__}\n\n" + "\n".join(lines) + "\n"
    return "\n".join([text, *(_model_section(part, at) for part, at in deeper)])


def _models_in(annotation: Any) -> list[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, pydantic.BaseModel) else []
    return [model for inner in typing.get_args(annotation) for model in _models_in(inner)]


def _kind(annotation: Any) -> str:
    """A type in words."""
    if annotation is type(None):
        return ""
    if typing.get_origin(annotation) is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) is typing.Literal:
        return " / ".join(f"`{choice}`" for choice in typing.get_args(annotation))
    if typing.get_origin(annotation) is list:
        return f"list of {_kind(typing.get_args(annotation)[0]) or 'entries'}"
    if typing.get_args(annotation):
        return " or ".join(filter(None, (_kind(inner) for inner in typing.get_args(annotation))))
    words = {str: "text", int: "whole number", float: "number", bool: "`true` / `false`"}
    return words.get(annotation, "entries below")


PAGES = {
    "workflow/schemas/config.schema.json": json_schema,
    "docs/reference/config.md": config_page,
    "docs/reference/tables.md": tables_page,
    "docs/reference/cards.md": cards_page,
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(write(), encoding="utf-8")
        print(name)
