"""Resampling whole mentors: an interval for any number that follows from a covariance matrix, without fitting rows again."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Draws of the bootstrap, and the fewest mentors with whom resampling mentors says anything.
DRAWS = 1000
FEWEST = 10
# An interval is given only when the number could be had in at least this share of the draws.
MOST_DRAWS = 0.9


@dataclass(frozen=True)
class Clusters:
    """Answers summed up by cluster.

    Attributes
    ----------
    n : ndarray, shape (C,)
        Rows of each cluster.
    total : ndarray, shape (C, k)
        Sums of the (centred) values.
    cross : ndarray, shape (C, k, k)
        Sums of their products.
    """

    n: np.ndarray
    total: np.ndarray
    cross: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, labels: Sequence[object] | None = None) -> Clusters:
        """Sums of `values` (rows × k, nothing missing) by label; without labels, every row is a cluster of its own."""
        centred = values - values.mean(axis=0)
        ids: dict[object, int] = {}
        code = np.arange(len(values)) if labels is None else np.array([ids.setdefault(label, len(ids)) for label in labels], dtype=int)
        count, k = int(code.max()) + 1, values.shape[1]
        total, cross = np.zeros((count, k)), np.zeros((count, k, k))
        np.add.at(total, code, centred)
        np.add.at(cross, code, centred[:, :, None] * centred[:, None, :])
        return cls(np.bincount(code, minlength=count).astype(float), total, cross)

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """How often each cluster is drawn, `count` times over: shape (count, C)."""
        clusters = len(self.n)
        return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=count).astype(float)

    def covariances(self, weights: np.ndarray) -> np.ndarray:
        """Covariance matrix (divisor n − 1) of the rows of each draw: shape (draws, k, k)."""
        n, total, cross = self._sums(weights)
        return (cross - total[:, :, None] * total[:, None, :] / n[:, None, None]) / (n - 1)[:, None, None]

    def two_level(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Covariances within and between clusters, and the usual cluster size, of each draw.

        Within: pooled over clusters, ``Σ (x − x̄_c)(x − x̄_c)' / (n − C)``. Between: ``(S_B − S_W) / ñ`` with S_B the mean square of the
        cluster means and ``ñ = (n − Σ n_c² / n) / (C − 1)`` (the analysis-of-variance estimates; Muthén 1994). A cluster drawn twice counts
        as two.

        Returns
        -------
        within, between : ndarray, shape (draws, k, k)
            The latter need not be positive definite.
        size : ndarray, shape (draws,)
        """
        n, total, cross = self._sums(weights)
        count = weights.sum(axis=1)
        outer = self.total[:, :, None] * self.total[:, None, :] / self.n[:, None, None]
        around = self._weighted(weights, outer)
        within = (cross - around) / (n - count)[:, None, None]
        mean_square = (around - total[:, :, None] * total[:, None, :] / n[:, None, None]) / (count - 1)[:, None, None]
        size = (n - weights @ self.n**2 / n) / (count - 1)
        return within, (mean_square - within) / size[:, None, None], size

    def _sums(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return weights @ self.n, weights @ self.total, self._weighted(weights, self.cross)

    @staticmethod
    def _weighted(weights: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        shape = matrices.shape
        return (weights @ matrices.reshape(shape[0], -1)).reshape(len(weights), *shape[1:])


def percentiles(values: np.ndarray, level: float) -> tuple[float, float] | None:
    """The middle `level` of bootstrap values; None when too many draws gave none."""
    known = values[np.isfinite(values)]
    if len(known) < MOST_DRAWS * len(values) or not len(known):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def stream(seed: int, *names: object) -> np.random.Generator:
    """A random stream that depends on the seed and on what it is for, not on what was computed before."""
    return np.random.default_rng([seed, zlib.crc32("/".join(str(name) for name in names).encode("utf-8"))])
