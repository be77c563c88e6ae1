"""Methods text made from what was run: estimator, df, random part and how it was chosen, rows left out, multiplicity, software."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from pathlib import Path

from mentoring.report import numbers
from mentoring.report.answers import Answer
from mentoring.report.inputs import Results
from mentoring.report.markup import clean, md
from mentoring.report.names import Names
from mentoring.settings import SimilarityQuestion

LIBRARY = Path(__file__).resolve().parent.parent
PROGRAMS = (
    "mentoring",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "mixedlm",
    "matplotlib",
    "seaborn",
    "snakemake",
    "pypandoc-binary",
    "typst",
)
STAGES = {
    "ingest": "Reading the files",
    "measure": "Scoring and reliability",
    "dyads": "Pairing and similarity",
    "models": "Models",
    "credibility": "Checks",
    "worlds": "How the made-up data were made",
    "report": "Report",
}


def what_was_done(answer: Answer, results: Results, names: Names) -> str:
    """The model of one question, as it was fitted."""
    fit = answer.fit
    if not fit or numbers.is_missing(fit.get("formula")):
        why = fit.get("note") if fit else None
        return "No model was fitted" + (f": {md(str(why).rstrip('.'))}." if not numbers.is_missing(why) else ". The tables give no reason.")
    estimator = "restricted maximum likelihood (REML)" if fit.get("reml") else "maximum likelihood"
    sizes = [
        numbers.counted(size, one)
        for what, one in (("mentors", "mentor"), ("mentees", "mentee"), ("programs", "programme"))
        for size in [answer.size(what)]
        if size
    ]
    sentences = [
        f"We fitted a linear mixed model by {estimator} [@bates2015] to {numbers.counted(answer.size('obs') or 0, 'row')}, one row being "
        "one relationship at one wave" + (f", from {numbers.listed(sizes)}." if sizes else "."),
        rows_left_out(fit),
        inference(answer),
        _random_part(fit, names),
        to_mind(fit),
        _similarity(answer),
        _explained(fit),
        family(answer),
    ]
    return (
        f"{' '.join(sentence for sentence in sentences if sentence)}\n\n::: "
        f"{{.formula}}\n`{clean(fit['formula'], 400).replace('`', '')}`\n:::"
    )


def rows_left_out(fit: dict[str, object]) -> str:
    """How many rows were left out, and when that is sound."""
    dropped = int(fit.get("dropped") or 0)  # type: ignore[call-overload]
    if not dropped:
        return "No row was left out."
    return (
        f"{numbers.counted(dropped, 'row')} {'was' if dropped == 1 else 'were'} left out because a value is missing; that is sound "
        "only if being missing has nothing to do with the outcome beyond what the model holds."
    )


def inference(answer: Answer) -> str:
    """How standard errors and degrees of freedom were found, in a sentence."""
    methods = sorted(set(answer.effects["method"].dropna()))
    known = {
        "kenward-roger": "Standard errors, degrees of freedom and p values follow Kenward and Roger [@kenward1997], which matters when "
        "mentors are few.",
        "satterthwaite": "Degrees of freedom follow Satterthwaite [@satterthwaite1946].",
    }
    return " ".join(known.get(method.lower(), f"Standard errors and degrees of freedom: {md(method)}.") for method in methods)


def _random_part(fit: dict[str, object], names: Names) -> str:
    steps = fit.get("steps")
    if numbers.is_missing(steps):
        return "The first random part tried was kept."
    tried = []
    for line in str(steps).splitlines():
        model, _, why = line.strip().rstrip(".").partition(": ")
        tried.append(f"{model} ({why})" if why else model)
    return f"Random parts tried first and left: {md(names.in_text('; '.join(tried)))}."


def to_mind(fit: dict[str, object]) -> str:
    """What the fit itself warns of."""
    note = "" if numbers.is_missing(fit.get("note")) else str(fit["note"]).strip().rstrip(".")
    lines = []
    if str(fit.get("singular")) == "True" and "singular" not in note:
        lines.append(
            "A variance was estimated as zero (singular fit): these data hold no sign of that difference between groups, or too few "
            "groups to see it."
        )
    if str(fit.get("converged")) == "False":
        lines.append("The optimiser did not reach an optimum, so the numbers are not to be relied on.")
    if note:
        lines.append(f"To mind: {md(note)}.")
    return " ".join(lines)


def _similarity(answer: Answer) -> str:
    if not isinstance(answer.question, SimilarityQuestion):
        return ""
    split = {"within mentor", "between mentors"} <= set(answer.focus["level"])
    own = [
        term
        for term in answer.effects["term"]
        if term.startswith(("mentor_", "mentee_")) and term.split("[")[0] not in answer.question.covariates
    ]
    text = (
        "Both sides’ own standing on what the similarity is made of is in the model, so that being alike is not confused with being high."
        if own
        else ""
    )
    over_time = any(term.endswith("_over_time") for term in answer.effects["term"])
    return text + (
        " Each similarity enters in parts: as the mentor’s mean (between mentors), as each relationship’s difference from that mean "
        "(within a mentor’s mentees)"
        + (", and, where it changes between waves, as each wave’s difference from the relationship’s own mean (over time)." if over_time else ".")
        if split
        else ""
    )


def _explained(fit: dict[str, object]) -> str:
    if numbers.is_missing(fit.get("r2_marginal")):
        return ""
    return (
        f"The fixed effects stand for {numbers.number(fit['r2_marginal'], bounded=True)} of the outcome’s variance (marginal R²), with "
        "the random effects "
        f"{numbers.number(fit.get('r2_conditional'), bounded=True)} (conditional R²) [@nakagawa2013; @johnson2014]."
    )


def family(answer: Answer) -> str:
    """With which other questions the p values are corrected."""
    return {
        "primary": "The p values of the terms in question are corrected for all primary questions together (Holm).",
        "secondary": "The p values of the terms in question are corrected for all secondary questions together (Benjamini and Hochberg).",
        "exploratory": "The p values are not corrected, because the question is exploratory.",
    }[answer.question.family]


def measures_text(results: Results) -> str:
    """How scales were scored and their reliability computed."""
    scales = results.study.scales
    if not scales:
        return "This study has no scales. Its outcomes are taken as they stand in the files, so there is no reliability to report."
    shares = sorted({scale.answered for scale in scales})
    share = numbers.listed([numbers.percent(value) for value in shares], "or")
    return (
        f"A score is the mean of a scale’s items after reverse-keyed items were turned round. It is given when at least {share} of the "
        "items were answered. "
        "Reliability is Cronbach’s alpha [@cronbach1951] with Feldt’s interval [@feldt1965], which takes every answer sheet as a person of its "
        "own, and McDonald’s omega with an interval from whole mentors resampled."
    )


def structure_text(results: Results) -> str:
    """How factor structure and sameness were examined, and how many scales hold."""
    fits, tested = results["factor_fit"], results["invariance"]
    fitted = fits[fits["cfi"].notna() & (fits["model"] == "scale")]
    if fitted.empty:
        return "No scale has the four or more items, or the answers, that a test of its structure needs."
    good = int(((fitted["cfi"] >= 0.95) & (fitted["srmr"] <= 0.08)).sum())
    text = (
        "Every scale was fitted as one factor for each role and wave, by full-information maximum likelihood [@arbuckle1996]"
        + (", those of items with fewer than five possible answers by weighted least squares on polychoric correlations," if (fits["estimator"] == "WLSMV").any() else "")
        + " with standard errors and fit "
        f"robust to answers that are not normal and to mentors’ shared answers [@yuan2000]. Of {numbers.counted(len(fitted), 'model')} that can be tested, "
        f"{numbers.count(good)} reach a CFI of .95 and an SRMR of .08 [@hu1999]; all stand in the appendix."
    )
    if len(tested):
        text += (
            " Whether a scale measures the same on both sides was tested with both forms in one model, the residuals of the same item correlated "
            "[@kenny2006]; steps were judged by the change in fit [@chen2007]."
        )
    return text


def versions() -> list[tuple[str, str]]:
    """Software that made the numbers, with versions."""
    found = [("Python", platform.python_version())]
    for program in PROGRAMS:
        try:
            found.append((program, importlib.metadata.version(program)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def assumptions(library: Path = LIBRARY) -> dict[str, list[str]]:
    """Every `# ASSUME:` comment of the library's sources, by stage of the work.

    A comment may run over several lines; where it stands above (or behind) a constant, the constant's value is added.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(library.rglob("*.py")):
        lines = file.read_text(encoding="utf-8").splitlines()
        parts = file.relative_to(library).parts
        stage = STAGES["worlds"] if "worlds" in parts else STAGES.get(parts[0].removesuffix(".py"), "Throughout")
        for number, line in enumerate(lines):
            start = re.match(r"^(\s*(?:[^#\"']*\s)?)# ASSUME:?\s*(.+)$", line)
            if start:
                words, after = _comment(start[2], lines[number + 1 :])
                text = clean(" ".join(words).rstrip("."), 2000) + _value(start[1] or after) + "."
                found.setdefault(stage, []).append(text[:1].upper() + text[1:])
    order = [*STAGES.values(), "Throughout"]
    return {stage: found[stage] for stage in order if stage in found}


def _comment(first: str, rest: list[str]) -> tuple[list[str], str]:
    """The lines of a comment and the line of code after it."""
    words = [first.strip()]
    for line in rest:
        follow = re.match(r"^\s*#\s?(?!\s*ASSUME)(.+)$", line)
        if not follow:
            return words, line
        words.append(follow[1].strip())
    return words, ""


def _value(code: str) -> str:
    """`` (here: 0.7)`` when the code sets a constant to a number."""
    match = re.match(r"^\s*[A-Z][A-Z_]+(?:\s*:[^=]+)?\s*=\s*(-?[\d.]+)\s*(?:#.*)?$", code)
    return f" (here: {match[1]})" if match else ""
