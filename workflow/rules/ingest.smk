# Exports, roster, pairs and codebook → responses, people, dyads.


rule read_survey:
    input:
        # A missing file is told by the step itself, together with every other problem.
        files=[file for file in study_files() if Path(file).exists()],
        cards=instrument_cards(),
        library=library("ingest"),
    output:
        responses=data_table("responses"),
        people=data_table("people"),
        dyads=data_table("dyads"),
        codebook_items=data_table("codebook_items"),
        codebook_labels=data_table("codebook_labels"),
        exclusions="results/data/exclusions_ingest.csv",
        sources=result_table("sources"),
        people_key="results/private/people_key.csv",
        linkage="results/private/linkage.csv",
    log:
        "results/logs/read_survey.log",
    benchmark:
        "results/logs/read_survey.benchmark.tsv"
    params:
        # Not the questions: a change in one need not read everything anew, and its model checks its own names.
        settings=lambda wildcards: study.section("data", "scales", "similarity"),
        seed=study.about.seed,
    message:
        "Reading the exports, the roster, the pairs and the codebook"
    script:
        "../../scripts/read_survey.py"
