# Responses → scale scores, item statistics, reliability, factor structure.

from mentoring.measure.grouped import groups_asked

RELIABILITY_TABLES = ["reliability", "reliability_more", "instruments"]
SCREENING_TABLES = ["careless"]
STRUCTURE_TABLES = [
    "factor_fit",
    "loadings",
    "factor_correlations",
    "exploration",
    "modification_hints",
    "invariance",
]


rule score_scales:
    input:
        responses=data_table("responses"),
        codebook_items=data_table("codebook_items"),
        library=library("measure"),
    output:
        scores=data_table("scores"),
        item_statistics=result_table("items"),
    log:
        "results/logs/score_scales.log",
    benchmark:
        "results/logs/score_scales.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales"),
    message:
        "Scoring the scales"
    script:
        "../../scripts/score_scales.py"


rule check_reliability:
    input:
        responses=data_table("responses"),
        codebook_items=data_table("codebook_items"),
        dyads=data_table("dyads"),
        cards=instrument_cards(),
        library=library("measure"),
    output:
        **{name: result_table(name) for name in RELIABILITY_TABLES},
    log:
        "results/logs/check_reliability.log",
    benchmark:
        "results/logs/check_reliability.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales"),
        seed=study.about.seed,
    message:
        "Checking how reliable the scales are"
    script:
        "../../scripts/check_reliability.py"


rule check_structure:
    input:
        responses=data_table("responses"),
        codebook_items=data_table("codebook_items"),
        dyads=data_table("dyads"),
        people=data_table("people"),
        library=library("measure"),
    output:
        **{name: result_table(name) for name in STRUCTURE_TABLES},
    log:
        "results/logs/check_structure.log",
    benchmark:
        "results/logs/check_structure.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales", "structures"),
        groups=groups_asked(study.questions, study.scales),
        seed=study.about.seed,
    message:
        "Checking that each scale holds together and means the same to both sides"
    script:
        "../../scripts/check_structure.py"


rule screen_answers:
    input:
        responses=data_table("responses"),
        codebook_items=data_table("codebook_items"),
        library=library("measure"),
    output:
        **{name: result_table(name) for name in SCREENING_TABLES},
        careless_sheets="results/private/careless_sheets.csv",
    log:
        "results/logs/screen_answers.log",
    benchmark:
        "results/logs/screen_answers.benchmark.tsv"
    params:
        settings=lambda wildcards: study.section("scales", "credibility"),
    message:
        "Looking for careless answers"
    script:
        "../../scripts/screen_answers.py"
