# Responses and scores → who fell silent, when, and what silence goes with.

MISSING_TABLES = ["missing_patterns", "attrition", "lost_voice", "attrition_differences"]


rule describe_missing:
    input:
        responses=data_table("responses"),
        people=data_table("people"),
        dyads=data_table("dyads"),
        scores=data_table("scores"),
        library=library("measure", "models", "credibility"),
    output:
        **{name: result_table(name) for name in MISSING_TABLES},
    log:
        "results/logs/describe_missing.log",
    benchmark:
        "results/logs/describe_missing.benchmark.tsv"
    message:
        "Describing who fell silent, and what silence goes with"
    script:
        "../../scripts/describe_missing.py"
