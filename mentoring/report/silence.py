"""The page on who fell silent: what is said of it, and its tables."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from mentoring.measure.missing import ONE_WAVE_EACH
from mentoring.report import disclosure, numbers
from mentoring.report.apa_tables import ApaTable, by_reference, hidden_rows, notes_of
from mentoring.report.inputs import Results
from mentoring.report.markup import heading, md
from mentoring.report.names import Names
from mentoring.tables import ROLES

CAUTION = (
    "This describes who is silent. It does not say what the silent would have answered: whether answers are missing at random cannot be seen "
    "in the answers there are."
)


def page(results: Results, names: Names, figure: Callable[[str, str], str]) -> list[str]:
    """Blocks for the chapter on who answered; none where nobody was asked."""
    if results["attrition"].empty:
        return []
    return [
        heading(2, "Who fell silent", "silence"),
        md(" ".join(_course(results, role) for role in ROLES)),
        figure("attrition", ""),
        md(" ".join(filter(None, [_sides(results), *(_goes_with(results, role) for role in ROLES)]))),
        figure("lost_voice", ""),
        md(" ".join(filter(None, [_left(results, role) for role in ROLES]))),
        figure("leavers", ""),
        f"{CAUTION} All comparisons stand in the [technical appendix](#silence-tables).",
    ]


def appendix(results: Results, names: Names) -> list[str]:
    """Blocks for the technical appendix."""
    tables = {
        "attrition": attrition(results),
        "missing_patterns": patterns(results),
        "lost_voice": lost_voice(results, names),
        "attrition_differences": leavers(results, names),
    }
    if not any(tables.values()):
        return []
    return [heading(2, "Who fell silent, in full", "silence-tables"), *(by_reference(table, file) for file, table in tables.items() if table)]


def _course(results: Results, role: str) -> str:
    rows = results["attrition"].query("role == @role")
    if rows.empty:
        return f"No {role} answered."
    first, last, k = rows.iloc[0], rows.iloc[-1], results.smallest
    told = f"{role.capitalize()}s answered about {_of(first, k)} relationships at wave {first['wave']}"
    if len(rows) == 1:
        return f"{told}, the only one."
    text = f"{told} and about {_of(last, k)} at wave {last['wave']}."
    if rows["note"].eq(ONE_WAVE_EACH).all():
        return f"{text} {ONE_WAVE_EACH[0].upper()}{ONE_WAVE_EACH[1:]}."
    lost, back = int(last["lost"]), int(rows["back"].sum())
    return text + (
        f" By then {disclosure.handled(lost, k)} had been answered about before and were not again, {disclosure.handled(int(last['never']), k)} never were; "
        f"after a silence, {role}s came back to {disclosure.handled(back, k)}."
    )


def _of(row: pd.Series, k: int) -> str:
    return f"{disclosure.handled(row['answered'], k)} of {numbers.count(row['asked'])}"


def _points(row: pd.Series) -> str:
    """A difference of shares in percentage points with its interval."""
    return numbers.estimate(100 * row["estimate"], 100 * row["ci_low"], 100 * row["ci_high"], 0)


def _sides(results: Results) -> str:
    rows = shown_voice(results).query("about == 'side' and ci_low.notna()")
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return (
        f"Where at least one side answered, mentors were silent {_points(row)} percentage points {'more' if row['estimate'] >= 0 else 'less'} often than mentees "
        "(negative: less often; 95 % interval)."
    )


def _goes_with(results: Results, role: str) -> str:
    table = results["lost_voice"]
    rows = table[(table["role"] == role) & table["p"].notna()]
    if rows.empty:
        why = table.loc[(table["role"] == role) & (table["about"] == "side"), "note"].dropna()
        return f"What the silence of {role}s goes with is not described: {why.iloc[0]}." if len(why) else ""
    return _tally(rows, f"Of {numbers.counted(len(rows), 'thing')} that a {role}’s silence may go with where the other side answered")


def _tally(rows: pd.DataFrame, start: str) -> str:
    """How many of so many comparisons stand out, beside how many would by chance."""
    apart, firm = int((rows["p"] < 0.05).sum()), int((rows["p_adjusted"] < 0.05).sum())
    expected = len(rows) / 20
    chance = "fewer than one" if expected < 1 else f"about {numbers.count(expected)}"
    if not apart:
        return f"{start}, none has an interval without zero ({chance} would have by chance alone)."
    return (
        f"{start}, {numbers.count(apart)} {'has' if apart == 1 else 'have'} an interval without zero ({chance} would have by chance alone); "
        f"{numbers.count(firm) if firm else 'none'} {'stands' if firm < 2 else 'stand'} once p is corrected for their number."
    )


def _left(results: Results, role: str) -> str:
    table = results["attrition_differences"]
    rows = table[(table["role"] == role) & table["p"].notna()]
    if rows.empty:
        why = table.loc[table["role"] == role, "note"].dropna().unique()
        return f"{role.capitalize()}s who left are not compared with those who stayed: {why[0]}." if len(why) else ""
    return _tally(
        rows,
        f"Of {numbers.counted(len(rows), 'trait or first answer', 'traits and first answers')} in which {role}s who left may differ from those who stayed",
    )


def shown_voice(results: Results) -> pd.DataFrame:
    """Rows of `lost_voice` with an estimate, behind whose smaller group enough people stand."""
    return _large(results["lost_voice"], results.smallest)


def shown_leavers(results: Results) -> pd.DataFrame:
    """Rows of `attrition_differences` with an estimate, behind whose smaller group enough people stand."""
    return _large(results["attrition_differences"], results.smallest)


def _large(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    known = table[table["estimate"].notna()]
    keep = [disclosure.enough(int(row.mentors), int(row.mentees), smallest) for row in known.itertuples()]
    return known[pd.Series(keep, index=known.index, dtype=bool)]


def label(row: pd.Series, names: Names) -> str:
    """What one row compares, in words."""
    if row["column"] == "side":
        return "Mentors rather than mentees"
    if row["column"] == "wave":
        return f"Wave {row['level']} rather than the first"
    text = names.variable(row["column"]) if numbers.is_missing(row["level"]) else names.term(f"{row['column']}[{row['level']}]")
    about = str(row.get("about", ""))
    return f"{text} (SD between)" if about in ("programme", "mentor") else f"{text}, at the start" if about.endswith("answers") else text


def attrition(results: Results) -> ApaTable | None:
    """Who answered, came back, paused or was lost, by role and wave."""
    k = results.smallest
    states = ("asked", "answered", "first", "back", "later", "paused", "lost", "never")
    rows = [
        [f"{row['role'].capitalize()}s", str(row["wave"]), *(disclosure.handled(row[state], k) for state in states)]
        for row in results["attrition"].to_dict("records")
    ]
    note = (
        "Relationships, as each side could answer about them; one that ended counts until it was last heard of. Answered: of these, for the first time "
        "(First), after a silence (Back), or as at the wave before. Silent: to answer first later (Later), between two answers (Paused), after earlier answers "
        f"until the end of the study (Lost), or throughout (Never). Counts from 1 to {k - 1} are not given exactly."
    )
    head = ["Side", "Wave", "Asked", "Answered", "First", "Back", "Later", "Paused", "Lost", "Never"]
    return ApaTable("attrition", "Who answered, fell silent and came back", head, rows, note, 2) if rows else None


def patterns(results: Results) -> ApaTable | None:
    """Patterns of sides and waves; those of few relationships together in one row."""
    table, k = results["missing_patterns"], results.smallest
    if table.empty:
        return None
    large = pd.Series(
        [disclosure.enough(int(m), int(e), k) for m, e in zip(table["mentors"], table["mentees"])], index=table.index, dtype=bool
    )
    large = disclosure.complementary(table.assign(all=1), large, ["all"], "relationships")
    rows = [
        [numbers.MISSING if numbers.is_missing(row.mentor_waves) else row.mentor_waves, numbers.MISSING if numbers.is_missing(row.mentee_waves) else row.mentee_waves,
         numbers.count(row.relationships), numbers.percent(row.share)]
        for row in table[large].itertuples()
    ]  # fmt: skip
    rest = table[~large]
    if len(rest):
        rows.append(
            [
                numbers.counted(len(rest), "other pattern"),
                "",
                numbers.count(rest["relationships"].sum()),
                numbers.percent(rest["share"].sum()),
            ]
        )
    note = (
        "The waves at which each side answered: a number where it did, – where not, · where it was not asked or the relationship had ended. "
        f"Patterns with fewer than {k} mentors or mentees stand together in the last row."
    )
    return ApaTable("patterns", "Patterns of sides and waves", ["Mentor", "Mentee", "Relationships", "Share"], rows, note, 2)


def lost_voice(results: Results, names: Names) -> ApaTable | None:
    """Everything a side's silence was looked at with."""
    shown = shown_voice(results)
    rows = [
        [f"{row['role'].capitalize()}s" if row["role"] != "either" else "Either", label(row, names), numbers.count(row["n"]), numbers.count(row["silent"]),
         _points(row), numbers.p_value(row["p"]), numbers.p_value(row["p_adjusted"])]
        for _, row in shown.iterrows()
    ]  # fmt: skip
    hidden = int(results["lost_voice"]["estimate"].notna().sum()) - len(shown)
    note = (
        "Difference: in percentage points, of the share that is silent where the other side answered, waves held; per standard deviation of a number, or of a group "
        "against all others. SD between: how much mentors and programmes vary. First answers are each side’s scores at its first wave; own ones are looked at for later waves "
        "only. Intervals: 95 %, robust to clustering by mentor. Corrected: over all rows of the side (Benjamini–Hochberg)."
        + hidden_rows(hidden, results.smallest)
        + notes_of(shown)
    )
    head = ["Silent", "Goes with", "n", "Silent n", "Difference", "p", "Corrected"]
    return ApaTable("lost-voice", "What a side’s silence goes with", head, rows, note, 2) if rows else None


def leavers(results: Results, names: Names) -> ApaTable | None:
    """Who left against who stayed."""
    shown = shown_leavers(results)
    rows = [
        [f"{row['role'].capitalize()}s", label(row, names), numbers.count(row["stayed"]), numbers.count(row["left"]),
         numbers.estimate(row["estimate"], row["ci_low"], row["ci_high"], 2), numbers.p_value(row["p"]), numbers.p_value(row["p_adjusted"])]
        for _, row in shown.iterrows()
    ]  # fmt: skip
    hidden = int(results["attrition_differences"]["estimate"].notna().sum()) - len(shown)
    note = (
        "Sides that answered at the first wave and not at the last (left) minus those that answered at both (stayed), in standard deviations within the two. "
        "Intervals: 95 %, robust to clustering by mentor. Corrected: over all rows of the side (Benjamini–Hochberg)."
        + hidden_rows(hidden, results.smallest)
        + notes_of(shown)
    )
    head = ["Side", "At the first wave", "Stayed", "Left", "Difference", "p", "Corrected"]
    return ApaTable("leavers", "Who left, against who stayed", head, rows, note, 2) if rows else None
