"""Waves: the labels in the files, put in order and numbered from 1."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from mentoring.errors import Problems, did_you_mean, listed
from mentoring.ingest.raw import NUMBER, RawTable, by_unique, code_text, listed_rows
from mentoring.settings import Data, Survey

# More than that, unasked, is an id or a date in the wrong place. Whoever has more lists them in `data.waves`.
MOST_WAVES = 20
# Unasked, 1 and 33 are more likely a slip of 1, 2, 3 than two waves.
WIDEST_GAP = 30


def number_waves(data: Data, opened: dict[str, tuple[Survey, RawTable]], problems: Problems) -> dict[str, pd.Series]:
    """The wave's number for each row of each survey (missing where the cell is blank).

    The order is that of `data.waves`, else that of the whole numbers in the files. A study whose surveys name no wave at all has one.
    """
    keys = {name: _keys(survey, raw) for name, (survey, raw) in opened.items()}
    named = {name: cells for name, cells in keys.items() if cells is not None}
    order = [code_text(wave) for wave in data.waves]
    if not order:
        order = _found_order(opened, named, problems)
    _check_declared(data.waves, problems)
    several = len(data.waves) > 1 or bool(named)
    numbers = {}
    for name, (survey, raw) in opened.items():
        cells = keys[name]
        if cells is None:
            if several:
                problems.add(f"data.surveys, {name}", f"nothing says which wave {survey.file} is", expected="its wave column, or the one wave it is",
                             fix=f"only_wave: \"{data.waves[0] if data.waves else 1}\"", file="config.yaml")
            cells = pd.Series(order[0] if order else "1", index=raw.cells.index, dtype="str")
            order = order or ["1"]
        else:
            _check_known(data, survey, raw, cells, order, problems)
        numbers[name] = cells.map({wave: number for number, wave in enumerate(order, start=1)}).astype("Int64")
    return numbers


def _keys(survey: Survey, raw: RawTable) -> pd.Series | None:
    if survey.wave is not None:
        return by_unique(raw.column(survey.wave), code_text)
    if survey.only_wave is not None:
        return pd.Series(code_text(survey.only_wave), index=raw.cells.index, dtype="str")
    return None


def _found_order(opened: dict[str, tuple[Survey, RawTable]], named: dict[str, pd.Series], problems: Problems) -> list[str]:
    """The whole numbers found, in order; without `data.waves` nothing else has an order."""
    found = pd.unique(pd.concat([cells.dropna() for cells in named.values()])) if named else []
    words = [word for word in found if not (NUMBER.fullmatch(word) and float(word) == int(float(word)))]
    if words:
        shown = _as_written(opened, named)
        files = ", ".join(dict.fromkeys(opened[name][1].file for name, cells in named.items() if cells.isin(words).any()))
        problems.add("data.waves", f"the waves in {files} are not whole numbers, so their order is unknown", expected="the waves in order",
                     fix=f"waves: [{', '.join(shown)}]", file="config.yaml")
        return list(found)
    strange = [] if len(found) > MOST_WAVES else _unlikely([float(word) for word in found])
    for name, cells in named.items():
        survey, raw = opened[name]
        rows = cells[cells.map(lambda word: word in {code_text(str(wave)) for wave in strange}, na_action="ignore").fillna(False).astype(bool)]
        if len(rows):
            problems.add(f"{listed_rows(rows.index)}, column {survey.wave}" if survey.wave else f"data.surveys, {name}, only_wave",
                         f"{listed(f'“{word}”' for word in rows.unique())} would be a wave of its own", expected="waves such as 1, 2, 3, or years",
                         fix="correct the cells; if it is right, list the waves in order in `data.waves`", file=raw.file if survey.wave else "config.yaml")
    if len(found) > MOST_WAVES:
        for name, cells in named.items():
            if cells.nunique() > MOST_WAVES:
                survey, raw = opened[name]
                problems.add(f"column {survey.wave}", f"it would make {cells.nunique()} waves", expected=f"the column that says the wave, with at most {MOST_WAVES} of them",
                             fix="correct `wave` in config.yaml; if it is right, list the waves in order in `data.waves`", file=raw.file)
    return sorted(found, key=float)


def _unlikely(waves: list[float]) -> list[int]:
    """Waves that are more likely a slip or a code for “missing”: negative, or a long way above all smaller ones; years stand alone."""
    if all(1900 <= wave <= 2100 for wave in waves):
        return []
    ordered = sorted(waves)
    apart = [wave for before, wave in pairwise(ordered) if wave - before > WIDEST_GAP]
    return [int(wave) for wave in ordered if wave < 0 or (apart and wave >= apart[0]) or wave > 1e6]


def _check_declared(waves: list[str], problems: Problems) -> None:
    keys = [code_text(wave) for wave in waves]
    for number, wave in enumerate(waves):
        if not keys[number]:
            problems.add(f"data.waves[{number}]", "it is blank", expected="the wave as it is written in the files", fix="take it out", file="config.yaml")
        elif keys[number] in keys[:number]:
            problems.add(f"data.waves[{number}]", f"“{wave}” and “{waves[keys.index(keys[number])]}” are the same wave", expected="each wave once",
                         fix="take one of the two out", file="config.yaml")


def _as_written(opened: dict[str, tuple[Survey, RawTable]], named: dict[str, pd.Series]) -> list[str]:
    texts: dict[str, None] = {}
    for name in named:
        survey, raw = opened[name]
        cells = raw.column(survey.wave).dropna().unique() if survey.wave else [survey.only_wave]
        texts |= dict.fromkeys(f"“{word}”".replace("“", '"').replace("”", '"') for word in cells[:10])
    return list(texts)


def _check_known(data: Data, survey: Survey, raw: RawTable, cells: pd.Series, order: list[str], problems: Problems) -> None:
    unknown = cells.notna() & ~cells.isin(order)
    if not unknown.any() or not data.waves:
        return
    if survey.wave is None:
        problems.add(f"data.surveys, {survey.name}, only_wave", f"“{survey.only_wave}” is not in `data.waves`",
                     expected=did_you_mean(str(survey.only_wave), data.waves), file="config.yaml")
        return
    words = raw.column(survey.wave)[unknown]
    problems.add(f"{listed_rows(words.index)}, column {survey.wave}", f"waves that `data.waves` does not name: "
                 f"{', '.join(f'“{str(word)[:40]}”' for word in words.unique()[:8])}", expected=did_you_mean(str(words.iloc[0]), data.waves),
                 fix="correct the cells, or add the wave to `data.waves`", file=raw.file)
