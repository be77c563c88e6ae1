"""The analysis plan: what was going to be asked and how, written down with a fingerprint before the data are looked at."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mentoring.errors import Problem, StudyError
from mentoring.study import Study
from mentoring.tables import DEVIATIONS

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
        raise StudyError(
            Problem(
                PLAN,
                "",
                "there is a plan already, and the config now says something else",
                "one plan, written once",
                "keep it: the report lists what changed since; or move it away and plan anew",
            )
        )
    sections = yaml.safe_dump(json.loads(study.section(*SECTIONS)), allow_unicode=True, sort_keys=False, width=100)
    lines = [
        f"# Analysis plan: {study.about.title}",
        "",
        "Written by `python3 start.py plan`. Register this file, or send it to someone, before you look at the data: the fingerprint shows later",
        "that nothing was changed. The report lists every deviation from it.",
        "",
        f"{MARK}{mark}",
        "",
        "## The questions",
        "",
        *(
            f"{number}. {question.ask} (`{question.name}`, {question.kind}, {question.family})"
            for number, question in enumerate(study.questions, 1)
        ),
        "",
        "## In full",
        "",
        "```yaml",
        sections.rstrip(),
        "```",
        "",
    ]
    page.write_text("\n".join(lines), encoding="utf-8")
    return page, mark


def planned_fingerprint(page: Path) -> str | None:
    """The fingerprint a plan carries, or None when it carries none."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(MARK).strip() for line in lines if line.startswith(MARK)), None)


def is_intact(study: Study) -> bool:
    """Whether the plan's text still fits the fingerprint it carries."""
    page = study.folder / PLAN
    text = json.dumps(_planned(page), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest() == planned_fingerprint(page)


def changed_since_plan(study: Study) -> list[str] | None:
    """Which planned sections differ from what the config says now; None when there is no plan."""
    if not (study.folder / PLAN).exists():
        return None
    changed = set(deviations(study)["section"])
    return [section for section in SECTIONS if section in changed]


def deviations(study: Study) -> pd.DataFrame:
    """Table `deviations`: everything in which the config now differs from the plan; empty without a plan.

    Scales, similarities and questions are compared by name, key by key; the order in which they stand is no deviation.
    """
    page = study.folder / PLAN
    if not page.exists():
        return DEVIATIONS.frame([])
    planned, now = _planned(page), json.loads(study.section(*SECTIONS))
    return DEVIATIONS.frame([
        {"section": section, **row} for section in SECTIONS for row in _compared(planned.get(section), now.get(section))
    ])  # fmt: skip


def _planned(page: Path) -> dict[str, Any]:
    found = yaml.safe_load(page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("\n```")[0])
    return found if isinstance(found, dict) else {}


def _compared(planned: Any, now: Any) -> list[dict[str, object]]:
    """Differences of one section: a list of named things, or plain keys."""
    if isinstance(now, list) or isinstance(planned, list):
        then, today = ({entry["name"]: entry for entry in part or []} for part in (planned, now))
        rows: list[dict[str, object]] = []
        for name in [*then, *(one for one in today if one not in then)]:
            if name not in then or name not in today:
                which = "added" if name in today else "removed"
                rows.append({"name": name, "change": which, "planned": _shown(then.get(name)), "now": _shown(today.get(name))})
            else:
                rows += [{"name": name, **row} for row in _keys(then[name], today[name])]
        return rows
    return _keys(planned or {}, now or {})


def _keys(planned: dict[str, Any], now: dict[str, Any]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for key in [*planned, *(one for one in now if one not in planned)]:
        if key not in planned:
            # A setting that did not exist when the plan was written.
            rows.append({"key": key, "change": "added", "planned": None, "now": _shown(now[key])})
        elif key not in now or planned[key] != now[key]:
            rows.append(
                {"key": key, "change": "changed" if key in now else "removed", "planned": _shown(planned[key]), "now": _shown(now.get(key))}
            )
    return rows


def _shown(value: Any) -> str | None:
    """A value in words: a question or scale by what it asks or holds, everything else as it stands in the config."""
    if isinstance(value, dict) and ("ask" in value or "items" in value or "of" in value):
        return str(value.get("ask") or value.get("label") or value.get("name"))
    if value is None or value == "" or value == []:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
