"""Random designs: our optimum against random second starts and against mixedlm. Run: python benchmarks/random_designs.py [count] [first seed]

Every design that another search or engine fits better by more than 1e-5 in log-likelihood is printed with its seed.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from scipy import optimize

from mentoring.errors import StudyError
from mentoring.models.lmm import lmm
from mentoring.models.lmm.second_opinion import _by_mixedlm, _quietly

RANDOM_PARTS = [
    "(1 | g)",
    "(x | g)",
    "(x || g)",
    "(0 + x | g)",
    "(1 | h/g)",
    "(1 | g) + (1 | k)",
    "(x | g) + (1 | k)",
    "(1 | h) + (1 | k)",
    "(x || h/g)",
    "(f | g)",
    "(1 | h/g) + (1 | k)",
    "(x + w | g)",
]


def random_design(seed: int) -> tuple[str, pd.DataFrame, bool]:
    """A formula, its data (unbalanced, scales from 1e-3 to 1e6, often with variances at or near zero), and whether to use REML."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(4, 40))
    sizes = rng.integers(1, int(rng.integers(3, 12)) + 1, groups)
    g = np.repeat(np.arange(groups), sizes)
    n = len(g)
    h, k = g // int(rng.integers(2, 6)), rng.integers(0, int(rng.integers(3, 12)), n)
    scale = 10 ** rng.uniform(-3, 6, 3)
    x, w = rng.normal(rng.choice([0, 3]), 1, n), rng.normal(size=n)
    f = rng.choice(list("abc"), n)
    sd = np.where(rng.random(5) < 0.4, 10 ** rng.uniform(-3, -1), rng.uniform(0.1, 1.5, 5)) * (rng.random(5) > 0.15)
    y = (
        0.3 * x
        + sd[0] * rng.normal(size=groups)[g]
        + sd[1] * rng.normal(size=groups)[g] * x
        + sd[2] * rng.normal(size=groups)[h]
        + sd[3] * rng.normal(size=12)[k]
        + rng.normal(size=n)
    )
    data = pd.DataFrame({"y": y * scale[0], "x": x * scale[1], "w": w * scale[2], "f": f, "g": g, "h": h, "k": k})
    fixed = rng.choice(["x + w", "x", "x * f", "1", "w + f", "I(x**2) + x"])
    return f"y ~ {fixed} + {rng.choice(RANDOM_PARTS)}", data, bool(rng.random() < 0.7)


def check(seed: int, starts: int = 3, engine: bool = True) -> tuple[str, float]:
    """Fit one design; ("ok" | "refused" | "WRONG …", how much better another search did in log-likelihood)."""
    formula, data, reml = random_design(seed)
    try:
        fit = lmm(formula, data, reml=reml, inference="satterthwaite")
    except StudyError as error:
        return "refused: " + error.problems[0].found[:60], 0.0
    rng = np.random.default_rng(seed + 1)

    def value(theta: np.ndarray) -> tuple[float, np.ndarray]:
        deviance, gradient = fit.problem.evaluate(theta[None], np.array([0]))
        return (float(deviance[0]), gradient[0]) if np.isfinite(deviance[0]) else (1e100, 0 * theta)

    found = [
        optimize.minimize(value, rng.uniform(-1.5, 1.5, len(fit.theta)), jac=True, method="L-BFGS-B", options={"ftol": 1e-14}).fun
        for _ in range(starts)
    ]
    better = max([0.0, *((fit.deviance - other) / 2 for other in found)])
    if better > 1e-5:
        return f"WRONG (second start): {formula}", better
    if not fit.converged:
        return f"NOT CONVERGED (said so): {formula}", better
    if engine:
        other = _quietly(_by_mixedlm, fit)
        # mixedlm fails on covariates of very different size; only a higher likelihood of its own would be evidence against us.
        if other.loglik - fit.loglik > 1e-5:
            return f"WRONG (mixedlm): {formula}", other.loglik - fit.loglik
        if other.loglik - fit.loglik < -1e-4:
            return "ok, mixedlm lower", better
    return "ok", better


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    tally: dict[str, int] = {}
    began = time.perf_counter()
    for seed in range(first, first + count):
        verdict, better = check(seed)
        if verdict.startswith(("WRONG", "NOT")):
            print(f"seed {seed}: {verdict} by {better:.2e}", flush=True)
        key = verdict.split(":")[0]
        tally[key] = tally.get(key, 0) + 1
    print(tally, f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
