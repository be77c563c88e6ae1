"""A simulated study is a complete study's folder: the same from the same seed, readable, and as untidy as it says."""

import csv
import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml

from mentoring import tables
from mentoring.credibility.worlds import EXAMPLE_SEED, WORLDS, World, simulate, simulate_into
from mentoring.credibility.worlds.dirt import COMMENTS
from mentoring.credibility.worlds.wording import BY_NAME, CONSTRUCTS, LABELS
from mentoring.errors import StudyError
from mentoring.study import Study

ROOT = Path(__file__).resolve().parents[2]
FILES = {"config.yaml", *(f"data/{name}" for name in (
    "README.md", "codebook_items.csv", "codebook_labels.csv", "mentees_qualtrics.csv", "mentors.sav", "pairs.csv", "roster.csv"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return simulate_into(tmp_path_factory.mktemp("example"))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_same_seed_same_bytes_and_another_seed_others(folder, tmp_path):
    again = _bytes(simulate_into(tmp_path / "again"))
    assert set(again) == FILES
    assert again == _bytes(folder)
    other = _bytes(simulate_into(tmp_path / "other", seed=EXAMPLE_SEED + 1))
    assert all(other[f"data/{name}"] != again[f"data/{name}"] for name in ("mentees_qualtrics.csv", "mentors.sav", "roster.csv", "pairs.csv"))


def test_committed_example_is_what_the_generator_makes(folder):
    made = _bytes(folder)
    assert {name: (ROOT / name).read_bytes() for name in made} == made


def test_drawing_does_not_depend_on_what_was_drawn_before(folder, tmp_path):
    simulate("null", 4)
    assert _bytes(simulate("example").write(tmp_path)) == _bytes(folder)


@pytest.mark.parametrize("world", WORLDS)
def test_every_world_writes_a_study_that_loads(world, tmp_path):
    study = Study.load(simulate_into(tmp_path, world, seed=2))
    assert study.about.synthetic and len(study.questions) >= 5
    text = (tmp_path / "data" / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# SYNTHETIC")
    for name, value in WORLDS[world].parameters().items():
        assert f"| `{name}` | {value:g} |" in text


def test_config_means_the_same_to_every_yaml_reader(folder):
    # Snakemake reads YAML 1.1, where a bare `on` is true.
    content = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert all(isinstance(key, str) for entry in content["similarity"] for key in entry)


def test_qualtrics_export_has_its_three_header_rows_and_previews(folder):
    rows = _rows(folder / "data" / "mentees_qualtrics.csv")
    assert rows[0][:3] == ["StartDate", "EndDate", "Status"] and rows[1][0] == "Start Date"
    assert all("ImportId" in json.loads(cell) for cell in rows[2])
    assert {len(row) for row in rows} == {len(rows[0])}
    assert sum(row[2] == "Survey Preview" for row in rows) == 2
    assert any(row[rows[0].index("Q_comment")] in COMMENTS for row in rows[3:])


def test_spss_export_keeps_labels_and_user_missing_codes(folder):
    frame, meta = pyreadstat.read_sav(folder / "data" / "mentors.sav", user_missing=True)
    assert sorted(frame["wave"].unique()) == [1, 2, 3]
    assert meta.variable_value_labels["quality1"][7] == "Strongly agree"
    assert {span["lo"] for span in meta.missing_ranges["quality1"]} == {98, 99}
    assert {8, 99} <= set(pd.concat([frame["psychosocial1"], frame["costs1"]]).unique())
    assert not frame.duplicated(["mentor_id", "mentee_id", "wave"]).all()


def test_spss_header_holds_a_fixed_time(folder):
    header = (folder / "data" / "mentors.sav").read_bytes()[:173]
    assert header[92:109] == b"02 Jun 2512:00:00"


def test_codebook_fits_the_files_and_the_declared_columns(folder):
    data = folder / "data"
    items = pd.read_csv(data / "codebook_items.csv", dtype=str, keep_default_na=False)
    labels = pd.read_csv(data / "codebook_labels.csv", dtype=str, keep_default_na=False)
    assert list(items.columns) == tables.CODEBOOK_ITEMS.names and list(labels.columns) == tables.CODEBOOK_LABELS.names
    assert not items.duplicated(["item", "role"]).any() and not labels.duplicated(["labels", "value"]).any()
    columns = {"mentee": _rows(data / "mentees_qualtrics.csv")[0],
               "mentor": list(pyreadstat.read_sav(data / "mentors.sav", metadataonly=True)[1].column_names)}
    roster = _rows(data / "roster.csv")[0]
    for row in items.to_dict("records"):
        assert row["column"] in (roster if row["about"] == "person" else columns[row["role"]]), row
        assert row["labels"] in {"", *LABELS}
    study = Study.load(folder)
    for scale in study.scales:
        assert set(scale.items) <= set(items["item"])
        assert list(scale.items) == BY_NAME[scale.name].item_names


def test_parallel_items_are_worded_for_each_side():
    for construct in CONSTRUCTS:
        for number in range(len(construct.item_names)):
            words = [construct.text(number, role) for role in construct.roles]
            assert all("{" not in word and "−" not in word and word[0].isupper() for word in words)
            if "my ment" in words[0].lower() and len(words) > 1:
                assert words[0] != words[1]


def test_no_more_than_megabytes_and_no_names(folder):
    assert sum(len(content) for content in _bytes(folder).values()) < 3_000_000


def test_pairs_hold_the_announced_oddities(folder):
    rows = _rows(folder / "data" / "pairs.csv")[1:]
    pairs = [(row[0], row[1]) for row in rows]
    assert sum(mentor == mentee for mentor, mentee in pairs) == 1
    assert len(pairs) - len(set(pairs)) == 1
    assert {row[3] for row in rows} == {"peer", "hierarchical"}
    ended = [row for row in rows if row[5]]
    assert 0.05 < len(ended) / len(rows) < 0.30 and all(row[4] < row[5] for row in ended)


def test_the_reading_step_finds_every_dirty_id(folder):
    read_study = pytest.importorskip("mentoring.ingest").read_study
    read = read_study(Study.load(folder))
    assert min(read.linkage["id"]) == "E999" and len(read.linkage) == 2
    assert read.dyads["dyad"].nunique() == len(simulate().people.pairs)
    assert set(read.responses["missing"].dropna()) == {"blank", "declared", "not applicable", "not shown"}
    everything = read.responses.select_dtypes("str").melt()["value"].dropna()
    assert not everything.isin(COMMENTS).any()


@pytest.mark.parametrize(("world", "changes", "words"), [
    ("strickt", {}, "strict"), ("example", {"mentors": 1}, "mentors"), ("example", {"waves": 4}, "waves"),
    ("example", {"halo": 0.9}, "perceived similarity"), ("example", {"mentees_per_mentor": 9}, "mentees"),
])
def test_impossible_worlds_are_refused_in_words(world, changes, words):
    with pytest.raises(StudyError, match=words):
        simulate(world, 1, **changes)


def test_a_world_of_ones_own_can_be_drawn(tmp_path):
    own = World("tiny", "two mentors, one wave", mentors=2, mentees_per_mentor=2, waves=1)
    study = simulate(own, 3)
    assert Study.load(study.write(tmp_path)).data.waves == ["1"]
