"""A new study's first files: a config and a codebook to fill in."""

from __future__ import annotations

from pathlib import Path

from mentoring.errors import Problem, StudyError
from mentoring.measure.instruments.find import project_card
from mentoring.measure.instruments.sheet import codebook_text, labels_text, scale_lines
from mentoring.study import CONFIG

# The parts of our own card that a new study begins with.
PARTS = ("quality", "perceived_similarity")
HEAD = """\
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
    labels: data/codebook_labels.csv
  waves: ["1"]
scales:                           # what they are made of stands on a card: python3 start.py items
"""
TAIL = """\
similarity:
  - name: felt_by_mentee
    label: Similarity as the mentee sees it
    kind: perceived
    of: [perceived_similarity]
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
"""


def first_files() -> dict[str, str]:
    """A new study's first files, by name."""
    card = project_card("open_items")
    scales = "\n".join(line for part in PARTS for line in scale_lines(card, card.subscale(part)))
    return {
        CONFIG: HEAD + scales + "\n" + TAIL, "data/codebook_items.csv": codebook_text(card, PARTS), "data/codebook_labels.csv": labels_text(card, PARTS),
        "data/pairs.csv": "mentor,mentee,program\n",
    }


def start_study(folder: Path) -> list[Path]:
    """Write a new study's first files.

    Raises
    ------
    StudyError
        When any of them exists: nothing is overwritten.
    """
    files = first_files()
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise StudyError([Problem(str(folder / name), "", "it exists already and is left alone", "a new folder",
                                  "python3 start.py init --study NEW_FOLDER") for name in there])
    written: list[Path] = []
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            written.append(folder / name)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError:
        # A beginning of a study would stand in the way of the next try.
        for file in written:
            file.unlink(missing_ok=True)
        raise
    return [folder / name for name in files]
