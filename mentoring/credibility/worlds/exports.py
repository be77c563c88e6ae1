"""The files of a simulated study, as survey tools and offices would hand them over."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from mentoring.credibility.worlds.answers import items_of
from mentoring.credibility.worlds.people import Cast
from mentoring.credibility.worlds.wording import BOTH, LABELS, ROSTER, SINGLE

# What the Qualtrics export names its own columns: name, text of the second row, import id.
_META_BEFORE = (
    ("StartDate", "Start Date", "startDate"), ("EndDate", "End Date", "endDate"), ("Status", "Response Type", "status"),
    ("IPAddress", "IP Address", "ipAddress"), ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"), ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"), ("ResponseId", "Response ID", "_recordId"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"), ("UserLanguage", "User Language", "userLanguage"),
)
_WAVE_STARTS = np.array(["2024-10-07T08:00:00", "2025-01-27T08:00:00", "2025-05-05T08:00:00"], dtype="datetime64[s]")
# Item, column and wording of the one free-text question, whose answers are never read.
COMMENT = ("comment", "Q_comment", "Is there anything else you would like to tell us?")
_SPSS_CREATED = b"02 Jun 2512:00:00"


def columns_of(role: str) -> dict[str, str]:
    """Item → column in that role's export: `Q3_2` and the like for mentees, the scale's name and a number for mentors."""
    names: dict[str, str] = {}
    number = 0
    previous = ""
    for construct, position, item in items_of(role):
        if construct.name != previous:
            number, previous = number + 1, construct.name
        names[item] = f"Q{number}_{position + 1}" if role == "mentee" else f"{construct.name}{position + 1}"
    for single, (_, _, roles) in SINGLE.items():
        if role in roles:
            number += 1
            names[single] = f"Q{number}" if role == "mentee" else single
    return names


def item_texts(role: str) -> dict[str, str]:
    """Item → wording."""
    texts = {item: construct.text(position, role) for construct, position, item in items_of(role)}
    return texts | {name: text for name, (text, _, roles) in SINGLE.items() if role in roles}


def answer_labels(role: str) -> dict[str, str]:
    """Item → label set."""
    sets = {item: construct.answers for construct, _, item in items_of(role)}
    return sets | {name: answers for name, (_, answers, roles) in SINGLE.items() if role in roles}


def write_qualtrics(rows: pd.DataFrame, comments: list[str], path: Path, rng: np.random.Generator) -> None:
    """The mentees' export: CSV with Qualtrics' three header rows, its own columns, and two rows of survey preview."""
    names, texts = columns_of("mentee"), item_texts("mentee")
    after = (("Q_comment", COMMENT[2], "QID99_TEXT"),
             ("mentee_id", "mentee_id", "mentee_id"), ("mentor_id", "mentor_id", "mentor_id"), ("wave", "wave", "wave"))
    imports = {"startDate", "endDate", "recordedDate"}
    header = [*(name for name, _, _ in _META_BEFORE), *names.values(), *(name for name, _, _ in after)]
    wording = [*(text for _, text, _ in _META_BEFORE), *(texts[item] for item in names), *(text for _, text, _ in after)]
    ids = [{"ImportId": key, "timeZone": "Etc/UTC"} if key in imports else {"ImportId": key} for _, _, key in _META_BEFORE]
    ids += [{"ImportId": "QID" + column.removeprefix("Q")} for column in names.values()]
    ids += [{"ImportId": key} for _, _, key in after]
    lines: list[list[str]] = [header, wording, [json.dumps(entry, separators=(",", ":")) for entry in ids]]
    meta = _meta(rows, rng)
    order = sorted(range(len(rows)), key=lambda place: (meta[place][0], meta[place][8]))
    lines += [_preview(meta[order[0]], header, number) for number in (1, 2)]
    answers = [_texts(rows[item]) for item in names]
    persons, partners, waves = _texts(rows["person"]), _texts(rows["partner"]), _texts(rows["wave"])
    for place in order:
        lines.append([*meta[place], *(column[place] for column in answers), comments[place], persons[place], partners[place], waves[place]])
    _write_csv(path, lines, bom=True)


def _meta(rows: pd.DataFrame, rng: np.random.Generator) -> list[list[str]]:
    n = len(rows)
    start = _WAVE_STARTS[rows["wave"].to_numpy(dtype=int) - 1] + rng.integers(0, 21 * 86400, n).astype("timedelta64[s]")
    # ASSUME: ten minutes in the middle, the careless in one to two (judgement).
    normal = np.exp(rng.normal(math.log(620), 0.35, n)).astype(int)
    seconds = np.where(rows["careless"], rng.integers(55, 130, n), normal)
    end = start + seconds.astype("timedelta64[s]")
    letters = np.array(list("0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
    keys = ["R_" + "".join(letters[row]) for row in rng.integers(0, len(letters), (n, 15))]
    hosts = rng.integers(1, 255, n)
    return [[
        str(begun).replace("T", " "), str(ended).replace("T", " "), "IP Address", f"192.0.2.{host}", "71" if broke else "100",
        str(took), "False" if broke else "True", str(ended).replace("T", " "), key, "email", "EN",
    ] for begun, ended, host, broke, took, key in zip(start, end, hosts, rows["broke_off"], seconds, keys)]


def _preview(like: list[str], header: list[str], number: int) -> list[str]:
    """A row the survey's author left behind while trying the survey out."""
    day = f"2024-09-3{number - 1} 09:15:00"
    own = {"StartDate": day, "EndDate": day, "RecordedDate": day, "Status": "Survey Preview", "Progress": "100", "Duration (in seconds)": "41",
           "Finished": "True", "ResponseId": f"R_preview{number:08d}", "DistributionChannel": "preview", "UserLanguage": "EN",
           "Q_comment": "test", "mentee_id": "E001", "mentor_id": "M001", "wave": "1"}
    return [own.get(name, "4" if name.startswith("Q") else "") for name in header]


def write_spss(rows: pd.DataFrame, path: Path) -> None:
    """The mentors' export: SPSS, with variable and value labels and user-missing codes."""
    names, texts, sets = columns_of("mentor"), item_texts("mentor"), answer_labels("mentor")
    data = pd.DataFrame({"mentor_id": rows["person"].astype(object), "mentee_id": rows["partner"].astype(object)})
    data["wave"] = rows["wave"].astype("float64")
    labels: dict[str, dict[int | float, str]] = {}
    missing: dict[str, list] = {}
    for item, column in names.items():
        data[column] = rows[item].astype("float64")
        codes = [(float(code), word, why) for code, word, why in LABELS[sets[item]] if float(code) > 0]
        labels[column] = {code: word for code, word, _ in codes}
        missing[column] = [code for code, _, why in codes if why]
    data = data.sort_values(["wave", "mentor_id", "mentee_id"], kind="stable").reset_index(drop=True)
    wording: dict[str, str | None] = {"mentor_id": "Mentor", "mentee_id": "Mentee asked about", "wave": "Wave", **{names[item]: texts[item] for item in names}}
    measure = {column: "ordinal" if sets[item] not in ("stage",) else "nominal" for item, column in names.items()}
    pyreadstat.write_sav(
        data, path, file_label="SYNTHETIC example data: mentors", column_labels=wording, variable_value_labels=labels,
        missing_ranges=missing, variable_measure=measure, row_compress=True)
    _fix_creation_time(path)


def _fix_creation_time(path: Path) -> None:
    """Write a fixed time into the header (bytes 92 to 108 of an SPSS file: `dd mmm yy` and `hh:mm:ss`), so that files can be compared."""
    content = bytearray(path.read_bytes())
    content[92:109] = _SPSS_CREATED
    path.write_bytes(bytes(content))


def write_roster(people: Cast, path: Path, rng: np.random.Generator) -> None:
    """Everybody, one row per person and role; a few prefer not to state a fact."""
    lines = [["person", "role", *ROSTER]]
    told: dict[tuple[str, str], str] = {}
    for role, persons in (("mentor", people.mentors), ("mentee", people.mentees)):
        for person in persons.to_dict("records"):
            row = [str(person["person"]), role]
            for name, (_, kind, _, _, _, roles) in ROSTER.items():
                held_back = kind == "category" and name != "field" and rng.random() < 0.02
                fact = "" if role not in roles else "99" if held_back else str(person[name])
                row.append(told.setdefault((row[0], name), fact) if roles == BOTH else fact)
            lines.append(row)
    _write_csv(path, lines)


def write_pairs(pairs: pd.DataFrame, path: Path) -> None:
    """Who mentors whom, with programme, form, start and end."""
    columns = ["mentor", "mentee", "program", "form", "start", "end"]
    _write_csv(path, [columns, *[[str(value) for value in row] for row in pairs[columns].to_numpy()]])


def write_codebook(items: Path, labels: Path) -> None:
    """What was asked of whom, in which column, and what the codes mean."""
    lines = [["item", "role", "column", "text", "kind", "about", "low", "high", "reverse", "labels"]]
    for role in ("mentee", "mentor"):
        names, texts, sets = columns_of(role), item_texts(role), answer_labels(role)
        scale_items = {item: (construct, position) for construct, position, item in items_of(role)}
        for item, column in names.items():
            construct, position = scale_items.get(item, (None, 0))
            likert = sets[item] not in ("stage", "matched")
            lines.append([
                item, role, column, texts[item], "likert" if likert else "category", construct.about if construct else "dyad",
                "1" if likert else "", "7" if likert else "", "yes" if construct and construct.reverse[position] else "no", sets[item]])
        if role == "mentee":
            lines.append([COMMENT[0], role, *COMMENT[1:], "text", "dyad", "", "", "no", ""])
        for name, (text, kind, low, high, answers, roles) in ROSTER.items():
            if role in roles:
                lines.append([name, role, name, text, kind, "person", low, high, "no", answers])
    _write_csv(items, lines)
    _write_csv(labels, [["labels", "value", "label", "missing"],
                        *[[name, *entry] for name, entries in LABELS.items() for entry in entries]])


def _texts(values: pd.Series) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in values]


def _write_csv(path: Path, lines: list[list[str]], bom: bool = False) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    path.write_bytes(text.getvalue().encode("utf-8-sig" if bom else "utf-8"))
