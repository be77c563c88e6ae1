"""A nested design's sums as the compiled kernels want them, and the choice of kernel."""

from __future__ import annotations

import numpy as np

from . import kernel, kernel_lanes, kernel_scalar, kernel_single
from .criterion import Profile, Setting, factors, packed, profile
from .levels import Level


class Compiled:
    """Deviance and gradient by the kernel that fits the design.

    Parameters
    ----------
    levels : list of Level
        In the formula's order.
    order : list of int
        Their numbers, innermost first.
    A, B, C, parents, multiplicity
        As in `NestedProblem`.
    """

    def __init__(
        self,
        levels: list[Level],
        order: list[int],
        A: list[np.ndarray],
        B: list[np.ndarray],
        C: np.ndarray,
        parents: list[np.ndarray],
        multiplicity: np.ndarray | None,
        given: Setting,
    ):
        self.levels, self.order, self.given = levels, order, given
        self.widths = np.array([levels[number].q for number in order])
        self.replicates, p = len(C), given.p
        self.scalar = bool((self.widths == 1).all())
        self.single = len(order) == 1 and self.replicates == 1 and not self.scalar
        sizes = np.array([a.shape[1] for a in A])
        count = np.ones(sizes[0]) if multiplicity is None else multiplicity
        a = np.concatenate([a.ravel() for a in A])
        gram, xy, yy = C[0, :p, :p].copy(), C[:, :p, p].copy(), C[:, p, p].copy()
        if self.scalar and self.replicates == 1:
            b = np.concatenate([b[0, :, 0].T.ravel() for b in B])
            self.fixed: tuple = (a, b, _above(parents), count, sizes, gram, xy[0], yy[0])
        elif self.single:
            self.fixed = (int(self.widths[0]), a, kernel_single.products(B[0][0]), count, gram, xy[0], yy[0])
        else:
            shared = np.concatenate([b[0, ..., :-1].ravel() for b in B])
            y = np.concatenate([b[..., -1].reshape(self.replicates, -1) for b in B], axis=1)
            up = np.concatenate([*parents, np.full(sizes[-1], -1)])
            self.fixed = (a, shared, y, up, count, sizes, gram, xy, yy)

    def evaluate(self, theta: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deviance (R,) and gradient (R, k) at one θ per chosen outcome."""
        rest = (self.given.n, self.given.reml, self.given.constant)
        if self.scalar:
            lam = np.take(theta, self.order, axis=1)
            if self.replicates == 1:
                deviance, slopes = kernel_scalar.evaluate(lam, *self.fixed, *rest)  # type: ignore[call-arg]
            else:
                deviance, slopes = kernel_lanes.evaluate(lam, *self.fixed, which, *rest)  # type: ignore[call-arg]
            gradient = np.empty_like(slopes)
            gradient[:, self.order] = slopes
            return deviance, gradient
        by_level = factors(theta, self.levels)
        flat = np.concatenate([by_level[number].reshape(len(theta), -1) for number in self.order], axis=1)
        if self.single:
            values = [kernel_single.evaluate(row, *self.fixed, *rest) for row in flat]  # type: ignore[call-arg]
            deviance, slopes = np.array([value for value, _ in values]), np.array([slope for _, slope in values])
        else:
            deviance, slopes = kernel.evaluate(flat, self.widths, *self.fixed, which, *rest)  # type: ignore[call-arg]
        start = 0
        for number, q in zip(self.order, self.widths, strict=True):
            by_level[number] = slopes[:, start : start + q * q].reshape(len(theta), q, q)
            start += q * q
        return deviance, packed(by_level, self.levels)

    def profiles(self, theta: np.ndarray) -> Profile | None:
        """β, Φ and RSS of every outcome; None where the NumPy path must answer."""
        if not self.scalar or self.replicates == 1:
            return None
        lam = np.take(theta, self.order, axis=1)
        schur, log_det = kernel_lanes.eliminated(lam, *self.fixed, np.arange(self.replicates))  # type: ignore[call-arg]
        return profile(schur, log_det, self.given)


def _above(parents: list[np.ndarray]) -> np.ndarray:
    """For each pair of levels, inner before outer, the outer group of each inner group."""
    out = [np.zeros(0, dtype=np.intp)]
    for level in range(len(parents)):
        above = parents[level]
        out.append(above)
        for parent in parents[level + 1 :]:
            above = parent[above]
            out.append(above)
    return np.concatenate(out)
