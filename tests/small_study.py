"""A small complete study in plain CSV, for tests that need a whole folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CONFIG = """\
study:
  title: A small study
  seed: 3
  synthetic: true
data:
  surveys:
    - {name: mentees, file: data/mentees.csv, role: mentee, person: mentee, partner: mentor, wave: wave}
    - {name: mentors, file: data/mentors.csv, role: mentor, person: mentor, partner: mentee, wave: wave}
  roster: {file: data/roster.csv}
  pairs: {file: data/pairs.csv, program: program}
  codebook: {items: data/items.csv, labels: data/labels.csv}
scales:
  - {name: quality, label: Relationship quality, items: [q1, q2, q3]}
similarity:
  - {name: same_field, label: Same field, kind: match, of: [field], depth: surface}
questions:
  - name: alike
    ask: Is the relationship better where both are of the same field?
    kind: similarity
    outcome: quality
    reporter: mentee
    similarity: [same_field]
    family: primary
    sesoi: 0.2
  - name: both_sides
    ask: Do both sides see the same relationship?
    kind: model
    formula: mentee_quality ~ mentor_quality + (1 | mentor) + (1 | dyad)
    focus: [mentor_quality]
    family: exploratory
credibility: {repairings: 99}
report: {formats: [html]}
"""
ITEMS = """\
item,role,column,text,kind,about,low,high,reverse,labels
q1,both,,It is a good relationship.,likert,dyad,1,7,,
q2,both,,I am glad of it.,likert,dyad,1,7,,
q3,both,,I would rather have another.,likert,dyad,1,7,yes,
field,both,,Field,category,person,,,,field
"""
LABELS = "labels,value,label,missing\nfield,1,Biology,\nfield,2,Physics,\n"


def write_small_study(folder: Path, mentors: int = 14, mentees_each: int = 4, waves: int = 2, seed: int = 5) -> Path:
    """Write the study; every answer is drawn from a fixed seed."""
    generator = np.random.default_rng(seed)
    data = folder / "data"
    data.mkdir(parents=True)
    pairs = pd.DataFrame([
        {"mentor": f"M{m:02d}", "mentee": f"E{m:02d}{e}", "program": f"Programme {m % 6 + 1}"} for m in range(mentors) for e in range(mentees_each)
    ])
    level = generator.normal(5, 0.6, mentors).repeat(mentees_each) + generator.normal(0, 0.6, len(pairs))
    for role, own in (("mentee", level + generator.normal(0, 0.3, len(pairs))), ("mentor", level + generator.normal(0, 0.5, len(pairs)))):
        sheets = []
        for wave in range(1, waves + 1):
            answers = np.clip(np.round(own[:, None] + generator.normal(0, 0.7, (len(pairs), 3))), 1, 7).astype(int)
            answers[:, 2] = 8 - answers[:, 2]
            sheets.append(pairs[["mentor", "mentee"]].assign(wave=wave, **{f"q{i + 1}": answers[:, i] for i in range(3)}))
        pd.concat(sheets).to_csv(data / f"{role}s.csv", index=False)
    people = [{"person": person, "role": role, "field": generator.integers(1, 3)}
              for role in ("mentor", "mentee") for person in pairs[role].unique()]
    pd.DataFrame(people).to_csv(data / "roster.csv", index=False)
    pairs.to_csv(data / "pairs.csv", index=False)
    (data / "items.csv").write_text(ITEMS)
    (data / "labels.csv").write_text(LABELS)
    (folder / "config.yaml").write_text(CONFIG)
    return folder
