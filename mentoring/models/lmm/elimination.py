"""Random effects eliminated level by level from group sums, in NumPy, for many outcomes or θ side by side.

See ``docs/methods/mixed-models.md``, “Elimination”. Arrays carry the outcomes first; 1 there means that all share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .small import relative_precision


@dataclass
class State:
    """The sums of one evaluation, level by level; `schur` ends as [X y]ᵀV⁻¹[X y], `log_det` as log|V|."""

    A: list[np.ndarray]
    B: list[np.ndarray]
    schur: np.ndarray
    log_det: np.ndarray
    M: list[np.ndarray] = field(default_factory=list)
    MB: list[np.ndarray] = field(default_factory=list)


def eliminate(
    A: list[np.ndarray],
    B: list[np.ndarray],
    C: np.ndarray,
    lam: list[np.ndarray],
    starts: list[np.ndarray],
    multiplicity: np.ndarray | None,
) -> State:
    """Upward pass: subtract what each level explains from the sums of the levels outside it.

    Parameters
    ----------
    A, B : list of ndarray, shapes (R or 1, G, q, q) and (R or 1, G, q, …)
        ZᵀZ and Zᵀ[Z_outer, X, y], innermost level first.
    C : ndarray, shape (R or 1, p + 1, p + 1)
    lam : list of ndarray, shape (R, q, q)
    starts : list of ndarray
        Where the members of each outer group begin.
    multiplicity : ndarray, optional
        How many groups each innermost group stands for.
    """
    count, tail = len(lam[0]), C.shape[-1]

    def own(x: np.ndarray) -> np.ndarray:
        return np.broadcast_to(x, (count, *x.shape[1:])).copy()

    # The sums of outer levels change with θ; those of the innermost are used as they are.
    state = State([A[0], *map(own, A[1:])], [B[0], *map(own, B[1:])], own(C), np.zeros(count))
    for number, factor in enumerate(lam):
        b = state.B[number]
        m, log_det = relative_precision(factor, state.A[number])
        mb = m * b if m.shape[-1] == 1 else m @ b
        state.M.append(m)
        state.MB.append(mb)
        state.log_det += log_det.sum(axis=1) if number or multiplicity is None else log_det @ multiplicity
        flat, flat_m = (x[..., -tail:].reshape(len(x), -1, tail) for x in (b, mb))
        state.schur -= np.swapaxes(flat, 1, 2) @ flat_m
        _update_outer(state, number, [outer.shape[-1] for outer in lam], starts)
    return state


def _update_outer(state: State, number: int, widths: list[int], starts: list[np.ndarray]) -> None:
    """B'MB in the rows of each outer level's effects, summed over that level's members."""
    b, mb, start = state.B[number], state.MB[number], 0
    for outer in range(number + 1, len(widths)):
        q = widths[outer]
        left, right = b[..., start : start + q], mb[..., start:]
        update = left * right if b.shape[2] == q == 1 else np.swapaxes(left, 2, 3) @ right
        for step in range(number, outer):
            update = np.add.reduceat(update, starts[step], axis=1)
        state.A[outer] -= update[..., :q]
        state.B[outer] -= update[..., q:]
        start += q


def descend(state: State, parents: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Downward pass: Z_gᵀV⁻¹[X, y] and Z_gᵀV⁻¹Z_g, with V complete, for every group of every level."""
    within, quadratic = [], []
    for number in range(len(state.M)):
        a, b, m = state.A[number], state.B[number], state.M[number]
        if m.shape[-1] == 1:
            shrink = 1 - a * m
            r, s = shrink * b, shrink * a
        else:
            r = b - a @ state.MB[number]
            s = a - a @ m @ a
        parent = None
        for outer in range(number + 1, len(state.M)):
            step = parents[outer - 1]
            parent = step if parent is None else step[parent]
            m = state.M[outer][:, parent]
            q = m.shape[-1]
            link, r = r[..., :q], r[..., q:]
            if q == link.shape[2] == 1:
                r = r - link * state.MB[outer][:, parent]
                s = s - link * link * m
            else:
                r = r - link @ state.MB[outer][:, parent]
                s = s - link @ m @ np.swapaxes(link, -1, -2)
        within.append(r)
        quadratic.append(s)
    return within, quadratic
