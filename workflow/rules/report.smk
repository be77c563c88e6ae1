# Tables → figures, report, notebooks.

RESULT_TABLES = [
    *MODEL_TABLES,
    "verdicts",
    "exclusions",
    *RELIABILITY_TABLES,
    *SCREENING_TABLES,
    *MISSING_TABLES,
    "items",
    *STRUCTURE_TABLES,
    "similarity",
    "agreement",
    "sources",
]
DATA_TABLES = ["responses", "people", "dyads", "scores", "analysis", "codebook_items", "codebook_labels"]


rule draw_figures:
    input:
        tables=[result_table(name) for name in RESULT_TABLES],
        data=[data_table(name) for name in DATA_TABLES],
        library=library("report"),
    output:
        index=report(
            "results/figures/figures.csv",
            caption="../report/figures.rst",
            category="Figures",
            labels={"what": "Captions and alternative texts"},
        ),
    log:
        "results/logs/draw_figures.log",
    benchmark:
        "results/logs/draw_figures.benchmark.tsv"
    # First of the last: the report waits for it, the notebooks for nothing.
    priority: 10
    threads: 2
    params:
        settings=lambda wildcards: study.section("study", "scales", "structures", "similarity", "questions", "credibility"),
    message:
        "Drawing the figures"
    script:
        "../../scripts/draw_figures.py"


rule render_report:
    input:
        figures="results/figures/figures.csv",
        tables=[result_table(name) for name in [*RESULT_TABLES, *CARELESS_BRANCH, "deviations"]],
        # What changed since the plan, when there is one.
        plan=[file for file in ["plan.md"] if Path(file).exists()],
        # The report lists the assumptions that stand in the library's sources.
        library=library(*STAGES),
    output:
        # One by one, so that each has a label of its own in Snakemake's page.
        **{
            format: report(
                f"results/report/report.{format}",
                caption="../report/report.rst",
                category="Report",
                labels={"what": "The whole report", "format": format},
            )
            for format in study.report.formats
        },
    log:
        "results/logs/render_report.log",
    benchmark:
        "results/logs/render_report.benchmark.tsv"
    threads: 2
    params:
        settings=lambda wildcards: study.section(
            "study", "data", "scales", "structures", "similarity", "questions", "credibility", "report"
        ),
    message:
        "Writing the report"
    script:
        "../../scripts/render_report.py"


rule describe_programs:
    input:
        # Redrawn with the report: the pages show what its tables show.
        data=[data_table(name) for name in DATA_TABLES],
        library=library("report"),
    output:
        pages=report(
            directory("results/report/programs"),
            htmlindex="index.html",
            caption="../report/programs.rst",
            category="Report",
            subcategory="Programmes",
            labels={"what": "Programme by programme"},
        ),
    log:
        "results/logs/describe_programs.log",
    benchmark:
        "results/logs/describe_programs.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("study", "scales", "report"),
    message:
        "Describing each programme"
    script:
        "../../scripts/describe_programs.py"


rule run_notebook:
    input:
        notebook=lambda wildcards: str(notebooks[wildcards.notebook]),
        tables=[result_table(name) for name in RESULT_TABLES],
        library=library(*STAGES),
    output:
        notebook="results/notebooks/{notebook}.ipynb",
        page="results/notebooks/{notebook}.html",
    log:
        "results/logs/run_notebook_{notebook}.log",
    benchmark:
        "results/logs/run_notebook_{notebook}.benchmark.tsv"
    message:
        "Running the notebook {wildcards.notebook}"
    script:
        "../../scripts/run_notebook.py"
