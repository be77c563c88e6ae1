"""Can two sides be set against each other: where both stand on one common scale, and how often either stands higher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

# ASSUME: half a standard deviation (of both sides together) tells one side's standing from the other's; where fewer than a tenth of the
# relationships lie so far to one side, nothing is known of mismatch in that direction (rule of thumb of the RSA literature).
APART = 0.5
FEWEST_APART = 0.10


@dataclass(frozen=True)
class Sides:
    """Where two sides stand on their common scale.

    Attributes
    ----------
    centre, sd : float
        What both are centred at, and the standard deviation of both sides' answers together.
    x_mean, y_mean : float
        Each side's own mean, over relationships.
    x_higher, y_higher : float
        Share of relationships in which x (y) stands more than half a common standard deviation above the other.
    r : float
        Correlation of the two over relationships.
    relationships : int
    """

    centre: float
    sd: float
    x_mean: float
    y_mean: float
    x_higher: float
    y_higher: float
    r: float
    step: float
    relationships: int

    @property
    def problem(self) -> str:
        """Why mismatch cannot be studied in these data ("" when it can)."""
        if not self.sd > 0:
            return "everybody stands at the same place"
        if min(self.x_higher, self.y_higher) >= FEWEST_APART:
            return ""
        return (
            f"mismatch in one direction is too rare: in {100 * self.x_higher:.0f} % of relationships the first side stands more than half a standard "
            f"deviation above the second, in {100 * self.y_higher:.0f} % the second above the first, and {100 * FEWEST_APART:.0f} % are needed on either side"
        )


def compare_sides(x: pd.Series, y: pd.Series, relationship: pd.Series, centre: float | None = None) -> Sides:
    """Set two sides' answers against each other, each relationship counting once (by its mean over waves).

    Both are centred at one place: the mean of both sides' answers together, or `centre`. Each at its own mean (or at its mentor's) would
    make “the same place” another place for either side.

    Parameters
    ----------
    x, y : Series
        Complete answers in the same units.
    relationship : Series
        Which rows belong together.
    centre : float, optional
        Such as the middle of the response range.
    """
    means = pd.DataFrame({"x": x.to_numpy(float), "y": y.to_numpy(float)}).groupby(relationship.to_numpy()).mean()
    both = means.to_numpy().ravel()
    sd = float(np.std(both, ddof=1)) if len(both) > 1 else 0.0
    gap = (means["x"] - means["y"]) / sd if sd > 0 else means["x"] * 0
    varied = len(means) > 2 and means["x"].std() > 0 and means["y"].std() > 0
    return Sides(
        float(both.mean()) if centre is None else float(centre),
        sd,
        float(means["x"].mean()),
        float(means["y"].mean()),
        float((gap > APART).mean()),
        float((gap < -APART).mean()),
        float(np.corrcoef(means["x"], means["y"])[0, 1]) if varied else float("nan"),
        float(np.sqrt(means.var(ddof=1).mean())) if len(means) > 1 else 0.0,
        len(means),
    )
