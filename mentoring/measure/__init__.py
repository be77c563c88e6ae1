"""Answers to scores: keying, prorated scale scores, item statistics, reliability, factor structure."""

from mentoring.measure.careless import careless_sheets, careless_table
from mentoring.measure.coefficients import more_reliability
from mentoring.measure.items import item_statistics, refuse_wrong_keys
from mentoring.measure.reliability import reliability, reliability_table
from mentoring.measure.scoring import keyed_answers, refuse_rankings, scale_answers, score_scales
from mentoring.measure.structure import factor_tables

__all__ = [
    "careless_sheets",
    "careless_table",
    "factor_tables",
    "item_statistics",
    "keyed_answers",
    "more_reliability",
    "refuse_rankings",
    "refuse_wrong_keys",
    "reliability",
    "reliability_table",
    "scale_answers",
    "score_scales",
]
