# Responses → scale scores, item statistics, reliability.


rule score_scales:
    input:
        responses=data_table("responses"),
        codebook_items=data_table("codebook_items"),
        library=library("measure"),
    output:
        scores=data_table("scores"),
        item_statistics=result_table("items"),
        reliability=result_table("reliability"),
    log:
        "results/logs/score_scales.log",
    benchmark:
        "results/logs/score_scales.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales"),
    message:
        "Scoring the scales and checking their reliability"
    script:
        "../../scripts/score_scales.py"
