"""YAML that people write by hand, read into a typed, checked object; what cannot be used is told with its line and what to write instead."""

from __future__ import annotations

import re
import types
import typing
import unicodedata
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, TypeVar

import pydantic
import yaml

from mentoring import settings as sections
from mentoring.errors import Problem, StudyError, did_you_mean, nearest

Read = TypeVar("Read", bound=pydantic.BaseModel)


def read_as(model: type[Read], text: str, file: str, start: str = "") -> Read:
    """YAML text as one typed, checked object.

    Parameters
    ----------
    model : type
        What the text must be: a config's `Settings`, or a model of another file that is written by hand.
    text, file : str
        The text, and its file's name for messages.
    start : str
        How to begin such a file.

    Raises
    ------
    StudyError
        With every problem found: not YAML, unknown or missing keys, wrong kinds of value.
    """
    try:
        _refuse_references_and_tags(text, file)
        content = yaml.load(text, Loader=_StrictLoader)
    except StudyError:
        raise
    except yaml.YAMLError as error:
        raise StudyError(_yaml_problem(error, file)) from None
    except RecursionError:
        raise StudyError(Problem(file, "", "it is nested too deeply", "sections, lists and keys", start)) from None
    except ValueError:  # Python reads no whole number of more than 4300 digits
        raise StudyError(Problem(file, "", "it holds a number with thousands of digits", "numbers of a usual length", "write the number shorter")) from None
    if not isinstance(content, dict):
        raise StudyError(Problem(file, "", "it holds no sections", f"sections: {', '.join(model.model_fields)}", start))
    lines = _line_numbers(text)
    unseen = [_place(at, lines) for at, value in _texts_in(content) if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t" for sign in value)]
    if unseen:
        raise StudyError([Problem(file, place, "it holds control characters, which cannot be printed", "a text", "write it anew by hand") for place in unseen])
    try:
        return model.model_validate(content)
    except pydantic.ValidationError as error:
        found = error.errors()
        raise StudyError([_explain(model, entry, content, lines, file) for entry in found if not _is_misspelt_elsewhere(entry, found)]) from None


def _refuse_references_and_tags(text: str, file: str) -> None:
    """A config is plain data: what YAML can do beyond that is never needed, and would be hard to read."""
    problems = []
    for token in yaml.scan(text):
        if isinstance(token, yaml.AliasToken | yaml.TagToken):
            line = f"line {token.start_mark.line + 1}"
            if isinstance(token, yaml.AliasToken):
                problems.append(Problem(file, line, "it uses YAML's “*” references", "plain text", "write the value out where it is needed"))
            else:
                problems.append(Problem(file, line, "it uses YAML's “!” tags", "plain text", "take the word with the “!” out, or put the text in quotes"))
    if problems:
        raise StudyError(problems)


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML data only, and a key given twice is an error instead of the last one winning in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key “{key}” is given twice", key_node.start_mark)
                seen.add(key)
        return super().construct_mapping(node, deep)


# YAML 1.1 reads on, off, yes and no as true and false, and some texts as dates, which would turn a wave or a title into something else;
# so would 010 (an 8), 1:30 (a 90) and 1_000.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_PLAIN = {"tag:yaml.org,2002:int": re.compile(f"^(?:{_INT.pattern})$"), "tag:yaml.org,2002:float": re.compile(f"^(?:{_FLOAT.pattern})$")}
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, _PLAIN.get(tag, pattern)) for tag, pattern in resolvers
            if tag != "tag:yaml.org,2002:timestamp" and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _yaml_problem(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, character {mark.column + 1}" if mark else ""
    found = f"it is not valid YAML: {getattr(error, 'problem', None) or error}"
    return Problem(file, place, found, "two spaces of indentation per level, `key: value`, lists with `- `",
                   "compare the line (and the one before) with the example study's config.yaml; put texts that hold “: ” or “#” in quotes")


Location = tuple[str | int, ...]
QUESTION_KINDS = tuple(
    typing.get_args(kind.model_fields["kind"].annotation)[0] for kind in typing.get_args(typing.get_args(sections.Question)[0])
)


def _line_numbers(text: str) -> dict[Location, int]:
    """The line (from 1) of every key and list entry."""
    lines: dict[Location, int] = {}

    def walk(node: yaml.Node | None, at: Location) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                lines[(*at, key.value)] = key.start_mark.line + 1
                walk(value, (*at, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                lines[(*at, index)] = value.start_mark.line + 1
                walk(value, (*at, index))

    walk(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return lines


def _texts_in(content: Any, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Every text of nested lists and dictionaries, with its place."""
    if isinstance(content, str):
        yield at, content
    elif isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _texts_in(value, (*at, key))


def _is_misspelt_elsewhere(error: Any, found: list[Any]) -> bool:
    """Whether a missing key stands right there under a misspelt name, which is then the one problem to tell."""
    if error["type"] != "missing":
        return False
    beside = [str(other["loc"][-1]) for other in found if other["type"] == "extra_forbidden" and other["loc"][:-1] == error["loc"][:-1]]
    return any(nearest(word, [str(error["loc"][-1])]) for word in beside)


def _explain(root: type[pydantic.BaseModel], error: Any, content: Any, lines: dict[Location, int], file: str) -> Problem:
    """One of pydantic's findings in the user's words."""
    # pydantic puts the chosen question kind into the path of a question's keys; the user's file has no such level.
    at = tuple(part for position, part in enumerate(error["loc"])
               if not (position == 2 and error["loc"][0] == "questions" and part in QUESTION_KINDS and len(error["loc"]) > 3)
               ) if error["loc"] else ()
    place = _place(at, lines)
    kind, key = error["type"], str(at[-1]) if at else ""
    model = _model_at(root, at[:-1], content)
    valid = list(model.model_fields) if model else []
    if kind == "extra_forbidden":
        return Problem(file, place, f"unknown key “{key}”", did_you_mean(key, valid), _corrected(key, error["input"], valid))
    if kind == "missing":
        info = model.model_fields[key] if model and key in model.model_fields else None
        meaning = f"{key}: {info.description}" if info else key
        return Problem(file, place, f"the key “{key}” is missing", meaning, f"{key}: …")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        kinds = list(QUESTION_KINDS)
        given = content_at(content, (*at, "kind"))
        found = f"no kind of question is called “{given}”" if given is not None else "the question has no kind"
        return Problem(file, place, found, did_you_mean(str(given), kinds), f"kind: {nearest(str(given), kinds) or kinds[0]}")
    if kind in ("literal_error", "enum"):
        choices = [word.strip(" '") for word in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return Problem(file, place, f"“{error['input']}” is not possible here", did_you_mean(str(error["input"]), choices),
                       f"one of: {', '.join(choices)}")
    if kind == "invalid_key":
        return Problem(file, _place(at[:-1], lines), f"“{key}” is no key", did_you_mean(key, valid), f"take “{key}” out, or put it in quotes if it is a text")
    found, fix = _in_plain_words(error, key)
    return Problem(file, place, found, _description(model, key), fix)


# What each kind of value is called, and how it is written.
WORDS = {
    "string": ("a text", '“…”'), "int": ("a whole number", "10"), "float": ("a number", "0.5"), "bool": ("true or false", "true"),
    "list": ("a list", "[first, second]"), "model": ("keys with values", "{first: …, second: …}"), "dict": ("keys with values", "{first: …, second: …}"),
    "finite": ("a number", "0.5"),
}
LIMITS = {"ge": "a number from {} on", "le": "a number up to {}", "gt": "a number above {}", "lt": "a number below {}"}


def _in_plain_words(error: Any, key: str) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead, where pydantic has words for programmers only."""
    kind, given, limits = error["type"], error["input"], error.get("ctx", {})
    shown, before = f"“{_short(given)}”", "- " if key.isdecimal() else f"{key}: "
    if given is None:
        return "it is empty", f"write something behind “{before.strip()}”, or take it out"
    if given == "" or kind == "string_too_short":
        return "it is blank", f"write a text behind “{before.strip()}”, or take it out"
    if kind in ("too_short", "too_long"):
        return f"{shown} has {limits['actual_length']} entries", f"at least {limits['min_length']}" if kind == "too_short" else f"at most {limits['max_length']}"
    if kind == "string_too_long":
        return f"{shown} has {len(str(given))} characters", f"at most {limits['max_length']}"
    for limit, words in LIMITS.items():
        if limit in limits:
            return f"{shown} is not possible here", words.format(f"{limits[limit]:,}" if isinstance(limits[limit], int) else f"{limits[limit]:g}")
    noun, written = WORDS.get(kind.split("_")[0], ("", "")) if kind != "string_pattern_mismatch" else ("", "")
    if noun == "a list" and isinstance(given, str):
        return f"{shown} is not {noun}", f"{before}[{', '.join(given.replace(',', ' ').split())}]"
    if noun:
        return f"{shown} is not {noun}", f"{before}{written}".replace("“", '"').replace("”", '"')
    found, _, fix = error["msg"].removeprefix("Value error, ").partition("; write ")
    return f"{found} (found: {_short(given)})", fix


def content_at(content: Any, at: Sequence[str | int]) -> Any:
    """What stands at a place of nested lists and dictionaries, or None."""
    for part in at:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def _place(at: Location, lines: dict[Location, int]) -> str:
    name = ""
    for part in at:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    line = next((lines[at[:length]] for length in range(len(at), 0, -1) if at[:length] in lines), None)
    return f"{name} (line {line})" if line else name


def _short(value: Any) -> str:
    # Control characters would move a terminal's cursor, or end the line.
    text = "".join(sign if sign.isprintable() else "?" for sign in str(value)[:100])
    return text if len(text) <= 60 else text[:57] + "…"


def _corrected(key: str, value: Any, valid: Sequence[str]) -> str:
    match = nearest(key, valid)
    if match is None:
        return f"take the key “{key}” out"
    return yaml.safe_dump({match: value}, allow_unicode=True, sort_keys=False, default_flow_style=False).strip()


def _description(model: type[pydantic.BaseModel] | None, key: str) -> str:
    info = model.model_fields.get(key) if model else None
    return (info.description or "") if info else ""


def _model_at(root: type[pydantic.BaseModel], at: Location, content: Any) -> type[pydantic.BaseModel] | None:
    """The class that describes the place in the file."""
    model: Any = root
    for depth, part in enumerate(at):
        if isinstance(part, int):
            continue
        if not (isinstance(model, type) and issubclass(model, pydantic.BaseModel)) or part not in model.model_fields:
            return None
        options = _models_in(model.model_fields[part].annotation)
        if len(options) > 1:
            kind = content_at(content, (*at[: depth + 2], "kind"))
            options = [option for option in options if kind in typing.get_args(option.model_fields["kind"].annotation)]
        model = options[0] if options else None
    return model if isinstance(model, type) and issubclass(model, pydantic.BaseModel) else None


def _models_in(annotation: Any) -> list[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, pydantic.BaseModel) else []
    return [model for inner in typing.get_args(annotation) for model in _models_in(inner)]
