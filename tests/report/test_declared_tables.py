"""What the report says of declared structures and of instruments, from a small study on disk to Markdown."""

import numpy as np
import pandas as pd
import pytest

from mentoring.ingest import read_study
from mentoring.measure import factor_tables, keyed_answers, reliability_table, score_scales
from mentoring.measure.instruments import instrument_table
from mentoring.report import declared_tables, instrument_tables, structure_tables
from mentoring.report.inputs import Results
from mentoring.report.source import report_source
from mentoring.study import Study
from tests.measure.test_instruments import CARD
from tests.small_study import write_small_study

STRUCTURES = """\
structures:
  - {name: pair, label: Two things, kind: correlated, factors: [quality, trust]}
  - {name: single, label: One thing, kind: one_factor, factors: [quality, trust]}
  - {name: unknown, label: Who knows, kind: explore, factors: [quality, trust]}
similarity:
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = write_small_study(tmp_path_factory.mktemp("declared") / "study", mentors=30)
    generator = np.random.default_rng(2)
    for role in ("mentees", "mentors"):
        file = folder / "data" / f"{role}.csv"
        table = pd.read_csv(file, dtype=str)
        common = generator.normal(size=len(table))
        for number in (4, 5, 6):
            leaning = common + generator.normal(size=len(table))
            table[f"q{number}"] = np.clip(np.round(4 + 1.2 * leaning), 1, 7).astype(int).astype(str)
        table.to_csv(file, index=False)
    items = folder / "data" / "items.csv"
    items.write_text(items.read_text() + "".join(f"q{n},both,,Trust item {n}.,likert,dyad,1,7,,\n" for n in (4, 5, 6)))
    (folder / "data" / "instruments").mkdir()
    (folder / "data" / "instruments" / "short.yaml").write_text(CARD)
    config = folder / "config.yaml"
    text = config.read_text().replace("items: [q1, q2, q3]}", "items: [q1, q2, q3], instrument: short, subscale: whole}\n  - {name: trust, items: [q4, q5, q6]}")
    config.write_text(text.replace("similarity:\n", STRUCTURES, 1))
    study = Study.load(folder)
    data = read_study(study)
    keyed = keyed_answers(data.responses, data.codebook_items)
    tables = dict(Results.read(study)._tables)
    tables |= {"codebook_items": data.codebook_items, "codebook_labels": data.codebook_labels, "dyads": data.dyads, "people": data.people,
               "scores": score_scales(keyed, study.scales), "instruments": instrument_table(study),
               "reliability": reliability_table(keyed, study.scales, data.dyads, 1)}
    tables |= factor_tables(keyed, study.scales, data.dyads, study.structures)
    return Results(study, folder / "results", tables)


def test_the_chapter_tells_of_every_structure(results):
    text = "\n".join(declared_tables.chapter(results))
    assert "**Two things**: 2 correlated factors (relationship quality and trust)" in text
    assert "**Who knows** was declared unknown" in text and "2 at every wave" in text and "Trust item 4." in text
    full = {table.identifier: table for table, _ in declared_tables.in_full(results)}
    assert {row[0] for row in full["structure-fit"].rows} == {"Two things", "One thing"} and len(full["structure-fit"].rows) == 8
    assert {row[1] for row in full["structure-loadings"].rows} == {"Relationship quality", "Trust", "One thing"}
    assert "parallel-analysis" in full and "Hints, not findings" in full["structure-hints"].note
    assert len(structure_tables.factor_fit(results).rows) == 8  # scales only


def test_the_source_holds_both(results):
    source = report_source(results)
    assert "What the scales measure together" in source and "Published figures beside this study’s" in source


def test_instruments_are_named_with_published_alpha_beside_ours(results):
    assert "**A short form** (Nobody (2000)). Relationship quality. Permission: terms not known: ask before use." in instrument_tables.instruments_text(results)
    row = instrument_tables.published(results).rows[0]
    own = results["reliability"].query("scale == 'quality' and role == 'mentee'")["alpha"]
    assert row[2] == ".70–.80" and row[3] == f"{own.min():.2f}–{own.max():.2f}".replace("0.", ".")
    assert row[5] == "χ²(2) = 5.0, CFI .98"


def test_small_groups_are_not_shown(results):
    hidden = Results(results.study.__class__(results.study.folder, results.study.settings), results.folder, results._tables)
    object.__setattr__(hidden.study.settings.study.privacy, "smallest_cell", 500)
    assert declared_tables.fit(hidden) is None and declared_tables.correlations(hidden) is None
    object.__setattr__(hidden.study.settings.study.privacy, "smallest_cell", 10)
