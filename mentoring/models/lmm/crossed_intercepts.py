"""One evaluation of a crossed design that has random intercepts only, by compiled loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from . import kernel_crossed as kernel
from .criterion import profile

if TYPE_CHECKING:
    from .crossed import CrossedProblem


def deviance_and_gradient(problem: CrossedProblem, theta: np.ndarray, outcome: int) -> tuple[float, np.ndarray]:
    """Deviance and gradient (1, k); θ is one number per level."""
    sums = problem.sums
    p, first = problem.given.p, theta[problem.first]
    columns = [*range(p), p + outcome]
    b1, a1 = sums.B1[:, 0, columns], sums.A1[:, 0, 0]
    grown = 1 + first**2 * a1
    m, shrink = first**2 / grown, 1 / grown
    factor = theta[problem.rest][problem.level_of]
    csr = (sums.F.indptr, sums.F.indices, sums.F.data)
    a, k = kernel.schur_and_scaled(sums.C22, *csr, m, factor)
    # A C-ordered lower triangle is LAPACK's upper one, transposed: no copy is made.
    root, failed = linalg.lapack.dpotrf(k.T, lower=0, clean=0, overwrite_a=1)
    if failed:
        return np.inf, np.zeros((1, len(theta)))
    log_det = float(np.log(grown).sum() + 2 * np.log(root.diagonal()).sum())
    b2 = sums.B2[:, columns] - sums.F.T @ (m[:, None] * b1)
    scaled_b = factor[:, None] * b2
    solved, _ = linalg.lapack.dpotrs(root, scaled_b, lower=0)
    schur = np.empty((p + 1, p + 1))
    schur[:p, :p], schur[:p, p], schur[p, :p], schur[p, p] = sums.gram, sums.XY[outcome], sums.XY[outcome], sums.YY[outcome]
    schur -= b1.T @ (m[:, None] * b1) + scaled_b.T @ solved
    result = profile(schur[None], np.array([log_det]), problem.given)
    weight = result.weight_matrix(problem.given)[0]
    inverse = linalg.lapack.dpotri(root, lower=0, overwrite_c=1)[0].T
    # b₂ − A M b₂ = Λ⁻¹(I − (K − I)K⁻¹)Λb₂ without dividing: A·Λ·solved by its own product.
    moved = factor[:, None] * solved
    r2 = sums.B2[:, columns] - sums.F.T @ (m[:, None] * b1) - (sums.C22 @ moved - sums.F.T @ (m[:, None] * (sums.F @ moved)))
    r1 = shrink[:, None] * (b1 - sums.F @ moved)
    gradient = np.empty(len(theta))
    traces = kernel.level_sums(a, inverse, factor, problem.level_of, len(problem.rest))
    squares = np.einsum("gc,cd,gd->g", r2, weight, r2)
    for place, number in enumerate(problem.rest):
        gradient[number] = 2 * (traces[place] - theta[number] * squares[problem.level_of == place].sum())
    total = (shrink * a1).sum() - kernel.row_quadratics(*csr, shrink, inverse, factor) - np.einsum("gc,cd,gd->", r1, weight, r1)
    gradient[problem.first] = 2 * first * total
    return float(result.deviance[0]), gradient[None]
