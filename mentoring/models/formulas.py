"""What is wrong with a formula of the config, told before anything is fitted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mentoring.errors import Problem, StudyError, did_you_mean
from mentoring.models.lmm.formula import checked
from mentoring.models.lmm.random_terms import split_formula
from mentoring.settings import ModelQuestion
from mentoring.study import CONFIG


def formula_problems(question: ModelQuestion, columns: Sequence[str], place: str = "") -> list[Problem]:
    """What is wrong with a formula and the terms in focus, told with the config's own place."""
    place = place or f"question “{question.name}”"
    used: list[str] = []
    try:
        response, fixed, terms = split_formula(question.formula)
        for side in (response, fixed or "1", *(term.effects for term in terms)):
            used += checked(side, columns)[1]
    except StudyError as error:
        return [Problem(CONFIG, f"{place}.formula", problem.found, problem.expected, problem.fix) for problem in error.problems]
    except RecursionError:
        return [Problem(CONFIG, f"{place}.formula", "it is nested too deeply to be read", "a formula one can read")]
    found = [
        Problem(CONFIG, f"{place}.formula", f"there is no column “{group}” to group by", did_you_mean(group, columns))
        for term in terms for group in term.columns if group not in columns
    ]
    for focus in question.focus:
        words = [word for word in re.findall(r"[A-Za-z_]\w*", focus.split("[")[0]) if word not in ("C", "I")]
        if not words or not set(words) & set(used):
            found.append(Problem(CONFIG, f"{place}.focus", f"“{focus}” is not in the formula", did_you_mean(focus, dict.fromkeys(used)),
                                 "name a term right of the “~”"))
    return found
