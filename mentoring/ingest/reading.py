"""Read a whole study: every file is opened and checked before anything is used, so that all problems are told at once."""

from __future__ import annotations

import pandas as pd

from mentoring import tables
from mentoring.errors import Problems, StudyError
from mentoring.ingest.codebook import Codebook, read_codebook
from mentoring.ingest.files import read_file, read_survey_file
from mentoring.ingest.flow import Flow
from mentoring.ingest.ids import Ids, Linkage, codes, key_table
from mentoring.ingest.ingested import Ingested
from mentoring.ingest.link import Linker
from mentoring.ingest.names import check_names
from mentoring.ingest.pairs import read_pairs
from mentoring.ingest.raw import RawTable, check_one_spelling
from mentoring.ingest.roster import read_roster
from mentoring.ingest.surveys import Opened, Plan, one_answer_each, plan, read_answers, read_facts
from mentoring.ingest.waves import number_waves
from mentoring.study import CONFIG, Study


def read_study(study: Study) -> Ingested:
    """Read a study's files into typed tables.

    Raises
    ------
    StudyError
        With every problem found in any of the files. Nothing has then been written.
    """
    return _Reading(study).run()


def check_study(study: Study) -> None:
    """Read everything and write nothing.

    Raises
    ------
    StudyError
        With every problem found in any of the files.
    """
    read_study(study)


class _Reading:
    """One reading of a study; its parts add to the same problems and counts."""

    def __init__(self, study: Study):
        self.study = study
        self.problems, self.flow, self.linkage, self.ids = Problems(), Flow(), Linkage(), Ids()

    def run(self) -> Ingested:
        codebook = self._codebook()
        pairs, roster, opened = self._open()
        dyads = read_pairs(pairs, self.study.data.pairs, self.ids, self.flow, self.problems) if pairs is not None else None
        waves = number_waves(self.study.data, opened, self.problems)
        if codebook is None:
            raise StudyError(list(self.problems))
        complete = len(opened) == len(self.study.data.surveys) and (roster is not None or self.study.data.roster is None)
        asked = Flow()
        chosen = plan(codebook, opened, roster, asked, self.problems, complete=complete)
        people = [self._roster(roster, chosen)] if roster is not None else []
        if dyads is None:
            raise StudyError(list(self.problems))
        self._note_unlisted(people)
        person = codes(self.ids.spelled, self.study.about.seed, "P")
        dyads = self._coded_dyads(dyads, person)
        long = []
        for name, (survey, raw) in opened.items():
            linker = Linker(survey, raw, self.ids, dyads, self.flow, self.linkage, self.problems)
            items = {**chosen.answers[name], **chosen.facts[name]}
            rows = linker.rows(waves[name], [item.column for item in items.values()], about_dyads=bool(chosen.about_dyads[name]))
            people.append(read_facts(survey, raw, rows, chosen, self.flow, self.problems))
            rows = rows.assign(person=rows["person"].map(person))
            long.append(read_answers(survey, raw, rows, chosen, self.problems))
        self.flow.extend(asked)
        self._check_answered(opened, long)
        self._check_waves(opened, waves, long, chosen)
        self.problems.raise_if_any()
        filled = [part for part in long if len(part)]
        answers = one_answer_each(pd.concat(filled, ignore_index=True), codebook, self.flow) if filled else []
        files = [*codebook.files, *(raw for raw in (pairs, roster) if raw is not None), *(raw for _, raw in opened.values())]
        sources = pd.DataFrame([(raw.file, raw.sha256, len(raw.cells), len(raw.columns), raw.encoding or None) for raw in files],
                               columns=tables.SOURCES.names).drop_duplicates("file")
        coded = dyads.assign(mentor=dyads["mentor"].map(person), mentee=dyads["mentee"].map(person)).sort_values("dyad")
        return Ingested(
            tables.RESPONSES.frame(answers), self._people(codebook, people, person), tables.DYADS.frame(coded), codebook.items,
            codebook.labels, self.flow.frame(), tables.SOURCES.frame(sources), key_table(self.ids, person), self.linkage.frame(),
        )

    def _codebook(self) -> Codebook | None:
        try:
            codebook = read_codebook(self.study)
        except StudyError as error:
            self.problems.extend(error.problems)
            return None
        self.problems.extend(check_names(self.study, codebook))
        return codebook

    def _open(self) -> tuple[RawTable | None, RawTable | None, Opened]:
        """Open all files and check the columns the config names."""
        data, folder = self.study.data, self.study.folder
        pairs = self._opened(lambda: read_file(folder, data.pairs.file), dict(data.pairs.model_dump(exclude={"file"})))
        roster = None
        if data.roster:
            of_people = data.roster
            roster = self._opened(lambda: read_file(folder, of_people.file), {"person": of_people.person, "role": of_people.role})
        opened: Opened = {}
        for survey in data.surveys:
            wanted = {"person": survey.person, "partner": survey.partner, "wave": survey.wave}
            raw = self._opened(lambda survey=survey: read_survey_file(folder, survey), wanted)  # type: ignore[misc]
            if raw is not None:
                opened[survey.name] = (survey, raw)
        return pairs, roster, opened

    def _opened(self, read, wanted: dict[str, str | None]) -> RawTable | None:  # type: ignore[no-untyped-def]
        try:
            raw: RawTable = read()
        except StudyError as error:
            self.problems.extend(problem for problem in error.problems if problem not in list(self.problems))
            return None
        good = raw.check_columns(wanted, self.problems)
        if raw.cells.empty:
            self.problems.add("", "it has a header and no rows", expected="one row per answer sheet, person or pair",
                              fix="export it again, with the answers", file=raw.file)
            good = False
        return raw if good else None

    def _roster(self, raw: RawTable, chosen: Plan) -> pd.DataFrame:
        assert self.study.data.roster is not None
        return read_roster(raw, self.study.data.roster, chosen.roster, self.ids, self.flow, self.problems)

    def _note_unlisted(self, people: list[pd.DataFrame]) -> None:
        if people:
            listed = set(people[0]["key"])
            self.flow.add("roster", "in a pair but not on the roster (kept, facts missing)", None, len(set(self.ids.roles) - listed))
            self.flow.add("roster", "on the roster but in no pair (kept)", None, len(listed - set(self.ids.roles)))

    def _check_answered(self, opened: Opened, long: list[pd.DataFrame]) -> None:
        """An export without any answer, or a scale that nobody answered on either side, is a mistake in export or codebook, not a finding."""
        if len(self.problems):
            return
        answered: set[str] = set()
        asked: set[str] = set()
        for (_, raw), part in zip(opened.values(), long):
            given = part.loc[part["missing"].isna(), "item"].unique()
            asked, answered = asked | set(part["item"]), answered | set(given)
            if len(part) and not len(given):
                self.problems.add("", "no item has a single answer in it", expected="answers", fix="export it again, with the answers", file=raw.file)
        for number, scale in enumerate(self.study.scales):
            if len(opened) == len(self.study.data.surveys) and set(scale.items) <= asked and not set(scale.items) & answered:
                self.problems.add(f"scales[{number}]", f"nobody answered any item of “{scale.name}”", expected="answers of mentors or mentees",
                                  fix="correct the codebook's column “column”, or take out the scale and what names it", file=CONFIG)

    def _check_waves(self, opened: Opened, waves: dict[str, pd.Series], long: list[pd.DataFrame], chosen: Plan) -> None:
        """A wave without a single answer is a mistake in the config or the export, not a finding."""
        if len(opened) < len(self.study.data.surveys) or not any(chosen.answers.values()) or len(self.problems):
            return
        answered = {int(wave) for part in long for wave in part.loc[part["missing"].isna(), "wave"].unique()}
        declared = self.study.data.waves
        expected = range(1, len(declared) + 1) if declared else sorted({int(n) for cells in waves.values() for n in cells.dropna().unique()})
        for number in expected:
            if number not in answered:
                label = f"“{declared[number - 1]}”" if declared else f"number {number}"
                self.problems.add("data.waves", f"the wave {label} has no answers in any survey", expected="answers at every wave",
                                  fix="add the export that holds them, or take the wave out", file=CONFIG)

    def _coded_dyads(self, dyads: pd.DataFrame, person: dict[str, str]) -> pd.DataFrame:
        """A code for each relationship, drawn by the codes of its two people."""
        names = dyads["mentor"].map(person) + " " + dyads["mentee"].map(person)
        return dyads.assign(dyad=names.map(codes(names, self.study.about.seed, "D")))

    def _people(self, codebook: Codebook, parts: list[pd.DataFrame], person: dict[str, str]) -> pd.DataFrame:
        """One row per person and role: from the roster and the pairs, facts from the first source that has them."""
        lasting = list(dict.fromkeys(codebook.items.loc[codebook.items["about"] == "person", "item"]))
        paired = pd.DataFrame([(key, role) for key, roles in self.ids.roles.items() for role in sorted(roles)], columns=["key", "role"], dtype="str")
        everyone = pd.concat([*parts, paired], ignore_index=True)
        people = everyone.groupby(["key", "role"], sort=False).first().reindex(columns=lasting).reset_index()
        categories = set(codebook.items.loc[codebook.items["kind"] == "category", "item"])
        for name in lasting:
            if name in categories:
                check_one_spelling(people[name], f"item {name}", "or give the item a label set, whose labels are found in any spelling", self.study.data.codebook.items, self.problems)
        self.problems.raise_if_any()
        people = people.astype({name: "str" if name in categories else "float64" for name in lasting})
        people["person"] = people["key"].map(person)
        return tables.PEOPLE.frame(people.drop(columns="key").sort_values(["person", "role"]))
