"""One page for each programme and one across: who answered, and how its scale means stand beside those of all others.

Questions are answered over all programmes together, so a programme's page describes and tests nothing. A programme with fewer than
`privacy.smallest_cell` mentors or mentees gets no page; where that is just one, the next smallest gets none either, since the means of all
others would give it away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.report import disclosure, numbers, theme, words
from mentoring.report.apa_tables import ApaTable, markdown
from mentoring.report.figures import program_means
from mentoring.report.inputs import Results
from mentoring.report.markup import bullets, div, figure, heading, md
from mentoring.report.names import Names, names_of

FOLDER = "programs"


@dataclass(frozen=True)
class Mean:
    """A mean over relationships with the interval that whole mentors give."""

    value: float
    low: float
    high: float
    se: float
    df: float
    mentors: int
    mentees: int
    relationships: int


def cluster_mean(rows: pd.DataFrame) -> Mean:
    """Mean of `score` over relationships (columns mentor, mentee, score), standard error by mentor.

    se² = G/(G − 1) · Σ_g (Σ_{i in g} (y_i − ȳ))² / n², with t of G − 1 degrees of freedom, G mentors.

    Notes
    -----
    R: ``m <- lm(score ~ 1); sqrt(clubSandwich::vcovCR(m, mentor, "CR1"))``.
    """
    mean, n = float(rows["score"].mean()), len(rows)
    sums = (rows["score"] - mean).groupby(rows["mentor"]).sum()
    groups = len(sums)
    se = float(np.sqrt(groups / (groups - 1) * (sums**2).sum()) / n) if groups > 1 else np.nan
    reach = stats.t.ppf(0.975, groups - 1) * se if groups > 1 else np.nan
    return Mean(mean, mean - reach, mean + reach, se, groups - 1, groups, rows["mentee"].nunique(), n)


def difference(here: Mean, others: Mean) -> tuple[float, float, float]:
    """The difference of two means of different mentors with its 95 % interval (Welch's degrees of freedom)."""
    variance = here.se**2 + others.se**2
    df = variance**2 / (here.se**4 / here.df + others.se**4 / others.df) if variance > 0 else np.inf
    reach = stats.t.ppf(0.975, df) * np.sqrt(variance)
    gap = here.value - others.value
    return gap, gap - reach, gap + reach


def shown_programs(results: Results) -> tuple[list[str], int]:
    """Programmes large enough for a page, in alphabetical order, and how many others there are."""
    dyads = results["dyads"]
    known = dyads[dyads["program"].notna()]
    shown, hidden = disclosure.large_cells(known.assign(cell=known["program"].astype(str)), results.smallest, adds_up=True)
    return sorted(str(name) for name in shown), hidden


def means(results: Results, program: str) -> pd.DataFrame:
    """Each scale and role with `here` and `others` (Mean), where both rest on enough people; a relationship counts once, by its mean over waves."""
    scores = results["scores"]
    rows = disclosure.with_partners(scores[scores["score"].notna() & scores["dyad"].notna()], results["dyads"])
    rows = rows.merge(results["dyads"][["dyad", "program"]].drop_duplicates("dyad"), on="dyad")
    once = rows.groupby(["scale", "role", "program", "mentor", "mentee", "dyad"], observed=True)["score"].mean().reset_index()
    found = []
    for scale in results.study.scales:
        for role in ("mentor", "mentee"):
            own = once[(once["scale"] == scale.name) & (once["role"] == role)]
            # What is told of single programmes and of all others adds up, so one that is too small takes the next smallest with it.
            large, _ = disclosure.large_cells(own.assign(cell=own["program"].astype(str)), results.smallest, adds_up=True)
            inside = own["program"].astype(str) == program
            parts = [own[inside], own[~inside]]
            if program in large and all(
                disclosure.enough(part["mentor"].nunique(), part["mentee"].nunique(), results.smallest) for part in parts
            ):
                found.append({"scale": scale.name, "role": role, "here": cluster_mean(parts[0]), "others": cluster_mean(parts[1])})
    return pd.DataFrame(found, columns=["scale", "role", "here", "others"])


def write(results: Results, folder: Path) -> dict[str, str]:
    """Draw the figures into a folder; gives the Markdown of every page by file name (without ending), `index` first."""
    names, (shown, hidden) = names_of(results), shown_programs(results)
    files = {program: f"program_{number}" for number, program in enumerate(shown, 1)}
    pages = {"index": _index(results, files, hidden)}
    for program, file in files.items():
        table = means(results, program)
        with theme.house():
            drawn = program_means.draw(table, program, names)
            if drawn and results.study.about.synthetic:
                theme.stamp(drawn.figure)
        if drawn:
            theme.save(theme.Drawn(file, drawn.figure, drawn.caption, drawn.alt), folder)
        picture = figure(f"{file}.svg", "means", drawn.caption, drawn.alt, "165") if drawn else ""
        pages[file] = _page(results, program, table, names, picture)
    return pages


def _front(title: str, results: Results) -> str:
    lines = {"title": md(title), "pagetitle": md(title), "lang": "en", "synthetic": "true" if results.study.about.synthetic else ""}
    return "---\n" + "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in lines.items() if value) + "\n---"


def _index(results: Results, files: dict[str, str], hidden: int) -> str:
    dyads, about = results["dyads"], results.study.about
    rows = []
    for program in files:
        own = dyads[dyads["program"].astype(str) == program]
        rows.append([program, *(numbers.count(own[name].nunique()) for name in ("mentor", "mentee", "dyad"))])
    note = "A relationship belongs to the programme that stands in the list of pairs."
    table = ApaTable("programs", "Programmes with a page of their own", ["Programme", "Mentors", "Mentees", "Relationships"], rows, note)
    links = [f"[{md(program)}]({file}.html)" for program, file in files.items()]
    withheld = (
        f"{numbers.counted(hidden, 'programme')} {'has' if hidden == 1 else 'have'} no page: fewer than {results.smallest} mentors or mentees, or the next smallest, so that "
        "subtraction from all others gives nothing away."
        if hidden
        else "Every programme has a page."
    )
    blocks = [
        _front(f"{about.title}: programme by programme", results),
        words.SYNTHETIC if about.synthetic else "",
        "The report (`report.html`) answers the study’s questions over all programmes together. The pages here describe single programmes beside all others; they test nothing.",
        withheld,
        heading(1, "Programmes", "programmes"),
        markdown(table) if rows else "No programme is large enough for a page.",
        div("screen", bullets(links)) if links else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _page(results: Results, program: str, table: pd.DataFrame, names: Names, picture: str) -> str:
    about = results.study.about
    blocks = [
        _front(f"{program} · {about.title}", results),
        words.SYNTHETIC if about.synthetic else "",
        heading(1, "Who answered", "who"),
        _who(results, program),
        heading(1, "Scores beside all other programmes", "scores"),
        div("still"),
        picture or "No score rests on enough people, here and in all others, to be shown.",
        markdown(_means_table(table, names)) if len(table) else "",
        heading(1, "How to read it", "read"),
        bullets(
            [
                "A mean is over relationships, each once, whatever the number of waves it was asked about. Intervals let mentors vary as wholes.",
                (
                    "A difference whose interval leaves out zero is more than chance between mentors would often give. It does not say why: programmes differ in whom they "
                    "take, and who stays silent is not seen here. With many scales, one in twenty such intervals leaves out zero by chance alone."
                ),
                "Use it to ask questions inside the programme, not to rank programmes.",
            ]
        ),
        div("note", f"No group of fewer than {results.smallest} mentors or mentees is shown."),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _who(results: Results, program: str) -> str:
    dyads, responses, k = results["dyads"], results["responses"], results.smallest
    own = dyads[dyads["program"].astype(str) == program]
    given = responses[(responses["value"].notna() | responses["label"].notna()) & responses["dyad"].isin(own["dyad"])]
    rows = []
    for role in ("mentor", "mentee"):
        asked, part = own[role].nunique(), given[given["role"] == role]
        waves = [part.loc[part["wave"] == wave, "person"].nunique() for wave in sorted(given["wave"].unique())]
        rows.append([f"{role.capitalize()}s", numbers.count(asked), *(disclosure.handled(count, k) for count in waves)])
    head = ["Role", "On the lists", *(f"Wave {wave}" for wave in sorted(given["wave"].unique()))]
    note = (
        f"Per wave: people with at least one answer about a relationship of this programme. Counts from 1 to {k - 1} are not given exactly."
    )
    return markdown(ApaTable("answered", f"Who answered in {program}", head, rows, note))


def _means_table(table: pd.DataFrame, names: Names) -> ApaTable:
    rows = []
    for row in table.itertuples():
        here, others = row.here, row.others
        rows.append(
            [
                names.scale(row.scale),
                f"{row.role.capitalize()}s",
                numbers.count(here.relationships),
                numbers.estimate(here.value, here.low, here.high, 2),
                numbers.estimate(others.value, others.low, others.high, 2),
                numbers.estimate(*difference(here, others), 2),
            ]
        )
    note = "n: relationships with a score in this programme. 95 % intervals by mentor; the difference with Welch’s degrees of freedom."
    head = ["Scale", "Answered by", "n", "Here [95 % CI]", "All others [95 % CI]", "Difference [95 % CI]"]
    return ApaTable("means", "Mean scores here and in all other programmes", head, rows, note, 2)
