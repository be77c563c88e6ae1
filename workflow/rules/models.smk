# Relationships → one model per question, then the tables over all questions.

MODEL_TABLES = [table.name for table in PER_QUESTION]


rule fit_model:
    input:
        analysis=data_table("analysis"),
        dyads=data_table("dyads"),
        people=data_table("people"),
        codebook_items=data_table("codebook_items"),
        library=library("models", "credibility"),
    output:
        **{name: f"results/models/{{question}}/{name}.csv" for name in MODEL_TABLES},
    log:
        "results/logs/fit_model_{question}.log",
    benchmark:
        "results/logs/fit_model_{question}.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section_of_question(wildcards.question),
    message:
        "Fitting the model of question {wildcards.question}"
    script:
        "../../scripts/fit_model.py"


rule compare_plan:
    input:
        plan=[file for file in ["plan.md"] if Path(file).exists()],
    output:
        deviations=result_table("deviations"),
    log:
        "results/logs/compare_plan.log",
    benchmark:
        "results/logs/compare_plan.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales", "similarity", "questions", "credibility"),
    message:
        "Comparing what is run with the plan"
    script:
        "../../scripts/compare_plan.py"


rule collect_results:
    input:
        **{
            name: expand(f"results/models/{{question}}/{name}.csv", question=[question.name for question in study.questions])
            for name in MODEL_TABLES
        },
        exclusions=["results/data/exclusions_ingest.csv", "results/data/exclusions_dyads.csv"],
        library=library("models"),
    output:
        **{name: result_table(name) for name in [*MODEL_TABLES, "exclusions"]},
    log:
        "results/logs/collect_results.log",
    benchmark:
        "results/logs/collect_results.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("questions"),
    message:
        "Correcting for the number of questions"
    script:
        "../../scripts/collect_results.py"
