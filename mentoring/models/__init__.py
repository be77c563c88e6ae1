"""The statistics: mixed models that are right for few mentors, and the questions built on them."""
