"""Cumulative logit (and logistic) model with random intercepts: by Laplace's approximation, or adaptive quadrature for one grouping.

η = Xβ + Σ_l σ_l b_l[group], b ~ N(0, 1). With the steps of `mentoring.models.generalised.steps`, margins are m = Dδ + Eb with E = −sign · Σ σ_l Z_l. At the mode b̂ of
ℓ(δ, b) − b'b/2, with W = F(m)(1 − F(m)) and H = I + E'WE, the Laplace log-likelihood is

    L = ℓ(δ, b̂) − b̂'b̂/2 − ½ log|H|.

With one grouping the integral over each group's b is done by Gauss–Hermite quadrature, centred at its mode and scaled by H^(−1/2) (Liu & Pierce 1994).
Laplace's approximation makes variances of small groups of yes/no answers too small; quadrature does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp

from mentoring.models.generalised.steps import Steps, fit_steps, make_steps

NODES = 15
# H is inverted whole; beyond this it takes minutes.
MOST_GROUPS = 1500
STARTS = (0.5, 1.5)
# Below this a standard deviation counts as zero (log-odds).
ZERO_SD = 1e-3


@dataclass(frozen=True)
class MixedFit:
    """A fitted model.

    Attributes
    ----------
    delta, se : ndarray, shape (C − 1 + p,)
        Thresholds α, then β; standard errors from the whole Hessian, standard deviations included.
    sd : ndarray, shape (levels,)
        Of the random intercepts, in log-odds.
    loglik : float
    method : str
        "Laplace" or "adaptive quadrature, 15 nodes".
    converged, singular : bool
        `singular`: a standard deviation is zero.
    """

    delta: np.ndarray
    se: np.ndarray
    sd: np.ndarray
    loglik: float
    method: str
    converged: bool
    singular: bool


@dataclass
class _Model:
    steps: Steps
    groups: list[np.ndarray]  # group of every step, one array per level
    sizes: list[int]
    nodes: int
    mode: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.offsets = np.concatenate([[0], np.cumsum(self.sizes)])
        self.places = [codes + start for codes, start in zip(self.groups, self.offsets)]
        self.mode = np.zeros(self.offsets[-1])

    def spread(self, b: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """E b, per step."""
        return -self.steps.sign * sum((s * b[place] for s, place in zip(sd, self.places)), np.zeros(len(self.steps.sign)))

    def gathered(self, values: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """E' values."""
        total = np.zeros(self.offsets[-1])
        for s, place in zip(sd, self.places):
            total += np.bincount(place, weights=-self.steps.sign * values * s, minlength=len(total))
        return total

    def curvature(self, W: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """H = I + E'WE."""
        q = self.offsets[-1]
        H = np.zeros(q * q)
        for s, place in zip(sd, self.places):
            for r, other in zip(sd, self.places):
                H += np.bincount(place * q + other, weights=W * s * r, minlength=q * q)
        H = H.reshape(q, q)
        H[np.diag_indices(q)] += 1.0
        return H

    def at_mode(self, delta: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The mode b̂, the margins there, and H."""
        fixed, b = self.steps.D @ delta, self.mode
        margin = fixed + self.spread(b, sd)
        value = log_expit(margin).sum() - b @ b / 2
        for _ in range(200):
            H = self.curvature(expit(margin) * expit(-margin), sd)
            slope = self.gathered(expit(-margin), sd) - b
            move = np.linalg.solve(H, slope)
            if slope @ move < 1e-16 * (1 + abs(value)):
                break
            size = 1.0
            while True:
                tried = b + size * move
                there = fixed + self.spread(tried, sd)
                new = log_expit(there).sum() - tried @ tried / 2
                if new >= value - 1e-12 * abs(value) or size < 1e-6:
                    break
                size /= 2
            b, margin, value = tried, there, new
        self.mode = b
        return b, margin, H

    def laplace(self, delta: np.ndarray, sd: np.ndarray) -> tuple[float, np.ndarray]:
        """L and its gradient with respect to (δ, σ)."""
        k, D = self.steps.thresholds, self.steps.D
        space, space_slope, _ = self.steps.spacing(delta[:k])
        if not np.isfinite(space):
            return -np.inf, np.zeros(len(delta) + len(sd))
        b, margin, H = self.at_mode(delta, sd)
        above, below = expit(margin), expit(-margin)
        W, third = above * below, above * below * (above - below)  # third: −f''', so that dW = −third·dm
        inverse = np.linalg.inv(H)
        leverage = np.zeros(len(margin))
        for s, place in zip(sd, self.places):
            for r, other in zip(sd, self.places):
                leverage += s * r * inverse[place, other]
        pull = -third * leverage
        value = space + log_expit(margin).sum() - b @ b / 2 - np.linalg.slogdet(H)[1] / 2
        through = inverse @ self.gathered(pull, sd)
        back = W * self.spread(through, sd)
        of_delta = D.T @ (below - (pull - back) / 2)
        of_delta[:k] += space_slope
        of_sd = []
        for place in self.places:
            own = -self.steps.sign * b[place]
            # tr(H⁻¹E'W dE) runs over the level's own columns of E H⁻¹.
            crossed = sum((s * inverse[other, place] for s, other in zip(sd, self.places)), np.zeros(len(place)))
            block = np.zeros(len(b))
            block += np.bincount(place, weights=-self.steps.sign * below, minlength=len(b))
            moved = own + self.spread(inverse @ (block - self.gathered(W * own, sd)), sd)
            of_sd.append(below @ own - (W * crossed).sum() - pull @ moved / 2)
        return float(value), np.concatenate([of_delta, of_sd])

    def quadrature(self, delta: np.ndarray, sd: np.ndarray) -> float:
        """The log-likelihood of one grouping by adaptive Gauss–Hermite quadrature."""
        space = self.steps.spacing(delta[: self.steps.thresholds])[0]
        if not np.isfinite(space):
            return -np.inf
        b, _, H = self.at_mode(delta, sd)
        width = 1 / np.sqrt(np.diag(H))
        at, weights = np.polynomial.hermite.hermgauss(self.nodes)
        points = b[:, None] + np.sqrt(2) * width[:, None] * at
        margin = (self.steps.D @ delta)[:, None] - self.steps.sign[:, None] * sd[0] * points[self.places[0]]
        inside = np.zeros_like(points)
        np.add.at(inside, self.places[0], log_expit(margin))
        terms = np.log(weights) + at**2 + inside - points**2 / 2 - np.log(2 * np.pi) / 2
        return space + float((logsumexp(terms, axis=1) + np.log(np.sqrt(2) * width)).sum())

    def value_and_gradient(self, at: np.ndarray) -> tuple[float, np.ndarray]:
        """Of (δ, σ)."""
        cut = self.steps.D.shape[1]
        if self.nodes == 1:
            return self.laplace(at[:cut], at[cut:])
        value = self.quadrature(at[:cut], at[cut:])
        return value, central(lambda place: np.array([self.quadrature(place[:cut], place[cut:])]), at)[:, 0]


def central(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences, one row per coordinate."""
    rows = []
    for place in range(len(at)):
        size = np.zeros(len(at))
        size[place] = step * max(1.0, abs(at[place]))
        rows.append((function(at + size) - function(at - size)) / (2 * size[place]))
    return np.array(rows)


def mixed(X: np.ndarray, y: np.ndarray, groups: Sequence[np.ndarray], nodes: int | None = None) -> MixedFit:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    X : ndarray, shape (n, p)
        Without a constant; not separated.
    y : ndarray of int, shape (n,)
        0 … C − 1, each present.
    groups : sequence of ndarray, shape (n,)
        Group of each row, one array per random intercept (nested or crossed); at least one.
    nodes : int, optional
        Quadrature nodes for a single grouping (1: Laplace). 15 for one grouping, Laplace for several, when left out.

    Notes
    -----
    R: ``ordinal::clmm(factor(y) ~ X + (1 | g1) + (1 | g2))``, ``nAGQ = 15`` for one grouping; two categories: ``lme4::glmer(…, binomial)``.
    `mixedlm` 1.3 finds the same estimates, variances and log-likelihoods for two categories, but standard errors that are up to 15 % too small, because
    they leave out that the variances were estimated; statsmodels 0.15 has neither model by maximum likelihood.
    """
    nodes = nodes or (NODES if len(groups) == 1 else 1)
    if nodes > 1 and len(groups) > 1:
        raise ValueError("quadrature is for one grouping")
    centre, scale = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-300)
    steps = make_steps(y, (X - centre) / scale)
    codes = [np.unique(np.asarray(group), return_inverse=True)[1] for group in groups]
    start = fit_steps(steps, y)[0]
    cut = len(start)
    model = _Model(steps, [own[steps.row] for own in codes], [int(own.max()) + 1 for own in codes], 1)
    at, _ = max((_climb(model, start, np.full(len(codes), sd)) for sd in STARTS), key=lambda one: one[1])
    if nodes > 1:
        # Laplace's optimum is near, and has a gradient in closed form.
        model.nodes = nodes
        at, _ = _climb(model, at[:cut], np.maximum(at[cut:], STARTS[0] / 2))
    at[cut:] = np.where(at[cut:] < ZERO_SD, 0.0, at[cut:])
    free = np.concatenate([np.ones(cut, dtype=bool), at[cut:] > 0])
    at, value, information, rest = _polished(model, at, free)
    vcov = np.linalg.pinv(information)[:cut, :cut]
    back = np.eye(cut)
    k = steps.thresholds
    back[k:, k:] /= scale[:, None]
    back[:k, k:] = centre / scale
    settled = bool(rest < 1e-4 and np.linalg.eigvalsh(information).min() > 0)
    return MixedFit(
        back @ at[:cut],
        np.sqrt(np.diag(back @ vcov @ back.T)),
        at[cut:],
        value,
        "Laplace" if nodes == 1 else f"adaptive quadrature, {nodes} nodes",
        settled,
        bool((~free).any()),
    )


def _climb(model: _Model, start: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, float]:
    """L-BFGS-B over (α₁, log gaps, β, σ ≥ 0)."""
    k, cut = model.steps.thresholds, len(start)
    model.mode = np.zeros(len(model.mode))

    def natural(free: np.ndarray) -> np.ndarray:
        return np.concatenate([np.cumsum(np.concatenate([free[:1], np.exp(free[1:k])])), free[k:]])

    def objective(free: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = model.value_and_gradient(natural(free))
        if not np.isfinite(value):
            return 1e10, np.zeros(len(free))
        later = np.cumsum(slope[:k][::-1])[::-1]
        slope = np.concatenate([later[:1], later[1:] * np.exp(free[1:k]), slope[k:]])
        return -value, -slope

    free = np.concatenate([start[:1], np.log(np.diff(start[:k])), start[k:], sd])
    bounds = [(None, None)] + [(-20.0, 5.0)] * (k - 1) + [(None, None)] * (cut - k) + [(0.0, 20.0)] * len(model.places)
    done = minimize(objective, free, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-5, "maxiter": 300})
    return natural(done.x), -float(done.fun)


def _polished(model: _Model, at: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, float, np.ndarray, float]:
    """Two Newton steps on the free parameters; parameters, value, information, and how much a further step would gain."""

    def slope(part: np.ndarray) -> np.ndarray:
        whole = at.copy()
        whole[free] = part
        return model.value_and_gradient(whole)[1][free]

    for _ in range(2):
        value, gradient = model.value_and_gradient(at)
        step = 1e-4 if model.nodes > 1 else 1e-5
        information = -central(slope, at[free], step)
        information = (information + information.T) / 2
        move = np.linalg.lstsq(information, gradient[free], rcond=None)[0]
        rest = abs(float(gradient[free] @ move))
        tried = at.copy()
        tried[free] += move
        if rest < 1e-10 or not np.isfinite(new := model.value_and_gradient(tried)[0]) or new < value:
            break
        at, value = tried, new
    return at, value, information, rest
