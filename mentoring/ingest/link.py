"""Whose answers a row holds, about whom, at which wave; and which of a person's doubled rows counts."""

from __future__ import annotations

import pandas as pd

from mentoring.errors import Problems
from mentoring.ingest.flow import Flow
from mentoring.ingest.ids import Ids, Linkage, id_keys
from mentoring.ingest.raw import RawTable, listed_rows
from mentoring.settings import Survey

OTHER = {"mentor": "mentee", "mentee": "mentor"}


class Linker:
    """Links the rows of one survey to people and relationships; what cannot be linked is counted and listed.

    Parameters
    ----------
    survey, raw
        The survey's entry in the config and its cells.
    ids : Ids
        All ids.
    dyads : DataFrame
        `mentor` and `mentee` keys and `dyad`, the relationship's code.
    """

    def __init__(self, survey: Survey, raw: RawTable, ids: Ids, dyads: pd.DataFrame, flow: Flow, linkage: Linkage, problems: Problems):
        self.survey, self.raw, self.ids, self.dyads = survey, raw, ids, dyads
        self.flow, self.linkage, self.problems = flow, linkage, problems

    def rows(self, wave: pd.Series, columns: list[str], *, about_dyads: bool) -> pd.DataFrame:
        """The rows that count: `person` (key), `dyad` (code, or missing) and `wave`.

        Parameters
        ----------
        wave : Series
            Wave of each row.
        columns : list of str
            The columns of the items, by which doubled rows are compared.
        about_dyads : bool
            Whether the survey holds items about the relationship.
        """
        survey, cells, name = self.survey, self.raw.cells, self.survey.name
        keys = id_keys(cells[survey.person])
        self.flow.add(name, "read", len(cells) + sum(count for _, count in self.raw.left_out), int(keys.nunique()))
        for reason, count in self.raw.left_out:
            self.flow.add(name, reason, count)
        self.flow.add(name, "id is blank", int(keys.isna().sum()))
        self.flow.add(name, "ids spelled in another way (repaired)", self.ids.repaired(keys, cells[survey.person]))
        rows = pd.DataFrame({"person": keys, "wave": wave})[self._known(keys)]
        self.flow.add(name, "wave is blank", int(rows["wave"].isna().sum()))
        if wave.isna().sum() > len(wave) / 2 and survey.wave:
            self.problems.add(f"column {survey.wave}", f"the wave is blank in {int(wave.isna().sum())} of {len(wave)} rows", expected="the wave of each answer sheet",
                              fix=f"name the column with the wave in data.surveys, {name}: wave   (or only_wave, when all are of one)", file=self.raw.file)
        rows = rows[rows["wave"].notna()]
        partner = id_keys(cells.loc[rows.index, survey.partner]) if survey.partner else pd.Series(None, index=rows.index, dtype="str")
        rows["dyad"] = self._dyads(rows, partner) if about_dyads else pd.Series(None, index=rows.index, dtype="str")
        about = rows["dyad"].where(rows["dyad"].notna(), partner.fillna(""))
        rows = rows[self._counts(rows.assign(about=about), columns)]
        self.flow.add(name, "answer sheets kept", len(rows), rows["person"].nunique(), rows["dyad"].nunique())
        return rows

    def _known(self, keys: pd.Series) -> pd.Series:
        """Rows of people who stand in the pairs in the survey's role."""
        survey, cells = self.survey, self.raw.cells
        known, in_role = keys.isin(list(self.ids.roles)), keys.isin(self.ids.in_role(survey.role))
        stranger, other = ~known & keys.notna(), known & ~in_role
        valid = [self.ids.spelled[key] for key in self.ids.in_role(survey.role)]
        for which, reason in ((stranger, "id is in no pair"), (other, f"id is in the pairs, but not as {survey.role}")):
            self.flow.add(survey.name, f"{reason} (left out)", int(which.sum()), keys[which].nunique())
        if stranger.sum() > keys.notna().sum() / 2:
            fix = f"name the right column in data.surveys, {survey.name}: person"
            short = {key.lstrip("0"): key for key in self.ids.in_role(survey.role)}
            meant = next((f"“{key}” for “{short[key.lstrip('0')]}”" for key in keys[stranger] if key.lstrip("0") in short), "")
            if meant:
                fix = f"a spreadsheet has dropped zeros at the beginning ({meant}): write the ids alike in all files, and keep the column as text"
            self.problems.add(f"{listed_rows(keys.index[stranger])}, column {survey.person}",
                              f"{int(stranger.sum())} of {int(keys.notna().sum())} ids match nobody in the pairs",
                              expected=f"the ids of the {survey.role}s as the pairs have them", fix=fix, file=self.raw.file)
        elif not in_role.any() and keys.notna().any():
            self.problems.add(f"column {survey.person}", f"nobody in it is a {survey.role} in the pairs" if known.any() else "all ids are blank",
                              expected=f"the ids of the {survey.role}s", fix=f"role: {OTHER[survey.role]}   (or name another column)",
                              file=self.raw.file)
        else:
            self.linkage.note(self.raw.file, survey.person, cells.loc[stranger, survey.person], "in no pair", valid)
            self.linkage.note(self.raw.file, survey.person, cells.loc[other, survey.person], f"in the pairs, but not as {survey.role}", valid)
        return in_role

    def _dyads(self, rows: pd.DataFrame, partner: pd.Series) -> pd.Series:
        """The relationship of each row: by person and partner, else the person's only one."""
        survey, name = self.survey, self.survey.name
        pairs = pd.Series(self.dyads["dyad"].array, index=pd.MultiIndex.from_frame(self.dyads[[survey.role, OTHER[survey.role]]]))
        per_person = pairs.groupby(level=0).agg(["first", "size"])
        only = rows["person"].map(per_person["first"].where(per_person["size"] == 1))
        found = pairs.reindex(pd.MultiIndex.from_arrays([rows["person"], partner])).set_axis(rows.index)
        dyad = found.where(partner.notna(), only)
        lost = dyad.isna()
        unpaired, unclear = lost & partner.notna(), lost & partner.isna()
        if survey.partner:
            self.flow.add(name, "partner is blank; the person has only one (kept)", int((partner.isna() & ~lost).sum()))
            self.flow.add(name, "partner is not paired with the person (answers about the relationship left out)", int(unpaired.sum()),
                          rows.loc[unpaired, "person"].nunique())
        self.flow.add(name, "several partners and none named (answers about the relationship left out)", int(unclear.sum()),
                      rows.loc[unclear, "person"].nunique())
        if lost.sum() > len(rows) / 2:
            fix = (f"name the right column in data.surveys, {name}: partner" if survey.partner else
                   f"name the column with the partner's id in data.surveys, {name}: partner   (or about: self in the codebook)")
            self.problems.add(listed_rows(rows.index[lost]), f"for {int(lost.sum())} of {len(rows)} rows the pairs do not say which relationship "
                              "they are about", expected=f"a partner with whom the {survey.role} is paired", fix=fix, file=self.raw.file)
        elif survey.partner:
            valid = [self.ids.spelled[key] for key in self.ids.in_role(OTHER[survey.role])]
            cells = self.raw.cells.loc[rows.index[unpaired], survey.partner]
            self.linkage.note(self.raw.file, survey.partner, cells, "not paired with the person", valid)
        return dyad

    def _counts(self, rows: pd.DataFrame, columns: list[str]) -> pd.Series:
        """Of a person's several rows about the same at one wave: the fullest, of equally full ones the last; of equal ones the first."""
        key = ["person", "about", "wave"]
        doubled = rows[rows.duplicated(key, keep=False)]
        if doubled.empty:
            return pd.Series(True, index=rows.index)
        answers = pd.DataFrame({name: self.raw.column(name).loc[doubled.index] for name in columns}, index=doubled.index)
        doubled = doubled.assign(given=answers.notna().sum(axis=1), sheet=pd.util.hash_pandas_object(answers, index=False), line=doubled.index)
        same = doubled.groupby(key)["sheet"].transform("nunique") == 1
        best = pd.concat([
            doubled[same].drop_duplicates(key),
            doubled[~same].sort_values(["given", "line"], ascending=False).drop_duplicates(key),
        ]).index
        lost = doubled.index.difference(best)
        for which, reason in ((same, "the same answers twice (first kept)"), (~same, "answered twice differently (the fuller, else the later kept)")):
            gone = lost.intersection(doubled.index[which])
            self.flow.add(self.survey.name, reason, len(gone), doubled.loc[gone, "person"].nunique())
        return pd.Series(~rows.index.isin(lost), index=rows.index)
