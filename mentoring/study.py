"""A study: its folder, and its `config.yaml` read into one typed, checked object.

This is the only place that parses a config. A config that cannot be used is answered with all its problems at once, each with
its line, the nearest valid key and the YAML to write instead.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mentoring import settings as sections
from mentoring.errors import Problem, Problems, StudyError, did_you_mean
from mentoring.settings import Settings
from mentoring.written import read_as

CONFIG = "config.yaml"
# What the reading of a study calls its other steps.
STEPS = ("pairs", "roster", "responses")


@dataclass(frozen=True)
class Study:
    """A study's folder and settings.

    Attributes
    ----------
    folder : Path
        The folder that holds `config.yaml`, `data/` and `results/`.
    settings : Settings
        The checked config; its sections are also reachable directly (`study.scales`, `study.questions`, …).
    """

    folder: Path
    settings: Settings = field(repr=False)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Study:
        """Read and check a config.

        Parameters
        ----------
        path : str or Path, optional
            `config.yaml`, or the folder it stands in. Left out: the current folder, or the one above when that is a study's `notebooks/`.

        Raises
        ------
        StudyError
            With every problem found: not there, not YAML, unknown or missing keys, wrong kinds of value, names that do not exist.
        """
        if path is not None and not isinstance(path, str | os.PathLike):
            raise StudyError(Problem("", "Study.load", f"a {type(path).__name__} is no file", "the path of config.yaml, or of its folder", 'mt.Study.load("config.yaml")'))
        if "\0" in str(path):
            raise StudyError(Problem("", "Study.load", "the path holds a zero byte", "the path of config.yaml, or of its folder"))
        file = Path(path) if path is not None else _here()
        file = file / CONFIG if file.is_dir() else file
        text = _read(file)
        settings = parse(text, file.name)
        return cls(file.resolve().parent, settings)

    def path(self, name: str) -> Path:
        """A file named in the config, from the study's folder."""
        return self.folder / name

    def section(self, *names: str) -> str:
        """Some sections as canonical JSON: what Snakemake compares to know whether a step must run again."""
        chosen = self.settings.model_dump(mode="json", include=set(names))
        return json.dumps(chosen, sort_keys=True, ensure_ascii=False)

    @property
    def about(self) -> sections.About:
        """Section `study`."""
        return self.settings.study

    @property
    def data(self) -> sections.Data:
        """Section `data`."""
        return self.settings.data

    @property
    def scales(self) -> list[sections.Scale]:
        """Section `scales`."""
        return self.settings.scales

    @property
    def structures(self) -> list[sections.FactorStructure]:
        """Section `structures`."""
        return self.settings.structures

    @property
    def similarity(self) -> list[sections.Similarity]:
        """Section `similarity`."""
        return self.settings.similarity

    @property
    def questions(self) -> Sequence[sections.QuestionBase]:
        """Section `questions`."""
        return self.settings.questions

    @property
    def credibility(self) -> sections.Credibility:
        """Section `credibility`."""
        return self.settings.credibility

    @property
    def report(self) -> sections.Report:
        """Section `report`."""
        return self.settings.report

    def section_of_question(self, name: str) -> str:
        """What one question's model depends on, as canonical JSON: the question, the similarities, how hard it is tried, the seed."""
        chosen = {
            "question": self.question(name).model_dump(mode="json"),
            "similarity": [entry.model_dump(mode="json") for entry in self.similarity],
            "scales": [entry.model_dump(mode="json") for entry in self.scales],
            "credibility": self.credibility.model_dump(mode="json"), "seed": self.about.seed,
        }
        return json.dumps(chosen, sort_keys=True, ensure_ascii=False)

    def question(self, name: str) -> sections.QuestionBase:
        """The question of that name."""
        return next(question for question in self.questions if question.name == name)


def parse(text: str, file: str = CONFIG) -> Settings:
    """Turn a config's text into checked settings; see `Study.load`."""
    settings = read_as(Settings, text, file, "start from the example: python3 start.py init --study DIR")
    problems = Problems(file)
    for section, name in sections.duplicate_names(settings):
        problems.add(section, f"the name “{name}” is given twice", expected="each name once", fix="rename one of the two")
    for section, first, second in sections.names_alike(settings):
        problems.add(section, f"the names “{first}” and “{second}” differ in capitals only", expected="names that differ otherwise too",
                     fix="rename one of the two: they become names of files, which some computers cannot tell apart")
    for number, question in enumerate(settings.questions):
        if sections.is_reserved(question.name):
            problems.add(f"questions[{number}].name", f"“{question.name}” cannot be the name of a folder on Windows", expected="another name", fix=f"name: {question.name}_1")
    _check_references(settings, problems)
    problems.raise_if_any()
    return settings


def _check_references(settings: Settings, problems: Problems) -> None:
    """Names that one section uses and another must hold (columns and items are checked once the data are read)."""
    known = [similarity.name for similarity in settings.similarity]
    for number, question in enumerate(settings.questions):
        named = getattr(question, "similarity", None) or []
        for name in [named] if isinstance(named, str) else named:
            if name not in known:
                problems.add(f"questions[{number}].similarity", f"no similarity is called “{name}”", expected=did_you_mean(name, known),
                             fix="name an entry of the section `similarity`, or add one")
    for number, similarity in enumerate(settings.similarity):
        if similarity.kind == "perceived" and (similarity.reporter is None or len(similarity.of) != 1):
            problems.add(f"similarity[{number}]", f"“{similarity.name}” does not say who perceived what",
                         expected="one scale or item, and its reporter", fix="of: [perceived_similarity]\nreporter: mentee")
        if similarity.kind in ("scatter_distance", "shape_distance", "double_entry_icc") and len(similarity.of) < 3:
            problems.add(f"similarity[{number}].of", f"“{similarity.name}” compares profiles of {len(similarity.of)}", expected="three or more scales or items",
                         fix="kind: squared_distance   # for one or two")
        if similarity.kind in ("absolute_difference", "squared_difference") and len(similarity.of) != 1:
            problems.add(f"similarity[{number}].of", f"“{similarity.name}” is a {similarity.kind} of {len(similarity.of)} things",
                         expected="one scale, item or demographic", fix="kind: squared_distance   # sums over several")
    _check_structures(settings, problems)
    _check_data(settings.data, problems)
    for number, question in enumerate(settings.questions):
        for at, published in enumerate(question.published):
            if published.low > published.high:
                problems.add(f"questions[{number}].published[{at}]", f"low ({published.low:g}) is above high ({published.high:g})", expected="low ≤ high",
                             fix=f"low: {published.high:g}\nhigh: {published.low:g}")
    if settings.report.by == "program" and settings.data.pairs.program is None:
        problems.add("report.by", "pages by programme are asked for, but no column says which programme a pair belongs to",
                     expected="the column's name at `data.pairs.program`", fix="program: program   # under data.pairs")
    primary = [question.name for question in settings.questions if question.family == "primary"]
    if len(primary) > 3:
        problems.add("questions", f"{len(primary)} questions are primary: {', '.join(primary)}", expected="at most three",
                     fix="family: secondary")


def _check_data(data: sections.Data, problems: Problems) -> None:
    """Files and columns that are given for two things at once, and keys that would do nothing."""
    for number, survey in enumerate(data.surveys):
        place = f"data.surveys[{number}]"
        for other in data.surveys[:number]:
            if (other.file, other.sheet) != (survey.file, survey.sheet):
                continue
            if other.role != survey.role:
                problems.add(f"{place}.file", f"“{survey.file}” is given for the mentors and for the mentees", expected="one export per role",
                             fix="name the other role's export")
            else:
                problems.add(f"{place}.file", f"“{survey.file}” is given twice, as “{other.name}” and as “{survey.name}”", expected="each export once",
                             fix="name another file or `sheet`, or take one of the two out; several waves in one file need `wave`, the column that says which")
        if survey.name in STEPS:
            problems.add(f"{place}.name", f"“{survey.name}” is what the flow diagram calls another step", expected=f"not {', '.join(STEPS)}", fix=f"name: {survey.role}s")
        if survey.wave is not None and survey.only_wave is not None:
            problems.add(place, "both `wave` and `only_wave` are given", expected="one of the two",
                         fix="keep `wave` (a column) or `only_wave` (one wave for the whole file)")
        for key, formats in (("sheet", ("excel",)), ("delimiter", ("csv", "qualtrics"))):
            if getattr(survey, key) is not None and survey.format not in formats:
                problems.add(f"{place}.{key}", f"a file of format {survey.format} has no {key}", expected=f"format: {formats[0]}",
                             fix=f"correct `format`, or take the key `{key}` out")
    columns: dict[str, str] = {}
    for key, column in data.pairs.model_dump(exclude={"file"}).items():
        if column is not None and column in columns:
            # A programme or form is shown in the report as it is written: ids must not get there.
            problems.add(f"data.pairs.{key}", f"the column “{column}” is given as `{columns[column]}` and as `{key}`", expected="a column of its own",
                         fix=f"name the column that holds the {key}, or take the key `{key}` out")
        elif column is not None:
            columns[column] = key


def _check_structures(settings: Settings, problems: Problems) -> None:
    """Structures must be of scales that are there, each item once, and have factors enough."""
    scales = {scale.name: scale for scale in settings.scales}
    least = {"correlated": 2, "higher_order": 3, "one_factor": 1, "explore": 1}
    for number, structure in enumerate(settings.structures):
        place = f"structures[{number}] ({structure.name})"
        if structure.name in scales:
            problems.add(place, f"a scale is called “{structure.name}” too", expected="a name of its own", fix=f"name: {structure.name}_structure")
        for name in structure.factors:
            if name not in scales:
                problems.add(f"{place}, factors", f"no scale is called “{name}”", expected=did_you_mean(name, list(scales)), fix="name an entry of the section `scales`")
        if len(set(structure.factors)) < least[structure.kind]:
            problems.add(f"{place}, factors", f"{structure.kind} of {len(set(structure.factors))} scales is not determined",
                         expected=f"{least[structure.kind]} different scales or more", fix="kind: correlated" if len(set(structure.factors)) > 1 else "kind: one_factor")
        items = [item for name in dict.fromkeys(structure.factors) if name in scales for item in scales[name].items]
        twice = list(dict.fromkeys(item for item in items if items.count(item) > 1))
        if twice or len(set(structure.factors)) < len(structure.factors):
            problems.add(f"{place}, factors", f"its scales share items: {', '.join(twice)}" if twice else "it names a scale twice",
                         expected="each item in one factor", fix="take one of the scales out")
        elif len(set(items)) < 3:
            problems.add(f"{place}, factors", "two items do not determine a factor", expected="three items or more", fix="take the structure out")


def _here() -> Path:
    """The config of the current folder; Jupyter works in the folder of the notebook."""
    above = Path("..", CONFIG)
    return above if Path.cwd().name == "notebooks" and not Path(CONFIG).exists() and above.exists() else Path(CONFIG)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        fix = "start a study with `python3 start.py init --study DIR`, or name the right folder with --study"
        raise StudyError(Problem(str(file), "", "there is no such file", "a study's config.yaml", fix)) from None
    except UnicodeDecodeError:
        raise StudyError(Problem(str(file), "", "it is not UTF-8 text", "UTF-8", "save it again as UTF-8")) from None
    except OSError as error:
        raise StudyError(Problem(str(file), "", f"it cannot be read ({error.strerror})", "a readable text file")) from None
