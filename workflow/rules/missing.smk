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


CARELESS_BRANCH = ["without_careless"] if study.credibility.without_careless else []


rule answer_without_careless:
    input:
        **{name: data_table(name) for name in ["responses", "people", "dyads", "scores", "analysis", "codebook_items"]},
        **{name: result_table(name) for name in [*MODEL_TABLES, "invariance"]},
        careless_sheets="results/private/careless_sheets.csv",
        library=library("measure", "dyads", "models", "credibility"),
    output:
        without_careless=result_table("without_careless"),
    log:
        "results/logs/answer_without_careless.log",
    benchmark:
        "results/logs/answer_without_careless.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("questions", "similarity", "scales"),
        seed=study.about.seed,
    message:
        "Answering the questions again without careless answer sheets"
    script:
        "../../scripts/answer_without_careless.py"


rule judge_answers:
    input:
        **{name: result_table(name) for name in [*MODEL_TABLES, *CARELESS_BRANCH, "invariance"]},
        library=library("models"),
    output:
        verdicts=result_table("verdicts"),
    log:
        "results/logs/judge_answers.log",
    benchmark:
        "results/logs/judge_answers.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("study", "questions", "similarity", "scales"),
    message:
        "Writing the answers"
    script:
        "../../scripts/judge_answers.py"
