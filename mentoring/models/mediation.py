"""Parallel mediation: what of an association runs along with each of several mediators, and how firm that is.

Every path is a coefficient of a mixed model on the same rows; nothing here can tell a cause from a companion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from mentoring.models.lmm import LinearMixedModelFit


@dataclass(frozen=True)
class Path:
    """One coefficient with what its method knows of it."""

    estimate: float
    se: float
    df: float
    p: float
    ci_low: float
    ci_high: float

    @classmethod
    def of(cls, fit: LinearMixedModelFit | None, term: str) -> Path:
        """A term of a fit; all NaN when there is no such term."""
        if fit is None or term not in fit.terms:
            return cls(*[np.nan] * 6)
        row = fit.fixed_effects.set_index("term").loc[term]
        # With less than one degree of freedom there is no information to speak of.
        return cls(
            *(
                float(row[name]) if row["df"] >= 1 or name == "estimate" else np.nan
                for name in ("estimate", "se", "df", "p", "ci_low", "ci_high")
            )
        )

    @property
    def known(self) -> bool:
        """Whether there is a standard error."""
        return bool(np.isfinite(self.estimate) and np.isfinite(self.se))


@dataclass(frozen=True)
class Indirect:
    """A product of paths (or a sum of products): estimate, spread of the draws, intervals, and the joint test's p."""

    estimate: float
    se: float
    p: float
    ci_low: float
    ci_high: float
    low90: float
    high90: float


def indirect_effects(
    a: Sequence[Path], b: Sequence[Path], between_a: np.ndarray, covariance_b: np.ndarray, draws: int, generator: np.random.Generator
) -> tuple[list[Indirect], Indirect]:
    """Specific indirect effects ``a_k b_k`` and their sum, with Monte Carlo intervals.

    Paths are drawn from their sampling distribution: the a-paths and the b-paths each from a multivariate t (b: the smallest df among them),
    independent of each other; percentiles of the products are the interval. p of a specific effect is the joint significance test's,
    ``max(p_a, p_b)``; the sum has none.

    Parameters
    ----------
    a, b : sequences of Path, length K
    between_a : ndarray, shape (K, K)
        Correlations between the a-paths' estimates.
    covariance_b : ndarray, shape (K, K)
        Of the b-paths' estimates.
    draws : int
    generator : numpy Generator

    Returns
    -------
    list of Indirect, Indirect
        One per mediator, and the total. NaN where a path has no standard error.

    Notes
    -----
    R: ``quantile(rnorm(n, a, se_a) * rnorm(n, b, se_b), c(.025, .975))`` when df are large.

    References
    ----------
    MacKinnon, Lockwood & Williams (2004), Multivariate Behavioral Research 39, 99-128; MacKinnon et al. (2002), Psychological Methods 7, 83-104 (joint test).
    """
    known = [one.known and other.known for one, other in zip(a, b)]
    if not all(known):
        nothing = Indirect(*[np.nan] * 7)
        if not any(known):
            return [nothing] * len(a), nothing
        kept = [place for place, one in enumerate(known) if one]
        some, _ = indirect_effects(
            [a[k] for k in kept], [b[k] for k in kept], between_a[np.ix_(kept, kept)], covariance_b[np.ix_(kept, kept)], draws, generator
        )
        filled = iter(some)
        return [next(filled) if one else nothing for one in known], nothing
    first = _drawn(
        np.array([path.estimate for path in a]),
        between_a * np.outer([p.se for p in a], [p.se for p in a]),
        [p.df for p in a],
        draws,
        generator,
    )
    second = _drawn(np.array([path.estimate for path in b]), covariance_b, [p.df for p in b], draws, generator)
    products = first * second
    specific = [_summed(products[:, k], one.estimate * other.estimate, max(one.p, other.p)) for k, (one, other) in enumerate(zip(a, b))]
    return specific, _summed(products.sum(axis=1), sum(one.estimate for one in specific), np.nan)


def _drawn(centre: np.ndarray, covariance: np.ndarray, df: Sequence[float], draws: int, generator: np.random.Generator) -> np.ndarray:
    """Multivariate t by its smallest df; one shared denominator would tie unrelated paths together, so each draw has its own."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0))
    normal = generator.standard_normal((draws, len(centre))) @ root.T
    fewest = min(df)
    if np.isfinite(fewest):
        normal /= np.sqrt(generator.chisquare(fewest, draws) / fewest)[:, None]
    return centre + normal


def _summed(products: np.ndarray, estimate: float, p: float) -> Indirect:
    low, low90, high90, high = np.quantile(products, [0.025, 0.05, 0.95, 0.975])
    # Half the middle 68.3 % is the standard deviation of a normal, and stays finite when t draws have few df.
    spread = float(np.diff(np.quantile(products, stats.norm.cdf([-1, 1])))[0] / 2)
    return Indirect(float(estimate), spread, float(p), float(low), float(high), float(low90), float(high90))


def correlation_of_paths(fits: Sequence[LinearMixedModelFit]) -> np.ndarray:
    """How the a-paths' estimates go together: the correlations between the equations' residuals (fixed part only).

    With the same right-hand side in every equation this is exact for least squares (seemingly unrelated regressions, Zellner 1962); between mixed
    models of like structure it is close.
    """
    residuals = np.column_stack([fit.design.y - fit.design.offset - fit.design.X @ fit.coefficients for fit in fits])
    return np.corrcoef(residuals, rowvar=False).reshape(len(fits), len(fits))


@dataclass(frozen=True)
class Sensitivity:
    """How strong something left out would have to be to bring a path to zero.

    Attributes
    ----------
    rho : float
        Correlation between the errors of mediator and outcome at which the path is zero (Imai, Keele & Tingley 2010, Psychological Methods 15, 309-334).
    robustness : float
        Share of what is left of the mediator *and* of the outcome that it would have to explain (Cinelli & Hazlett 2020, J. R. Stat. Soc. B 82, 39-67).
    """

    rho: float
    robustness: float


def sensitivity(path: Path) -> Sensitivity:
    """From a b-path's t and df: ``rho = t / sqrt(t² + df)``, ``RV = (sqrt(f⁴ + 4f²) - f²) / 2`` with ``f = |t| / sqrt(df)``.

    Exact for least squares; with a mixed model's df it holds for what the rows of one level tell. R: ``sensemakr::robustness_value(t, dof)``.

    Examples
    --------
    >>> round(sensitivity(Path(0.0973, 0.02326, 783, 0.0, 0.0, 0.0)).robustness, 3)  # sensemakr's Darfur example
    0.139
    """
    if not path.known or not path.se > 0 or not np.isfinite(path.df):
        return Sensitivity(np.nan, np.nan)
    t = path.estimate / path.se
    f2 = t**2 / path.df
    return Sensitivity(float(t / np.sqrt(t**2 + path.df)), float((np.sqrt(f2**2 + 4 * f2) - f2) / 2))


def without_each(fits: Mapping[str, LinearMixedModelFit], terms: Mapping[str, str], group: str) -> pd.DataFrame:
    """Chosen coefficients of several fits on the same rows without each group in turn: one row per group left out, one column per fit.

    Parameters
    ----------
    fits : mapping of name to fit
    terms : mapping of the same names to each fit's term
    group : str
        A column of the rows.
    """
    columns = {}
    for name, fit in fits.items():
        table = fit.influence(group)
        columns[name] = table[table["term"] == terms[name]].set_index("level")["estimate"]
    return pd.DataFrame(columns)


def jackknife(estimate: float, without: np.ndarray) -> tuple[float, float, float]:
    """Standard error and 95 % interval from estimates without each of J groups: ``se² = (J - 1)/J Σ(θ_-j - mean)²``, t with J - 1 df.

    NaN when an estimate without some group is missing, or there are fewer than three.
    """
    J = len(without)
    if J < 3 or not np.isfinite(without).all():
        return np.nan, np.nan, np.nan
    se = float(np.sqrt((J - 1) / J * np.sum((without - without.mean()) ** 2)))
    reach = stats.t.isf(0.025, J - 1) * se
    return se, estimate - reach, estimate + reach
