"""The same model by two other engines, side by side: `mixedlm` and statsmodels.

Neither decides anything; they are independent witnesses. What each is known not to do stands in its note.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .fit import LinearMixedModelFit

# Differences below these are rounding and stopping rules, not disagreement.
LOGLIK_TOLERANCE, ESTIMATE_TOLERANCE, SE_TOLERANCE = 1e-3, 1e-2, 1e-2


@dataclass
class Opinion:
    """What another engine found; `problem` says why it found nothing."""

    engine: str
    loglik: float = float("nan")
    estimates: np.ndarray | None = None
    se: np.ndarray | None = None
    sigma: float = float("nan")
    problem: str = ""


def compare_engines(fit: LinearMixedModelFit) -> pd.DataFrame:
    """Fit the same model by `mixedlm` and statsmodels.

    Returns
    -------
    DataFrame
        engine, loglik, loglik_difference (theirs − ours), estimate_difference (largest, in our SE), se_ratio (the one farthest from 1), sigma,
        agrees, note (in plain words: what differs, and why when it is known).
    """
    rows = [("this package", fit.loglik, 0.0, 0.0, 1.0, fit.sigma, True, "")]
    for ask in (_by_mixedlm, _by_statsmodels):
        rows.append(_judged(fit, _quietly(ask, fit)))
    columns = ["engine", "loglik", "loglik_difference", "estimate_difference", "se_ratio", "sigma", "agrees", "note"]
    return pd.DataFrame(rows, columns=columns)


def ask_mixedlm(fit: LinearMixedModelFit) -> Opinion:
    """What `mixedlm` finds for the same model; its estimates stand in the order of ``fit.terms``."""
    return _quietly(_by_mixedlm, fit)


def _quietly(ask: Callable[[LinearMixedModelFit], Opinion], fit: LinearMixedModelFit) -> Opinion:
    """Another engine's failure is a finding, not an error."""
    name = ask.__name__.removeprefix("_by_")
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return ask(fit)
    except Exception as error:  # noqa: BLE001
        return Opinion(name, problem=f"could not fit it: {type(error).__name__}: {str(error)[:120]}")


def _judged(fit: LinearMixedModelFit, other: Opinion) -> tuple[str, float, float, float, float, float, bool, str]:
    if other.estimates is None or other.se is None:
        return (other.engine, other.loglik, np.nan, np.nan, np.nan, other.sigma, False, other.problem)
    se = np.sqrt(np.diag(fit.vcov))
    gap = other.loglik - fit.loglik
    far = float(np.abs((other.estimates - fit.coefficients) / se).max())
    ratios = other.se / se
    ratio = float(ratios[np.abs(np.log(ratios)).argmax()])
    notes = []
    if gap < -LOGLIK_TOLERANCE:
        notes.append("stopped short of the optimum: its log-likelihood is lower")
    elif gap > LOGLIK_TOLERANCE:
        notes.append("found a HIGHER log-likelihood: do not trust this package's fit")
    if abs(ratio - 1) > SE_TOLERANCE:
        notes.append(
            "standard errors differ"
            + (" (statsmodels inverts the joint information, not σ²(XᵀV⁻¹X)⁻¹)" if other.engine == "statsmodels" else "")
        )
    if far > ESTIMATE_TOLERANCE:
        notes.append("fixed effects differ")
    return (other.engine, other.loglik, gap, far, ratio, other.sigma, not notes, "; ".join(notes))


def _plain_frame(fit: LinearMixedModelFit) -> tuple[pd.DataFrame, str]:
    """Our own columns under neutral names, so that the engines differ in nothing but the fitting."""
    design = fit.design
    frame = pd.DataFrame({f"x{number}": design.X[:, number] for number in range(design.X.shape[1])})
    frame["y"] = design.y - design.offset
    terms = []
    for number, level in enumerate(design.levels):
        frame[f"g{number}"] = pd.Categorical(level.codes.astype(str))
        for place in range(level.q):
            frame[f"z{number}_{place}"] = level.z[:, place]
        block = level.block_of
        for one in range(len(level.blocks)):
            own = [place for place in range(level.q) if block[place] == one]
            names = ["1" if level.effects[place] == "Intercept" else f"z{number}_{place}" for place in own]
            terms.append(f"({' + '.join(names if '1' in names else ['0', *names])} | g{number})")
    return frame, " + ".join([*(f"x{number}" for number in range(design.X.shape[1])), *terms])


def _by_mixedlm(fit: LinearMixedModelFit) -> Opinion:
    import mixedlm

    if any(level.shares is not None for level in fit.design.levels):
        return Opinion("mixedlm", problem="has no multiple membership")
    frame, right = _plain_frame(fit)
    found = mixedlm.lmer(f"y ~ 0 + {right}", frame, REML=fit.reml, weights=fit.design.weights)
    estimates = np.array(list(found.fixef().values()), dtype=float)
    loglik = float(getattr(found.logLik(), "value", np.nan))
    return Opinion("mixedlm", loglik, estimates, np.sqrt(np.diag(np.asarray(found.vcov()))), float(found.sigma))


def _by_statsmodels(fit: LinearMixedModelFit) -> Opinion:
    from statsmodels.regression.mixed_linear_model import MixedLM

    levels = fit.design.levels
    if len(levels) != 1 or len(levels[0].blocks) != 1 or fit.design.weights is not None or levels[0].shares is not None:
        return Opinion("statsmodels", problem="fits one grouping factor with one covariance block and no weights; not asked")
    level = levels[0]
    found = MixedLM(fit.design.y - fit.design.offset, fit.design.X, level.codes, exog_re=level.z).fit(reml=fit.reml)
    return Opinion("statsmodels", float(found.llf), np.asarray(found.fe_params), np.asarray(found.bse_fe), float(np.sqrt(found.scale)))
