"""Names in the config that only the codebook can tell right from wrong."""

from __future__ import annotations

from mentoring import tables
from mentoring.errors import Problem, Problems
from mentoring.ingest.codebook import Codebook
from mentoring.ingest.raw import suggested
from mentoring.study import CONFIG, Study

IDS = ("dyad", "mentor", "mentee")


def check_names(study: Study, codebook: Codebook) -> list[Problem]:
    """Problems with the items, scales and columns that `scales`, `similarity` and `questions` name."""
    problems = Problems(CONFIG)
    _check_columns(study, codebook, problems)
    _check_scales(study, codebook, problems)
    sided = {role: _names_of(role, study, codebook) for role in tables.ROLES}
    _check_similarity(study, codebook, sided, problems)
    _check_questions(study, codebook, {role: _columns_of(role, study, codebook) for role in tables.ROLES}, problems)
    return list(problems)


def _check_columns(study: Study, codebook: Codebook, problems: Problems) -> None:
    """An item that reads a column of ids would carry them past the codes, into tables and report."""
    data = study.data
    for item, role, column in codebook.items[["item", "role", "column"]].itertuples(index=False):
        ids = [name for survey in data.surveys if survey.role == role for name in (survey.person, survey.partner)]
        if column in [*ids, *([data.roster.person] if data.roster else [])]:
            problems.add(f"item {item}, column column", f"the {role}s' item “{item}” reads the column “{column}”, which holds ids", expected="a column of answers",
                         fix="name the right column, or take the row out", file=data.codebook.items)


def _names_of(role: str, study: Study, codebook: Codebook) -> list[str]:
    """Scales, items and demographics one role has."""
    items = list(codebook.asked_of(role)["item"])
    return items + [scale.name for scale in study.scales if set(scale.items) & set(items)]


def _columns_of(role: str, study: Study, codebook: Codebook) -> list[str]:
    """Those that are columns of the analysis table: items inside a scale are not, unless a similarity is made of them."""
    inside = {item for scale in study.scales for item in scale.items}
    alone = {name for similarity in study.similarity if similarity.kind != "perceived" for name in similarity.of}
    return [name for name in _names_of(role, study, codebook) if name not in inside or name in alone]


def analysis_columns(study: Study, codebook: Codebook) -> list[str]:
    """Every column the analysis table will have, as far as config and codebook tell."""
    return [*tables.ANALYSIS.names, *(similarity.name for similarity in study.similarity),
            *(f"{role}_{name}" for role in tables.ROLES for name in _columns_of(role, study, codebook))]


def _check_scales(study: Study, codebook: Codebook, problems: Problems) -> None:
    items = codebook.items
    known = list(dict.fromkeys(items["item"]))
    for number, scale in enumerate(study.scales):
        place = f"scales[{number}] ({scale.name})"
        if scale.name in known:
            problems.add(f"{place}.name", f"an item is called “{scale.name}” too", expected="a name of its own", fix="rename the scale")
        for item in scale.items:
            rows = items[items["item"] == item]
            if item in codebook.free_text:
                problems.add(f"{place}.items", f"“{item}” is free text, which is never read", expected="items with a number")
            elif rows.empty:
                problems.add(f"{place}.items", f"the codebook has no item “{item}”", expected=suggested(item, known),
                             fix="correct the name, or add the item to the codebook")
            elif (rows["kind"] == "category").any():
                problems.add(f"{place}.items", f"“{item}” is a category, which cannot be averaged", expected="items of kind likert or number")
            elif (rows["about"] == "person").any():
                problems.add(f"{place}.items", f"“{item}” is a lasting fact of the person", expected="items about the relationship or oneself",
                             fix="about: self in the codebook, if it was asked in the survey")
        about = items[items["item"].isin(scale.items)].groupby("role")["about"].nunique()
        if (about > 1).any():
            problems.add(f"{place}.items", "some items are about the relationship and some about oneself",
                         expected="all items of a scale about the same", fix="split the scale, or correct “about” in the codebook")


def _check_similarity(study: Study, codebook: Codebook, sided: dict[str, list[str]], problems: Problems) -> None:
    taken = {*tables.ANALYSIS.names, "ended", *(f"{role}_{name}" for role in tables.ROLES for name in sided[role])}
    words = set(codebook.items.loc[codebook.items["kind"] == "category", "item"])
    for number, similarity in enumerate(study.similarity):
        if similarity.name in taken:
            # It would be written over that column, and every model would read something else there.
            problems.add(f"similarity[{number}].name", f"the analysis table has a column “{similarity.name}” already", expected="a name of its own",
                         fix=f"name: alike_in_{similarity.of[0]}")
        counted = [name for name in similarity.of if name in words] if similarity.kind not in ("match", "gower") else []
        if counted:
            problems.add(f"similarity[{number}] ({similarity.name}).of", f"{', '.join(f'“{name}”' for name in counted)} is a category, and {similarity.kind} needs numbers",
                         expected="scales, or items with a number", fix="kind: match   # or gower")
        # What one side perceived needs that side only; any other likeness needs both.
        roles = [similarity.reporter] if similarity.kind == "perceived" and similarity.reporter else list(tables.ROLES)
        for name in similarity.of:
            lacking = [role for role in roles if name not in sided[role]]
            if lacking:
                shared = [word for word in sided[roles[0]] if all(word in sided[role] for role in roles)]
                whose = " and the ".join(f"{role}s" for role in lacking)
                problems.add(f"similarity[{number}] ({similarity.name}).of", f"the {whose} have no scale, item or demographic “{name}”",
                             expected=suggested(name, shared), fix="name one that is in the codebook for "
                             + ("both roles" if len(roles) == 2 else f"the role {roles[0]}"))


def _check_questions(study: Study, codebook: Codebook, sided: dict[str, list[str]], problems: Problems) -> None:
    facts = codebook.items[codebook.items["kind"] == "category"]
    words = {f"{role}_{item}" for role, item in zip(facts["role"], facts["item"])} | {"program", "form", "stage", *IDS}
    columns = analysis_columns(study, codebook)
    for number, question in enumerate(study.questions):
        place = f"questions[{number}] ({question.name})"
        needs = question.needs()
        for need in needs:
            if need.key == "covariates":
                _check_covariate(need.column, question.outcome_column, place, columns, problems)
                continue
            if need.key != needs[0].key and need.column == needs[0].column:
                problems.add(f"{place}.{need.key}", f"“{need.column}” is the outcome itself", expected="something else than the outcome, which explains itself fully",
                             fix=f"name another scale or item at `{need.key}` or at `{needs[0].key}`")
                continue
            role, _, name = need.column.partition("_")
            known = sided.get(role, [])
            if need.column not in columns:
                found = f"the {role}s have no scale or item “{name}”" if role in sided else f"there is no column “{need.column}”"
            elif need.number and need.column in words:
                found = f"“{name or need.column}” is a category"
            else:
                continue
            parts = [scale.name for scale in study.scales if name in scale.items]
            if need.column not in columns and role in sided and parts:
                problems.add(f"{place}.{need.key}", f"“{name}” is part of the scale “{parts[0]}”", expected="a scale, or an item of no scale", fix=f"name “{parts[0]}”")
                continue
            possible = [word for word in known if not need.number or f"{role}_{word}" not in words] if role in sided else columns
            problems.add(f"{place}.{need.key}", found, expected=suggested(name if role in sided else need.column, possible),
                         fix=f"name a scale, or {'an item with a number' if need.number else 'an item or demographic'}, and who reported it")


def _check_covariate(covariate: str, outcome: str, place: str, columns: list[str], problems: Problems) -> None:
    if covariate in IDS or covariate == outcome:
        problems.add(f"{place}.covariates", f"“{covariate}” is {'an id' if covariate in IDS else 'the outcome itself'}",
                     expected="something known of people or relationships", fix="take it out; ids are in the random part already")
    elif covariate not in columns:
        sided = [name for name in (f"mentor_{covariate}", f"mentee_{covariate}") if name in columns]
        problems.add(f"{place}.covariates", f"there is no column “{covariate}”",
                     expected=f"did you mean {' or '.join(f'“{name}”' for name in sided)}?" if sided else suggested(covariate, columns),
                     fix="mentor_<name> or mentee_<name> of a scale, item or demographic, or a similarity")
