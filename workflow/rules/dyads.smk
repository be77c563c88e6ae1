# Scores → one row per relationship and wave, similarity, agreement.


rule pair_dyads:
    input:
        responses=data_table("responses"),
        people=data_table("people"),
        dyads=data_table("dyads"),
        scores=data_table("scores"),
        codebook_items=data_table("codebook_items"),
        library=library("measure", "dyads"),
    output:
        analysis=data_table("analysis"),
        similarity=result_table("similarity"),
        agreement=result_table("agreement"),
        exclusions="results/data/exclusions_dyads.csv",
    log:
        "results/logs/pair_dyads.log",
    benchmark:
        "results/logs/pair_dyads.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales", "similarity"),
        seed=study.about.seed,
        repairings=study.credibility.repairings,
    message:
        "Pairing mentors and mentees, measuring how alike they are"
    script:
        "../../scripts/pair_dyads.py"
