"""A new study's first files: a config and a codebook to fill in."""

from __future__ import annotations

from pathlib import Path

from mentoring.errors import Problem, StudyError
from mentoring.study import CONFIG

FILES = {
    CONFIG: """\
# Your study. Each key is explained in docs/reference/config.md; the example study's config.yaml shows more.
# After each change: python3 start.py check --study DIR
study:
  title: Our mentoring programme
  contact: ""
  seed: 1
data:
  surveys:
    - name: mentees
      file: data/mentees.csv      # what your survey tool exported
      format: csv                 # csv, qualtrics, spss, stata or excel
      role: mentee
      person: mentee_id           # the column with the id of who answered
      partner: mentor_id          # the column with the id of the other person
      only_wave: "1"              # or wave: the column that holds the wave
    - name: mentors
      file: data/mentors.csv
      format: csv
      role: mentor
      person: mentor_id
      partner: mentee_id
      only_wave: "1"
  pairs:
    file: data/pairs.csv          # one row per relationship
    mentor: mentor
    mentee: mentee
    program: program
  codebook:
    items: data/codebook_items.csv
  waves: ["1"]
scales:
  - name: quality
    label: Relationship quality
    items: [quality_1, quality_2, quality_3]
  - name: felt_similarity
    label: Felt similarity
    items: [similar_1, similar_2, similar_3]
similarity:
  - name: felt_by_mentee
    label: Similarity as the mentee sees it
    kind: perceived
    of: [felt_similarity]
    reporter: mentee
questions:
  - name: similarity_and_quality
    ask: Do mentees who feel similar to their mentor report a better relationship?
    kind: similarity
    outcome: quality
    reporter: mentee
    similarity: [felt_by_mentee]
    family: primary
    sesoi: 0.2
""",
    "data/codebook_items.csv": """\
item,role,column,text,kind,about,low,high,reverse,labels
quality_1,both,,My mentoring relationship is a good one.,likert,dyad,1,7,,
quality_2,both,,I am glad to have this relationship.,likert,dyad,1,7,,
quality_3,both,,I would rather have been paired with someone else.,likert,dyad,1,7,yes,
similar_1,mentee,,My mentor and I see many things alike.,likert,dyad,1,7,,
similar_2,mentee,,My mentor and I care about the same things.,likert,dyad,1,7,,
similar_3,mentee,,My mentor and I go about our work in much the same way.,likert,dyad,1,7,,
""",
    "data/pairs.csv": """\
mentor,mentee,program
""",
}


def start_study(folder: Path) -> list[Path]:
    """Write a new study's first files.

    Raises
    ------
    StudyError
        When any of them exists: nothing is overwritten.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        raise StudyError([Problem(str(folder / name), "", "it exists already and is left alone", "a new folder",
                                  "python3 start.py init --study NEW_FOLDER") for name in there])
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in FILES]
