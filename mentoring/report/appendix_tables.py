"""The appendix's tables: what was set aside, who answered when, the files read, influence and second opinions."""

from __future__ import annotations

from mentoring.report import disclosure, numbers
from mentoring.report.answers import Answer
from mentoring.report.apa_tables import ApaTable
from mentoring.report.inputs import Results
from mentoring.report.markup import clean
from mentoring.report.names import Names

GROUP_WORDS = {"program": "programme"}
QUESTION_STEP = "question "
WAVE_STEP = "pairing: wave "


def response(results: Results) -> ApaTable | None:
    """How many people of each role answered at each wave, of those on the lists."""
    given = results["responses"]
    given = given[given["value"].notna() | given["label"].notna()]
    people = results["people"]
    if given.empty or people.empty:
        return None
    waves = sorted(given["wave"].unique())
    rows = []
    for role in ("mentor", "mentee"):
        asked = people.loc[people["role"] == role, "person"].nunique()
        own = given[given["role"] == role]
        if own.empty or not asked:
            continue
        counts = [own.loc[own["wave"] == wave, "person"].nunique() for wave in waves]
        rows.append(
            [
                f"{role.capitalize()}s",
                disclosure.handled(asked, results.smallest),
                *(
                    f"{numbers.count(n)} ({numbers.percent(n, asked)})"
                    if n >= results.smallest
                    else disclosure.handled(n, results.smallest)
                    for n in counts
                ),
            ]
        )
    note = (
        "On the lists: people named in the roster, pairs or exports. Per wave: people with at least one answer, and their share of "
        "those on the lists."
    )
    return (
        ApaTable("response", "Who answered, by role and wave", ["Role", "On the lists", *(f"Wave {wave}" for wave in waves)], rows, note)
        if rows
        else None
    )


def sides(results: Results) -> ApaTable | None:
    """Which sides of the relationships answered, by wave; small cells out, and a second one where subtraction would give them back."""
    table = results["exclusions"]
    table = table[table["step"].str.startswith(WAVE_STEP, na=False) & table["dyads"].notna()].reset_index(drop=True)
    sided = [
        table.loc[table["reason"].str.contains(word, regex=False), "dyads"].sum() for word in ("both", "only the mentee", "only the mentor")
    ]
    if table.empty or sum(size > 0 for size in sided) < 2:
        return None  # only one side was ever asked
    large = (table["dyads"] == 0) | (table["dyads"] >= results.smallest)
    shown = disclosure.complementary(table, large, ["step"], "dyads")
    cells = {(row.step, row.reason): numbers.count(row.dyads) if shown[row.Index] else "withheld" for row in table.itertuples()}
    steps, reasons = list(dict.fromkeys(table["step"])), list(dict.fromkeys(table["reason"]))
    rows = [[reason[:1].upper() + reason[1:], *(cells.get((step, reason), numbers.MISSING) for step in steps)] for reason in reasons]
    note = (
        f"Relationships. Withheld: fewer than {results.smallest}, or the next smallest, so that subtraction does not give it back."
        if "withheld" in cells.values()
        else "Relationships."
    )
    return ApaTable(
        "sides", "Which sides answered, by wave", ["Sides", *(step.removeprefix("pairing: ").capitalize() for step in steps)], rows, note
    )


def deviations(results: Results) -> ApaTable | None:
    """Every setting that differs from the plan."""
    table = results["deviations"]
    said = [
        [row.section, *("" if numbers.is_missing(value) else str(value) for value in (row.name, row.key)), row.change,
         *(numbers.MISSING if numbers.is_missing(value) else clean(str(value), 300) for value in (row.planned, row.now))]
        for row in table.itertuples()
    ]  # fmt: skip
    note = "Scales, similarities and questions are compared by name, so one that was renamed stands as removed and added. A dash: nothing."
    return ApaTable("deviations", "What differs from the plan", ["Section", "Which", "Setting", "Change", "Planned", "Run"], said, note, 6) if said else None


def exclusions(results: Results) -> ApaTable | None:
    """What was read, set aside and mended, in the order of the work."""
    table = results["exclusions"]
    # What single questions could not use stands in the table of models.
    single = table["step"].str.startswith(QUESTION_STEP, na=False)
    table = table[~(table["step"].str.startswith(WAVE_STEP, na=False) | single)]
    rows = [
        [row.step, row.reason, *(disclosure.handled(value, results.smallest) for value in (row.rows, row.people, row.dyads))]
        for row in table.itertuples()
    ]
    note = f"In the order of the work. Counts from 1 to {results.smallest - 1} are not given exactly. A dash: not counted at that step."
    if single.any():
        note += " Rows that single questions could not use: see “Dropped” in the table of models."
    return (
        ApaTable("exclusions", "What was read, set aside and mended", ["Step", "What", "Rows", "People", "Relationships"], rows, note, 2)
        if rows
        else None
    )


def careless(results: Results) -> ApaTable | None:
    """Answer sheets that look careless, by index; counts only, small ones not exact."""
    table = results["careless"]
    heads = {"long_run": "Long run", "spread": "Spread", "even_odd": "Even–odd", "far": "Far"}
    # Most surveys tell no time and have no attention items.
    heads |= {name: head for name, head in (("fast", "Fast"), ("attention", "Attention")) if table[name].notna().any()}
    columns = (*heads, "flagged")
    rows = [
        [
            f"{row['role'].capitalize()}s",
            str(row["wave"]),
            *(disclosure.handled(row[name], results.smallest) for name in ("sheets", "judged", *columns)),
        ]
        for row in table.to_dict("records")
    ]
    note = (
        "Answer sheets: what one person answered about one relationship at one wave. Judged: with ten answers or more. Long run: half of the "
        "sheet or more is one answer in a row. Spread: far more even or uneven than usual. Even–odd: even and odd items of the scales "
        "correlate below .30 (corrected). Far: Mahalanobis distance, p < .001. "
        + ("Fast: less than two seconds for each answer. " if "fast" in heads else "")
        + ("Attention: an attention item answered otherwise than it asked. " if "attention" in heads else "")
        + "Flagged: two or more of them, even–odd among them. Counts from "
        f"1 to {results.smallest - 1} are not given exactly. A dash: it could not be computed."
    )
    head = ["Role", "Wave", "Sheets", "Judged", *heads.values(), "Flagged"]
    return ApaTable("careless", "Answer sheets that look careless", head, rows, note, 2) if rows else None


def sources(results: Results) -> ApaTable | None:
    """The files read, with the start of their fingerprints."""
    rows = [
        [
            row.file,
            numbers.count(row.rows),
            numbers.count(row.columns),
            "" if numbers.is_missing(row.encoding) else row.encoding,
            str(row.sha256)[:16],
        ]
        for row in results["sources"].itertuples()
    ]
    note = (
        "Fingerprint: the first 16 of 64 characters of the file’s SHA-256; the rest stands in results/tables/sources.csv. The files "
        "were opened read-only."
    )
    return ApaTable("sources", "Files read", ["File", "Rows", "Columns", "Encoding", "Fingerprint"], rows, note) if rows else None


def influence(results: Results, answers: list[Answer]) -> ApaTable | None:
    """How far each estimate moves when one mentor or programme is left out; never which one."""
    table, rows = results["influence"], []
    for answer in answers:
        own = table[(table["question"] == answer.question.name) & table["estimate"].notna()]
        labels = dict(zip(answer.effects["term"], answer.effects["label"]))
        base = dict(zip(answer.effects["term"], answer.effects["estimate"]))
        rows += [[answer.question.ask]] if len(own) else []
        for (term, group), part in own.groupby(["term", "group"], sort=False):
            digits = numbers.digits_for(base.get(term))
            rows.append(
                [
                    labels.get(str(term), str(term)),
                    GROUP_WORDS.get(str(group), str(group)),
                    numbers.count(len(part)),
                    numbers.number(base.get(term), digits),
                    f"{numbers.number(part['estimate'].min(), digits)} to {numbers.number(part['estimate'].max(), digits)}",
                    numbers.number(part["dfbetas"].abs().max()),
                    numbers.count(part["changes_sign"].sum()),
                ]
            )
    note = (
        "Refits: how often the model was fitted with one left out. Largest shift: in standard errors (DFBETAS). Who was left out is "
        "never shown."
    )
    head = ["Term", "Left out", "Refits", "All in", "Range of estimates", "Largest shift", "Sign changes"]
    return ApaTable("influence", "Estimates with one mentor or programme left out", head, rows, note, 2) if rows else None


def second_opinion(results: Results, answers: list[Answer], names: Names) -> ApaTable | None:
    """The same models by other programs."""
    table, rows = results["second_opinion"], []
    for answer in answers:
        ours = answer.effects.set_index("term")[["estimate", "se"]].to_dict("index") if len(answer.effects) else {}
        theirs = table[table["question"] == answer.question.name]
        rows += [[answer.question.ask]] if len(theirs) else []
        for row in theirs.itertuples():
            own = ours.get(row.term, {})
            digits = numbers.digits_for(own.get("estimate"), own.get("se")) + 1
            verdict = numbers.MISSING if numbers.is_missing(row.agrees) else "yes" if row.agrees else "no"
            rows.append(
                [
                    names.term(row.term),
                    row.engine,
                    f"{numbers.number(own.get('estimate'), digits)} ({numbers.number(own.get('se'), digits)})",
                    f"{numbers.number(row.estimate, digits)} ({numbers.number(row.se, digits)})"
                    if not numbers.is_missing(row.estimate)
                    else numbers.MISSING,
                    verdict,
                ]
            )
    said = sorted({f"{row.engine}: {str(row.note).strip().rstrip('.')}" for row in table.itertuples() if not numbers.is_missing(row.note)})
    note = "Estimate (SE). Agrees: within a hundredth of a standard error." + (f" {'; '.join(said)}." if said else "")
    return (
        ApaTable(
            "second", "Second opinion by independent software", ["Term", "Program", "Here", "There", "Agrees"], rows, note, 2
        )
        if rows
        else None
    )


def versions(found: list[tuple[str, str]]) -> ApaTable:
    """Software and its versions."""
    return ApaTable("versions", "Software", ["Program", "Version"], [list(pair) for pair in found])
