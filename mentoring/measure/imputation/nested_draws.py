"""Draws from the posterior of a regression with nested random intercepts, for numbers and (by latent normals) for yes/no."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import ndtr, ndtri

from mentoring.measure.imputation.units import Grouping

# ASSUME: with everything in standard deviations, imputation coefficients have the prior N(0, 2²) and each variance of an intercept the
# scaled inverse χ² prior with 1 degree of freedom around 0.1: weak beside data, and proper, so that collinear predictors do no harm.
COEFFICIENT_SD = 2.0
INTERCEPT_SD = 100.0
PRIOR_VARIANCE = 0.1


class NestedRegression:
    """``y = Xβ + Σ_l u_l + e``, one intercept u_l per group of each nested grouping; keeps its variances from one visit to the next.

    β and all u are drawn jointly given the variances (β with the u integrated out, then u from the outermost grouping inwards), so that
    effects of mentors' lasting traits mix as fast as any. Units without y take part as groups do: their effects come from the prior.

    Parameters
    ----------
    groupings : sequence of Grouping
        Innermost first.
    observed : ndarray of bool
        Units whose y is known.
    yes_no : bool
        y is 0 or 1, and ``y = 1`` when a latent normal with residual variance 1 is above 0 (Albert & Chib 1993).

    Notes
    -----
    R: the model of ``mice::mice.impute.2l.pan`` with one or several nested groupings, and of ``jomo::jomo1rancon`` for one variable.
    """

    def __init__(self, groupings: Sequence[Grouping], observed: np.ndarray, yes_no: bool = False):
        self.groupings, self.observed, self.yes_no = tuple(groupings), observed, yes_no
        self.variances = np.full(len(self.groupings), PRIOR_VARIANCE)
        self.residual = 1.0
        self._counts: list[np.ndarray] = [observed.astype(float)]
        for grouping in self.groupings:
            self._counts.append(grouping.gather @ self._counts[-1])
        self._mean: np.ndarray | None = None
        self.beta = np.zeros(0)

    def draw(self, x: np.ndarray, y: np.ndarray, rng: np.random.Generator, sweeps: int) -> np.ndarray:
        """The mean of every unit, known or not, under the parameters drawn in the last of some sweeps.

        Parameters
        ----------
        x : ndarray, shape (units, k)
            The first column is 1.
        y : ndarray, shape (units,)
            Anything where not observed.
        """
        kept = x * self.observed[:, None]
        y = np.where(self.observed, y, 0.0)
        gram, moment = kept.T @ kept, kept.T @ y
        inner = self.groupings[0].gather @ kept if self.groupings else kept[:0]
        for _ in range(sweeps):
            target = self._latent(y, rng) if self.yes_no else y
            beta, effects = self._coefficients(target, gram, kept.T @ target if self.yes_no else moment, inner, rng)
            mean = x @ beta
            if effects:
                mean = mean + effects[0][self.groupings[0].of_lower]
            self._draw_variances(target - mean, effects, rng)
            self._mean, self.beta = mean, beta
        return mean

    def _latent(self, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Normals beyond 0 on the side the answer is."""
        mean = self._mean if self._mean is not None else np.zeros(len(y))
        side = 2 * y - 1
        share = np.clip(rng.random(len(y)) * ndtr(side * mean), 1e-300, None)
        return np.where(self.observed, mean - side * ndtri(share), 0.0)

    def _coefficients(
        self, y: np.ndarray, gram: np.ndarray, moment: np.ndarray, inner: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """β with the intercepts integrated out, then the intercepts; each is the sum of its own and all outer ones.

        A group with weight c (the number of its rows over σ², less what finer groupings explain) and intercept variance τ² takes
        s sᵀ/(c + 1/τ²) from XᵀX/σ², s the weighted sum of its rows, and passes s·(1/τ²)/(c + 1/τ²) on to the grouping above.
        """
        precision, moment = gram / self.residual, moment / self.residual
        sums_x, sums_y, weights = inner, y, self._counts[0]
        passed: list[tuple[np.ndarray, np.ndarray, np.ndarray, float]] = []
        for level, (grouping, variance) in enumerate(zip(self.groupings, self.variances, strict=True)):
            if level:
                sums_x, sums_y, weights = grouping.gather @ sums_x, grouping.gather @ sums_y, grouping.gather @ weights
            else:
                sums_x, sums_y, weights = sums_x / self.residual, grouping.gather @ y / self.residual, self._counts[1] / self.residual
            own = 1 / variance
            share = 1 / (weights + own)
            precision = precision - (sums_x * share[:, None]).T @ sums_x
            moment = moment - sums_x.T @ (sums_y * share)
            passed.append((sums_x, sums_y, weights, own))
            keep = own * share
            sums_x, sums_y, weights = sums_x * keep[:, None], sums_y * keep, weights * keep
        precision.flat[:: len(precision) + 1] += 1 / COEFFICIENT_SD**2
        precision[0, 0] += 1 / INTERCEPT_SD**2 - 1 / COEFFICIENT_SD**2
        root = np.linalg.cholesky(precision)
        half = solve_triangular(root, moment, lower=True)
        beta = solve_triangular(root.T, half + rng.standard_normal(len(half)), lower=False)
        effects: list[np.ndarray] = []
        for level in reversed(range(len(passed))):
            sums_x, sums_y, weights, own = passed[level]
            outer = effects[0][self.groupings[level + 1].of_lower] if effects else 0.0
            gap = sums_y - sums_x @ beta - weights * outer
            effect = gap / (weights + own) + rng.standard_normal(len(gap)) / np.sqrt(weights + own)
            effects.insert(0, outer + effect)
        return beta, effects

    def _draw_variances(self, left: np.ndarray, effects: list[np.ndarray], rng: np.random.Generator) -> None:
        for level, total in enumerate(effects):
            outer = effects[level + 1][self.groupings[level + 1].of_lower] if level + 1 < len(effects) else 0.0
            own = (total - outer)[self._counts[level + 1] > 0]
            self.variances[level] = ((own**2).sum() + PRIOR_VARIANCE) / rng.chisquare(len(own) + 1)
        if not self.yes_no:
            left = left[self.observed]
            # The smallest variance that is not rounding: a column may follow exactly from the others.
            self.residual = max(float((left**2).sum() / rng.chisquare(len(left))), 1e-8)
