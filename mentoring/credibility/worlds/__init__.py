"""Simulated mentoring studies with known truth: the bundled example study, and worlds to try the methods on.

`truth` states what is true in each world; `people`, `relationships` and `answers` draw a study from it; `wording` holds the
items; `exports`, `dirt` and `documents` write it as a study's folder; `study` ties them together.
"""

from mentoring.credibility.worlds.study import EXAMPLE_SEED, SimulatedStudy, simulate, simulate_into
from mentoring.credibility.worlds.truth import WORLDS, World

__all__ = ["EXAMPLE_SEED", "WORLDS", "SimulatedStudy", "World", "simulate", "simulate_into"]
