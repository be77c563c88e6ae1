"""The tables of single kinds of question; a kind that has none of its own writes its further numbers to `quantities`."""

from __future__ import annotations

from mentoring.tables.declare import INTERVAL, NOTE, QUESTION, ROLES, Column, Table

_WHY = "it could not be estimated; `note` says why"
_ESTIMATE = (
    Column("estimate", "number", "Estimate.", _WHY),
    Column("se", "number", "Standard error.", "not estimated, or the interval comes from resampling"),
    Column("df", "number", "Denominator degrees of freedom.", "the method has none, or it could not be estimated"),
    Column("p", "number", "Two-sided p value.", "not tested, or not estimated"),
    *INTERVAL,
)

RESPONSE_SURFACE = Table(
    "response_surface", "one coefficient or shape of one question's response surface",
    (
        QUESTION,
        Column("quantity", "text", "b0 to b5: the surface’s coefficients (x: mentor or costs, y: mentee or benefits); a1 to a5: slope and curve "
               "along the lines of congruence and incongruence; x0, y0: stationary point; p10, p11, p20, p21: principal axes."),
        *_ESTIMATE, NOTE,
    ),
    key=("question", "quantity"),
)
SURFACE_MODELS = Table(
    "surface_models", "one simpler surface beside the full one",
    (
        QUESTION,
        Column("model", "text", "Name of the surface."),
        Column("k", "whole", "Number of parameters, variances included.", "not estimated"),
        *(Column(name, "number", meaning, "not estimated") for name, meaning in (
            ("loglik", "Log-likelihood (maximum likelihood)."), ("aicc", "Akaike's criterion, corrected for few rows."),
            ("delta", "Difference from the best model's."), ("weight", "Akaike weight."))),
        NOTE,
    ),
    key=("question", "model"),
)
ACTOR_PARTNER = Table(
    "actor_partner", "one side's actor or partner effect, or their ratio",
    (
        QUESTION,
        Column("role", "text", "Whose outcome it is.", choices=(*ROLES, "both")),
        Column("effect", "text", "Own standing (`actor`), the other's (`partner`), or their ratio (`k`).", choices=("actor", "partner", "k")),
        *_ESTIMATE, NOTE,
    ),
    key=("question", "role", "effect"),
)
STAGES = Table(
    "stages", "one way from a stage at one wave to a stage at the next",
    (
        QUESTION,
        Column("from", "text", "Stage at the wave `wave_from`."),
        Column("to", "text", "Stage at the next wave."),
        Column("wave_from", "whole", "Number of the wave.", "all waves together"),
        Column("n", "whole", "Relationships that went this way."),
        Column("rate", "number", "Share of those that were in `from`.", "nobody was there, or `note` says why"),
        *INTERVAL, NOTE,
    ),
    key=("question", "from", "to", "wave_from"),
)
QUANTITIES = Table(
    "quantities", "one further number of one question, for kinds without a table of their own",
    (
        QUESTION,
        Column("topic", "text", "What it belongs to; one table or figure of the report."),
        Column("quantity", "text", "What it is."),
        Column("of", "text", "Of whom or what: a role, a group, a path.", "of the whole"),
        Column("n", "whole", "Relationships, people or rows behind it; `meaning` in the docs says which.", "does not apply"),
        *_ESTIMATE,
        Column("method", "text", "How interval and p were computed.", "there is neither"),
        NOTE,
    ),
    key=("question", "topic", "quantity", "of"),
)
