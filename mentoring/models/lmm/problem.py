"""Choose how a design is eliminated, and find its optimum."""

from __future__ import annotations

import numpy as np

from .criterion import Profile, Setting, Solution
from .crossed import MOST_DENSE, CrossedProblem
from .levels import Level
from .nested import NestedProblem, chain_of, no_random_effects
from .optimise import Optimum, minimise, settled, start_values
from .scaled import Scaled
from .search import Search
from .sparse import SparseProblem
from .sparse_pattern import worthwhile

# A second search costs about as much as the first; on small problems nobody notices.
VERIFY_UP_TO = 20_000
# Up to here further searches, side by side, cost a few milliseconds.
MANY_STARTS_UP_TO = 3_000
# Numbers read per evaluation from which a rehearsal on a part of the groups saves time.
PART_FROM = 100_000


class LeastSquares:
    """A model without random terms: nothing to optimise."""

    def __init__(self, scaled: Scaled, given: Setting):
        self.result = no_random_effects(scaled, given)

    def evaluate(self, theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The deviance; its gradient has no entries."""
        return np.repeat(self.result.deviance, len(theta)), np.zeros((len(theta), 0))

    def profiles(self, theta: np.ndarray) -> Profile:
        """β, Φ and RSS of the design's own outcome."""
        return self.result

    def solve(self, theta: np.ndarray, outcome: int = 0) -> Solution:
        """β, Φ and RSS; there is no θ."""
        return Solution(self.result, [], list, list)


Problem = NestedProblem | CrossedProblem | SparseProblem | LeastSquares


def make_problem(scaled: Scaled, levels: list[Level], given: Setting, outcomes: np.ndarray | None = None) -> Problem:
    """The elimination scheme that fits the design."""
    if not levels:
        return LeastSquares(scaled, given)
    chain = chain_of(levels)
    if chain is None:
        pattern = worthwhile(levels, MOST_DENSE)
        if pattern is not None:
            return SparseProblem(scaled, levels, given, outcomes, pattern)
        return CrossedProblem(scaled, levels, given, outcomes)
    return NestedProblem(scaled, levels, given, chain, outcomes)


def find_optimum(problem: Problem, levels: list[Level]) -> tuple[Optimum, list[str]]:
    """Optimum of a single outcome, checked by searches from other starts; notes say what was found."""
    if isinstance(problem, LeastSquares):
        deviance = problem.result.deviance
        return Optimum(np.zeros((1, 0)), deviance, np.zeros((1, 0)), np.zeros((1, 0, 0)), np.zeros(1), 1), []
    start, inverse = _start(problem, levels)
    if _size(problem) > VERIFY_UP_TO:
        best = minimise(problem.evaluate, levels, start, inverse=inverse)
        if inverse is not None and not best.to_go[0] < 1e-6:
            best = minimise(problem.evaluate, levels, start_values(levels, 1))
        return best, []
    # All starts advance side by side: for small problems an evaluation of several costs hardly more than one.
    search = Search(lambda theta, which: problem.evaluate(theta, np.zeros(len(which), dtype=int)), _starts(problem, levels, start))
    search.run()
    best = settled(search.only([0]), levels)
    other = 1 + int(np.argmin(search.deviance[1:]))
    if not search.deviance[other] <= best.deviance[0] - 1e-6 * max(1.0, abs(best.deviance[0]) * 1e-3):
        return best, []
    again = minimise(problem.evaluate, levels, search.theta[other][None])
    if again.deviance[0] >= best.deviance[0]:
        return best, []
    gain = best.deviance[0] - again.deviance[0]
    return again, [f"two searches ended {gain:.2g} deviance units apart; the lower end is reported"]


def _starts(problem: NestedProblem | CrossedProblem | SparseProblem, levels: list[Level], first: np.ndarray) -> np.ndarray:
    """The first start; one with small variances; in small problems others in which the variances of one level, or all, are large.

    Small samples with several variances can have more than one optimum; one in some two thousand random designs did.
    """
    diagonal = start_values(levels, 1, 1.0)[0]
    starts = [first[0], 0.25 * diagonal]
    # Crossed designs are evaluated one start at a time, so they must be smaller (their size is a square).
    if diagonal.sum() > 1 and _size(problem) <= MANY_STARTS_UP_TO and problem.given.n <= MANY_STARTS_UP_TO:
        owner = np.repeat(np.arange(len(levels)), [len(level.free) for level in levels])
        large = [owner == number for number in range(len(levels))] if len(levels) > 1 else []
        starts += [diagonal * np.where(chosen, 3.0, 0.3) for chosen in [*large, np.ones(len(owner), dtype=bool)]]
    return np.array(starts)


def _start(problem: NestedProblem | CrossedProblem | SparseProblem, levels: list[Level]) -> tuple[np.ndarray, np.ndarray | None]:
    """Λ = I, or for large nested designs the optimum of a tenth of the outermost groups, with its curvature scaled up."""
    plain = start_values(levels, 1)
    part = problem.part() if isinstance(problem, NestedProblem) and _size(problem) > PART_FROM else None
    if part is None:
        return plain, None
    share, smaller = part
    found = minimise(smaller.evaluate, levels, plain, kicks=False)
    values, vectors = np.linalg.eigh(found.hessian[0])
    if not np.isfinite(found.deviance[0]) or values.min() <= 1e-3 * values.max() or np.abs(found.theta).max() > 20:
        return plain, None
    return found.theta, (share * (vectors / values) @ vectors.T)[None]


def _size(problem: NestedProblem | CrossedProblem | SparseProblem) -> int:
    if isinstance(problem, CrossedProblem):
        return problem.width**2
    if isinstance(problem, SparseProblem):
        return problem.size
    return sum(b[0].size for b in problem.B)
