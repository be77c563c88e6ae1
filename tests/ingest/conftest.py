"""A small study that tests change one file of: three mentors, five mentees, two waves, worked out by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from mentoring.errors import StudyError
from mentoring.ingest import Ingested, read_study
from mentoring.study import Study

CONFIG = """
study: {title: Small, seed: 7}
data:
  surveys:
    - {name: mentees, file: data/mentees.csv, role: mentee, person: id, partner: mentor_id, wave: wave}
    - {name: mentors, file: data/mentors.csv, role: mentor, person: id, partner: about, wave: wave}
  roster: {file: data/roster.csv}
  pairs: {file: data/pairs.csv, program: program, form: form, start: start, end: end}
  codebook: {items: data/items.csv, labels: data/labels.csv}
  waves: ["1", "2"]
scales:
  - {name: trust, items: [trust1, trust2]}
similarity:
  - {name: same_gender, kind: match, of: [gender]}
questions:
  - {name: q, ask: "Does it?", kind: similarity, outcome: trust, reporter: mentee, similarity: [same_gender], covariates: [mentee_age]}
"""
FILES = {
    "config.yaml": CONFIG,
    "data/items.csv": """
        item,role,column,text,kind,about,low,high,reverse,labels
        trust1,both,,I trust them,likert,dyad,,,no,agree
        trust2,both,,I doubt them,likert,dyad,1,5,yes,agree
        burnout,mentor,,I am worn out,likert,self,1,5,no,
        hours,mentee,,Hours a month,number,dyad,0,,no,odd
        setting,mentee,,Where do you meet?,category,dyad,,,no,places
        comment,both,,Anything else?,text,dyad,,,no,
        gender,both,sex,Gender,category,person,,,no,sexes
        age,mentee,,Age,number,person,16,99,no,
        """,
    "data/labels.csv": """
        labels,value,label,missing
        agree,1,Not at all,
        agree,2,A little,
        agree,3,Partly,
        agree,4,Mostly,
        agree,5,Fully,
        agree,99,Prefer not to say,declared
        agree,-99,Not shown,not shown
        odd,888,Does not apply,not applicable
        places,c,At the campus,
        places,o,Online,
        sexes,1,Female,
        sexes,2,Male,
        sexes,9,No answer,declared
        """,
    "data/roster.csv": """
        person,role,sex,age
        M1,mentor,1,
        M2,mentor,2,
        M3,mentor,9,
        S1,mentee,1,20
        S2,mentee,2,21
        S3,mentee,1,
        S4,mentee,2,23
        S5,mentee,1,24
        """,
    "data/pairs.csv": """
        mentor,mentee,program,form,start,end
        M1,S1,North,assigned,2025-09-01,
        M1,S2,North,assigned,2025-09-01,2026-01-31
        M2,S3,South,chosen,2025-09-01,
        M2,S4,South,chosen,2025-09-01,
        M3,S5,South,assigned,2025-10-01,
        """,
    "data/mentees.csv": """
        id,mentor_id,wave,trust1,trust2,hours,setting,comment
        S1,M1,1,4,2,2.5,c,fine
        S2,M1,1,99,1,888,o,
        S3,M2,1, ,3,4,c,secret words
        S4,M2,1,5,1,0,o,
        S1,M1,2,5,1,3,c,
        S5,M3,2,Fully,a  LITTLE,1,online,
        """,
    "data/mentors.csv": """
        id,about,wave,trust1,trust2,burnout,comment
        M1,S1,1,3,3,2,
        M1,S2,1,4,-99,2,
        M2,S3,1,5,1,4,
        M1,S1,2,2,4,3,
        """,
}


class SmallStudy:
    """The study's folder, with one-line changes to its files."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str, encoding: str = "utf-8") -> SmallStudy:
        """Write a file, its common indentation taken off."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(textwrap.dedent(text).lstrip("\n").encode(encoding))
        return self

    def change(self, name: str, old: str, new: str) -> SmallStudy:
        """Replace a text that stands in a file exactly once."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (self.folder / name).write_text(text.replace(old, new), encoding="utf-8")
        return self

    def read(self) -> Ingested:
        """Read the study."""
        return read_study(Study.load(self.folder))

    def problems(self) -> str:
        """The message of the error that reading gives."""
        with pytest.raises(StudyError) as error:
            self.read()
        return str(error.value)


@pytest.fixture
def small(tmp_path: Path) -> SmallStudy:
    """The small study in a folder of its own."""
    return SmallStudy(tmp_path)


@pytest.fixture
def make_small(tmp_path: Path) -> Callable[[str], SmallStudy]:
    """Several small studies, each in a folder of its own."""
    return lambda name: SmallStudy(tmp_path / name)
