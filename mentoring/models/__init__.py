"""The statistics: mixed models and the dyadic models built on them."""
