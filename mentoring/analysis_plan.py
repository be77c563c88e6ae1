"""The analysis plan: what was going to be asked and how, written down with a fingerprint before the data are looked at."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import yaml

from mentoring.errors import Problem, StudyError
from mentoring.study import Study

PLAN = "plan.md"
# What a plan fixes: the science. Files, contact and report formats may change without changing the plan.
SECTIONS = ("scales", "structures", "similarity", "questions", "credibility")
MARK = "Fingerprint: "


def fingerprint(study: Study) -> str:
    """SHA-256 of the planned sections in canonical form."""
    return hashlib.sha256(study.section(*SECTIONS).encode()).hexdigest()


def write_plan(study: Study) -> tuple[Path, str]:
    """Write `plan.md` into the study's folder.

    Raises
    ------
    StudyError
        When there is a plan already: a plan that can be overwritten is none.
    """
    page, mark = study.folder / PLAN, fingerprint(study)
    if page.exists():
        if planned_fingerprint(page) == mark:
            return page, mark
        raise StudyError(Problem(PLAN, "", "there is a plan already, and the config now says something else", "one plan, written once",
                                 "keep it: the report lists what changed since; or move it away and plan anew"))
    sections = yaml.safe_dump(json.loads(study.section(*SECTIONS)), allow_unicode=True, sort_keys=False, width=100)
    lines = [
        f"# Analysis plan: {study.about.title}", "",
        "Written by `python3 start.py plan`. Register this file, or send it to someone, before you look at the data: the fingerprint shows later",
        "that nothing was changed. The report compares it with what was run.", "", f"{MARK}{mark}", "", "## The questions", "",
        *(f"{number}. {question.ask} (`{question.name}`, {question.kind}, {question.family})" for number, question in enumerate(study.questions, 1)),
        "", "## In full", "", "```yaml", sections.rstrip(), "```", "",
    ]
    page.write_text("\n".join(lines), encoding="utf-8")
    return page, mark


def planned_fingerprint(page: Path) -> str | None:
    """The fingerprint a plan carries, or None when it carries none."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(MARK).strip() for line in lines if line.startswith(MARK)), None)


def changed_since_plan(study: Study) -> list[str] | None:
    """Which planned sections differ from what the config says now; None when there is no plan."""
    page = study.folder / PLAN
    if not page.exists():
        return None
    planned = yaml.safe_load(page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("\n```")[0])
    now = json.loads(study.section(*SECTIONS))
    return [section for section in SECTIONS if planned.get(section) != now.get(section)]
