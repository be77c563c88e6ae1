"""Centre, scale and weight a design so that the optimiser never sees the units, and take every result back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .design import Design
from .fixed_columns import FixedColumns
from .levels import Level


@dataclass
class Scaled:
    """A design in internal units.

    Parameters
    ----------
    columns : FixedColumns, shape (n, p)
        X centred (with an intercept), scaled, times the square root of the weights.
    back : ndarray, shape (p, p)
        β in the user's units = ``back @ β_internal`` · y_scale.
    start : ndarray, shape (p,)
        Least-squares coefficients (internal X), already taken out of the outcome.
    y : ndarray, shape (n,)
        Least-squares residual over `y_scale`, weighted.
    z : list of ndarray or None
        Each level's columns in internal units, weighted; None stands for a column of ones.
    z_back : list of ndarray
        b in the user's units = ``z_back @ b_internal``.
    """

    columns: FixedColumns
    back: np.ndarray
    y: np.ndarray
    y_scale: float
    start: np.ndarray
    root_weights: np.ndarray | None
    z: list[np.ndarray | None]
    z_back: list[np.ndarray]
    log_det_back: float
    sum_log_weights: float
    gram: np.ndarray

    @property
    def X(self) -> np.ndarray:
        """The fixed-effects matrix in internal units, whole, shape (n, p)."""
        return self.columns.whole

    def outcome(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Internal form of other outcomes on the same rows, shape (n, R): residuals over `y_scale`, and what was taken out."""
        weighted = y if self.root_weights is None else y * (self.root_weights[:, None] if y.ndim > 1 else self.root_weights)
        return self.residual(weighted, self.columns.transposed_times(weighted))

    def residual(self, weighted: np.ndarray, cross: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same for weighted outcomes whose Xᵀy is known."""
        if not len(cross):
            return weighted / self.y_scale, cross
        start = np.linalg.solve(self.gram, cross)
        rest = np.empty_like(weighted)
        for rows, X in self.columns.blocks():
            np.subtract(weighted[rows], X @ start, out=rest[rows])
        rest /= self.y_scale
        return rest, start


def scale_design(design: Design, centre_effects: bool = True, plain: bool = False, unit: bool = False) -> Scaled:
    """Internal units for a design.

    Parameters
    ----------
    centre_effects : bool
        False leaves random slopes where they are (a profile needs that).
    plain : bool
        Scale without centring anything, and take no column for a constant (whitened rows have none).
    unit : bool
        Do not scale either: the columns already have internal units.

    Notes
    -----
    Shifting a column of X by a multiple of the intercept, and scaling columns, changes β by a known linear map and
    the REML criterion by the log-determinant of that map. The same holds for the columns of a random term: its
    covariance matrix is transformed, its fit is not. The outcome is replaced by its least-squares residual, because
    the mixed model's residual is unchanged when any Xβ is taken out first; this keeps the sums of squares free of
    cancellation.
    """
    p = design.X.shape[1]
    mean, size, back = (np.zeros(p), np.ones(p), np.eye(p)) if unit else _units(design.X, [] if plain else design.terms)
    root = None if design.weights is None else np.sqrt(design.weights)
    columns = FixedColumns(design.X, mean, 1 / size, root)
    y = design.y - design.offset if root is None else (design.y - design.offset) * root
    gram, cross = columns.products(y)
    scaled = Scaled(
        columns,
        back,
        np.zeros(0),
        1.0,
        np.zeros(0),
        root,
        [],
        [],
        float(np.linalg.slogdet(back)[1]) if len(back) else 0.0,
        0.0 if design.weights is None else float(np.log(design.weights).sum()),
        gram,
    )
    y, start = scaled.residual(y, cross)
    spread = float(np.sqrt(y @ y / len(y)))
    scaled.y_scale = spread if spread > 0 else 1.0
    y /= scaled.y_scale
    scaled.y, scaled.start = y, start
    for level in design.levels:
        z, z_back = (level.z, np.eye(level.q)) if unit else _scaled_effects(level, root, centre_effects and not plain, plain)
        scaled.z.append(z)
        scaled.z_back.append(z_back)
    return scaled


def _units(X: np.ndarray, terms: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What to subtract from each column and what to divide it by; and the way back for the coefficients."""
    p = X.shape[1]
    intercept = terms.index("Intercept") if "Intercept" in terms else None
    mean, size = np.zeros(p), np.ones(p)
    column = np.empty(len(X))
    for j in range(p):
        if j == intercept:
            continue
        if intercept is not None:
            mean[j] = X[:, j].mean()
        np.subtract(X[:, j], mean[j], out=column)
        size[j] = np.sqrt(column @ column / max(len(X), 1)) or 1.0
    back = np.diag(1 / size)
    if intercept is not None:
        back[intercept] = -mean / size
        back[intercept, intercept] = 1.0
    return mean, size, back


def _scaled_effects(level: Level, root: np.ndarray | None, centre: bool, whitened: bool) -> tuple[np.ndarray | None, np.ndarray]:
    """Scale each effect; within a block that has an intercept, also centre the others (the block's covariance is free)."""
    q, effects, block = level.q, level.effects, level.block_of
    # With weights of size 1e6 σ is a thousand times larger beside the same effects; θ must not become small for that.
    weight = 1.0 if root is None else float(np.sqrt(np.mean(root**2)))
    if effects == ["Intercept"] and not whitened:
        return (None if root is None else root[:, None] / weight), np.eye(1) / weight
    z = level.z.copy()
    forward = np.eye(q)
    for j, name in enumerate(effects):
        partners = [i for i in np.flatnonzero(block == block[j]) if effects[i] == "Intercept"]
        if centre and partners and name != "Intercept":
            shift = z[:, j].mean()
            z[:, j] -= shift
            forward[partners[0], j] = shift * weight
        size = (float(np.sqrt(np.mean(z[:, j] ** 2))) or 1.0) * weight
        z[:, j] /= size
        forward[j, j] = size
    # z_raw = z_internal @ forward, so b_internal = forward @ b_raw.
    return (z if root is None else z * root[:, None]), np.linalg.inv(forward)
