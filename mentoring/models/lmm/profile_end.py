"""The search for one end of a profile interval."""

from __future__ import annotations

import numpy as np

# An end is found when the deviance there is this close to the wanted one (χ² of 3.84): the fourth digit of the end at worst.
CLOSE = 1e-5


class End:
    """The search for one end: values inside and outside the interval, and the next one to try.

    The square root of the deviance's rise is nearly linear in the value, so lines through it find the end in a few trials.
    """

    def __init__(self, which: int, centre: float, step: float, limit: float, bound: float | None = None):
        self.which, self.step, self.wanted, self.bound = which, step, np.sqrt(limit), bound
        self.inside, self.below = centre, -self.wanted
        self.outside, self.above = np.nan, np.nan
        self.trial, self.found, self.side = centre + step, np.nan, 0
        self.start = np.zeros(0)
        self.going = bool(np.isfinite(centre))
        self._within_bound()

    def at_bound(self, bound: float, rise: float) -> None:
        """What is known of the lowest possible value: it is the end, or outside."""
        above = np.sqrt(max(rise, 0.0)) - self.wanted
        if above <= 0 or self.inside <= bound:
            self.found, self.going = bound, False
        else:
            self.outside, self.above = bound, above
            self._next()

    def tried(self, rise: float, free: np.ndarray) -> None:
        """Take in the deviance's rise at the trial value."""
        gap = np.sqrt(max(rise, 0.0)) - self.wanted
        if np.isfinite(gap):
            self.start = free
        if abs(rise - self.wanted**2) < CLOSE:
            self.found, self.going = self.trial, False
        elif gap > 0:
            self.outside, self.above = self.trial, gap
            # Illinois: the end of the line that stays twice counts half.
            self.below = self.below / 2 if self.side > 0 else self.below
            self.side = 1
            self._next()
        elif self.trial == self.bound:
            self.found, self.going = self.trial, False
        else:
            slope = (gap - self.below) / (self.trial - self.inside)
            self.inside, self.below, last = self.trial, gap, self.trial - self.inside
            self.above = self.above / 2 if self.side < 0 else self.above
            self.side = -1 if np.isfinite(self.outside) else 0
            self._next(min(max(-1.1 * gap / slope / last, 0.2), 3.0) * last if slope * last > 0 else 2 * last)

    def _next(self, onwards: float = 0.0) -> None:
        if np.isnan(self.outside):
            self.trial = self.inside + onwards
            self._within_bound()
        else:
            share = self.below / (self.below - self.above) if np.isfinite(self.above) else 0.5
            self.trial = self.inside + min(max(share, 0.02), 0.98) * (self.outside - self.inside)

    def _within_bound(self) -> None:
        if self.bound is not None and abs(self.trial) > abs(self.bound):
            self.trial = self.bound
