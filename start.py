#!/usr/bin/env python3
"""Start here: makes the environment, then runs a study to its report.

    python3 start.py                       the example study, to results/report/report.html
    python3 start.py run --study DIR       another study's folder
    python3 start.py init --study DIR      start a new study: config.yaml and codebook to fill in
    python3 start.py check [--study DIR]   read config and data, and say everything that is wrong with them
    python3 start.py plan [--study DIR]    write down the analysis plan before looking at the data
    python3 start.py items [CARD]          list questionnaires, or write a survey from one (into --study DIR)
    python3 start.py simulate --study DIR  write a made-up study whose truth is known
    python3 start.py star                  fetch the real data of Project STAR, and run that study
    python3 start.py test                  the tests
    python3 start.py lab [--study DIR]     JupyterLab on the notebooks, ready to work on that study

Needs nothing but Python 3.11 or 3.12. Uses uv when it is there, else pip. Everything goes into the folder .venv beside this file.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LIBRARY_COMMANDS = ("init", "check", "items", "plan", "simulate")
COMMANDS = ("run", *LIBRARY_COMMANDS, "star", "test", "lab")
GOOD_PYTHONS = ((3, 11), (3, 12))


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; returns the exit code."""
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS)
    parser.add_argument("command", nargs="?", default="run", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("--study", default=str(ROOT), metavar="DIR", help="the study's folder (default: the example study)")
    parser.add_argument("--unlock", action="store_true", help="go on with a study whose last run was cut off")
    parser.add_argument("--cores", default="all", type=_cores, help="how many processor cores to use (default: all)")
    parsed, rest = parser.parse_known_args(arguments)
    if rest and parsed.command in ("run", "star"):
        parser.error(f"`{parsed.command}` knows no {' '.join(rest)}")
    study = Path(parsed.study).resolve()
    if parsed.command in ("run", "lab") and not (study / "config.yaml").exists():
        # Told before anything is installed, or a folder made, for a study that is not there.
        print(f"There is no config.yaml in {study}.\nName a study's folder: python3 start.py {parsed.command} --study DIR", file=sys.stderr)
        return 1
    use_a_good_python()
    make_environment({"test": "requirements-dev.lock", "lab": "requirements-lab.lock", "star": "requirements-real.lock"}.get(parsed.command))
    if parsed.command == "test":
        return subprocess.call([PYTHON, "-m", "pytest", *rest], cwd=ROOT)
    if parsed.command == "lab":
        return subprocess.call([PYTHON, "-m", "jupyter", "lab", *rest], cwd=notebooks_of(study))
    if parsed.command in LIBRARY_COMMANDS:
        return subprocess.call([PYTHON, "-m", "mentoring.cli", parsed.command, "--study", str(study), *rest], cwd=ROOT)
    if parsed.command == "star":
        study = ROOT / "examples" / "star"
        if not (study / "data" / "pupils.csv").exists():
            say("Fetching the data of Project STAR from the data package")
            require([PYTHON, study / "fetch.py"], "The data could not be fetched: what went wrong stands above.")
    return run(study, parsed.cores, parsed.unlock)


class _Parser(argparse.ArgumentParser):
    """A command line that cannot be read is answered as everything else is: what is wrong, and what to write; exit code 1."""

    def error(self, message: str) -> NoReturn:
        choice = re.match(r"argument COMMAND: invalid choice: '(.*?)'", message)
        near = difflib.get_close_matches(choice[1], COMMANDS, n=1) if choice else []
        found = f"There is no command “{choice[1]}”." if choice else f"The command cannot be read: {message}."
        meant = f"\nDid you mean “{near[0]}”?" if near else f"\nThe commands are {', '.join(COMMANDS)}." if choice else ""
        self.exit(1, f"{found}{meant}\nEverything it knows: python3 start.py --help\n")


def _cores(text: str) -> str:
    """A number of cores from 1, or all."""
    if text != "all" and not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"“{text}” is no number of cores: write 1, 2, … or all")
    return text


def notebooks_of(study: Path) -> Path:
    """A study's folder of notebooks; the first time, a copy of the project's, to change at will."""
    folder = study / "notebooks"
    if not (study / "results" / "tables").exists():
        say("This study was not run yet, and the notebooks read its results: run it first")
    if not folder.exists():
        say(f"Copying the notebooks into {folder}")
        shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


def use_a_good_python() -> None:
    """Go on with a Python that works, or say which to install."""
    if sys.version_info[:2] not in GOOD_PYTHONS:
        for major, minor in reversed(GOOD_PYTHONS):
            other = shutil.which(f"python{major}.{minor}")
            if other:
                sys.exit(subprocess.call([other, __file__, *sys.argv[1:]]))
        wanted = " or ".join(f"{major}.{minor}" for major, minor in GOOD_PYTHONS)
        sys.exit(f"This needs Python {wanted}; here is {sys.version.split()[0]}.\nInstall one from python.org, then: python3.11 start.py")
    if not PYTHON.exists() and not shutil.which("uv") and importlib.util.find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"Python is here, but its part for making environments is not.\nOn Debian or Ubuntu: sudo apt install python{version}-venv")


def make_environment(extra_lock: str | None) -> None:
    """Bring .venv to what the locks say; does nothing when it is already so."""
    uv = shutil.which("uv")
    if not PYTHON.exists():
        say("Making the environment (once; a few minutes at most)")
        require([uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT] if uv else [sys.executable, "-m", "venv", ENVIRONMENT])
    for lock in ["requirements.lock", *([extra_lock] if extra_lock else [])]:
        stamp = ENVIRONMENT / f"{lock}.installed"
        wanted = fingerprint(ROOT / lock)
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        say(f"Installing what {lock} lists")
        install(uv, "--require-hashes", "-r", ROOT / lock)
        stamp.write_text(wanted)
    stamp = ENVIRONMENT / "mentoring.installed"
    wanted = fingerprint(ROOT / "pyproject.toml") + str(ROOT)
    if not (stamp.exists() and stamp.read_text() == wanted):
        # Apart from the lock, because hashes cannot be demanded of a folder.
        install(uv, "--no-deps", "--no-build-isolation", "-e", ROOT)
        stamp.write_text(wanted)


def install(uv: str | None, *what: str | Path) -> None:
    """Install with uv or pip, compiled: modules that are not make every later step several times slower to start."""
    if uv:
        require([uv, "pip", "install", "--quiet", "--python", PYTHON, "--compile-bytecode", *what])
    else:
        require([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what])


NOT_MADE = "The environment could not be made: what went wrong stands above. Is there a network connection, and space on the disk?"


def require(command: list[str | Path], otherwise: str = NOT_MADE) -> None:
    """Run a command that must succeed; else stop with a sentence."""
    if subprocess.call(command):
        sys.exit(f"\n{otherwise}")


def fingerprint(file: Path) -> str:
    """A short text that changes when the file does."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def run(study: Path, cores: str, unlock: bool = False) -> int:
    """Run the workflow on a study, telling each step as it starts, and where the report is at the end."""
    if not (study / "config.yaml").exists():
        print(f"There is no config.yaml in {study}.\nName a study's folder: python3 start.py run --study DIR", file=sys.stderr)
        return 1
    logs = study / "results" / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"The folder {logs} cannot be made: {error.strerror}.", file=sys.stderr)
        return 1
    record = logs / "workflow.log"
    command: list[str | Path] = [PYTHON, "-m", "snakemake", "--cores", cores, "--directory", study, "--snakefile", ROOT / "workflow" / "Snakefile",
               "--workflow-profile", ROOT / "profiles" / "default", "--nocolor"]
    if unlock:
        subprocess.call([*command, "--unlock"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = {file: file.stat().st_mtime for file in (study / "results" / "report").glob("report.*")}
    began = time.monotonic()
    try:
        code = follow(command, record)
    except KeyboardInterrupt:
        print("\nStopped. What is finished stays; type the command again to go on from there.", file=sys.stderr)
        return 130
    if code == 0:
        say(f"Done in {time.monotonic() - began:.0f} s")
        for report in sorted((study / "results" / "report").glob("report.*")):
            if report.suffix in (".html", ".docx", ".pdf"):
                print(f"  {report}")
    else:
        if "LockException" in record.read_text(encoding="utf-8"):
            print("This study is being run already, or its last run was cut off. If it was cut off:\n"
                  f"  python3 start.py run --study {shlex.quote(str(study))} --unlock", file=sys.stderr)
        if before:
            print("\nThe report in results/report is that of an earlier run.", file=sys.stderr)
        print(f"\nThe whole record of this run: {record}", file=sys.stderr)
    return code


def follow(command: list[str | Path], record: Path) -> int:
    """Run Snakemake, keep its whole output in a file, and show a person only the steps and what a failed step said."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    told: set[str] = set()
    with record.open("w", encoding="utf-8") as file, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", env=environment
    ) as process:
        assert process.stdout is not None
        ours = False
        for line in process.stdout:
            file.write(line)
            step = re.match(r"Job \d+: (.*)", line)
            if step:
                say(step[1])
            if re.match(r"\d+ problems? w(as|ere) found\.", line):
                ours = line not in told
                told.add(line)
            elif ours and line.startswith(("=====", "Logfile", "Trying to restart", "[", "Exiting")):
                ours = False
            if line.startswith("LockException"):
                told.add(line)
            if ours:
                print(line, end="", file=sys.stderr)
    if process.returncode and not told:
        print("\n" + "\n".join(record.read_text(encoding="utf-8").splitlines()[-40:]), file=sys.stderr)
    return process.returncode


def say(text: str) -> None:
    """One line of progress."""
    print(f"» {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
