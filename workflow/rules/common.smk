# What several rules share: where tables stand, and which library sources a step depends on.

STAGES = ["ingest", "measure", "dyads", "models", "credibility", "report"]
SHARED = ["errors.py", "settings", "study.py", "tables", "written.py"]


def library(*rooms):
    """The sources a step uses: Snakemake reruns a step when its inputs change, and would not notice an edited module."""
    files = []
    for name in [*SHARED, *rooms]:
        place = ROOT / "mentoring" / name
        found = [place] if place.is_file() else place.rglob("*")
        files += sorted(file for file in found if file.is_file() and "__pycache__" not in file.parts)
    return [str(file) for file in files]


# Settings are handed to rules through a function: Snakemake would read a brace in a title as a wildcard.


def data_table(name):
    """A table between steps."""
    return f"results/data/{name}.parquet"


def result_table(name):
    """A table for readers."""
    return f"results/tables/{name}.csv"


def study_files():
    """Every file the config names."""
    files = [survey.file for survey in study.data.surveys] + [study.data.pairs.file, study.data.codebook.items]
    files += [entry.file for entry in [study.data.roster] if entry] + [name for name in [study.data.codebook.labels] if name]
    return files


def instrument_cards():
    """The cards that the study's scales name; one that is not there is told by the step that reads the study."""
    files = known_cards(study)
    return [str(files[name]) for name in sorted({scale.instrument for scale in study.scales} & set(files))]
