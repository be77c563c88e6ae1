"""Kenward and Roger's covariance and degrees of freedom for two reports per dyad, worked densely block by block.

V = Σ_k s_k G_k is linear in the covariances of every level and in the residuals' two variances and one covariance, so the formulas are those of
`kenward_roger`; only the sums over V⁻¹ and G_k differ. Blocks are rows that no random effect connects.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .design import Design
from .dyadic_nested import Sides
from .kenward_roger import KenwardRoger, Sums

# A block is inverted densely, so it may not be larger than this; nor may the whole be, for the time it takes.
LARGEST_BLOCK, MOST_ROWS = 600, 3000


def affordable(design: Design, sides: Sides) -> bool:
    """Whether the blocks are small enough."""
    return design.n <= MOST_ROWS and bool(np.bincount(_blocks(design, sides)).max() <= LARGEST_BLOCK)


def kenward_roger(
    design: Design, sides: Sides, covariances: list[np.ndarray], residual: np.ndarray, phi: np.ndarray, equal: bool
) -> KenwardRoger:
    """The adjustment of a restricted-likelihood fit, in the data's units.

    Parameters
    ----------
    design : Design
    sides : Sides
        Which rows make up a dyad.
    covariances : list of ndarray (q, q)
        Of every level's random effects.
    residual : ndarray (2, 2)
    phi : ndarray (p, p)
        Covariance of the coefficients without adjustment.
    equal : bool
        Whether both roles have the same residual variance.
    """
    label, where = _blocks(design, sides), _residual_rows(design.n, sides)
    sums = Sums(sum(len(level.free) for level in design.levels) + (2 if equal else 3), len(phi))
    order = np.argsort(label, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(label))[:-1]):
        _add_block(sums, design, rows, covariances, [part[rows][:, rows].toarray() for part in where], residual, equal)
    return KenwardRoger(phi, sums)


def _add_block(
    sums: Sums,
    design: Design,
    rows: np.ndarray,
    covariances: list[np.ndarray],
    residuals: list[np.ndarray],
    residual: np.ndarray,
    equal: bool,
) -> None:
    first, second, both = residuals
    v = residual[0, 0] * first + residual[1, 1] * second + residual[0, 1] * both
    parts = []
    for level, covariance in zip(design.levels, covariances, strict=True):
        same, z = level.codes[rows][:, None] == level.codes[rows], level.z[rows]
        v += same * (z @ covariance @ z.T)
        for i, j in level.free:
            outer = np.outer(z[:, i], z[:, j])
            parts.append(same * (outer if i == j else outer + outer.T))
    parts += [first + second, both] if equal else [first, second, both]
    inverse = np.linalg.inv(v)
    turned = [inverse @ part for part in parts]
    vx = inverse @ design.X[rows]
    gx = [part @ vx for part in parts]
    for k, own in enumerate(turned):
        sums.xgx[k] += vx.T @ gx[k]
        for m, other in enumerate(turned):
            sums.trace[k, m] += np.sum(own * other.T)
            sums.Q[k, m] += gx[k].T @ inverse @ gx[m]


def _residual_rows(n: int, sides: Sides) -> list[sparse.csr_array]:
    """Where the residuals' two variances and their covariance stand in V."""
    role = np.zeros(n)
    role[sides.second], role[sides.alone[1]] = 1, 1
    pairs = sparse.coo_array((np.ones(len(sides.first)), (sides.first, sides.second)), shape=(n, n))
    return [sparse.csr_array(sparse.diags_array(part)) for part in (1 - role, role)] + [sparse.csr_array(pairs + pairs.T)]


def _blocks(design: Design, sides: Sides) -> np.ndarray:
    """The block of every row: connected through dyads and groups."""
    n, links, start = design.n, [], design.n
    for level in design.levels:
        links.append((np.arange(n), start + level.codes))
        start += level.size
    links.append((sides.first, sides.second))
    row, column = (np.concatenate(part) for part in zip(*links))
    return connected_components(sparse.coo_array((np.ones(len(row)), (row, column)), shape=(start, start)), directed=False)[1][:n]
