"""The command `mentoring`: start a study, check it, simulate one, write a survey, write down its plan."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mentoring.errors import Problem, Problems, StudyError, did_you_mean, plain_errors

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"

DESCRIPTION = """Mentoring-outcomes research from the command line. To run a study to its report: python3 start.py run --study DIR"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code (1 for anything the user must mend)."""
    try:
        with plain_errors():
            parsed = _parser().parse_args(arguments)
            _check_folder(parsed.study)
            parsed.act(parsed)
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along (`… | head`) has seen enough; Python would complain again at the end, about what it cannot write any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


class _Parser(argparse.ArgumentParser):
    """What is wrong with a command line, told like anything else a user can mend."""

    def error(self, message: str) -> NoReturn:
        if match := re.match(r"argument COMMAND: invalid choice: '(.*?)' \(choose from (.*)\)", message):
            choices = re.findall(r"\w+", match[2])
            raise StudyError(Problem("", "", f"there is no command “{match[1]}”", did_you_mean(match[1], choices), f"one of: {', '.join(choices)}"))
        raise StudyError(Problem("", "", message, "the command as its help shows it", f"python3 start.py {self.prog.split()[-1]} --help" if " " in self.prog else
                                 "python3 start.py --help"))


def _check_folder(study: Path) -> None:
    if study.is_file():
        raise StudyError(Problem(str(study), "", "it is a file", "the study's folder", f"--study {shlex.quote(str(study.parent))}"))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="mentoring", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, act, text in (
        ("init", _init, "start a new study: config.yaml and codebook to fill in"),
        ("check", _check, "read config and data, and say everything that is wrong with them"),
        ("simulate", _simulate, "write a made-up study whose truth is known"),
        ("items", _items, "list the instrument cards, or write a survey from one"),
        ("plan", _plan, "write down the analysis plan, with a fingerprint, before looking at the data"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--study", type=Path, default=Path(), metavar="DIR", help="the study's folder (default: here)")
        command.set_defaults(act=act)
        if name == "simulate":
            command.add_argument("--world", default="example", help="which truth: example, null, level, strict, broad, halo, selection, few")
            command.add_argument("--seed", type=_seed, default=None, help="starting point of the random numbers")
        if name == "items":
            command.add_argument("card", nargs="?", default="", metavar="CARD", help="the card to write a survey from (left out: list all cards)")
            command.add_argument("--only", nargs="+", default=[], metavar="NAME", help="subscales and single items wanted (default: all)")
    return parser


def _seed(text: str) -> int:
    """A whole number that is not negative."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 0")
    return int(text)


def _init(parsed: argparse.Namespace) -> None:
    from mentoring.starting import start_study

    for file in start_study(parsed.study):
        print(f"wrote {file}")
    print("Next: put your exports into data/, fill in config.yaml and the codebook, then: python3 start.py check --study", shlex.quote(str(parsed.study)))


def _check(parsed: argparse.Namespace) -> None:
    from mentoring.models.questions import read_whole_study
    from mentoring.notebook_files import find_notebooks
    from mentoring.study import Study

    study = Study.load(parsed.study)
    problems = Problems()
    for check in (lambda: read_whole_study(study), lambda: find_notebooks(study.report.notebooks, study.folder, NOTEBOOKS)):
        try:
            check()
        except StudyError as error:
            problems.extend(error.problems)
    problems.raise_if_any()
    surveys = ", ".join(survey.file for survey in study.data.surveys)
    print(f"“{study.about.title}”: config.yaml and data fit together ({surveys}; questions: {', '.join(question.name for question in study.questions)}).")


def _simulate(parsed: argparse.Namespace) -> None:
    from mentoring.credibility.worlds import EXAMPLE_SEED, simulate_into
    from mentoring.study import CONFIG

    if (parsed.study / CONFIG).exists():
        raise StudyError(Problem(str(parsed.study), "", "there is a study in this folder already", "an empty or new folder",
                                 "python3 start.py simulate --study NEW_FOLDER"))
    simulate_into(parsed.study, parsed.world, EXAMPLE_SEED if parsed.seed is None else parsed.seed)
    print(f"wrote a synthetic study (world “{parsed.world}”) into {parsed.study}; its truth stands in data/README.md")


def _items(parsed: argparse.Namespace) -> None:
    from mentoring.errors import did_you_mean
    from mentoring.measure.instruments import card_files, read_card, read_cards, write_sheet
    from mentoring.measure.instruments.find import FOLDER, PROJECT
    from mentoring.measure.instruments.listing import cards_text

    files = card_files(parsed.study / FOLDER, PROJECT)
    if not parsed.card:
        print(cards_text(read_cards(files.values()).values()))
        return
    if parsed.card not in files:
        raise StudyError(Problem(parsed.card, "", "there is no such card", did_you_mean(parsed.card, sorted(files)), "python3 start.py items"))
    if (parsed.study / "data").resolve() == PROJECT.parent:
        raise StudyError(Problem(str(parsed.study), "", "that is the example study's folder", "a folder of your own", f"python3 start.py items {parsed.card} --study DIR"))
    for file in write_sheet(read_card(files[parsed.card]), parsed.study / "data", parsed.only):
        print(f"wrote {file}")
    print("Ask what stands in the column “text”; where the export names its columns otherwise, fill in “column”. Two of the files are a codebook for config.yaml.")


def _plan(parsed: argparse.Namespace) -> None:
    from mentoring.analysis_plan import write_plan
    from mentoring.study import Study

    page, fingerprint = write_plan(Study.load(parsed.study))
    print(f"wrote {page}\nfingerprint {fingerprint}")


if __name__ == "__main__":
    sys.exit(main())
